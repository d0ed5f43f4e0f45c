package norms

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const formulas = "../../docs/formulas.md"

var update = flag.Bool("update", false, "write the settings table of docs/formulas.md")

// TestDocExamples recomputes every example of docs/formulas.md: the part right of each arrow from the part left of it.
func TestDocExamples(t *testing.T) {
	p := embedded(t, DefaultProfile)
	kinds := map[string]func(t *testing.T, p *Profile, left string) string{
		"severity": exampleSeverity, "merge": exampleMerge, "curve": exampleCurve, "m5": exampleM5(M5), "m5c": exampleM5(M5C), "m6": exampleM6,
		"m7irr": exampleM7IRR, "m7rpki": exampleM7RPKI, "m7rpkin": exampleM7RPKIN,
		"m8": exampleM8, "m9": exampleM9, "a1 sum": exampleA1(Sum),
		"size": exampleSize, "by size": exampleBySize, "together": exampleTogether, "action4": exampleAction4, "action1": exampleAction1,
		"a1 mean": exampleA1(Mean), "a1 worst": exampleA1(Worst), "a4 mean": exampleA4,
	}
	kind, seen := "", map[string]int{}
	for i, line := range strings.Split(readDoc(t), "\n") {
		switch {
		case strings.HasPrefix(line, "```example "):
			kind = strings.TrimPrefix(line, "```example ")
			continue
		case strings.HasPrefix(line, "```"):
			kind = ""
		}
		if kind == "" {
			continue
		}
		left, right, found := strings.Cut(line, " -> ")
		compute := kinds[kind]
		if !found || compute == nil {
			t.Fatalf("line %d: no such example", i+1)
		}
		seen[kind]++
		if got := compute(t, p, left); got != right {
			t.Errorf("line %d: %s: computed %q, the page says %q", i+1, left, got, right)
		}
	}
	if len(seen) != len(kinds) {
		t.Errorf("examples found of %v only", seen)
	}
}

func readDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(formulas)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// percentOf writes a score's percentage.
func percentOf(s Score) string {
	if !s.HasData() {
		return "no data"
	}
	return plain64(*s.Percent) + " %"
}

// fractionOf writes a score's fraction and percentage.
func fractionOf(s Score) string {
	if !s.HasData() {
		return "no data"
	}
	return plain64(*s.Fraction) + " " + percentOf(s)
}

