package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/account"
	"pahra/internal/health"
	"pahra/internal/store"
)

// figures: what was counted comes back by day and class, a history set is replaced as a whole.
func figures(t *testing.T, s *store.Store) {
	ctx := context.Background()
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	if err := s.AddReport(ctx, store.DeskReport{ID: "r", Tenant: store.National, Source: "a", Day: day, Accepted: day}); err != nil {
		t.Fatal(err)
	}
	c := store.DeskCase{ID: 1, Tenant: store.National, Party: "as:64500", Class: "fraud/phishing", Identifier: "x", State: "new", Opened: day, Changed: day, FirstSeen: day, LastSeen: day.Add(time.Hour)}
	batch := store.DeskBatch{Report: "r", State: store.ReportRead, Now: day, Cases: []store.DeskCase{c}, Days: []store.DeskDay{{Case: 1, Day: day, Source: "a", Events: 5, Addresses: 3}},
		Coverage: []store.DeskCoverage{{Tenant: store.National, Source: "a", Class: c.Class, Identifier: "x", Day: day, Events: 5, Lines: 7}},
		Segment:  &store.DeskSegment{Day: day, Source: "a", Bytes: 10, Events: 5, Frames: 1}}
	if err := s.CommitDesk(ctx, batch); err != nil {
		t.Fatal(err)
	}
	end := day.AddDate(0, 1, 0)
	got, err := s.DeskTallies(ctx, store.National, day, end)
	one := func(n int64) []store.DeskTally { return []store.DeskTally{{Day: day, Class: c.Class, Count: n}} }
	if diff := cmp.Diff(store.DeskTallies{Lines: one(7), Addresses: one(3), Cases: one(1), Sources: []string{"a"}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for party, at := range map[string]time.Time{"as:64500": day, "": {}} {
		h, err := s.PartyHealth(ctx, store.National, party, day, end)
		want := store.PartyHealth{Days: []store.PartyDay{{Day: at, Party: c.Party, Class: c.Class, Identifier: "x", Addresses: 3, Events: 5}},
			Spans:   []store.CaseSpan{{Party: c.Party, Class: c.Class, First: day, Last: day.Add(time.Hour)}},
			Covered: []store.CoveredDay{{Class: c.Class, Identifier: "x", Day: day}}}
		if diff := cmp.Diff(want, h); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", party, err, diff)
		}
	}
	if list, err := s.Exposures(ctx, store.National, []string{"x", "y"}, day, end); err != nil || len(list) != 1 || list[0].Addresses != 3 {
		t.Errorf("%+v, %v", list, err)
	}
	set := []health.Record{{Series: "s", Period: "2014", Class: "Spam", Unit: health.Incident, State: health.Counted, Count: 3, Sourced: true, Source: "b"},
		{Series: "s", Period: "2014", Class: "Others", Unit: health.Incident, State: health.Elsewhere, In: "Spam"}}
	for _, records := range [][]health.Record{append(set, set...), set} {
		if err := s.PutHistory(ctx, "one", records); err != nil {
			t.Fatal(err)
		}
	}
	back, err := s.History(ctx)
	if diff := cmp.Diff(set, back); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// dutiesKept: a segment is replaced only as it was, erasing leaves a record, holds hold until they are lifted, accesses are a chain.
func dutiesKept(t *testing.T, s *store.Store) {
	figures(t, s)
	ctx := context.Background()
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	list, err := s.SegmentsBefore(ctx, now)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	was := list[0]
	is := was
	is.Bytes, is.Events, is.Generation, is.Swept = 4, 2, 1, now
	e := store.Erasure{At: now, Actor: "desk", Kind: "retention", Day: was.Day, Source: was.Source, Events: 3}
	if err := s.ReplaceSegment(ctx, was, is, e); err != nil {
		t.Fatal(err)
	}
	if err := s.ReplaceSegment(ctx, was, is, e); !errors.Is(err, store.ErrChanged) {
		t.Errorf("replaced twice: %v", err)
	}
	if list, err := s.SegmentsBefore(ctx, now); err != nil || !cmp.Equal(list[0], is) {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.ReportErased(ctx, "r", store.Erasure{At: now, Kind: "subject", Reports: 1}); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.KeptReports(ctx, now); err != nil || len(kept) != 0 {
		t.Errorf("%+v, %v", kept, err)
	}
	if all, err := s.Erasures(ctx); err != nil || len(all) != 2 || all[0].Events != 3 || all[1].Reports != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	id, err := s.PlaceHold(ctx, store.Hold{Scope: "all", Reason: "order", Actor: "a", Placed: now})
	if err == nil {
		err = s.LiftHold(ctx, id, now)
	}
	if again := s.LiftHold(ctx, id, now); err != nil || !errors.Is(again, store.ErrNotFound) {
		t.Errorf("%v, %v", err, again)
	}
	for range 3 {
		if err := s.AppendAccess(ctx, account.Entry{Actor: "a", Act: "subject.search", Detail: "request"}, now); err != nil {
			t.Fatal(err)
		}
	}
	if page, err := s.AccessEntries(ctx, 1, 10); err != nil || len(page) != 2 || page[1].Before != page[0].Hash {
		t.Errorf("%+v, %v", page, err)
	}
}

// quarantineErased: words in quarantine go, places stay counted.
func quarantineErased(t *testing.T, s *store.Store) {
	ctx := context.Background()
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	if err := s.AddReport(ctx, store.DeskReport{ID: "r", Tenant: store.National, Source: "a", Day: day, Accepted: day}); err != nil {
		t.Fatal(err)
	}
	bad := []store.Quarantined{{Place: "line 1", Reason: "x", Raw: []byte("alice")}, {Place: "line 2", Reason: "x", Raw: []byte("bob")}}
	for _, q := range bad { // each piece's places come behind those of the pieces before, whatever became of these
		if err := s.CommitDesk(ctx, store.DeskBatch{Report: "r", State: store.ReportRead, Now: day, Bad: []store.Quarantined{q}}); err != nil {
			t.Fatal(err)
		}
	}
	e := store.Erasure{At: day, Kind: "subject", Quarantine: 1}
	if err := s.EraseQuarantined(ctx, "r", 0, e); err != nil {
		t.Fatal(err)
	}
	if page, err := s.QuarantinedPage(ctx, store.Quarantined{Seq: -1}, 10); err != nil || len(page) != 1 || string(page[0].Raw) != "bob" {
		t.Errorf("%+v, %v", page, err)
	}
	if list, err := s.QuarantinedReports(ctx, day.AddDate(0, 0, 1)); err != nil || len(list) != 1 || list[0].Source != "a" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.EraseQuarantine(ctx, "r", e); err != nil {
		t.Fatal(err)
	}
	if list, err := s.QuarantinedReports(ctx, day.AddDate(0, 0, 1)); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if people, err := s.People(ctx); err != nil || len(people) != 0 {
		t.Errorf("%+v, %v", people, err)
	}
}
