package notices

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
)

// named has events name who else is told of some cases.
func (r *rig) named(who string, ids ...int64) {
	r.t.Helper()
	r.also = who
	b := store.DeskBatch{Report: "national/2026-03-04/sensors/x", State: store.ReportRead, Now: r.now, Tenant: store.National}
	for _, id := range ids {
		b.Also = append(b.Also, store.CaseAlso{Case: id, Party: who})
	}
	r.ok(r.db.CommitDesk(r.t.Context(), b))
}

// TestOthers: who else is told gets a notice of its own, with the lines that name it, once, at the same pace; that moves no case.
func TestOthers(t *testing.T) {
	r := newRig(t, 3, nil)
	r.named("as:64501", 1, 2)
	r.to["as:64500"] = Recipient{} // nobody is known who is responsible
	r.to["as:64501"] = Recipient{Address: "abuse@host.example", Name: "Host", Language: "hi"}
	r.plan(time.Minute, 0)
	r.plan(10*time.Minute, 1)
	r.sendAll()
	n, err := r.db.Notice(t.Context(), 1)
	r.ok(err)
	if len(r.letters) != 1 || r.letters[0].To != "abuse@host.example" || n.Party != "as:64501" || n.Rule != "also told: network" || len(n.Cases) != 2 || n.Lines != 2 || n.Language != "hi" {
		t.Fatalf("%+v, %+v", r.letters, n)
	}
	if s := r.caseState(1); s != desk.New {
		t.Errorf("the case is %s: its own party was not told", s)
	}
	r.plan(48*time.Hour, 0)
	delete(r.to, "as:64500")
	r.plan(time.Hour, 1)
	r.sendAll()
	if s := r.caseState(1); s != desk.Notified || r.letters[1].To != "noc@example.org" {
		t.Errorf("the case is %s, the letter to %s", s, r.letters[1].To)
	}
	machine, own := store.MachineSight(store.National), cases.By{Actor: desk.Desk}
	r.ok(r.opt.Cases.Move(t.Context(), machine, own, 2, desk.Recovered, ""))
	r.plan(48*time.Hour, 0)
	r.ok(r.opt.Cases.Move(t.Context(), machine, own, 2, desk.Reopened, ""))
	r.plan(time.Hour, 2) // both are told that it was seen again
}

// TestOthersHeld: the first notices of their rule wait for a person; a case that only those named may know is nobody else's; rules
// and the pace hold for them too.
func TestOthersHeld(t *testing.T) {
	r := newRig(t, 2, func(s *Settings) { s.Approve = 1000 })
	r.to["as:64500"], r.to["cert:DE"] = Recipient{}, Recipient{Address: "cert@cert.example"}
	r.named("cert:DE", 1, 2)
	r.ok(r.opt.Cases.Confine(t.Context(), store.MachineSight(store.National), cases.By{Actor: desk.Analyst, Name: "command line"}, 2, "secret"))
	r.plan(time.Hour, 1)
	r.sendAll()
	if n, err := r.db.Notice(t.Context(), 1); err != nil || n.State != store.NoticeProposed || len(n.Cases) != 1 || len(r.letters) != 0 || n.Rule != "also told: national CERT" {
		t.Errorf("%+v, %v", n, err)
	}
	r = newRig(t, 1, nil)
	r.to["as:64500"], r.to["reg:x"] = Recipient{}, Recipient{}
	r.named("reg:x", 1)
	r.plan(time.Hour, 0)
	if why := r.Skipped()[1]; why == "" {
		t.Error("nobody says why")
	}
	r.to["reg:x"], r.tlp = Recipient{Address: "abuse@reg.example"}, "AMBER" // for those whom we serve
	r.plan(2*time.Hour, 0)
	r.tlp = "GREEN"
	r.plan(2*time.Hour, 1)
}

