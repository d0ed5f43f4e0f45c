package storetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/account"
	"pahra/internal/store"
	vals "pahra/wire/values"
)

func someone(id string) account.Account {
	return account.Account{ID: id, Name: "name-" + id, Role: account.Analyst, Password: "$x", Created: noon()}
}

func add(t *testing.T, s *store.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := s.AddAccount(context.Background(), someone(id)); err != nil {
			t.Fatal(err)
		}
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, want %v", err, want)
	}
}

func accounts(t *testing.T, s *store.Store) {
	ctx := context.Background()
	add(t, s, "b", "a")
	is(t, s.AddAccount(ctx, someone("a")), account.ErrTaken)
	oidc := account.Account{ID: "o1", Name: "o1", Role: account.Member, Issuer: "https://i", Subject: "7", Created: noon()}
	is(t, s.AddAccount(ctx, oidc), nil)
	again := oidc
	again.ID, again.Name = "o2", "o2"
	is(t, s.AddAccount(ctx, again), account.ErrTaken)
	at := noon().Add(time.Minute)
	changed, err := s.ChangeAccount(ctx, "a", func(a *account.Account) error {
		a.Disabled, a.LastLogin, a.Role = true, &at, account.Administrator
		return nil
	})
	is(t, err, nil)
	got, err := s.AccountByName(ctx, "name-a")
	is(t, err, nil)
	if diff := gocmp.Diff(changed, got); diff != "" || !got.Disabled || got.Role != account.Administrator || !got.LastLogin.Equal(at) {
		t.Error(diff, got)
	}
	refused := errors.New("no")
	_, err = s.ChangeAccount(ctx, "b", func(a *account.Account) error { a.Disabled = true; return refused })
	is(t, err, refused)
	if b, _ := s.Account(ctx, "b"); b.Disabled {
		t.Error("a refused change was kept")
	}
	found, err := s.AccountBySubject(ctx, "https://i", "7")
	is(t, err, nil)
	list, err := s.Accounts(ctx)
	is(t, err, nil)
	if found.ID != "o1" || len(list) != 3 || list[0].ID != "a" {
		t.Errorf("found %v of %v", found, list)
	}
	_, err = s.AccountBySubject(ctx, "", "")
	is(t, err, account.ErrNotFound)
	_, err = s.Account(ctx, "none")
	is(t, err, account.ErrNotFound)
}

func sessions(t *testing.T, s *store.Store) {
	ctx := context.Background()
	add(t, s, "a", "b")
	for i, id := range []string{"a", "a", "b"} {
		is(t, s.AddSession(ctx, account.Session{Hash: "h" + strconv.Itoa(i), Account: id, Created: noon(), Seen: noon()}), nil)
	}
	is(t, s.SeeSession(ctx, "h0", noon().Add(time.Hour)), nil)
	is(t, s.SeeSession(ctx, "h0", noon()), nil)
	if got, _ := s.Session(ctx, "h0"); !got.Seen.Equal(noon().Add(time.Hour)) {
		t.Errorf("seen %v", got.Seen)
	}
	for i := range 5 {
		is(t, s.KeepDevice(ctx, account.Device{Hash: "d" + strconv.Itoa(i), Account: "a", Seen: noon().Add(time.Duration(i) * time.Second)}, 3), nil)
	}
	is(t, s.KeepDevice(ctx, account.Device{Hash: "other", Account: "b", Seen: noon()}, 3), nil)
	_, err := s.Device(ctx, "d1")
	is(t, err, account.ErrNotFound)
	_, err = s.Device(ctx, "d2")
	is(t, err, nil)
	is(t, s.EndSessions(ctx, "a", "h1"), nil)
	for hash, want := range map[string]error{"h0": account.ErrNotFound, "h1": nil, "h2": nil} {
		_, err := s.Session(ctx, hash)
		is(t, err, want)
	}
	_, err = s.Device(ctx, "d4")
	is(t, err, account.ErrNotFound)
	_, err = s.Device(ctx, "other")
	is(t, err, nil)
	is(t, s.EndSession(ctx, "h1"), nil)
	is(t, s.EndSession(ctx, "h1"), nil)
	is(t, s.DropSessions(ctx, noon().Add(time.Second), noon()), nil)
	_, err = s.Session(ctx, "h2")
	is(t, err, account.ErrNotFound)
}

