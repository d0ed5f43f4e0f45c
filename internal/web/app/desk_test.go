package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/web"
)

func deskPaths() []string {
	return []string{"/desk", "/desk?todo=new", "/desk?state=closed", "/desk/case/1", "/desk/outbreak", "/desk/outbreak?class=fraud/phishing&days=91", "/desk/reports",
		"/desk/quarantine?state=", "/desk/constituents", "/desk/constituents?q=bank&due=1", "/desk/documents", "/desk/documents?kind=certs"}
}

// TestDeskRoles holds each page of the desk against who may see it: only analysts, and nothing of another tenant or of a
// compartment in which they are not named.
func TestDeskRoles(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "open", 2)+seen(c.now, "AS64501", "fraud", "phishing", "confined-kit", 2)+
		strings.ReplaceAll(seen(c.now, "AS64502", "fraud", "phishing", "red-kit", 2), `"feed.name"`, `"tlp":"RED","feed.name"`)+"{broken\n")
	ina, _ := c.person("ina", account.Analyst)
	named, who := c.person("named", account.Analyst)
	c.ok(c.db.NameIn(t.Context(), c.now, store.National, "banks", who.ID))
	c.ok(c.db.NameIn(t.Context(), c.now, store.National, store.RedCompartment, who.ID))
	machine := store.MachineSight(store.National)
	c.ok(c.cases.Confine(t.Context(), store.Sight{Tenant: store.National, Account: who.ID, Role: account.Analyst}, cases.By{Actor: "analyst", Name: who.ID}, 2, "banks"))
	member, a := c.person("mem", account.Member)
	c.hold(a, 64500)
	far, farther := c.person("far", account.Analyst)
	c.ok(c.db.AssignTenant(t.Context(), farther.ID, "energy"))
	nobody := c.visitor()
	for _, path := range deskPaths() {
		ina.is(ina.get(path), http.StatusOK)
		member.is(member.get(path), http.StatusForbidden)
		nobody.is(nobody.get(path), http.StatusSeeOther)
		if p := far.get(path); strings.Contains(p.body, "sensors") || strings.Contains(p.body, "#1") || strings.Contains(p.body, "broken") {
			t.Errorf("another tenant's analyst sees at %s: %s", path, text(p.body))
		}
	}
	for id, secret := range map[int64]string{2: "confined-kit", 3: "red-kit"} {
		path := fmt.Sprintf("/desk/case/%d", id)
		for _, word := range []string{"", "/comment", "/move", "/assign", "/link", "/relate", "/confine", "/time", "/answered"} {
			if word != "" {
				ina.is(ina.post(path+word, "text", "x", "to", "", "case", "1", "address", "https://example.net", "at", "2026-01-01T00:00"), http.StatusNotFound)
				continue
			}
			ina.is(ina.get(path), http.StatusNotFound)
			ina.is(ina.get(path+".json"), http.StatusNotFound)
			named.is(named.get(path), http.StatusOK, secret)
		}
		for _, list := range []string{"/desk", "/desk.json", "/desk/outbreak?class=fraud/phishing", "/desk/outbreak.json?class=fraud/phishing", "/desk/case/1.json"} {
			if p := ina.get(list); strings.Contains(p.body, secret) {
				t.Errorf("%s tells of the case %q", list, secret)
			}
		}
		if log, err := c.db.CaseLog(t.Context(), machine, id, 0, 10); err != nil || len(log) > 1 {
			t.Errorf("case %d: %v, %v", id, log, err)
		}
	}
	named.is(named.get("/desk"), http.StatusOK, "3 cases", "TLP:RED", "only banks")
	ina.is(ina.get("/desk"), http.StatusOK, "1 case to do")
}

