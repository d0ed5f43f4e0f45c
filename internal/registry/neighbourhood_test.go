package registry

import (
	"errors"

	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

// village is a small registry with every kind of source that neighbourhoods draw on.
func village(t testing.TB, yaml ...string) *Registry {
	t.Helper()
	b := NewBuilder()
	add(t, b.AddDelegated, at("apnic", 1), "2|apnic|20200101|3|19830101|20200101|+1000",
		"apnic|IN|asn|100|3|20000101|allocated|A1", "apnic|NP|asn|110|1|20000101|allocated|A2", "apnic||asn|120|5||reserved|")
	add(t, b.AddASRel, at("rel", 1), "110|100|-1", "100|101|-1", "101|200|-1")
	add(t, b.AddPeeringDBIXs, at("ix", 1), `{"data":[{"id":26,"name":"NIXI Mumbai","country":"IN","status":"ok"},
		{"id":27,"name":"Twin","status":"ok"},{"id":28,"name":"Twin","status":"ok"},{"id":29,"name":"Gone","status":"deleted"}]}`)
	add(t, b.AddPeeringDBMembers, at("netixlan", 1), `{"data":[{"ix_id":26,"asn":101,"status":"ok"},{"ix_id":26,"asn":300,"status":"ok"},
		{"ix_id":26,"asn":101,"status":"ok"},{"ix_id":26,"asn":301,"status":"deleted"},{"ix_id":27,"asn":100,"status":"ok"}]}`)
	if len(yaml) > 0 {
		add(t, b.AddNeighbourhoodsYAML, at("lists.yaml", 1), yaml...)
	}
	return b.Build()
}

func TestResolve(t *testing.T) {
	r := village(t,
		"neighbourhoods:",
		"  - {name: members, title: Members, source: 'https://example.net', date: 2020-01-01, asns: [AS101, 300, 101]}",
		"  - {name: empty, asns: []}",
		"  - {name: india, of: country:IN}",
		"  - name: outside",
		"    difference: [cone:AS100, members]",
		"  - name: both",
		"    intersection:",
		"      - india",
		"      - union: [members, AS102]",
	)
	tests := []struct {
		name string
		want []values.ASN
	}{
		{"country:IN", []values.ASN{100, 101, 102}},
		{"country: in", []values.ASN{100, 101, 102}},
		{"country:DE", nil},
		{"rir:apnic", []values.ASN{100, 101, 102, 110}},
		{"rir:RIPE", nil},
		{"ix:26", []values.ASN{101, 300}},
		{"ix:nixi mumbai", []values.ASN{101, 300}},
		{"cone:AS100", []values.ASN{100, 101, 200}},
		{"cone:999", []values.ASN{999}},
		{"org:AS100", []values.ASN{100, 101, 102}},
		{"AS64500", []values.ASN{64500}},
		{"members", []values.ASN{101, 300}},
		{"empty", []values.ASN{}},
		{"india", []values.ASN{100, 101, 102}},
		{"outside", []values.ASN{100, 200}},
		{"both", []values.ASN{101, 102}},
	}
	for _, tt := range tests {
		got, err := r.Resolve(tt.name)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
	var names []string
	for _, d := range r.Neighbourhoods() {
		names = append(names, d.Name)
	}
	if d := cmp.Diff([]string{"both", "empty", "india", "members", "outside"}, names); d != "" {
		t.Error(d)
	}
}

func TestResolveErrors(t *testing.T) {
	loop := village(t, "neighbourhoods:", "  - {name: a, union: [country:IN, b]}", "  - {name: b, of: c}", "  - {name: c, of: a}",
		"  - {name: lost, of: nowhere}")
	tests := []struct {
		r          *Registry
		name, want string
	}{
		{loop, "a", `lists.yaml line 2: neighbourhood "a" refers to itself: a → b → c → a`},
		{loop, "lost", `lists.yaml line 5: neighbourhood "nowhere" is not defined`},
		{loop, "64500", `neighbourhood "64500" is not defined`},
		{loop, "ix:9999", `neighbourhood "ix:9999": no exchange has the id 9999`},
		{loop, "ix:Gone", `neighbourhood "ix:Gone": no exchange has the name "Gone"`},
		{loop, "ix:Twin", `neighbourhood "ix:Twin": 2 exchanges have the name "Twin" (ids 27 and 28): use the id`},
		{loop, "country:India", `neighbourhood "country:India": "India" is not a country code of two letters`},
		{loop, "rir:moon", `neighbourhood "rir:moon": "moon" is not a regional registry (afrinic, apnic, arin, lacnic, ripencc)`},
		{loop, "planet:x", `neighbourhood "planet:x": "planet" is not a kind of neighbourhood (country, rir, ix, cone, org)`},
	}
	for _, tt := range tests {
		_, err := tt.r.Resolve(tt.name)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	for _, name := range []string{"country:IN", "rir:apnic", "ix:26", "cone:AS1", "org:AS1"} {
		if _, err := NewBuilder().Build().Resolve(name); !errors.Is(err, ErrNoData) {
			t.Errorf("%s in an empty registry: %v, want no data", name, err)
		}
	}
}

// TestResolveBomb holds that neighbourhoods which double at each step are refused, not computed.
func TestResolveBomb(t *testing.T) {
	lines := []string{"neighbourhoods:", "  - {name: x0, asns: [1]}"}
	for i := range 20 {
		prev, next := string(rune('0'+i)), string(rune('0'+i+1))
		lines = append(lines, "  - {name: 'x"+next+"', union: ['x"+prev+"', 'x"+prev+"']}")
		if i == 8 {
			break
		}
	}
	if got, err := village(t, lines...).Resolve("x9"); err != nil || len(got) != 1 {
		t.Fatalf("512 terms: %v, %v", got, err)
	}
	b := NewBuilder()
	one := Expr{Op: OpASNs, ASNs: []values.ASN{1}}
	err := b.AddDefinition(at("code", 1), Definition{Name: "n0", Expr: one})
	for i := 1; i < 30 && err == nil; i++ {
		prev := Expr{Op: OpName, Text: "n" + values.ASN(i-1).String()}
		err = b.AddDefinition(at("code", 1), Definition{Name: "n" + values.ASN(i).String(), Expr: Expr{Op: OpUnion, Of: []Expr{prev, prev}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Build().Resolve("n29"); err == nil {
		t.Error("a bomb of 2^29 terms was resolved")
	}
}

func TestNeighbourhoodsYAMLProblems(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"one definition", "name: a\nasns: [1]", nil},
		{"nothing", "", nil},
		{"unknown key", "name: a\ntitel: x\nasns: [1]", []string{`line 1: needs exactly one of asns, union, intersection, difference and of, and has 2 keys for it: ["titel" "asns"]`}},
		{"unknown term", "name: a\nunion:\n  - b\n  - xunion: [c]", []string{`line 4: unknown key "xunion"`}},
		{"no set", "name: a", []string{`line 1: needs exactly one of asns, union, intersection, difference and of, and has 0 keys for it: []`}},
		{"bad number", "name: a\nasns:\n  - 1\n  - AS99x", []string{`line 4: "AS99x" is not the number of a network`}},
		{"bad date", "name: a\ndate: yesterday\nasns: [1]", []string{`line 2: date "yesterday" is not in the form YYYY-MM-DD`}},
		{"bad name", "name: a b\nasns: [1]", []string{`line 1: name "a b" of a neighbourhood has more than letters, digits, hyphens, underscores and dots`}},
		{"number as name", "name: AS1\nasns: [1]", []string{`line 1: name "AS1" of a neighbourhood is an AS number`}},
		{"alias", "neighbourhoods:\n  - &x {name: a, asns: [1]}\n  - *x", []string{"line 2: neighbourhood is not a plain mapping", "line 3: neighbourhood is not a plain mapping"}},
		{"twice", "neighbourhoods:\n  - {name: a, asns: [1]}\n  - {name: a, asns: [2]}\n  - {name: b, name: c, asns: [2]}",
			[]string{`line 3: neighbourhood "a" is defined on line 2 already`, `line 4: key "name" stands twice`}},
		{"empty terms", "name: a\nunion: []", []string{"line 2: terms are not a plain list of at least one"}},
		{"a list", "- 1", []string{"line 1: neighbourhood is not a plain mapping"}},
		{"deep", "name: a\nof: " + strings.Repeat("{of: ", 40) + "b" + strings.Repeat("}", 40), []string{"line 2: expression is nested more than 32 deep"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := NewBuilder().AddNeighbourhoodsYAML(at("f", 1), strings.NewReader(tt.text), func(p values.Problem) { got = append(got, p.String()) })
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	for _, text := range []string{"a: [", strings.Repeat("#", maxFile+1)} {
		if err := NewBuilder().AddNeighbourhoodsYAML(at("f", 1), strings.NewReader(text), nil); err == nil {
			t.Errorf("%.20q is taken for a file of neighbourhoods", text)
		}
	}
}

func TestNeighbourhoodsCSV(t *testing.T) {
	read := func(text string) (r *Registry, problems []string, err error) {
		b := NewBuilder()
		err = b.AddNeighbourhoodsCSV(at("f.csv", 1), strings.NewReader(text), func(p values.Problem) { problems = append(problems, p.String()) })
		return b.Build(), problems, err
	}
	r, problems, err := read("\xef\xbb\xbfName,ASNs,title,date\na,1 AS2,\"First, one\",2020-01-01\nb,5,,\na,3 1,x,\nc,,,\nd,x,,\ne,1\nf,1,,then\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`line 6: "x" is not the number of a network`, "line 7: 2 columns where the header has 4",
		`line 8: date "then" is not in the form YYYY-MM-DD`}
	if d := cmp.Diff(want, problems); d != "" {
		t.Error(d)
	}
	got, err := r.Resolve("a")
	if d := cmp.Diff([]values.ASN{1, 2, 3}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if got := r.Neighbourhoods()[0]; got.Title != "First, one" || got.Date.Year() != 2020 || got.Line != 2 {
		t.Errorf("definition of a is %+v", got)
	}
	for _, text := range []string{"name,members\n", "name,asns,asns\na,1,1\n", "name\na\n", "name,asns\na,x\n"} {
		if _, _, err := read(text); err == nil {
			t.Errorf("%q is taken for a file of neighbourhoods", text)
		}
	}
}

func FuzzNeighbourhoodsYAML(f *testing.F) {
	f.Add("name: a\nasns: [1, AS2]")
	f.Add("neighbourhoods:\n  - {name: a, union: [country:IN, {of: b}]}\n  - {name: b, difference: [a, AS1]}")
	f.Add("- &x [*x]")
	f.Fuzz(func(t *testing.T, text string) {
		b := NewBuilder()
		if b.AddNeighbourhoodsYAML(Source{}, strings.NewReader(text), nil) != nil {
			return
		}
		r := b.Build()
		for _, d := range r.Neighbourhoods() {
			r.Resolve(d.Name)
		}
	})
}