func plain64(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func scan(t *testing.T, text, format string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscanf(text, format, into...); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
}

func exampleSeverity(t *testing.T, p *Profile, left string) string {
	m := month(t, "2018-04")
	var seconds []int64
	for _, word := range strings.Fields(left) {
		d, err := time.ParseDuration(word)
		if err != nil {
			t.Fatal(err)
		}
		seconds = append(seconds, int64(d/time.Second))
	}
	raw, intervals := p.Severity.Raw(apart(t, m, seconds), m)
	var parts []string
	for _, in := range intervals {
		parts = append(parts, plain64(in.Contribution))
	}
	return strings.Join(parts, " + ") + " = " + plain64(raw)
}

func exampleMerge(t *testing.T, p *Profile, left string) string {
	m := month(t, "2018-04")
	var penalties []Penalty
	for _, word := range strings.Fields(left) {
		text, weight, weighted := strings.Cut(word, "x")
		dash := strings.LastIndexByte(text, '-')
		from, errFrom := strconv.ParseInt(text[:dash], 10, 64)
		to, errTo := strconv.ParseInt(text[dash+1:], 10, 64)
		if errFrom != nil || errTo != nil {
			t.Fatalf("%q is no span", word)
		}
		penalty := span(m, from, to)
		if weighted {
			scan(t, weight, "%g", &penalty.Weight)
		}
		penalties = append(penalties, penalty)
	}
	raw, intervals := p.Severity.Raw(penalties, m)
	var parts []string
	for _, in := range intervals {
		text := fmt.Sprintf("%.0f-%.0f", in.Start.Sub(m.Start()).Seconds(), in.End.Sub(m.Start()).Seconds())
		if in.Weight != 1 {
			text += "x" + plain64(in.Weight)
		}
		parts = append(parts, text)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ") + " = " + plain64(raw)
}

func exampleCurve(t *testing.T, p *Profile, left string) string {
	var raw float64
	scan(t, left, "%g", &raw)
	s := withRaw(p, M2, raw)
	return percentOf(s) + " " + string(s.Band)
}

func exampleM5(m Metric) func(*testing.T, *Profile, string) string {
	return func(t *testing.T, p *Profile, left string) string {
		var in Spoofing
		scan(t, left, "tests %d leaked %d", &in.Tests, &in.Leaked)
		return percentOf(p.spoofing(Inputs{}, m, Known(in)))
	}
}

func exampleM6(t *testing.T, p *Profile, left string) string {
	var in Policy
	scan(t, left, "imports %d exports %d", &in.Imports, &in.Exports)
	return percentOf(p.policy(Inputs{Policy: Known(in)}))
}

func exampleM7IRR(t *testing.T, p *Profile, left string) string {
	var in Registered
	scan(t, left, "announced %d registered %d", &in.Announced, &in.Registered)
	return fractionOf(p.irr(Inputs{IRR: Known(in)}))
}

func exampleM7RPKI(t *testing.T, p *Profile, left string) string {
	s := p.rpki(Inputs{ROV: Known(validated(t, left))})
	if !s.HasData() {
		return "no data"
	}
	return fractionOf(s) + " " + string(s.Band)
}

func exampleM7RPKIN(t *testing.T, p *Profile, left string) string {
	return fractionOf(p.invalid(Inputs{ROV: Known(validated(t, left))}))
}

func exampleM9(t *testing.T, p *Profile, left string) string {
	var in Covered
	scan(t, left, "prefixes %d covered %d", &in.Announced, &in.Covered)
	return fractionOf(p.deployment(Inputs{Prefixes: Known(in)}))
}

func validated(t *testing.T, left string) (in Validated) {
	t.Helper()
	scan(t, left, "valid %d unknown %d invalid %d", &in.Valid, &in.Unknown, &in.Invalid)
	return in
}

func exampleM8(t *testing.T, p *Profile, left string) string {
	var in Contacts
	found, missing, some := strings.Cut(left, ", ")
	if some {
		in.Unconsulted = []string{strings.TrimSuffix(missing, " not consulted")}
	}
	if source, role, ok := strings.Cut(found, " "); ok {
		in.Found = []Contact{{Source: source, Role: role}}
	}
	return percentOf(p.contacts(Inputs{Contacts: Known(in)}))
}

func exampleA1(rule Rule) func(*testing.T, *Profile, string) string {
	return func(t *testing.T, p *Profile, left string) string {
		other := *p
		other.Actions.A1.Combine = rule
		a1 := other.Combine(clean(&other, pairs(t, left)))[0]
		if rule == Sum {
			return plain64(*a1.Raw) + " " + percentOf(a1)
		}
		return percentOf(a1)
	}
}

func exampleA4(t *testing.T, p *Profile, left string) string {
	var scores []Score
	for m, percent := range pairs(t, left) {
		scores = append(scores, p.fromFraction(p.blank(Inputs{}, m), percent/100))
	}
	return percentOf(p.Combine(scores)[3])
}

func exampleSize(t *testing.T, _ *Profile, left string) string {
	var n int
	scan(t, left, "customers %d", &n)
	return string(caida2022(t).Sizes.Of(Known(n)))
}

func exampleBySize(t *testing.T, _ *Profile, left string) string {
	var what string
	var size, incidents int
	var raw float64
	scan(t, left, "%s %d incidents %d raw %g", &what, &size, &incidents, &raw)
	b := BySize{Incidents: &incidents, Raw: &raw}
	if what == "prefixes" {
		b = b.by(ThousandPrefixes, Known(float64(size)/1000))
	} else {
		b = b.by(Customer, Known(float64(size)))
	}
	if b.RawBySize == nil {
		return "nothing to divide by"
	}
	return plain64(*b.IncidentsBySize) + " incidents and " + plain64(*b.RawBySize) + " raw per " + b.Per
}

func exampleTogether(t *testing.T, _ *Profile, left string) string {
	var list []BySize
	for _, word := range strings.Fields(left) {
		var incidents, customers int
		scan(t, word, "%d/%d", &incidents, &customers)
		list = append(list, BySize{Incidents: &incidents, Raw: new(float64)}.by(Customer, Known(float64(customers))))
	}
	sum, _ := Together(list)
	return fmt.Sprintf("%d incidents of %s customers: %s each", *sum.Incidents, plain64(*sum.Units), plain64(*sum.IncidentsBySize))
}

// tallyOf reads "good 9 bad 1" and, if there are any, " unknown 1".
func tallyOf(t *testing.T, text string) (tally RouteTally) {
	t.Helper()
	scan(t, text, "good %d bad %d", &tally.Good, &tally.Bad)
	if _, unknown, some := strings.Cut(text, " unknown "); some {
		scan(t, unknown, "%d", &tally.Unknown)
	}
	return tally
}

// verdictOf writes a share, where there is one, and what it comes to.
func verdictOf(c Conformance, percent *float64, what string) string {
	verdict, _, _ := strings.Cut(is(c), ":")
	if percent == nil {
		return verdict
	}
	return plain64(*percent) + " % " + what + ": " + verdict
}

func exampleAction4(t *testing.T, _ *Profile, left string) string {
	routes, cdn := strings.CutSuffix(left, " of a CDN")
	c := caida2022(t).Action4(tallyOf(t, routes), cdn)
	return verdictOf(c, c.PercentGood, "good")
}

func exampleAction1(t *testing.T, _ *Profile, left string) string {
	routes, reason, _ := strings.Cut(left, ", ")
	c := caida2022(t).Action1(Known(tallyOf(t, routes)), reason)
	return verdictOf(c, c.PercentBad, "bad")
}

// pairs reads "M2 0.5 M3 1".
func pairs(t *testing.T, text string) map[Metric]float64 {
	t.Helper()
	found := map[Metric]float64{}
	for pair := range slices.Chunk(strings.Fields(text), 2) {
		m, err := ParseMetric(pair[0])
		if err != nil || len(pair) != 2 {
			t.Fatalf("%q: %v", text, err)
		}
		var x float64
		scan(t, pair[1], "%g", &x)
		found[m] = x
	}
	return found
}

// TestSettingsTable compares the tables of settings in docs/formulas.md with the embedded rules; -update writes them.
func TestSettingsTable(t *testing.T) {
	sameTable(t, "settings", settingsTable(t))
	sameTable(t, "conformance", conformanceTable(t))
}

func conformanceTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| setting | " + CAIDA2022 + " | source |\n| --- | --- | --- |\n")
	for _, s := range caida2022(t).Settings() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", s.Path, s.Value, s.Source)
	}
	return b.String()
}

