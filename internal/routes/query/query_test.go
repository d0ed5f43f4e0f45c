package query_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/routes/query"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// typed is a query as a user types it; "" and nil ask for nothing.
type typed struct {
	prefixes, origins, peers, kinds, communities []string
	relation, path, from, to                     string
}

func drawTyped(t *rapid.T) typed {
	pick := func(name string, from ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 2, rapid.ID[string]).Draw(t, name)
	}
	return typed{
		prefixes:    pick("prefixes", "0.0.0.0/0", "198.51.100.0/24", "198.51.100.0/25", "198.51.100.128/25", "2001:db8::/32", "::/0"),
		relation:    rapid.SampledFrom([]string{"exact", "more", "less"}).Draw(t, "relation"),
		origins:     pick("origins", "64500", "AS64501", "64502"),
		peers:       pick("peers", "64500", "64501", "192.0.2.1", "2001:db8::1"),
		kinds:       pick("kinds", "A", "w", "R", "S"),
		communities: pick("communities", "64500:1", "64500:*", "*:666", "no-export", "blackhole", "64500:1:2", "*:*:3"),
		path:        rapid.SampledFrom([]string{"", "_64500_", "^64501", "64502$", "_64500_64501_", "^$"}).Draw(t, "path"),
		from:        rapid.SampledFrom([]string{"", "100", "1970-01-01T00:01:42Z"}).Draw(t, "from"),
		to:          rapid.SampledFrom([]string{"", "103", "1970-01-01T00:01:42.5Z"}).Draw(t, "to"),
	}
}

func must[T any](t *rapid.T, parse func(string) (T, error), texts []string) (out []T) {
	for _, s := range texts {
		v, err := parse(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func (y typed) query(t *rapid.T) *query.Query {
	q := &query.Query{
		Prefixes: must(t, values.ParsePrefix, y.prefixes), Origins: must(t, values.ParseASN, y.origins),
		Peers: must(t, query.ParsePeer, y.peers), Kinds: must(t, query.ParseKind, y.kinds),
		Communities: must(t, query.ParseCommunity, y.communities), Relation: must(t, query.ParseRelation, []string{y.relation})[0],
	}
	if y.path != "" {
		q.Path = must(t, query.ParsePath, []string{y.path})[0]
	}
	if y.from != "" {
		q.From = must(t, query.ParseTime, []string{y.from})[0]
	}
	if y.to != "" {
		q.To = must(t, query.ParseTime, []string{y.to})[0]
	}
	return q
}

// wants is the slow oracle: it compares texts and walks bits.
func (y typed) wants(e *mrt.Elem, a *bgp.Attrs) bool {
	routed := e.Kind == mrt.Announce || e.Kind == mrt.RIBEntry
	any := func(texts []string, ok func(string) bool) bool {
		for _, s := range texts {
			if ok(s) {
				return true
			}
		}
		return len(texts) == 0
	}
	at := float64(e.Sec) + float64(e.Micro)/1e6
	return any(y.kinds, func(s string) bool { return strings.EqualFold(s, string(rune(e.Kind))) }) &&
		any(y.prefixes, func(s string) bool { return related(y.relation, e.Prefix, s) }) &&
		any(y.peers, func(s string) bool { return s == fmt.Sprint(e.PeerAS) || s == e.PeerIP.String() }) &&
		any(y.origins, func(s string) bool { return routed && slowOrigins(a)[strings.TrimPrefix(s, "AS")] }) &&
		any(y.communities, func(s string) bool { return routed && slowCommunities(s, a) }) &&
		(y.path == "" || routed && slowPath(y.path, a)) &&
		(y.from == "" || at >= map[string]float64{"100": 100}[y.from] && (y.from == "100" || at >= 102)) &&
		(y.to == "" || y.to == "103" && at < 103 || y.to != "103" && at < 102.5)
}

// related compares prefixes bit by bit.
func related(relation string, got netip.Prefix, text string) bool {
	want := netip.MustParsePrefix(text)
	if !got.IsValid() || got.Addr().Is4() != want.Addr().Is4() {
		return false
	}
	bit := func(p netip.Prefix, i int) byte { return p.Addr().AsSlice()[i/8] >> (7 - i%8) & 1 }
	for i := range min(got.Bits(), want.Bits()) {
		if bit(got, i) != bit(want, i) {
			return false
		}
	}
	switch relation {
	case "more":
		return got.Bits() >= want.Bits()
	case "less":
		return got.Bits() <= want.Bits()
	}
	return got.Bits() == want.Bits()
}

func slowOrigins(a *bgp.Attrs) map[string]bool {
	out := map[string]bool{}
	fields := strings.Fields(a.PathString())
	if len(fields) > 0 {
		for _, s := range strings.Split(strings.Trim(fields[len(fields)-1], "{}"), ",") {
			out[s] = true
		}
	}
	return out
}

func slowCommunities(pattern string, a *bgp.Attrs) bool {
	pattern = map[string]string{"no-export": "65535:65281", "blackhole": "65535:666"}[pattern] + pattern
	pattern = strings.TrimSuffix(strings.TrimSuffix(pattern, "no-export"), "blackhole")
	re := regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", "[0-9]+") + "$")
	for _, c := range a.Communities {
		if re.MatchString(fmt.Sprintf("%d:%d", c>>16, c&0xFFFF)) {
			return true
		}
	}
	for _, c := range a.LargeCommunities {
		if re.MatchString(fmt.Sprintf("%d:%d:%d", c.Global, c.Local1, c.Local2)) {
			return true
		}
	}
	return false
}

// slowPath turns every separator into two underscores, so that "_" is an ordinary character.
func slowPath(pattern string, a *bgp.Attrs) bool {
	path := strings.NewReplacer(" ", "__", ",", "__", "{", "_", "}", "_").Replace(a.PathString())
	return regexp.MustCompile(strings.NewReplacer("^", "^_", "$", "_$", "0_6", "0__6").Replace(pattern)).MatchString("_" + path + "_")
}

func drawElem(t *rapid.T) (*mrt.Elem, *bgp.Attrs) {
	e := &mrt.Elem{
		Kind: rapid.SampledFrom([]mrt.ElemKind{'A', 'A', 'R', 'W', 'S'}).Draw(t, "kind"), AS4: true,
		Sec: rapid.Uint32Range(99, 104).Draw(t, "sec"), Micro: rapid.SampledFrom([]uint32{0, 499999, 500000}).Draw(t, "micro"),
		PeerAS: values.ASN(rapid.Uint32Range(64500, 64502).Draw(t, "peer")),
		PeerIP: netip.MustParseAddr(rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "2001:db8::1"}).Draw(t, "ip")),
	}
	if e.Kind != mrt.State {
		e.Prefix = netip.MustParsePrefix(rapid.SampledFrom([]string{"0.0.0.0/0", "198.51.100.0/24", "198.51.100.0/25",
			"198.51.100.128/25", "198.51.0.0/16", "2001:db8::/32", "2001:db8:1::/48", "::/0"}).Draw(t, "prefix"))
	}
	asns := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) values.ASN { return values.ASN(rapid.Uint32Range(64500, 64502).Draw(t, "asn")) }), 1, 3)
	a := &bgp.Attrs{HasOrigin: true, HasPath: true, HasNextHop: true, NextHop: netip.MustParseAddr("192.0.2.1")}
	if rapid.Bool().Draw(t, "sequence") {
		a.Path = append(a.Path, bgp.Segment{Kind: bgp.ASSequence, ASNs: asns.Draw(t, "sequence")})
	}
	if rapid.Bool().Draw(t, "set") {
		a.Path = append(a.Path, bgp.Segment{Kind: bgp.ASSet, ASNs: asns.Draw(t, "set")})
	}
	a.Communities = rapid.SliceOfN(rapid.SampledFrom([]uint32{64500<<16 | 1, 64500<<16 | 7, 64501<<16 | 666, 0xFFFFFF01, 0xFFFF029A}), 0, 2).Draw(t, "communities")
	a.LargeCommunities = rapid.SliceOfN(rapid.SampledFrom([]bgp.LargeCommunity{{Global: 64500, Local1: 1, Local2: 2}, {Global: 1, Local1: 2, Local2: 3}}), 0, 1).Draw(t, "large")
	e.RawAttrs = bgp.AppendAttrs(nil, a)
	return e, a
}

