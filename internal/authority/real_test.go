package authority_test

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/testdata"
	"pahra/wire/bogons"
	"pahra/wire/rpsl"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// realVRPs reads the VRPs of 2025-07-20.
func realVRPs(t testing.TB) []vrp.VRP {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing", "rpki", "rpkiclient_summary_20250720T093135Z.json.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set, err := vrp.Read(bzip2.NewReader(f), func(p values.Problem) { t.Error(p) })
	if err != nil {
		t.Fatal(err)
	}
	return set.VRPs
}

// realPrefixes reads a table of prefixes, one a line, with an origin behind each where the table has them.
func realPrefixes(t testing.TB, name string) (prefixes []netip.Prefix, origins []values.ASN) {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing", "tables", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		prefix, origin, _ := strings.Cut(strings.TrimSpace(lines.Text()), "\t")
		p, err := netip.ParsePrefix(prefix)
		if err != nil {
			continue // a comment
		}
		asn, err := values.ParseASN(origin)
		if err != nil {
			asn = authority.NoOrigin // none in this table, or an AS_SET
		}
		prefixes, origins = append(prefixes, p.Masked()), append(origins, asn)
	}
	return prefixes, origins
}

// oracle finds covering VRPs by asking a map for every shorter prefix: slow, obvious, and without a trie.
type oracle map[netip.Prefix][]vrp.VRP

func newOracle(vrps []vrp.VRP) oracle {
	o := oracle{}
	for _, v := range vrps {
		o[v.Prefix] = append(o[v.Prefix], v)
	}
	return o
}

func (o oracle) covering(p netip.Prefix) (out []vrp.VRP) {
	for bits := p.Bits(); bits >= 0; bits-- {
		shorter, err := p.Addr().Prefix(bits)
		if err != nil {
			panic(err)
		}
		out = append(out, o[shorter]...)
	}
	return out
}

// state is RFC 6811 section 2.1 over the covering VRPs.
func (oracle) state(covering []vrp.VRP, p netip.Prefix, origin values.ASN) (state authority.ROV, as0 bool) {
	if len(covering) == 0 {
		return authority.ROVNotFound, false
	}
	state, as0 = authority.ROVInvalidOrigin, true
	for _, v := range covering {
		as0 = as0 && v.ASN == 0
		if v.ASN == 0 || v.ASN != origin {
			continue
		}
		if p.Bits() <= int(v.MaxLength) {
			return authority.ROVValid, false
		}
		state = authority.ROVInvalidLength
	}
	return state, as0
}

// route is what is validated.
type route struct {
	prefix netip.Prefix
	origin values.ASN
}

// draws are the ways in which an origin is drawn for a prefix.
var draws = []string{"matching", "wrong origin", "too long", "unknown"}

// draw makes a route of a prefix. "too long" goes past the maxLength of a VRP that covers the prefix, so it may be longer
// than the prefix; without any covering VRP, the origin is drawn from all VRPs.
func draw(kind string, p netip.Prefix, covering, all []vrp.VRP, rng *rand.Rand) route {
	some := all[rng.IntN(len(all))]
	if len(covering) > 0 {
		some = covering[rng.IntN(len(covering))]
	}
	switch kind {
	case "matching":
		return route{p, some.ASN}
	case "wrong origin":
		return route{p, values.ASN(rng.Uint32())}
	case "too long":
		if longer := int(some.MaxLength) + 1; len(covering) > 0 && p.Bits() < longer && longer <= p.Addr().BitLen() {
			p = netip.PrefixFrom(p.Addr(), longer)
		}
		return route{p, some.ASN}
	}
	return route{p, authority.NoOrigin}
}

