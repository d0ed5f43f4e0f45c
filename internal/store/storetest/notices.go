package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/account"
	"pahra/internal/store"
)

// openCases stores cases of AS64500, numbered from 1.
func openCases(t *testing.T, s *store.Store, n int) {
	t.Helper()
	ctx := context.Background()
	day := noon().Truncate(24 * time.Hour)
	r := store.DeskReport{ID: "national/2026-03-04/test/1", Tenant: "national", Source: "test", Day: day, Accepted: noon(), SHA256: "1"}
	b := store.DeskBatch{Report: r.ID, State: store.ReportRead, Now: noon()}
	for i := range n {
		b.Cases = append(b.Cases, store.DeskCase{ID: int64(1 + i), Tenant: "national", Party: "as:64500", Class: "fraud/phishing", State: "new",
			Opened: noon(), Changed: noon(), FirstSeen: noon(), LastSeen: noon(), Events: 1})
	}
	if err := errors.Join(s.AddReport(ctx, r), s.CommitDesk(ctx, b)); err != nil {
		t.Fatal(err)
	}
}

// aNotice makes a notice about cases.
func aNotice(cases ...int64) (store.Notice, func(int64) (store.Notice, error)) {
	n := store.Notice{Tenant: "national", Party: "as:64500", Recipient: "noc@example.org", Domain: "example.org", Language: "en", Rule: "rir", Cases: cases,
		Expires: noon().Add(time.Hour), Subject: "s", TLP: "TLP:AMBER", Lines: 3}
	return n, func(id int64) (store.Notice, error) { n.ID, n.Message = id, []byte("text"); return n, nil }
}

func notices(t *testing.T, s *store.Store) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	openCases(t, s, 3)
	at := noon().Add(time.Minute)
	n, write := aNotice(1, 2)
	made, err := s.AddNotice(ctx, at, n, 1, write)
	must(err)
	if made.ID != 1 || made.State != store.NoticeProposed {
		t.Errorf("the first of a rule is %+v", made)
	}
	again, writeAgain := aNotice(2)
	if _, err := s.AddNotice(ctx, at, again, 1, writeAgain); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second notice of the same case: %v", err)
	}
	due, err := s.DueCases(ctx, 0, 10)
	must(err)
	if len(due) != 1 || due[0].ID != 3 {
		t.Errorf("cases to tell of are %+v, want 3", due)
	}
	third, writeThird := aNotice(3)
	made, err = s.AddNotice(ctx, at, third, 1, writeThird)
	must(err)
	if made.State != store.NoticeApproved {
		t.Errorf("the second of a rule is %s", made.State)
	}
	last, err := s.LastNotices(ctx, noon())
	must(err)
	if to := (store.NoticeTo{Tenant: "national", Party: "as:64500", Recipient: "noc@example.org"}); !last[to].Equal(at) {
		t.Errorf("told last %v", last)
	}
	ids, err := s.ApproveNotices(ctx, at, "rir", 10, "ann")
	must(err)
	if diff := gocmp.Diff([]int64{1}, ids); diff != "" {
		t.Errorf("approved (-want +got):\n%s", diff)
	}
	sendNotices(t, s, at)
	if counts, err := s.NoticeCounts(ctx, nil); err != nil || counts[store.NoticeSent] != 1 || counts[store.NoticeUnclear] != 1 {
		t.Errorf("counts %v, %v", counts, err)
	}
}

