package mail

import (
	"context"
	"errors"
	"io"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func message() alert.Message {
	return alert.Message{ID: "m1", Subscription: "s1", At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Subject: "[high] Route leak: 192.0.2.0/24 — ended",
		Text: "What happened\n.a line that begins with a dot\n" + strings.Repeat("long ", 60) + "\nनमस्ते\n", Thread: "t1", Unsubscribe: "https://pahra.example.net/alerts/s1"}
}

func send(t *testing.T, s *server, c Config) error {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m.Send(t.Context(), "noc@example.org", "d1", message())
}

func TestSend(t *testing.T) {
	for name, change := range map[string]func(*server, *Config){
		"starttls": func(s *server, c *Config) {},
		"implicit": func(s *server, c *Config) { s.implicit, c.TLS = true, implicitTLS },
	} {
		var c Config
		s := start(t, func(s *server) { change(s, &c) })
		tls := c.TLS
		c = s.config()
		c.TLS, c.Username, c.Password, c.ReplyTo = tls, "watch", "secret", "desk@example.net"
		if err := send(t, s, c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := s.taken()
		if len(got) != 1 || !got[0].encrypted || got[0].user != "|watch|secret" || !strings.Contains(got[0].from, "<watch@example.net>") || !strings.Contains(got[0].to, "<noc@example.org>") {
			t.Fatalf("%s: the server took %+v", name, got)
		}
		checkLetter(t, got[0].text)
	}
}

// checkLetter reads a letter as its receiver does.
func checkLetter(t *testing.T, text string) {
	t.Helper()
	l, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"From": `"Pahra" <watch@example.net>`, "To": "<noc@example.org>", "Message-Id": "<d1@example.net>", "Auto-Submitted": "auto-generated",
		"List-Unsubscribe": "<https://pahra.example.net/alerts/s1>", "References": "<t1@example.net>", "Reply-To": "<desk@example.net>",
		"Date": "Wed, 04 Mar 2026 12:00:00 +0000",
	} {
		if got := l.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	body, err := io.ReadAll(quotedprintable.NewReader(l.Body))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(string(body), "\r\n", "\n")
	if strings.TrimSpace(strings.ReplaceAll(got, "\n..a", "\n.a")) != strings.TrimSpace(message().Text) {
		t.Errorf("the text became %q", got)
	}
}

// A server without STARTTLS gets nothing; one whose certificate is not trusted neither.
func TestRefusesPlain(t *testing.T) {
	s := start(t, func(s *server) { s.noTLS = true })
	if err := send(t, s, s.config()); err == nil || len(s.taken()) != 0 {
		t.Errorf("without STARTTLS the server took %d letters, error %v", len(s.taken()), err)
	}
	other := start(t, func(s *server) {})
	c := other.config()
	c.CAFile = s.caFile
	if err := send(t, other, c); err == nil || len(other.taken()) != 0 {
		t.Errorf("a server that is not trusted took %d letters, error %v", len(other.taken()), err)
	}
}

// Whatever the moment at which a server says nothing more, a call ends in its time.
func TestServerHangs(t *testing.T) {
	for _, moment := range []string{"CONNECT", "EHLO", "STARTTLS", "MAIL", "RCPT", "DATA"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(s *server) { s.hang = moment })
			c := s.config()
			c.Timeout = 200 * time.Millisecond
			began := time.Now()
			err := send(t, s, c)
			var f *alert.Failure
			if err == nil || errors.As(err, &f) {
				t.Errorf("got %v, want an error that is tried again", err)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// The caller's context cuts the connection too.
func TestContextCuts(t *testing.T) {
	s := start(t, func(s *server) { s.hang = "MAIL" })
	m, err := New(s.config())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := m.Send(ctx, "noc@example.org", "d1", message()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for answer, permanent := range map[string]bool{"550 5.1.1 no such user": true, "451 4.7.1 greylisted": false} {
		s := start(t, func(s *server) { s.reject = answer })
		err := send(t, s, s.config())
		var f *alert.Failure
		if got := errors.As(err, &f) && f.Permanent; err == nil || got != permanent {
			t.Errorf("%s: got %v, permanent %t", answer, err, got)
		}
	}
	s := start(t, func(s *server) { s.dropAfter = true })
	if err := send(t, s, s.config()); err != nil || len(s.taken()) != 1 {
		t.Errorf("a letter that was taken before the connection broke: %v", err)
	}
	m, err := New(s.config())
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"", "Somebody <a@example.org>", "a@example.org\r\nBcc: b@example.org", "a@b, c@d"} {
		var f *alert.Failure
		if err := m.Send(t.Context(), to, "d", message()); !errors.As(err, &f) || !f.Permanent {
			t.Errorf("to %q: got %v", to, err)
		}
	}
}

func TestConfigCheck(t *testing.T) {
	good := Config{Host: "mail.example.net", From: "watch@example.net"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Config){
		"host": func(c *Config) { c.Host = "" }, "port": func(c *Config) { c.Port = 70000 }, "tls": func(c *Config) { c.TLS = "maybe" },
		"this machine": func(c *Config) { c.TLS = "none" }, "from": func(c *Config) { c.From = "nobody" }, "reply_to": func(c *Config) { c.ReplyTo = "x" },
		"belong": func(c *Config) { c.Username = "u" }, "enough": func(c *Config) { c.Username, c.Password, c.PasswordFile = "u", "p", "f" },
		"timeout": func(c *Config) { c.Timeout = time.Hour },
	} {
		c := good
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
