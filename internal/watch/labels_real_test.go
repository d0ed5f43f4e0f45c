package watch_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/wire/bgp"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// TestRealLabels holds the exclusions against the events that another system labelled in autumn 2021, and prints where
// they agree. The labels are heuristic, so nothing but the reading of the file is demanded; docs/readings/bgpwatch-2021.md
// reads the tables.
//
// The file names two origins and a prefix of each event, but no route. So each is played to the engine as the smallest
// history that there can be: ten peers have the first origin, six of them then get the second over the same neighbour.
// What only routes can tell (victim-on-path, neighbours, blackhole, transfer, moved) is thereby left open, and asn-typo
// gets the neighbour that it asks for.
func TestRealLabels(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads all VRPs of a day")
	}
	moas, leaks, others := readLabels(t)
	if len(moas) != 1562 || len(leaks) != 51 || others != 39 {
		t.Fatalf("%d conflicts of origin, %d leaks, %d others", len(moas), len(leaks), others)
	}
	sets := labelFacts(t)
	for _, set := range sets {
		for i := range moas {
			moas[i].outcomes = append(moas[i].outcomes, playLabel(t, set, &moas[i]))
		}
	}
	var b strings.Builder
	b.WriteString("\n")
	tellAgreement(&b, sets, moas)
	tellReasons(&b, sets, moas)
	tellExclusions(&b, sets[len(sets)-1], moas)
	tellLeaks(t, &b, sets, leaks)
	t.Log(b.String())
}

// labelled is one event with a conflict of origin.
type labelled struct {
	benign      bool
	reason      string // why it is called so, numbers left out
	first, then values.ASN
	prefix      netip.Prefix
	start       time.Time
	outcomes    []labelOutcome // by set of facts
}

// labelOutcome is what the engine makes of an event.
type labelOutcome struct {
	by     string // the exclusion that explains it; "" where none does
	noData bool   // none does, and no source at hand knows both networks, or covers the prefix
	bogon  bool   // the second origin is a bogon ASN, which is no hijack and an incident of its own kind
	rov    authority.ROV
}

// leakTriple is an event labelled as a leak.
type leakTriple struct{ a, b, c values.ASN }

var (
	conflict = regexp.MustCompile(`AS(\d+) ?\(.*<br> ?(?:Possible Hijacker:)?AS(\d+) ?\(`)
	valley   = regexp.MustCompile(`AS(\d+),AS(\d+),AS(\d+)$`)
	filters  = regexp.MustCompile(`\d+ import filter \d+`)
	country  = regexp.MustCompile(`Same country:..`)
)

func readLabels(t *testing.T) (moas []labelled, leaks []leakTriple, others int) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testdata.Real(t), "routing", "incidents", "bgpwatch-events-2021.json"))
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Type   string `json:"event_type"`
		Text   string `json:"Description"`
		Prefix string `json:"example_prefix"`
		Level  string `json:"level"`
		Start  string `json:"start_time"`
	}
	if err := json.Unmarshal(raw, &events); err != nil {
		t.Fatal(err)
	}
	number := func(s string) values.ASN {
		asn, err := values.ParseASN(s)
		if err != nil {
			t.Fatal(err)
		}
		return asn
	}
	for _, e := range events {
		if m := valley.FindStringSubmatch(e.Text); m != nil {
			leaks = append(leaks, leakTriple{number(m[1]), number(m[2]), number(m[3])})
			continue
		}
		m := conflict.FindStringSubmatch(e.Text)
		if m == nil {
			others++
			continue
		}
		start, err := time.Parse(time.DateTime, e.Start)
		if err != nil {
			t.Fatal(err)
		}
		moas = append(moas, labelled{benign: strings.Contains(e.Type, "Benign"), reason: labelReason(e.Type, e.Level),
			first: number(m[1]), then: number(m[2]), prefix: netip.MustParsePrefix(e.Prefix).Masked(), start: start})
	}
	return moas, leaks, others
}

