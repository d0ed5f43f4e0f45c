package storetest

import (
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/desk/party"
	"pahra/internal/store"
)

const partyTable = `id,record,kind,value,name,sector,criticality,languages,hours,channel,source,from,to,confirmed
a.b,constituent,,,Older,,,,,,,,,
bank-a,constituent,,,"Bank A, Ltd",finance,critical,hi en,Mon-Fri,portal,form 12,2026-01-01,2027-01-01,2026-02-01
bank-a,selector,host,www.bank.example,,,,,,,,,,2026-02-01
bank-a,selector,prefix,192.0.2.16/28,,,,,,,x,2026-01-01,,
bank-a,contact,abuse,mailto:abuse@bank.example,A Person,,,en hi,,,,,,
bank-a,key,openpgp,0123,,,,,,,,,,
bank-a,consent,publish-name,no,,,,,,,,,,2026-01-05
isp,constituent,,,The ISP,,,,,,,,,
isp,selector,asn,64500,,,,,,,,,,
`

// constituents come back as they went in, are replaced whole, and each change is a new version, per tenant.
func constituents(t *testing.T, s *store.Store) {
	ctx := t.Context()
	want, err := party.ReadConstituents(strings.NewReader(partyTable))
	if err != nil {
		t.Fatal(err)
	}
	change := store.ConstituentChange{Tenant: "national", Put: want, By: "ann", What: "all", Now: noon()}
	if err := s.ChangeConstituents(ctx, change); err != nil {
		t.Fatal(err)
	}
	got, err := s.Constituents(ctx, "national")
	if diff := gocmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if other, err := s.Constituents(ctx, "state"); len(other) != 0 || err != nil {
		t.Errorf("another tenant sees %v, %v", other, err)
	}
	want[1].Selectors, want[1].Contacts = want[1].Selectors[:1], nil
	change = store.ConstituentChange{Tenant: "national", Put: want[1:2], Drop: []string{"isp", "gone"}, By: "bob", What: "less", Now: noon()}
	if err := s.ChangeConstituents(ctx, change); err != nil {
		t.Fatal(err)
	}
	got, err = s.Constituents(ctx, "national")
	if diff := gocmp.Diff(want[:2], got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	versions, err := s.PartyVersions(ctx)
	if diff := gocmp.Diff(map[string]int64{"national": 2}, versions); diff != "" || err != nil {
		t.Error(err, diff)
	}
	changes, err := s.PartyChanges(ctx, "national", 10)
	if err != nil || len(changes) != 2 || changes[0].By != "bob" || changes[1].What != "all" || !changes[0].Made.Equal(noon()) {
		t.Errorf("%+v, %v", changes, err)
	}
	stale := int64(0)
	is(t, s.ChangeConstituents(ctx, store.ConstituentChange{Tenant: store.National, Put: []party.Constituent{{ID: "late"}}, Now: noon(), Base: &stale}), store.ErrConflict)
	if again, err := s.Constituents(ctx, "national"); err != nil || len(again) != 2 {
		t.Errorf("a change of another version was made: %v, %v", again, err)
	}
}

// documents are kept in versions, of which the last counts, per tenant and kind.
func documents(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if _, err := s.Document(ctx, "national", "policy"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a policy of nowhere: %v", err)
	}
	for _, d := range []store.DeskDocument{{Tenant: "national", Kind: "policy", Body: []byte("one")}, {Tenant: "national", Kind: "policy", Body: []byte("two")},
		{Tenant: "national", Kind: "certs", Body: []byte("three")}, {Tenant: "state", Kind: "policy", Body: []byte("four")}} {
		d.Made, d.By = noon(), "ann"
		if err := s.AddDocument(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	for _, stale := range []int64{0, 1, 3} {
		is(t, s.AddDocument(ctx, store.DeskDocument{Tenant: "national", Kind: "policy", Body: []byte("late"), Made: noon(), Base: &stale}), store.ErrConflict)
	}
	d, err := s.Document(ctx, "national", "policy")
	want := store.DeskDocument{Tenant: "national", Kind: "policy", Version: 2, Made: noon(), By: "ann", Body: []byte("two")}
	if diff := gocmp.Diff(want, d); diff != "" || err != nil {
		t.Error(err, diff)
	}
	versions, err := s.PartyVersions(ctx)
	if diff := gocmp.Diff(map[string]int64{"national": 3, "state": 1}, versions); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
