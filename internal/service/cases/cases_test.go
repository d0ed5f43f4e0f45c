package cases

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pahra/internal/account"
	"pahra/internal/desk"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a service with some cases, whose clock is set.
type rig struct {
	*Service
	t   *testing.T
	now time.Time
}

var (
	ann     = store.Sight{Tenant: store.National, Account: "ann", Role: account.Analyst}
	byAnn   = By{desk.Analyst, "ann"}
	network = store.Sight{Tenant: store.National, Account: "noc", Role: account.Member, Parties: []string{"as:64500"}}
	byNet   = By{desk.Party, "as:64500"}
	machine = store.MachineSight(store.National)
	byDesk  = By{Actor: desk.Desk}
)

// newRig makes cases 1 to n, all new and of as:64500.
func newRig(t *testing.T, n int) *rig {
	r := &rig{t: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	random := rand.NewChaCha8([32]byte{1})
	r.Service = &Service{Store: storetest.Open(t, storetest.SQLite(t)), Now: func() time.Time { return r.now }, Random: random}
	made := storetest.Cases(1, n, store.National)
	for i := range made {
		made[i].State, made[i].Party = string(desk.New), "as:64500"
	}
	r.ok(storetest.CommitCases(t.Context(), r.Store, made))
	return r
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) get(id int64) Whole {
	r.t.Helper()
	w, err := r.Get(context.Background(), machine, id, 10)
	r.ok(err)
	return w
}

// acts gives a case's log in short.
func (r *rig) acts(id int64) (all []string) {
	r.t.Helper()
	for _, e := range r.get(id).Log {
		line := e.Actor + " " + e.Act
		if e.Detail.From != "" || e.Detail.To != "" {
			line += " " + e.Detail.From + ">" + e.Detail.To
		}
		all = append(all, line)
	}
	return all
}

// TestLife takes a case from the first look to the end: each act is in the log, with its actor, and its times are kept.
func TestLife(t *testing.T) {
	r, ctx := newRig(t, 2), t.Context()
	step := func(err error) {
		t.Helper()
		r.ok(err)
		r.now = r.now.Add(time.Hour)
	}
	noticed := r.now.Add(-time.Hour)
	step(r.Assign(ctx, ann, byAnn, 1, "ann"))
	step(r.Move(ctx, machine, byDesk, 1, desk.Notified, ""))
	step(r.Move(ctx, network, byNet, 1, desk.Acknowledged, ""))
	step(r.Replied(ctx, network, byNet, 1, "we look at it"))
	step(r.Comment(ctx, ann, byAnn, 1, "they look at it"))
	step(r.Link(ctx, ann, byAnn, 1, "https://example.net/x", "about it"))
	hash, err := r.Attach(ctx, ann, byAnn, 1, "x.pcap", "application/vnd.tcpdump.pcap", strings.NewReader("packets"))
	step(err)
	step(r.Relate(ctx, ann, byAnn, 1, 2))
	step(r.SetTimes(ctx, ann, byAnn, 1, Times{Noticed: &noticed}))
	if todo, err := r.Store.CaseGroups(ctx, ann, r.now, store.CaseFilter{}); err != nil || todo[store.TodoReply] != 1 {
		t.Errorf("%v, %v: a reply waits", todo, err)
	}
	step(r.Answered(ctx, ann, byAnn, 1))
	step(r.Move(ctx, ann, byAnn, 1, desk.Closed, "agreed by phone"))
	want := []string{"ann case.assign >ann", "desk case.move new>notified", "party as:64500 case.move notified>acknowledged", "party as:64500 case.reply",
		"ann case.comment", "ann case.link", "ann case.attach", "ann case.relate", "ann case.time", "ann case.answer", "ann case.move acknowledged>closed"}
	if diff := cmp.Diff(want, r.acts(1)); diff != "" {
		t.Error(diff)
	}
	w := r.get(1)
	begin := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	if !w.Notified.Equal(begin.Add(time.Hour)) || !w.Acknowledged.Equal(begin.Add(2*time.Hour)) || !w.Noticed.Equal(noticed) || w.Replied != nil ||
		w.Assignee != "ann" || w.State != string(desk.Closed) || w.Log[7].Detail.Case != 2 {
		t.Errorf("%+v", w.Case)
	}
	if got := string(w.Notes[w.Log[10].Detail.Note].Body); got != "agreed by phone" {
		t.Errorf("the reason is %q", got)
	}
	file, err := r.Store.CaseNote(ctx, ann, 1, hash)
	if err != nil || string(file.Body) != "packets" || file.Name != "x.pcap" {
		t.Errorf("%+v, %v", file, err)
	}
	if got := r.acts(2); !slices.Equal(got, []string{"ann case.relate"}) {
		t.Errorf("the log of the other: %v", got)
	}
	if report, err := r.Store.Check(ctx); err != nil || report.Found > 0 {
		t.Errorf("%+v, %v", report.Problems, err)
	}
}

// TestRefused: who may not do something does not, and nothing of it is in the log.
func TestRefused(t *testing.T) {
	r, ctx := newRig(t, 2), t.Context()
	later := r.now.Add(time.Minute)
	other := store.Sight{Tenant: "energy", Account: "eve", Role: account.Administrator}
	stranger := store.Sight{Tenant: store.National, Account: "x", Role: account.Member, Parties: []string{"as:1"}}
	attach := func(name string, size int) error {
		_, err := r.Attach(ctx, ann, byAnn, 1, name, "text/plain", bytes.NewReader(make([]byte, size)))
		return err
	}
	for name, test := range map[string]struct{ err, want error }{
		"recovered by an analyst":      {r.Move(ctx, ann, byAnn, 1, desk.Recovered, ""), ErrRefused},
		"recovered by the party":       {r.Move(ctx, network, byNet, 1, desk.Recovered, ""), ErrRefused},
		"closed by the party":          {r.Move(ctx, network, byNet, 1, desk.Closed, "done"), ErrRefused},
		"closed without a reason":      {r.Move(ctx, ann, byAnn, 1, desk.Closed, " "), ErrBad},
		"as somebody else":             {r.Comment(ctx, ann, By{desk.Analyst, "bob"}, 1, "x"), ErrRefused},
		"a member as an analyst":       {r.Comment(ctx, network, By{desk.Analyst, "noc"}, 1, "x"), ErrRefused},
		"a person as the desk":         {r.Move(ctx, ann, byDesk, 1, desk.Recovered, ""), ErrRefused},
		"an analyst as a party":        {r.Move(ctx, ann, byNet, 1, desk.InProgress, ""), ErrRefused},
		"another tenant":               {r.Comment(ctx, other, By{desk.Analyst, "eve"}, 1, "x"), store.ErrNotFound},
		"another party":                {r.Move(ctx, stranger, By{desk.Party, "as:1"}, 1, desk.Disputed, ""), store.ErrNotFound},
		"assigned by the party":        {r.Assign(ctx, network, byNet, 1, "noc"), ErrRefused},
		"confined by the party":        {r.Confine(ctx, network, byNet, 1, "x"), ErrRefused},
		"a compartment without a name": {r.Confine(ctx, ann, byAnn, 1, "No Name"), ErrBad},
		"no comment":                   {r.Comment(ctx, ann, byAnn, 1, " \n"), ErrBad},
		"a comment too long":           {r.Comment(ctx, ann, byAnn, 1, strings.Repeat("x", MostText+1)), ErrBad},
		"no address":                   {r.Link(ctx, ann, byAnn, 1, "javascript:alert(1)", ""), ErrBad},
		"a file too large":             {attach("x", MostAttachment+1), ErrBad},
		"a path":                       {attach("../x", 1), ErrBad},
		"itself":                       {r.Relate(ctx, ann, byAnn, 1, 1), ErrBad},
		"a case that is not there":     {r.Relate(ctx, ann, byAnn, 1, 99), store.ErrNotFound},
		"nothing to answer":            {r.Answered(ctx, ann, byAnn, 1), ErrRefused},
		"noticed tomorrow":             {r.SetTimes(ctx, ann, byAnn, 1, Times{Noticed: &later}), ErrBad},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", name, test.err, test.want)
		}
	}
	if got := r.acts(1); got != nil {
		t.Errorf("the log says %v", got)
	}
}

