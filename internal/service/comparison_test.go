package service_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/archive"
	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/wire/values"
)

// announcedRow is what a test reads of announcements.parquet.
type announcedRow struct {
	Prefix string `parquet:"prefix"`
	Origin uint32 `parquet:"origin"`
	ROV    string `parquet:"rov"`
	IRR    string `parquet:"irr"`
}

func comparisons(t *testing.T, out string) map[values.ASN]norms.Comparison {
	t.Helper()
	byNetwork := make(map[values.ASN]norms.Comparison)
	for _, c := range lines[norms.Comparison](t, filepath.Join(out, "comparison.jsonl")) {
		byNetwork[c.ASN] = c
	}
	return byNetwork
}

// TestComparisons holds every line against the archive and the scores: routes by the rule's words, prefixes, penalties.
func TestComparisons(t *testing.T) {
	_, out := worldRun(t)
	rows, err := archive.ReadFile[announcedRow](filepath.Join(out, "archive", "announcements.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	prefixes := make(map[values.ASN]map[string]bool)
	tallies := make(map[values.ASN]norms.RouteTally)
	for _, row := range rows {
		asn := values.ASN(row.Origin)
		if prefixes[asn] == nil {
			prefixes[asn] = make(map[string]bool)
		}
		prefixes[asn][row.Prefix] = true
		tally := tallies[asn]
		switch {
		case strings.Contains(row.Prefix, ":"):
		case row.ROV == "valid" || strings.HasPrefix(row.IRR, "valid") || row.IRR == "invalid-more-specific":
			tally.Good++
		default:
			tally.Bad++
		}
		tallies[asn] = tally
	}
	a1 := make(map[values.ASN]*float64)
	for _, s := range lines[norms.Score](t, filepath.Join(out, "scores.jsonl")) {
		if s.Metric == norms.A1 {
			a1[s.ASN] = s.Raw
		}
	}
	bySize, penalised := 0, 0
	for asn, c := range comparisons(t, out) {
		if c.Action4.RouteTally != tallies[asn] || c.Size.Prefixes != len(prefixes[asn]) {
			t.Errorf("AS%d: %+v and %d prefixes, want %+v and %d", asn, c.Action4.RouteTally, c.Size.Prefixes, tallies[asn], len(prefixes[asn]))
		}
		sum := 0.0
		for _, b := range []norms.BySize{c.Announced, c.Accepted} {
			if b.Raw == nil {
				continue
			}
			sum += *b.Raw
			if penalised++; b.RawBySize != nil {
				bySize++
				if *b.RawBySize != *b.Raw / *b.Units {
					t.Errorf("AS%d: %v by %v is %v", asn, *b.Raw, *b.Units, *b.RawBySize)
				}
			}
		}
		if raw := a1[asn]; raw != nil && *raw != sum || raw == nil && sum > 0 {
			t.Errorf("AS%d: Action 1 and its parts, %v, differ", asn, sum)
		}
	}
	if len(a1) == 0 || penalised == 0 || bySize == 0 {
		t.Errorf("%d networks, %d penalised, %d by size: nothing was tested", len(a1), penalised, bySize)
	}
}

// TestMembersDecide: without a list of members, bad routes of customers decide nothing; with one they do, but for routes
// that members originate.
func TestMembersDecide(t *testing.T) {
	data, out := worldRun(t)
	var asn values.ASN
	for _, c := range comparisons(t, out) {
		if c.Action1.Conformant != nil && !*c.Action1.Conformant {
			t.Errorf("AS%d is not conformant, though nobody knows who is a member", c.ASN)
		}
		if c.Action1.Bad > 0 && (asn == 0 || c.ASN < asn) {
			asn = c.ASN
		}
	}
	if asn == 0 {
		t.Fatal("no network takes a bad route from a customer: nothing was tested")
	}
	list := filepath.Join(data, "neighbourhoods", "members.yaml")
	put(t, list, []byte("name: manrs\nasns: [AS64999]\n"))
	if c := comparisons(t, observe(t, data))[asn]; c.Action1.Conformant == nil || *c.Action1.Conformant {
		t.Errorf("AS%d with a list: %+v", asn, c.Action1)
	}
	var all []string
	for other := range comparisons(t, out) {
		all = append(all, "AS"+other.String())
	}
	slices.Sort(all)
	put(t, list, []byte("name: manrs\nasns: ["+strings.Join(all, ", ")+"]\n"))
	if c := comparisons(t, observe(t, data))[asn]; c.Action1.Total() != 0 || c.Action1.Conformant != nil {
		t.Errorf("AS%d, all its customers members: %+v", asn, c.Action1)
	}
}

// TestNeighbourhoodSizes adds up the classes of a neighbourhood by hand.
func TestNeighbourhoodSizes(t *testing.T) {
	_, out := worldRun(t)
	c, err := open(t, out).Neighbourhood("country:IN")
	if err != nil {
		t.Fatal(err)
	}
	known := comparisons(t, out)
	want := make(map[norms.SizeClass]*service.SizeView)
	classes := []norms.SizeClass{}
	for _, one := range c.Compared {
		if diff := cmp.Diff(known[one.ASN], one, cmp.Comparer(func(a, b values.Month) bool { return a == b })); diff != "" {
			t.Errorf("AS%d is not as in the file:\n%s", one.ASN, diff)
		}
		for _, class := range []norms.SizeClass{one.Size.Class, service.AllSizes} {
			if want[class] == nil {
				want[class] = &service.SizeView{}
				classes = append(classes, class)
			}
			v := want[class]
			v.Networks++
			v.Action1.Routes.Bad += one.Action1.Bad
			v.Action4.Routes.Good += one.Action4.Good
			if one.Action4.Conformant != nil && *one.Action4.Conformant {
				v.Action4.Conformant++
			}
		}
	}
	if len(c.Sizes) != len(classes) || len(classes) < 3 || c.Sizes[len(c.Sizes)-1].Class != service.AllSizes {
		t.Fatalf("%d classes, want %v", len(c.Sizes), classes)
	}
	for _, v := range c.Sizes {
		w := want[v.Class]
		if v.Networks != w.Networks || v.Action1.Routes.Bad != w.Action1.Routes.Bad || v.Action4.Routes.Good != w.Action4.Routes.Good ||
			v.Action4.Conformant != w.Action4.Conformant || v.Action4.Conformant+v.Action4.NotConformant+v.Action4.NoData != v.Networks {
			t.Errorf("%s: %+v, want %+v", v.Class, v, *w)
		}
	}
	if c.Seen != len(c.Compared) {
		t.Errorf("%d seen, %d compared", c.Seen, len(c.Compared))
	}
}
