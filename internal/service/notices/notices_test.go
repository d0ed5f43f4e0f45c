package notices

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/alert"
	"pahra/internal/deliver/mail"
	"pahra/internal/desk"
	"pahra/internal/desk/party"
	"pahra/internal/language"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/wire/intelmq"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a service with some new cases, whose clock is set and whose letters are kept.
type rig struct {
	*Service
	t       *testing.T
	now     time.Time
	set     Settings
	to      map[string]Recipient // by party; else noc@example.org
	letters []mail.Letter
	send    func(l mail.Letter, before func() error) error // what sending comes to, if it is set
	db      *store.Store
	tlp     string
	none    bool   // no case has lines
	also    string // who else is told of the first line of each case
}

func newRig(t *testing.T, n int, change func(*Settings)) *rig {
	r := &rig{t: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), to: map[string]Recipient{}, db: storetest.Open(t, storetest.SQLite(t))}
	r.set.From, r.set.Return, r.set.Approve = notice.Sender{Org: "CERT Example", Contact: "desk@cert.example.net", Domain: "cert.example.net"}, "bounces@example.net", -1
	r.set.AuthServ = "mx.example.net"
	if change != nil {
		change(&r.set)
	}
	made := storetest.Cases(1, n, store.National)
	for i := range made {
		made[i].State, made[i].Party, made[i].Class, made[i].TLP = string(desk.New), "as:64500", "vulnerable/ddos-amplifier", ""
		made[i].Changed, made[i].Opened, made[i].Priority, made[i].Reopened = r.now, r.now, 10, 0
	}
	r.ok(storetest.CommitCases(t.Context(), r.db, made))
	r.open()
	return r
}

// open makes the service, anew as after a crash.
func (r *rig) open() {
	r.t.Helper()
	clock := func() time.Time { return r.now }
	keys, err := LoadKeys(r.t.Context(), r.db, r.now, rand.Reader)
	r.ok(err)
	languages, err := language.Load()
	r.ok(err)
	r.Service, err = New(Options{Settings: r.set, Store: r.db, Cases: &cases.Service{Store: r.db, Now: clock, Random: rand.Reader}, Events: r.events, Recipients: r, Letters: r,
		Keys: keys, Languages: languages, Site: "https://pahra.example", Now: clock, Chance: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler)})
	r.ok(err)
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) events(_ context.Context, _ string, id int64, most int) (list []*intelmq.Event, err error) {
	for i := range min(most, 3) {
		if r.none {
			return nil, nil
		}
		e, err := intelmq.Parse(fmt.Appendf(nil, `{"time.source":"2026-03-04T00:00:0%d+00:00","source.ip":"192.0.2.%d","source.port":12%d,"destination.ip":"198.51.100.1"}`, i, id, i))
		if err != nil {
			return nil, err
		}
		if i == 0 && r.also != "" {
			e.Set(party.AlsoKey, intelmq.Value{Text: `["` + r.also + `"]`, Kind: intelmq.Raw})
		}
		if r.tlp != "" {
			r.ok(e.Add("tlp", r.tlp))
		}
		list = append(list, e)
	}
	return list, nil
}

func (r *rig) Recipient(_ context.Context, c store.DeskCase, _ []*intelmq.Event) (Recipient, error) {
	if to, ok := r.to[c.Party]; ok {
		return to, nil
	}
	return Recipient{Address: "noc@example.org", Name: "Example Net", Rule: "network"}, nil
}

func (r *rig) Reach(_ context.Context, _, party string) (Recipient, error) {
	return r.to[party], nil
}

func (r *rig) Domain() string { return "example.net" }

func (r *rig) SendLetter(_ context.Context, l mail.Letter, _ *mail.Signer, before func() error) error {
	if r.send != nil {
		return r.send(l, before)
	}
	if err := before(); err != nil {
		return err
	}
	r.letters = append(r.letters, l)
	return nil
}

// plan plans after a time, and wants so many notices.
func (r *rig) plan(after time.Duration, want int) {
	r.t.Helper()
	r.now = r.now.Add(after)
	made, _, err := r.Plan(r.t.Context())
	r.ok(err)
	if made != want {
		r.t.Fatalf("%d notices were made, want %d; passed over: %v", made, want, r.Skipped())
	}
}

// sendAll sends what may be sent, as time goes on.
func (r *rig) sendAll() {
	r.t.Helper()
	for range 10 {
		_, _, err := r.sendNext(r.t.Context())
		r.ok(err)
		r.now = r.now.Add(time.Minute)
	}
}