// TestBulkAndUndo: many are moved at once, each for itself; taken back are those that nobody changed since.
func TestBulkAndUndo(t *testing.T) {
	r, ctx := newRig(t, 6), t.Context()
	r.ok(r.Move(ctx, ann, byAnn, 6, desk.Closed, "a mistake"))
	r.ok(r.Confine(ctx, ann, byAnn, 5, "secret"))
	to := "ann"
	out, err := r.Bulk(ctx, ann, byAnn, []int64{1, 2, 3, 3, 5, 6, 99}, Act{To: desk.InProgress, Assign: &to, Comment: "ours"})
	r.ok(err)
	if !slices.Equal(out.Done, []int64{1, 2, 3}) || len(out.Refused) != 3 || !strings.Contains(out.Refused[6], "closed does not become in-progress") || out.Undo == "" {
		t.Errorf("%+v", out)
	}
	if c := r.get(6).Case; c.Assignee != "" || c.State != string(desk.Closed) {
		t.Errorf("a part of what was refused was done: %+v", c)
	}
	r.ok(r.Move(ctx, network, byNet, 2, desk.Disputed, "not ours"))
	if _, err := r.Undo(ctx, store.Sight{Tenant: store.National, Account: "bob", Role: account.Analyst}, By{desk.Analyst, "bob"}, out.Undo); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else takes it back: %v", err)
	}
	r.now = r.now.Add(UndoLasts)
	restored, err := r.Undo(ctx, ann, byAnn, out.Undo)
	r.ok(err)
	if !slices.Equal(restored, []int64{1, 3}) {
		t.Errorf("restored are %v", restored)
	}
	if c := r.get(1).Case; c.State != string(desk.New) || c.Assignee != "" || c.Acknowledged != nil {
		t.Errorf("%+v", c)
	}
	if want := []string{"ann case.move new>in-progress", "ann case.assign >ann", "ann case.comment", "ann case.undo in-progress>new"}; !slices.Equal(r.acts(1), want) {
		t.Errorf("%v", r.acts(1))
	}
	if _, err := r.Undo(ctx, ann, byAnn, out.Undo); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taken back twice: %v", err)
	}
	out, err = r.Bulk(ctx, ann, byAnn, []int64{4}, Act{To: desk.InProgress})
	r.ok(err)
	r.now = r.now.Add(UndoLasts + time.Second)
	if _, err := r.Undo(ctx, ann, byAnn, out.Undo); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taken back too late: %v", err)
	}
	if _, err := r.Bulk(ctx, ann, byAnn, make([]int64, MostBulk+1), Act{}); !errors.Is(err, ErrBad) {
		t.Errorf("too many: %v", err)
	}
}

