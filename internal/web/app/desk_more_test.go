package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/service"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/web/app"
	"pahra/wire/values"
)

// TestDeskQuarantine: a place that could not be read is mended and becomes an event, another is dropped with a reason.
func TestDeskQuarantine(t *testing.T) {
	c := newCaseOffice(t, nil)
	good := strings.TrimSpace(seen(c.now, "AS64500", "fraud", "phishing", "kit", 1))
	c.report("sensors", "bad.jsonl", strings.Replace(good, "198.18", "what?", 1)+"\n"+`{"source.ip":"x"}`+"\n{\"source.ip\":\"\xff\"}\n")
	b, _ := c.person("ina", account.Analyst)
	b.is(b.get("/desk/quarantine"), http.StatusOK, "3 places are held", "Mend it", "what?", "write all of it anew")
	page := b.get("/desk/quarantine")
	_, rest, _ := strings.Cut(page.body, `name="report" value="`)
	report, _, _ := strings.Cut(rest, `"`)
	b.is(b.post("/desk/quarantine/drop", "report", report, "seq", "1", "reason", " "), http.StatusConflict, "takes a reason")
	b.is(b.post("/desk/quarantine/mend", "report", report, "seq", "9", "text", good), http.StatusNotFound)
	b.is(b.post("/desk/quarantine/mend", "report", report, "seq", "x", "text", good), http.StatusBadRequest)
	b.is(b.post("/desk/quarantine/explode", "report", report, "seq", "1"), http.StatusNotFound)
	b.is(b.post("/desk/quarantine/drop", "report", report, "seq", "1", "reason", "a test of theirs"), http.StatusSeeOther)
	done := b.is(b.post("/desk/quarantine/mend", "report", report, "seq", "0", "text", good, "back", "/desk/quarantine?state="), http.StatusSeeOther).header.Get("Location")
	c.ok(c.desk.Drain(t.Context()))
	b.is(b.get(done), http.StatusOK, "It is mended", "mended 1", "dropped 1", "dropped: a test of theirs")
	b.is(b.get("/desk/case/1"), http.StatusOK, "Is Phishing: kit at Example Broadband (AS64500) over?")
	b.is(b.post("/desk/quarantine/mend", "report", report, "seq", "1", "text", good), http.StatusConflict, "It is dropped")
	far, farther := c.person("far", account.Analyst)
	c.ok(c.db.AssignTenant(t.Context(), farther.ID, "energy"))
	far.is(far.post("/desk/quarantine/replay", "report", report), http.StatusNotFound)
}

// TestDeskBench: the test bench says what would happen to an event, and what is wrong with one that is none.
func TestDeskBench(t *testing.T) {
	c := newCaseOffice(t, nil)
	b, _ := c.person("ina", account.Analyst)
	b.is(b.get("/desk/bench"), http.StatusOK, "What would happen to this event?", "Nothing is stored")
	b.is(b.post("/desk/bench", "event", "{"), http.StatusUnprocessableEntity, "Not done")
	b.is(b.post("/desk/bench", "address", "not an address"), http.StatusUnprocessableEntity, "Not done")
	event := strings.TrimSpace(seen(c.now, "AS64500", "fraud", "phishing", "kit", 1))
	b.is(b.post("/desk/bench", "event", event), http.StatusOK, "fraud/phishing", "Example Broadband", "as:64500", "Why?")
	b.is(b.get("/desk/bench?address=192.0.2.7&class=malicious-code/infected-system"), http.StatusOK, "malicious-code/infected-system", "There is nobody to tell")
	if n, err := c.db.CaseGroups(t.Context(), store.MachineSight(store.National), c.now, store.CaseFilter{}); err != nil || len(n) > 0 && n[store.TodoNew] > 0 {
		t.Errorf("something was stored: %v, %v", n, err)
	}
}

