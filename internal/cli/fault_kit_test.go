package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"pahra/internal/source/replay"
)

// stream is a server of RIS Live that can be told to misbehave.
type stream struct {
	url     string
	sent    atomic.Int64 // good messages that the connection took
	garbage atomic.Bool  // something that is none before each
	silent  atomic.Bool
}

// rubbish is what a broken or hostile server may send between good messages.
var rubbish = []string{
	"", "not JSON", "{", `{"type":"ris_message"}`, `{"type":"ris_message","data":{}}`, `{"type":"ris_message","data":[]}`, `{"type":7}`, "\xff\xfe",
	`{"type":"ris_message","data":{"timestamp":1e300,"host":"rrc00","type":"UPDATE"}}`,
	`{"type":"ris_message","data":{"timestamp":-1,"peer":"192.0.2.1","peer_asn":"64496","host":"../../x","type":"UPDATE","path":[64496],"announcements":[{"next_hop":"192.0.2.1","prefixes":["10.0.0.0/8"]}]}}`,
	`{"type":"ris_message","data":{"timestamp":1,"peer":"nobody","peer_asn":"-","host":"rrc00","type":"UPDATE","path":["x"],"announcements":[{"next_hop":"y","prefixes":["10.0.0.0/99"]}]}}`,
	`{"type":"ris_error","data":{"message":"no"}}`, strings.Repeat("[", 100_000), `{"type":"` + strings.Repeat("x", 1<<21) + `"}`,
}

// newStream serves a message of a made network every few milliseconds to whoever connects.
func newStream(t *testing.T) *stream {
	t.Helper()
	s := &stream{}
	ctx, stop := context.WithCancel(context.Background())
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		heard, ended := context.WithCancel(ctx)
		defer ended()
		go func() { // it ends with the connection
			defer ended()
			for {
				if _, _, err := conn.Read(heard); err != nil {
					return
				}
			}
		}()
		for n := 0; heard.Err() == nil; n++ {
			time.Sleep(2 * time.Millisecond) // the pace of the stream
			if s.silent.Load() {
				continue
			}
			if s.garbage.Load() && conn.Write(heard, websocket.MessageText, []byte(rubbish[n%len(rubbish)])) != nil {
				return
			}
			text := fmt.Sprintf(`{"type":"ris_message","data":{"timestamp":%.3f,"peer":"192.0.2.1","peer_asn":"64496","id":"%d","host":"rrc00.ripe.net","type":"UPDATE",`+
				`"path":[64496,64500],"origin":"IGP","announcements":[{"next_hop":"192.0.2.1","prefixes":["10.%d.%d.0/24"]}]}}`,
				float64(time.Now().UnixMilli())/1e3, n, n>>8&255, n&255)
			if conn.Write(heard, websocket.MessageText, []byte(text)) != nil {
				return
			}
			s.sent.Add(1)
		}
	}))
	t.Cleanup(func() { stop(); door.Close() })
	s.url = strings.Replace(door.URL, "http", "ws", 1) + replay.Path
	return s
}

// writeSettings writes a file of settings and gives its name.
func writeSettings(t *testing.T, format string, args ...any) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pahra.yaml")
	if err := os.WriteFile(name, fmt.Appendf(nil, format, args...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// refusedService starts a service that must end by itself, with exit status 3, and gives what it said.
func refusedService(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var said bytes.Buffer
	p := exec.CommandContext(ctx, program(t), append([]string{"serve"}, args...)...)
	p.Stderr = &said
	err := p.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("serve %q ended with %v, want exit status 3; it said\n%s", args, err, said.String())
	}
	return said.String()
}

// endService asks a service to stop and holds it to the ten seconds that it has.
func endService(t *testing.T, p *exec.Cmd) {
	t.Helper()
	began := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %s", took)
	}
}

// answer asks for a page.
func answer(t *testing.T, url string) (status int, text string) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// talkOf gives what a service that has ended said.
func talkOf(p *exec.Cmd) string { return p.Stderr.(*bytes.Buffer).String() }
