package exchange

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/ledger"
	"pahra/internal/store"
)

func atlantica() Caller { return Caller{User: "atlantica", Partner: "cert-atlantica"} }

// booked is an office with ledgers.
func booked(t *testing.T, edits ...string) (*office, *Books) {
	t.Helper()
	o := opened(t, edits...)
	b := OpenBooks(o.x, filepath.Join(o.dir, "ledger"), func(what string) { t.Errorf("mended: %s", what) })
	t.Cleanup(func() { b.Close() })
	o.service.Recorder = b
	return o, b
}

const way = "nadia-atlantica/cert-nadia-cert-atlantica"

// leaves verifies a ledger and gives what it says.
func leaves(t *testing.T, b *Books, name string) (list []*ledger.Leaf) {
	t.Helper()
	l, err := b.log(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	v, _, err := ledger.Verify(context.Background(), l, ledger.Seen{}, func(entry []byte) error {
		leaf, err := ledger.ParseLeaf(entry)
		list = append(list, leaf)
		return err
	})
	if err != nil || len(v.Faults) > 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	return list
}

// TestBooks: each answer is an entry of the ledger of its direction, which says how much left under what, and the same of the same answer
// whether it was decided before or at reading; what left for the first time is known by then.
func TestBooks(t *testing.T) {
	o, b := booked(t)
	items := stories(t, 300, 4)
	o.offer(t, items...)
	seen := o.all(t)
	first := leaves(t, b, way)
	rows := 0
	for _, l := range first {
		rows += l.Objects
		if l.Kind != ledger.KindResponse || l.Partner != "cert-atlantica" || l.Agreement != "nadia-atlantica" || l.Version != 3 || l.Collection != o.collection || len(l.Root) != 64 || len(l.Request) != 64 || !l.Time.Equal(o.now()) {
			t.Errorf("%+v", l)
		}
	}
	if rows != len(seen) || first[0].Counts["5.2"] == 0 {
		t.Errorf("%d objects were seen, the ledger has %d: %+v", len(seen), rows, first[0])
	}
	o.x.Live = true
	o.all(t)
	again := leaves(t, b, way)[len(first):]
	if len(again) != len(first) {
		t.Fatalf("%d entries, then %d", len(first), len(again))
	}
	for i := range first {
		if first[i].Root != again[i].Root || !maps.Equal(first[i].Counts, again[i].Counts) || first[i].Request != again[i].Request {
			t.Errorf("decided at reading it is %+v, before %+v", again[i], first[i])
		}
	}
	o.x.Live = false
	for _, row := range o.page(t, time.Time{}, 100).Rows {
		if row.Grant.Copy && !row.Grant.Before {
			t.Errorf("%s left before, and it is not known", row.ID)
		}
	}
}

// TestBooksManyAtOnce: answers at the same time each have their entry, and each first release is known once.
func TestBooksManyAtOnce(t *testing.T) {
	o, b := booked(t)
	o.offer(t, stories(t, 200, 5)...)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if _, err := o.service.Objects(context.Background(), atlantica(), o.collection, Query{Limit: 50}, ""); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := len(leaves(t, b, way)); n != 16 {
		t.Errorf("%d entries of 16 answers", n)
	}
}

// TestUnwritten: what cannot be written down does not leave.
func TestUnwritten(t *testing.T) {
	o, b := booked(t)
	o.offer(t, stories(t, 50, 6)...)
	if err := os.WriteFile(filepath.Join(o.dir, "ledger"), nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	page, err := o.service.Objects(context.Background(), atlantica(), o.collection, Query{Limit: 10}, "")
	if err == nil {
		t.Errorf("%d objects left", len(page.Rows))
	}
	if err := os.Remove(filepath.Join(o.dir, "ledger")); err != nil {
		t.Fatal(err)
	}
	if o.page(t, time.Time{}, 10); len(leaves(t, b, way)) != 1 {
		t.Error("it is not written down afterwards")
	}
}

// TestRefusals: what is asked for while nothing may leave is in a ledger of its own, with the reason.
func TestRefusals(t *testing.T) {
	o, b := booked(t)
	o.offer(t, stories(t, 50, 7)...)
	if err := o.x.Stop(context.Background(), "an intruder", "ann"); err != nil {
		t.Fatal(err)
	}
	if page := o.page(t, time.Time{}, 10); len(page.Rows) > 0 {
		t.Errorf("%d objects left", len(page.Rows))
	}
	list := leaves(t, b, refused)
	if len(list) != 1 || list[0].Kind != ledger.KindRefusal || !strings.Contains(list[0].Reason, "an intruder") || list[0].Objects != 0 {
		t.Errorf("%+v", list)
	}
	if _, err := os.Stat(filepath.Join(o.dir, "ledger", way)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the partner's ledger: %v", err)
	}
}

// TestLedgerIsTheReaders: a ledger is served to who may read its collection, and to nobody else.
func TestLedgerIsTheReaders(t *testing.T) {
	o, b := booked(t)
	o.offer(t, stories(t, 50, 8)...)
	o.page(t, time.Time{}, 10)
	ctx := context.Background()
	h, err := b.Ledger(ctx, o.service, atlantica(), o.collection)
	if err != nil {
		t.Fatal(err)
	}
	got := httptest.NewRecorder()
	h.ServeHTTP(got, httptest.NewRequest("GET", "/checkpoint", nil))
	if got.Code != 200 || !strings.HasPrefix(got.Body.String(), way+"\n1\n") {
		t.Errorf("%d: %s", got.Code, got.Body)
	}
	r, err := o.store.ExchangeRoster(ctx)
	if err != nil {
		t.Fatal(err)
	}
	inbox := r.Collections[slices.IndexFunc(r.Collections, func(c store.ExchangeCollection) bool { return c.Kind == store.CollectionInbox })].ID
	for _, u := range []store.ExchangeUser{{Name: "stranger", Partner: "cert-other", Read: []string{o.collection}}, {Name: "without", Partner: "cert-atlantica"}, {Name: "writer", Partner: "cert-atlantica", Read: []string{inbox}}} {
		if err := o.store.AddExchangeUser(ctx, u); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{o.collection, inbox, refused} {
			if _, err := b.Ledger(ctx, o.service, Caller{User: u.Name, Partner: u.Partner}, name); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s is served %s: %v", u.Name, name, err)
			}
			if _, err := b.Taken(ctx, o.service, Caller{User: u.Name, Partner: u.Partner}, name); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s reads recalls of %s: %v", u.Name, name, err)
			}
		}
	}
}