// TestDeskNotices: a notice that waits for approval is read and approved by an analyst of its tenant, another withdrawn.
func TestDeskNotices(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "a", 1)+seen(c.now, "AS64501", "fraud", "phishing", "b", 1))
	c.aNotice(1, "as:64500")
	c.aNotice(2, "as:64501")
	b, _ := c.person("ina", account.Analyst)
	page := b.is(b.get("/desk/notices"), http.StatusOK, "2 notices wait for approval", "About as:64500", "noc@example.net")
	if strings.Contains(page.body, "<b>this") {
		t.Error("what a notice says is taken as HTML")
	}
	b.is(b.get("/desk/case/1"), http.StatusOK, "What was the party told?", "About as:64500 proposed")
	far, farther := c.person("far", account.Analyst)
	c.ok(c.db.AssignTenant(t.Context(), farther.ID, "energy"))
	far.is(far.post("/desk/notices", "act", "approve", "notice", "1"), http.StatusNotFound)
	if p := far.is(far.get("/desk/notices"), http.StatusOK, "No notice waits for approval"); strings.Contains(p.body, "noc@") {
		t.Error("another tenant reads the notices")
	}
	b.is(b.post("/desk/notices", "act", "approve"), http.StatusUnprocessableEntity, "No notice was chosen")
	b.is(b.post("/desk/notices", "act", "burn", "notice", "1"), http.StatusBadRequest)
	done := b.is(b.post("/desk/notices", "act", "approve", "notice", "1", "back", "/desk/notices?state=approved"), http.StatusSeeOther).header.Get("Location")
	b.is(b.get(done), http.StatusOK, "go out within a minute", "approved 1")
	b.is(b.post("/desk/notices", "act", "withdraw", "notice", "2"), http.StatusSeeOther)
	b.is(b.get("/desk/notices?state=withdrawn"), http.StatusOK, "No notice waits for approval", "noc@example.net")
	c.ok(c.db.EraseNotice(t.Context(), 2, store.Erasure{At: c.now, Actor: "ina", Kind: "subject"}))
	b.is(b.get("/desk/notices?state=withdrawn"), http.StatusOK, "Hill Country Fibre") // what it said was erased
	b.is(b.post("/desk/notices", "act", "withdraw", "notice", "0"), http.StatusNotFound)
}

// networkReader is a service that knows one network.
type networkReader struct{ emptyReader }

func (networkReader) Answer(_ context.Context, _ account.Viewer, q service.Question) (any, error) {
	n, ok := q.(service.NetworkQuestion)
	if !ok {
		return nil, service.ErrNoPage
	}
	return &service.NetworkPage{Network: service.Who{ASN: n.ASN, Holder: "Example Broadband"}}, nil
}

// TestCasesOfNetwork: a network's page has its open cases for its holder and for analysts, and nobody else.
func TestCasesOfNetwork(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "kit", 2)+strings.ReplaceAll(seen(c.now, "AS64500", "fraud", "masquerade", "masked", 2),
		`"feed.name"`, `"tlp":"RED","feed.name"`)+seen(c.now, "AS64501", "fraud", "phishing", "elsewhere", 2))
	pages, err := app.New(app.Config{Reader: networkReader{}, Log: c.log(), Viewer: c.accounts.Viewer, Login: true, Now: func() time.Time { return c.now }})
	c.ok(err)
	pages.Join(c.accounts)
	c.handler = pages
	holder, a := c.person("ann", account.Member)
	c.hold(a, 64500)
	ina, _ := c.person("ina", account.Analyst)
	stranger, s := c.person("sid", account.Member)
	c.hold(s, values.ASN(64501))
	for _, who := range []*visitor{holder, ina} {
		if p := who.is(who.get("/network/AS64500"), http.StatusOK, "Which cases are open?", "Phishing: kit"); strings.Contains(p.body, "masked") || strings.Contains(p.body, "elsewhere") {
			t.Errorf("somebody sees too much: %s", text(p.body))
		}
	}
	if p := holder.get("/network/AS64500"); strings.Contains(p.body, "/desk/case") {
		t.Error("the holder is led to the analysts' pages")
	}
	for _, who := range []*visitor{stranger, c.visitor()} {
		if p := who.is(who.get("/network/AS64500"), http.StatusOK); strings.Contains(p.body, "cases are open") || strings.Contains(p.body, "kit") {
			t.Errorf("others see the cases: %s", text(p.body))
		}
	}
	c.ok(c.cases.Confine(t.Context(), store.Sight{Tenant: store.National, Account: "x", Role: account.Analyst}, cases.By{Actor: "analyst", Name: "x"}, 1, "banks"))
	holder.is(holder.get("/network/AS64500"), http.StatusOK, "None: nothing that was reported")
}

