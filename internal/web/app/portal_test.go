package app_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pahra/internal/language"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/service/notices"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/testdata"
	"pahra/internal/web/app"
	"pahra/wire/intelmq"
)

// gate is the pages of links on a real store, with a notice about two cases.
type gate struct {
	*visitor
	links []string // of the cases, then of the party
}

func (o *office) Reach(context.Context, string, string) (notices.Recipient, error) {
	return notices.Recipient{Address: "abuse@host.example"}, nil
}

func (o *office) Recipient(context.Context, store.DeskCase, []*intelmq.Event) (notices.Recipient, error) {
	return notices.Recipient{Address: "noc@example.org", Rule: "test"}, nil
}

func newGate(t *testing.T) *gate {
	t.Helper()
	o := &office{t: t, db: storetest.Open(t, storetest.SQLite(t)), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	made := storetest.Cases(1, 2, store.National)
	for i := range made {
		made[i].State, made[i].Party, made[i].TLP, made[i].Changed, made[i].Class = "new", "as:64500", "", o.now.Add(-time.Hour), "malicious-code/infected-system"
	}
	o.ok(storetest.CommitCases(t.Context(), o.db, made))
	clock := func() time.Time { return o.now }
	keys, err := notices.LoadKeys(t.Context(), o.db, o.now, rand.Reader)
	o.ok(err)
	languages, err := language.Load()
	o.ok(err)
	set, log := notices.Settings{}, slog.New(slog.NewTextHandler(io.Discard, nil))
	set.From, set.Return, set.Approve = notice.Sender{Org: "CERT Example", Contact: "desk@example.net", Domain: "example.net"}, "bounces@example.net", -1
	desk, err := notices.New(notices.Options{Settings: set, Store: o.db, Cases: &cases.Service{Store: o.db, Now: clock, Random: rand.Reader}, Recipients: o, Keys: keys, Languages: languages,
		Site: "https://pahra.example", Now: clock, Chance: func() float64 { return 0 }, Log: log,
		Events: func(_ context.Context, _ string, id int64, _ int) ([]*intelmq.Event, error) {
			e, err := intelmq.Parse(fmt.Appendf(nil, `{"time.source":"2026-11-19T00:00:01+00:00","source.ip":"192.0.2.%d","source.port":40001,"malware.name":"<b>x</b>"}`, id))
			return []*intelmq.Event{e}, err
		}})
	o.ok(err)
	n, _, err := desk.Plan(t.Context())
	o.ok(err)
	if n != 1 {
		t.Fatalf("%d notices", n)
	}
	portal, err := app.NewPortal(desk, "https://pahra.example", false, log)
	o.ok(err)
	pages, err := app.New(app.Config{Reader: emptyReader{}, Log: log})
	o.ok(err)
	pages.JoinPortal(portal)
	o.handler = pages
	g := &gate{visitor: o.visitor()}
	kept, err := o.db.Notice(t.Context(), 1)
	o.ok(err)
	m, err := notices.Message(kept)
	o.ok(err)
	for part := range strings.SplitSeq(m.Text, "https://pahra.example/n/") {
		path, _, _ := strings.Cut(part, "\n")
		g.links = append(g.links, "/n/"+path)
	}
	g.links = g.links[1:]
	return g
}

func (g *gate) state(id int64) string {
	g.t.Helper()
	c, err := g.db.Case(g.t.Context(), store.MachineSight(store.National), id)
	g.ok(err)
	return c.State
}

var formField = regexp.MustCompile(`name="form" value="([^"]+)"`)

// formOf gives what the form of a page carries.
func (g *gate) formOf(p page) string {
	g.t.Helper()
	found := formField.FindStringSubmatch(p.body)
	if found == nil {
		g.t.Fatalf("the page has no form: %s", text(p.body))
	}
	return found[1]
}

// TestPortal: by a link one sees one's case, says what one does about it, and by the party's link all cases; no account is
// needed.
func TestPortal(t *testing.T) {
	g := newGate(t)
	p := g.is(g.get(g.links[0]), http.StatusOK, "Case #1: Infected system", "192.0.2.1", "40001", "new")
	if strings.Contains(p.body, "<b>x</b>") || !strings.Contains(p.body, `<html lang="en">`) || strings.Contains(p.body, "<script") {
		t.Errorf("the page is %s", p.body)
	}
	if c := p.header.Get("Cache-Control"); !strings.Contains(c, "no-store") || p.header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(p.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("its headers are %v", p.header)
	}
	done := g.is(g.post(g.links[0]+"/case/1", "form", g.formOf(p), "answer", "fixed", "remark", "set up anew"), http.StatusSeeOther)
	g.is(g.get(done.header.Get("Location")), http.StatusOK, "It is noted", "set up anew", "in work")
	if got := g.state(1); got != "in-progress" {
		t.Errorf("what claims to be mended is %s", got)
	}
	list := g.is(g.get(g.links[2]), http.StatusOK, "Open cases of AS64500", "#1", "#2")
	other := g.is(g.get(g.links[2]+"/case/2"), http.StatusOK, "Case #2")
	g.is(g.post(g.links[2]+"/case/2", "form", g.formOf(other), "answer", "dispute"), http.StatusUnprocessableEntity, "Something is missing")
	g.is(g.post(g.links[2]+"/case/2", "form", g.formOf(other), "answer", "dispute", "remark", "it is AS64501's"), http.StatusSeeOther)
	if got := g.state(2); got != "disputed" {
		t.Errorf("what is not theirs is %s", got)
	}
	hindi := g.is(g.get(g.links[2]+"?lang=hi"), http.StatusOK, "AS64500 के खुले मामले", "संक्रमित प्रणाली", "विवादित")
	if !strings.Contains(hindi.body, `<html lang="hi">`) || !strings.Contains(list.body, `hreflang="hi"`) {
		t.Error("the language of the page is not told")
	}
}

// TestPortalJSON: programs get what the page shows, by the path's end or by what they take, and no more.
func TestPortalJSON(t *testing.T) {
	g := newGate(t)
	p := g.is(g.get(g.links[0]+".json"), http.StatusOK, `"case":{"case":1,"class":"malicious-code/infected-system"`, `"source.ip":"192.0.2.1"`, `"source.port":40001`, `"tlp":"TLP:AMBER"`, `"answers":["acknowledge"`)
	if kind := p.header.Get("Content-Type"); kind != "application/json" || !json.Valid([]byte(p.body)) || strings.Contains(p.body, "form") || !strings.Contains(p.header.Get("Cache-Control"), "no-store") {
		t.Errorf("%s: %s", kind, p.body)
	}
	r := httptest.NewRequest(http.MethodGet, g.links[2], nil)
	r.Header.Set("Accept", "application/json")
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	if body := w.Body.String(); w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) || !strings.Contains(body, `"case":2`) || !strings.Contains(body, `/case/1"`) || !strings.Contains(w.Header().Get("Vary"), "Accept,") {
		t.Errorf("%d %s", w.Code, body)
	}
	g.is(g.get(g.links[0]+"/case/2.json"), http.StatusNotFound, `"problem":`)
	if got := g.state(1); got != "new" {
		t.Errorf("to look changed the case to %s", got)
	}
}

