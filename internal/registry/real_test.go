package registry

import (
	"compress/bzip2"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pahra/internal/testdata"
	"pahra/wire/asrel"
	"pahra/wire/peeringdb"
	"pahra/wire/values"
)

// open gives a real file's content, decompressed.
func open(t testing.TB, path string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing", path))
	if err != nil {
		t.Skipf("real data is incomplete: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	switch filepath.Ext(path) {
	case ".bz2":
		return bzip2.NewReader(f)
	case ".gz":
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	return f
}

// load feeds a real file to a builder's Add method and gives the number of problems.
func load(t testing.TB, method func(Source, io.Reader, func(values.Problem)) error, path string, day time.Time) (problems int) {
	t.Helper()
	err := method(Source{Name: filepath.Base(path), Time: day}, open(t, path), func(p values.Problem) {
		if problems++; problems < 5 {
			t.Logf("%s: %s", path, p)
		}
	})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return problems
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// TestReal2008 builds what a judgement of February 2008 has at hand.
func TestReal2008(t *testing.T) {
	b := NewBuilder()
	load(t, b.AddASRel, "relations/20080101.as-rel.txt.gz", day(2008, 1, 1))
	load(t, b.AddOrganisations, "relations/20080402.as-org2info.jsonl.gz", day(2008, 4, 2))
	r := b.Build()
	counts := map[Relation]int{}
	for i := range r.nodes.asns {
		for group := range groups {
			counts[Relation(group+groupOf)] += len(r.graph.row(uint32(i), group))
		}
	}
	if counts[ProviderOf] != 52_311 || counts[CustomerOf] != 52_311 || counts[PeerOf] != 2*22_783 || counts[SiblingOf] != 0 {
		t.Errorf("relations are %v, want 52,311 provider-customer and 22,783 peer pairs", counts)
	}
	for _, tt := range []struct {
		a, b values.ASN
		want Relation
	}{{3356, 3549, PeerOf}, {701, 702, ProviderOf}, {9498, 3356, CustomerOf}} {
		if got := r.Relation(tt.a, tt.b); got != tt.want {
			t.Errorf("AS%d is %s of AS%d, want %s", tt.a, got, tt.b, tt.want)
		}
	}
	if n, _ := r.Network(17557); n.OrgName != "Pakistan Telecom" || n.Country != "PK" || n.RIR != "apnic" {
		t.Errorf("%+v", n)
	}
	if got := len(r.Siblings(701)); got != 17 {
		t.Errorf("AS701 has %d siblings, want 17", got)
	}
	if !r.Sibling(701, 702) || r.Sibling(17557, 36561) {
		t.Error("AS701 and AS702 are one organisation's, AS17557 and AS36561 are not")
	}
}

// TestRealAll loads one file of every kind and says what it takes.
func TestRealAll(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b := NewBuilder()
	load(t, b.AddASRel, "relations/20220501.as-rel.txt.bz2", day(2022, 5, 1))
	load(t, b.AddOrganisations, "relations/20211001.as-org2info.jsonl.gz", day(2021, 10, 1))
	for _, f := range []string{"delegated-apnic-extended-latest.gz", "delegated-ripencc-extended-latest.gz",
		"2019-delegated-afrinic-extended-latest.gz", "2019-delegated-lacnic-extended-latest.gz", "2022-delegated-apnic-latest.gz"} {
		load(t, b.AddDelegated, "registry/"+f, day(2022, 1, 1))
	}
	for _, f := range []string{"asnames.json.gz", "asns.csv.gz", "asn2org-asns.csv.gz"} {
		load(t, b.AddASNames, "registry/"+f, day(2026, 1, 1))
	}
	tags, _ := filepath.Glob(filepath.Join(testdata.Real(t), "routing/registry/tags-*.csv"))
	for _, f := range tags {
		f = filepath.Base(f)
		if f == "tags-feeder.csv" {
			continue // a page that was scraped awry: no line is a network
		}
		tag := strings.TrimSuffix(strings.TrimPrefix(f, "tags-"), ".csv")
		load(t, func(s Source, r io.Reader, report func(values.Problem)) error { return b.AddASTags(s, tag, r, report) }, "registry/"+f, day(2026, 1, 1))
	}
	pdb := "peeringdb/testdata/visibility-baseline/prod/anon/api/"
	for _, page := range []string{"page-1.json", "page-2.json"} {
		load(t, b.AddPeeringDBNets, pdb+"net/"+page, day(2026, 4, 15))
		load(t, b.AddPeeringDBOrgs, pdb+"org/"+page, day(2026, 4, 15))
		load(t, func(s Source, r io.Reader, report func(values.Problem)) error {
			return b.AddPeeringDBContacts(s, r, peeringdb.Hasher{}, report)
		}, pdb+"poc/"+page, day(2026, 4, 15))
	}
	load(t, b.AddPeeringDBNets, "peeringdb/PDB_net_asn_name.json", day(2025, 1, 1))
	r := b.Build()
	b = nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d networks take %d MB with %d delegations", r.Len(), (after.HeapAlloc-before.HeapAlloc)>>20, len(r.space.records))
	n, _ := r.Network(9498)
	if n.OrgName != "Bharti Airtel Limited" || n.Country != "IN" || n.RIR != "apnic" || n.Registered != day(1999, 3, 9) || n.Class != "Eyeball" {
		t.Errorf("%+v", n)
	}
	if n, _ := r.Network(14); n.OrgName != "Columbia University" {
		t.Errorf("%+v", n)
	}
	india, err := r.Resolve("country:IN")
	if err != nil || len(india) < 3_800 || len(india) > 7_000 {
		t.Errorf("%d networks in India, %v", len(india), err)
	}
	a, ok := r.Allocation(mustPrefix("1.6.0.0/16"))
	if !ok || a.Country != "IN" || a.Registry != "apnic" {
		t.Errorf("%+v, %v", a, ok)
	}
	contacts := 0
	for _, asn := range r.ASNs() {
		n, _ := r.Network(asn)
		contacts += len(n.Contacts)
	}
	if contacts != 34 {
		t.Errorf("%d contacts, want the 34 whose networks are on the pages", contacts)
	}
	sum := 0
	for _, asn := range r.nodes.asns {
		sum += len(r.Cone(asn))
	}
	spent := coneBudget - r.cones.left.Load()
	t.Logf("all cones have %d members in %d MB", sum, spent>>20)
	if spent > coneBudget/4 {
		t.Errorf("all cones take %d MB of %d", spent>>20, coneBudget>>20)
	}
	runtime.KeepAlive(r)
}

// TestRealNIR holds that a national registry's opaque id makes no siblings: AS3969 and AS4754 are both given out by
// India's.
func TestRealNIR(t *testing.T) {
	b := NewBuilder()
	load(t, b.AddDelegated, "registry/delegated-apnic-extended-latest.gz", day(2013, 4, 17))
	r := b.Build()
	if r.Sibling(3969, 4754) || r.Sibling(1237, 1704) {
		t.Error("networks of one national registry are siblings")
	}
	if reason, ok := r.SiblingReason(9498, 24560); !ok {
		t.Errorf("AS9498 and AS24560, both Bharti Airtel's, are no siblings: %s", reason)
	}
}

// TestRealConesAgainstCAIDA holds our cones against CAIDA's of 2016, which hold only what was seen in paths behind a
// provider or peer. The relations at hand are two years younger, so pairs may be missing for that alone; what is
// expected is that a cone made from relations (the larger kind) has most of what was seen, of networks that are still there.
func TestRealConesAgainstCAIDA(t *testing.T) {
	b := NewBuilder()
	load(t, b.AddASRel, "relations/20180101.as-rel.txt.gz", day(2018, 1, 1))
	r := b.Build()
	pairs, agreed, gone, ours := 0, 0, 0, 0
	err := asrel.ReadCones(open(t, "relations/20160101.ppdc-ases.txt.gz"), func(p values.Problem) { t.Error(p) }, func(c asrel.Cone) error {
		if _, ok := r.Network(c.AS); !ok {
			gone += len(c.Members) - 1
			return nil
		}
		ours += len(r.Cone(c.AS)) - 1
		for _, m := range c.Members {
			_, ok := r.Network(m)
			switch {
			case m == c.AS:
			case !ok:
				gone++
			default:
				pairs++
				if r.InCone(c.AS, m) {
					agreed++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("of %d observed pairs of 2016, %d (%.1f %%) are in the cones of 2018, which hold %d; %d pairs are of networks that are gone",
		pairs, agreed, 100*float64(agreed)/float64(pairs), ours, gone)
	if agreed*100 < pairs*80 {
		t.Error("less than 80 %: more than two years of change explain")
	}
}
