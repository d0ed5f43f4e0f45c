package authority

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/values"
)

func TestSpecialPrefixes(t *testing.T) {
	b := NewBogons(SpecialPrefixes(), SpecialASNs())
	if b.Skipped() != 0 {
		t.Fatalf("%d of our own entries are malformed", b.Skipped())
	}
	now := year(2025)
	tests := []struct {
		prefix string
		at     time.Time
		object string
	}{
		{"10.1.0.0/16", now, "bogon 10.0.0.0/8 iana Private-Use (RFC 1918)"},
		{"10.0.0.0/8", now, "bogon 10.0.0.0/8 iana Private-Use (RFC 1918)"},
		{"10.0.0.0/7", now, ""},
		{"0.0.0.0/0", now, ""},
		{"::/0", now, ""},
		{"8.8.8.0/24", now, ""},
		{"100.64.0.0/10", now, "bogon 100.64.0.0/10 iana Shared Address Space (RFC 6598)"},
		{"100.64.0.0/10", year(2008), "bogon 100.0.0.0/8 iana Not allocated by IANA (IANA IPv4 address space)"},
		{"100.64.0.0/10", year(2011), ""},
		{"100.64.0.0/10", time.Time{}, "bogon 100.64.0.0/10 iana Shared Address Space (RFC 6598)"},
		{"1.1.1.0/24", year(2008), "bogon 1.0.0.0/8 iana Not allocated by IANA (IANA IPv4 address space)"},
		{"1.1.1.0/24", now, ""},
		{"255.255.255.255/32", now, "bogon 240.0.0.0/4 iana Reserved (RFC 1112)"},
		{"2001:db8::/32", now, "bogon 2001:db8::/32 iana Documentation (RFC 3849)"},
		{"2001::/32", now, ""},
		{"2001:0:1::/48", year(2020), ""},
		{"2001:5::/32", now, "bogon 2001::/23 iana IETF Protocol Assignments (RFC 2928)"},
		{"2002::/16", year(2020), ""},
		{"2620:4f:8000::/48", year(2020), ""},
		{"2d00::/16", year(2020), "bogon 2000::/3 iana Not allocated by IANA (IANA IPv6 unicast)"},
		{"64:ff9b::/96", now, ""},
		{"64:ff9c::/96", now, "bogon ::/3 iana Outside global unicast (RFC 3513, RFC 4291)"},
		{"3fff::/24", now, "bogon 3fff::/20 iana Documentation (RFC 9637)"},
		{"3ffe:800::/24", year(2005), ""},
		{"fd00::/8", now, "bogon fc00::/7 iana Unique-Local (RFC 4193)"},
	}
	for _, tt := range tests {
		v := b.Prefix(prefix(tt.prefix), tt.at)
		if !starts(v.Object, tt.object) || (v.Kind == BogonFull) != (tt.object != "") {
			t.Errorf("%s in %d: %+v", tt.prefix, tt.at.Year(), v)
		}
	}
}

func TestSpecialASNs(t *testing.T) {
	b := NewBogons(nil, SpecialASNs())
	for asn, want := range map[values.ASN]string{
		0: "bogon AS0 iana Reserved (RFC 7607)", 1: "", 23455: "", 23456: "bogon AS23456 iana AS_TRANS (RFC 4893, RFC 6793)",
		64495: "", 64496: "bogon AS64496-AS64511 iana Documentation (RFC 5398)",
		64512: "bogon AS64512-AS65534 iana Private Use (RFC 1930, RFC 6996)", 131072: "", 4199999999: "",
		65535: "bogon AS65535 iana Reserved (RFC 1930, RFC 7300)", 131071: "bogon AS65552-AS131071 iana Reserved by IANA (IANA)",
		4200000000: "bogon AS4200000000-AS4294967294 iana Private Use (RFC 6996)",
		4294967295: "bogon AS4294967295 iana Reserved (RFC 7300)",
	} {
		if v := b.ASN(asn, year(2025)); !starts(v.Object, want) {
			t.Errorf("AS%d: %q, want %q", asn, v.Object, want)
		}
	}
}

// starts says whether an object begins as wanted; nothing is wanted where want is empty.
func starts(object, want string) bool {
	return strings.HasPrefix(object, want) && (want != "" || object == "")
}

