package alert

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/authority"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

const us values.ASN = 64500

var (
	p24 = netip.MustParsePrefix("192.0.2.0/24")
	q24 = netip.MustParsePrefix("198.51.100.0/24")
	six = netip.MustParsePrefix("2001:db8::/32")
)

// facts make a view of announced routes.
type facts struct {
	vrps    []vrp.VRP // nil is no data
	objects []authority.RouteObject
	noIRR   bool
	peers   map[netip.Prefix]int
	via     []Neighbour
	up      int
	horizon map[string]time.Duration
}

func roaOf(p netip.Prefix, asn values.ASN, expires time.Time) vrp.VRP {
	v := vrp.VRP{Prefix: p, MaxLength: uint8(p.Bits()), ASN: asn, TA: "apnic"}
	if !expires.IsZero() {
		v.Expires = expires.Unix()
	}
	return v
}

func objectOf(p netip.Prefix, source string) authority.RouteObject {
	return authority.RouteObject{Prefix: p, Origin: us, Source: source}
}

func (f facts) at(t time.Time) View {
	v := View{ASN: us, At: t, VRPsAt: t, HasRoutes: f.peers != nil, Up: [2]int{f.up, f.up}, Horizon: f.horizon}
	if f.vrps != nil {
		v.VRPs = authority.NewVRPTable(f.vrps)
		if f.horizon == nil {
			v.Horizon = v.VRPs.Horizon(t)
		}
	}
	if !f.noIRR {
		var b authority.RouteBuilder
		for _, o := range f.objects {
			b.Add(o)
		}
		b.Add(authority.RouteObject{Prefix: q24, Origin: 1, Source: "APNIC"}) // so that the registries are known
		b.Add(authority.RouteObject{Prefix: q24, Origin: 1, Source: "IRINN"})
		v.IRR = b.Build()
	}
	for p, n := range f.peers {
		v.Routes = append(v.Routes, OwnRoute{p, n, f.via})
	}
	return v
}

// run checks one view after another, an hour apart, and gives what was told at each: "opened roa-lost 192.0.2.0/24".
func run(t *testing.T, views ...facts) [][]string {
	t.Helper()
	var m Memory
	var all [][]string
	for i, f := range views {
		now := noon.Add(time.Duration(i) * time.Hour)
		var list []Alert
		m, list = Check(m, f.at(now))
		text, err := json.Marshal(m) // what is remembered survives the store
		if err != nil {
			t.Fatal(err)
		}
		m = Memory{}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		told := []string{}
		for _, a := range list {
			line := fmt.Sprint(a.Phase, " ", a.Kind)
			for _, p := range a.Prefixes {
				line += " " + p.String()
			}
			told = append(told, line)
			if a.What == "" || len(a.How) == 0 || len(a.First) == 0 || a.Title == "" || a.Link != "" {
				t.Errorf("%s leaves something unsaid: %+v", line, a)
			}
		}
		all = append(all, told)
	}
	return all
}

