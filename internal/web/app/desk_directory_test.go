package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/service/reports"
	"pahra/internal/store"
	"pahra/internal/web"
)

const bankTable = "id,record,kind,value,name,sector,criticality,source,from,to,confirmed\n" +
	"bank-a,constituent,,,\"Bank A, Ltd\",finance,critical,form 12,2026-01-01,,2025-02-01\n" +
	"bank-a,selector,prefix,198.18.0.0/28,,,,form 12,2026-01-01,,2025-02-01\n" +
	"bank-a,contact,abuse,mailto:ann@bank.example,Ann,,,form 12,,,2025-02-01\n"

// seenOf gives what a preview says has to be given back.
func seenOf(t *testing.T, body string) string {
	t.Helper()
	_, rest, found := strings.Cut(body, `name="seen" value="`)
	if !found {
		t.Fatalf("nothing can be applied: %s", text(body))
	}
	seen, _, _ := strings.Cut(rest, `"`)
	return seen
}

// TestDeskConstituents: a table is put in place over the page while the service runs, once its preview was seen: what it changes, which
// selectors cover each other, and which past events would have gone to somebody else.
func TestDeskConstituents(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", strings.ReplaceAll(seen(c.now, "AS64500", "fraud", "phishing", "kit", 3), "198.18.0.", "198.18.0."))
	b, ina := c.person("ina", account.Analyst)
	b.is(b.get("/desk/constituents"), http.StatusOK, "No organisation yet")
	b.is(b.post("/desk/constituents", "act", "preview", "table", "id,record\nx,constituent,\n"), http.StatusUnprocessableEntity, "Not done")
	table := strings.ReplaceAll(bankTable, "198.18.0.0/28", "198.18.0.0/16") + "shop,constituent,,,Shop,,,,,,\nshop,selector,prefix,198.18.4.0/24,,,,,,,\n"
	page := b.is(b.post("/desk/constituents", "act", "preview", "table", table), http.StatusOK, "2 added, 0 changed", "198.18.4.0/24 shop 198.18.0.0/16 bank-a",
		"3 of 3 events taken in in the last 7 days", "as:64500 c:bank-a 3")
	if list, err := c.db.Constituents(t.Context(), store.National); err != nil || len(list) != 0 {
		t.Fatalf("the preview stored %v, %v", list, err)
	}
	mark := seenOf(t, page.body)
	b.is(b.post("/desk/constituents", "act", "apply", "table", table), http.StatusUnprocessableEntity, "was not previewed")
	b.is(b.post("/desk/constituents", "act", "apply", "table", table+"more,constituent,,,More,,,,,,\n", "seen", mark), http.StatusUnprocessableEntity, "was not previewed")
	b.is(b.post("/desk/constituents", "act", "apply", "table", table, "seen", mark), http.StatusSeeOther)
	b.is(b.post("/desk/constituents", "act", "apply", "table", table, "seen", mark), http.StatusUnprocessableEntity, "was not previewed as things stand now")
	b.is(b.get("/desk/constituents?did=apply"), http.StatusOK, "of 2 something is to be confirmed", "ann@bank.example", "ina: import of a table: 2 added", "The table is in place")
	b.is(b.get("/desk/constituents?q=ann"), http.StatusOK, "1 organisation fits")
	c.ok(c.set.Parties.Refresh(t.Context()))
	b.is(b.post("/desk/bench", "address", "198.18.9.1"), http.StatusOK, "c:bank-a")

	same := table + "twin,constituent,,,Twin,,,,,,\ntwin,selector,prefix,198.18.4.0/24,,,,,,,\n"
	if p := b.is(b.post("/desk/constituents", "act", "preview", "table", same), http.StatusOK, "cannot be put in place", "the same"); strings.Contains(p.body, `name="seen"`) {
		t.Error("a table with two equal selectors can be applied")
	}
	before := len(c.accesses())
	csv := b.is(b.get("/desk/constituents.csv"), http.StatusOK)
	if left := c.accesses()[before:]; len(left) != 1 || left[0].Act != "constituent.export" || left[0].Actor != ina.ID || left[0].Detail == "" {
		t.Errorf("the export leaves %+v", left)
	}
	if !strings.Contains(csv.header.Get("Content-Disposition"), "constituents.csv") {
		t.Errorf("%v", csv.header)
	}
	b.is(b.post("/desk/constituents", "act", "preview", "table", csv.body, "whole", "1"), http.StatusOK, "0 added, 0 changed, 0 dropped, 2 as they were")

	b.is(b.post("/desk/constituents", "act", "confirm"), http.StatusUnprocessableEntity, "No constituent was chosen")
	b.is(b.post("/desk/constituents", "act", "confirm", "constituent", "bank-a"), http.StatusSeeOther)
	b.is(b.get("/desk/constituents?due=1"), http.StatusOK, "of 1 something is to be confirmed", "1 organisation fits")
	far, farther := c.person("far", account.Analyst)
	c.ok(c.db.AssignTenant(t.Context(), farther.ID, "energy"))
	if p := far.get("/desk/constituents"); strings.Contains(p.body, "bank-a") {
		t.Error("another tenant sees the constituents")
	}
	far.is(far.post("/desk/constituents", "act", "confirm", "constituent", "bank-a"), http.StatusNotFound)
	member, _ := c.person("mem", account.Member)
	member.is(member.post("/desk/constituents", "act", "confirm", "constituent", "bank-a"), http.StatusForbidden)
}

