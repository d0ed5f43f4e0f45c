package agreement

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/wire/values"
)

// stricter draws a change of an agreement that makes it stricter in one respect, and names it.
func stricter(t *rapid.T, a *Agreement) (*Agreement, string) {
	b := *a
	b.Parties, b.Directions = slices.Clone(a.Parties), slices.Clone(a.Directions)
	d := &b.Directions[0]
	d.Subjects, d.Fields, d.Quotas = slices.Clone(d.Subjects), slices.Clone(d.Fields), slices.Clone(d.Quotas)
	changes := map[string]func(){
		"a forbid": func() { d.Subjects = append(d.Subjects, Subject{"9", Forbid, []string{"fraud/phishing"}}) },
		"asks for permits": func() {
			for i := range d.Subjects {
				if d.Subjects[i].Effect == Permit {
					d.Subjects[i].Effect = Ask
				}
			}
		},
		"lower max":     func() { d.TLP.Max = max(d.TLP.Max-1, values.NoTLP) },
		"refuse bare":   func() { d.TLP.Unlabelled = values.NoTLP },
		"higher label":  func() { d.TLP.AtLeast = min(d.TLP.AtLeast+1, values.TLPAmberStrict) },
		"not as red":    func() { d.TLP.StrictAsRed = false },
		"no names":      func() { d.Originator.Names = []string{"*"} },
		"no stand-in":   func() { d.Originator.WithoutConsent = Drop },
		"third party":   func() { d.Originator.ThirdParty = Forbid },
		"no government": func() { b.Parties[1].Government = false },
		"smaller quota": func() { d.Quotas[0].Objects-- },
		"one more":      func() { d.Quotas = append(d.Quotas, Quota{"9.9", 1, Hour}) },
		"begins later":  func() { b.Term.Start = b.Term.Start.Add(6 * time.Hour) },
		"fewer times":   func() { b.Term.Renewal.Times = max(b.Term.Renewal.Times-1, 0) },
		"shorter leave": func() { b.Term.Termination.NoticeDays = 0 },
		"narrower":      func() { narrow(t, &d.Scope) },
		"a step down":   func() { stepDown(t, d) },
		"a drop":        func() { addDrop(t, d) },
		"older labels":  func() { d.TLP.Labels = 1 },
	}
	if len(d.Subjects) > 0 {
		changes["no permit"] = func() {
			d.Subjects = slices.DeleteFunc(d.Subjects, func(s Subject) bool { return s.Effect == Permit })
		}
	}
	names := make([]string, 0, len(changes))
	for name := range changes {
		names = append(names, name)
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(t, "change")
	changes[name]()
	return &b, name
}

func narrow(t *rapid.T, s *Scope) {
	switch {
	case s.Everything:
		s.Everything, s.Countries = false, []string{"XA"}
	case rapid.Bool().Draw(t, "by side") && len(s.Sides) != 1:
		s.Sides = []string{"source"}
	default:
		s.Prefixes, s.ASNs, s.Domains = nil, nil, s.Domains[:len(s.Domains)/2]
	}
}

// stepDown puts the action of a rule one step down the order.
func stepDown(t *rapid.T, d *Direction) {
	if len(d.Fields) == 0 {
		return
	}
	r := &d.Fields[rapid.IntRange(0, len(d.Fields)-1).Draw(t, "rule")]
	switch r.Action.Do {
	case Mask:
		r.Action.V4 = max(r.Action.V4-1, 1)
	case Release:
		r.Action = drawAction(t)
	default:
		r.Action = Action{}
	}
}

// addDrop adds a rule that drops, for what has none of exactly that pattern.
func addDrop(t *rapid.T, d *Direction) {
	p := rapid.SampledFrom(append(slices.Clone(somePaths), somePatterns...)).Draw(t, "dropped")
	if !slices.ContainsFunc(d.Fields, func(f FieldRule) bool { return slices.Contains(f.Patterns, p) }) {
		d.Fields = append(d.Fields, FieldRule{"9.1", []string{p}, Action{}})
	}
}

// TestMonotone: a stricter agreement releases no object and no field more, and no field in more detail, over a run of objects that
// uses up quotas.
func TestMonotone(t *testing.T) {
	less := 0
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAgreement(rt)
		b, change := stricter(rt, a)
		before, after := compiled(t, a), compiled(t, b)
		ask := drawRequest(rt, a)
		open := rapid.IntRange(0, 3).Draw(rt, "nothing on the floor") > 0
		if open {
			ask.At, ask.Standing = a.Term.Start, Standing{Signed: []string{"ours", "theirs"}}
		}
		var one, two Counts
		for range rapid.IntRange(1, 6).Draw(rt, "objects") {
			f := drawFacts(rt)
			if open {
				f.Unsound, f.Recalled, f.Origin, f.Embargo, f.Expires, f.TLP, f.Version1 = "", false, "", time.Time{}, time.Time{}, values.TLPClear, false
			}
			ask.Charge = one.Charge
			was := before.Decide(f, ask)
			ask.Charge = two.Charge
			is := after.Decide(f, ask)
			if is.Verdict > was.Verdict {
				rt.Fatalf("%s: %s, was %s", change, &is, &was)
			}
			if is.Verdict < was.Verdict {
				less++
			}
			for _, path := range somePaths {
				kind := drawKind(rt)
				if r, old := is.Field(kind, path), was.Field(kind, path); !r.Action.Within(old.Action) {
					rt.Fatalf("%s: %s is now %s, was %s", change, path, r.Action, old.Action)
				}
			}
			if was.Verdict == Released && is.Verdict == Released && is.TLP < was.TLP {
				rt.Fatalf("%s: it leaves as %s, was %s", change, is.TLP, was.TLP)
			}
		}
	})
	if less == 0 {
		t.Error("no change kept anything back")
	}
}

