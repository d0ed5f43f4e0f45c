package exchange

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pahra/internal/service/agreements"
	"pahra/internal/service/agreements/agreementtest"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/world/intel"
	"pahra/wire/stix"
)

// office is a team that shares with another under docs/examples/agreement.yaml, with keys made for the test.
type office struct {
	x          *Exchange
	service    *Service
	store      *store.Store
	dir        string
	clock      atomic.Int64
	pact       *agreementtest.Pact
	collection string
}

func start() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

func (o *office) now() time.Time { return time.UnixMicro(o.clock.Load()).UTC() }

func (o *office) wait(d time.Duration) { o.clock.Add(d.Microseconds()) }

// recorder counts what was let out.
type recorder struct{ responses, rows atomic.Int64 }

func (r *recorder) Record(_ context.Context, got Response) error {
	r.responses.Add(1)
	r.rows.Add(int64(len(got.Rows)))
	return nil
}

func (r *recorder) Refuse(context.Context, Caller, Collection, Query, string, time.Time) error {
	return nil
}

func opened(t testing.TB, edits ...string) *office {
	t.Helper()
	o := &office{store: storetest.Open(t, storetest.SQLite(t)), dir: t.TempDir()}
	o.clock.Store(start().UnixMicro())
	o.x = o.another(t)
	var err error
	if o.service, err = New(Settings{Store: o.store, Now: o.now, Secret: make([]byte, secretSize), Gate: o.x, Recorder: new(recorder)}); err != nil {
		t.Fatal(err)
	}
	o.pact = agreementtest.New(t, "../../../docs/examples/agreement.yaml")
	for _, team := range []string{agreementtest.Nadia, agreementtest.Atlantica} {
		p := store.ExchangePartner{Team: team, Own: team == "cert-nadia", Name: team, Fingerprints: []string{o.pact.Keys[team].Fingerprint()}, Actor: "ann"}
		if err := o.x.AddPartner(context.Background(), p); err != nil {
			t.Fatal(err)
		}
	}
	o.adopt(t, edits...)
	r, err := o.store.ExchangeRoster(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	o.collection = r.Collections[slices.IndexFunc(r.Collections, func(c store.ExchangeCollection) bool { return c.Kind == store.CollectionExchange })].ID
	if err := o.store.AddExchangeUser(context.Background(), store.ExchangeUser{Name: "atlantica", Partner: "cert-atlantica", Read: []string{o.collection}}); err != nil {
		t.Fatal(err)
	}
	return o
}

// another makes an exchange on the same store and folder, as another process would.
func (o *office) another(t testing.TB) *Exchange {
	t.Helper()
	seal, err := spool.OwnSeal(o.dir, "exchange.key")
	if err != nil {
		t.Fatal(err)
	}
	return &Exchange{Store: o.store, Seal: seal, Now: o.now}
}

// signed writes the agreement with the signatures of teams beside it.
func (o *office) signed(t testing.TB, teams ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte(o.pact.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := agreements.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, team := range teams {
		if _, err := agreements.Sign(path, a, o.pact.Keys[team]); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// adopt edits the agreement, has both sign it and adopts it.
func (o *office) adopt(t testing.TB, edits ...string) {
	t.Helper()
	o.pact.Edit(edits...)
	if _, err := o.x.Adopt(context.Background(), o.signed(t, "cert-nadia", "cert-atlantica"), "ann"); err != nil {
		t.Fatal(err)
	}
}

// stories makes up items.
func stories(t testing.TB, objects int, seed uint64) (items []Item) {
	t.Helper()
	m, err := intel.New(intel.Params{Objects: objects, Seed: seed, Start: time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for list := m.Next(); list != nil; list = m.Next() {
		items = append(items, Item{ID: list[0].ID(), Objects: list})
	}
	return items
}

func (o *office) offer(t testing.TB, items ...Item) Offered {
	t.Helper()
	sum, err := o.x.Offer(context.Background(), items)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func (o *office) settle(t testing.TB) int {
	t.Helper()
	n, err := o.x.Settle(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// page asks for what the partner may see behind a time.
func (o *office) page(t testing.TB, after time.Time, limit int) Page {
	t.Helper()
	page, err := o.service.Objects(context.Background(), Caller{User: "atlantica", Partner: "cert-atlantica"}, o.collection, Query{After: after, Limit: limit}, "")
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// all gives what the partner sees, by ids.
func (o *office) all(t testing.TB) map[string]Row {
	t.Helper()
	rows := map[string]Row{}
	for after := (time.Time{}); ; {
		page := o.page(t, after, 100)
		for _, r := range page.Rows {
			rows[r.ID] = r
		}
		if after = page.Seen; !page.More {
			return rows
		}
	}
}

// read gives a row as an object.
func read(t testing.TB, r Row) *stix.Object {
	t.Helper()
	object, err := stix.Parse(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return object
}
