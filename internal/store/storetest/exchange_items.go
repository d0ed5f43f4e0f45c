package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pahra/internal/store"
)

const shared = "2ac5a5a3-7a1c-4f0e-8f6e-7d1f6f8b0001"

// shareable keeps a partner, an agreement and its exchange collection, and gives the number of the terms.
func shareable(t *testing.T, s *store.Store) int64 {
	ctx := context.Background()
	c := store.ExchangeCollection{ID: shared, Kind: store.CollectionExchange, Partner: "them", Agreement: "us-them", Title: "for them", Made: noon()}
	twice := c
	twice.ID = "2ac5a5a3-7a1c-4f0e-8f6e-7d1f6f8b0002"
	must(t, s.PutExchangePartner(ctx, store.ExchangePartner{Team: "them", Onboarded: noon()}),
		s.AdoptAgreement(ctx, store.ExchangeAgreement{ID: "us-them", Version: 1, Partner: "them", Document: []byte("a"), Adopted: noon()}, []byte("s"), []store.ExchangeCollection{c}),
		s.AdoptAgreement(ctx, store.ExchangeAgreement{ID: "us-them", Version: 2, Partner: "them", Document: []byte("b"), Adopted: noon()}, []byte("s"), []store.ExchangeCollection{twice}))
	r, err := s.ExchangeRoster(ctx)
	if err != nil || len(r.Collections) != 1 {
		t.Fatalf("%d collections, %v", len(r.Collections), err)
	}
	state, err := s.ExchangeState(ctx)
	must(t, err)
	return state.Counter
}

// copyOf makes a copy of an object that says a text.
func copyOf(object, version, text string) store.ExchangeCopy {
	return store.ExchangeCopy{Object: object, Type: "note", Version: version, Clauses: `{"removed":{"x":"1.1"}}`,
		Body: func(v string) []byte { return fmt.Appendf(nil, `{"id":%q,"modified":%q,"text":%q}`, object, v, text) }}
}

func released(item string, version int64, epoch int64, copies ...store.ExchangeCopy) store.ExchangeRuling {
	return store.ExchangeRuling{ExchangeStanding: store.ExchangeStanding{Collection: shared, Item: item, Version: version, Agreement: 2, Epoch: epoch, Verdict: "release", Charged: version},
		Copies: copies}
}

func itemVersion(id string, version int64) store.ExchangeItem {
	return store.ExchangeItem{ID: id, Version: version, Body: []byte(`[{"a":1}]`), Digest: fmt.Sprint(version), Permits: []string{"x", "y"}, Stored: noon()}
}

// visible gives what is seen of the collection, each with its version and when it was added behind noon.
func visible(t *testing.T, s *store.Store, all bool) (list []string) {
	t.Helper()
	rows, _, err := s.Members(context.Background(), store.MemberQuery{Collection: shared, Versions: store.MemberVersions{All: all, Last: !all}})
	must(t, err)
	for _, m := range rows {
		list = append(list, fmt.Sprintf("%s@%s+%d", m.Object, m.Version, m.Added.Sub(noon()).Microseconds()))
	}
	return list
}

func sees(t *testing.T, s *store.Store, what string, want ...string) {
	t.Helper()
	if got := visible(t, s, false); !slices.Equal(got, want) {
		t.Errorf("%s: %q is seen, want %q", what, got, want)
	}
}

const v1, v2 = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"