// TestDeskBulk: what is done to many is said, can be taken back once, and is refused where it makes no sense.
func TestDeskBulk(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "a", 2)+seen(c.now, "AS64501", "fraud", "phishing", "b", 1))
	b, a := c.person("ina", account.Analyst)
	b.is(b.post("/desk/act", "act", "acknowledge"), http.StatusUnprocessableEntity, "No case was chosen")
	b.is(b.post("/desk/act", "act", "close", "case", "1"), http.StatusUnprocessableEntity, "Closing takes a reason")
	b.is(b.post("/desk/act", "act", "explode", "case", "1"), http.StatusBadRequest)
	b.is(b.post("/desk/act", "act", "close", "reason", "x", "case", "one"), http.StatusBadRequest)
	done := b.is(b.post("/desk/act", "act", "close", "reason", "a test", "case", "1", "case", "2", "case", "9", "back", "/desk?todo=new"), http.StatusSeeOther).header.Get("Location")
	page := b.is(b.get(done), http.StatusOK, "2 cases are closed.", "1 stayed as they were")
	_, rest, _ := strings.Cut(page.body, `name="undo" value="`)
	token, _, _ := strings.Cut(rest, `"`)
	b.is(b.get("/desk/case/1"), http.StatusOK, "closed", "a test")
	other, _ := c.person("ben", account.Analyst)
	other.is(other.post("/desk/undo", "undo", token), http.StatusNotFound)
	done = b.is(b.post("/desk/undo", "undo", token, "back", "https://elsewhere.example/desk"), http.StatusSeeOther).header.Get("Location")
	if !strings.HasPrefix(done, "/desk?") {
		t.Errorf("it leads to %s", done)
	}
	b.is(b.get(done), http.StatusOK, "2 cases are as before.")
	b.is(b.post("/desk/undo", "undo", token), http.StatusNotFound)
	b.is(b.post("/desk/act", "act", "assign", "case", "1"), http.StatusSeeOther)
	b.is(b.get("/desk?assignee=me"), http.StatusOK, "1 case to do something about by this filter", "Example Broadband")
	c.now = c.now.Add(time.Minute)
	if one, err := c.db.Case(t.Context(), store.MachineSight(store.National), 1); err != nil || one.Assignee != a.ID || one.State != "new" {
		t.Errorf("%+v, %v", one, err)
	}
}

// TestDeskCase: the forms of a case's page do what they say, and refuse with the reason what cannot be.
func TestDeskCase(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "a", 2)+seen(c.now, "AS64500", "fraud", "masquerade", "b", 1))
	b, a := c.person("ina", account.Analyst)
	b.is(b.get("/desk/case/1"), http.StatusOK, "Is Phishing: a at Example Broadband (AS64500) over?", "198.18.0.1", "1024", "2026-11-20T00:00:00", "Masquerade: b")
	for _, one := range []struct {
		act    string
		fields []string
		status int
		says   string
	}{
		{"move", []string{"to", "closed"}, 422, "takes a reason"}, {"move", []string{"to", "recovered"}, 422, "does not become recovered"},
		{"move", []string{"to", "in-progress", "text", "they called"}, 303, ""}, {"comment", []string{"text", " "}, 422, "a comment is text"},
		{"comment", []string{"text", "one\r\n<b>two</b>"}, 303, ""}, {"assign", []string{"to", "nobody-of-that-id"}, 422, "no such account"},
		{"assign", []string{"to", "me"}, 303, ""}, {"assign", []string{"to", ""}, 303, ""}, {"link", []string{"address", "javascript:alert(1)"}, 422, "http or https"},
		{"link", []string{"address", "https://example.net/advice", "title", "Advice"}, 303, ""}, {"relate", []string{"case", "x"}, 422, "no number"},
		{"relate", []string{"case", "#2"}, 303, ""}, {"confine", []string{"compartment", "No Name"}, 422, "no compartment"},
		{"time", []string{"what", "noticed", "at", "2026-11-20T11:00"}, 303, ""}, {"time", []string{"what", "detected", "at", "soon"}, 422, "no time"},
		{"time", []string{"what", "detected", "at", "2099-01-01T00:00"}, 422, "has not come yet"}, {"answered", nil, 422, "nothing waits"}, {"dance", nil, 404, ""},
	} {
		b.is(b.post("/desk/case/1/"+one.act, one.fields...), one.status, one.says)
	}
	page := b.is(b.get("/desk/case/1"), http.StatusOK, "ina moved it from “new” to “in-progress”", "they called", "assigned it to ina", "gave it back", "Advice",
		"related it to case 2", "Noticed by them 2026-11-20 11:00")
	if strings.Contains(page.body, "<b>two") || strings.Contains(page.body, a.ID+" moved") {
		t.Error("words are taken as HTML, or an account has no name")
	}
	hash := c.attach(b, "evil.html", "<script>alert(1)</script>")
	file := b.is(b.get("/desk/case/1/file/"+hash), http.StatusOK)
	if h := file.header; file.body != "<script>alert(1)</script>" || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%v %q", h, file.body)
	}
	before := c.accesses()
	b.is(b.get("/desk/case/1.json"), http.StatusOK)
	b.is(b.get("/desk/case/99"), http.StatusNotFound)
	if seen := c.accesses()[len(before):]; len(seen) != 1 || seen[0].Actor != a.ID || seen[0].Act != "case.view" || seen[0].Subject != "case 1" || seen[0].Detail == "" {
		t.Errorf("on record of who looked: %+v", seen)
	}
	for _, none := range []string{"/desk/case/99", "/desk/case/x", "/desk/case/2/file/" + hash, "/desk/case/1/file/none"} {
		b.is(b.get(none), http.StatusNotFound)
	}
	b.is(b.post("/desk/case/1/confine", "compartment", "banks"), http.StatusSeeOther)
	b.is(b.get("/desk/case/1"), http.StatusNotFound)
}

