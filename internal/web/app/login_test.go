package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pahra/internal/account"
	"pahra/internal/oidc"
	"pahra/internal/web/app"
)

func TestLogInAndOut(t *testing.T) {
	o := newOffice(t, nil)
	b, _ := o.person("ann", account.Member)
	b.is(b.get("/account"), http.StatusOK, "ann member", "You hold no network")
	old := b.cookies["__Host-pahra-session"]
	out := b.is(b.post("/logout"), http.StatusSeeOther)
	if len(out.set) != 1 || out.set[0].MaxAge >= 0 {
		t.Errorf("logging out sets %v", out.set)
	}
	b.cookies["__Host-pahra-session"] = old
	if p := b.get("/account"); p.status != http.StatusSeeOther || p.header.Get("Location") != "/login?next=%2Faccount" {
		t.Errorf("after logging out: %d to %s", p.status, p.header.Get("Location"))
	}
	b.is(b.post("/login", "name", "ann", "password", "wrong"), http.StatusUnauthorized, "name and password do not match")
	b.is(b.get("/login"), http.StatusOK, "Log in")
}

// TestCookies: what a browser is given can be read by no script, goes to no other host, and is sent with no other site's form.
func TestCookies(t *testing.T) {
	for site, secure := range map[string]bool{"https://pahra.example": true, "http://127.0.0.1:8080": false, "http://localhost": false} {
		o := newOffice(t, func(c *app.AccountsConfig) { c.Site = site })
		_, err := o.service.Add(t.Context(), account.Operator(), "ann", "", account.Member, goodPassword)
		o.ok(err)
		b := o.visitor()
		r := form("/login", "name", "ann", "password", goodPassword)
		r.Header.Set("Origin", site)
		p := b.send(r)
		if len(p.set) != 2 {
			t.Fatalf("%s: cookies %v, status %d", site, p.set, p.status)
		}
		for _, c := range p.set {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure ||
				strings.HasPrefix(c.Name, "__Host-") != secure || c.MaxAge <= 0 {
				t.Errorf("%s: %s", site, c.Raw)
			}
		}
		if got := p.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("kept by %q", got)
		}
	}
	for _, bad := range []string{"", "http://pahra.example", "https://pahra.example/sub", "ftp://127.0.0.1", "pahra.example"} {
		if _, err := app.NewAccounts(app.AccountsConfig{Service: &account.Service{}, Log: newOffice(t, nil).log(), Site: bad}); err == nil {
			t.Errorf("the site %q is taken", bad)
		}
	}
}

// TestFixation: a session that somebody planted in the browser is not the one after the log-in, and is nobody's.
func TestFixation(t *testing.T) {
	o := newOffice(t, nil)
	mallory, _ := o.person("mallory", account.Member)
	planted := mallory.cookies["__Host-pahra-session"]
	_, err := o.service.Add(t.Context(), account.Operator(), "ann", "", account.Member, goodPassword)
	o.ok(err)
	ann := o.visitor()
	ann.cookies["__Host-pahra-session"] = planted
	ann.is(ann.post("/login", "name", "ann", "password", goodPassword), http.StatusSeeOther)
	if ann.cookies["__Host-pahra-session"] == planted {
		t.Fatal("the planted session was kept")
	}
	ann.is(ann.get("/account"), http.StatusOK, "ann member")
	mallory.is(mallory.get("/account"), http.StatusSeeOther)
}

// TestCrossSite: what another site has a browser send does nothing.
func TestCrossSite(t *testing.T) {
	o := newOffice(t, nil)
	b, a := o.person("root", account.Administrator)
	for name, headers := range map[string][2]string{
		"cross-site": {"cross-site", "https://evil.example"}, "same-site": {"same-site", "https://other.pahra.example"},
		"old browser": {"", "https://evil.example"}, "null": {"", "null"}, "other port": {"", "https://pahra.example:444"},
	} {
		for _, path := range []string{"/logout", "/login", "/account/token", "/admin/account", "/claim", "/record/x/AS1"} {
			r := form(path, "name", "x", "scope", "read", "days", "1", "asn", "64500", "role", "member", "password", goodPassword)
			r.Header.Set("Sec-Fetch-Site", headers[0])
			r.Header.Set("Origin", headers[1])
			if headers[0] == "" {
				r.Header.Del("Sec-Fetch-Site")
			}
			if p := b.send(r); p.status != http.StatusForbidden || !strings.Contains(p.body, "came from elsewhere") {
				t.Errorf("%s to %s: %d", name, path, p.status)
			}
		}
	}
	tokens, err := o.db.TokensOf(t.Context(), a.ID)
	if len(tokens) != 0 || err != nil {
		t.Errorf("%v, %v", tokens, err)
	}
	b.is(b.get("/account"), http.StatusOK)
	b.is(b.post("/account/token", "name", "x", "scope", "read", "days", "1"), http.StatusCreated)
}

