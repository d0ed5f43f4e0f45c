package programme

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/norms"
	"pahra/wire/values"
)

var (
	testMonth, _ = values.ParseMonth("2026-02")
	testTime     = time.Date(2026, 2, 20, 12, 0, 0, 0, time.UTC)
)

// factsFor gives facts by which a rule comes out as wanted, and by which no other kind of evidence says anything.
func factsFor(t testing.TB, r Rule, want Outcome) Facts {
	t.Helper()
	f := Facts{Network: Network{ASN: 64500}, At: testTime, Month: MonthCheck{Month: testMonth}}
	yes := map[Outcome]string{Met: "true", NotMet: "false"}[want]
	switch {
	case want == Unknown && r.Evidence != Measured:
	case r.Evidence == Declared:
		f.Declarations = declared(t, "{rule: "+r.ID+", met: "+yes+", by: NOC, on: 2026-02-01, evidence: 'https://example.net/'}")
	case r.Evidence == Proved:
		f.Proofs = proved(t, "{rule: "+r.ID+", passed: "+yes+", by: lab, ended: 2026-02-01T10:00:00Z, test: watched, evidence: log}")
	default:
		measuredAs(&f, *r.Measure, want)
	}
	return f
}

func measuredAs(f *Facts, m Measure, want Outcome) {
	switch {
	case m.Metric != 0:
		s := norms.Score{Metric: m.Metric}
		why := "nothing was watched"
		percent := map[Outcome]float64{Met: m.AtLeast, NotMet: m.AtLeast - 0.5}[want]
		if s.Percent = &percent; want == Unknown {
			s.Percent, s.NoDataReason = nil, &why
		}
		f.Month.Actions = []ActionCheck{{Metrics: []MetricCheck{{Explained: s.Explain(), Arithmetic: "so"}}}}
	case m.Routes != "":
		state := map[Outcome]string{Met: "valid", NotMet: "not-found", Unknown: NoData}[want]
		f.Routes = []Route{{Month: testMonth, Prefix: netip.MustParsePrefix("203.0.113.0/24"), Origin: 64500, ROV: state, IRR: state}}
	case want == Met:
		f.Network.Contacts = []ContactPresent{{Role: "noc", Source: m.Contact}}
	case want == NotMet:
		f.Network.Contacts = []ContactPresent{{Role: "abuse", Source: m.Contact}, {Role: "tech-c", Source: "ripe"}}
	default:
		f.NoData = map[string]string{m.Contact: "none is at hand"}
	}
}

