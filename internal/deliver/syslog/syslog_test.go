package syslog

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"pahra/internal/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456000, time.UTC)

func message() alert.Message {
	a := alert.Alert{ID: "a1", Subject: "incident 1", Kind: "hijack", Phase: alert.Opened, Time: noon, Since: noon, Severity: alert.Critical, Confidence: 0.86, Network: 64500,
		PrefixesTotal: 1, Incident: "1", Title: "Possible hijack", What: "AS64500 announced 192.0.2.0/24."}
	b := a
	b.Kind, b.Severity, b.What, b.Link = "leak", alert.Low, "नमस्ते "+strings.Repeat("é", 9000), `https://x.example/"]\`
	return alert.Message{ID: "m1", At: noon, Severity: alert.Critical, Subject: "2 matters", Alerts: []alert.Alert{a, b}, Omitted: map[alert.Kind]int{"leak": 3}}
}

// form is RFC 5424 section 6, as far as we write it.
var form = regexp.MustCompile(`^<(\d{1,3})>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [!-~]{1,255} pahra - [!-~]{1,32} \[pahra@32473( [a-z]+="([^"\\\]]|\\["\\\]])*")*\] ((?s).*)$`)

func check(t *testing.T, got []string, most int) {
	t.Helper()
	if len(got) != 3 {
		t.Fatalf("got %d lines: %.300q", len(got), got)
	}
	for n, priority := range []string{"130", "133", "130"} { // 16*8 plus 2, 5, 2
		m := form.FindStringSubmatch(got[n])
		if m == nil || m[1] != priority || len(got[n]) > most || !utf8.ValidString(got[n]) || strings.Contains(got[n], "\n") {
			t.Errorf("line %d with %d bytes is not as it should be: %.300q", n, len(got[n]), got[n])
		}
	}
	if !strings.Contains(got[0], "AS64500 announced 192.0.2.0/24.") || !strings.Contains(got[1], "\ufeffPossible") || !strings.Contains(got[2], `omitted="3"`) {
		t.Errorf("got %.200q", got)
	}
}

func send(t *testing.T, s Server) {
	t.Helper()
	sender, err := New(Config{Servers: map[string]Server{"log": s}, Hostname: "watch.example.net"})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), "log", message()); err != nil {
		t.Fatal(err)
	}
}

func TestUDP(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send(t, Server{Network: "udp", Address: conn.LocalAddr().String()})
	var got []string
	for range 3 {
		b := make([]byte, 10_000)
		n, _, err := conn.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b[:n]))
	}
	check(t, got, maxDatagram)
}

// stream takes one connection and gives all that came.
func stream(t *testing.T, secure *tls.Config) (addr string, got <-chan []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan []byte, 1)
	go func() {
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			close(out)
			return
		}
		defer conn.Close()
		if secure != nil {
			conn = tls.Server(conn, secure)
		}
		all, _ := io.ReadAll(conn)
		out <- all
	}()
	return l.Addr().String(), out
}

func TestTCPNewline(t *testing.T) {
	addr, got := stream(t, nil)
	send(t, Server{Network: "tcp", Address: addr, Framing: "newline"})
	check(t, strings.Split(strings.TrimSuffix(string(<-got), "\n"), "\n"), maxLine)
}

func TestTLSOctets(t *testing.T) {
	s := httptest.NewTLSServer(nil) // for its certificate
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	addr, got := stream(t, &tls.Config{Certificates: s.TLS.Certificates})
	send(t, Server{Address: addr, CAFile: ca})
	check(t, readOctets(t, string(<-got)), maxLine)

	addr, got = stream(t, &tls.Config{Certificates: s.TLS.Certificates})
	sender, err := New(Config{Servers: map[string]Server{"log": {Address: addr}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), "log", message()); err == nil {
		t.Error("a server that is not trusted was sent to")
	}
	if all := <-got; len(all) > 0 {
		t.Errorf("it got %q", all)
	}
}

// readOctets reads frames of RFC 6587 section 3.4.1.
func readOctets(t *testing.T, all string) (list []string) {
	in := bufio.NewReader(strings.NewReader(all))
	for {
		size, err := in.ReadString(' ')
		if errors.Is(err, io.EOF) {
			return list
		}
		n, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil {
			t.Fatalf("frame %d: %v", len(list), err)
		}
		line := make([]byte, n)
		if _, err := io.ReadFull(in, line); err != nil {
			t.Fatal(err)
		}
		list = append(list, string(line))
	}
}

// A server of TLS that says nothing costs its timeout.
func TestServerHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	sender, err := New(Config{Servers: map[string]Server{"log": {Address: l.Addr().String(), Timeout: 100 * time.Millisecond}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), "log", message()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	var f *alert.Failure
	if err := sender.Send(t.Context(), "other", message()); !errors.As(err, &f) || !f.Permanent {
		t.Errorf("got %v", err)
	}
}

func TestConfigCheck(t *testing.T) {
	seventy := 70
	for want, s := range map[string]Server{
		"network": {Network: "quic", Address: "h:1"}, "address": {Address: "h"}, "framing": {Address: "h:1", Framing: "x"}, "tcp alone": {Address: "h:1", Framing: "newline"},
		"facility": {Address: "h:1", Facility: &seventy}, "belong": {Address: "h:1", CertFile: "c"}, "timeout": {Address: "h:1", Timeout: time.Hour},
	} {
		if err := (Config{Servers: map[string]Server{"log": s}}).Check(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "log") {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	if err := (Config{Hostname: "a b"}).Check(); err == nil {
		t.Error("a host name with a space was taken")
	}
}

func FuzzLine(f *testing.F) {
	f.Add("text", "host", `id"]\`, 100)
	f.Add("\xff\n", "", "", 0)
	f.Fuzz(func(t *testing.T, text, host, value string, most int) {
		got := string(line(130, noon, host, "kind", params("v", value), strings.ToValidUTF8(text, "?"), min(max(most, 1000), 3000)))
		if !form.MatchString(got) || strings.Contains(got, "\n") {
			t.Errorf("got %q", got)
		}
	})
}
