package serve_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/account"
	"pahra/internal/config"
	"pahra/internal/serve"
	"pahra/internal/service/reports"
	"pahra/internal/source/inbox"
	"pahra/internal/store"
)

// TestDeskFolder: what is put into a source's folder becomes events and cases, and lies encrypted where a key is set.
func TestDeskFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, folder := t.TempDir(), t.TempDir()
		key, mapping := filepath.Join(dir, "key"), filepath.Join(dir, "bank.yaml")
		for name, text := range map[string]string{
			key:                                "AGE-SECRET-KEY-1D8YSHC2UYSQCT5XFKU794EKZG2GN45H2FQP3AHLQ2H4HHJX8DHSQP57NAM\n",
			mapping:                            "fields:\n  source.ip: address\n  source.asn: network\n  time.source: at\nconstants:\n  classification.type: phishing\nrequired: [source.ip]\n",
			filepath.Join(folder, "today.csv"): "address,network,at\n192.0.2.1,64500,2026-03-04T05:06:07Z\n192.0.2.2,64501,2026-03-04T05:06:07Z\nnowhere,1,x\n",
		} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c := config.Defaults()
		c.State, c.Roles, c.Desk.Key = filepath.Join(dir, "state"), []string{"desk"}, key
		c.Desk.Sources = map[string]config.DeskSource{"bank": {Format: "csv", Mapping: mapping, TLP: "TLP:GREEN", Folder: &inbox.Config{Path: folder}}}
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
		read, err := s.Store.Reports(ctx, store.ReportRead, store.DeskReport{}, 10)
		stop()
		if runErr := <-done; err != nil || runErr != nil || len(read) != 1 || read[0].Events != 2 || read[0].Bad != 1 || read[0].TLP != "TLP:GREEN" {
			t.Errorf("%+v, %v, %v", read, err, runErr)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if sealed, _ := filepath.Glob(filepath.Join(c.State, "desk", "reports", "*", "bank", "*.zst.age")); len(sealed) != 1 {
			t.Errorf("%v lie encrypted", sealed)
		}
	})
}

// TestSentRed: what became of a report of TLP:RED is told to the accounts that its source names and to analysts who are named, and nobody else.
func TestSentRed(t *testing.T) {
	ctx := t.Context()
	c := config.Defaults()
	c.State, c.Roles = filepath.Join(t.TempDir(), "state"), []string{"desk"}
	c.Desk.Sources = map[string]config.DeskSource{"bank": {Format: "intelmq", TLP: "TLP:RED", Accounts: []string{"bank"}}}
	s, err := serve.Open(ctx, &c, serve.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Desk.Reports.Accept(ctx, strings.NewReader("{}\n"), reports.Meta{Source: "bank", Name: "a", Format: "intelmq", TLP: "TLP:RED"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.NameIn(ctx, time.Now(), store.National, store.RedCompartment, "red"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		account.Viewer
		sees bool
	}{
		{account.Viewer{}, false},
		{account.Viewer{Account: "a", Name: "ann", Role: account.Member, Scopes: account.Scopes{account.ScopeReport}}, false},
		{account.Viewer{Account: "b", Name: "bank", Role: account.Member, Scopes: account.Scopes{account.ScopeReport}}, true},
		{account.Viewer{Account: "c", Name: "cat", Role: account.Analyst, Scopes: account.Scopes{account.ScopeReport}}, false},
		{account.Viewer{Account: "red", Name: "dan", Role: account.Analyst, Scopes: account.Scopes{account.ScopeReport}}, true},
		{account.Viewer{Account: "red", Name: "dan", Role: account.Analyst, Scopes: account.Scopes{account.ScopeRead}}, false},
	} {
		if _, err := s.Sent(ctx, v.Viewer, r.ID); (err == nil) != v.sees || err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v: %v", v, err)
		}
	}
}
