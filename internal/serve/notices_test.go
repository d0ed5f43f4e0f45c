package serve_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/config"
	"pahra/internal/notice"
	"pahra/internal/serve"
	"pahra/internal/service/mailroom"
	"pahra/internal/source/inbox"
	"pahra/internal/source/maildir"
	"pahra/internal/store"
)

// TestDeskMail: a mail in the maildir brings a report, and its case; another waits for a person.
func TestDeskMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		box := filepath.Join(dir, "mail")
		for _, folder := range []string{"new", "cur", "tmp"} {
			if err := os.MkdirAll(filepath.Join(box, folder), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range map[string]string{
			"1": "From: reports@sensors.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment; filename=today.json\n\n" +
				`{"classification.type":"infected-system","source.ip":"192.0.2.7","source.asn":64500,"time.source":"1999-12-31T05:06:07+00:00"}` + "\n--b--\n",
			"2": "From: somebody@example.org\n\nHello\n",
		} {
			if err := os.WriteFile(filepath.Join(box, "new", name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c := config.Defaults()
		c.State, c.Roles, c.Desk.Maildir = filepath.Join(dir, "state"), []string{"desk"}, &maildir.Config{Path: box}
		c.Desk.Sources = map[string]config.DeskSource{"sensors": {Format: "intelmq", Mail: &mailroom.Rule{From: "*@sensors.example", Files: "*.json"}}}
		c.Desk.Notices.From, c.Desk.Notices.Return = notice.Sender{Org: "CERT Example", Contact: "desk@example.net", Domain: "example.net"}, "bounces@example.net"
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		s, err := serve.Open(context.Background(), &c, serve.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Minute)
		read, first := s.Store.Reports(ctx, store.ReportRead, store.DeskReport{}, 10)
		held, second := s.Store.Replies(ctx, store.ReplyHeld, 0, 10)
		stop()
		if err := errors.Join(first, second, <-done, s.Close()); err != nil || len(read) != 1 || read[0].Name != "today.json" || read[0].Events != 1 || len(held) != 1 {
			t.Errorf("reports %+v, held %+v, %v", read, held, err)
		}
		if left, _ := filepath.Glob(filepath.Join(box, "cur", "*")); len(left) != 2 {
			t.Errorf("read are %v", left)
		}
	})
}

// TestNotices: where notices are set the service looks whom to tell of a case, and says of whom nobody is known.
func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		folder := filepath.Join(dir, "folder")
		report := `{"classification.type":"infected-system","source.ip":"192.0.2.7","source.port":40001,"source.asn":64500,"time.source":"1999-12-31T05:06:07+00:00"}` + "\n"
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "today.json"), []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
		c := config.Defaults()
		c.State, c.Roles, c.PublicURL = filepath.Join(dir, "state"), []string{"desk"}, "https://pahra.example.net"
		c.Desk.Sources = map[string]config.DeskSource{"sensors": {Format: "intelmq", Folder: &inbox.Config{Path: folder}}}
		c.Desk.Notices.From, c.Desk.Notices.Return = notice.Sender{Org: "CERT Example", Contact: "desk@example.net", Domain: "example.net"}, "bounces@example.net"
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		s, err := serve.Open(context.Background(), &c, serve.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Hour)
		made, err := s.Store.Notices(ctx, store.NoticeFilter{})
		skipped := s.Desk.Notices.Skipped()
		stop()
		if runErr := <-done; err != nil || runErr != nil || len(made) != 0 || skipped[1] != "nobody is known to tell" {
			t.Errorf("notices %+v, passed over %v, %v, %v", made, skipped, err, runErr)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
