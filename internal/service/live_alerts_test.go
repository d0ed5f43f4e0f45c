package service

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pahra/internal/alert"
	"pahra/internal/authority"
	"pahra/internal/routes/origins"
	"pahra/internal/store"
	"pahra/internal/watch"
)

// TestLiveTells: of a day that is watched live, with restarts from checkpoints in between, an analyst hears of each
// incident that the store has, of each once, and of its end.
func TestLiveTells(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 4, state)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(state, "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	d := newDesk(t, db)
	d.channel("c", alert.Mail, "a@example.org")
	d.subscribe(alert.Subscription{ID: "s", Channels: []string{"c"}, PerHour: 1000, GatherSeconds: -1})
	var tables []*origins.Table
	open := func() *Live {
		d.restart()
		l, err := OpenLive(t.Context(), LiveOptions{
			State: state, Store: db, Settings: watch.Defaults(), Limits: authority.DefaultLimits(), PublishEvery: 24 * time.Hour, CheckpointEvery: CheckpointEvery,
			StepEvery: time.Hour, Now: func() time.Time { return time.Unix(4e9, 0) }, Log: slog.New(slog.DiscardHandler),
			Save: d.Incidents, Own: func(f OwnFacts) { d.must(d.Facts(t.Context(), f)) }, Watched: d.Watched,
			Origins: func(table *origins.Table) { tables = append(tables, table) },
		})
		d.must(err)
		d.must(l.catchUp(t.Context()))
		return l
	}
	d.now = time.UnixMicro(list[0].at).UTC()
	l := open()
	for at := 0; at < len(list); {
		end := min(len(list), at+len(list)/10)
		feedLive(t, l, list[at:end], 101)
		d.now = time.UnixMicro(list[end-1].at).UTC()
		d.drain(1)
		if at = end; at < len(list) { // as if killed: nothing of the watch is saved but its last checkpoint
			l.writing.Wait()
			d.must(l.journal.Close())
			l = open()
		}
	}
	d.now = truth.End
	reachAll(t, l, list, truth.End)
	d.drain(1)
	l.writing.Wait()
	d.must(l.journal.Close())
	checkHeard(t, d)
	checkOrigins(t, tables, l.run.engine)
}

// checkOrigins wants a table at most every hour between restarts, the last of which has what the detectors know.
func checkOrigins(t *testing.T, tables []*origins.Table, e *watch.Engine) {
	t.Helper()
	if len(tables) < 2 {
		t.Fatalf("%d tables of origins", len(tables))
	}
	last, same := tables[len(tables)-1], 0
	for a := range e.Announced(last.Time().Unix()) {
		if o, found := last.Lookup(a.Prefix.Addr()); found && (o.ASN == a.Origin || slices.Contains(o.Others, a.Origin)) {
			same++
		}
	}
	if last.Len() < 100 || same < last.Len()*9/10 {
		t.Errorf("of %d prefixes %d are as the detectors know them", last.Len(), same)
	}
}

// checkHeard holds what was told against the store.
func checkHeard(t *testing.T, d *desk) {
	t.Helper()
	opened, ended := map[string]int{}, map[string]int{}
	for _, copies := range d.post.sent {
		for _, a := range copies[0].Alerts {
			switch a.Phase {
			case alert.Opened:
				opened[a.Incident]++
			case alert.Ended:
				ended[a.Incident]++
			}
		}
		if len(copies[0].Omitted) > 0 {
			t.Fatal("a message counts some: the test needs all in full")
		}
	}
	page, err := d.store.Incidents(t.Context(), store.IncidentFilter{Limit: 1000})
	d.must(err)
	for _, i := range page.Items {
		id := i.Incident.ID
		if opened[id]+ended[id] == 0 || opened[id] > 1 || ended[id] > 1 || i.Incident.Status == watch.Ended && ended[id] != 1 {
			t.Errorf("incident %s, %s: told %d times as opened, %d times as ended", id, i.Incident.Status, opened[id], ended[id])
		}
	}
	if len(page.Items) < 10 || len(opened)+len(ended) < len(page.Items) {
		t.Errorf("%d incidents, %d opened and %d ended were told", len(page.Items), len(opened), len(ended))
	}
}
