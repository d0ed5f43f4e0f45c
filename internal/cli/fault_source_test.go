package cli_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pahra/internal/alert"
	"pahra/internal/store"
)

// TestFaultySource: a source that sends garbage between good messages is heard all the same; one that stops is stale, is
// shown and told of, and is well again when it speaks. The mail server hangs all the while, which keeps nothing else up.
func TestFaultySource(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a service for a minute")
	}
	state, metrics, pages, feed := t.TempDir(), freeAddress(t), freeAddress(t), newStream(t)
	streamWorld(t, state) // for its tables: what it streams is not heard
	mail, calls := hangingMail(t)
	wantSourceAlerts(t, state)
	feed.garbage.Store(true)
	p := startService(t, writeSettings(t, "listen: %s\nmetrics: %s\nsources: [{name: ris, stale_after: 1s, rislive: {url: %q}}]\n"+
		"alerts: {mail: {host: 127.0.0.1, port: %d, tls: none, from: pahra@example.net, timeout: 5m}}\n", pages, metrics, feed.url, mail), state)
	label := `{kind="rislive",source="ris"}`
	waitFor(t, func() bool {
		return scraped(metrics, "pahra_journal_records_total") > 500 && scraped(metrics, "pahra_source_errors_total"+label) > 100
	})
	if up, stale := scraped(metrics, "pahra_source_up"+label), scraped(metrics, "pahra_source_stale"+label); up != 1 || stale != 0 {
		t.Errorf("with garbage between its messages the source has up %v and stale %v", up, stale)
	}
	waitFor(t, func() bool { s, _ := answer(t, "http://"+pages+"/readyz"); return s == http.StatusOK })

	feed.silent.Store(true)
	waitFor(t, func() bool { return scraped(metrics, "pahra_source_stale"+label) == 1 })
	if status, text := answer(t, "http://"+pages+"/sources"); status != http.StatusOK || !strings.Contains(strings.ToLower(text), "stale") {
		t.Errorf("/sources: %d, and does not say that a source is stale:\n%s", status, text)
	}
	for began := time.Now(); calls.Load() == 0 && time.Since(began) < 90*time.Second; {
		time.Sleep(100 * time.Millisecond) // the sources are looked at twice a minute
	}
	if calls.Load() == 0 {
		t.Error("the administrator was not told that a source is stale")
	}

	feed.silent.Store(false)
	before := scraped(metrics, "pahra_journal_records_total")
	waitFor(t, func() bool {
		return scraped(metrics, "pahra_source_stale"+label) == 0 && scraped(metrics, "pahra_journal_records_total") > before+500
	})
	if waits := scraped(metrics, `pahra_alert_outbox{state="waiting"}`); waits != 1 {
		t.Errorf("%v messages wait for the mail server, want 1", waits)
	}
	if lag := scraped(metrics, "pahra_lag_seconds"); lag > 10 {
		t.Errorf("while mail hangs the service is %v s behind", lag)
	}
	endService(t, p)
}

// hangingMail takes connections and says nothing. It gives its port, and counts who came.
func hangingMail(t *testing.T) (port int, calls *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	calls = new(atomic.Int64)
	var held []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			held = append(held, conn)
			calls.Add(1)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	return l.Addr().(*net.TCPAddr).Port, calls
}

// wantSourceAlerts has an administrator told by mail of sources.
func wantSourceAlerts(t *testing.T, state string) {
	t.Helper()
	add := exec.Command(program(t), "account", "add", "root", "--role", "administrator", "--state", state)
	add.Stdin = strings.NewReader("a long enough password for all\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx, now := context.Background(), time.Now()
	s, err := store.Open(ctx, "sqlite:"+filepath.Join(state, "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.AccountByName(ctx, "root")
	if err == nil {
		err = s.SaveChannel(ctx, now, alert.Channel{ID: "c", Owner: a.ID, Name: "mail", Kind: alert.Mail, Target: "root@example.net"}, alert.Active)
	}
	if err == nil {
		err = s.SaveSubscription(ctx, now, alert.Subscription{ID: "s", Owner: a.ID, Name: "sources", Administrator: true,
			Kinds: []alert.Kind{alert.SourceStale}, Channels: []string{"c"}, GatherSeconds: -1}, false)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("subscribing: %w", err))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