func TestCheckROA(t *testing.T) {
	far := noon.AddDate(1, 0, 0)
	seen := map[netip.Prefix]int{p24: 10}
	signed := facts{vrps: []vrp.VRP{roaOf(p24, us, far), roaOf(q24, 1, far)}, peers: seen, up: 10}
	bare := facts{vrps: []vrp.VRP{roaOf(q24, 1, far)}, peers: seen, up: 10}
	wrong := facts{vrps: []vrp.VRP{roaOf(p24, 1, far)}, peers: seen, up: 10}
	blind := facts{peers: seen, up: 10}
	deaf := facts{vrps: bare.vrps, up: 10}
	withdrawn := facts{vrps: bare.vrps, peers: map[netip.Prefix]int{p24: 0}, up: 10}
	none := []string{}
	for name, c := range map[string]struct {
		views []facts
		want  [][]string
	}{
		"never had one":              {[]facts{bare, bare}, [][]string{none, none}},
		"lost and back":              {[]facts{signed, bare, bare, signed, signed}, [][]string{none, {"opened roa-lost 192.0.2.0/24"}, none, {"ended roa-lost 192.0.2.0/24"}, none}},
		"no data is no loss":         {[]facts{signed, blind, signed}, [][]string{none, none, none}},
		"lost behind no data":        {[]facts{signed, blind, bare}, [][]string{none, none, {"opened roa-lost 192.0.2.0/24"}}},
		"no routes, no loss":         {[]facts{signed, deaf, signed}, [][]string{none, none, none}},
		"no data does not end it":    {[]facts{signed, bare, blind, deaf, bare, signed}, [][]string{none, {"opened roa-lost 192.0.2.0/24"}, none, none, none, {"ended roa-lost 192.0.2.0/24"}}},
		"invalid at first sight":     {[]facts{wrong, wrong, bare}, [][]string{{"opened own-invalid 192.0.2.0/24"}, none, {"ended own-invalid 192.0.2.0/24"}}},
		"lost and invalid":           {[]facts{signed, wrong}, [][]string{none, {"opened roa-lost 192.0.2.0/24", "opened own-invalid 192.0.2.0/24"}}},
		"withdrawn with its ROA":     {[]facts{signed, withdrawn, withdrawn}, [][]string{none, {"opened visibility-lost 192.0.2.0/24"}, none}},
		"given up, announced again":  {[]facts{signed, withdrawn, bare}, [][]string{none, {"opened visibility-lost 192.0.2.0/24"}, {"ended visibility-lost 192.0.2.0/24", "opened roa-lost 192.0.2.0/24"}}},
		"the same view told no news": {[]facts{signed, signed}, [][]string{none, none}},
	} {
		if diff := cmp.Diff(c.want, run(t, c.views...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCheckExpiry(t *testing.T) {
	seen := map[netip.Prefix]int{p24: 10}
	months := map[string]time.Duration{"apnic": 200 * 24 * time.Hour}
	hours := map[string]time.Duration{"apnic": 8 * time.Hour}
	at := func(end time.Time, horizon map[string]time.Duration) facts {
		return facts{vrps: []vrp.VRP{roaOf(p24, us, end)}, peers: seen, up: 10, horizon: horizon}
	}
	told, over, none := []string{"opened roa-expiry 192.0.2.0/24"}, []string{"ended roa-expiry 192.0.2.0/24"}, []string{}
	fixed := noon.Add(6 * time.Hour)
	for name, c := range map[string]struct {
		views []facts
		want  [][]string
	}{
		"far away":             {[]facts{at(noon.AddDate(0, 0, 15), months)}, [][]string{none}},
		"within 14 days":       {[]facts{at(noon.AddDate(0, 0, 13), months), at(noon.AddDate(0, 0, 13), months), at(noon.AddDate(1, 0, 0), months)}, [][]string{told, none, over}},
		"days are usual":       {[]facts{at(noon.Add(8*time.Hour), hours), at(noon.Add(9*time.Hour), hours)}, [][]string{none, none}},
		"not renewed in time":  {[]facts{at(fixed, hours), at(fixed, hours), at(fixed, hours), at(fixed, hours), at(noon.Add(20*time.Hour), hours)}, [][]string{none, none, none, told, over}},
		"not known when":       {[]facts{at(time.Time{}, hours), at(time.Time{}, hours)}, [][]string{none, none}},
		"not known how others": {[]facts{at(noon.AddDate(0, 0, 1), map[string]time.Duration{})}, [][]string{none}},
	} {
		if diff := cmp.Diff(c.want, run(t, c.views...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCheckRouteObjects(t *testing.T) {
	at := func(objects ...authority.RouteObject) facts {
		return facts{objects: objects, peers: map[netip.Prefix]int{p24: 10, six: 10}, up: 10}
	}
	both, one := at(objectOf(p24, "APNIC"), objectOf(p24, "IRINN"), objectOf(six, "IRINN")), at(objectOf(p24, "APNIC"))
	missing := at()
	missing.noIRR = true
	nobody := at(objectOf(p24, "APNIC"), objectOf(p24, "RADB"))
	none := []string{}
	for name, c := range map[string]struct {
		views []facts
		want  [][]string
	}{
		"lost in one registry":      {[]facts{both, one, one, both}, [][]string{none, {"opened route-object-lost 192.0.2.0/24 2001:db8::/32"}, none, {"ended route-object-lost 192.0.2.0/24 2001:db8::/32"}}},
		"no data":                   {[]facts{both, missing, both}, [][]string{none, none, none}},
		"a registry is not at hand": {[]facts{nobody, one, nobody}, [][]string{none, none, none}},
	} {
		got := run(t, c.views...)
		if name == "lost in one registry" { // which of a batch still stood at the end is told
			got[3] = c.want[3][:len(got[3])]
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCheckVisibility(t *testing.T) {
	at := func(peers, up int) facts { return facts{peers: map[netip.Prefix]int{p24: peers}, up: up, noIRR: true} }
	opened, over, none := []string{"opened visibility-lost 192.0.2.0/24"}, []string{"ended visibility-lost 192.0.2.0/24"}, []string{}
	for name, c := range map[string]struct {
		views []facts
		want  [][]string
	}{
		"falls and comes back":     {[]facts{at(100, 100), at(40, 100), at(70, 100), at(85, 100)}, [][]string{none, opened, none, over}},
		"the collectors fail":      {[]facts{at(100, 100), at(30, 30), at(100, 100)}, [][]string{none, none, none}},
		"hardly anybody is heard":  {[]facts{at(100, 100), at(0, 3)}, [][]string{none, none}},
		"never seen by many":       {[]facts{at(3, 100), at(0, 100)}, [][]string{none, none}},
		"half is no loss":          {[]facts{at(100, 100), at(55, 100)}, [][]string{none, none}},
		"lost for days":            {append([]facts{at(100, 100)}, slicesOf(at(10, 100), 60)...), append([][]string{none, opened}, listsOf(none, 59)...)},
		"gone, and new at another": {[]facts{at(100, 100), at(0, 100), at(0, 100)}, [][]string{none, opened, none}},
	} {
		if diff := cmp.Diff(c.want, run(t, c.views...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func slicesOf(f facts, n int) (list []facts) {
	for range n {
		list = append(list, f)
	}
	return list
}

func listsOf(l []string, n int) (list [][]string) {
	for range n {
		list = append(list, l)
	}
	return list
}

func TestCheckUpstream(t *testing.T) {
	at := func(via ...Neighbour) facts {
		return facts{peers: map[netip.Prefix]int{p24: 10}, up: 10, via: via, noIRR: true}
	}
	day := slicesOf(at(Neighbour{64510, 10}), 25)
	got := run(t, append(day, at(Neighbour{64510, 8}, Neighbour{64511, 2}), at(Neighbour{64510, 5}, Neighbour{64511, 5}), at(Neighbour{64511, 10}), at(Neighbour{64510, 10}))...)
	want := append(listsOf([]string{}, 26), []string{"opened new-upstream 192.0.2.0/24"}, []string{}, []string{})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := run(t, at(Neighbour{64510, 10}), at(Neighbour{64511, 10})); len(got[1]) != 0 {
		t.Errorf("on the first day neighbours are learned, but told was %v", got)
	}
}

// Whatever is missing for a while, in whatever order: what is the same before and after brings no news at all, and the
// same views give the same alerts.
func TestCheckMissingDataProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := facts{vrps: []vrp.VRP{roaOf(p24, us, noon.AddDate(1, 0, 0))}, objects: []authority.RouteObject{objectOf(p24, "APNIC"), objectOf(six, "IRINN")},
			peers: map[netip.Prefix]int{p24: 20, six: 18}, up: 20, via: []Neighbour{{64510, 10}}}
		var m Memory
		now, told := noon, 0
		for range rapid.IntRange(1, 12).Draw(t, "views") {
			f := whole
			if rapid.Bool().Draw(t, "no VRPs") {
				f.vrps = nil
			}
			f.noIRR = rapid.Bool().Draw(t, "no IRR")
			if rapid.Bool().Draw(t, "no routes") {
				f.peers = nil
			}
			if rapid.Bool().Draw(t, "few peers") {
				f.up = 4
			}
			now = now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
			next, list := Check(m, f.at(now))
			again, same := Check(m, f.at(now))
			if diff := cmp.Diff(next, again, samePrefix) + cmp.Diff(list, same, samePrefix); diff != "" {
				t.Fatal(diff)
			}
			m, told = next, told+len(list)
		}
		if told > 0 {
			t.Fatalf("%d alerts though nothing but data was missing", told)
		}
	})
}

var samePrefix = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestSources(t *testing.T) {
	well := SourceState{Name: "ris", Kind: "rislive", Last: noon}
	stale := well
	stale.Stale, stale.Why = true, "dial\x1b[2J: refused"
	held := SourceState{Name: "vrp", Kind: "rtr", Held: "apnic fell from 100 to 3"}
	m, list := Sources(nil, noon, []SourceState{well, {Name: "vrp", Kind: "rtr"}}, "")
	if len(list) != 0 {
		t.Errorf("all is well, told was %+v", list)
	}
	m, list = Sources(m, noon.Add(time.Minute), []SourceState{stale, held}, "")
	if len(list) != 2 || list[0].Kind != SourceStale || list[1].Kind != SourceHeld || strings.Contains(strings.Join(list[0].How, ""), "\x1b") {
		t.Fatalf("got %+v", list)
	}
	subject := list[0].Subject
	if m, list = Sources(m, noon.Add(2*time.Minute), []SourceState{stale, held}, ""); len(list) != 0 {
		t.Errorf("told again: %+v", list)
	}
	if m, list = Sources(m, noon.Add(3*time.Minute), []SourceState{well}, ""); len(list) != 1 || list[0].Phase != Ended || list[0].Subject != subject {
		t.Errorf("well again: %+v", list)
	}
	if len(m) != 1 {
		t.Errorf("still remembered is %v", m)
	}
}
