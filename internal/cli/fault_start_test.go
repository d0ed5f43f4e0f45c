package cli_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSecondProcess: a second process on one state is refused whatever its roles, and told what would work; the first goes
// on. Before the first run is published it lives and is not ready. It tells systemd how it is, and ends within ten
// seconds with a listener to its events and a client that does not finish its request.
func TestSecondProcess(t *testing.T) {
	state, metrics, pages := t.TempDir(), freeAddress(t), freeAddress(t)
	socket := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "300000")
	p := startService(t, writeSettings(t, "listen: %s\nmetrics: %s\n", pages, metrics), state)
	expectNotice(t, systemd, "READY=1")
	expectNotice(t, systemd, "WATCHDOG=1")
	t.Setenv("NOTIFY_SOCKET", "")

	for _, roles := range []string{"web,watch,worker", "web"} {
		said := refusedService(t, "--state", state, "--roles", roles, "--config", writeSettings(t, "listen: 127.0.0.1:0\nmetrics: ''\n"))
		if !strings.Contains(said, "another process has the store open") || !strings.Contains(said, "postgres://") {
			t.Errorf("a second process with roles %s said %q", roles, said)
		}
	}
	for _, at := range []string{pages, metrics} {
		if status, text := answer(t, "http://"+at+"/healthz"); status != http.StatusOK {
			t.Errorf("/healthz: %d %s", status, text)
		}
		if status, text := answer(t, "http://"+at+"/readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("/readyz before the first run: %d %s", status, text)
		}
	}

	events, err := http.Get("http://" + pages + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	slow, err := net.Dial("tcp", pages)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := slow.Write([]byte("POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nname")); err != nil {
		t.Fatal(err)
	}
	said := make(chan error, 1)
	go func() { said <- heardNotice(systemd, "STOPPING=1") }() // meanwhile: nobody has listened for long
	endService(t, p)
	if err := <-said; err != nil {
		t.Error(err)
	}
}

// expectNotice reads what a service tells systemd until that is said.
func expectNotice(t *testing.T, systemd *net.UnixConn, want string) {
	t.Helper()
	if err := heardNotice(systemd, want); err != nil {
		t.Fatal(err)
	}
}

func heardNotice(systemd *net.UnixConn, want string) error {
	if err := systemd.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, err := systemd.Read(buf)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", want, err)
		}
		for line := range strings.SplitSeq(string(buf[:n]), "\n") {
			if line == want {
				return nil
			}
		}
	}
}

// TestStartRefused: what keeps a service from starting is said in words that name it, with exit status 3.
func TestStartRefused(t *testing.T) {
	for name, c := range map[string]struct {
		put  map[string]string // into the state folder
		at   string            // the state folder, below a temporary one
		want []string
	}{
		"a state folder that cannot be made": {put: map[string]string{"file": ""}, at: "file/state", want: []string{"making the state folder", "file/state"}},
		"a store that is rubbish":            {put: map[string]string{"pahra.db": strings.Repeat("rubbish ", 1000)}, want: []string{"opening the store", "pahra.db"}},
		"a watermark of the future":          {put: map[string]string{"watermark": "rubbish!"}, want: []string{"watermark", "remove it to go on"}},
		"a policy that is rubbish":           {put: map[string]string{"policy.yaml": "]["}, want: []string{"policy.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			putFiles(t, dir, c.put)
			text := "listen: 127.0.0.1:0\nmetrics: ''\n"
			if _, ok := c.put["policy.yaml"]; ok {
				text += "publication: {policy: " + filepath.Join(dir, "policy.yaml") + "}\n"
			}
			said := refusedService(t, "--state", filepath.Join(dir, c.at), "--config", writeSettings(t, "%s", text))
			for _, word := range c.want {
				if !strings.Contains(said, word) {
					t.Errorf("it said %q, without %q", said, word)
				}
			}
			for file, text := range c.put {
				if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != text {
					t.Errorf("%s was changed: %q, %v", file, got, err)
				}
			}
		})
	}
}

// TestStartDespite: what can be done without is passed over and said; the service starts.
func TestStartDespite(t *testing.T) {
	state := t.TempDir()
	rubbish := strings.Repeat("\xffrubbish ", 100)
	putFiles(t, state, map[string]string{
		"checkpoint/1767225600":                           rubbish,
		"checkpoint/.1770000000-123.tmp":                  rubbish,
		"runs/.20260101T000000Z/incidents.jsonl":          rubbish,
		"data/mrt/rrc00/live/updates.20260101.0000":       strings.Repeat("\x00", 4096),
		"data/vrp/20260101T0000Z.json":                    rubbish,
		"data/irr/RADB.20260101.db":                       rubbish,
		"data/registry/delegated-apnic-extended-20260101": rubbish,
		"data/relations/20260101.as-rel.txt":              rubbish,
		"data/mrt/rrc01/updates.20260101.0000":            rubbish,
	})
	p := startService(t, writeSettings(t, "listen: 127.0.0.1:0\nmetrics: ''\n"), state)
	endService(t, p)
	for _, gone := range []string{"checkpoint/.1770000000-123.tmp", "runs/.20260101T000000Z"} {
		if _, err := os.Stat(filepath.Join(state, gone)); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
	if info, err := os.Stat(filepath.Join(state, "data/mrt/rrc00/live/updates.20260101.0000")); err != nil || info.Size() != 0 {
		t.Errorf("the journal keeps rubbish: %v, %v", info, err)
	}
	said := bufio.NewScanner(strings.NewReader(talkOf(p)))
	for said.Scan() {
		if strings.Contains(said.Text(), "a checkpoint cannot be used") {
			return
		}
	}
	t.Errorf("nothing is said of the checkpoint:\n%s", talkOf(p))
}

// TestStartWithoutFolder: a mistake in sources.yaml is shown, alarmed and waited for; the rest of the service runs.
func TestStartWithoutFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a service for some seconds")
	}
	state, metrics, feed := t.TempDir(), freeAddress(t), newStream(t)
	putFiles(t, state, map[string]string{"data/sources.yaml": "- {path: nothing.json, kind: vrp}\n"})
	p := startService(t, writeSettings(t, "listen: 127.0.0.1:0\nmetrics: %s\nsources: [{name: ris, rislive: {url: %q}}]\n", metrics, feed.url), state)
	label := `{kind="detectors",source="watch"}`
	waitFor(t, func() bool {
		return scraped(metrics, "pahra_failures") == 1 && scraped(metrics, "pahra_source_stale"+label) == 1 && scraped(metrics, "pahra_journal_records_total") > 100
	})
	putFiles(t, state, map[string]string{"data/sources.yaml": "[]\n"})
	waitFor(t, func() bool {
		return scraped(metrics, "pahra_failures") == 0 && scraped(metrics, "pahra_source_stale"+label) == 0 && scraped(metrics, "pahra_elements_total") > 100
	})
	endService(t, p)
	if said := talkOf(p); !strings.Contains(said, "reading the data folder") || !strings.Contains(said, "nothing.json") {
		t.Errorf("the log does not say what was wrong:\n%s", said)
	}
}

func putFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
