package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/internal/store"
)

// sink is a mail server that takes everything and counts what came by its Message-ID.
type sink struct {
	listener net.Listener
	wait     sync.WaitGroup
	mu       sync.Mutex
	got      map[string]int
}

func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{listener: l, got: map[string]int{}}
	s.wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.wait.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); s.wait.Wait() })
	return s
}

var messageID = regexp.MustCompile(`(?mi)^Message-ID: <([^>]+)>`)

func (s *sink) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	fmt.Fprint(conn, "220 sink\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); verb {
		case "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			var text strings.Builder
			for line, err = in.ReadString('\n'); err == nil && line != ".\r\n"; line, err = in.ReadString('\n') {
				text.WriteString(line)
			}
			if err != nil {
				return // it was not whole, and so not taken
			}
			s.mu.Lock()
			s.got[messageID.FindStringSubmatch(text.String())[1]]++
			s.mu.Unlock()
			fmt.Fprint(conn, "250 taken\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

// TestNoticesKilled kills "pahra desk notices send" with SIGKILL at random moments, and starts it again: no notice is taken twice
// by the mail server, and of each that is not said to be sent, somebody can see that.
func TestNoticesKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program many times")
	}
	server := newSink(t)
	dir := t.TempDir()
	const many = 150
	var table, events bytes.Buffer
	table.WriteString("id,record,kind,value,name,languages,source\n")
	for n := range many {
		fmt.Fprintf(&table, "c%d,constituent,,,Organisation %d,en,desk\nc%d,selector,prefix,10.0.%d.0/24,,,desk\nc%d,contact,abuse,mailto:soc@c%d.example,,,desk\n", n, n, n, n, n, n)
		fmt.Fprintf(&events, `{"classification.type":"infected-system","source.ip":"10.0.%d.7","source.port":40001,"source.asn":64500,"time.source":"2026-03-04T05:06:07+00:00"}`+"\n", n)
	}
	state := filepath.Join(dir, "state")
	settings := fmt.Sprintf("state: %s\nalerts: {mail: {host: 127.0.0.1, port: %d, tls: none, from: desk@example.net}}\ndesk: {notices: {from: {organisation: CERT, contact: desk@example.net, "+
		"domain: example.net}, return_path: bounces@example.net, approve: -1, per_minute: 6000, per_domain: 6000, pace: {gather: 1ns, window: 24h}}}\n", state, server.listener.Addr().(*net.TCPAddr).Port)
	for name, text := range map[string]string{"table.csv": table.String(), "events.json": events.String(), "pahra.yaml": settings} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"constituents", "import", "table.csv", "--state", state, "--apply"}, {"intake", "--state", state, "--source", "sensors", "--format", "intelmq", "events.json"}} {
		cmd := exec.Command(program(t), append([]string{"desk"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	killed := killSending(t, dir)
	checkSent(t, server, state, many, killed)
}

// killSending sends, and is killed now and then, until it comes to an end.
func killSending(t *testing.T, dir string) (killed int) {
	chance := rand.New(rand.NewPCG(4, 5))
	for {
		cmd := exec.Command(program(t), "desk", "notices", "send", "--config", filepath.Join(dir, "pahra.yaml"))
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < kills() {
			time.Sleep(time.Duration(100+chance.IntN(900)) * time.Millisecond) // the moment of death must not depend on what it does
			if err := cmd.Process.Kill(); err == nil {
				killed++
			}
		}
		err := cmd.Wait()
		if err == nil {
			return killed
		}
		if cmd.ProcessState.Exited() {
			t.Fatalf("%v: %s", err, said.String())
		}
	}
}

func checkSent(t *testing.T, server *sink, state string, many, killed int) {
	t.Helper()
	db, err := store.Open(context.Background(), "sqlite:"+filepath.Join(state, "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all, err := db.Notices(t.Context(), store.NoticeFilter{Limit: 10 * many})
	if err != nil {
		t.Fatal(err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	states := map[store.NoticeState]int{}
	for _, n := range all {
		states[n.State]++
	}
	for id, n := range server.got {
		if n > 1 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
	open := states[store.NoticeSending] + states[store.NoticeUnclear] + states[store.NoticeApproved]
	if killed == 0 || len(all) != many || states[store.NoticeSent]+open != many || open > killed || len(server.got) < states[store.NoticeSent] || len(server.got) > states[store.NoticeSent]+states[store.NoticeSending] {
		t.Errorf("killed %d times: the server took %d, the store says %v", killed, len(server.got), states)
	}
	t.Logf("killed %d times: the server took %d, the store says %v", killed, len(server.got), states)
}
