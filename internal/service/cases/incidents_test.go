package cases

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/deadline"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
)

// incidents gives incidents of one kind each, all open.
func incidents(r *rig) (list []watch.Incident) {
	for n, kind := range []watch.Kind{watch.Hijack, watch.Leak, watch.PathAnomaly, watch.BogonPrefix, watch.RPKIInvalid} {
		i := storetest.Incidents(uint64(n+1), 1)[0]
		i.Kind, i.Start, i.End, i.Status, i.Attribution, i.Anachronism, i.Evidence.Administrative = kind, r.now, nil, watch.Open, watch.Supported, nil, kind == watch.BogonPrefix
		list = append(list, i)
	}
	list[4].Attribution = watch.PossiblyForged
	return list
}

// TestIncidents: a routing incident opens a case of the announcing network, once; it recovers when the incident has ended and is reopened
// when it goes on. What only informs, or may be forged, opens none.
func TestIncidents(t *testing.T) {
	r, ctx := newRig(t, 1), t.Context()
	list := incidents(r)
	step := func() {
		t.Helper()
		_, err := r.Store.SaveIncidents(ctx, r.now, list)
		r.ok(err)
		r.ok(r.Watched(ctx, store.National))
		r.now = r.now.Add(time.Hour)
	}
	step()
	step()
	page, err := r.Store.Cases(ctx, ann, r.now, store.CaseFilter{Text: "route-"})
	r.ok(err)
	if len(page.Items) != 2 {
		t.Fatalf("%d cases: %+v", len(page.Items), page.Items)
	}
	hijack := page.Items[1]
	if hijack.Incident != list[0].ID || hijack.Class != "fraud/masquerade" || hijack.Identifier != "route-hijack" || hijack.Party != "as:"+list[0].ASN.String() {
		t.Errorf("%+v", hijack)
	}
	r.ok(r.Move(ctx, machine, byDesk, hijack.ID, desk.Notified, ""))
	end := r.now
	list[0].End, list[0].Status = &end, watch.Ended
	step()
	if c := r.get(hijack.ID); c.State != string(desk.Recovered) || !c.LastSeen.Equal(end) || c.Gone == nil {
		t.Errorf("after its end: %+v", c.Case)
	}
	list[0].End, list[0].Status = nil, watch.Open
	step()
	step()
	if c := r.get(hijack.ID); c.State != string(desk.Reopened) || c.Case.Reopened != 1 {
		t.Errorf("after it went on: %+v", c.Case)
	}
	ended := storetest.Incidents(9, 1)[0]
	ended.Kind, ended.End, ended.Status, ended.Attribution = watch.Leak, &end, watch.Ended, watch.Supported
	ended.Anachronism, ended.Evidence.Administrative = nil, false
	r.ok(r.Incidents(ctx, store.National, []watch.Incident{ended}))
	if all, err := r.Store.CasesBeyond(ctx, machine, 0, store.CaseFilter{Incident: ended.ID}); err != nil || len(all) != 1 || all[0].State != string(desk.Recovered) {
		t.Errorf("one that was over already: %+v, %v", all, err)
	}
}

// TestWork: what is due is done, recovery once a day, and the end of the context ends the work.
func TestWork(t *testing.T) {
	r, ctx := newRig(t, 1), t.Context()
	list := incidents(r)
	_, err := r.Store.SaveIncidents(ctx, r.now, list[:1])
	r.ok(err)
	r.Log = slog.New(slog.DiscardHandler)
	r.Deadlines, err = deadline.Read([]byte(`{version: "1", deadlines: [{id: tell, title: Tell the party, owes: desk, to: it, law: ours, text_version: "1",
  in_force: "2020-01-01", starts: [received], within: 24h, calendar: always, met: notified}]}`))
	r.ok(err)
	if !r.once(ctx, 0, true) || r.once(ctx, 1, false) {
		t.Error("recovery is measured when a day is new, and not otherwise")
	}
	if c := r.get(1); c.Due == nil || !c.Due.Equal(c.Received.Add(24*time.Hour)) {
		t.Errorf("due %v", c.Due)
	}
	if all, err := r.Store.CasesBeyond(ctx, machine, 0, store.CaseFilter{Incident: list[0].ID}); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	ended, stop := context.WithCancel(ctx)
	stop()
	if err := r.Work(ended); err != nil {
		t.Error(err)
	}
}