// TestReadIsNoDeed: no address that is merely visited changes anything.
func TestReadIsNoDeed(t *testing.T) {
	o := newOffice(t, nil)
	b, _ := o.person("root", account.Administrator)
	for _, path := range []string{"/logout", "/account/token", "/account/password", "/admin/account", "/admin/account/x/disable", "/claim/x/revoke", "/admin/claim/x/approve"} {
		if p := b.get(path); p.status != http.StatusNotFound && p.status != http.StatusServiceUnavailable && p.status != http.StatusMethodNotAllowed {
			t.Errorf("GET %s gives %d", path, p.status)
		}
	}
	b.is(b.get("/account"), http.StatusOK)
}

// TestNext: one is led on to pages of this site alone.
func TestNext(t *testing.T) {
	o := newOffice(t, nil)
	_, err := o.service.Add(t.Context(), account.Operator(), "ann", "", account.Member, goodPassword)
	o.ok(err)
	for next, want := range map[string]string{
		"/network/AS64500?a=b": "/network/AS64500?a=b", "": "/account", "https://evil.example": "/account", "//evil.example": "/account",
		`/\evil.example`: "/account", "/\t/evil.example": "/account", "javascript:alert(1)": "/account", "network": "/account",
	} {
		b := o.visitor()
		if p := b.post("/login", "name", "ann", "password", goodPassword, "next", next); p.header.Get("Location") != want {
			t.Errorf("next %q leads to %q", next, p.header.Get("Location"))
		}
	}
}

