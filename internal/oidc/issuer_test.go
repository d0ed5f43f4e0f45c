package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// issuer is an OpenID provider over HTTP: discovery, JWKS, authorization and token endpoints. It checks what a provider has to
// check: client, secret, redirect address, PKCE, and that a code is used once.
type issuer struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	key      *rsa.PrivateKey
	kid      int
	codes    map[string]url.Values // code → what was asked for
	claims   map[string]any        // of whoever logs in
	spoil    func(claims map[string]any)
	signWith *rsa.PrivateKey // in place of key
	alg      jose.SignatureAlgorithm
}

const (
	clientID     = "pahra"
	clientSecret = "s3cret"
	redirectURL  = "http://127.0.0.1/login/oidc/done"
)

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{t: t, codes: map[string]url.Values{}, alg: jose.RS256, claims: map[string]any{"sub": "42", "preferred_username": "ann",
		"email": "ann@example.net", "email_verified": true, "groups": []string{"staff", "noc"}}}
	i.rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.json(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/auth", "token_endpoint": i.URL + "/token",
			"jwks_uri": i.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.json(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: fmt.Sprint(i.kid), Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /auth", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// rotate takes a new key, and publishes no other.
func (i *issuer) rotate() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.kid = key, i.kid+1
}

func (i *issuer) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.t.Error(err)
	}
}

// authorize logs whoever comes in at once, and sends them back.
func (i *issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != clientID || q.Get("redirect_uri") != redirectURL || q.Get("response_type") != "code" ||
		q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" || !strings.Contains(q.Get("scope"), "openid") {
		http.Error(w, "bad request: "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	i.mu.Lock()
	code := fmt.Sprintf("code-%d", len(i.codes))
	i.codes[code] = q
	i.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {i.URL}}
	http.Redirect(w, r, redirectURL+"?"+back.Encode(), http.StatusFound)
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	i.mu.Lock()
	defer i.mu.Unlock()
	asked := i.codes[r.FormValue("code")]
	delete(i.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if id != clientID || secret != clientSecret || asked == nil || r.FormValue("redirect_uri") != redirectURL ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		i.json(w, map[string]string{"error": "invalid_grant", "error_description": "a secret " + clientSecret})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": i.URL, "aud": clientID, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nonce": asked.Get("nonce")}
	for k, v := range i.claims {
		claims[k] = v
	}
	if i.spoil != nil {
		i.spoil(claims)
	}
	i.json(w, map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *issuer) sign(claims map[string]any) string {
	var key any = i.key
	if i.signWith != nil {
		key = i.signWith
	}
	if i.alg == jose.HS256 {
		key = []byte(strings.Repeat(clientSecret, 8))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: i.alg, Key: jose.JSONWebKey{Key: key, KeyID: fmt.Sprint(i.kid)}}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

// visit goes to an address as a browser does, and gives what it is sent back with.
func (i *issuer) visit(address string) url.Values {
	i.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	if err != nil {
		i.t.Fatal(err)
	}
	defer answer.Body.Close()
	to, err := answer.Location()
	if err != nil {
		i.t.Fatalf("%s: %v", answer.Status, err)
	}
	return to.Query()
}
