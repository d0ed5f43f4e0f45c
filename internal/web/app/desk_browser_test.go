package app_test

import (
	"net/http/httptest"
	"testing"

	"pahra/internal/account"
	"pahra/internal/testdata"
	"pahra/internal/web/app"
)

// TestDeskInABrowser: every page of the desk, looked at in every way, has nothing for axe to object to, breaks no policy and asks
// nobody else.
func TestDeskInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium := testdata.Tool(t, "chromium")
	axe := testdata.Axe(t)
	c := newEmbassy(t, func(set *app.AccountsConfig) { set.Site = "http://127.0.0.1" })
	c.pact.Edit("{clause: \"4.2\", permit: [malicious-code, fraud/phishing,", "{clause: \"4.2\", ask: [malicious-code]}\n      - {clause: \"4.21\", permit: [fraud/phishing,")
	c.adopt()
	c.offer(60)
	c.set.Ledgers = t.TempDir()
	_, err := c.service.Add(t.Context(), account.Operator(), "ina", "", account.Analyst, goodPassword)
	c.ok(err)
	c.history()
	server := httptest.NewServer(c.handler)
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, axe)
	b.logIn("ina", "/desk")
	for _, how := range looks() {
		for _, path := range []string{"/desk", "/desk?todo=new", "/desk/case/1", "/desk/outbreak", "/desk/outbreak?class=malicious-code/infected-system", "/desk/reports", "/desk/quarantine", "/desk/notices", "/desk/replies", "/desk/times", "/desk/bench?address=192.0.2.7",
			"/desk/exchange", "/desk/exchange/agreement/nadia-atlantica", "/desk/exchange/agreements", "/desk/exchange/sees/cert-atlantica", "/desk/exchange/reviews", "/desk/exchange/recalls", "/desk/exchange/ledger"} {
			b.look(how, path)
		}
	}
}