func (r *rig) state(id int64) store.NoticeState {
	r.t.Helper()
	n, err := r.db.Notice(r.t.Context(), id)
	r.ok(err)
	return n.State
}

func (r *rig) caseState(id int64) desk.State {
	r.t.Helper()
	c, err := r.db.Case(r.t.Context(), store.MachineSight(store.National), id)
	r.ok(err)
	return desk.State(c.State)
}

// TestTold: cases of a party are one notice, ten minutes after the first; the cases are notified once it is sent; what comes up
// afterwards waits for the next day.
func TestTold(t *testing.T) {
	r := newRig(t, 3, nil)
	r.plan(time.Minute, 0)
	r.plan(10*time.Minute, 1)
	r.plan(time.Minute, 0)
	r.sendAll()
	if len(r.letters) != 1 || r.state(1) != store.NoticeSent {
		t.Fatalf("%d letters, the notice is %s", len(r.letters), r.state(1))
	}
	l := r.letters[0]
	for _, want := range []string{"#1", "#2", "#3", "https://pahra.example/n/", "AS64500 (Example Net)"} {
		if !strings.Contains(l.Subject+l.Text, want) {
			t.Errorf("the letter does not say %q: %s", want, l.Text)
		}
	}
	if id, ok := r.opt.Keys.OpenReturn("bounces@example.net", l.Return); !ok || id != 1 {
		t.Errorf("bounces go to %s", l.Return)
	}
	for id := range int64(3) {
		if s := r.caseState(id + 1); s != desk.Notified {
			t.Errorf("case %d is %s", id+1, s)
		}
	}
	again := cases.By{Actor: desk.Desk}
	r.ok(r.opt.Cases.Move(t.Context(), store.MachineSight(store.National), again, 2, desk.Recovered, ""))
	r.ok(r.opt.Cases.Move(t.Context(), store.MachineSight(store.National), again, 2, desk.Reopened, ""))
	r.plan(time.Hour, 0)
	r.plan(24*time.Hour, 1)
	r.sendAll()
	if len(r.letters) != 2 || len(r.letters[1].References) != 1 || r.letters[1].References[0] != l.MessageID || !strings.Contains(r.letters[1].Text, "seen again") {
		t.Errorf("the second letter is %+v", r.letters[1:])
	}
}

// TestApproval: the first notices of a rule wait for a person, and nothing is sent meanwhile.
func TestApproval(t *testing.T) {
	r := newRig(t, 1, func(s *Settings) { s.Approve = 1000 })
	r.plan(time.Hour, 1)
	r.sendAll()
	if len(r.letters) != 0 || r.state(1) != store.NoticeProposed {
		t.Fatalf("%d letters went out, the notice is %s", len(r.letters), r.state(1))
	}
	ids, err := r.Approve(t.Context(), "ann", "")
	r.ok(err)
	r.sendAll()
	if len(ids) != 1 || len(r.letters) != 1 {
		t.Errorf("approved %v, sent %d", ids, len(r.letters))
	}
	log, err := r.db.AuditEntries(t.Context(), 0, 10)
	r.ok(err)
	if len(log) != 1 || log[0].Actor != "ann" || log[0].Act != "notice.approve" || log[0].Subject != "notice 1" {
		t.Errorf("the audit log says %+v", log)
	}
}

// TestNotTold: who must not be told, and what must not go out, makes no notice.
func TestNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		to  Recipient
		tlp string
	}{
		"never":         {Recipient{Address: "noc@example.org", Never: true, Rule: "quiet"}, ""},
		"nobody":        {Recipient{}, ""},
		"no address":    {Recipient{Address: "not an address"}, ""},
		"digest":        {Recipient{Address: "noc@example.org", Digest: true}, ""},
		"for few alone": {Recipient{Address: "noc@example.org"}, "AMBER+STRICT"},
	} {
		r := newRig(t, 1, nil)
		r.to["as:64500"], r.tlp = c.to, c.tlp
		r.plan(time.Hour, 0)
		if why := r.Skipped()[1]; why == "" {
			t.Errorf("%s: nobody says why", name)
		}
		if name == "digest" {
			r.plan(24*time.Hour, 1)
		}
	}
}