// TestDeskDirectoryAPI: programs preview and apply with a token that lets them analyse, and with no other.
func TestDeskDirectoryAPI(t *testing.T) {
	c := newCaseOffice(t, nil)
	_, ina := c.person("ina", account.Analyst)
	token := func(scopes ...account.Scope) string {
		secret, _, err := c.service.NewToken(t.Context(), account.Viewer{Account: ina.ID, Role: account.Analyst, Scopes: account.AllScopes()}, "test", scopes, 24*time.Hour)
		c.ok(err)
		return secret
	}
	ask := func(secret, path, kind, body string) page {
		r := httptest.NewRequest(http.MethodPost, "https://pahra.example"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", "Bearer "+secret)
		return c.visitor().send(r)
	}
	may, mayNot := token(account.ScopeAnalyse), token(account.ScopeRead)
	if p := ask(mayNot, "/desk/constituents.json?act=preview", "text/csv", bankTable); p.status != http.StatusForbidden {
		t.Errorf("with another scope: %d", p.status)
	}
	large := bankTable + strings.Repeat("bank-a,contact,noc,mailto:noc@bank.example,,,,,,,\n", 2000)
	var v web.DeskConstituents
	for _, text := range []string{large, bankTable} {
		p := ask(may, "/desk/constituents.json?act=preview", "text/csv", text)
		c.ok(json.Unmarshal([]byte(p.body), &v))
		if p.status != http.StatusOK || v.Preview == nil || len(v.Preview.Added) != 1 {
			t.Fatalf("%d %.300s", p.status, p.body)
		}
	}
	if p := ask(may, "/desk/constituents.json?act=apply&seen="+v.Preview.Seen, "text/csv", bankTable); p.status != http.StatusOK || !strings.Contains(p.body, `"apply":true`) {
		t.Errorf("%d %s", p.status, p.body)
	}
	if p := ask(may, "/desk/constituents.json?act=apply&seen=x", "text/csv", bankTable); p.status != http.StatusBadRequest {
		t.Errorf("not seen: %d", p.status)
	}
	policy := "version: \"2\"\nrules:\n  - {name: ours, then: {notify: never}, reason: it is ours}\n"
	var d web.DeskDocuments
	p := ask(may, "/desk/documents.json?act=preview&kind=policy&address=198.18.0.1", "application/yaml", policy)
	c.ok(json.Unmarshal([]byte(p.body), &d))
	if d.Preview == nil || d.Preview.Is == nil || len(d.Preview.Is.Rules) != 0 || len(d.Preview.After.Rules) != 1 {
		t.Fatalf("%d %.500s", p.status, p.body)
	}
	if p := ask(may, "/desk/documents.json?act=apply&kind=policy&seen="+d.Preview.Seen, "application/yaml", policy); p.status != http.StatusOK {
		t.Errorf("%d %s", p.status, p.body)
	}
	if got, err := c.db.Document(t.Context(), store.National, "policy"); err != nil || string(got.Body) != policy || got.By != ina.ID {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDeskMappings: a mapping is tried on a sample, saved, and used for the reports whose names it is for.
func TestDeskMappings(t *testing.T) {
	c := newCaseOffice(t, nil)
	b, _ := c.person("ina", account.Analyst)
	const kind, text = "mapping:honeypot", "files: [\"pot-*.csv\"]\nfields: {source.ip: address, time.source: at}\nconstants: {classification.type: phishing}\nrequired: [source.ip]\n"
	b.is(b.get("/desk/documents?kind=mapping:../x"), http.StatusBadRequest)
	b.is(b.get("/desk/documents?kind="+kind), http.StatusOK, "A sample of the CSV")
	b.is(b.post("/desk/documents", "act", "preview", "kind", kind, "text", text), http.StatusUnprocessableEntity, "Not done: the sample")
	b.is(b.post("/desk/documents", "act", "preview", "kind", kind, "text", strings.Replace(text, "pot-*", "[", 1), "event", "address,at\n"), http.StatusUnprocessableEntity, "no pattern")
	page := b.is(b.post("/desk/documents", "act", "preview", "kind", kind, "text", text, "event", "address,at\r\n192.0.2.7,2026-11-20T01:02:03Z\r\nnowhere,x"), http.StatusOK,
		"2 rows of the sample, of which 1 are bad", "source.ip: 192.0.2.7", "line 3")
	send := func(name string) store.DeskReport {
		t.Helper()
		r, err := c.desk.Accept(t.Context(), strings.NewReader("address,at\n192.0.2.7,2026-11-20T01:02:03Z\n"), reports.Meta{Source: "pots", Name: name, Format: "csv"})
		c.ok(err)
		c.ok(c.desk.Drain(t.Context()))
		r, err = c.db.Report(t.Context(), r.ID)
		c.ok(err)
		return r
	}
	c.now = c.now.AddDate(0, 0, -1)
	if r := send("pot-1.csv"); r.State != store.ReportRefused {
		t.Errorf("without a mapping: %+v", r)
	}
	c.now = c.now.AddDate(0, 0, 1)
	b.is(b.post("/desk/documents", "act", "apply", "kind", kind, "text", text, "seen", seenOf(t, page.body)), http.StatusSeeOther)
	b.is(b.get("/desk/documents"), http.StatusOK, kind)
	if r := send("pot-2.csv"); r.State != store.ReportRead || r.Events != 1 {
		t.Errorf("with it: %+v", r)
	}
	c.now = c.now.AddDate(0, 0, 1)
	if r := send("other.csv"); r.State != store.ReportRefused {
		t.Errorf("of another name: %+v", r)
	}
}

// TestDeskDocuments: rules are tried on the bench, then put in place; what is wrong is told with its line.
func TestDeskDocuments(t *testing.T) {
	c := newCaseOffice(t, nil)
	b, _ := c.person("ina", account.Analyst)
	b.is(b.get("/desk/documents"), http.StatusOK, "The policy that is built in counts")
	b.is(b.get("/desk/documents?kind=x"), http.StatusNotFound)
	b.is(b.post("/desk/documents", "act", "preview", "kind", "policy", "text", "version: \"2\"\nrulez: []\n"), http.StatusUnprocessableEntity, "Not done", "2")
	policy := "version: \"2\"\nrules:\n  - {name: ours, when: {fields: {source.ip: {in: [198.18.0.0/15]}}}, then: {notify: never, tag: sinkhole}, reason: it is ours}\n"
	page := b.is(b.post("/desk/documents", "act", "preview", "kind", "policy", "text", policy, "address", "198.18.0.1"), http.StatusOK, "Rules that match none ours", "Tags none sinkhole")
	mark := seenOf(t, page.body)
	b.is(b.post("/desk/documents", "act", "apply", "kind", "policy", "text", policy+"\n", "seen", mark), http.StatusUnprocessableEntity, "was not tried")
	b.is(b.post("/desk/documents", "act", "apply", "kind", "policy", "text", policy, "seen", mark), http.StatusSeeOther)
	b.is(b.get("/desk/documents?kind=policy"), http.StatusOK, "Version 1 of policy counts", "by ina", "sinkhole")
	b.is(b.post("/desk/documents", "act", "apply", "kind", "policy", "text", policy, "seen", mark), http.StatusUnprocessableEntity, "was not tried as things stand now")
	c.ok(c.set.Parties.Refresh(t.Context()))
	b.is(b.post("/desk/bench", "address", "198.18.0.1"), http.StatusOK, "sinkhole")
}