// TestOthersLink: the link of who else is told shows that case and the lines that name them, and takes remarks alone.
func TestOthersLink(t *testing.T) {
	r := newRig(t, 3, nil)
	r.named("as:64501", 1)
	r.to["as:64500"], r.to["as:64501"] = Recipient{}, Recipient{Address: "abuse@host.example", Name: "Host"}
	r.told(1)
	tokens := r.links()
	machine := store.MachineSight(store.National)
	r.ok(r.opt.Cases.Replied(t.Context(), machine, cases.By{Actor: desk.Party, Name: "as:64500"}, 1, "our customer is angry"))
	for _, token := range tokens {
		v, err := r.Visit(t.Context(), token)
		r.ok(err)
		list, err := r.List(t.Context(), v)
		r.ok(err)
		p, err := r.Page(t.Context(), v, 1)
		r.ok(err)
		if v.Party != "AS64501 (Host)" || !v.Other || len(list) != 1 || list[0].ID != 1 || len(p.Lines) != 1 || len(p.Answers) != 1 || p.Answers[0] != Remark || p.Case.Events != 1 || strings.Contains(said2text(p.Said), "angry") {
			t.Errorf("%+v, %+v", list, p)
		}
		if _, err := r.Page(t.Context(), v, 2); !errors.Is(err, notice.ErrLink) {
			t.Errorf("another case of the party is shown: %v", err)
		}
		for _, a := range []Answer{Acknowledge, Progress, Fixed, NotOurs} {
			if err := r.Answer(t.Context(), v, 1, a, "it is over"); !errors.Is(err, cases.ErrRefused) {
				t.Errorf("%s: %v", a, err)
			}
		}
		r.ok(r.Answer(t.Context(), v, 1, Remark, "we have switched it off"))
		if s := r.caseState(1); s != desk.New {
			t.Errorf("the case is %s", s)
		}
	}
}

// TestRoutingNotice: a case of a routing incident is told of in words of the incident, in every language, and its page says the same.
func TestRoutingNotice(t *testing.T) {
	for tag, want := range map[string][]string{
		"en": {"AS64500 was seen to announce addresses that others hold: ", "Sessions of routers elsewhere that saw it", "/incident/", "[TLP:AMBER]"},
		"hi": {"AS64500 को ऐसे पते घोषित करते देखा गया", "सत्रों", "/incident/", "[TLP:AMBER]"},
	} {
		r := newRig(t, 0, func(s *Settings) { s.Approve = 1 })
		r.none = true
		r.to["as:64500"] = Recipient{Address: "noc@example.org", Name: "Example Net", Language: tag}
		i := storetest.Incidents(9, 1)[0]
		i.Kind, i.ASN, i.Attribution, i.End, i.Status, i.Anachronism = watch.Hijack, 64500, watch.Supported, nil, watch.Open, nil
		_, err := r.db.SaveIncidents(t.Context(), r.now, []watch.Incident{i})
		r.ok(err)
		r.ok(r.opt.Cases.Incidents(t.Context(), store.National, []watch.Incident{i}))
		r.plan(time.Hour, 1)
		r.sendAll()
		n, err := r.db.Notice(t.Context(), 1)
		if r.ok(err); n.State != store.NoticeProposed || n.Rule != "routing incident: hijack" || len(n.Cases) != 1 {
			t.Fatalf("%+v", n)
		}
		_, err = r.Approve(t.Context(), "ann", "")
		r.ok(err)
		r.sendAll()
		if len(r.letters) != 1 || len(r.letters[0].Attachments) != 0 {
			t.Fatalf("%+v", r.letters)
		}
		for _, words := range want {
			if l := r.letters[0]; !strings.Contains(l.Subject+l.Text, words) {
				t.Errorf("%s: it does not say %q:\n%s", tag, words, l.Text)
			}
		}
		v, err := r.Visit(t.Context(), r.links()[0])
		r.ok(err)
		if p, err := r.Page(t.Context(), v, n.Cases[0]); err != nil || p.Routing == nil || p.Routing.Kind != "hijack" || len(p.Lines) != 0 || r.caseState(n.Cases[0]) != desk.Notified {
			t.Errorf("%+v, %v", p, err)
		}
	}
}