// sequenced follows what is seen of items through versions, narrower terms, and back.
func sequenced(t *testing.T, s *store.Store) {
	ctx, counter := context.Background(), shareable(t, s)
	keep := func(b store.ExchangeBatch) {
		t.Helper()
		b.Counter = counter
		must(t, s.Sequence(ctx, noon(), b))
	}
	keep(store.ExchangeBatch{Items: []store.ExchangeItem{itemVersion("i", 1), itemVersion("j", 1)}, Objects: [][]string{{"home--1"}, {"home--2"}},
		Rulings: []store.ExchangeRuling{released("i", 1, 1, copyOf("note--a", v1, "a"), copyOf("note--both", v1, "b")), released("j", 1, 1, copyOf("note--both", v1, "b"), copyOf("note--c", v1, "c"))}})
	sees(t, s, "two items that share an object", "note--a@"+v1+"+0", "note--both@"+v1+"+1", "note--c@"+v1+"+2")
	keep(store.ExchangeBatch{Items: []store.ExchangeItem{itemVersion("i", 2)}, Objects: [][]string{nil},
		Rulings: []store.ExchangeRuling{released("i", 2, 1, copyOf("note--a", v1, "changed"), copyOf("note--both", v2, "b"))}})
	sees(t, s, "a copy that changed, with no later time", "note--both@"+v1+"+1", "note--c@"+v1+"+2", "note--a@2026-01-01T00:00:00.001Z+3")
	if n := len(visible(t, s, true)); n != 4 {
		t.Errorf("%d versions, want the older one as well", n)
	}
	refused := released("i", 2, 2)
	refused.Verdict = "refuse"
	keep(store.ExchangeBatch{Rulings: []store.ExchangeRuling{refused}})
	sees(t, s, "an item that is refused: what another tells as well stays", "note--both@"+v1+"+1", "note--c@"+v1+"+2")
	keep(store.ExchangeBatch{Rulings: []store.ExchangeRuling{released("i", 2, 3, copyOf("note--a", v1, "changed"))}})
	sees(t, s, "released again, as it was: it comes as something new", "note--both@"+v1+"+1", "note--c@"+v1+"+2", "note--a@2026-01-01T00:00:00.001Z+4")
	keep(store.ExchangeBatch{Rulings: []store.ExchangeRuling{released("i", 2, 4, copyOf("note--a", v1, "narrower"))}})
	sees(t, s, "narrower: only the new version", "note--both@"+v1+"+1", "note--c@"+v1+"+2", "note--a@2026-01-01T00:00:00.002Z+5")
	if n := len(visible(t, s, true)); n != 3 {
		t.Errorf("%d versions, the wider ones are seen", n)
	}
	if item, err := s.ItemOfObjects(ctx, []string{"home--9", "home--2"}); err != nil || item != "j" {
		t.Errorf("the item is %q, %v", item, err)
	}
	rotated(t, s)
}

// rotated gives the agreement a new secret, and wants all that is seen to be taken back.
func rotated(t *testing.T, s *store.Store) {
	n, err := s.RotateExchangeSecret(context.Background(), "us-them", []byte("n"), noon(), func(m *store.Member) (*store.ExchangeCopy, error) {
		c := copyOf(m.Object, v1, "withdrawn")
		c.Fixed = true
		return &c, nil
	})
	if err != nil || n != 3 {
		t.Errorf("%d taken back, %v", n, err)
	}
	sees(t, s, "taken back", "note--both@2026-01-01T00:00:00.001Z+6", "note--c@2026-01-01T00:00:00.001Z+7", "note--a@2026-01-01T00:00:00.003Z+8")
}