// TestRealROV validates every prefix of the tables, under origins drawn by seed or as the table says, by the real VRPs
// and holds each answer against the oracle.
func TestRealROV(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some ten seconds")
	}
	vrps := realVRPs(t)
	table, slow := authority.NewVRPTable(vrps), newOracle(vrps)
	t.Logf("%d VRPs, %d skipped", table.Len(), table.Skipped())
	rng := rand.New(rand.NewPCG(6811, 9582))
	prefixes, _ := realPrefixes(t, "bart-prefixes.txt.gz")
	if len(prefixes) != 1_062_046 || table.Len() != len(vrps) || len(vrps) < 720_000 {
		t.Fatalf("%d prefixes and %d VRPs: the data is not what it was", len(prefixes), len(vrps))
	}
	counts := map[string]*tally{}
	for _, p := range prefixes {
		covering := slow.covering(p)
		for _, kind := range draws {
			r := draw(kind, p, covering, vrps, rng)
			under := covering
			if r.prefix != p {
				under = slow.covering(r.prefix)
			}
			agree(t, table, slow, under, r, count(counts, kind))
		}
	}
	for _, name := range []string{"ipasn_20080501_v12.dat.gz", "ipasn_20140513_v12.dat.gz", "ipasn6_20151101.dat.gz"} {
		prefixes, origins := realPrefixes(t, name)
		for i, p := range prefixes {
			agree(t, table, slow, slow.covering(p), route{p, origins[i]}, count(counts, name))
		}
	}
	report(t, counts)
}

// tally counts verdicts by state, and AS0 apart.
type tally struct {
	states [4]int
	as0    int
}

func count(counts map[string]*tally, kind string) *tally {
	if counts[kind] == nil {
		counts[kind] = &tally{}
	}
	return counts[kind]
}

// agree judges one route both ways.
func agree(t *testing.T, table *authority.VRPTable, slow oracle, covering []vrp.VRP, r route, n *tally) {
	want, as0 := slow.state(covering, r.prefix, r.origin)
	n.states[want]++
	if as0 {
		n.as0++
	}
	v := table.Validate(r.prefix, r.origin)
	if got := table.State(r.prefix, r.origin); got != want || v.State != want || v.AS0 != as0 {
		t.Fatalf("%s AS%d: %v, in full %v AS0 %v; the oracle says %v %v", r.prefix, r.origin, got, v.State, v.AS0, want, as0)
	}
	for _, d := range v.Deciding {
		if !slices.Contains(covering, d) {
			t.Fatalf("%s AS%d: decided by %s, which does not cover it", r.prefix, r.origin, authority.VRPID(d))
		}
	}
}

// report logs the counts.
func report(t *testing.T, counts map[string]*tally) {
	kinds := make([]string, 0, len(counts))
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		n := counts[kind]
		line := fmt.Sprintf("%-26s", kind)
		for state, c := range n.states {
			line += fmt.Sprintf(" %s %d", authority.ROV(state), c)
		}
		t.Logf("%s (AS0 %d)", line, n.as0)
	}
}

// BenchmarkROV measures the states of a million real prefixes by the real VRPs, origins matching where possible.
func BenchmarkROV(b *testing.B) {
	vrps := realVRPs(b)
	prefixes, _ := realPrefixes(b, "bart-prefixes.txt.gz")
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			authority.NewVRPTable(vrps)
		}
	})
	table, slow := authority.NewVRPTable(vrps), newOracle(vrps)
	rng := rand.New(rand.NewPCG(1, 2))
	routes := make([]route, len(prefixes))
	for i, p := range prefixes {
		routes[i] = draw("matching", p, slow.covering(p), vrps, rng)
	}
	b.Run("state", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			r := routes[i]
			table.State(r.prefix, r.origin)
			if i++; i == len(routes) {
				i = 0
			}
		}
	})
	b.Run("validate", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			r := routes[i]
			table.Validate(r.prefix, r.origin)
			if i++; i == len(routes) {
				i = 0
			}
		}
	})
}

// TestReal2025VRPsCannotJudge2008 asks the VRPs at hand, of 2025-07-20, about a route of 2008-02-22: there is no data. An
// allowed anachronism uses them and is marked.
func TestReal2025VRPsCannotJudge2008(t *testing.T) {
	if testing.Short() {
		t.Skip("reads hundreds of thousands of entries")
	}
	table := authority.NewVRPTable(realVRPs(t))
	made := time.Date(2025, 7, 20, 9, 31, 33, 0, time.UTC)
	snapshot := authority.Dated[*authority.VRPTable]{Time: made, Value: table, Source: "rpkiclient"}
	rule := authority.AsOf{Limits: authority.DefaultLimits()}
	then := time.Date(2008, 2, 22, 12, 0, 0, 0, time.UTC)
	pick := authority.NewTimeline(authority.KindVRP, rule, snapshot).At(then)
	if want := "only VRPs of 2025-07-20 are at hand; 2008-02-22 lies before them"; pick.Usable || pick.Value != nil || pick.Reason != want {
		t.Errorf("usable %v, reason %q", pick.Usable, pick.Reason)
	}
	if pick := authority.NewTimeline(authority.KindVRP, rule, snapshot).At(made.Add(time.Hour)); pick.Value != table || pick.Anachronism {
		t.Errorf("an hour later: %+v", pick)
	}
	rule.AllowAnachronism = map[authority.Kind]bool{authority.KindVRP: true}
	pick = authority.NewTimeline(authority.KindVRP, rule, snapshot).At(then)
	if pick.Value != table || !pick.Anachronism || pick.Reason == "" {
		t.Errorf("with anachronism allowed: %+v", pick)
	}
}

