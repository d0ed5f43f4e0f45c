package exchange

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/internal/store"
)

// TestWritersAndPoller: eight writers, of two processes and with clocks that jump, and one poller that goes on from the last date_added that
// it saw: it misses nothing, and each date is later than the one before.
func TestWritersAndPoller(t *testing.T) {
	o := opened(t)
	const writers = 8
	exchanges := []*Exchange{o.x, o.another(t)}
	done := make(chan struct{})
	var wait sync.WaitGroup
	for w := range writers {
		items := stories(t, 120, uint64(100+w))
		wait.Go(func() {
			for part := range slices.Chunk(items, 3) {
				o.wait(time.Duration(w-3) * time.Millisecond) // some writers' clocks go back
				if _, err := exchanges[w%2].Offer(context.Background(), part); err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	go func() { wait.Wait(); close(done) }()
	got, last := map[string]bool{}, time.Time{}
	for ended := false; ; {
		page := o.page(t, last, 7)
		for _, r := range page.Rows {
			if !r.Added.After(last) {
				t.Fatalf("%s was added at %v, after one at %v", r.ID, r.Added, last)
			}
			last = r.Added
			got[r.ID+" "+r.Version] = true
		}
		if len(page.Rows) > 0 {
			continue
		}
		if ended {
			break
		}
		select {
		case <-done:
			ended = true // once more
		default:
		}
	}
	seen := o.all(t)
	if len(seen) < 400 {
		t.Fatalf("only %d objects are there", len(seen))
	}
	for id, r := range seen {
		if !got[id+" "+r.Version] {
			t.Errorf("the poller missed %s", id)
		}
	}
}

// TestMiddleOfPaging: whatever ends sharing ends it between two pages, by itself, and whoever goes on afterwards has missed nothing.
func TestMiddleOfPaging(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		name string
		end  func(*office) error
		back func(*office) error
	}{
		{"all sharing is stopped", func(o *office) error { return o.x.Stop(ctx, "a drill", "ann") }, func(o *office) error { return o.x.Start(ctx) }},
		{"the partner is suspended, by another process", func(o *office) error { return o.another(t).Suspend(ctx, "cert-atlantica", "a stolen token") },
			func(o *office) error { return o.another(t).Resume(ctx, "cert-atlantica") }},
		{"the agreement ends", func(o *office) error {
			o.clock.Store(time.Date(2036, 3, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
			return nil
		},
			func(o *office) error { o.clock.Store(start().UnixMicro()); return nil }},
		{"the clock goes back before its start", func(o *office) error {
			o.clock.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
			return nil
		},
			func(o *office) error { o.clock.Store(start().UnixMicro()); return nil }},
		{"notice was given", func(o *office) error {
			return o.x.Notice(ctx, "nadia-atlantica", "cert-atlantica", start().AddDate(-1, 0, 0), "ann")
		}, nil},
		{"the partner's key is not trusted any more", func(o *office) error {
			return o.x.AddPartner(ctx, store.ExchangePartner{Team: "cert-atlantica", Fingerprints: []string{strings.Repeat("AB", 20)}})
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := opened(t)
			o.offer(t, stories(t, 150, 7)...)
			whole := o.all(t)
			caller, ask := Caller{User: "atlantica", Partner: "cert-atlantica"}, Query{Limit: 20}
			first, err := o.service.Objects(ctx, caller, o.collection, ask, "")
			if err != nil || len(first.Rows) != 20 || first.Next == "" {
				t.Fatalf("%d rows, %v", len(first.Rows), err)
			}
			if err := test.end(o); err != nil {
				t.Fatal(err)
			}
			for _, live := range []bool{false, true} {
				o.x.Live = live
				second, err := o.service.Objects(ctx, caller, o.collection, ask, first.Next)
				if err == nil && (len(second.Rows) > 0 || second.More || second.Next != "") {
					t.Errorf("live %v: the next page has %d rows", live, len(second.Rows))
				}
				if page := o.page(t, first.Seen, 20); len(page.Rows) > 0 || !page.Seen.IsZero() {
					t.Errorf("live %v: the page behind the last has %d rows", live, len(page.Rows))
				}
			}
			o.x.Live = false
			if test.back == nil {
				return
			}
			if err := test.back(o); err != nil {
				t.Fatal(err)
			}
			rest := map[string]Row{}
			for after := first.Rows[len(first.Rows)-1].Added; ; {
				page := o.page(t, after, 20)
				for _, r := range append(first.Rows, page.Rows...) {
					rest[r.ID] = r
				}
				if after = page.Seen; !page.More {
					break
				}
			}
			if !maps.EqualFunc(whole, rest, sameRow) {
				t.Errorf("%d of %d objects were got in the end", len(rest), len(whole))
			}
		})
	}
}

// TestStricter: an agreement that is replaced by a stricter one in the middle of paging hides at once what it does not release, before
// anything was settled; then the narrower copies appear as new versions, later.
func TestStricter(t *testing.T) {
	for _, live := range []bool{false, true} {
		o := opened(t)
		o.x.Live = live
		o.offer(t, stories(t, 200, 8)...)
		before := o.all(t)
		first := o.page(t, time.Time{}, 20)
		o.wait(time.Minute)
		o.adopt(t, "version: 3", "version: 4", "v4: 24, v6: 48", "v4: 16, v6: 48", "permit: [malicious-code, fraud/phishing, ", "permit: [malicious-code, ", "event_description.*, comment", "comment")
		const fine = `/24"`
		leaks := func(rows []Row) (n int) {
			for _, r := range rows {
				if strings.Contains(string(r.Body), fine) {
					n++
				}
			}
			return n
		}
		hidden := o.page(t, first.Seen, 1000)
		if n := leaks(hidden.Rows); n > 0 {
			t.Errorf("live %v: %d objects with networks of 24 bits leave, where 16 are agreed", live, n)
		}
		for _, r := range hidden.Rows {
			if !sameRow(r, before[r.ID]) {
				t.Errorf("live %v: %s is not what it was, before it was settled", live, r.ID)
			}
		}
		o.settle(t)
		after := o.all(t)
		if n := leaks(slices.Collect(maps.Values(after))); n > 0 || len(after) >= len(before) || len(ofType(after, "ipv4-addr")) == 0 {
			t.Errorf("live %v: afterwards %d objects leave, %d before; %d leak", live, len(after), len(before), n)
		}
		narrowed := 0
		for id, r := range after {
			if was, there := before[id]; there && !sameRow(was, r) {
				if narrowed++; !r.Added.After(was.Added) || r.Type != "marking-definition" && r.Version <= was.Version {
					t.Errorf("live %v: %s is narrower and no later version", live, id)
				}
			}
		}
		if narrowed == 0 {
			t.Errorf("live %v: nothing has a narrower version", live)
		}
		if n := o.settle(t); n != 0 {
			t.Errorf("live %v: %d items settled again", live, n)
		}
	}
}

// TestWider: what a wider agreement lets out appears as something new.
func TestWider(t *testing.T) {
	o := opened(t, "permit: [malicious-code, fraud/phishing, ", "permit: [")
	o.offer(t, stories(t, 200, 9)...)
	few, last := len(o.all(t)), o.page(t, time.Time{}, 1000).Seen
	o.wait(time.Minute)
	o.adopt(t, "version: 3", "version: 4", "permit: [", "permit: [malicious-code, fraud/phishing, ")
	o.settle(t)
	if n := len(o.page(t, last, 1000).Rows); n < 30 || len(o.all(t)) < few+n {
		t.Errorf("%d new objects beside %d", n, few)
	}
}

// TestNextVersion: a version that begins later holds from then on, without anybody doing anything at that moment.
func TestNextVersion(t *testing.T) {
	o := opened(t)
	o.offer(t, stories(t, 60, 10)...)
	n := len(o.all(t))
	o.adopt(t, "version: 3", "version: 4", `start: "2026-03-01T00:00:00Z"`, `start: "2030-01-02T00:00:00Z"`, "max: TLP:AMBER ", "max: TLP:CLEAR ")
	o.settle(t)
	if got := len(o.all(t)); got != n {
		t.Errorf("%d objects leave before the new version begins, %d before it was adopted", got, n)
	}
	o.wait(24 * time.Hour)
	if got := len(withoutFrame(o.all(t))); got != 0 {
		t.Errorf("%d objects leave once it has begun", got)
	}
}

// TestClockBack: the clock is set back while things are offered: dates go on rising, and what is under embargo stays.
func TestClockBack(t *testing.T) {
	o := opened(t)
	items := stories(t, 100, 11)
	embargo := start().Add(time.Minute)
	late := with(t, items, "note")
	late.Embargo = &embargo
	o.wait(2 * time.Minute)
	o.offer(t, late)
	last := o.page(t, time.Time{}, 1000)
	if len(last.Rows) == 0 {
		t.Fatal("nothing leaves after the embargo")
	}
	o.wait(-90 * time.Second) // the embargo is to come again
	o.offer(t, with(t, items, "indicator"))
	next := o.page(t, last.Seen, 1000)
	if len(next.Rows) == 0 {
		t.Error("what was offered with the clock set back comes before what was there")
	}
	o.x.Live = true
	if seen := o.all(t); len(ofType(seen, "note")) != 0 {
		t.Error("what is under embargo by the clock leaves")
	}
}
