package exchange

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/store"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// TestShare: what is offered is there for the partner at once, with new ids, good by the standard; offered again nothing changes.
func TestShare(t *testing.T) {
	o := opened(t)
	items := stories(t, 200, 1)
	home := map[string]bool{}
	for _, i := range items {
		for _, object := range i.Objects {
			home[object.ID()] = true
		}
	}
	if sum := o.offer(t, items...); sum.New != len(items) || sum.Objects < 200 {
		t.Errorf("%+v of %d items", sum, len(items))
	}
	seen := o.all(t)
	if len(seen) < 100 {
		t.Fatalf("only %d objects leave", len(seen))
	}
	revocable := 0
	for id, row := range seen {
		object := read(t, row)
		if faults := object.Check(); len(faults) > 0 {
			t.Errorf("%s: %v", id, faults)
		}
		typ, _ := stix.TypeOf(object.Type())
		if typ.Class == stix.Domain || typ.Class == stix.Relationship {
			if revocable++; home[id] {
				t.Errorf("%s left under its own id", id)
			}
		}
		if strings.Contains(string(row.Body), `"240.`) && !strings.Contains(string(row.Body), `/24"`) {
			t.Errorf("an address left whole: %s", row.Body)
		}
	}
	if revocable < 50 {
		t.Errorf("only %d of them are no observables", revocable)
	}
	if sum := o.offer(t, items...); sum.New != 0 || sum.Unchanged != len(items) {
		t.Errorf("offered again: %+v", sum)
	}
	if n := o.settle(t); n != 0 {
		t.Errorf("%d items are settled though nothing changed", n)
	}
	if again := o.all(t); !maps.EqualFunc(seen, again, sameRow) {
		t.Error("the same things are seen otherwise")
	}
}

func sameRow(a, b Row) bool {
	return a.Version == b.Version && a.Added.Equal(b.Added) && string(a.Body) == string(b.Body)
}

// TestDeterministic: who decides at each reading lets out the same as who stores decisions; and two stores of one secret the same bytes.
func TestDeterministic(t *testing.T) {
	o := opened(t)
	o.offer(t, stories(t, 300, 2)...)
	stored := o.all(t)
	o.x.Live = true
	if live := o.all(t); !maps.EqualFunc(stored, live, sameRow) {
		t.Errorf("%d objects by stored decisions, %d by those made at reading", len(stored), len(live))
	}
	if len(stored) < 100 {
		t.Errorf("only %d objects", len(stored))
	}
}

// change gives an item in which an object says something else, as a version that is as old.
func change(t *testing.T, i Item, typ, property, text string) Item {
	t.Helper()
	next := i
	next.Objects = nil
	found := false
	for _, object := range i.Objects {
		c := &stix.Object{Tree: object.Tree.Clone()}
		if c.Type() == typ && !found {
			found = true
			c.Tree.Set(property, jsontree.Str(text))
		}
		next.Objects = append(next.Objects, c)
	}
	if !found {
		t.Fatalf("no %s in it", typ)
	}
	return next
}

// with gives the first item that has an object of a type and leaves in part.
func with(t *testing.T, items []Item, typ string) Item {
	t.Helper()
	i := slices.IndexFunc(items, func(i Item) bool {
		return slices.ContainsFunc(i.Objects, func(o *stix.Object) bool { return o.Type() == typ })
	})
	if i < 0 {
		t.Fatalf("no item has a %s", typ)
	}
	return items[i]
}

// ofType gives what is seen of a type.
func ofType(rows map[string]Row, typ string) (list []Row) {
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if rows[id].Type == typ {
			list = append(list, rows[id])
		}
	}
	return list
}

// TestVersions: a copy whose bytes change is a new member with a later time of modification, even where the original's did not move; a change
// of what the partner does not see is none.
func TestVersions(t *testing.T) {
	o := opened(t)
	item := with(t, stories(t, 100, 3), "indicator")
	o.offer(t, item)
	first := ofType(o.all(t), "indicator")
	if len(first) != 1 {
		t.Fatalf("%d indicators", len(first))
	}
	o.wait(time.Second)
	hidden := change(t, item, "indicator", "x_internal", "a note for us")
	if sum := o.offer(t, hidden); sum.New != 1 {
		t.Errorf("%+v", sum)
	}
	if again := ofType(o.all(t), "indicator"); !sameRow(again[0], first[0]) {
		t.Error("the partner learns that something changed that it does not see")
	}
	o.wait(time.Second)
	o.offer(t, change(t, item, "indicator", "description", "something else"))
	second := ofType(o.all(t), "indicator")
	if len(second) != 1 || second[0].ID != first[0].ID || !second[0].Added.After(first[0].Added) {
		t.Fatalf("%+v after %+v", second, first)
	}
	if err := stix.CheckVersion(read(t, first[0]), read(t, second[0])); err != nil {
		t.Error(err)
	}
	all, err := o.service.Objects(context.Background(), Caller{User: "atlantica", Partner: "cert-atlantica"}, o.collection,
		Query{IDs: []string{first[0].ID}, Versions: store.MemberVersions{All: true}}, "")
	if err != nil || len(all.Rows) != 2 {
		t.Errorf("%d versions are there: %v", len(all.Rows), err)
	}
}