// TestChargedFirst: each decision counts one in each quota, whatever comes of it, and a used quota refuses.
func TestChargedFirst(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAgreement(rt)
		table := compiled(t, a)
		ask := drawRequest(rt, a)
		read := literal{a, a.Directions[0]}
		n := map[Clause]int64{}
		ask.Charge = func(c Clause, _ time.Time) int64 { n[c]++; return n[c] }
		for i := range int64(6) {
			f := drawFacts(rt)
			d := table.Decide(f, ask)
			over := false
			for _, q := range a.Directions[0].Quotas {
				if n[q.Clause] != i+1 {
					rt.Fatalf("object %d is number %d of the quota %s", i+1, n[q.Clause], q.Clause)
				}
				over = over || i+1 > q.Objects
			}
			if want := read.verdict(f, ask, over); d.Verdict != want {
				rt.Fatalf("object %d: %s, want %s", i+1, &d, want)
			}
		}
	})
}

// TestOrder: Within is a partial order with Drop least and Release greatest, and Meet its greatest lower bound.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b, c := drawAction(rt), drawAction(rt), drawAction(rt)
		m := a.Meet(b)
		switch {
		case !a.Within(a), !(Action{}).Within(a), !a.Within(Action{Do: Release}):
			rt.Fatalf("%s has no place", a)
		case a.Within(b) && b.Within(a) && a != b:
			rt.Fatalf("%s and %s are the same", a, b)
		case a.Within(b) && b.Within(c) && !a.Within(c):
			rt.Fatalf("%s, %s, %s", a, b, c)
		case !m.Within(a) || !m.Within(b) || c.Within(a) && c.Within(b) && !c.Within(m) || m != b.Meet(a):
			rt.Fatalf("%s and %s meet at %s, beside %s", a, b, m, c)
		}
	})
}

// TestOtherNames: of several names of one thing the strictest ruling counts, whichever stands first.
func TestOtherNames(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAgreement(rt)
		ask := drawRequest(rt, a)
		d := compiled(t, a).Decide(drawFacts(rt), ask)
		p, q := rapid.SampledFrom(somePaths).Draw(rt, "one"), rapid.SampledFrom(somePaths).Draw(rt, "other")
		both, turned := d.Field(Address, p, q), d.Field(Address, q, p)
		if both.Action != turned.Action {
			rt.Fatalf("%s or %s, by which comes first", both.Action, turned.Action)
		}
		for _, path := range []string{p, q} {
			if own := d.Field(Address, path); own.Clause != FloorDefault && !both.Action.Within(own.Action) {
				rt.Fatalf("%s alone is %s, with the other %s", path, own.Action, both.Action)
			}
		}
	})
}

// TestWindows: windows of quotas hold their instant and follow one another.
func TestWindows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		at, span := drawTime(rt, "at").Add(time.Duration(rapid.Int64Range(0, int64(6*time.Hour)).Draw(rt, "more"))), rapid.SampledFrom([]Span{Hour, Day, Month}).Draw(rt, "span")
		start, end := span.Window(at)
		next, _ := span.Window(end)
		if at.Before(start) || !at.Before(end) || !next.Equal(end) {
			rt.Fatalf("%s lies in %s to %s, the next begins %s", at, start, end, next)
		}
	})
}
