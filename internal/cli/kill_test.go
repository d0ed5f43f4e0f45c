package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/service"
	"pahra/internal/source/replay"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world"
)

// kills is how often the service dies: enough to see it in CI, and the full figure where PAHRA_SOAK asks for it.
func kills() int {
	if os.Getenv("PAHRA_SOAK") != "" {
		return 50
	}
	return 3
}

// TestKilledUnderLoad kills a service with SIGKILL at random moments while updates pour in. Nothing that it said was
// recorded is lost, the store is sound, the archive verifies, and what it published at the end is what observing its
// data gives.
func TestKilledUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a service for many seconds")
	}
	state := t.TempDir()
	feed := streamWorld(t, state)
	settings, metrics := filepath.Join(t.TempDir(), "pahra.yaml"), freeAddress(t)
	text := fmt.Sprintf("listen: 127.0.0.1:0\nmetrics: %s\nwatch: {publish_every: 1m, checkpoint_every: 1m}\nretention: {journal: 100000h}\nsources: [{name: ris, rislive: {url: %q}}]\n", metrics, feed)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(1, 1))
	for n := range kills() {
		before := journalBytes(t, state)
		p := startService(t, settings, state)
		waitFor(t, func() bool { return scraped(metrics, "pahra_journal_records_total") > 0 })
		time.Sleep(time.Duration(chance.IntN(1200)) * time.Millisecond) // the moment of death must not depend on what the service does
		acknowledged := before + int64(scraped(metrics, "pahra_journal_bytes_total"))
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.Wait() // it says that it was killed
		if got := journalBytes(t, state); got < acknowledged {
			t.Fatalf("kill %d: %d bytes were acknowledged, %d are there", n+1, acknowledged, got)
		}
		if out, err := exec.Command(program(t), "store", "check", "--state", state).CombinedOutput(); err != nil {
			t.Fatalf("kill %d: %v: %s", n+1, err, out)
		}
	}
	p := startService(t, settings, state)
	records := scraped(metrics, "pahra_journal_records_total")
	waitFor(t, func() bool { return scraped(metrics, "pahra_journal_records_total") > records })
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("stopping: %v", err)
	}
	sameAsFolder(t, state)
}

// streamWorld writes the facts and tables of a world into a state folder, and streams its updates, as of their own times,
// to whoever subscribes. It gives the address.
func streamWorld(t *testing.T, state string) string {
	t.Helper()
	made, log := t.TempDir(), slog.New(slog.DiscardHandler)
	p := world.Defaults(3)
	p.Networks, p.Prefixes, p.Peers, p.Window = 180, 500, 12, time.Duration(1+kills()/4)*24*time.Hour
	if _, err := world.Write(testdata.Folder(made), p); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(state, "data")
	if err := os.CopyFS(data, os.DirFS(made)); err != nil {
		t.Fatal(err)
	}
	updates, err := filepath.Glob(filepath.Join(data, "mrt", "*", "updates.*"))
	if err != nil || len(updates) == 0 {
		t.Fatalf("updates %v, error %v", updates, err)
	}
	for _, name := range updates {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	files, err := replay.OpenFiles(made, log)
	if err != nil {
		t.Fatal(err)
	}
	server := replay.New(replay.Options{}, log)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Run(ctx, replay.Paced(files, replay.Pace{Rate: 400, Original: true})) // it ends with the context
	}()
	door := httptest.NewServer(server.Handler())
	t.Cleanup(func() { stop(); <-done; server.Close(); door.Close() })
	return strings.Replace(door.URL, "http", "ws", 1) + replay.Path
}

// sameAsFolder holds the last published run against observing the folder, and verifies the archive.
func sameAsFolder(t *testing.T, state string) {
	t.Helper()
	runs, err := service.PublishedRuns(state)
	if err != nil || len(runs) == 0 {
		t.Fatalf("runs %v, error %v", runs, err)
	}
	last, err := service.OpenRun(runs[len(runs)-1])
	if err != nil {
		t.Fatal(err)
	}
	w := last.Snapshot.Window
	sum, err := service.Observe(t.Context(), service.Options{Data: filepath.Join(state, "data"), Out: t.TempDir(), From: w.From, To: w.To,
		Settings: watch.Defaults(), Limits: authority.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Digest != last.Snapshot.Digest {
		t.Errorf("the run to %s has digest %s, observing its data gives %s", w.To, last.Snapshot.Digest, sum.Digest)
	}
	roller := service.NewRoller(service.RollOptions{Journal: filepath.Join(state, "data", "mrt"), Archive: filepath.Join(state, "archive"), Log: slog.New(slog.DiscardHandler)})
	later := w.To.Add(48 * time.Hour)
	if err := errors.Join(roller.Roll(t.Context(), later), roller.Compact(t.Context(), later)); err != nil { // they end what was cut short
		t.Fatal(err)
	}
	verdict, err := roller.Verify(t.Context(), later)
	if err != nil || len(verdict.Bad) > 0 {
		t.Errorf("the archive: %+v, error %v", verdict, err)
	}
}

// startService starts the test binary as "pahra serve" and waits until it serves.
func startService(t *testing.T, settings, state string) *exec.Cmd {
	t.Helper()
	p := exec.Command(program(t), "serve", "--config", settings, "--state", state)
	var talk bytes.Buffer
	p.Stderr = &talk
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		if t.Failed() {
			t.Logf("it said:\n%s", talk.String())
		}
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("starting: %v %s\n%s", err, line, talk.String())
	}
	return p
}

// program gives a name under which the test binary answers as pahra.
func program(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("pahra")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func journalBytes(t *testing.T, state string) (sum int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "data", "mrt", "*", "live", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// scraped gives a metric, or 0 while there is none.
func scraped(address, name string) float64 {
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			v, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return v
		}
	}
	return 0
}

func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	for began := time.Now(); !what(); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatal("it did not come in half a minute")
		}
	}
}

// freeAddress gives an address of this machine on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
