package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"pahra/internal/account"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop")) // connections kept for later
}

func provider(t *testing.T, i *issuer, change func(*Config)) *Provider {
	t.Helper()
	c := Config{Issuer: i.URL, ClientID: clientID, ClientSecret: clientSecret, RoleClaim: "groups", Roles: map[string]account.Role{"noc": account.Analyst, "boss": account.Administrator}}
	if change != nil {
		change(&c)
	}
	p, err := New(t.Context(), c, redirectURL, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// logIn goes all the way.
func logIn(t *testing.T, i *issuer, p *Provider) (account.Identity, error) {
	t.Helper()
	address, keep, err := p.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return p.Finish(t.Context(), keep, i.visit(address))
}

func TestLogIn(t *testing.T) {
	i := newIssuer(t)
	id, err := logIn(t, i, provider(t, i, nil))
	if err != nil || id.Issuer != i.URL || id.Subject != "42" || id.Name != "ann" || id.Mail != "ann@example.net" || *id.Role != account.Analyst {
		t.Fatalf("%+v, %v", id, err)
	}
	i.claims["email_verified"] = false
	id, err = logIn(t, i, provider(t, i, func(c *Config) { c.RoleClaim, c.Roles = "", nil }))
	if err != nil || id.Mail != "" || id.Role != nil {
		t.Errorf("without a claim of roles: %+v, %v", id, err)
	}
}

func TestRoles(t *testing.T) {
	i := newIssuer(t)
	p := provider(t, i, nil)
	for want, groups := range map[account.Role]any{account.Member: "none", account.Administrator: []any{"noc", 7, "boss"}, account.Analyst: "noc"} {
		i.claims["groups"] = groups
		if id, err := logIn(t, i, p); err != nil || *id.Role != want {
			t.Errorf("%v: %+v, %v", groups, id, err)
		}
	}
	p = provider(t, i, func(c *Config) { c.Required = "staff" })
	i.claims["groups"] = []string{"boss"}
	if _, err := logIn(t, i, p); !errors.Is(err, ErrOutside) {
		t.Errorf("without the group: %v", err)
	}
	delete(i.claims, "groups")
	if _, err := logIn(t, i, p); !errors.Is(err, ErrOutside) {
		t.Errorf("without any group: %v", err)
	}
}

// TestKeyRotation: a token of a key that the provider published after we began is taken, and one of the key before is not.
func TestKeyRotation(t *testing.T) {
	i := newIssuer(t)
	p := provider(t, i, nil)
	if _, err := logIn(t, i, p); err != nil {
		t.Fatal(err)
	}
	old := i.key
	i.rotate()
	if _, err := logIn(t, i, p); err != nil {
		t.Errorf("after a new key: %v", err)
	}
	i.signWith = old
	if _, err := logIn(t, i, p); err == nil {
		t.Error("the key before is still taken")
	}
}

// TestForged goes through what an ID token can have wrong.
func TestForged(t *testing.T) {
	i := newIssuer(t)
	p := provider(t, i, nil)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(map[string]any){
		"nonce":    func(c map[string]any) { c["nonce"] = "another" },
		"no nonce": func(c map[string]any) { delete(c, "nonce") },
		"audience": func(c map[string]any) { c["aud"] = "other-client" },
		"issuer":   func(c map[string]any) { c["iss"] = "https://evil.example" },
		"expired":  func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() },
		"key":      func(map[string]any) { i.signWith = stranger },
		"alg":      func(map[string]any) { i.alg = jose.HS256 },
	} {
		i.spoil, i.signWith, i.alg = spoil, nil, jose.RS256
		if id, err := logIn(t, i, p); err == nil {
			t.Errorf("%s: %+v is taken", name, id)
		}
	}
}

// TestAnswers goes through what a browser can bring back.
func TestAnswers(t *testing.T) {
	i := newIssuer(t)
	p := provider(t, i, nil)
	address, keep, err := p.Begin()
	if err != nil {
		t.Fatal(err)
	}
	good := i.visit(address)
	with := func(key, value string) url.Values {
		v := url.Values{"code": good["code"], "state": good["state"]}
		v.Set(key, value)
		return v
	}
	for name, answer := range map[string]url.Values{
		"state": with("state", "another"), "no state": with("state", ""), "issuer": with("iss", "https://evil.example"),
		"error": with("error", "access_denied"), "code": with("code", "another"),
	} {
		_, err := p.Finish(t.Context(), keep, answer)
		if err == nil || strings.Contains(err.Error(), clientSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Finish(t.Context(), Pending{}, with("state", "")); err == nil {
		t.Error("an answer to no log-in is taken")
	}
	wrong := keep
	wrong.Verifier = "another"
	second := i.visit(address)
	if _, err := p.Finish(t.Context(), wrong, second); err == nil {
		t.Error("a stolen code works without the verifier")
	}
	if _, err := p.Finish(t.Context(), keep, good); err != nil {
		t.Error(err)
	}
	if _, err := p.Finish(t.Context(), keep, good); err == nil {
		t.Error("a code works twice")
	}
}

func TestConfig(t *testing.T) {
	good := Config{Issuer: "https://id.example/realm", ClientID: "pahra"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*Config){
		func(c *Config) { c.Issuer = "http://id.example" }, func(c *Config) { c.Issuer = "id.example" }, func(c *Config) { c.ClientID = "" },
		func(c *Config) { c.Roles = map[string]account.Role{"a": account.Analyst} }, func(c *Config) { c.Required = "x" },
		func(c *Config) { c.RoleClaim, c.Roles = "g", map[string]account.Role{"a": account.Public} },
	} {
		c := good
		change(&c)
		if c.Check() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	if _, err := New(t.Context(), Config{Issuer: "http://127.0.0.1:1", ClientID: "x"}, redirectURL, time.Now); err == nil {
		t.Error("a provider that is not there is found")
	}
	if got := good.Shown(); got != "id.example" {
		t.Errorf("the name is %q", got)
	}
}

// TestEndlessAnswer: a provider that never stops talking is cut off.
func TestEndlessAnswer(t *testing.T) {
	i := newIssuer(t)
	i.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 1<<16); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	if _, err := New(t.Context(), Config{Issuer: i.URL, ClientID: clientID}, redirectURL, time.Now); err == nil {
		t.Error("an endless answer is taken")
	}
}
