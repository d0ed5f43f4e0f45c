package app_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/testdata"
	"pahra/internal/web/app"
)

// TestFormsInABrowser: one logs in with the form, as a browser sends it, and every page of forms is looked at in every
// way as the other pages are.
func TestFormsInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium := testdata.Tool(t, "chromium")
	axe := testdata.Axe(t)
	o := newOffice(t, func(c *app.AccountsConfig) { c.Site, c.Provider = "http://127.0.0.1", &vouching{} })
	root, err := o.service.Add(t.Context(), account.Operator(), "root", "", account.Administrator, goodPassword)
	o.ok(err)
	ann, err := o.service.Add(t.Context(), account.Operator(), "ann", "", account.Member, goodPassword)
	o.ok(err)
	o.fill(root, ann)
	server := httptest.NewServer(o.handler)
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, axe)
	record := "/record/" + o.incident.ID + "/AS" + o.incident.ASN.String()
	for _, how := range looks() {
		b.look(how, "/login")
	}
	b.logIn("root", "/account")
	for _, how := range looks() {
		for _, path := range []string{"/account", "/claim", "/claim/own", "/admin", "/admin/claims", "/admin/log?check=1", "/records", record, "/record/x/AS1"} {
			b.look(how, path)
		}
	}
}

// fill puts something on every page.
func (o *office) fill(root, ann account.Account) {
	o.t.Helper()
	ctx := o.t.Context()
	v := account.Viewer{Account: root.ID, Name: "root", Role: account.Administrator, Scopes: account.AllScopes()}
	for _, name := range []string{"monthly report", "backup"} {
		_, _, err := o.service.NewToken(ctx, v, name, account.Scopes{account.ScopeRead, account.ScopeSubscribe}, 90*24*time.Hour)
		o.ok(err)
	}
	o.ok(o.db.AddClaim(ctx, account.Claim{ID: "own", Account: root.ID, ASN: 64500, State: account.Pending, Opened: o.now, Word: "pahra-claim=0011223344556677",
		Challenge: "x", ChallengeRole: "noc of TEST", ChallengeEnds: o.now.Add(time.Hour), Proofs: []account.Proof{{Kind: account.ByAutNum, At: o.now, By: "TEST"}}}))
	o.ok(o.db.AddClaim(ctx, account.Claim{ID: "anns", Account: ann.ID, ASN: 64501, State: account.Stale, Opened: o.now, Why: "the registry's contacts changed"}))
	holder := account.Viewer{Account: ann.ID, Role: account.Member, Scopes: account.AllScopes()}
	holder.Networks = append(holder.Networks, o.incident.ASN)
	desk := &publication.Desk{Records: o.db, Incidents: o.db, Audit: o.service, Now: func() time.Time { return o.now }}
	_, err := desk.Notified(ctx, o.incident.ID, o.incident.ASN, "mail to the role contacts")
	o.ok(err)
	_, err = desk.Do(ctx, holder, publication.Act{Incident: o.incident.ID, ASN: o.incident.ASN, Action: publication.Dispute,
		Reason: "The prefix is our customer's: they moved to us this week.\nThe route object was late.", Evidence: "A letter of authorisation, of 18 November."})
	o.ok(err)
}

// logIn fills in the form to log in and sends it, with scripts of pages off.
func (b *watcher) logIn(name, to string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, time.Minute)
	defer stop()
	for _, step := range []func() error{
		func() error { return chromedp.Do(ctx, chromedp.Navigate(b.host+"/login?next="+to)) },
		func() error {
			return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('#name').value = "`+name+`"; document.querySelector('#password').value = "`+goodPassword+
				`"; new Promise(done => { addEventListener('pagehide', done); document.querySelector('form.form button').click(); setTimeout(done, 5000) })`, chromedp.EvalAwaitPromise))
		},
	} {
		if err := step(); err != nil {
			b.t.Log(err) // the page goes away below the script
		}
	}
}