// TestReviewQueue: what an agreement holds waits for a person, who sees both sides; let out it is there for the partner, kept it stays, and both
// stand in the log with their reason.
func TestReviewQueue(t *testing.T) {
	o, _ := booked(t, "permit: [malicious-code, fraud/phishing, availability, intrusion-attempts, vulnerable]", "ask: [malicious-code, fraud/phishing, availability, intrusion-attempts, vulnerable]")
	ctx := context.Background()
	o.offer(t, stories(t, 100, 9)...)
	if seen := o.all(t); len(seen) > 0 {
		t.Fatalf("%d objects left before anybody looked", len(seen))
	}
	queue, err := o.x.Queue(ctx, "")
	if err != nil || len(queue) < 3 || queue[0].Clause != "4.2" || queue[0].Partner != "cert-atlantica" {
		t.Fatalf("%+v, %v", queue, err)
	}
	sides, err := o.x.Show(ctx, "", queue[0].Item)
	if err != nil || len(sides.Home) == 0 || len(sides.Copies) == 0 || len(sides.Done) == 0 {
		t.Fatalf("%+v, %v", sides, err)
	}
	if _, err := o.x.Decide(ctx, "", queue[0].Item, true, "", "ann"); !errors.Is(err, ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	if r, err := o.x.Decide(ctx, "", queue[0].Item, true, "they need it", "ann"); err != nil || !r.Released {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := o.x.Decide(ctx, o.collection, queue[1].Item, false, "ours", "bob"); err != nil {
		t.Error(err)
	}
	seen := o.all(t)
	for _, c := range sides.Copies {
		if _, left := seen[c.ID()]; !left {
			t.Errorf("%s was shown to leave and does not", c.ID())
		}
	}
	if len(seen) == 0 || len(seen) > len(sides.Copies) {
		t.Errorf("%d objects left, %d were shown", len(seen), len(sides.Copies))
	}
	for i, word := range []string{"does not wait", "conflict"} {
		if _, err := o.x.Decide(ctx, "", queue[i].Item, true, "again", "ann"); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("decided again: %v", err)
		}
	}
	if rest, err := o.x.Queue(ctx, o.collection); err != nil || len(rest) != len(queue)-2 {
		t.Errorf("%d wait of %d, %v", len(rest), len(queue), err)
	}
	log, err := o.store.AuditEntries(ctx, 0, 2)
	if err != nil || log[0].Act != "exchange.review.refuse" || log[0].Actor != "bob" || !strings.Contains(log[0].Detail, "ours") || log[1].Act != "exchange.review.release" {
		t.Errorf("%+v, %v", log, err)
	}
	if was, err := o.store.Reviews(ctx, queue[1].Item); err != nil || len(was) != 1 || was[0].Released || was[0].Reason != "ours" {
		t.Errorf("%+v, %v", was, err)
	}
}

// TestRecall: an item that is taken back leaves no more; who has got some of it is to acknowledge and delete it in time, finds tombstones in
// its place, and reads of it; who has got nothing is not told.
func TestRecall(t *testing.T) {
	o, b := booked(t)
	ctx := context.Background()
	items := stories(t, 200, 10)
	item, unread := with(t, items, "indicator"), with(t, items[len(items)/2:], "indicator")
	o.offer(t, item)
	before := o.all(t)
	if len(before) == 0 {
		t.Fatal("nothing of it left")
	}
	o.offer(t, unread)
	if _, err := o.x.Recall(ctx, item.ID, "", "ann"); !errors.Is(err, ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	all, err := o.x.Recall(ctx, item.ID, "a mistake", "ann")
	if err != nil || len(all) != 1 || all[0].Partner != "cert-atlantica" || !all[0].AnswerBy.Equal(o.now().Add(24*time.Hour)) || !all[0].DeleteBy.Equal(o.now().Add(72*time.Hour)) || len(all[0].Objects) == 0 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, r := range all[0].Objects {
		if row, left := before[r.Object]; !left || row.Version != r.Version || r.Leaf != 0 {
			t.Errorf("%+v did not leave", r)
		}
	}
	o.settle(t)
	o.wait(time.Second)
	after, stones := o.all(t), 0
	for id, row := range before {
		now, there := after[id]
		switch object := read(t, row); {
		case !there:
		case object.Type() == "marking-definition" || string(now.Body) == string(row.Body) && object.Type() == "identity":
		case read(t, now).Revoked() && now.Added.After(row.Added):
			stones++
			if faults := read(t, now).Check(); len(faults) > 0 {
				t.Errorf("%s: %v", id, faults)
			}
		default:
			t.Errorf("%s is still seen: %s", id, now.Body)
		}
	}
	if stones == 0 {
		t.Error("there is no tombstone")
	}
	if none, err := o.x.Recall(ctx, unread.ID, "unread", "ann"); err != nil || len(none) > 1 {
		t.Errorf("%+v, %v", none, err)
	}
	if _, err := o.x.Recall(ctx, item.ID, "again", "ann"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	if sum := o.offer(t, item); sum.Recalled != 1 {
		t.Errorf("offered again: %+v", sum)
	}
	list, err := b.Taken(ctx, o.service, atlantica(), o.collection)
	if err != nil || len(list) == 0 || list[0].Reason != "a mistake" || list[0].Acknowledged != nil {
		t.Fatalf("%+v, %v", list, err)
	}
	if got, err := b.Acknowledge(ctx, o.service, atlantica(), o.collection, list[0].Number); err != nil || !got.Acknowledged.Equal(o.now()) {
		t.Errorf("%+v, %v", got, err)
	}
	o.wait(time.Hour)
	if got, err := b.Acknowledge(ctx, o.service, atlantica(), o.collection, list[0].Number); err != nil || !got.Acknowledged.Equal(o.now().Add(-time.Hour)) {
		t.Errorf("the first time does not count: %+v, %v", got, err)
	}
	if _, err := b.Acknowledge(ctx, o.service, atlantica(), o.collection, 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
	rows, err := o.x.Recalls(ctx)
	if err != nil || rows[0].ByWhom != "atlantica" || rows[0].Told == nil || rows[0].Acknowledged == nil {
		t.Errorf("%+v, %v", rows, err)
	}
	if agreement.Review.String() != "review" {
		t.Error("the store's queries know the verdict by another name")
	}
}
