package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/wire/values"
)

func TestTokens(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	v, _ := r.member("ann", account.Analyst)
	plain, token, err := r.NewToken(ctx, v, "script", account.Scopes{account.ScopeRead}, time.Hour)
	r.ok(err)
	if !strings.HasPrefix(plain, "pahra_") || len(plain) != 49 || strings.Contains(token.Hash, plain) {
		t.Errorf("token %q, %+v", plain, token)
	}
	by, err := r.ViewerByToken(ctx, plain)
	r.ok(err)
	if by.Account != v.Account || !by.May(account.Analyst, account.ScopeRead) {
		t.Errorf("%+v", by)
	}
	for _, s := range account.AllScopes()[1:] {
		if by.May(account.Public, s) {
			t.Errorf("a token to read may %s", s)
		}
	}
	list, err := r.db.TokensOf(ctx, v.Account)
	if err != nil || list[0].Used == nil {
		t.Errorf("%+v, %v", list, err)
	}
	if _, _, err := r.NewToken(ctx, by, "child", account.Scopes{account.ScopeRead}, time.Hour); !errors.Is(err, account.ErrForbidden) {
		t.Errorf("a token makes another: %v", err)
	}
	r.is(r.RevokeToken(ctx, by, token.ID), account.ErrForbidden)
	for _, bad := range []string{"", "pahra_", plain[6:], plain + "x", "pahra_" + strings.Repeat("A", 43)} {
		_, err := r.ViewerByToken(ctx, bad)
		r.is(err, account.ErrRefused)
	}
	r.ok(r.SetDisabled(ctx, account.Operator(), v.Account, true))
	_, err = r.ViewerByToken(ctx, plain)
	r.is(err, account.ErrRefused)
	r.ok(r.SetDisabled(ctx, account.Operator(), v.Account, false))
	r.now = r.now.Add(time.Hour)
	_, err = r.ViewerByToken(ctx, plain)
	r.is(err, account.ErrRefused)
}

func TestTokenRules(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	member, _ := r.member("ann", account.Member)
	all := func(s ...account.Scope) account.Scopes { return s }
	_, _, err := r.NewToken(ctx, member, "x", all(account.ScopeAdminister), time.Hour)
	r.says(err, "role administrator")
	_, _, err = r.NewToken(ctx, member, "x", all(account.ScopeAnalyse), time.Hour)
	r.says(err, "role analyst")
	_, _, err = r.NewToken(ctx, member, " ", all(account.ScopeRead), time.Hour)
	r.says(err, "name")
	_, _, err = r.NewToken(ctx, member, "x", nil, time.Hour)
	r.says(err, "scope")
	_, _, err = r.NewToken(ctx, member, "x", all(account.ScopeRead), 400*24*time.Hour)
	r.says(err, "366 days")
	_, _, err = r.NewToken(ctx, account.Viewer{}, "x", all(account.ScopeRead), time.Hour)
	r.is(err, account.ErrForbidden)
	plain, token, err := r.NewToken(ctx, member, "x", all(account.ScopeRead), time.Hour)
	r.ok(err)
	other, _ := r.member("bob", account.Administrator)
	r.is(r.RevokeToken(ctx, other, token.ID), account.ErrNotFound)
	r.ok(r.RevokeToken(ctx, member, token.ID))
	_, err = r.ViewerByToken(ctx, plain)
	r.is(err, account.ErrRefused)
	for _, bad := range []string{"", "root", "read,everything"} {
		if _, err := account.ParseScopes(bad); err == nil {
			t.Errorf("%q are scopes", bad)
		}
	}
	if s, err := account.ParseScopes("reply, read"); err != nil || s.String() != "read reply" {
		t.Errorf("%v, %v", s, err)
	}
}

// TestTokenCannotSpeak: a token to read sees what its account sees, and cannot dispute or decide in its name.
func TestTokenCannotSpeak(t *testing.T) {
	reader := account.Viewer{Role: account.Administrator, Networks: []values.ASN{64500}, Scopes: account.Scopes{account.ScopeRead}}
	for _, asn := range []values.ASN{64500, 64501} {
		if got := publication.ActorOf(reader, asn); got != publication.Anybody {
			t.Errorf("AS%d: %s", asn, got)
		}
	}
}