func TestBogonLists(t *testing.T) {
	b := NewBogons([]BogonPrefix{
		{Prefix: prefix("1.0.0.0/8"), Kind: BogonFull, Source: "list", Until: year(2010)},
		{Prefix: prefix("1.2.0.0/16"), Kind: BogonAdministrative, Source: "list"},
		{Prefix: prefix("1.2.3.0/24"), Kind: BogonFull, Source: "other", Since: year(2015)},
		{Prefix: prefix("1.2.0.0/17"), Kind: BogonNone, Source: "other"},
		{Prefix: prefix("0.0.0.0/0"), Kind: BogonFull, Source: "broken"},
	}, []BogonASN{{From: 5, To: 4, Kind: BogonFull}, {From: 7, To: 9, Kind: BogonAdministrative, Source: "list"},
		{From: 8, To: 8, Kind: BogonFull, Source: "list", Until: year(2010)}})
	if b.Skipped() != 2 {
		t.Errorf("%d skipped", b.Skipped())
	}
	got := []string{}
	for _, at := range []time.Time{year(2005), year(2012), year(2020), {}} {
		for _, p := range []string{"1.9.0.0/16", "1.2.0.0/24", "1.2.3.0/24"} {
			got = append(got, b.Prefix(prefix(p), at).Kind.String())
		}
		got = append(got, b.ASN(8, at).Kind.String())
	}
	want := []string{
		"full", "administrative", "administrative", "full",
		"none", "administrative", "administrative", "administrative",
		"none", "administrative", "full", "administrative",
		"none", "administrative", "full", "administrative",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// slowBogon asks each list for its longest entry that holds, and takes the gravest answer, then the longest.
func slowBogon(entries []BogonPrefix, p netip.Prefix, at time.Time) (kind BogonKind, bits int) {
	for _, source := range []string{"a", "b"} {
		longest, said := -1, BogonNone
		for _, e := range entries {
			in := e.Prefix.Overlaps(p) && e.Prefix.Bits() <= p.Bits() && e.Prefix.Bits() > 0
			if e.Source != source || !in || at.Before(e.Since) || (!e.Until.IsZero() && !at.Before(e.Until)) {
				continue
			}
			if e.Prefix.Bits() > longest || e.Prefix.Bits() == longest && e.Kind > said {
				longest, said = e.Prefix.Bits(), e.Kind
			}
		}
		if said > kind || said == kind && said != BogonNone && longest > bits {
			kind, bits = said, longest
		}
	}
	return kind, bits
}

func TestBogonsAgainstOracle(t *testing.T) {
	moment := rapid.SampledFrom([]time.Time{year(2001), year(2002), year(2003), year(2004)})
	entry := rapid.Custom(func(t *rapid.T) BogonPrefix {
		e := BogonPrefix{Prefix: drawPrefix().Draw(t, "prefix"), Kind: BogonKind(rapid.IntRange(0, 2).Draw(t, "kind")),
			Source: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source"), Since: moment.Draw(t, "since")}
		if rapid.Bool().Draw(t, "ends") {
			e.Until = moment.Draw(t, "until")
		}
		return e
	})
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(entry, 0, 30).Draw(t, "entries")
		b := NewBogons(entries, nil)
		slices.Reverse(entries)
		reversed := NewBogons(entries, nil)
		for range 20 {
			p, at := drawPrefix().Draw(t, "route"), moment.Draw(t, "at")
			got := b.Prefix(p, at)
			if want, _ := slowBogon(entries, p, at); got.Kind != want || reversed.Prefix(p, at) != got {
				t.Fatalf("%s: %+v, reversed %+v, the oracle says %v", p, got, reversed.Prefix(p, at), want)
			}
		}
	})
}

func TestBogonASNsAgainstOracle(t *testing.T) {
	entry := rapid.Custom(func(t *rapid.T) BogonASN {
		from := values.ASN(rapid.IntRange(0, 30).Draw(t, "from"))
		return BogonASN{From: from, To: from + values.ASN(rapid.IntRange(0, 30).Draw(t, "more")), Source: "a",
			Kind: BogonKind(rapid.IntRange(0, 2).Draw(t, "kind")), Since: year(2000 + rapid.IntRange(0, 3).Draw(t, "since"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(entry, 0, 20).Draw(t, "entries")
		b := NewBogons(nil, entries)
		for asn := range values.ASN(62) {
			want := BogonNone
			for _, e := range entries {
				if e.From <= asn && asn <= e.To && !e.Since.After(year(2001)) {
					want = max(want, e.Kind)
				}
			}
			if got := b.ASN(asn, year(2001)); got.Kind != want {
				t.Fatalf("AS%d: %+v, the oracle says %v", asn, got, want)
			}
		}
	})
}
