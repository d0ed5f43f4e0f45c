// Package storetest is the suite that every engine of package store passes, and gives tests a store to work with:
// [SQLite] one in a temporary folder, [Postgres] one of a server that it starts. It is for tests alone.
package storetest

import (
	"context"
	"path/filepath"
	"testing"

	"pahra/internal/store"
)

// SQLite gives the URL of a store that is not there yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "pahra.db")
}

// Open opens the store at url and closes it when the test ends.
func Open(t testing.TB, url string, opts ...store.Option) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// Run holds an engine against the suite. empty gives the URL of an empty store each time.
func Run(t *testing.T, empty func(testing.TB) string) {
	for _, test := range suite() {
		t.Run(test.name, func(t *testing.T) {
			s := Open(t, empty(t))
			test.run(t, s)
			if report, err := s.Check(context.Background()); err != nil || report.Found > 0 {
				t.Errorf("the store is not sound afterwards: %+v, %v", report.Problems, err)
			}
		})
	}
	t.Run("what was stored is there after opening again", func(t *testing.T) { reopened(t, empty(t)) })
	t.Run("read only", func(t *testing.T) { readOnly(t, empty(t)) })
}

// part is a part of the suite, for a store of its own.
type part struct {
	name string
	run  func(*testing.T, *store.Store)
}

func suite() []part {
	return []part{
		{"incidents come back as they went in", incidentsRoundTrip},
		{"a verdict that changes leaves the old one", verdictsStay},
		{"filters give what a plain loop gives", filtersAgree},
		{"prefixes inside, around and beside", prefixesTouch},
		{"pages neither repeat nor hide", pages},
		{"a batch is kept whole or not at all", batchIsWhole},
		{"counts by kind", counts},
		{"gaps", gaps},
		{"sources", sources},
		{"months", months},
		{"corrections keep the old figure", corrections},
		{"neighbourhoods", neighbourhoods},
		{"values", values},
		{"alerts wait, are taken once, sent and given up", alertsOutbox},
		{"many at once", manyAtOnce},
		{"accounts", accounts},
		{"sessions and devices", sessions},
		{"tokens", tokens},
		{"claims of networks", claims},
		{"the audit log", audit},
		{"publication records", publications},
		{"who sees which cases", sights},
		{"who sees which reports as they came", redReports},
		{"the inbox", inbox},
		{"constituents", constituents},
		{"the desk's documents", documents},
		{"the log of cases", caseLog},
		{"numbers of cases", caseNumbers},
		{"tenants", tenants},
		{"notices are made once, claimed once, and never sent twice", notices},
		{"others are told once", othersDue},
		{"replies", replies},
		{"figures of the desk", figures},
		{"what is owed to whom data is about", dutiesKept},
		{"quarantine is erased", quarantineErased},
		{"collections and users of the exchange", roster},
		{"what became of posts", statuses},
		{"members of collections", members},
		{"members in two versions of STIX", specVersions},
		{"members are deleted", membersDeleted},
		{"large members", membersLarge},
		{"who reads on misses no member", membersInOrder},
		{"terms of the exchange", exchangeTerms},
		{"what partners see of items", sequenced},
		{"decisions of the exchange", decisions},
		{"what waits for a person", reviewed},
		{"what was taken back", recalled},
	}
}