// TestRealASSets expands every as-set of the dn42 registry and holds the tables built from it against its files.
func TestRealASSets(t *testing.T) {
	var build authority.SetBuilder
	var routes authority.RouteBuilder
	names := []string{}
	for _, name := range []string{"as-set.db", "aut-num.db", "route.db", "route6.db"} {
		f, err := os.Open(filepath.Join(testdata.Real(t), "routing", "irr", "dn42", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		err = rpsl.Reader{Source: "DN42"}.Read(f, func(p values.Problem) { t.Error(p) }, func(o *rpsl.Object) error {
			switch string(o.Class) {
			case "as-set":
				s, err := o.ASSet()
				names = append(names, s.Name)
				build.AddRPSL(s)
				return err
			case "aut-num":
				a, err := o.AutNum()
				build.AddAutNum(a)
				return err
			}
			r, err := o.Route()
			return errors.Join(err, routes.AddRPSL(r))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sets, table := build.Build(), routes.Build()
	if sets.Len() != 92 || table.Skipped() != 0 {
		t.Errorf("%d as-sets, %d routes skipped", sets.Len(), table.Skipped())
	}
	networks, prefixes, loops, missing := 0, 0, 0, 0
	for _, name := range names {
		got, err := sets.Expand(name, authority.ExpandLimits{})
		if err != nil || got.Truncated != "" {
			t.Errorf("%s: truncated %q, %v", name, got.Truncated, err)
		}
		for _, asn := range got.ASNs {
			if path := got.Path(asn); len(path) == 0 || path[0] != name {
				t.Errorf("%s: AS%d by way of %v", name, asn, path)
			}
		}
		known, _ := table.PrefixesOf(got.ASNs, time.Time{}, 0)
		networks, prefixes = networks+len(got.ASNs), prefixes+len(known)
		loops, missing = loops+len(got.Loops), missing+len(got.Missing)
	}
	t.Logf("%d as-sets, %d route objects: %d members, %d prefixes, %d loops, %d missing sets", sets.Len(), table.Len(),
		networks, prefixes, loops, missing)
}

// TestRealBogons holds the full bogon lists of 2024-11-07 against the prefixes of October 2025: few real routes are
// bogons, and every entry of the lists judges itself.
func TestRealBogons(t *testing.T) {
	if testing.Short() {
		t.Skip("reads hundreds of thousands of entries")
	}
	var entries []authority.BogonPrefix
	for _, name := range []string{"fullbogons-ipv4.txt.gz", "fullbogons-ipv6.txt.gz"} {
		f, err := os.Open(filepath.Join(testdata.Real(t), "routing", "bogons", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		list, err := bogons.Read(z, func(p values.Problem) { t.Error(p) })
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, authority.BogonPrefixes(name, list.Entries)...)
	}
	made := time.Date(2024, 11, 8, 0, 0, 0, 0, time.UTC)
	table := authority.NewBogons(append(authority.SpecialPrefixes(), entries...), authority.SpecialASNs())
	for _, e := range entries {
		if v := table.Prefix(e.Prefix, made); v.Kind < e.Kind {
			t.Errorf("%s judges itself %v", e.ID(), v.Kind)
		}
		if v := table.Prefix(e.Prefix, e.Since.Add(-time.Second)); v.Source == e.Source {
			t.Errorf("%s judges before it was made", e.ID())
		}
	}
	prefixes, _ := realPrefixes(t, "bart-prefixes.txt.gz")
	var kinds [3]int
	for _, p := range prefixes {
		kinds[table.Prefix(p, made).Kind]++
	}
	t.Logf("%d entries; of %d routes %d administrative, %d full", len(entries), len(prefixes), kinds[1], kinds[2])
	if kinds[2] > len(prefixes)/1000 {
		t.Errorf("%d full bogons among real routes", kinds[2])
	}
}