// decisions are looked up by what they are keyed by, and what they were made on is there to decide anew.
func decisions(t *testing.T, s *store.Store) {
	ctx, counter := context.Background(), shareable(t, s)
	soon := released("i", 1, 5, copyOf("note--a", v1, "a"))
	soon.Until = noon().Add(time.Hour)
	kept := released("k", 1, 5)
	kept.Verdict, kept.Clause, kept.Until = "review", "4.3", soon.Until
	charge := store.ExchangeCharge{Collection: shared, Clause: "4.9", Start: noon(), After: 7}
	b := store.ExchangeBatch{Counter: counter, Items: []store.ExchangeItem{itemVersion("i", 1), itemVersion("j", 1), itemVersion("k", 1), itemVersion("l", 1)}, Objects: make([][]string, 4),
		Rulings: []store.ExchangeRuling{soon, released("j", 1, 6, copyOf("note--b", v1, "b")), kept}, Charges: []store.ExchangeCharge{charge}}
	must(t, s.Sequence(ctx, noon(), b))
	stale := func(what string, change func(*store.ExchangeBatch)) {
		t.Helper()
		other := store.ExchangeBatch{Counter: counter, Rulings: []store.ExchangeRuling{released("i", 1, 5)}}
		change(&other)
		if err := s.Sequence(ctx, noon(), other); !errors.Is(err, store.ErrStale) {
			t.Errorf("%s: %v", what, err)
		}
	}
	stale("other terms", func(b *store.ExchangeBatch) { b.Counter++ })
	stale("another version of the item", func(b *store.ExchangeBatch) { b.Rulings[0].Version = 2 })
	stale("a version that is there", func(b *store.ExchangeBatch) {
		b.Items, b.Objects = []store.ExchangeItem{itemVersion("i", 1)}, [][]string{nil}
	})
	stale("another count", func(b *store.ExchangeBatch) { b.Charges = []store.ExchangeCharge{charge} })
	if n, err := s.ExchangeCharged(ctx, charge); err != nil || n != 7 {
		t.Errorf("%d objects are counted, %v", n, err)
	}
	added := []time.Time{noon(), noon().Add(time.Microsecond)}
	for _, test := range []struct {
		agreement int
		epoch     int64
		at        time.Time
		want      int
	}{{2, 5, noon(), 1}, {2, 5, soon.Until, 0}, {2, 6, soon.Until, 1}, {1, 5, noon(), 0}, {2, 4, noon(), 0}} {
		got, err := s.Leaving(ctx, shared, test.agreement, test.epoch, test.at, added)
		if err != nil || len(got) != test.want {
			t.Errorf("%+v: %d leave, %v", test, len(got), err)
		}
		for _, number := range got {
			if text, err := s.Clauses(ctx, number.Clauses); err != nil || text != `{"removed":{"x":"1.1"}}` {
				t.Errorf("clauses %+v: %q, %v", number, text, err)
			}
		}
	}
	e, err := s.ExchangeEvidence(ctx, shared, added)
	must(t, err)
	of := store.ItemVersion{Item: "i", Version: 1}
	if len(e.Decisions) != 2 || !slices.Equal(e.Decisions[noon().UnixMicro()], []store.ItemVersion{of}) || e.Newest["i"] != 1 || e.Standings["i"].Until != soon.Until || string(e.Items[of].Body) != `[{"a":1}]` {
		t.Errorf("%+v", e)
	}
	dueItems(t, s)
}

// dueItems looks for what has to be decided on.
func dueItems(t *testing.T, s *store.Store) {
	ctx := context.Background()
	due := func(epoch int64, at time.Time, want ...string) {
		t.Helper()
		got, err := s.ExchangeDue(ctx, shared, epoch, at, 10)
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("due in epoch %d at %v: %q, %v", epoch, at, got, err)
		}
	}
	due(5, noon())
	due(5, noon().Add(time.Hour), "i", "k")
	due(6, noon(), "i", "k")
	got, err := s.ExchangeUndecided(ctx, shared, "", 10)
	if err != nil || !slices.Equal(got, []string{"l"}) {
		t.Errorf("undecided: %q, %v", got, err)
	}
	if err := s.LetPass(ctx, shared, "k", 2, 2); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a version that is none passes: %v", err)
	}
	must(t, s.LetPass(ctx, shared, "k", 1, 2))
	due(5, noon(), "k")
	list, err := s.ExchangeItems(ctx, "i", 2)
	if err != nil || len(list) != 2 || list[0].ID != "j" || !slices.Equal(list[1].Permits, []string{"x", "y"}) {
		t.Errorf("items: %+v, %v", list, err)
	}
}
