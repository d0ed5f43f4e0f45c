package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/language"
	"pahra/internal/service/reports"
	"pahra/internal/service/statements"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/testdata"
	"pahra/internal/web/app"
	"pahra/wire/intelmq"
)

// counter is the form for everybody, on a real desk.
type counter struct {
	*visitor
	desk *reports.Desk
	form *app.Form
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	o := &office{t: t, db: storetest.Open(t, storetest.SQLite(t)), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	files, err := spool.Open(filepath.Join(t.TempDir(), "desk"))
	o.ok(err)
	classes, err := class.Load()
	o.ok(err)
	languages, err := language.Load()
	o.ok(err)
	clock, log := func() time.Time { return o.now }, slog.New(slog.DiscardHandler)
	own := func(context.Context, string, class.Code, *intelmq.Event) string { return "as:64500" }
	c := &counter{visitor: o.visitor()}
	c.desk, err = reports.Open(t.Context(), reports.Options{Spool: files, Store: o.db, Own: own, Classes: classes, Now: clock, Log: log})
	o.ok(err)
	said := &statements.Service{Store: o.db, Files: files, Classes: classes, Tenant: store.National, Accept: c.desk.Accept, Now: clock}
	c.form, err = app.NewForm(app.FormConfig{Statements: said, Languages: languages, Offset: "+05:30", Site: "https://pahra.example", Log: log, Now: clock,
		Client: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.9") }})
	o.ok(err)
	pages, err := app.New(app.Config{Reader: emptyReader{}, Log: log})
	o.ok(err)
	pages.JoinForm(c.form)
	o.handler = pages
	return c
}

// filled is a form as somebody fills it in, with other values for some fields.
func filled(other ...string) []string {
	list := []string{"type", "7", "description", "It asks for <b>passwords</b>.", "noticed", "2026-11-20T16:00", "offset", "+05:30", "address", "192.0.2.7",
		"port", "443", "mode", "named", "name", "Ann Example", "mail", "ann@example.net"}
	for i := 0; i+1 < len(other); i += 2 {
		list[slices.Index(list, other[i])+1] = other[i+1]
	}
	return list
}

var shown = regexp.MustCompile(`id="(receipt|code)">([^<]+)<`)

// TestForm: somebody without an account reports an incident, sees with the receipt what becomes of it, and is forgotten.
func TestForm(t *testing.T) {
	c := newCounter(t)
	c.is(c.get("/report"), http.StatusOK, "Report an incident", "7. Identity theft")
	hindi := c.is(c.get("/report?lang=hi"), http.StatusOK, "घटना की रिपोर्ट करें", "फ़िशिंग")
	if !strings.Contains(hindi.body, `<html lang="hi">`) || !strings.Contains(hindi.body, `action="/report?lang=hi"`) {
		t.Error("the form's language is not kept")
	}
	wrong := c.is(c.post("/report", filled("address", "192.0.2.300")...), http.StatusUnprocessableEntity, "this cannot be read", "IP address")
	for _, kept := range []string{"It asks for &lt;b&gt;passwords&lt;/b&gt;.", `value="2026-11-20T16:00"`, `value="Ann Example"`} {
		if !strings.Contains(wrong.body, kept) {
			t.Errorf("what was entered is lost: %s", kept)
		}
	}
	thanks := c.is(c.post("/report", filled()...), http.StatusCreated, "Thank you")
	got := map[string]string{}
	for _, m := range shown.FindAllStringSubmatch(thanks.body, -1) {
		got[m[1]] = m[2]
	}
	c.is(c.post("/report/receipt", "act", "look", "receipt", got["receipt"], "code", got["code"]), http.StatusOK, "It was not read yet")
	c.ok(c.desk.Drain(t.Context()))
	c.is(c.post("/report/receipt", "act", "look", "receipt", got["receipt"], "code", got["code"]), http.StatusOK, "a person will look at it", "Forget who I am")
	c.is(c.post("/report/receipt", "act", "look", "receipt", got["receipt"], "code", "0"), http.StatusNotFound, "There is no such receipt")
	c.is(c.post("/report/receipt", "act", "withdraw", "receipt", got["receipt"], "code", got["code"]), http.StatusOK, "Who you are was forgotten")
	who, err := c.db.Reporter(t.Context(), got["receipt"])
	if c.ok(err); who.Name != "" || who.Mail != "" {
		t.Errorf("%+v", who)
	}
	event, err := c.db.Case(t.Context(), store.MachineSight(store.National), 1)
	if c.ok(err); event.Class != "fraud/phishing" || !event.LastSeen.Equal(time.Date(2026, 11, 20, 10, 30, 0, 0, time.UTC)) {
		t.Errorf("the case is %s of %s", event.Class, event.LastSeen)
	}
}

// TestFormRefuses: other sites cannot send the form, and one address not without end.
func TestFormRefuses(t *testing.T) {
	c := newCounter(t)
	r := form("/report", filled()...)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://evil.example")
	c.is(c.send(r), http.StatusForbidden)
	for range 20 {
		c.is(c.post("/report", filled()...), http.StatusCreated)
	}
	c.is(c.post("/report", filled()...), http.StatusTooManyRequests, "Too many reports")
	c.now = c.now.Add(2 * time.Hour)
	c.is(c.post("/report", filled("noticed", "2026-11-20T18:00")...), http.StatusCreated)
}

// TestFormJSON: a program reports without an account, and is told field by field what is wrong.
func TestFormJSON(t *testing.T) {
	c := newCounter(t)
	for body, want := range map[string]int{
		`{"incident":{"type":8,"noticed":"2026-11-20T10:00:00Z","address":"192.0.2.7","description":"a flood"},"reporter":{"mode":"anonymous"}}`: http.StatusCreated,
		`{"incident":{"type":8},"reporter":{"mode":"anonymous"}}`:                                                                                http.StatusUnprocessableEntity,
		`{"incident":{"kind":8}}`: http.StatusBadRequest,
		`{`:                       http.StatusBadRequest,
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/api/v1/desk/statements", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		c.form.Take(w, r)
		if w.Code != want {
			t.Errorf("%s: %d %s, want %d", body, w.Code, w.Body, want)
		}
	}
	w := httptest.NewRecorder()
	c.form.Take(w, httptest.NewRequest("POST", "/api/v1/desk/statements", strings.NewReader("a=b")))
	if w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a form: %d", w.Code)
	}
}

// TestFormInABrowser: the form and its receipt, looked at in every way.
func TestFormInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium, axe := testdata.Tool(t, "chromium"), testdata.Axe(t)
	c := newCounter(t)
	server := httptest.NewServer(c.handler)
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, axe)
	for _, how := range looks() {
		for _, path := range []string{"/report", "/report?lang=hi", "/report/receipt?lang=hi"} {
			b.look(how, path)
		}
	}
}
