package imap_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pahra/internal/source/imap"
	"pahra/internal/source/inbox"
	"pahra/internal/testdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mailbox is a server with one user.
type mailbox struct {
	t    *testing.T
	user *imapmemserver.User
	port int
}

func serve(t *testing.T, caps goimap.CapSet) *mailbox {
	t.Helper()
	memory := imapmemserver.New()
	b := &mailbox{t: t, user: imapmemserver.NewUser("desk", "secret")}
	if err := b.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	memory.AddUser(b.user)
	s := imapserver.New(&imapserver.Options{InsecureAuth: true, Caps: caps, Logger: log.New(io.Discard, "", 0),
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.port = l.Addr().(*net.TCPAddr).Port
	var wait sync.WaitGroup
	wait.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() { s.Close(); wait.Wait() })
	return b
}

func (b *mailbox) add(text string) {
	b.t.Helper()
	if _, err := b.user.Append("INBOX", literal{strings.NewReader(text), int64(len(text))}, &goimap.AppendOptions{}); err != nil {
		b.t.Fatal(err)
	}
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// unseen says how many mails were not seen.
func (b *mailbox) unseen() uint32 {
	b.t.Helper()
	s, err := b.user.Status("INBOX", &goimap.StatusOptions{NumUnseen: true})
	if err != nil {
		b.t.Fatal(err)
	}
	return *s.NumUnseen
}

func (b *mailbox) config() imap.Config {
	return imap.Config{Host: "127.0.0.1", Port: b.port, TLS: "none", Username: "desk", Password: "secret", Every: 50 * time.Millisecond, Timeout: 5 * time.Second}
}

// taker keeps what it is given.
type taker struct {
	mu   sync.Mutex
	got  []string
	full bool // the disk is
}

func (k *taker) take(_ context.Context, _ string, f *os.File) error {
	text, err := io.ReadAll(f)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case strings.Contains(string(text), "bad"):
		return fmt.Errorf("%w: it is bad", inbox.ErrRefused)
	case k.full:
		return errors.New("the disk is full")
	}
	k.got = append(k.got, string(text))
	return err
}

func (k *taker) taken() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string{}, k.got...)
}

func run(t *testing.T, c imap.Config, k *taker) (stop func()) {
	t.Helper()
	m, err := imap.New(c, t.TempDir(), k.take, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestRun: what is there and what comes is taken once and seen then; what is refused is seen as well.
func TestRun(t *testing.T) {
	for name, caps := range map[string]goimap.CapSet{"idle": {goimap.CapIMAP4rev1: {}, goimap.CapIdle: {}}, "looking": {goimap.CapIMAP4rev1: {}}} {
		t.Run(name, func(t *testing.T) {
			b, k := serve(t, caps), new(taker)
			b.add("Subject: first\r\n\r\n1\r\n")
			b.add("Subject: bad\r\n\r\n2\r\n")
			stop := run(t, b.config(), k)
			defer stop()
			testdata.Eventually(t, "the first is taken", func() bool { return len(k.taken()) == 1 && b.unseen() == 0 })
			b.add("Subject: third\r\n\r\n3\r\n")
			testdata.Eventually(t, "the third is taken", func() bool { return len(k.taken()) == 2 && b.unseen() == 0 })
			stop()
			if diff := cmp.Diff([]string{"Subject: first\r\n\r\n1\r\n", "Subject: third\r\n\r\n3\r\n"}, k.taken()); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSeenWhenSafe: a mail that could not be taken stays unseen, and the next that connects takes it.
func TestSeenWhenSafe(t *testing.T) {
	b, k := serve(t, nil), &taker{full: true}
	b.add("Subject: first\r\n\r\n1\r\n")
	tried := make(chan struct{}, 100)
	m, err := imap.New(b.config(), t.TempDir(), func(ctx context.Context, name string, f *os.File) error {
		tried <- struct{}{}
		return k.take(ctx, name, f)
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	<-tried
	cancel()
	if err := <-done; err != nil || b.unseen() != 1 {
		t.Fatalf("%d are unseen, %v", b.unseen(), err)
	}
	k.full = false
	stop := run(t, b.config(), k)
	testdata.Eventually(t, "it is taken after all", func() bool { return len(k.taken()) == 1 && b.unseen() == 0 })
	stop()
}

func TestNewRefuses(t *testing.T) {
	good := imap.Config{Host: "mail.example.net", Username: "desk", Password: "x"}
	if _, err := imap.New(good, "", nil, nil); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*imap.Config){
		"host": func(c *imap.Config) { c.Host = "" }, "port": func(c *imap.Config) { c.Port = -1 }, "none": func(c *imap.Config) { c.TLS = "none" },
		"tls": func(c *imap.Config) { c.TLS = "perhaps" }, "password": func(c *imap.Config) { c.Password = "" }, "every": func(c *imap.Config) { c.Every = -1 },
		"file": func(c *imap.Config) { c.Password, c.PasswordFile = "", "/no such file" }, "ca": func(c *imap.Config) { c.CAFile = "/no such file" },
	} {
		c := good
		spoil(&c)
		if _, err := imap.New(c, "", nil, nil); err == nil {
			t.Errorf("%s: %+v is taken", name, c)
		}
	}
}
