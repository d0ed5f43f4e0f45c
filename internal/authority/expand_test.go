package authority

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"pahra/wire/values"
)

// sets builds a table of rows "SOURCE::NAME: member member"; RIPE is authenticated.
func sets(rows ...string) *SetTable {
	var b SetBuilder
	for _, row := range rows {
		head, members, _ := strings.Cut(row, ": ")
		source, name, _ := strings.Cut(head, "::")
		s := ASSet{Name: name, Source: source, Authenticated: source == "RIPE"}
		for _, m := range strings.Fields(members) {
			if asn, err := values.ParseASN(m); err == nil {
				s.ASNs = append(s.ASNs, asn)
			} else {
				s.Sets = append(s.Sets, m)
			}
		}
		b.Add(s)
	}
	return b.Build()
}

func TestExpand(t *testing.T) {
	table := sets(
		"RIPE::AS-TOP: AS1 AS-A as-b RADB::AS-PINNED",
		"RIPE::AS-A: AS2 AS-TOP AS-A",
		"RIPE::AS-B: AS3 AS5:AS-CUST AS-GONE",
		"RADB::AS-B: AS99",
		"RADB::AS-ONLY: AS98 AS-B",
		"RADB::AS-PINNED: AS4 AS-B",
		"RIPE::AS-PINNED: AS97",
		"ALTDB::AS5:AS-CUST: AS5 AS-ANY",
	)
	tests := []struct {
		set  string
		want Expansion
	}{
		{"as-top", Expansion{Set: "as-set AS-TOP RIPE", ASNs: []values.ASN{1, 2, 3, 4, 5, 99}, Sets: 6, Any: true,
			Loops: []string{"AS-A > AS-A", "AS-A > AS-TOP"}, Missing: []string{"AS-GONE"}}},
		{"AS-B", Expansion{Set: "as-set AS-B RIPE", ASNs: []values.ASN{3, 5}, Sets: 2, Any: true, Missing: []string{"AS-GONE"}}},
		{"RADB::AS-B", Expansion{Set: "as-set AS-B RADB", ASNs: []values.ASN{99}, Sets: 1}},
		{"AS-ONLY", Expansion{Set: "as-set AS-ONLY RADB", ASNs: []values.ASN{98, 99}, Sets: 2}},
	}
	for _, tt := range tests {
		got, err := table.Expand(tt.set, ExpandLimits{})
		if d := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(Expansion{})); d != "" || err != nil {
			t.Errorf("%s: %v %s", tt.set, err, d)
		}
	}
	top, _ := table.Expand("AS-TOP", ExpandLimits{})
	if d := cmp.Diff([]string{"AS-TOP", "AS-B", "AS5:AS-CUST"}, top.Path(5)); d != "" {
		t.Error(d)
	}
	if top.Path(7) != nil {
		t.Error("a path to a network that is not in the set")
	}
	for _, name := range []string{"AS-GONE", "ALTDB::AS-TOP", ""} {
		if _, err := table.Expand(name, ExpandLimits{}); err == nil {
			t.Errorf("%q was found", name)
		}
	}
	if d := cmp.Diff([]string{"RIPE", "RADB"}, table.Sources("as-b")); d != "" {
		t.Error(d)
	}
}

func TestMembersByReference(t *testing.T) {
	var b SetBuilder
	b.Add(ASSet{Name: "AS-OPEN", Source: "RIPE", MbrsByRef: []string{"any"}})
	b.Add(ASSet{Name: "AS-SOME", Source: "RIPE", MbrsByRef: []string{"MNT-A", "MNT-B"}})
	b.Add(ASSet{Name: "AS-SHUT", Source: "RIPE"})
	all := []string{"AS-OPEN", "as-some", "AS-SHUT"}
	b.AddMemberOf(1, "RIPE", all, []string{"mnt-b"})
	b.AddMemberOf(2, "RIPE", all, []string{"MNT-C"})
	b.AddMemberOf(3, "RADB", all, []string{"MNT-A"})
	table := b.Build()
	for name, want := range map[string][]values.ASN{"AS-OPEN": {1, 2}, "AS-SOME": {1}, "AS-SHUT": {}} {
		if got, err := table.Expand(name, ExpandLimits{}); err != nil || !slices.Equal(got.ASNs, want) {
			t.Errorf("%s: %v, %v", name, got.ASNs, err)
		}
	}
}

