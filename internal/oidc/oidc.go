// Package oidc lets people log in at an OpenID provider, by the authorization code flow with PKCE (OpenID Connect Core
// 1.0 section 3.1, RFC 7636).
//
// [New] finds the provider's addresses and keys. [Provider.Begin] gives where to send the browser and what to keep for
// the answer; [Provider.Finish] takes the answer and gives an [account.Identity]. What is kept belongs to one browser
// and one log-in: the caller binds it to a cookie and lets it be used once.
//
// Invariants: an identity comes from an ID token of the configured issuer for the configured client, signed with a key
// that the issuer publishes, not expired, with the nonce of this log-in; the role comes from the configuration alone;
// nothing of an answer is believed that was not asked for.
//
// The package keeps nothing and knows nothing of sessions.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"pahra/internal/account"
	"pahra/wire/values"
)

// Config says which provider, and what its claims mean.
type Config struct {
	Issuer       string   `yaml:"issuer"` // its URL, https unless it is this machine
	Name         string   `yaml:"name"`   // for the button: "Log in with NAME"
	ClientID     string   `yaml:"client_id"`
	ClientSecret string   `yaml:"client_secret"` // may be empty for a public client
	Scopes       []string `yaml:"scopes"`        // besides openid; profile and email where empty
	// RoleClaim is the claim with the groups somebody is in, a text or a list of texts; empty: the provider decides no
	// role, and whoever it vouches for is a member.
	RoleClaim string `yaml:"role_claim"`
	// Roles gives the role of each group; the highest one counts. Who is in none of them is a member.
	Roles map[string]account.Role `yaml:"roles"`
	// Required is a group without which nobody gets in; empty for none.
	Required string `yaml:"required"`
}

// Check says what is wrong with the configuration.
func (c *Config) Check() error {
	u, err := url.Parse(c.Issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && values.IsLoopback(u.Hostname())):
		return fmt.Errorf("issuer %q is no https URL", c.Issuer)
	case c.ClientID == "":
		return errors.New("client_id is missing")
	case len(c.Name) > 60:
		return errors.New("name is longer than 60 bytes")
	case c.RoleClaim == "" && (len(c.Roles) > 0 || c.Required != ""):
		return errors.New("roles and required need role_claim")
	}
	for group, role := range c.Roles {
		if role < account.Member || role > account.Administrator {
			return fmt.Errorf("roles: %q is given the role %s; member, analyst and administrator are possible", group, role)
		}
	}
	return nil
}

// Provider is a provider that was found. Safe for concurrent use.
type Provider struct {
	config   Config
	client   *http.Client
	oauth    oauth2.Config
	verifier *gooidc.IDTokenVerifier
	random   io.Reader
}

// answerLimit bounds how long the provider may take for one answer.
const answerLimit = 15 * time.Second

// New asks the provider for its addresses. redirect is the URL of ours that browsers are sent back to. now is the clock
// by which tokens expire.
func New(ctx context.Context, c Config, redirect string, now func() time.Time) (*Provider, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("logging in by OpenID: %w", err)
	}
	p := &Provider{config: c, random: rand.Reader, client: &http.Client{Timeout: answerLimit, Transport: bounded{http.DefaultTransport}}}
	found, err := gooidc.NewProvider(gooidc.ClientContext(ctx, p.client), c.Issuer)
	if err != nil {
		return nil, fmt.Errorf("asking %s for its addresses: %w", c.Issuer, err)
	}
	scopes := c.Scopes
	if len(scopes) == 0 {
		scopes = []string{"profile", "email"}
	}
	p.oauth = oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: redirect,
		Scopes: append([]string{gooidc.ScopeOpenID}, scopes...)}
	// The keys are fetched again when a token names one that is not known, for as long as the program runs.
	p.verifier = found.VerifierContext(gooidc.ClientContext(context.WithoutCancel(ctx), p.client), &gooidc.Config{ClientID: c.ClientID, Now: now})
	return p, nil
}

// bounded keeps a provider's answers from growing without end.
type bounded struct{ next http.RoundTripper }

const maxAnswer = 1 << 20

// RoundTrip asks the provider.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = &limited{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

type limited struct {
	io.Reader
	io.Closer
}