func tokens(t *testing.T, s *store.Store) {
	ctx := context.Background()
	add(t, s, "a", "b")
	for i := range 3 {
		n := strconv.Itoa(i)
		is(t, s.AddToken(ctx, account.Token{ID: "t" + n, Hash: "h" + n, Account: "a", Name: "n", Scopes: account.Scopes{account.ScopeRead, account.ScopeReply},
			Created: noon().Add(time.Duration(i) * time.Second), Expires: noon().Add(time.Hour)}), nil)
	}
	is(t, s.UseToken(ctx, "t1", noon()), nil)
	is(t, s.RevokeToken(ctx, "b", "t1", noon()), account.ErrNotFound)
	is(t, s.RevokeToken(ctx, "a", "t1", noon()), nil)
	is(t, s.RevokeToken(ctx, "a", "t1", noon()), account.ErrNotFound)
	got, err := s.TokenByHash(ctx, "h1")
	is(t, err, nil)
	if got.Revoked == nil || got.Used == nil || got.Scopes.String() != "read reply" {
		t.Errorf("%+v", got)
	}
	list, err := s.TokensOf(ctx, "a")
	is(t, err, nil)
	if len(list) != 3 || list[0].ID != "t2" {
		t.Errorf("%+v", list)
	}
	_, err = s.TokenByHash(ctx, "none")
	is(t, err, account.ErrNotFound)
}

func claims(t *testing.T, s *store.Store) {
	ctx := context.Background()
	add(t, s, "a", "b")
	claim := func(id, owner string, asn vals.ASN) account.Claim {
		return account.Claim{ID: id, Account: owner, ASN: asn, State: account.Pending, Opened: noon(), Word: "w"}
	}
	is(t, s.AddClaim(ctx, claim("1", "a", 64500)), nil)
	is(t, s.AddClaim(ctx, claim("2", "a", 64500)), account.ErrTaken)
	is(t, s.AddClaim(ctx, claim("3", "b", 64500)), nil)
	is(t, s.AddClaim(ctx, claim("4", "a", 64400)), nil)
	for _, id := range []string{"1", "4"} {
		_, err := s.ChangeClaim(ctx, id, func(c *account.Claim) error { c.State = account.Held; return nil })
		is(t, err, nil)
	}
	held, err := s.NetworksOf(ctx, "a")
	is(t, err, nil)
	if !slices.Equal(held, []vals.ASN{64400, 64500}) {
		t.Errorf("held %v", held)
	}
	_, err = s.ChangeClaim(ctx, "1", func(c *account.Claim) error { c.State = account.Revoked; return nil })
	is(t, err, nil)
	is(t, s.AddClaim(ctx, claim("2", "a", 64500)), nil)
	on, err := s.ClaimsOn(ctx, 64500)
	is(t, err, nil)
	in, err := s.ClaimsIn(ctx, account.Pending, account.Held)
	is(t, err, nil)
	of, err := s.ClaimsOf(ctx, "a")
	is(t, err, nil)
	if len(on) != 3 || len(in) != 3 || in[2].ID != "4" || len(of) != 3 {
		t.Errorf("on %d, in %v, of %d", len(on), in, len(of))
	}
	_, err = s.Claim(ctx, "none")
	is(t, err, account.ErrNotFound)
}

func audit(t *testing.T, s *store.Store) {
	ctx := context.Background()
	for i := range 7 {
		is(t, s.AppendAudit(ctx, account.Entry{Actor: "a", Act: "act", Detail: strconv.Itoa(i)}, noon()), nil)
	}
	check := &account.Service{Store: s}
	if n, err := check.CheckLog(ctx); n != 7 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	page, err := s.AuditEntries(ctx, 4, 2)
	is(t, err, nil)
	if len(page) != 2 || page[0].Seq != 3 || page[0].Detail != "2" {
		t.Errorf("%+v", page)
	}
}
