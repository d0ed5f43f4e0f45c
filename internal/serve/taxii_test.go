package serve_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/config"
	"pahra/internal/serve"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
)

// TestInboxReachesTheDesk: what a partner posts becomes a report of the source that names it, once; what no source names stays where it is.
func TestInboxReachesTheDesk(t *testing.T) {
	c := config.Defaults()
	c.State, c.Roles = filepath.Join(t.TempDir(), "state"), []string{"desk", "exchange"}
	c.TAXII = config.TAXII{Listen: "127.0.0.1:0", InsecureLoopback: true}
	c.Desk.Sources = map[string]config.DeskSource{"atlantica": {Format: "stix", Partner: "cert-atlantica"}}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	s, err := serve.Open(t.Context(), &c, serve.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for team, id := range map[string]string{"cert-atlantica": "365fed99-08fa-4dcd-a1b3-fb247eb41d01", "cert-other": "465fed99-08fa-4dcd-a1b3-fb247eb41d01"} {
		if err := s.Store.AddExchangeCollection(ctx, store.ExchangeCollection{ID: id, Kind: store.CollectionInbox, Title: team, Partner: team}); err != nil {
			t.Fatal(err)
		}
		if err := s.TAXII.Service.AddUser(ctx, exchange.NewUser{Name: team, Read: []string{id}, Write: []string{id}}); err != nil {
			t.Fatal(err)
		}
		object := `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001","created":"2026-03-04T05:06:07.000Z","modified":"2026-03-04T05:06:07.000Z","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix","valid_from":"2026-03-04T05:06:07Z"}`
		caller := exchange.Caller{User: team, Partner: team}
		st, err := s.TAXII.Service.Post(ctx, caller, id, strings.NewReader(`{"objects":[`+object+`]}`))
		if err != nil || st.SuccessCount != 1 {
			t.Fatalf("%+v, %v", st, err)
		}
		if page, err := s.TAXII.Service.Objects(ctx, caller, id, exchange.Query{}, ""); err != nil || len(page.Rows) != 1 || string(page.Rows[0].Body) != object {
			t.Errorf("read back is %+v, %v", page, err)
		}
	}
	running, stop := context.WithCancel(ctx)
	stop() // it is enough that the service can begin and end
	if err := s.Run(running); err != nil {
		t.Error(err)
	}
	reports, err := s.Store.LatestReports(ctx, store.Sight{Tenant: c.Desk.Tenant, Machine: true}, "", "", "", 10)
	if err != nil || len(reports.Items) != 1 || reports.Items[0].Source != "atlantica" {
		t.Errorf("the desk has %+v, %v", reports.Items, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