// TestDeskRefer: a case is referred to another team by its page, with a reason; of one that only those named see there is no form.
func TestDeskRefer(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "kit", 2))
	b, person := c.person("ina", account.Analyst)
	if p := b.get("/desk/case/1"); strings.Contains(p.body, "Refer it") {
		t.Error("there is nobody to refer it to")
	}
	c.ok(c.db.PutTenant(t.Context(), c.now, store.Tenant{Name: store.National}))
	c.ok(c.db.PutTenant(t.Context(), c.now, store.Tenant{Name: "energy", Title: "CERT of the energy sector"}))
	c.ok(c.db.AssignTenant(t.Context(), person.ID, store.National))
	far, farther := c.person("far", account.Analyst)
	c.ok(c.db.AssignTenant(t.Context(), farther.ID, "energy"))
	b.is(b.get("/desk/case/1"), http.StatusOK, "Refer it to another team", "CERT of the energy sector")
	b.is(b.post("/desk/case/1/refer", "to", "energy", "text", " "), http.StatusUnprocessableEntity, "takes a reason")
	b.is(b.post("/desk/case/1/refer", "to", "nobody", "text", "theirs"), http.StatusUnprocessableEntity, "no tenant")
	done := b.is(b.post("/desk/case/1/refer", "to", "energy", "text", "a grid operator"), http.StatusSeeOther).header.Get("Location")
	b.is(b.get(done), http.StatusOK, "The case is referred", "referred it to energy", "a grid operator")
	theirs, err := c.db.CasesBeyond(t.Context(), store.MachineSight("energy"), 0, store.CaseFilter{})
	if err != nil || len(theirs) != 1 {
		t.Fatalf("the other team has %+v, %v", theirs, err)
	}
	far.is(far.get(fmt.Sprintf("/desk/case/%d", theirs[0].ID)), http.StatusOK, "Referred to this desk by another", "got it from national")
	far.is(far.get("/desk/case/1"), http.StatusNotFound)
	c.ok(c.cases.Confine(t.Context(), store.MachineSight(store.National), cases.By{Actor: "analyst", Name: "x"}, 1, "banks"))
	c.ok(c.db.NameIn(t.Context(), c.now, store.National, "banks", person.ID))
	if p := b.is(b.get("/desk/case/1"), http.StatusOK); strings.Contains(p.body, "Refer it") {
		t.Error("what only those named may know can be referred")
	}
}

