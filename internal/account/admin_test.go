package account_test

import (
	"testing"

	"pahra/internal/account"
)

func TestAdministration(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	admin, _ := r.member("root", account.Administrator)
	analyst, session := r.member("ann", account.Analyst)
	for _, v := range []account.Viewer{{}, analyst, {Role: account.Administrator, Scopes: account.Scopes{account.ScopeRead}}} {
		_, err := r.Add(ctx, v, "x", "", account.Member, goodPassword)
		r.is(err, account.ErrForbidden)
		r.is(r.SetDisabled(ctx, v, admin.Account, true), account.ErrForbidden)
		r.is(r.SetRole(ctx, v, v.Account, account.Administrator), account.ErrForbidden)
		_, err = r.List(ctx, v)
		r.is(err, account.ErrForbidden)
	}
	r.is(r.SetPassword(ctx, account.Viewer{Account: analyst.Account, Scopes: account.Scopes{account.ScopeRead}}, analyst.Account, goodPassword, goodPassword+"2", ""), account.ErrForbidden)
	_, err := r.Add(ctx, admin, "Ann", "", account.Member, goodPassword)
	r.says(err, "already")
	for _, bad := range []string{"", "a b", "<b>", "é"} {
		_, err := r.Add(ctx, admin, bad, "", account.Member, goodPassword)
		r.says(err, "name is 1 to 100")
	}
	_, err = r.Add(ctx, admin, "z", "no address", account.Member, goodPassword)
	if err == nil {
		t.Error("no mail address is taken")
	}
	_, err = r.Add(ctx, admin, "z", "", account.Public, goodPassword)
	r.says(err, "member")
	r.says(r.SetDisabled(ctx, admin, admin.Account, true), "only administrator")
	r.says(r.SetRole(ctx, admin, admin.Account, account.Analyst), "only administrator")
	r.ok(r.SetRole(ctx, admin, analyst.Account, account.Administrator))
	if v, _ := r.Viewer(ctx, session.Session); v.Account != "" {
		t.Error("a session outlives a change of role")
	}
	r.ok(r.SetRole(ctx, admin, admin.Account, account.Analyst))
	r.says(r.SetDisabled(ctx, account.Operator(), analyst.Account, true), "only administrator")
	n, err := r.CheckLog(ctx)
	r.ok(err)
	list, err := r.db.AuditEntries(ctx, 0, 10)
	r.ok(err)
	if n != 4 || list[0].Act != "account.role" || list[0].Subject != admin.Account || list[3].Actor != "command line" {
		t.Errorf("%d entries: %+v", n, list)
	}
}

func TestPasswordChange(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	admin, _ := r.member("root", account.Administrator)
	v, here := r.member("ann", account.Member)
	there, err := r.logIn("ann", goodPassword, "192.0.2.2", "")
	r.ok(err)
	const second = "a second good password"
	r.says(r.SetPassword(ctx, v, v.Account, "wrong", second, here.Session), "old password")
	r.says(r.SetPassword(ctx, v, v.Account, goodPassword, "short", here.Session), "least")
	r.ok(r.SetPassword(ctx, v, v.Account, goodPassword, second, here.Session))
	for secret, want := range map[string]bool{here.Session: true, there.Session: false} {
		if got, _ := r.Viewer(ctx, secret); (got.Account != "") != want {
			t.Errorf("a session stands: %v, want %v", !want, want)
		}
	}
	_, err = r.logIn("ann", goodPassword, "192.0.2.1", "")
	r.is(err, account.ErrRefused)
	r.ok(r.SetPassword(ctx, admin, v.Account, "", goodPassword, ""))
	_, err = r.logIn("ann", goodPassword, "192.0.2.1", "")
	r.ok(err)
	id, err := r.LogInAs(ctx, account.Identity{Issuer: "https://id", Subject: "1", Name: "o"}, "", "")
	r.ok(err)
	r.says(r.SetPassword(ctx, admin, id.Account.ID, "", goodPassword, ""), "https://id")
}

// TestChain: an entry that was changed, taken out or added is found.
func TestChain(t *testing.T) {
	r := newRig(t)
	var list []account.Entry
	for i := range 4 {
		var last *account.Entry
		if i > 0 {
			last = &list[i-1]
		}
		e, err := account.Entry{Actor: "a", Act: "x"}.Chain(last, r.now)
		r.ok(err)
		r.ok(e.Follows(last))
		list = append(list, e)
	}
	changed := list[1]
	changed.Actor = "b"
	if changed.Follows(&list[0]) == nil || list[2].Follows(&list[0]) == nil || list[1].Follows(nil) == nil {
		t.Error("a changed, a missing or a first entry is taken")
	}
	rehashed, err := changed.Chain(&list[0], changed.At)
	r.ok(err)
	if rehashed.Follows(&list[0]) != nil || list[2].Follows(&rehashed) == nil {
		t.Error("an entry hashed anew does not break the chain behind it")
	}
}
