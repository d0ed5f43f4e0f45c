package watch_test

import (
	"cmp"
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
	"text/tabwriter"
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
	tellLeaks(&b, sets, leaks)
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

// playLabel lets the engine judge an event.
func playLabel(t *testing.T, set factSet, l *labelled) labelOutcome {
	t.Helper()
	const peers, changing = 10, 6
	table := routes.NewTable(routes.NewInterner())
	e := watch.New(watch.Defaults(), table)
	e.SetFacts(set.facts)
	say := func(sec int64, kind mrt.ElemKind, peer int, origin values.ASN) {
		far := values.ASN(399_900 + peer) // networks of nobody in the file, and no bogons
		id, _ := table.Peers.ID(routes.PeerKey{Collector: "labels", ASN: far, IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(peer)})})
		attrs := bgp.Attrs{HasOrigin: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{far, far + 50, origin}}}}
		attr := table.Interner().ID(bgp.AppendAttrs(nil, &attrs), true, kind == mrt.RIBEntry)
		e.Feed(&watch.Event{Sec: sec, Kind: kind, Peer: id, Prefix: l.prefix, Attr: attr, File: "labels"})
	}
	start := l.start.Unix()
	for p := range peers {
		say(start-7200, mrt.RIBEntry, p, l.first)
	}
	for p := range changing {
		say(start, mrt.Announce, p, l.then)
	}
	incidents := e.Finish(start + 600)
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
	for _, x := range e.Log() {
		if x.Kind == watch.Hijack {
			out.by = x.By
			if strings.Contains(x.Detail, "customer cone") {
				out.by += ", by the cone"
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

// tally counts events, and among them pairs of networks.
type tally struct {
	events int
	pairs  map[[2]values.ASN]bool
}

func (c *tally) add(l *labelled) {
	if c.pairs == nil {
		c.pairs = make(map[[2]values.ASN]bool)
	}
	c.events++
	c.pairs[[2]values.ASN{l.first, l.then}] = true
}

func (c *tally) String() string { return fmt.Sprintf("%d (%d)", c.events, len(c.pairs)) }

// share gives a part of c in percent of c and d.
func (c *tally) share(d *tally) string {
	return fmt.Sprintf("%.1f %% (%.1f %%)", 100*float64(c.events)/float64(c.events+d.events),
		100*float64(len(c.pairs))/float64(len(c.pairs)+len(d.pairs)))
}

// tellAgreement writes label by outcome, for each set of facts; in brackets the distinct pairs of networks.
func tellAgreement(w io.Writer, sets []factSet, moas []labelled) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "facts\tlabel\texplained\tunexplained\tno data\tbogon ASN\tagreement")
	for i, set := range sets {
		var count [2][4]tally
		for k := range moas {
			l, o := &moas[k], moas[k].outcomes[i]
			row, column := 0, 0
			if !l.benign {
				row = 1
			}
			switch {
			case o.by != "":
			case o.bogon:
				column = 3
			case o.noData:
				column = 2
			default:
				column = 1
			}
			count[row][column].add(l)
		}
		benign, hijack := &count[0], &count[1]
		fmt.Fprintf(tab, "%s\tbenign\t%s\t%s\t%s\t%s\texplained %s\n", set.name, &benign[0], &benign[1], &benign[2], &benign[3], benign[0].share(&benign[1]))
		fmt.Fprintf(tab, "\thijack\t%s\t%s\t%s\t%s\tunexplained %s\n", &hijack[0], &hijack[1], &hijack[2], &hijack[3], hijack[1].share(&hijack[0]))
		fmt.Fprintf(tab, "\tof the unexplained, labelled hijack\t\t\t\t\t%s\n", hijack[1].share(&benign[1]))
		fmt.Fprintf(tab, "\tof the explained, labelled benign\t\t\t\t\t%s\n", benign[0].share(&hijack[0]))
	}
	tab.Flush()
}

// tellReasons writes how many events of each reason are explained, for each set of facts.
func tellReasons(w io.Writer, sets []factSet, moas []labelled) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tab, "\nreason of the label\tevents (pairs)")
	for _, set := range sets {
		fmt.Fprintf(tab, "\t%s", set.name)
	}
	fmt.Fprintln(tab, "\tno data with all")
	for _, reason := range reasonsOf(moas) {
		all, none := tally{}, tally{}
		explained := make([]tally, len(sets))
		for k := range moas {
			l := &moas[k]
			if l.reason != reason {
				continue
			}
			all.add(l)
			for i := range sets {
				if l.outcomes[i].by != "" {
					explained[i].add(l)
				}
			}
			if l.outcomes[len(sets)-1].noData {
				none.add(l)
			}
		}
		fmt.Fprintf(tab, "%s\t%s", reason, &all)
		for i := range sets {
			fmt.Fprintf(tab, "\t%s", &explained[i])
		}
		fmt.Fprintf(tab, "\t%s\n", &none)
	}
	tab.Flush()
}

func reasonsOf(moas []labelled) []string {
	var list []string
	for _, l := range moas {
		list = append(list, l.reason)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tellExclusions writes which exclusion explains the events of each reason with all facts, and what the RPKI says of the
// rest.
func tellExclusions(w io.Writer, set factSet, moas []labelled) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "\nreason of the label\twith all facts\tevents (pairs)")
	for _, reason := range reasonsOf(moas) {
		by := make(map[string]*tally)
		for k := range moas {
			l := &moas[k]
			if l.reason != reason {
				continue
			}
			o := l.outcomes[len(l.outcomes)-1]
			name := o.by
			switch {
			case o.bogon:
				name = "a bogon ASN"
			case name == "":
				name = "unexplained, RPKI " + o.rov.String()
			}
			if by[name] == nil {
				by[name] = &tally{}
			}
			by[name].add(l)
		}
		names := make([]string, 0, len(by))
		for name := range by {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(by[b].events, by[a].events), cmp.Compare(a, b))
		})
		for _, name := range names {
			fmt.Fprintf(tab, "%s\t%s\t%s\n", reason, name, by[name])
		}
	}
	tab.Flush()
}

// tellLeaks writes what the relations say of the triples labelled as leaks.
func tellLeaks(w io.Writer, sets []factSet, leaks []leakTriple) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "\nfacts\ta triple labelled leak is\tevents (triples)")
	for _, set := range sets[1:3] {
		events := make(map[string]int)
		triples := make(map[string]map[leakTriple]bool)
		for _, l := range leaks {
			name := tripleShape(set.facts.Registry, l)
			events[name]++
			if triples[name] == nil {
				triples[name] = make(map[leakTriple]bool)
			}
			triples[name][l] = true
		}
		for _, name := range []string{"a valley: provider to provider", "a valley: peer to peer", "a valley: provider and peer",
			"no valley", "not known: a link is missing"} {
			fmt.Fprintf(tab, "%s\t%s\t%d (%d)\n", set.name, name, events[name], len(triples[name]))
		}
	}
	tab.Flush()
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