func declared(t testing.TB, lines ...string) *Statements {
	t.Helper()
	s, err := ReadDeclarations(strings.NewReader("format: pahra-declarations/1\nnetwork: AS64500\ndeclarations:\n  - " + strings.Join(lines, "\n  - ") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func proved(t testing.TB, lines ...string) *Statements {
	t.Helper()
	s, err := ReadProofs(strings.NewReader("format: pahra-proofs/1\nnetwork: AS64500\nproofs:\n  - " + strings.Join(lines, "\n  - ") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEveryRule holds every rule of every programme against facts that meet it, that do not, and that say nothing of it.
func TestEveryRule(t *testing.T) {
	for _, s := range sets(t) {
		for _, r := range s.Rules {
			for _, want := range []Outcome{Met, NotMet, Unknown} {
				result := s.Evaluate(factsFor(t, r, want))
				i := slices.IndexFunc(result.Rules, func(c Checked) bool { return c.ID == r.ID })
				c := result.Rules[i]
				if c.Outcome() != want || c.Why == "" || c.Clause != r.Clause || c.Basis == nil {
					t.Errorf("%s: %+v, want %q", r.ID, c, want)
				}
				if want != Unknown && r.Evidence != Measured && len(c.Basis) == 0 {
					t.Errorf("%s is %s without anything that it rests on", r.ID, want)
				}
				for _, k := range EvidenceKinds() {
					if (*c.column(k) != nil) != (k == r.Evidence) {
						t.Errorf("%s, a %s rule, has something under %s: %+v", r.ID, r.Evidence, k, c.Columns)
					}
				}
			}
		}
	}
}

// TestNeverMixed draws facts at random: whatever is declared changes nothing that is measured or proved, of rules, of
// Actions and of joining; and so for each of the other two.
func TestNeverMixed(t *testing.T) {
	all := sets(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(all).Draw(rt, "programme")
		draw := func(label string) (f Facts) {
			f = Facts{Network: Network{ASN: 64500}, At: testTime, Month: MonthCheck{Month: testMonth}, NoData: map[string]string{}}
			decl, proofs := &Statements{Kind: Declared}, &Statements{Kind: Proved}
			for _, r := range s.Rules {
				o := rapid.SampledFrom([]Outcome{Met, NotMet, Unknown}).Draw(rt, label+r.ID)
				switch {
				case r.Evidence == Measured:
					one := Facts{}
					measuredAs(&one, *r.Measure, o)
					f.Month.Actions = append(f.Month.Actions, one.Month.Actions...)
					f.Routes, f.Network.Contacts = append(f.Routes, one.Routes...), append(f.Network.Contacts, one.Network.Contacts...)
				case r.Evidence == Proved && o != Unknown:
					proofs.list = append(proofs.list, statement{rule: r.ID, by: "lab", evidence: "e", met: o == Met})
				}
				if o != Unknown { // a claim of any rule, whatever decides it
					decl.list = append(decl.list, statement{rule: r.ID, by: "NOC", evidence: "e", met: rapid.Bool().Draw(rt, "claim")})
				}
			}
			f.Declarations, f.Proofs = decl, proofs
			return f
		}
		a, b := draw("a"), draw("b")
		for _, k := range EvidenceKinds() {
			mixed := b
			switch k { // only what decides k is a's
			case Measured:
				mixed.Month, mixed.Routes, mixed.Network, mixed.NoData = a.Month, a.Routes, a.Network, a.NoData
			case Declared:
				mixed.Declarations = a.Declarations
			case Proved:
				mixed.Proofs = a.Proofs
			}
			want, got := column(s.Evaluate(a), k), column(s.Evaluate(mixed), k)
			if want != got {
				rt.Fatalf("%s: the column %s changed with other evidence:\n%s\n%s", s.ID, k, want, got)
			}
		}
	})
}

// column writes one column of a result.
func column(r Result, k Kind) string {
	var b strings.Builder
	put := func(id string, c Columns) {
		if o := *c.column(k); o != nil {
			fmt.Fprintf(&b, "%s=%s ", id, *o)
		}
	}
	for _, c := range r.Rules {
		put(c.ID, c.Columns)
	}
	for _, a := range slices.Concat(r.Actions, r.Joining) {
		put(a.ID, a.Columns)
	}
	return b.String()
}

// TestClaimDecidesNothing lets a network claim what was measured otherwise: the claim shows, and the outcome stays.
func TestClaimDecidesNothing(t *testing.T) {
	s := sets(t)[0]
	r, _ := s.Rule("netops-1-no-hijack")
	f := factsFor(t, r, NotMet)
	f.Declarations = declared(t, "{rule: netops-1-no-hijack, met: true, by: NOC, on: 2026-02-01, evidence: 'https://example.net/'}")
	c := s.Evaluate(f).Rules[0]
	if c.ID != r.ID || c.Outcome() != NotMet || c.Declared != nil || !strings.HasPrefix(c.Claim, "met, says NOC on 2026-02-01") {
		t.Errorf("%+v", c)
	}
}

// TestMarks uses inputs against their time: each measure that rests on them is marked, and no other.
func TestMarks(t *testing.T) {
	for _, s := range sets(t) {
		for _, r := range s.Rules {
			f := factsFor(t, r, Met)
			f.Marked = []string{"vrp", "peeringdb"}
			want := r.Measure != nil && r.Measure.Metric == 0
			for _, c := range s.Evaluate(f).Rules {
				if c.ID == r.ID && (len(c.Anachronism) == 1) != want {
					t.Errorf("%s has the marks %v", r.ID, c.Anachronism)
				}
			}
		}
	}
}

// TestUpperBound gives a metric that part of the input is missing for: it can fail, and cannot pass.
func TestUpperBound(t *testing.T) {
	r, _ := sets(t)[0].Rule("netops-1-no-hijack")
	raw, why := 0.5, "little was watched"
	for percent, want := range map[float64]Outcome{60: NotMet, 100: Unknown} {
		s := norms.Score{Metric: norms.M2, Raw: &raw, Percent: &percent, NoDataReason: &why}
		f := Facts{Month: MonthCheck{Actions: []ActionCheck{{Metrics: []MetricCheck{{Explained: s.Explain()}}}}}}
		if d := r.Measure.hold(f); d.is != want || !strings.Contains(d.why, "at most") {
			t.Errorf("at most %v %%: %s (%s), want %s", percent, d.is, d.why, want)
		}
	}
}

// TestDocumented counts routes of which one authority, both or neither has data.
func TestDocumented(t *testing.T) {
	m := Measure{Routes: DocumentedRoutes, AtLeast: 90}
	route := func(rov, irr string) Route {
		return Route{Prefix: netip.MustParsePrefix("203.0.113.0/24"), Origin: 64500, ROV: rov, IRR: irr}
	}
	times := func(n int, r Route) []Route { return slices.Repeat([]Route{r}, n) }
	for _, c := range []struct {
		routes []Route
		want   Outcome
		why    string
	}{
		{nil, Unknown, "no route"},
		{times(10, route("valid", NoData)), Met, "10 of 10"},
		{times(10, route(NoData, "invalid-more-specific")), Met, "10 of 10"},
		{append(times(9, route("not-found", "valid")), route("not-found", "not-found")), Met, "9 of 10"},
		{append(times(8, route("valid", "valid")), times(2, route("invalid-origin", "not-found"))...), NotMet, "8 of 10"},
		{append(times(8, route("valid", "valid")), times(2, route("not-found", NoData))...), Unknown, "of 2 RPKI or the routing registries have no data"},
		{append(times(7, route("valid", "valid")), append(times(2, route("invalid-length", "invalid-origin")), route(NoData, NoData))...), NotMet, "7 of 10"},
	} {
		d := m.hold(Facts{Routes: c.routes})
		if d.is != c.want || !strings.Contains(d.why, c.why) || len(d.basis) > maxNamed+1 {
			t.Errorf("%v: %+v, want %s (%s)", c.routes, d, c.want, c.why)
		}
	}
}

// TestJoining stands Actions against the readings of who takes part.
func TestJoining(t *testing.T) {
	all := sets(t)
	netops, ixp := all[0].Joining, all[1].Joining
	for _, c := range []struct {
		by   Joining
		are  string // of each Action: + met, - not met, ? no data, . nothing in the column
		want string
	}{
		{netops[0], "+?++", "+"}, {netops[0], "+-++", "+"}, {netops[0], "-+++", "-"}, {netops[0], "?+++", "?"}, {netops[0], "+.++", "+"},
		{netops[0], "....", "."}, {netops[0], "+...", "?"}, {netops[0], "-...", "-"}, {netops[0], "--+?", "-"},
		{netops[1], "+---", "+"}, {netops[1], "--+-", "-"}, {netops[1], "--+?", "?"}, {netops[1], "----", "-"}, {netops[1], "??+?", "?"}, {netops[1], "--++", "+"},
		{ixp[0], "+++--", "+"}, {ixp[0], "++---", "-"}, {ixp[0], "++--?", "?"}, {ixp[0], "+-+++", "-"}, {ixp[0], "+?+++", "?"}, {ixp[0], "...+.", "?"},
	} {
		var actions []Standing
		letters := map[rune]*Outcome{'+': ptr(Met), '-': ptr(NotMet), '?': ptr(Unknown), '.': nil}
		for i, letter := range c.are {
			actions = append(actions, Standing{ID: fmt.Sprint(i + 1), Columns: Columns{Measured: letters[letter]}})
		}
		got := "."
		if is := c.by.in(Measured, actions); is != nil {
			got = map[Outcome]string{Met: "+", NotMet: "-", Unknown: "?"}[*is]
		}
		if got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.by.ID, c.are, got, c.want)
		}
	}
}

func ptr[T any](v T) *T { return &v }
