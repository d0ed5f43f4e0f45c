package exchange

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

// plain is a service without agreements, with its commons and an inbox for each of two partners.
func plain(t *testing.T) (*Service, map[string]string) {
	t.Helper()
	hasher, err := account.NewHasher(account.Cost{Memory: 8, Passes: 1, Threads: 1}, rand.Reader, 1)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Settings{Store: storetest.Open(t, storetest.SQLite(t)), Now: start, Random: rand.Reader, Hasher: hasher, Secret: make([]byte, secretSize)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, ids := context.Background(), map[string]string{}
	for range 2 { // the second finds it there
		if err := s.Commons(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, team := range []string{"nadia", "atlantica"} {
		if ids[team], err = newUUID(rand.Reader); err != nil {
			t.Fatal(err)
		}
		if err := s.Store.AddExchangeCollection(ctx, store.ExchangeCollection{ID: ids[team], Kind: store.CollectionInbox, Partner: team, Title: team}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.AllCollections(ctx)
	if err != nil || len(all) != 3 {
		t.Fatalf("there are %v, %v", all, err)
	}
	return s, ids
}

func TestAddUser(t *testing.T) {
	s, ids := plain(t)
	ctx := context.Background()
	for name, n := range map[string]NewUser{
		"no name": {}, "a colon": {Name: "a:b"}, "a space": {Name: "a b"}, "too long": {Name: strings.Repeat("a", 101)}, "two lines": {Name: "a", Password: "a\nb"},
		"a long password": {Name: "a", Password: strings.Repeat("x", 300)}, "no such collection": {Name: "a", Read: []string{"none"}}, "an empty one": {Name: "a", Write: []string{""}},
		"two partners": {Name: "a", Read: []string{ids["nadia"], ids["atlantica"]}},
	} {
		if err := s.AddUser(ctx, n); err == nil {
			t.Errorf("%s: %+v was added", name, n)
		}
	}
	if err := s.AddUser(ctx, NewUser{Name: "a", Password: "p", Read: []string{"commons", ids["nadia"], "commons"}, Write: []string{ids["nadia"]}}); err != nil {
		t.Fatal(err)
	}
	list, err := s.UserList(ctx)
	if err != nil || len(list) != 1 || list[0].Partner != "nadia" || len(list[0].Read) != 2 || strings.Contains(list[0].Hash, "p$") {
		t.Errorf("the users are %+v, %v", list, err)
	}
	entries, err := s.Store.AuditEntries(ctx, 0, 10)
	if err != nil || len(entries) != 1 || entries[0].Act != "taxii.user.add" {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
}

// A password that was right is not hashed again, until the user changes; another one never passes by the memory of it.
func TestProofs(t *testing.T) {
	s, _ := plain(t)
	ctx := context.Background()
	if err := s.AddUser(ctx, NewUser{Name: "a", Password: "right"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Basic(ctx, "a", "right", "x"); err != nil {
		t.Fatal(err)
	}
	s.Hasher = nil // it would panic if it were asked
	if c, err := s.Basic(ctx, "a", "right", "x"); err != nil || c.User != "a" {
		t.Errorf("the second time: %+v, %v", c, err)
	}
	for _, wrong := range []string{"Right", "", "right "} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was not hashed", wrong)
				}
			}()
			_, _ = s.Basic(ctx, "a", wrong, "x") // it panics
		}()
	}
}

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	first, err := Secret(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Secret(dir, rand.Reader)
	if err != nil || !bytes.Equal(first, again) || len(first) != secretSize {
		t.Errorf("the secret is %x, then %x, %v", first, again, err)
	}
	path := filepath.Join(dir, secretFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Secret(dir, rand.Reader); err == nil {
		t.Error("a short secret is taken")
	}
	if _, err := New(Settings{Secret: []byte("short")}); err == nil {
		t.Error("a service with a short secret")
	}
}

// TestFillGoesOn: what cannot be taken stops nothing, a file that breaks off keeps what came before.
func TestFillGoesOn(t *testing.T) {
	s, _ := plain(t)
	address := func(n int) string {
		return fmt.Sprintf(`{"type":"ipv4-addr","id":"ipv4-addr--00000000-0000-4000-8000-%012d","value":"192.0.2.1"}`, n)
	}
	var told []string
	fill := func(text string) (Filled, error) {
		told = nil
		return s.Fill(context.Background(), "commons", strings.NewReader(text), func(n int, id string, why error) { told = append(told, fmt.Sprint(n, id, " ", why)) })
	}
	if done, err := fill(`{"type":"bundle","id":"bundle--1","objects":[` + address(1) + `,{"type":"x"},7,` + address(2) + `]}`); err != nil || done != (Filled{Added: 2, Refused: 2}) || len(told) != 2 {
		t.Errorf("a bundle: %+v, %v, %v", done, err, told)
	}
	many := ""
	for n := range 2500 {
		many += address(n) + "\n"
	}
	if done, err := fill(many); err != nil || done != (Filled{Added: 2498, Same: 2}) {
		t.Errorf("lines: %+v, %v", done, err)
	}
	if done, err := fill(address(5000) + `{"type":"ipv4-addr",`); err == nil || done.Added != 1 {
		t.Errorf("a file that breaks off: %+v, %v", done, err)
	}
	if done, err := fill("[" + address(6000) + "," + strings.Replace(address(6000), "192.0.2.1", "192.0.2.2", 1) + "]"); err != nil || done != (Filled{Added: 1, Refused: 1}) || !strings.Contains(told[0], "twice") {
		t.Errorf("an object that contradicts another: %+v, %v, %v", done, err, told)
	}
	if _, err := s.Fill(context.Background(), "none", strings.NewReader(""), nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("no collection: %v", err)
	}
}

// A cursor is one sealed text for each place and moment, and shows nothing.
func TestCursorSealed(t *testing.T) {
	c, now := newCursors(make([]byte, secretSize)), start()
	q := Query{Collection: "c", IDs: []string{"b", "a"}}
	text := c.give("ann", &q, now, now)
	if got, err := c.take(text, "ann", &Query{Collection: "c", IDs: []string{"a", "b"}, Limit: 9, NoBody: true}, now.Add(cursorLasts)); err != nil || !got.Equal(now) {
		t.Errorf("it comes back as %v, %v", got, err)
	}
	if _, err := c.take(text, "ann", &q, now.Add(cursorLasts+time.Second)); !errors.Is(err, ErrCursor) {
		t.Errorf("a day later: %v", err)
	}
	other := newCursors(bytes.Repeat([]byte{1}, secretSize))
	if _, err := other.take(text, "ann", &q, now); !errors.Is(err, ErrCursor) {
		t.Errorf("with another secret: %v", err)
	}
	seen := map[string]bool{}
	for i := range len(text) {
		for _, letter := range "AbZ9-_" {
			changed := text[:i] + string(letter) + text[i+1:]
			if _, err := c.take(changed, "ann", &q, now); changed != text && err == nil {
				t.Errorf("changed to %s it is taken", changed)
			}
		}
	}
	for n := range 100 {
		seen[c.give("ann", &q, now.Add(time.Duration(n)*time.Microsecond), now)[:20]] = true
	}
	if len(seen) != 100 {
		t.Errorf("places that lie side by side begin alike: %d", len(seen))
	}
}

// Queries that may look through a whole collection take turns; others pass them.
func TestWideQueriesTakeTurns(t *testing.T) {
	s, _ := plain(t)
	if err := s.AddUser(context.Background(), NewUser{Name: "a", Read: []string{"commons"}}); err != nil {
		t.Fatal(err)
	}
	s.wide <- struct{}{} // one is under way
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	exact := store.MemberVersions{Exact: []string{"2026-01-01T00:00:00Z"}}
	for name, test := range map[string]struct {
		q    Query
		want error
	}{
		"a version": {Query{Versions: exact}, context.DeadlineExceeded}, "the first": {Query{Versions: store.MemberVersions{First: true}}, context.DeadlineExceeded},
		"STIX 2.0":                {Query{SpecVersions: []string{"2.0"}}, context.DeadlineExceeded},
		"a version of one object": {Query{IDs: []string{"tool--1"}, Versions: exact}, nil}, "the last": {Query{}, nil}, "a type": {Query{Types: []string{"tool"}}, nil},
	} {
		ctx := context.Background()
		if test.want != nil {
			ctx = short
		}
		if _, err := s.Objects(ctx, Caller{User: "a"}, "commons", test.q, ""); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