// othersDue has another told of the first case than its party, once, whatever that one is told.
func othersDue(t *testing.T, s *store.Store) {
	ctx := context.Background()
	openCases(t, s, 3)
	at := noon().Add(time.Minute)
	own, writeOwn := aNotice(1)
	if _, err := s.AddNotice(ctx, at, own, 1, writeOwn); err != nil {
		t.Fatal(err)
	}
	due := func() []store.DueOther {
		t.Helper()
		list, err := s.DueOthers(ctx, 0, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	b := store.DeskBatch{Report: "national/2026-03-04/test/1", State: store.ReportRead, Now: noon(), Also: []store.CaseAlso{{Case: 1, Party: "reg:Names"}, {Case: 1, Party: "as:64500"}}}
	if err := errors.Join(s.CommitDesk(ctx, b), s.CommitDesk(ctx, b)); err != nil {
		t.Fatal(err)
	}
	if list := due(); len(list) != 1 || list[0].ID != 1 || list[0].To != "reg:Names" || !list[0].Since.Equal(noon()) || list[0].Party != "as:64500" {
		t.Errorf("others to tell are %+v", list)
	}
	n, _ := aNotice(1)
	n.Party, n.Rule = "reg:Names", "also told: registrar"
	write := func(id int64) (store.Notice, error) { n.ID, n.Message = id, []byte("text"); return n, nil }
	if _, err := s.AddNotice(ctx, at, n, 1, write); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddNotice(ctx, at, n, 1, write); !errors.Is(err, store.ErrConflict) {
		t.Errorf("told twice: %v", err)
	}
	if list := due(); len(list) != 0 {
		t.Errorf("told, and still to tell: %+v", list)
	}
	if list, err := s.Notices(ctx, store.NoticeFilter{Case: 1}); err != nil || len(list) != 2 {
		t.Errorf("notices about the case: %+v, %v", list, err)
	}
	if err := s.DecideNotice(ctx, at, 2, store.NoticeProposed, store.NoticeWithdrawn, "ann"); err != nil {
		t.Fatal(err)
	}
}

// sendNotices sends the first notice, and dies while it sends the second.
func sendNotices(t *testing.T, s *store.Store, at time.Time) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ready, err := s.ReadyNotices(ctx, at, 10)
	must(err)
	if diff := gocmp.Diff([]store.ReadyNotice{{ID: 1, Domain: "example.org"}}, ready); diff != "" {
		t.Errorf("ready (-want +got):\n%s", diff)
	}
	got, err := s.ClaimNotice(ctx, at, 1, at.Add(time.Minute))
	must(err)
	if diff := gocmp.Diff([]int64{1, 2}, got.Cases); diff != "" || string(got.Message) != "text" || got.Attempts != 1 || got.Decided != "ann" {
		t.Errorf("claimed %+v", got)
	}
	if _, err := s.ClaimNotice(ctx, at, 1, at.Add(time.Minute)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("claimed twice: %v", err)
	}
	must(s.HandNotice(ctx, at, 1))
	must(s.NoticeAgain(ctx, at, 1, at.Add(time.Hour), "greylisted"))
	if next, err := s.NextNotice(ctx); err != nil || !next.Equal(at) {
		t.Errorf("the next is due at %s, %v", next, err)
	}
	at = at.Add(time.Hour)
	for _, id := range []int64{1, 2} {
		_, err := s.ClaimNotice(ctx, at, id, at.Add(time.Minute))
		must(err)
		must(s.HandNotice(ctx, at, id))
	}
	must(s.NoticeTaken(ctx, at, 1))
	if n, err := s.UnclearNotices(ctx, at.Add(time.Minute), at.Add(time.Second), 0); err != nil || n != 1 {
		t.Errorf("%d are unclear, %v", n, err)
	}
	if ready, err := s.ReadyNotices(ctx, at.Add(24*time.Hour), 10); err != nil || len(ready) != 0 {
		t.Errorf("what may have been sent is tried again: %v, %v", ready, err)
	}
	untold, err := s.Untold(ctx)
	must(err)
	if diff := gocmp.Diff([]store.Untold{{Case: 1, Notice: 1}, {Case: 2, Notice: 1}}, untold); diff != "" {
		t.Errorf("cases that were told of (-want +got):\n%s", diff)
	}
	must(s.DecideNotice(ctx, at, 2, store.NoticeUnclear, store.NoticeApproved, "ann"))
	must(s.NoticeGivenUp(ctx, at, 2, "no such user"))
	must(s.DecideNotice(ctx, at, 2, store.NoticeFailed, store.NoticeUnclear, "ann"))
	before, err := s.NoticesBefore(ctx, 1, "noc@example.org")
	must(err)
	if diff := gocmp.Diff([]int64{1}, before); diff != "" {
		t.Errorf("earlier notices (-want +got):\n%s", diff)
	}
}

// answers come before mails that answer no notice, and are had one by one.
func answers(t *testing.T, s *store.Store, at time.Time) {
	_, err := s.AddReply(t.Context(), store.Reply{ID: "c", Notice: 1, Received: at, Kind: "answer", State: store.ReplyHeld}, "")
	if err != nil {
		t.Fatal(err)
	}
	if first, err := s.Replies(t.Context(), store.ReplyHeld, 0, 1); err != nil || len(first) != 1 || first[0].ID != "c" {
		t.Errorf("what answers a notice comes first: %+v, %v", first, err)
	}
	if r, err := s.Reply(t.Context(), "c"); err != nil || r.Notice != 1 || r.State != store.ReplyHeld {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.Reply(t.Context(), "x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

func replies(t *testing.T, s *store.Store) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	openCases(t, s, 1)
	at := noon().Add(time.Minute)
	n, write := aNotice(1)
	_, err := s.AddNotice(ctx, at, n, 0, write)
	must(err)
	must(s.NoticeTaken(ctx, at, 1))
	r := store.Reply{ID: "a", Notice: 1, Received: at, Kind: "bounce", Body: "no such user", Status: "5.1.1", State: store.ReplyNoted}
	{
		first, err := s.AddReply(ctx, r, store.NoticeBounced)
		must(err)
		twice, err := s.AddReply(ctx, r, store.NoticeBounced)
		must(err)
		if !first || twice {
			t.Errorf("the first time %t, the second %t", first, twice)
		}
	}
	got, err := s.Notice(ctx, 1)
	must(err)
	if got.State != store.NoticeBounced || got.Failure != "no such user" {
		t.Errorf("the notice is %s: %s", got.State, got.Failure)
	}
	_, err = s.AddReply(ctx, store.Reply{ID: "b", Received: at.Add(time.Second), Kind: "answer", State: store.ReplyHeld}, "")
	must(err)
	held, err := s.Replies(ctx, store.ReplyHeld, 0, 10)
	must(err)
	if len(held) != 1 || held[0].ID != "b" {
		t.Errorf("held are %+v", held)
	}
	answers(t, s, at)
	must(s.DecideReply(ctx, "b", store.ReplyDropped, "ann"))
	if err := s.DecideReply(ctx, "b", store.ReplyAttached, "ann"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("settled twice: %v", err)
	}
	must(s.RevokeLinks(ctx, at, 1))
	if got, err := s.Notice(ctx, 1); err != nil || !got.Revoked {
		t.Errorf("the links are good still: %+v, %v", got, err)
	}
	if cases, err := s.PartyCases(ctx, "national", "as:64500", 10); err != nil || len(cases) != 1 {
		t.Errorf("cases of the party: %v, %v", cases, err)
	}
	noticesSeen(t, s)
}

// noticesSeen looks at the one notice with the eyes of those who see its case, and of others.
func noticesSeen(t *testing.T, s *store.Store) {
	ctx := context.Background()
	for want, v := range map[int]store.Sight{1: store.MachineSight(store.National), 0: {Tenant: "other", Account: "ann", Role: account.Analyst}} {
		if list, err := s.Notices(ctx, store.NoticeFilter{Sight: &v}); err != nil || len(list) != want {
			t.Errorf("%+v sees %d notices, want %d: %v", v, len(list), want, err)
		}
		if list, err := s.Notices(ctx, store.NoticeFilter{ID: 1, Sight: &v}); err != nil || len(list) != want {
			t.Errorf("%+v sees notice 1 %d times, want %d: %v", v, len(list), want, err)
		}
		if counts, err := s.NoticeCounts(ctx, &v); err != nil || counts[store.NoticeBounced] != int64(want) {
			t.Errorf("%+v counts %v, want %d bounced: %v", v, counts, want, err)
		}
	}
	if list, err := s.Notices(ctx, store.NoticeFilter{State: store.NoticeBounced, Party: "as:64500"}); err != nil || len(list) != 1 {
		t.Errorf("bounced: %v, %v", list, err)
	}
	if list, err := s.Notices(ctx, store.NoticeFilter{ID: 2}); err != nil || len(list) != 0 {
		t.Errorf("notice 2 is %v, %v", list, err)
	}
	if list, err := s.Notices(ctx, store.NoticeFilter{Sight: &store.Sight{Tenant: store.National}}); err != nil || len(list) != 0 {
		t.Errorf("who sees no case sees %d notices, %v", len(list), err)
	}
}