// labelReason gives the reason of a label without the names in it.
func labelReason(kind, level string) string {
	if strings.Contains(kind, "Hijack") {
		return "hijack: " + level + " level"
	}
	level = filters.ReplaceAllString(level, "A imports B by its aut-num")
	level = country.ReplaceAllString(level, "same country")
	if strings.HasSuffix(level, "AntiDDoS provider") {
		level = "DDoS protection"
	}
	level, _, _ = strings.Cut(level, ",")
	return "benign: " + level
}

// factSet is what the judgement may use.
type factSet struct {
	name  string
	facts watch.Facts
}

// labelFacts gives the facts nearest to the time of the events: of the time, and then, one after another, some that are
// too old or that nobody could know yet.
func labelFacts(t *testing.T) []factSet {
	t.Helper()
	dir := filepath.Join(testdata.Real(t), "routing")
	build := func(relations string) *registry.Registry {
		b := registry.NewBuilder()
		readReal(t, filepath.Join(dir, "relations", "20211001.as-org2info.jsonl.gz"), func(r io.Reader) error {
			return b.AddOrganisations(registry.Source{Name: "organisations"}, r, nil)
		})
		if relations != "" {
			readReal(t, filepath.Join(dir, "relations", relations), func(r io.Reader) error {
				return b.AddASRel(registry.Source{Name: "relations"}, r, nil)
			})
		}
		return b.Build()
	}
	var all *vrp.Set
	readReal(t, filepath.Join(dir, "rpki", "rpkiclient_summary_20250720T093135Z.json.bz2"), func(r io.Reader) (err error) {
		all, err = vrp.Read(r, nil)
		return err
	})
	bogons := authority.NewBogons(authority.SpecialPrefixes(), authority.SpecialASNs())
	later := build("20220501.as-rel.txt.bz2")
	return []factSet{
		{"of the time", watch.Facts{Bogons: bogons, Registry: build("")}},
		{"+ rel. 2018", watch.Facts{Bogons: bogons, Registry: build("20180101.as-rel.txt.gz")}},
		{"+ rel. 2022", watch.Facts{Bogons: bogons, Registry: later}},
		{"+ VRPs 2025", watch.Facts{Bogons: bogons, Registry: later, VRPs: authority.NewVRPTable(all.VRPs)}},
	}
}

func readReal(t *testing.T, path string, read func(io.Reader) error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, _, err := compressed.NewReader(f, compressed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := read(in); err != nil {
		t.Fatal(err)
	}
}

// labelPeers have the first origin; labelChanging of them then get the second.
const labelPeers, labelChanging = 10, 6

// history is an engine and the few routes that it is told of.
type history struct {
	table  *routes.Table
	engine *watch.Engine
}

func newHistory(facts watch.Facts) *history {
	table := routes.NewTable(routes.NewInterner())
	h := &history{table, watch.New(watch.Defaults(), table)}
	h.engine.SetFacts(facts)
	return h
}

// say lets a peer have a route over a neighbour of its own and the networks of tail. Both are networks of nobody in the
// file, and no bogons.
func (h *history) say(sec int64, kind mrt.ElemKind, peer int, prefix netip.Prefix, tail ...values.ASN) {
	far := values.ASN(399_900 + peer)
	id, _ := h.table.Peers.ID(routes.PeerKey{Collector: "labels", ASN: far, IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(peer)})})
	path := append([]values.ASN{far, far + 50}, tail...)
	raw := bgp.AppendAttrs(nil, &bgp.Attrs{HasOrigin: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: path}}})
	h.engine.Feed(&watch.Event{Sec: sec, Kind: kind, Peer: id, Prefix: prefix, Attr: h.table.Interner().ID(raw, true, kind == mrt.RIBEntry), File: "labels"})
}

