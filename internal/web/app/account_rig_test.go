package app_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/source/overrides"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
	"pahra/internal/web/app"
	"pahra/wire/values"
)

const goodPassword = "correct horse battery staple"

// emptyReader is a service of which nothing is known yet.
type emptyReader struct{}

func (emptyReader) Answer(context.Context, account.Viewer, service.Question) (any, error) {
	return nil, service.ErrNotYet
}
func (emptyReader) Version() string     { return "1" }
func (emptyReader) Has(values.ASN) bool { return false }
func (emptyReader) Listen(context.Context, account.Viewer) <-chan service.News {
	return make(chan service.News)
}

// office is the pages of accounts on a real store, with a clock, a post office and a registry of the test's own.
type office struct {
	t        testing.TB
	db       *store.Store
	service  *account.Service
	accounts *app.Accounts
	handler  http.Handler
	data     string
	now      time.Time
	mails    []string
	remarks  []account.Remark
	incident watch.Incident
}

func newOffice(t testing.TB, change func(*app.AccountsConfig)) *office {
	t.Helper()
	o := &office{t: t, db: storetest.Open(t, storetest.SQLite(t)), data: filepath.Join(t.TempDir(), "data"), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	hasher, err := account.NewHasher(account.Cost{Memory: 64, Passes: 1, Threads: 1}, rand.Reader, 2)
	o.ok(err)
	clock := func() time.Time { return o.now }
	o.service = &account.Service{Store: o.db, Hasher: hasher, Settings: account.DefaultSettings(), Now: clock, Random: rand.Reader, Mail: o, Registry: o, Site: "https://pahra.example"}
	o.incident = storetest.Incidents(1, 1)[0]
	o.incident.Kind, o.incident.Attribution, o.incident.Confidence, o.incident.Anachronism = watch.Hijack, watch.Supported, 0.95, nil
	o.incident.ID, o.incident.Evidence.Administrative = strings.Repeat("ab", 16), false
	_, err = o.db.SaveIncidents(t.Context(), o.now, []watch.Incident{o.incident})
	o.ok(err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	o.ok(err)
	dir, err := overrides.Open(o.data, key)
	o.ok(err)
	c := app.AccountsConfig{Service: o.service, Site: "https://pahra.example", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Local: true, Now: clock,
		Desk:    &publication.Desk{Records: o.db, Incidents: o.db, Overrides: dir, Audit: o.service, Key: key, Now: clock},
		Records: o.db, Policy: publication.Default()}
	if change != nil {
		change(&c)
	}
	o.accounts, err = app.NewAccounts(c)
	o.ok(err)
	pages, err := app.New(app.Config{Reader: emptyReader{}, Log: c.Log, Viewer: o.accounts.Viewer, Login: true})
	o.ok(err)
	pages.Join(o.accounts)
	o.handler = pages
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) Mail(_ context.Context, _, _, text string) error {
	o.mails = append(o.mails, text)
	return nil
}

func (o *office) Contacts(context.Context, values.ASN) ([]account.Contact, error) {
	return []account.Contact{{Role: "noc", Source: "TEST", Address: "noc@example.net"}}, nil
}

func (o *office) Remarks(context.Context, values.ASN) ([]account.Remark, error) {
	return o.remarks, nil
}

// visitor keeps cookies as a browser does.
type visitor struct {
	*office
	cookies map[string]string
}

func (o *office) visitor() *visitor { return &visitor{o, map[string]string{}} }

// page is an answer.
type page struct {
	status int
	body   string
	header http.Header
	set    []*http.Cookie
}

func (b *visitor) send(r *http.Request) page {
	b.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return page{w.Code, w.Body.String(), answer.Header, answer.Cookies()}
}

func (b *visitor) get(path string) page {
	b.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, "https://pahra.example"+path, nil))
}

func form(path string, fields ...string) *http.Request {
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "https://pahra.example"+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Origin", "https://pahra.example")
	return r
}

func (b *visitor) post(path string, fields ...string) page {
	b.t.Helper()
	return b.send(form(path, fields...))
}

// is demands a status, and words in the page.
func (b *visitor) is(p page, status int, words ...string) page {
	b.t.Helper()
	if p.status != status {
		b.t.Fatalf("status %d, want %d: %s", p.status, status, text(p.body))
	}
	for _, w := range words {
		if !strings.Contains(text(p.body), w) {
			b.t.Errorf("the page does not say %q: %s", w, text(p.body))
		}
	}
	return p
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

// text is what a page says, without its tags.
func text(html string) string {
	if _, main, ok := strings.Cut(html, "<main"); ok {
		html = "<main" + main
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(html, " ")), " ")
}

// person makes an account and a browser that is logged in to it.
func (o *office) person(name string, role account.Role) (*visitor, account.Account) {
	o.t.Helper()
	a, err := o.service.Add(o.t.Context(), account.Operator(), name, "", role, goodPassword)
	o.ok(err)
	b := o.visitor()
	b.is(b.post("/login", "name", name, "password", goodPassword), http.StatusSeeOther)
	return b, a
}

// hold lets an account hold a network.
func (o *office) hold(a account.Account, asn values.ASN) {
	o.t.Helper()
	o.ok(o.db.AddClaim(o.t.Context(), account.Claim{ID: a.ID + asn.String(), Account: a.ID, ASN: asn, State: account.Held, Opened: o.now}))
}
