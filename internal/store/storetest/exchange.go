package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/store"
)

// Commons is a collection of nobody in particular.
func Commons() store.ExchangeCollection {
	return store.ExchangeCollection{ID: "91a7b528-80eb-42ed-a74d-c6fbd5a26116", Kind: store.CollectionOwn, Alias: "commons", Title: "Commons", Made: noon()}
}

// NewMember makes a version of an object of a collection; version may be "".
func NewMember(collection, object, version string) store.NewMember {
	typ, _, _ := strings.Cut(object, "--")
	body := fmt.Sprintf(`{"type":%q,"id":%q,"modified":%q}`, typ, object, version)
	sum := sha256.Sum256([]byte(body))
	return store.NewMember{Collection: collection, Object: object, Type: typ, Version: version, SpecVersion: "2.1", Digest: sum[:], Body: []byte(body)}
}

// fillExchange stores a collection with a member, a user and a status.
func fillExchange(s *store.Store) error {
	ctx := context.Background()
	err := s.AddExchangeCollection(ctx, Commons())
	_, added := s.AppendMembers(ctx, noon(), []store.NewMember{NewMember(Commons().ID, "tool--1", "")})
	return errors.Join(err, added, s.AddExchangeUser(ctx, store.ExchangeUser{Name: "ncsc", Made: noon()}),
		s.AddExchangeStatus(ctx, noon(), store.ExchangeStatus{ID: "s", User: "ncsc", Made: noon(), Body: []byte("{}")}))
}

func addCommons(t *testing.T, s *store.Store) string {
	t.Helper()
	if err := s.AddExchangeCollection(context.Background(), Commons()); err != nil {
		t.Fatal(err)
	}
	return Commons().ID
}