// playLabel lets the engine judge an event.
func playLabel(t *testing.T, set factSet, l *labelled) labelOutcome {
	t.Helper()
	h := newHistory(set.facts)
	start := l.start.Unix()
	for p := range labelPeers {
		h.say(start-7200, mrt.RIBEntry, p, l.prefix, l.first)
	}
	for p := range labelChanging {
		h.say(start, mrt.Announce, p, l.prefix, l.then)
	}
	incidents := h.engine.Finish(start + 600)
	var out labelOutcome
	if set.facts.VRPs != nil {
		out.rov = set.facts.VRPs.State(l.prefix, l.then)
	}
	for _, i := range incidents {
		if i.Kind == watch.Hijack {
			out.noData = !knows(set.facts, l)
			return out
		}
	}
	for _, x := range h.engine.Log() {
		if x.Kind == watch.Hijack {
			out.by = x.By
			if strings.Contains(x.Detail, "customer cone") {
				out.by += ", " + coneLevels(set.facts.Registry, l.first, l.then)
			}
			return out
		}
	}
	if set.facts.Bogons.ASN(l.then, l.start).Kind != authority.BogonFull {
		t.Errorf("AS%d, AS%d, %s: neither an incident nor an explanation", l.first, l.then, l.prefix)
	}
	out.bogon = true
	return out
}

// coneLevels says how far below the one network the other stands: 2 is a customer's customer.
func coneLevels(r *registry.Registry, a, b values.ASN) string {
	for _, pair := range [...][2]values.ASN{{a, b}, {b, a}} {
		level := []values.ASN{pair[0]}
		for n := 1; n <= 4; n++ {
			var above []values.ASN
			for _, asn := range level {
				above = append(above, r.Providers(asn)...)
			}
			slices.Sort(above)
			level = slices.Compact(above)
			if slices.Contains(level, pair[1]) {
				return fmt.Sprintf("cone of %d levels", n)
			}
		}
	}
	return "cone of 5 levels or more"
}

// knows says whether any source at hand could have told how the two origins belong together.
func knows(f watch.Facts, l *labelled) bool {
	if f.VRPs != nil && f.VRPs.State(l.prefix, l.then) != authority.ROVNotFound {
		return true
	}
	a, _ := f.Registry.Network(l.first)
	b, _ := f.Registry.Network(l.then)
	related := func(asn values.ASN) bool {
		return len(f.Registry.Providers(asn))+len(f.Registry.Customers(asn))+len(f.Registry.Peers(asn)) > 0
	}
	return a.OrgID != "" && b.OrgID != "" || related(l.first) && related(l.then)
}

// playLeak lets the engine judge a triple: ten peers have the prefixes of some networks over the one at its end, six of
// them then over the one in the middle.
func playLeak(t *testing.T, set factSet, l leakTriple) string {
	t.Helper()
	h := newHistory(set.facts)
	start := time.Date(2021, 10, 20, 0, 0, 0, 0, time.UTC).Unix()
	tell := func(sec int64, kind mrt.ElemKind, peers int, way ...values.ASN) {
		for k := range 5 {
			prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{20, byte(k), 0, 0}), 16)
			for p := range peers {
				h.say(sec, kind, p, prefix, append(slices.Clone(way), values.ASN(399_990+k))...)
			}
		}
	}
	tell(start-7200, mrt.RIBEntry, labelPeers, l.c)
	tell(start, mrt.Announce, labelChanging, l.a, l.b, l.c)
	for _, i := range h.engine.Finish(start + 600) {
		if i.Kind == watch.Leak {
			return "leak, by " + i.Evidence.Leak.Rule
		}
	}
	for _, x := range h.engine.Log() {
		if x.Kind == watch.Leak {
			return "explained: " + x.By
		}
	}
	if h.engine.NaiveLeaks().Flagged > 0 {
		return "relations not sure enough"
	}
	return "no leak"
}

// tripleShape says what the neighbours of the network in the middle are to it. That reads the same both ways.
func tripleShape(r *registry.Registry, l leakTriple) string {
	a, c := r.Relation(l.a, l.b), r.Relation(l.c, l.b)
	switch {
	case a == registry.Unknown || c == registry.Unknown:
		return "not known: a link is missing"
	case a == registry.ProviderOf && c == registry.ProviderOf:
		return "a valley: provider to provider"
	case a == registry.PeerOf && c == registry.PeerOf:
		return "a valley: peer to peer"
	case (a == registry.ProviderOf || a == registry.PeerOf) && (c == registry.ProviderOf || c == registry.PeerOf):
		return "a valley: provider and peer"
	}
	return "no valley"
}
