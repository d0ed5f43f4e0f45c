package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pahra/internal/store/storetest"
)

// TestTwoProcesses: one process watches and another serves the pages, sharing a PostgreSQL and a state folder. The pages
// have the watch's sources and runs, and tell of its incidents as they come; each may die and come back without the other.
func TestTwoProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("runs two services")
	}
	state, url, metrics, pages := t.TempDir(), storetest.Postgres(t)(t), freeAddress(t), freeAddress(t)
	feed := streamWorld(t, state)
	watching := writeSettings(t, "metrics: %s\nstore: %q\nwatch: {publish_every: 1m, checkpoint_every: 1m}\nsources: [{name: ris, rislive: {url: %q}}]\n", metrics, url, feed)
	showing := writeSettings(t, "listen: %s\nmetrics: ''\nstore: %q\nroles: [web]\n", pages, url)
	w := startWatch(t, watching, state)
	web := startService(t, showing, state)
	waitFor(t, func() bool { status, _ := answer(t, "http://"+pages+"/readyz"); return status == http.StatusOK })

	for _, settings := range []string{watching, showing} { // whatever the roles, one watch has a journal
		said := refusedService(t, "--state", state, "--config", settings, "--roles", "watch")
		if !strings.Contains(said, "another process writes this journal") {
			t.Errorf("a second watch said %q", said)
		}
	}
	waitFor(t, func() bool {
		_, text := answer(t, "http://"+pages+"/sources")
		return strings.Contains(text, `">ris <span`) && strings.Contains(text, `">watch <span`)
	})
	expectNews(t, "http://"+pages)

	if err := w.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = w.Wait() // it says that it was killed
	if status, text := answer(t, "http://"+pages+"/"); status != http.StatusOK || !strings.Contains(text, "</html>") {
		t.Errorf("with the watch dead the first page is %d", status)
	}
	w = startWatch(t, watching, state)
	waitFor(t, func() bool { return scraped(metrics, "pahra_caught_up") == 1 })
	if err := web.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = web.Wait()
	web = startService(t, showing, state)
	waitFor(t, func() bool { status, _ := answer(t, "http://"+pages+"/readyz"); return status == http.StatusOK })
	if failures := scraped(metrics, "pahra_failures"); failures != 0 {
		t.Errorf("of the watch %v things fail", failures)
	}
	endService(t, web)
	endService(t, w)
	sameAsFolder(t, state)
}

// startWatch starts a service without pages.
func startWatch(t *testing.T, settings, state string) *exec.Cmd {
	t.Helper()
	p := exec.Command(program(t), "serve", "--config", settings, "--state", state, "--roles", "watch,worker")
	var talk bytes.Buffer
	p.Stderr = &talk
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		if t.Failed() {
			t.Logf("the watch said:\n%s", talk.String())
		}
	})
	return p
}

// expectNews listens to the news until an incident is told.
func expectNews(t *testing.T, site string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var news struct{ Kind string }
			if err := json.Unmarshal([]byte(text), &news); err != nil || news.Kind == "" {
				t.Errorf("the news are %s (%v)", text, err)
			}
			return
		}
	}
	t.Error("no incident was told of")
}
