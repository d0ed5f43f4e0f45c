package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"pahra/internal/account"
	"pahra/internal/testdata"
)

// TestAlertPagesInABrowser: axe finds nothing to object to in the pages of alerts, filled and empty, in any look.
func TestAlertPagesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium := testdata.Tool(t, "chromium")
	axe := testdata.Axe(t)
	o, _, _ := alertOffice(t)
	b, a := o.person("ann", account.Administrator)
	pages := map[string]page{"/empty": b.get("/account/alerts")}
	pages["/made"] = b.post("/account/alerts/channel", "name", "a hook with quite a long name, as people give them", "kind", "webhook", "target", "https://hooks.example.with-a-long-name.example/T/B")
	b.is(b.post("/account/alerts/channel", "name", "noc", "kind", "mail", "target", "noc@example.org"), http.StatusSeeOther)
	channels, err := o.db.Channels(t.Context(), a.ID)
	o.ok(err)
	b.is(b.post("/account/alerts/subscription", "name", "ours", "channels", channels[0].ID, "networks", "64500"), http.StatusSeeOther)
	pages["/full"], pages["/confirm"] = b.get("/account/alerts?done=subscribed"), b.get("/account/alerts/confirm/x?code=y")
	pages["/wrong"] = b.post("/account/alerts/subscription", "name", "ours", "networks", "ASx")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ours := pages[r.URL.Path]
		if !ours {
			o.handler.ServeHTTP(w, r)
			return
		}
		w.Header()["Content-Security-Policy"], w.Header()["Content-Type"] = p.header["Content-Security-Policy"], p.header["Content-Type"]
		io.WriteString(w, p.body)
	}))
	defer server.Close()
	browser := newWatcher(t, chromium, server.URL, axe)
	for _, how := range looks() {
		for path := range pages {
			browser.look(how, path)
		}
	}
}
