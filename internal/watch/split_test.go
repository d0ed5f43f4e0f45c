package watch

import (
	"fmt"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestTicksChangeNothing: a service lets the time come while nothing is heard, and asks what changed; it comes to the same
// as a run that looks at the elements alone, whether it forgets what is unused or not.
func TestTicksChangeNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawWithNews(rt)
		f.set.LinkMemory = f.set.LinkMemory / 24 // so that it passes
		f.set.BaselineMemory = f.set.LinkMemory
		f.ahead = rapid.Bool().Draw(rt, "ahead")
		never := f.run(t, 24*hour)
		f.sweeps = rapid.Bool().Draw(rt, "sweeps")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		f.before = func(e *Engine, now, next int64) {
			for now < next && r.IntN(4) > 0 {
				now = max(now+1, next-int64(r.IntN(2*hour)))
				e.Advance(min(now, next))
				if r.IntN(2) == 0 {
					e.Changed()
				}
			}
		}
		ticking := f.run(t, 24*hour)
		same(t, rt, never, ticking)
		if diff := gocmp.Diff(proofs(never), proofs(ticking)); diff != "" {
			rt.Fatal("proofs:", diff)
		}
		if never.NaiveLeaks() != ticking.NaiveLeaks() {
			rt.Fatalf("%+v, ticking %+v", never.NaiveLeaks(), ticking.NaiveLeaks())
		}
	})
}

func proofs(o outcome) (list []string) {
	for id, u := range o.Proofs() {
		list = append(list, fmt.Sprint(id, u))
	}
	return list
}