// accesses are the records of who looked at what.
func (c *caseOffice) accesses() []account.Entry {
	c.t.Helper()
	all, err := c.db.AccessEntries(c.t.Context(), 0, 1000)
	c.ok(err)
	return all
}

// attach sends a file with the form, and gives its hash.
func (c *caseOffice) attach(b *visitor, name, content string) string {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	c.ok(err)
	_, err = part.Write([]byte(content))
	c.ok(err)
	c.ok(form.Close())
	r := httptest.NewRequest(http.MethodPost, "https://pahra.example/desk/case/1/attach", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	b.is(b.send(r), http.StatusSeeOther)
	_, rest, _ := strings.Cut(b.get("/desk/case/1").body, "/file/")
	hash, _, _ := strings.Cut(rest, `"`)
	return hash
}

// TestDeskLists: pages of lists go on where the one before ended, twins say the same, and what makes no sense is refused.
func TestDeskLists(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.ok(storetest.CommitCases(t.Context(), c.db, storetest.Cases(1, 300, store.National)))
	b, _ := c.person("ina", account.Analyst)
	all, next := map[int64]bool{}, "/desk.json?state=new"
	for pages := 0; next != "" && pages < 20; pages++ {
		var v web.DeskInbox
		c.ok(json.Unmarshal([]byte(b.is(b.get(next), http.StatusOK).body), &v))
		for _, one := range v.Groups[0].Cases {
			if all[one.ID] || one.State != "new" {
				t.Errorf("case %d, %s", one.ID, one.State)
			}
			all[one.ID] = true
		}
		next = strings.Replace(v.Groups[0].Next, "/desk?", "/desk.json?", 1)
	}
	count := 0
	for _, one := range storetest.Cases(1, 300, store.National) {
		if one.State == "new" {
			count++
		}
	}
	if len(all) != count {
		t.Errorf("%d of %d cases are listed", len(all), count)
	}
	for path, status := range map[string]int{"/desk?todo=x": 400, "/desk?todo=new&cursor=x": 400, "/desk/outbreak?class=x/y": 400, "/desk/quarantine?report=x": 404, "/desk/reports?cursor=x": 400} {
		b.is(b.get(path), status)
	}
	c.report("sensors", "bad.jsonl", `{"source.ip":"x"}`+"\n{\"source.ip\": \"\xff\x01\"}\n")
	b.is(b.get("/desk/quarantine"), http.StatusOK, "2 places are held", "bad.jsonl", `\xff`)
	b.is(b.get("/desk/reports?source=sensors"), http.StatusOK, "bad.jsonl", "2 places could not be read")
	b.is(b.get("/desk/reports?source=other"), http.StatusOK, "No report fits")
}

// TestDeskPolicy: no page of the desk has a script or a style of its own, and each field has a label.
func TestDeskPolicy(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.history()
	b, _ := c.person("ina", account.Analyst)
	for _, path := range deskPaths() {
		p := b.is(b.get(path), http.StatusOK)
		if !strings.Contains(p.header.Get("Cache-Control"), "no-store") || strings.Contains(p.body, "<script>") || strings.Contains(p.body, " style=") || strings.Contains(p.body, "ZgotmplZ") {
			t.Errorf("%s has a script or a style of its own, or is kept", path)
		}
		for _, id := range labelled.FindAllStringSubmatch(p.body, -1) {
			if !strings.Contains(p.body, `for="`+id[1]+`"`) {
				t.Errorf("%s: the field %s has no label", path, id[1])
			}
		}
		address, query, _ := strings.Cut(path, "?")
		if twin := b.is(b.get(address+".json?"+query), http.StatusOK); !json.Valid([]byte(twin.body)) {
			t.Errorf("%s has no twin: %.100s", path, twin.body)
		}
	}
}