func TestExpandLimits(t *testing.T) {
	table := sets("A::AS-1: AS1 AS2 AS-2", "A::AS-2: AS3 AS-3", "A::AS-3: AS4")
	tests := []struct {
		limits    ExpandLimits
		want      []values.ASN
		truncated string
	}{
		{ExpandLimits{Depth: 1}, []values.ASN{1, 2, 3}, "depth"},
		{ExpandLimits{Sets: 2}, []values.ASN{1, 2, 3}, "sets"},
		{ExpandLimits{ASNs: 3}, []values.ASN{1, 2, 3}, "asns"},
		{ExpandLimits{ASNs: 4, Sets: 3, Depth: 2}, []values.ASN{1, 2, 3, 4}, ""},
	}
	for _, tt := range tests {
		got, err := table.Expand("AS-1", tt.limits)
		if err != nil || !slices.Equal(got.ASNs, tt.want) || got.Truncated != tt.truncated {
			t.Errorf("%+v: %v truncated %q, %v", tt.limits, got.ASNs, got.Truncated, err)
		}
	}
}

// TestExpandMillionDeep walks a chain of a million sets that ends where it began: no recursion, no time-out.
func TestExpandMillionDeep(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	var b SetBuilder
	for i := range n {
		b.Add(ASSet{Name: fmt.Sprint("AS-", i), Source: "A", ASNs: []values.ASN{values.ASN(i + 1)}, Sets: []string{fmt.Sprint("AS-", (i+1)%n)}})
	}
	table := b.Build()
	begin := time.Now()
	got, err := table.Expand("AS-0", ExpandLimits{})
	if err != nil || got.Truncated != "depth" || len(got.ASNs) != 1001 {
		t.Errorf("with default limits: %d networks, truncated %q, %v", len(got.ASNs), got.Truncated, err)
	}
	got, err = table.Expand("AS-0", ExpandLimits{Sets: 2 * n, ASNs: 2 * n, Depth: 2 * n})
	if err != nil || len(got.ASNs) != n || got.Truncated != "" || len(got.Path(values.ASN(n))) != n {
		t.Errorf("without limits: %d networks, truncated %q, %v", len(got.ASNs), got.Truncated, err)
	}
	if d := cmp.Diff([]string{fmt.Sprintf("AS-%d > AS-0", n-1)}, got.Loops); d != "" {
		t.Error(d)
	}
	t.Logf("%d levels in %v", n, time.Since(begin).Round(time.Millisecond))
}

// slowExpand finds the networks by going over all sets until nothing new is found.
func slowExpand(table *SetTable, name string) map[values.ASN]bool {
	asns, in := map[values.ASN]bool{}, map[string]bool{}
	start, _ := table.Set(name)
	in[start.ID()] = true
	for grew := true; grew; {
		grew = false
		for _, s := range table.sets {
			if !in[s.ID()] {
				continue
			}
			for _, a := range s.ASNs {
				asns[a] = true
			}
			for _, m := range s.Sets {
				member, ok := table.Set(m)
				if home, there := table.Set(s.Source + "::" + m); there && !strings.Contains(m, "::") {
					member, ok = home, true
				}
				if ok && !in[member.ID()] {
					in[member.ID()], grew = true, true
				}
			}
		}
	}
	return asns
}

func TestExpandAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"AS-A", "AS-B", "AS-C", "AS-D", "AS-E", "AS-F"})
		source := rapid.SampledFrom([]string{"RIPE", "RADB", "ALTDB"})
		row := rapid.Custom(func(t *rapid.T) string {
			text := source.Draw(t, "source") + "::" + name.Draw(t, "name") + ": "
			for range rapid.IntRange(0, 3).Draw(t, "members") {
				text += fmt.Sprintf("AS%d ", drawASN().Draw(t, "asn"))
				if rapid.Bool().Draw(t, "pinned") {
					text += source.Draw(t, "pin") + "::"
				}
				text += name.Draw(t, "member") + " "
			}
			return text
		})
		rows := rapid.SliceOfN(row, 1, 12).Draw(t, "rows")
		table := sets(rows...)
		slices.Reverse(rows)
		reversed := sets(rows...)
		for _, s := range table.sets {
			pinned := s.Source + "::" + s.Name
			got, err := table.Expand(pinned, ExpandLimits{})
			if err != nil {
				t.Fatal(err)
			}
			want := slowExpand(table, pinned)
			if len(want) != len(got.ASNs) || slices.ContainsFunc(got.ASNs, func(a values.ASN) bool { return !want[a] }) {
				t.Fatalf("%s: %v, the oracle says %v", pinned, got.ASNs, want)
			}
			again, err := reversed.Expand(pinned, ExpandLimits{})
			if d := cmp.Diff(got, again, cmpopts.IgnoreUnexported(Expansion{})); d != "" || err != nil {
				t.Fatalf("order of input shows: %v %s", err, d)
			}
		}
	})
}