// TestSentOnce: whatever happens while a notice is sent, it does not go out twice by itself.
func TestSentOnce(t *testing.T) {
	r := newRig(t, 1, nil)
	r.plan(time.Hour, 1)
	taken := 0
	died := errors.New("killed")
	r.send = func(_ mail.Letter, before func() error) error { // the letter is taken, and the process dies at once
		if err := before(); err != nil {
			return err
		}
		taken++
		panic(died)
	}
	func() {
		defer func() {
			if recover() != died { //nolint:errorlint // it is what was thrown
				t.Error("it did not die")
			}
		}()
		_, _, _ = r.sendNext(t.Context())
	}()
	r.open()
	r.send = nil
	for range 5 {
		r.sendAll()
		r.now = r.now.Add(time.Hour)
	}
	if len(r.letters) != 0 || r.state(1) != store.NoticeUnclear || taken != 1 {
		t.Fatalf("it went out %d times more and is %s", len(r.letters), r.state(1))
	}
	if s := r.caseState(1); s != desk.New {
		t.Errorf("its case is %s", s)
	}
	r.ok(r.SendAgain(t.Context(), "ann", 1))
	r.sendAll()
	if len(r.letters) != 1 || r.state(1) != store.NoticeSent {
		t.Errorf("a person had it sent: %d letters, it is %s", len(r.letters), r.state(1))
	}
}

// TestFailures: what is refused for good is given up; what may pass is tried again; what nobody knows of is not.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		handed bool
		want   store.NoticeState
	}{
		"refused":   {&alert.Failure{Err: errors.New("550"), Permanent: true}, false, store.NoticeFailed},
		"not now":   {errors.New("451"), false, store.NoticeApproved},
		"late no":   {errors.New("451 after data"), true, store.NoticeApproved},
		"who knows": {&mail.Unknown{Err: errors.New("silence")}, true, store.NoticeUnclear},
	} {
		r := newRig(t, 1, nil)
		r.plan(time.Hour, 1)
		r.send = func(_ mail.Letter, before func() error) error {
			if c.handed {
				r.ok(before())
			}
			return c.err
		}
		_, _, err := r.sendNext(t.Context())
		r.ok(err)
		if got := r.state(1); got != c.want {
			t.Errorf("%s: the notice is %s, want %s", name, got, c.want)
		}
		r.send, r.now = nil, r.now.Add(24*time.Hour)
		r.sendAll()
		if want := c.want == store.NoticeApproved; (len(r.letters) == 1) != want {
			t.Errorf("%s: %d letters", name, len(r.letters))
		}
	}
}

// TestPolite: no more goes to a domain in a minute than is set, and no more in all.
func TestPolite(t *testing.T) {
	r := newRig(t, 6, func(s *Settings) { s.PerDomain, s.PerMinute = 1, 60 })
	for id := range int64(6) {
		n := store.Notice{Tenant: store.National, Party: "as:64500", Recipient: fmt.Sprintf("noc@example%d.org", id%2), Domain: fmt.Sprintf("example%d.org", id%2), Language: "en", Rule: "x",
			Cases: []int64{id + 1}, Expires: r.now.Add(time.Hour), Message: []byte("{}")}
		_, err := r.db.AddNotice(t.Context(), r.now, n, 0, func(int64) (store.Notice, error) { return n, nil })
		r.ok(err)
	}
	sent := map[string]int{}
	for range 60 {
		before := len(r.letters)
		_, wait, err := r.sendNext(t.Context())
		r.ok(err)
		if len(r.letters) > before {
			sent[r.letters[before].To]++
			if wait != time.Second {
				t.Errorf("the next may go %s later", wait)
			}
		}
		r.now = r.now.Add(time.Second)
	}
	if sent["noc@example0.org"] != 1 || sent["noc@example1.org"] != 1 {
		t.Errorf("in a minute there went %v", sent)
	}
}

// TestRun: the loop plans, sends and ends with its context.
func TestRun(t *testing.T) {
	r := newRig(t, 1, nil)
	r.now = r.now.Add(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	r.send = func(l mail.Letter, before func() error) error { r.ok(before()); stop(); return nil }
	r.ok(r.Run(ctx))
	if r.state(1) != store.NoticeSent || r.caseState(1) != desk.Notified {
		t.Errorf("the notice is %s, its case %s", r.state(1), r.caseState(1))
	}
}

func TestSettingsCheck(t *testing.T) {
	good := newRig(t, 0, nil).set
	r := good.Check()
	for want, spoil := range map[string]func(*Settings){
		"organisation": func(s *Settings) { s.From.Org = "" }, "contact": func(s *Settings) { s.From.Contact = "x" }, "return_path": func(s *Settings) { s.Return = "" },
		"per_minute": func(s *Settings) { s.PerMinute = -1 }, "link_for": func(s *Settings) { s.LinkFor = time.Second }, "pace": func(s *Settings) { s.Pace.Window = -1 },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), want) || r != nil {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