// TestEmbargo: what is under embargo appears as new when it ends, and what expires goes by itself.
func TestEmbargo(t *testing.T) {
	o := opened(t)
	items := stories(t, 100, 4)
	early, late := with(t, items, "indicator"), with(t, items, "note")
	embargo, expires := start().Add(time.Hour), start().Add(2*time.Hour)
	early.Embargo, late.Expires = &embargo, &expires
	o.offer(t, late)
	o.offer(t, early)
	if seen := o.all(t); len(ofType(seen, "indicator")) != 0 || len(ofType(seen, "note")) == 0 {
		t.Fatalf("before: %v", slices.Sorted(maps.Keys(seen)))
	}
	last := o.page(t, time.Time{}, 1000).Seen
	o.wait(time.Hour)
	if n := o.settle(t); n != 1 {
		t.Errorf("%d items settled at the end of the embargo", n)
	}
	page := o.page(t, last, 100)
	if !slices.ContainsFunc(page.Rows, func(r Row) bool { return r.Type == "indicator" }) || page.Rows[0].Added.Before(o.now()) {
		t.Errorf("nothing new after the embargo: %+v", page.Rows)
	}
	o.wait(time.Hour) // nobody has settled: the stored decision ends by itself
	if seen := o.all(t); len(ofType(seen, "note")) != 0 || len(ofType(seen, "indicator")) == 0 {
		t.Error("what expired is served")
	}
	o.settle(t)
	if seen := o.all(t); len(ofType(seen, "note")) != 0 || len(ofType(seen, "indicator")) == 0 {
		t.Error("what expired is served after settling")
	}
}

// TestReview: what a person must decide on leaves once one let that version pass, as something new, and not under the next agreement.
func TestReview(t *testing.T) {
	o := opened(t, `ask: [intrusions, information-content-security/data-leak]`, `ask: [intrusions, fraud]`, "permit: [malicious-code, fraud/phishing, ", "permit: [malicious-code, ")
	items := stories(t, 300, 5)
	i := slices.IndexFunc(items, func(i Item) bool {
		return slices.ContainsFunc(i.Objects, func(o *stix.Object) bool { return slices.Contains(o.List("labels"), `rsit:fraud="phishing"`) })
	})
	if i < 0 {
		t.Fatal("nothing is phishing")
	}
	ctx, id := context.Background(), items[i].ID
	o.offer(t, items[i])
	if seen := o.all(t); len(seen) != 0 {
		t.Fatalf("%d objects leave before anybody decided", len(seen))
	}
	s, err := o.store.ExchangeStandings(ctx, id)
	if err != nil || len(s) != 1 || s[0].Verdict != "review" || s[0].Clause != "4.3" {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := o.store.LetPass(ctx, o.collection, id, 2, 3); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a version that is none passes: %v", err)
	}
	if err := o.store.LetPass(ctx, o.collection, id, 1, 3); err != nil {
		t.Fatal(err)
	}
	o.settle(t)
	released := o.all(t)
	if len(released) == 0 {
		t.Fatal("nothing leaves after it was let pass")
	}
	o.x.Live = true
	if live := o.all(t); !maps.EqualFunc(released, live, sameRow) {
		t.Error("a decision at reading does not know what a person said")
	}
	o.x.Live = false
	o.adopt(t, "version: 3", "version: 4")
	if seen := o.all(t); len(withoutFrame(seen)) != 0 {
		t.Error("what was let pass under one agreement leaves under the next")
	}
}

// withoutFrame leaves out what goes with every copy.
func withoutFrame(rows map[string]Row) map[string]Row {
	maps.DeleteFunc(rows, func(_ string, r Row) bool {
		return r.Type == "marking-definition" || r.Type == "identity" || r.Type == "extension-definition"
	})
	return rows
}

// TestQuotas: objects count once for each version of an item; what is over the quota leaves when the next window opens.
func TestQuotas(t *testing.T) {
	o := opened(t, "objects: 20000, per: hour", "objects: 12, per: hour")
	items := stories(t, 60, 6)
	o.offer(t, items...)
	few := len(withoutFrame(o.all(t)))
	if few == 0 || few > 12 {
		t.Fatalf("%d objects leave, of 12", few)
	}
	o.adopt(t, "version: 3", "version: 4") // decided anew, and not counted again
	o.settle(t)
	if n := len(withoutFrame(o.all(t))); n != few {
		t.Errorf("%d objects leave after a new version, %d before", n, few)
	}
	o.x.Live = true
	if n := len(withoutFrame(o.all(t))); n != few {
		t.Errorf("%d objects leave by decisions made at reading, %d before", n, few)
	}
	o.x.Live = false
	o.wait(time.Hour)
	o.settle(t)
	if n := len(withoutFrame(o.all(t))); n <= few || n > 24 {
		t.Errorf("%d objects leave in the second hour, %d in the first", n, few)
	}
	for range 20 {
		o.wait(time.Hour)
		o.settle(t)
	}
	twin := opened(t)
	twin.offer(t, items...)
	if got, want := len(ofType(o.all(t), "indicator")), len(ofType(twin.all(t), "indicator")); got != want {
		t.Errorf("%d indicators left in a day, %d leave without a quota", got, want)
	}
}