// sameTable compares what stands between the marks of that name.
func sameTable(t *testing.T, name, table string) {
	t.Helper()
	begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->"
	doc := readDoc(t)
	head, rest, okBegin := strings.Cut(doc, begin)
	_, tail, okEnd := strings.Cut(rest, end)
	if !okBegin || !okEnd {
		t.Fatal("the marks of the table are missing")
	}
	want := head + begin + table + end + tail
	if *update {
		if err := os.WriteFile(formulas, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("run with -update (-want +got):\n%s", diff)
	}
}

func settingsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	ids := EmbeddedIDs()
	fmt.Fprintf(&b, "| setting | %s | source |\n|%s\n", strings.Join(ids, " | "), strings.Repeat(" --- |", len(ids)+2))
	for _, s := range embedded(t, ids[0]).Settings() {
		source := s.Source
		fmt.Fprintf(&b, "| `%s` | `%s` |", s.Path, s.Value)
		for _, id := range ids[1:] {
			all := embedded(t, id).Settings()
			i := slices.IndexFunc(all, func(o Setting) bool { return o.Path == s.Path })
			if i < 0 {
				t.Fatalf("%s lacks %s", id, s.Path)
			}
			value := "same"
			if all[i].Value != s.Value {
				value = "`" + all[i].Value + "`"
				source += "; " + id + ", " + all[i].Source
			}
			fmt.Fprintf(&b, " %s |", value)
		}
		fmt.Fprintf(&b, " %s |\n", source)
	}
	return b.String()
}

// TestDocProfile reads the profile that docs/formulas.md shows as an example.
func TestDocProfile(t *testing.T) {
	_, rest, _ := strings.Cut(readDoc(t), "```yaml\n")
	text, _, found := strings.Cut(rest, "```")
	p, err := ReadProfile(strings.NewReader(text))
	if !found || err != nil || p.Severity.Short != 0.1 {
		t.Errorf("found %v, error %v", found, err)
	}
}