// objects gives "OBJECT@VERSION" of the members that a query finds, and whether there are more.
func objects(t *testing.T, s *store.Store, q store.MemberQuery) (found []string, more bool) {
	t.Helper()
	some, more, err := s.Members(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	for n, m := range some {
		if found = append(found, m.Object+"@"+m.Version); n > 0 && !m.Added.After(some[n-1].Added) {
			t.Errorf("%s was added at %v, after one of %v", m.Object, m.Added, some[n-1].Added)
		}
		if (m.Body == nil) != q.NoBody {
			t.Errorf("%s has the body %s", m.Object, m.Body)
		}
	}
	return found, more
}

func roster(t *testing.T, s *store.Store) {
	ctx := context.Background()
	if r, err := s.ExchangeRoster(ctx); err != nil || r.Number != 0 || len(r.Users) != 0 {
		t.Errorf("an empty store has %+v, %v", r, err)
	}
	addCommons(t, s)
	is(t, s.AddExchangeCollection(ctx, Commons()), store.ErrConflict)
	same := Commons()
	same.ID = "52892447-4d7e-4f70-b94d-d7f22742ff63"
	is(t, s.AddExchangeCollection(ctx, same), store.ErrConflict) // its alias
	same.Alias = ""
	is(t, s.AddExchangeCollection(ctx, same), nil)
	u := store.ExchangeUser{Name: "ncsc", Hash: "$x", Token: "t", Certificate: "c", Partner: "NCSC", Read: []string{same.ID}, Made: noon()}
	is(t, s.AddExchangeUser(ctx, u), nil)
	is(t, s.AddExchangeUser(ctx, u), store.ErrConflict)
	is(t, s.AddExchangeUser(ctx, store.ExchangeUser{Name: "other", Token: "t"}), store.ErrConflict)
	is(t, s.AddExchangeUser(ctx, store.ExchangeUser{Name: "other", Certificate: "c"}), store.ErrConflict)
	is(t, s.AddExchangeUser(ctx, store.ExchangeUser{Name: "other", Made: noon()}), nil)
	is(t, s.AddExchangeUser(ctx, store.ExchangeUser{Name: "third", Made: noon()}), nil)
	before, err := s.ExchangeRosterNumber(ctx)
	is(t, err, nil)
	refused := errors.New("no")
	is(t, s.ChangeExchangeUser(ctx, "ncsc", func(*store.ExchangeUser) error { return refused }), refused)
	is(t, s.ChangeExchangeUser(ctx, "nobody", func(*store.ExchangeUser) error { return nil }), store.ErrNotFound)
	at := noon().Add(time.Hour)
	is(t, s.ChangeExchangeUser(ctx, "ncsc", func(u *store.ExchangeUser) error { u.Revoked = &at; return nil }), nil)
	r, err := s.ExchangeRoster(ctx)
	is(t, err, nil)
	if r.Number != before+1 || len(r.Users) != 3 || len(r.Collections) != 2 {
		t.Fatalf("the roster is %+v; its number was %d", r, before)
	}
	u.Revoked, u.Version = &at, 2
	if diff := gocmp.Diff(u, r.Users[0]); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff([]store.ExchangeCollection{same, Commons()}, r.Collections); diff != "" {
		t.Error(diff)
	}
}

func statuses(t *testing.T, s *store.Store) {
	ctx := context.Background()
	for n, id := range []string{"a", "b"} {
		at := noon().Add(time.Duration(n) * 24 * time.Hour)
		is(t, s.AddExchangeStatus(ctx, at.Add(-24*time.Hour), store.ExchangeStatus{ID: id, User: "ncsc", Made: at, Body: []byte(id)}), nil)
	}
	if body, err := s.ExchangeStatus(ctx, "a", "ncsc", noon()); err != nil || string(body) != "a" {
		t.Errorf("after a day there is %s, %v", body, err)
	}
	_, err := s.ExchangeStatus(ctx, "a", "another", noon())
	is(t, err, store.ErrNotFound)
	_, err = s.ExchangeStatus(ctx, "a", "ncsc", noon().Add(time.Second))
	is(t, err, store.ErrNotFound)
	is(t, s.AddExchangeStatus(ctx, noon().Add(time.Second), store.ExchangeStatus{ID: "c", User: "ncsc", Made: noon(), Body: []byte("c")}), nil)
	_, err = s.ExchangeStatus(ctx, "a", "ncsc", noon())
	is(t, err, store.ErrNotFound)
}

func members(t *testing.T, s *store.Store) {
	ctx, id := context.Background(), addCommons(t, s)
	a, b, c := "indicator--1", "malware--2", "ipv4-addr--3"
	batch := []store.NewMember{NewMember(id, a, "2026-01-02T00:00:00.000Z"), NewMember(id, b, "2026-01-01T00:00:00Z"), NewMember(id, c, ""),
		NewMember(id, a, "2026-01-03T00:00:00.5Z"), NewMember(id, a, "2026-01-01T00:00:00.000Z")}
	out, err := s.AppendMembers(ctx, noon(), batch)
	if err != nil {
		t.Fatal(err)
	}
	for n, o := range out {
		if want := noon().Add(time.Duration(n) * time.Microsecond); o.Outcome != store.MemberAdded || !o.Added.Equal(want) {
			t.Errorf("member %d: %+v, want it added at %v", n, o, want)
		}
	}
	// Again, and the same version in other digits, is the same or a clash; a clock that went back changes nothing.
	clash := NewMember(id, a, "2026-01-03T00:00:00.500Z")
	changed := NewMember(id, c, "")
	changed.Digest = clash.Digest
	again, err := s.AppendMembers(ctx, noon().Add(-time.Hour), append(slices.Clone(batch), clash, changed, batch[2]))
	if err != nil {
		t.Fatal(err)
	}
	for n, o := range again[:6] {
		if want := store.MemberSame; n == 5 && o.Outcome != store.MemberClash || n < 5 && o.Outcome != want {
			t.Errorf("again, member %d: %+v", n, o)
		}
	}
	if last := again[7]; again[6].Outcome != store.MemberAdded || !last.Added.Equal(noon().Add(6*time.Microsecond)) {
		t.Errorf("what has no versions, changed and changed back: %+v", again[6:])
	}
	membersFound(t, s, id, batch, out)
	if _, err := s.AppendMembers(ctx, noon(), []store.NewMember{NewMember("none", a, "")}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a member of no collection: %v", err)
	}
}

// membersFound asks for what members has added.
func membersFound(t *testing.T, s *store.Store, id string, batch []store.NewMember, out []store.Appended) {
	a, b, c := batch[0].Object, batch[1].Object, batch[2].Object
	at := func(n int) string {
		return noon().Add(time.Duration(n) * time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
	}
	for name, test := range map[string]struct {
		q    store.MemberQuery
		want []string
		more bool
	}{
		"the last":       {q: store.MemberQuery{}, want: []string{b + "@" + batch[1].Version, a + "@" + batch[3].Version, c + "@" + at(6)}},
		"a page":         {q: store.MemberQuery{Limit: 2}, want: []string{b + "@" + batch[1].Version, a + "@" + batch[3].Version}, more: true},
		"after":          {q: store.MemberQuery{After: out[1].Added}, want: []string{a + "@" + batch[3].Version, c + "@" + at(6)}},
		"first":          {q: store.MemberQuery{Versions: store.MemberVersions{First: true}}, want: []string{b + "@" + batch[1].Version, c + "@" + at(2), a + "@" + batch[4].Version}},
		"all of one":     {q: store.MemberQuery{IDs: []string{a}, Versions: store.MemberVersions{All: true}, NoBody: true}, want: []string{a + "@" + batch[0].Version, a + "@" + batch[3].Version, a + "@" + batch[4].Version}},
		"exact":          {q: store.MemberQuery{Versions: store.MemberVersions{Exact: []string{"2026-01-02T00:00:00Z", "x\x00"}}}, want: []string{a + "@" + batch[0].Version}},
		"last and exact": {q: store.MemberQuery{IDs: []string{a, b}, Versions: store.MemberVersions{Last: true, Exact: []string{"2026-01-01T00:00:00.000000Z"}}}, want: []string{b + "@" + batch[1].Version, a + "@" + batch[3].Version, a + "@" + batch[4].Version}},
		"types":          {q: store.MemberQuery{Types: []string{"malware", "indicator", "nothing"}}, want: []string{b + "@" + batch[1].Version, a + "@" + batch[3].Version}},
		"types, a page":  {q: store.MemberQuery{Types: []string{"ipv4-addr", "malware", "malware"}, Limit: 1}, want: []string{b + "@" + batch[1].Version}, more: true},
		"type and id":    {q: store.MemberQuery{Types: []string{"malware"}, IDs: []string{a, b}}, want: []string{b + "@" + batch[1].Version}},
		"neither":        {q: store.MemberQuery{Types: []string{"tool"}, IDs: []string{a}}},
		"no such text":   {q: store.MemberQuery{Types: []string{"tool\x00"}}},
		"a spec version": {q: store.MemberQuery{SpecVersions: []string{"2.0", "\x00"}}},
	} {
		test.q.Collection = id
		if got, more := objects(t, s, test.q); !slices.Equal(got, test.want) || more != test.more {
			t.Errorf("%s: %v %v, want %v %v", name, got, more, test.want, test.more)
		}
	}
}

// specVersions has an object in two versions of STIX.
func specVersions(t *testing.T, s *store.Store) {
	ctx, id, a := context.Background(), addCommons(t, s), "indicator--1"
	older, newer := NewMember(id, a, "2026-01-02T00:00:00.000Z"), NewMember(id, a, "2026-01-01T00:00:00.000Z")
	older.SpecVersion = "2.0"
	alone := NewMember(id, "indicator--2", "2026-01-02T00:00:00.000Z")
	alone.SpecVersion = "2.0"
	if _, err := s.AppendMembers(ctx, noon(), []store.NewMember{newer, older, alone}); err != nil {
		t.Fatal(err)
	}
	one, two := a+"@"+newer.Version, a+"@"+older.Version
	for name, test := range map[string]struct {
		q    store.MemberQuery
		want []string
	}{
		"the newest of each": {store.MemberQuery{}, []string{one, "indicator--2@" + alone.Version}},
		"all of the newest":  {store.MemberQuery{IDs: []string{a}, Versions: store.MemberVersions{All: true}}, []string{one}},
		"2.0":                {store.MemberQuery{IDs: []string{a}, SpecVersions: []string{"2.0"}}, []string{two}},
		"both":               {store.MemberQuery{IDs: []string{a}, SpecVersions: []string{"2.0", "2.1"}}, []string{one, two}},
	} {
		test.q.Collection = id
		if got, _ := objects(t, s, test.q); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	if n, err := s.DeleteMembers(ctx, store.MemberQuery{Collection: id, IDs: []string{a}, SpecVersions: []string{"2.1"}}); err != nil || n != 1 {
		t.Errorf("%d gone, %v", n, err)
	}
	if got, _ := objects(t, s, store.MemberQuery{Collection: id, IDs: []string{a}}); !slices.Equal(got, []string{two}) {
		t.Errorf("what is left: %v", got)
	}
}

func membersDeleted(t *testing.T, s *store.Store) {
	ctx, id, a := context.Background(), addCommons(t, s), "indicator--1"
	var batch []store.NewMember
	for n := range 5 {
		batch = append(batch, NewMember(id, a, fmt.Sprintf("2026-01-0%dT00:00:00.000Z", n+1)))
	}
	if _, err := s.AppendMembers(ctx, noon(), batch); err != nil {
		t.Fatal(err)
	}
	version := func(n int) string { return a + "@" + batch[n].Version }
	for _, step := range []struct {
		versions    store.MemberVersions
		gone        int
		first, last string
	}{
		{store.MemberVersions{Exact: []string{batch[4].Version}}, 1, version(0), version(3)},
		{store.MemberVersions{First: true}, 1, version(1), version(3)},
		{store.MemberVersions{Exact: []string{batch[0].Version}}, 0, version(1), version(3)},
		{store.MemberVersions{Last: true, Exact: []string{batch[1].Version}}, 2, version(2), version(2)},
	} {
		if n, err := s.DeleteMembers(ctx, store.MemberQuery{Collection: id, IDs: []string{a}, Versions: step.versions}); err != nil || n != step.gone {
			t.Errorf("%+v: %d gone, %v; want %d", step.versions, n, err, step.gone)
		}
		first, _ := objects(t, s, store.MemberQuery{Collection: id, Versions: store.MemberVersions{First: true}})
		last, _ := objects(t, s, store.MemberQuery{Collection: id})
		if !slices.Equal(first, []string{step.first}) || !slices.Equal(last, []string{step.last}) {
			t.Errorf("%+v leaves %v to %v, want %s to %s", step.versions, first, last, step.first, step.last)
		}
	}
	if n, err := s.DeleteMembers(ctx, store.MemberQuery{Collection: id, IDs: []string{a}}); err != nil || n != 1 {
		t.Errorf("all: %d gone, %v", n, err)
	}
	if _, err := s.DeleteMembers(ctx, store.MemberQuery{Collection: id}); err == nil {
		t.Error("a whole collection can be deleted without a name")
	}
}

// membersLarge wants pages to end before they take up too much memory.
func membersLarge(t *testing.T, s *store.Store) {
	id := addCommons(t, s)
	var batch []store.NewMember
	for n := range 4 {
		m := NewMember(id, fmt.Sprintf("artifact--%d", n), "")
		m.Body = bytes.Repeat([]byte("x"), 3<<20)
		batch = append(batch, m)
	}
	if _, err := s.AppendMembers(context.Background(), noon(), batch); err != nil {
		t.Fatal(err)
	}
	if got, more := objects(t, s, store.MemberQuery{Collection: id}); len(got) != 3 || !more {
		t.Errorf("%d members of 3 MiB in a page, %v", len(got), more)
	}
	if got, more := objects(t, s, store.MemberQuery{Collection: id, NoBody: true}); len(got) != 4 || more {
		t.Errorf("%d members without bodies in a page, %v", len(got), more)
	}
}

// membersInOrder has eight writers and one reader that goes on from the last member it saw: it misses none.
func membersInOrder(t *testing.T, s *store.Store) {
	const writers, rounds = 8, 12
	ctx, id := context.Background(), addCommons(t, s)
	failed := make(chan error, writers)
	for w := range writers {
		go func() {
			var err error
			for n := 0; n < rounds && err == nil; n++ {
				_, err = s.AppendMembers(ctx, noon(), []store.NewMember{NewMember(id, fmt.Sprintf("tool--%d-%d", w, n), ""), NewMember(id, fmt.Sprintf("tool--%d-%d-b", w, n), "")})
			}
			failed <- err
		}()
	}
	var after time.Time
	seen, over := map[string]bool{}, 0
	for left := true; left; {
		select {
		case err := <-failed:
			is(t, err, nil)
			over++
		default:
		}
		ended := over == writers
		some, more, err := s.Members(ctx, store.MemberQuery{Collection: id, After: after, Limit: 7})
		is(t, err, nil)
		for _, m := range some {
			seen[m.Object], after = true, m.Added
		}
		left = !ended || more || len(some) > 0
	}
	if len(seen) != 2*writers*rounds {
		t.Errorf("the reader saw %d members of %d", len(seen), 2*writers*rounds)
	}
}
