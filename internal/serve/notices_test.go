package serve_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/config"
	"pahra/internal/notice"
	"pahra/internal/serve"
	"pahra/internal/source/inbox"
	"pahra/internal/store"
)

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
