package watch

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/wire/values"
)

// TestForgettingChangesNothing: an engine that forgets before each event comes to the same as one that never does,
// whether attributes are read ahead or not.
func TestForgettingChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawWithNews(rt)
		f.ahead = rapid.Bool().Draw(rt, "ahead")
		never := f.run(t, 24*hour)
		f.sweeps = true
		always := f.run(t, 24*hour)
		same(t, rt, never, always)
		if never.NaiveLeaks() != always.NaiveLeaks() {
			rt.Fatalf("%+v, forgetting %+v", never.NaiveLeaks(), always.NaiveLeaks())
		}
		if !f.ahead && always.in.Kept() > never.in.Kept() {
			rt.Fatalf("%d attribute sets kept, forgetting %d", never.in.Kept(), always.in.Kept())
		}
	})
}

// TestForgetsWhatIsUnused: a route that changes its path every minute leaves no more behind than its last paths.
func TestForgetsWhatIsUnused(t *testing.T) {
	f := newFeed(5).table(block, victim)
	for i := range 600 {
		f.announce(int64(i*minute), span(0, 1), block, values.ASN(20_000+i), victim)
	}
	f.sweeps = true
	e := f.run(t, 11*hour)
	if n := e.in.Kept(); n > 7 {
		t.Errorf("%d attribute sets are kept", n)
	}
	if n := len(e.paths[0]); n > 9 {
		t.Errorf("%d paths are noted", n)
	}
}

// TestRemembersForgottenSteps: what forgotten routes showed is usual when new facts make a leak of it, for as long as
// baselines are remembered.
func TestRemembersForgottenSteps(t *testing.T) {
	run := func(sweeps bool, memory time.Duration, first ...values.ASN) outcome {
		f := newFeed(10).know(0, Facts{}).table(block, first...).table("20.2.0.0/16", victim).table("20.3.0.0/16", third)
		f.announce(hour, span(0, 10), block, victim).announce(2*hour, span(0, 1), block, victim).announce(11*hour, span(0, 1), block, victim)
		f.know(12*hour, linked(nil))
		for _, p := range []string{"20.2.0.0/16", "20.3.0.0/16"} {
			f.announce(13*hour, span(0, 10), p, over, leaker, up, map[string]values.ASN{"20.2.0.0/16": victim, "20.3.0.0/16": third}[p])
		}
		f.sweeps, f.set.BaselineMemory = sweeps, memory
		return f.run(t, 14*hour)
	}
	for _, sweeps := range []bool{false, true} {
		if o := run(sweeps, 24*time.Hour, over, leaker, up, victim); len(o.of(Leak)) != 0 {
			t.Errorf("what was usual is a leak; forgetting: %v: %s", sweeps, o)
		}
		if o := run(sweeps, 24*time.Hour, victim); len(o.of(Leak)) != 1 {
			t.Errorf("no leak; forgetting: %v: %s", sweeps, o)
		}
		if o := run(sweeps, time.Hour, over, leaker, up, victim); len(o.of(Leak)) != 1 {
			t.Errorf("what no route has had for long explains a leak; forgetting: %v: %s", sweeps, o)
		}
	}
}

// TestMergeSteps holds the merge against a map.
func TestMergeSteps(t *testing.T) {
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pastStep {
		asn := rapid.Map(rapid.IntRange(1, 3), func(i int) values.ASN { return values.ASN(i) })
		return pastStep{triple{asn.Draw(t, "from"), asn.Draw(t, "leaker"), asn.Draw(t, "to")}, rapid.Uint32Range(1, 9).Draw(t, "last")}
	}), 0, 30)
	rapid.Check(t, func(t *rapid.T) {
		since := rapid.Int64Range(0, 9).Draw(t, "since")
		last := map[triple]uint32{}
		var list []pastStep
		for range 3 {
			more := steps.Draw(t, "more")
			for _, s := range more {
				last[s.triple] = max(last[s.triple], s.last)
			}
			list = mergeSteps(list, more, since)
			var want []pastStep
			for step, at := range last {
				if int64(at) >= since {
					want = append(want, pastStep{step, at})
				}
			}
			slices.SortFunc(want, func(a, b pastStep) int { return compareSteps(a.triple, b.triple) })
			if !slices.Equal(list, want) {
				t.Fatalf("got %v, want %v", list, want)
			}
		}
	})
}