// Shown is what to call the provider: its name, or the host of its issuer.
func (c *Config) Shown() string {
	if c.Name != "" {
		return c.Name
	}
	u, err := url.Parse(c.Issuer)
	if err != nil {
		return c.Issuer
	}
	return u.Host
}

// Pending is what the answer to a log-in is checked with. It is secret.
type Pending struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
}

// Begin gives the address to send the browser to, and what to keep for its return.
func (p *Provider) Begin() (address string, keep Pending, err error) {
	for _, into := range []*string{&keep.State, &keep.Nonce} {
		b := make([]byte, 32)
		if _, err := io.ReadFull(p.random, b); err != nil {
			return "", keep, fmt.Errorf("beginning a log-in: %w", err)
		}
		*into = base64.RawURLEncoding.EncodeToString(b)
	}
	keep.Verifier = oauth2.GenerateVerifier()
	return p.oauth.AuthCodeURL(keep.State, gooidc.Nonce(keep.Nonce), oauth2.S256ChallengeOption(keep.Verifier)), keep, nil
}

// ErrOutside says that somebody is not in the group that the configuration asks for.
var ErrOutside = errors.New("the provider knows you, but not as somebody who may log in here")

// Finish takes the answer that a browser brings back.
func (p *Provider) Finish(ctx context.Context, keep Pending, answer url.Values) (account.Identity, error) {
	var none account.Identity
	if keep.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(keep.State)) != 1 {
		return none, errors.New("the answer belongs to another log-in")
	}
	if iss := answer.Get("iss"); iss != "" && iss != p.config.Issuer { // RFC 9207
		return none, errors.New("the answer is another issuer's")
	}
	if code := answer.Get("error"); code != "" {
		return none, fmt.Errorf("the provider refused: %.40q", code)
	}
	ctx, cancel := context.WithTimeout(gooidc.ClientContext(ctx, p.client), answerLimit)
	defer cancel()
	token, err := p.oauth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(keep.Verifier))
	if err != nil {
		return none, fmt.Errorf("exchanging the code: %w", plain(err))
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return none, errors.New("the provider gave no ID token")
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return none, fmt.Errorf("verifying the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(keep.Nonce)) != 1 {
		return none, errors.New("the ID token belongs to another log-in")
	}
	return p.identity(id)
}

// plain leaves out of an error what the provider sent, which could hold a secret.
func plain(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return fmt.Errorf("the provider refused: %.40q", refused.ErrorCode)
	}
	return err
}

// identity reads who somebody is.
func (p *Provider) identity(token *gooidc.IDToken) (account.Identity, error) {
	var claims struct {
		Name     string `json:"preferred_username"`
		Full     string `json:"name"`
		Mail     string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := token.Claims(&claims); err != nil {
		return account.Identity{}, fmt.Errorf("reading the ID token: %w", err)
	}
	id := account.Identity{Issuer: token.Issuer, Subject: token.Subject, Name: claims.Name}
	if id.Name == "" {
		id.Name = claims.Full
	}
	if claims.Verified && !strings.ContainsAny(claims.Mail, " \r\n") {
		id.Mail = claims.Mail
	}
	if p.config.RoleClaim == "" {
		return id, nil
	}
	groups, err := p.groups(token)
	if err != nil {
		return id, err
	}
	if p.config.Required != "" && !slices.Contains(groups, p.config.Required) {
		return account.Identity{}, ErrOutside
	}
	role := account.Member
	for _, g := range groups {
		role = max(role, p.config.Roles[g])
	}
	id.Role = &role
	return id, nil
}

// maxGroups bounds how many groups of somebody are looked at.
const maxGroups = 10_000

// groups gives the texts in the claim of roles.
func (p *Provider) groups(token *gooidc.IDToken) (list []string, err error) {
	var all map[string]any
	if err := token.Claims(&all); err != nil {
		return nil, fmt.Errorf("reading the ID token: %w", err)
	}
	switch v := all[p.config.RoleClaim].(type) {
	case string:
		list = []string{v}
	case []any:
		for _, x := range v[:min(len(v), maxGroups)] {
			if text, ok := x.(string); ok {
				list = append(list, text)
			}
		}
	}
	return list, nil
}