// TestPortalGetChangesNothing: scanners of mails fetch every link of a mail, again and again.
func TestPortalGetChangesNothing(t *testing.T) {
	g := newGate(t)
	before, err := g.db.Notice(t.Context(), 1)
	g.ok(err)
	for range 3 {
		for _, link := range append(g.links, g.links[2]+"/case/1", g.links[2]+"/case/1?answer=fixed&done=1&form=x") {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if p := g.send(httptest.NewRequest(method, "https://pahra.example"+link, nil)); p.status != http.StatusOK {
					t.Fatalf("%s %s: %d", method, link, p.status)
				}
			}
		}
	}
	after, err := g.db.Notice(t.Context(), 1)
	g.ok(err)
	replies, err := g.db.Replies(t.Context(), "", 0, 10)
	g.ok(err)
	if g.state(1) != "new" || g.state(2) != "new" || after.State != before.State || len(replies) != 0 {
		t.Errorf("cases are %s and %s, the notice is %s, replies %v", g.state(1), g.state(2), after.State, replies)
	}
}

// TestPortalRefuses: what does not come from the page, or by a link that is good for it, is refused.
func TestPortalRefuses(t *testing.T) {
	g := newGate(t)
	form1 := g.formOf(g.get(g.links[0]))
	for name, try := range map[string]func() page{
		"without the page's word": func() page { return g.post(g.links[0]+"/case/1", "answer", "acknowledge") },
		"another page's word":     func() page { return g.post(g.links[2]+"/case/1", "form", form1, "answer", "acknowledge") },
		"another site": func() page {
			r := form(g.links[0]+"/case/1", "form", form1, "answer", "acknowledge")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://evil.example")
			return g.send(r)
		},
	} {
		p := try()
		if p.status != http.StatusForbidden || g.state(1) != "new" {
			t.Errorf("%s: %d, the case is %s", name, p.status, g.state(1))
		}
	}
	for _, path := range []string{g.links[0][:len(g.links[0])-1], "/n/x", g.links[0] + "/case/2", g.links[2] + "/case/9", g.links[2] + "/case/x"} {
		g.is(g.get(path), http.StatusNotFound, "This link is not good")
	}
	g.is(g.post(g.links[0]+"/case/2", "form", form1, "answer", "acknowledge"), http.StatusNotFound)
	g.now = g.now.Add(5 * time.Hour)
	g.is(g.post(g.links[0]+"/case/1", "form", form1, "answer", "acknowledge"), http.StatusForbidden, "send it again")
	g.now = g.now.Add(365 * 24 * time.Hour)
	g.is(g.get(g.links[0]), http.StatusNotFound)
}

// TestPortalInABrowser: the pages of links, looked at in every way, on a phone and without scripts; and a network without an
// account says there that it is mended.
func TestPortalInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium, axe := testdata.Tool(t, "chromium"), testdata.Axe(t)
	g := newGate(t)
	server := httptest.NewServer(g.handler)
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, axe)
	for _, how := range looks() {
		for _, path := range []string{g.links[0], g.links[2] + "?lang=hi", g.links[2] + "/case/2?lang=hi", "/n/x"} {
			b.look(how, path)
		}
	}
	b.answer(g.links[0])
	if got := g.state(1); got != "in-progress" {
		t.Errorf("the case is %s", got)
	}
}

// answer fills in the form of a case's page and sends it.
func (b *watcher) answer(path string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(b.host+path)); err != nil {
		b.t.Fatal(err)
	}
	err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('input[value=fixed]').checked = true; document.querySelector('#remark').value = 'set up anew'; `+
		`new Promise(done => { addEventListener('pagehide', done); document.querySelector('form.form button').click(); setTimeout(done, 5000) })`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Log(err) // the page goes away below the script
	}
}