// TestRefer: another tenant gets a case of its own, and sees nothing of the first but what was counted.
func TestRefer(t *testing.T) {
	r, ctx := newRig(t, 3), t.Context()
	energy := store.Sight{Tenant: "energy", Account: "eve", Role: account.Analyst}
	if _, err := r.Refer(ctx, ann, byAnn, 1, "energy", "", "theirs"); !errors.Is(err, ErrBad) {
		t.Errorf("to a tenant that is not there: %v", err)
	}
	r.ok(r.Store.PutTenant(ctx, r.now, store.Tenant{Name: "energy"}))
	r.ok(r.Comment(ctx, ann, byAnn, 1, "between us"))
	for _, nobody := range []string{"bank", "as:x", "as:064500", "as:64500 ", "c:", "c:a\r\nBcc: b@example.net", "x:y", "none:", "c:" + strings.Repeat("a", 300), "c:\xff"} {
		if _, err := r.Refer(ctx, ann, byAnn, 1, "energy", nobody, "theirs"); !errors.Is(err, ErrBad) {
			t.Errorf("to %q there: %v", nobody, err)
		}
	}
	id, err := r.Refer(ctx, ann, byAnn, 1, "energy", "c:grid", "theirs")
	r.ok(err)
	own, err := r.Get(ctx, energy, id, 1)
	r.ok(err)
	if own.Referred != 1 || own.State != string(desk.New) || own.Events != 1 || own.Party != "c:grid" || len(own.Notes) != 0 || len(own.Log) != 1 || own.Log[0].Detail.Tenant != store.National {
		t.Errorf("%+v", own)
	}
	for name, see := range map[string]struct {
		v  store.Sight
		id int64
	}{"theirs, by us": {ann, id}, "ours, by them": {energy, 1}} {
		if _, err := r.Get(ctx, see.v, see.id, 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := r.acts(1); got[len(got)-1] != "ann case.refer" {
		t.Errorf("%v", got)
	}
	r.ok(r.Confine(ctx, ann, byAnn, 2, "secret"))
	r.ok(r.Store.NameIn(ctx, r.now, store.National, "secret", "ann"))
	if _, err := r.Refer(ctx, ann, byAnn, 2, "energy", "", "x"); !errors.Is(err, ErrRefused) {
		t.Errorf("what is confined: %v", err)
	}
	if _, err := r.Refer(ctx, energy, By{desk.Analyst, "eve"}, id, store.National, "", "back"); !errors.Is(err, ErrBad) {
		t.Errorf("to a tenant that was not named: %v", err)
	}
	r.ok(r.Store.PutTenant(ctx, r.now, store.Tenant{Name: store.National}))
	if _, err := r.Refer(ctx, energy, By{desk.Analyst, "eve"}, id, store.National, "", "back"); !errors.Is(err, ErrBad) {
		t.Errorf("a constituent of another: %v", err)
	}
}
