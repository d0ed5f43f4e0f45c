package watch

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestChangedTellsAll: whoever keeps what Changed told, whenever it was asked, has at the end what Finish gives. To ask, and
// to forget what ended, changes nothing.
func TestChangedTellsAll(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawWithNews(rt)
		never := f.run(t, 24*hour)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		forget := rapid.Bool().Draw(rt, "forget")
		known := make(map[string]Incident)
		ask := func(e *Engine) {
			told := e.Changed()
			if !slices.IsSortedFunc(told, func(a, b Incident) int { return cmp.Compare(a.ID, b.ID) }) {
				rt.Fatal("not by id")
			}
			for _, i := range told {
				if was, ok := known[i.ID]; ok && sumOf(was) == sumOf(i) {
					rt.Fatalf("told twice: %+v", i)
				}
				known[i.ID] = i
			}
			for _, g := range e.allGroups() {
				if i := e.report(g); sumOf(known[i.ID]) != sumOf(i) {
					rt.Fatalf("not told: %s", gocmp.Diff(known[i.ID], i, cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})))
				}
			}
		}
		f.before = func(e *Engine, now, next int64) {
			if r.IntN(3) == 0 {
				ask(e)
			}
			if forget {
				e.ForgetEnded(now - int64(r.IntN(600)))
			}
		}
		e := f.run(t, 24*hour)
		ask(e.Engine)
		for _, i := range never.incidents {
			if sumOf(known[i.ID]) != sumOf(i) {
				rt.Fatalf("not told: %s", gocmp.Diff(known[i.ID], i, cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})))
			}
		}
		if len(known) != len(never.incidents) {
			rt.Fatalf("%d incidents told, %d there are", len(known), len(never.incidents))
		}
		if never.NaiveLeaks() != e.NaiveLeaks() {
			rt.Fatalf("%+v, forgetting %+v", never.NaiveLeaks(), e.NaiveLeaks())
		}
		if len(e.Changed()) != 0 {
			rt.Fatal("told again")
		}
	})
}