// TestDeskReplies: an answer that is held is put into the cases of a notice, or dropped, by who sees these; the page of notices leads there.
func TestDeskReplies(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "a", 1))
	n := store.Notice{Tenant: store.National, Party: "as:64500", Recipient: "noc@example.net", Domain: "example.net", Language: "en", Rule: "rir", Cases: []int64{1}, Expires: c.now.AddDate(0, 0, 30)}
	_, err := c.db.AddNotice(t.Context(), c.now, n, 10, func(id int64) (store.Notice, error) {
		n.ID, n.Message = id, []byte(`{"message":{}}`)
		return n, nil
	})
	c.ok(err)
	for id, to := range map[string]int64{"known": 1, "lost": 0} {
		_, err := c.db.AddReply(t.Context(), store.Reply{ID: id, Notice: to, Received: c.now, Kind: "answer", Sender: "ann@example.net", Subject: "Re: " + id, Body: "we <b>look</b> at " + id, State: store.ReplyHeld}, "")
		c.ok(err)
	}
	b, _ := c.person("ina", account.Analyst)
	far, farther := c.person("far", account.Analyst)
	c.ok(c.db.AssignTenant(t.Context(), farther.ID, "energy"))
	for i := range 200 { // a stranger floods the mailbox
		_, err := c.db.AddReply(t.Context(), store.Reply{ID: fmt.Sprint("junk", i), Received: c.now.Add(time.Hour), Kind: "answer", State: store.ReplyHeld}, "")
		c.ok(err)
	}
	b.is(b.get("/desk/replies"), http.StatusOK, "Re: known")
	for i := range 200 { // each can be decided, shown or not
		b.is(b.post("/desk/replies", "reply", fmt.Sprint("junk", i), "act", "drop"), http.StatusSeeOther)
	}
	b.is(b.get("/desk/notices"), http.StatusOK, "2 answers wait for a person")
	if p := b.is(b.get("/desk/replies"), http.StatusOK, "Re: known", "to notice 1", "to no notice that is known", "ann@example.net"); strings.Contains(p.body, "<b>look") {
		t.Error("what somebody wrote is taken as HTML")
	}
	b.is(b.get("/desk/replies.json"), http.StatusOK, `"reply":"lost"`)
	far.is(far.get("/desk/replies"), http.StatusOK, "No answer waits")
	far.is(far.post("/desk/replies", "reply", "known", "act", "drop"), http.StatusNotFound)
	b.is(b.post("/desk/replies", "reply", "lost", "act", "attach", "notice", "x"), http.StatusBadRequest)
	b.is(b.post("/desk/replies", "reply", "lost", "act", "attach", "notice", "99"), http.StatusNotFound)
	b.is(b.post("/desk/replies", "reply", "lost", "act", "burn"), http.StatusBadRequest)
	done := b.is(b.post("/desk/replies", "reply", "lost", "act", "attach", "notice", "1", "back", "/desk/replies"), http.StatusSeeOther).header.Get("Location")
	b.is(b.get(done), http.StatusOK, "It is in the log", "1 answer waits")
	b.is(b.get("/desk/case/1"), http.StatusOK, "at lost no. 1")
	b.is(b.post("/desk/replies", "reply", "known", "act", "drop"), http.StatusSeeOther)
	b.is(b.get("/desk/replies"), http.StatusOK, "No answer waits")
}

// TestDeskTimes: how long it takes is told by class, with what was told and acknowledged, and of one party alone.
func TestDeskTimes(t *testing.T) {
	c := newCaseOffice(t, nil)
	c.report("sensors", "a.jsonl", seen(c.now, "AS64500", "fraud", "phishing", "a", 1)+seen(c.now, "AS64501", "information-gathering", "scanner", "b", 1))
	c.now = c.now.Add(2 * time.Hour)
	machine := store.MachineSight(store.National)
	c.ok(c.cases.Move(t.Context(), machine, cases.By{Actor: "desk"}, 1, "notified", ""))
	c.now = c.now.Add(30 * time.Minute)
	c.ok(c.cases.Move(t.Context(), store.Sight{Tenant: store.National, Parties: []string{"as:64500"}}, cases.By{Actor: "party", Name: "as:64500"}, 1, "acknowledged", ""))
	b, _ := c.person("ina", account.Analyst)
	b.is(b.get("/desk/times"), http.StatusOK, "Of 2 cases", "fewer than half have recovered", "Phishing 1 1 2 hours", "1 of 1 30 minutes", "Scanning 1 0 not reached", "0 of 0")
	b.is(b.get("/desk/times.json?party=as:64501"), http.StatusOK, `"class":"","notify":{"cases":1,"came":0`)
	b.is(b.get("/desk/times?days=28&country=DE"), http.StatusOK, "No case was opened in these days")
	far, farther := c.person("far", account.Analyst)
	c.ok(c.db.AssignTenant(t.Context(), farther.ID, "energy"))
	far.is(far.get("/desk/times"), http.StatusOK, "No case was opened")
}
