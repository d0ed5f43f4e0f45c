package app_test

import (
	"net/http"
	"strings"
	"testing"

	"pahra/internal/account"
	"pahra/internal/store"
	"pahra/internal/web/app"
)

// TestDeskAccess: every page and file of the desk that shows personal data leaves an entry with its purpose in the log of accesses,
// in each of its forms, and leaves none where it showed nothing. A route that the table does not have fails.
func TestDeskAccess(t *testing.T) {
	c := newEmbassy(t)
	c.adopt()
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "kit", 1)+"{\"source.ip\":\"x\"}\n")
	c.aNotice(1, "as:64500")
	_, err := c.db.AddReply(t.Context(), store.Reply{ID: "held", Received: c.now, Kind: "answer", Sender: "ann@example.net", State: store.ReplyHeld}, "")
	c.ok(err)
	b, ina := c.person("ina", account.Analyst)
	hash := c.attach(b, "letter.txt", "Dear Ann")
	nothing := "" // organisations, case numbers and counts alone, or nothing at all: what acts shows nothing and stands in the log of its case
	routes := map[string]struct{ path, act, subject string }{
		"GET /desk":                         {"/desk", nothing, ""},
		"GET /desk/outbreak":                {"/desk/outbreak", nothing, ""},
		"GET /desk/bench":                   {"/desk/bench?address=198.18.0.1", "bench.view", "contacts of none"},
		"GET /desk/notices":                 {"/desk/notices", "notice.view", "notices national"},
		"GET /desk/reports":                 {"/desk/reports", "report.view", "reports national"},
		"GET /desk/quarantine":              {"/desk/quarantine", "quarantine.view", "quarantine national"},
		"GET /desk/case/{id}":               {"/desk/case/1", "case.view", "case 1"},
		"GET /desk/case/{id}/file/{hash}":   {"/desk/case/1/file/" + hash, "case.file", "case 1"},
		"GET /desk/constituents":            {"/desk/constituents", "constituent.view", "constituents national"},
		"POST /desk/constituents":           {"/desk/constituents", "constituent.view", "constituents national"}, // refused: the list is shown again
		"GET /desk/documents":               {"/desk/documents?kind=contacts", "document.view", "contacts national"},
		"POST /desk/documents":              {"/desk/documents", "document.view", "policy national"},
		"POST /desk/bench":                  {"/desk/bench", "bench.view", "contacts of as:64500"},
		"POST /desk/case/{id}/{act}":        {"/desk/case/1/move", "case.view", "case 1"}, // refused: the case is shown again
		"POST /desk/act":                    {"/desk/act", nothing, ""},
		"POST /desk/undo":                   {"/desk/undo", nothing, ""},
		"POST /desk/notices":                {"/desk/notices", nothing, ""},
		"GET /desk/times":                   {"/desk/times", nothing, ""},
		"GET /desk/replies":                 {"/desk/replies", "reply.view", "answers national"},
		"POST /desk/replies":                {"/desk/replies", nothing, ""},
		"POST /desk/quarantine/{act}":       {"/desk/quarantine/drop", nothing, ""},
		"GET /desk/exchange":                {"/desk/exchange", nothing, ""},
		"POST /desk/exchange":               {"/desk/exchange", nothing, ""}, // refused: there is no such act
		"GET /desk/exchange/agreement/{id}": {"/desk/exchange/agreement/nadia-atlantica", nothing, ""},
		"GET /desk/exchange/reviews":        {"/desk/exchange/reviews", nothing, ""}, // nothing waits
		"POST /desk/exchange/reviews":       {"/desk/exchange/reviews", nothing, ""},
		"GET /desk/exchange/recalls":        {"/desk/exchange/recalls", nothing, ""},
		"POST /desk/exchange/recalls":       {"/desk/exchange/recalls", nothing, ""},
		"GET /desk/exchange/ledger":         {"/desk/exchange/ledger", nothing, ""},
		"GET /desk/exchange/agreements":     {"/desk/exchange/agreements", nothing, ""},
		"POST /desk/exchange/agreements":    {"/desk/exchange/agreements", nothing, ""}, // refused: it is no agreement
		"GET /desk/exchange/sees/{team}":    {"/desk/exchange/sees/cert-atlantica", "exchange.view", "cert-atlantica"},
	}
	event := strings.TrimSpace(seen(c.now, "AS64500", "fraud", "phishing", "kit", 1))
	for _, name := range app.DeskPaths() {
		r, known := routes[name]
		if !known {
			t.Errorf("nobody says what %s shows", name)
			continue
		}
		ask := []func() page{func() page { return b.post(r.path, "to", "new", "event", event) }}
		if method, _, _ := strings.Cut(name, " "); method == http.MethodGet {
			path, query, _ := strings.Cut(r.path, "?")
			ask = []func() page{func() page { return b.get(r.path) }, func() page { return b.get(path + ".json?" + query) }}
		}
		if r.act == "case.file" {
			ask = ask[:1] // it has one form
		}
		for _, ask := range ask {
			before := c.accesses()
			answer := ask()
			left := c.accesses()[len(before):]
			switch {
			case r.act == nothing && len(left) > 0:
				t.Errorf("%s shows nobody, and leaves %+v", name, left)
			case r.act != nothing && (len(left) != 1 || left[0].Act != r.act || left[0].Subject != r.subject || left[0].Actor != ina.ID || left[0].Detail == ""):
				t.Errorf("%s, status %d, leaves %+v; want %s of %s", name, answer.status, left, r.act, r.subject)
			}
		}
		delete(routes, name)
	}
	for name := range routes {
		t.Errorf("there is no route %s", name)
	}
	before := len(c.accesses())
	b.is(b.get("/desk/bench"), http.StatusOK)
	b.is(b.get("/desk/case/99"), http.StatusNotFound)
	if left := c.accesses()[before:]; len(left) > 0 {
		t.Errorf("nothing was shown, and %+v is on record", left)
	}
	if report, err := c.db.Check(t.Context()); err != nil || report.Found > 0 {
		t.Errorf("the record is not sound: %+v, %v", report, err)
	}
}

// aNotice keeps a notice about a case.
func (c *caseOffice) aNotice(id int64, to string) {
	c.t.Helper()
	n := store.Notice{Tenant: store.National, Party: to, Recipient: "noc@example.net", Domain: "example.net", Language: "en", Rule: "rir", Cases: []int64{id},
		Expires: c.now.AddDate(0, 0, 30), Subject: "About " + to, TLP: "TLP:AMBER", Lines: 1}
	_, err := c.db.AddNotice(c.t.Context(), c.now, n, 10, func(id int64) (store.Notice, error) {
		n.ID, n.Message = id, []byte(`{"text":"Please look at <b>this</b>."}`)
		return n, nil
	})
	c.ok(err)
}