// TestMatcherAgreesWithTheOracle asks a matcher of many elements, so that its memory is used.
func TestMatcherAgreesWithTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := drawTyped(t)
		matcher := query.NewMatcher(y.query(t))
		for range rapid.IntRange(1, 30).Draw(t, "elements") {
			e, a := drawElem(t)
			if got, want := matcher.Match(e), y.wants(e, a); got != want {
				t.Fatalf("%+v of %+v with path %q: %v, want %v", y, e, a.PathString(), got, want)
			}
		}
	})
}

func TestPathUnderscore(t *testing.T) {
	for _, c := range []struct {
		expression, path string
		want             bool
	}{
		{"_701_", "701", true}, {"_701_", "1 701 2", true}, {"_701_", "1 7011 2", false}, {"_701_", "1 17 01", false},
		{"_701_", "1 {701,702}", true}, {"_702_", "1 {701,702}", true}, {"_701_", "(701) 2", true}, {"_701_", "[701,1] 2", true},
		{"^701_", "701 2", true}, {"^701_", "2 701", false}, {"_701$", "2 701", true}, {"_1_2_", "1 2", true}, {"_1_2_", "1 3 2", false},
		{"^$", "", true}, {"_", "", true}, {"^(_1)+$", "1 1 1", true}, {`\_`, "1", false}, {"[_]", "1 2", false}, {"[^_]2", "12", true}, {"[]_]", "1 2", false},
	} {
		p, err := query.ParsePath(c.expression)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match([]byte(c.path)); got != c.want || p.String() != c.expression {
			t.Errorf("%s on %q: %v", p, c.path, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	refused := func(what string, err error) {
		if err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	for _, s := range []string{"", "1", "1:2:3:4", "65536:1", "a:b", "1:", "4294967296:1:1", "-1:2", "no-such-name"} {
		_, err := query.ParseCommunity(s)
		refused("community "+s, err)
	}
	for _, s := range []string{"", "X", "AW"} {
		_, err := query.ParseKind(s)
		refused("type "+s, err)
	}
	for _, s := range []string{"", "yesterday", "-1", "4294967296", "2008-02-24"} {
		_, err := query.ParseTime(s)
		refused("time "+s, err)
	}
	_, err := query.ParsePath("(")
	refused("path", err)
	_, err = query.ParsePeer("192.0.2")
	refused("peer", err)
	_, err = query.ParseRelation("inside")
	refused("relation", err)
}

func TestTimesWithZonesAreTheSame(t *testing.T) {
	a, errA := query.ParseTime("2008-02-24T23:45:00+05:45")
	b, errB := query.ParseTime("1203876000")
	if errA != nil || errB != nil || !a.Equal(b) || a.Location() != time.UTC {
		t.Errorf("%v (%v), %v (%v)", a, errA, b, errB)
	}
}
