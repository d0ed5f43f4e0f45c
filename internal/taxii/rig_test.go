package taxii_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/account"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/taxii"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The collections of a rig.
const (
	commons  = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
	readable = "52892447-4d7e-4f70-b94d-d7f22742ff63" // ann reads it
	fillable = "64993447-4d7e-4f70-b94d-d7f33742ee63" // ann writes it
	hidden   = "472c94ae-3113-4e3e-a4dd-a9f4ac7471d4" // of others
	inbox    = "365fed99-08fa-fdcd-a1b3-fb247eb41d01" // of the partner NCSC
)

// rig is a server with a few collections and users: ann, bob, and ncsc of the partner NCSC. All have the password "password of
// NAME".
type rig struct {
	t       testing.TB
	store   *store.Store
	service *exchange.Service
	server  *taxii.Server
	clock   atomic.Int64 // microseconds
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, store: storetest.Open(t, storetest.SQLite(t))}
	r.clock.Store(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).UnixMicro())
	hasher, err := account.NewHasher(account.Cost{Memory: 8, Passes: 1, Threads: 1}, rand.Reader, 2)
	if err != nil {
		t.Fatal(err)
	}
	r.service, err = exchange.New(exchange.Settings{Store: r.store, Now: r.now, Random: rand.Reader, Hasher: hasher, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	r.server = &taxii.Server{Service: r.service, Title: "Test", Now: r.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	ctx := context.Background()
	for _, c := range []store.ExchangeCollection{
		{ID: commons, Kind: store.CollectionOwn, Alias: "commons", Title: "Commons"}, {ID: readable, Kind: store.CollectionOwn, Title: "R"},
		{ID: fillable, Kind: store.CollectionOwn, Title: "W"}, {ID: hidden, Kind: store.CollectionOwn, Title: "H", Alias: "hidden"},
		{ID: inbox, Kind: store.CollectionInbox, Title: "I", Partner: "NCSC"},
	} {
		if err := r.store.AddExchangeCollection(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	r.user("ann", []string{commons, readable}, []string{"commons", fillable})
	r.user("bob", []string{commons, hidden}, nil)
	r.user("ncsc", []string{inbox, commons}, []string{inbox})
	return r
}

func (r *rig) now() time.Time { return time.UnixMicro(r.clock.Load()).UTC() }

func (r *rig) wait(d time.Duration) { r.clock.Add(d.Microseconds()) }

func (r *rig) user(name string, read, write []string) {
	r.t.Helper()
	if err := r.service.AddUser(context.Background(), exchange.NewUser{Name: name, Password: "password of " + name, Read: read, Write: write}); err != nil {
		r.t.Fatal(err)
	}
}

// answer is what a request got.
type answer struct {
	code   int
	header http.Header
	body   string
}

// one changes a request before it is sent.
type one func(*http.Request)

func header(name, value string) one {
	return func(r *http.Request) {
		if r.Header.Del(name); value != "" {
			r.Header.Set(name, value)
		}
	}
}

func as(name string) one {
	return func(r *http.Request) { r.SetBasicAuth(name, "password of "+name) }
}

// ask sends a request in ann's name to a path below the API root, or to one that begins with a slash.
func (r *rig) ask(method, path, body string, change ...one) answer {
	r.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = taxii.RootPath + path
	}
	q := httptest.NewRequest(method, path, strings.NewReader(body))
	q.Header.Set("Accept", "application/taxii+json;version=2.1")
	if body != "" {
		q.Header.Set("Content-Type", "application/taxii+json;version=2.1")
	}
	as("ann")(q)
	for _, do := range change {
		do(q)
	}
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, q)
	a := answer{w.Code, w.Header(), w.Body.String()}
	r.form(method+" "+path, a)
	return a
}

// form wants every answer to be one of TAXII, with times of six digits, and every error to be complete.
func (r *rig) form(what string, a answer) {
	r.t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/taxii+json;version=2.1" || !json.Valid([]byte(a.body)) {
		r.t.Errorf("%s is answered with %s: %.80s", what, got, a.body)
	}
	if a.code >= 400 {
		var e struct {
			Title  string `json:"title"`
			Status string `json:"http_status"`
		}
		if err := json.Unmarshal([]byte(a.body), &e); err != nil || e.Title == "" || e.Status != fmt.Sprint(a.code) {
			r.t.Errorf("%s, %d: the error is %s, %v", what, a.code, a.body, err)
		}
	}
	for _, name := range []string{"X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"} {
		if at := a.header.Get(name); at != "" && len(at) != len("2006-01-02T15:04:05.000000Z") {
			r.t.Errorf("%s: %s is %s", what, name, at)
		}
	}
}

// get asks for something and wants it to be there.
func (r *rig) get(path string, change ...one) answer {
	r.t.Helper()
	a := r.ask("GET", path, "", change...)
	if a.code != 200 {
		r.t.Fatalf("GET %s gives %d: %s", path, a.code, a.body)
	}
	return a
}

// post puts objects into a collection and wants all to be taken.
func (r *rig) post(collection string, objects ...string) {
	r.t.Helper()
	a := r.ask("POST", "collections/"+collection+"/objects/", envelope(objects...))
	if a.code != 202 || !strings.Contains(a.body, fmt.Sprintf(`"success_count":%d`, len(objects))) {
		r.t.Fatalf("posting gives %d: %s", a.code, a.body)
	}
}

func envelope(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }

// indicator makes a version of the indicator of a number.
func indicator(n int, modified string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"%s","created":"2016-01-01T00:00:00.000Z","modified":%q,"pattern":"[ipv4-addr:value = '192.0.2.%d']","pattern_type":"stix","valid_from":"2016-01-01T00:00:00Z"}`,
		indicatorID(n), modified, n)
}

func indicatorID(n int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n) }

func address(n int) string {
	return fmt.Sprintf(`{"type":"ipv4-addr","id":%q,"value":"192.0.2.%d"}`, addressID(n), n)
}

func addressID(n int) string { return fmt.Sprintf("ipv4-addr--00000000-0000-4000-8000-%012d", n) }

// page is an envelope, a manifest or versions.
type page struct {
	More     bool              `json:"more"`
	Next     string            `json:"next"`
	Objects  []json.RawMessage `json:"objects"`
	Versions []string          `json:"versions"`
}

// ids gives "id" of each object, or "id@version" in a manifest.
func (r *rig) page(a answer) (p page, ids []string) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		r.t.Fatal(err)
	}
	for _, raw := range p.Objects {
		var o struct{ ID, Modified, Version string }
		if err := json.Unmarshal(raw, &o); err != nil {
			r.t.Fatal(err)
		}
		ids = append(ids, o.ID+"@"+o.Modified+o.Version)
	}
	return p, ids
}