// TestBruteForce: guessing ends in 429, and the owner's browser goes on.
func TestBruteForce(t *testing.T) {
	o := newOffice(t, func(c *app.AccountsConfig) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	ann, _ := o.person("ann", account.Member)
	guess := func(from string) int {
		r := form("/login", "name", "ann", "password", "wrong password")
		r.RemoteAddr = "192.0.2.1:1234" // the proxy
		r.Header.Set("X-Forwarded-For", "10.9.9.9, "+from)
		return o.visitor().send(r).status
	}
	n := 0
	for ; n < 100 && guess(fmt.Sprintf("198.51.100.%d", n)) == http.StatusUnauthorized; n++ {
	}
	if n != 10 || guess("203.0.113.1") != http.StatusTooManyRequests {
		t.Errorf("%d guesses are let through", n)
	}
	delete(ann.cookies, "__Host-pahra-session")
	ann.is(ann.post("/login", "name", "ann", "password", goodPassword), http.StatusSeeOther)
}

// TestForwardedFor: whoever is no proxy of ours cannot say where they come from.
func TestForwardedFor(t *testing.T) {
	o := newOffice(t, nil)
	n := 0
	for ; n < 100; n++ {
		r := form("/login", "name", fmt.Sprintf("name%d", n), "password", "wrong password")
		r.RemoteAddr = "198.51.100.7:1234"
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", n))
		if o.visitor().send(r).status != http.StatusUnauthorized {
			break
		}
	}
	if n != 20 {
		t.Errorf("%d guesses from one address that claims to be many", n)
	}
}

// vouching is a provider that vouches for whoever is in it.
type vouching struct {
	id   account.Identity
	err  error
	kept oidc.Pending
}

func (v *vouching) Name() string { return "Example ID" }
func (v *vouching) Begin(context.Context) (string, oidc.Pending, error) {
	return "https://id.example/auth?state=s", oidc.Pending{State: "s", Nonce: "n", Verifier: "v"}, nil
}
func (v *vouching) Finish(_ context.Context, keep oidc.Pending, answer url.Values) (account.Identity, error) {
	v.kept = keep
	if answer.Get("state") != keep.State {
		return account.Identity{}, errors.New("another log-in")
	}
	return v.id, v.err
}

func TestOIDC(t *testing.T) {
	analyst := account.Analyst
	p := &vouching{id: account.Identity{Issuer: "https://id.example", Subject: "7", Name: "ann", Role: &analyst}}
	o := newOffice(t, func(c *app.AccountsConfig) { c.Provider, c.Local = p, false })
	b := o.visitor()
	b.is(b.get("/login"), http.StatusOK, "Log in with Example ID")
	if strings.Contains(b.get("/login").body, `type="password"`) {
		t.Error("there is a form for passwords where nobody logs in with one")
	}
	to := b.is(b.get("/login/oidc?next=/claim"), http.StatusSeeOther)
	if to.header.Get("Location") != "https://id.example/auth?state=s" {
		t.Errorf("sent to %s", to.header.Get("Location"))
	}
	stranger := o.visitor()
	stranger.is(stranger.get("/login/oidc/done?state=s&code=c"), http.StatusBadRequest, "That log-in has ended")
	back := b.is(b.get("/login/oidc/done?state=s&code=c"), http.StatusSeeOther)
	if back.header.Get("Location") != "/claim" || p.kept.Verifier != "v" || b.cookies["__Host-pahra-login"] != "" {
		t.Errorf("sent on to %s, kept %+v, cookies %v", back.header.Get("Location"), p.kept, b.cookies)
	}
	b.is(b.get("/account"), http.StatusOK, "ann analyst", "https://id.example, which keeps your password")
	b.is(b.get("/login/oidc/done?state=s&code=c"), http.StatusBadRequest)
	p.err = oidc.ErrOutside
	b.get("/login/oidc")
	b.is(b.get("/login/oidc/done?state=s&code=c"), http.StatusForbidden, "not as somebody who may log in here")
	b.get("/login/oidc")
	b.is(b.get("/login/oidc/done?state=other&code=c"), http.StatusForbidden, "did not vouch")
	if p := b.post("/login", "name", "ann", "password", goodPassword); p.status != http.StatusMethodNotAllowed {
		t.Errorf("a password is asked for: %d", p.status)
	}
}

// TestBearer: a token is a way in for programs, within its scopes, and opens no form.
func TestBearer(t *testing.T) {
	o := newOffice(t, nil)
	b, a := o.person("ann", account.Analyst)
	made := b.is(b.post("/account/token", "name", "script", "scope", "read", "days", "30"), http.StatusCreated, "It is not shown again")
	_, rest, _ := strings.Cut(made.body, `<code class="secret">`)
	token, _, _ := strings.Cut(rest, "<")
	if !strings.HasPrefix(token, "pahra_") || strings.Contains(b.get("/account").body, token) {
		t.Errorf("token %q", token)
	}
	with := func(header string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "https://pahra.example/account", nil)
		r.Header.Set("Authorization", header)
		return r
	}
	v, err := o.accounts.Who(with("bearer " + token))
	if err != nil || v.Account != a.ID || v.May(account.Analyst, account.ScopeAnalyse) {
		t.Errorf("%+v, %v", v, err)
	}
	for _, bad := range []string{"Bearer pahra_x", "Bearer " + token + "x"} {
		if v, err := o.accounts.Who(with(bad)); !errors.Is(err, account.ErrRefused) || v.Account != "" || o.accounts.Viewer(with(bad)).Account != "" {
			t.Errorf("%q is %+v, %v", bad, v, err)
		}
	}
	if p := o.visitor().send(with("Bearer " + token)); p.status != http.StatusSeeOther {
		t.Errorf("a token opens the forms: %d", p.status)
	}
	tokens, err := o.db.TokensOf(t.Context(), a.ID)
	o.ok(err)
	b.is(b.post("/account/token/"+tokens[0].ID+"/revoke"), http.StatusSeeOther)
	if _, err := o.accounts.Who(with("Bearer " + token)); !errors.Is(err, account.ErrRefused) {
		t.Errorf("a revoked token: %v", err)
	}
}
