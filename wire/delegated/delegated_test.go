package delegated

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/values"
)

type result struct {
	Headers  []Header
	Records  []Record
	Problems []string
	Err      error
}

func readAll(text string) (got result) {
	got.Err = ReadAll(strings.NewReader(text), func(p values.Problem) { got.Problems = append(got.Problems, p.String()) },
		func(h Header) error { got.Headers = append(got.Headers, h); return nil },
		func(r Record) error { got.Records = append(got.Records, r); return nil })
	return got
}

var addrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func TestReadAll(t *testing.T) {
	got := readAll(`# conditions of use
2.3|apnic|20200102|6|19830613|20200101|+1000
apnic|*|asn|*|2|summary
apnic|*|ipv4|*|2|summary
apnic|*|ipv6|*|2|summary
apnic|IN|asn|64500|2|20000229|allocated|A1
apnic||asn|64600|10||available|
APNIC|in|ipv4|192.0.2.0|192|00000000|assigned|A1|e-stats
apnic|ZZ|ipv4|198.51.100.0|256||reserved
apnic|IN|ipv6|2001:db8::|32|20000101|allocated|A1
apnic||ipv6|2001:db8:8000::|33||available|
`)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	addr := netip.MustParseAddr
	want := result{
		Headers: []Header{{"2.3", "apnic", "20200102", 6, day(2020, 1, 1), "+1000"}},
		Records: []Record{
			{Registry: "apnic", Country: "IN", Type: ASN, Status: Allocated, FirstASN: 64500, Count: 2, Date: day(2000, 2, 29), OpaqueID: "A1", Line: 6},
			{Registry: "apnic", Type: ASN, Status: Available, FirstASN: 64600, Count: 10, Line: 7},
			{Registry: "apnic", Country: "IN", Type: IPv4, Status: Assigned, First: addr("192.0.2.0"), Count: 192, OpaqueID: "A1", Line: 8},
			{Registry: "apnic", Country: "ZZ", Type: IPv4, Status: Reserved, First: addr("198.51.100.0"), Count: 256, Line: 9},
			{Registry: "apnic", Country: "IN", Type: IPv6, Status: Allocated, First: addr("2001:db8::"), Count: 32, Date: day(2000, 1, 1), OpaqueID: "A1", Line: 10},
			{Registry: "apnic", Type: IPv6, Status: Available, First: addr("2001:db8:8000::"), Count: 33, Line: 11},
		},
	}
	if d := cmp.Diff(want, got, addrs); d != "" {
		t.Error(d)
	}
}

func TestReadDropsWhatIsNotDelegated(t *testing.T) {
	var lines []int
	err := Read(strings.NewReader("a|IN|asn|1|1||reserved\na|IN|asn|2|1||assigned\na|IN|asn|3|1||available\na|IN|asn|4|1||allocated"), nil,
		func(r Record) error { lines = append(lines, r.Line); return nil })
	if d := cmp.Diff([]int{2, 4}, lines); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestReadProblems(t *testing.T) {
	tests := []struct{ line, want string }{
		{"a|IN|asn|1|1|20200101", `record has 6 fields and should have at least 7`},
		{"|IN|asn|1|1||allocated", `"" is not a registry's name`},
		{"a|IND|asn|1|1||allocated", `"IND" is not a country code`},
		{"a|IN|asm|1|1||allocated", `"asm" is not a type of resource (asn, ipv4, ipv6)`},
		{"a|IN|asn|1|1||given", `"given" is not a status (allocated, assigned, reserved, available)`},
		{"a|IN|asn|1|1|20201301|allocated", `"20201301" is not a date in the form YYYYMMDD`},
		{"a|IN|asn|-1|1||allocated", `"-1" is not an AS number`},
		{"a|IN|asn|1|0||allocated", `range from AS1 is empty`},
		{"a|IN|asn|4294967295|2||allocated", `"2" is not a number from 0 to 1`},
		{"a|IN|ipv4|192.0.2|1||allocated", `"192.0.2" is not an ipv4 address`},
		{"a|IN|ipv4|2001:db8::|1||allocated", `"2001:db8::" is not an ipv4 address`},
		{"a|IN|ipv6|192.0.2.0|24||allocated", `"192.0.2.0" is not an ipv6 address`},
		{"a|IN|ipv4|255.255.255.0|257||allocated", `"257" is not a number from 0 to 256`},
		{"a|IN|ipv4|192.0.2.0|0||allocated", `range from 192.0.2.0 is empty`},
		{"a|IN|ipv4|192.0.2.0|+8||allocated", `"+8" is not a number from 0 to 1073741312`},
		{"a|IN|ipv6|2001:db8::|129||allocated", `"129" is not a number from 0 to 128`},
		{"a|IN|ipv6|2001:db8::1|32||allocated", `2001:db8::1/32 has bits set behind its length`},
		{"a|*|asn|*|x|summary", `"x" is not a number`},
		{"3|apnic|1|1|1|1|1", `version "3" of the format is not 2`},
		{"2|apnic|1|1", `version line has 4 fields and should have 7`},
		{"2|4pnic|1|1||20200101|", "version line names no registry or has a field that is too long"},
	}
	for _, tt := range tests {
		got := readAll("a|IN|asn|1|1||allocated\n" + tt.line + "\n")
		if got.Err != nil || len(got.Records) != 1 || len(got.Problems) != 1 {
			t.Errorf("%s: %+v", tt.line, got)
		} else if tt.line[2] != '*' && got.Problems[0] != "line 2: "+tt.want {
			t.Errorf("%s: %s, want %s", tt.line, got.Problems[0], tt.want)
		}
	}
	if got := readAll("<html>"); !errors.Is(got.Err, ErrFormat) {
		t.Errorf("%v, want ErrFormat", got.Err)
	}
}

func TestReadCutShort(t *testing.T) {
	got := readAll("a|*|asn|*|3|summary\na|*|ipv4|*|0|summary\na|IN|asn|1|1||allocated\na|IN|asn|2|1||allocated\n")
	want := []string{"line 4: file ends after 2 good asn records where its summary promises 3"}
	if d := cmp.Diff(want, got.Problems); d != "" {
		t.Error(d)
	}
}

func TestPrefixes(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{"192.0.2.0|256", []string{"192.0.2.0/24"}},
		{"192.0.2.0|768", []string{"192.0.2.0/23", "192.0.4.0/24"}},
		{"192.0.3.0|768", []string{"192.0.3.0/24", "192.0.4.0/23"}},
		{"192.0.2.1|6", []string{"192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/31", "192.0.2.6/32"}},
		{"0.0.0.0|4294967296", []string{"0.0.0.0/0"}},
		{"255.255.255.255|1", []string{"255.255.255.255/32"}},
		{"0.0.0.0|3", []string{"0.0.0.0/31", "0.0.0.2/32"}},
	}
	for _, tt := range tests {
		got := readAll("a|IN|ipv4|" + tt.line + "||allocated")
		if len(got.Records) != 1 {
			t.Fatal(tt.line, got)
		}
		var prefixes []string
		for _, p := range got.Records[0].Prefixes() {
			prefixes = append(prefixes, p.String())
		}
		if d := cmp.Diff(tt.want, prefixes); d != "" {
			t.Errorf("%s: %s", tt.line, d)
		}
	}
}

// TestPrefixesCoverExactly holds the expansion against counting: the prefixes follow one another without gap, none could be
// joined with its neighbour, and together they end where the range does.
func TestPrefixesCoverExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := uint64(rapid.Uint32().Draw(t, "first"))
		count := rapid.Uint64Range(1, 1<<32-first).Draw(t, "count")
		rec := Record{Type: IPv4, First: addr4(first), Count: count}
		prefixes := rec.Prefixes()
		next := first
		for i, p := range prefixes {
			b := p.Addr().As4()
			if start := uint64(binary.BigEndian.Uint32(b[:])); start != next || p != p.Masked() {
				t.Fatalf("prefix %s starts elsewhere than at %d", p, next)
			}
			next += 1 << (32 - p.Bits())
			if i > 0 && prefixes[i-1].Bits() == p.Bits() && netip.PrefixFrom(prefixes[i-1].Addr(), p.Bits()-1).Masked().Contains(p.Addr()) {
				t.Fatalf("%s and %s are one prefix", prefixes[i-1], p)
			}
		}
		if next != first+count || len(prefixes) > 62 {
			t.Fatalf("%d prefixes end at %d, want %d", len(prefixes), next, first+count)
		}
	})
}

func TestASNs(t *testing.T) {
	rec := Record{Type: ASN, FirstASN: 4294967294, Count: 2}
	if d := cmp.Diff([]values.ASN{4294967294, 4294967295}, slices.Collect(rec.ASNs())); d != "" {
		t.Error(d)
	}
	rec = Record{Type: ASN, FirstASN: 0, Count: 1 << 32}
	for a := range rec.ASNs() {
		if a == 5 {
			break
		}
	}
}

func FuzzReadAll(f *testing.F) {
	f.Add("2|apnic|20200102|6|19830613|20200101|+1000\napnic|*|asn|*|2|summary\napnic|IN|asn|64500|2|20000229|allocated|A1\n")
	f.Add("a|IN|ipv4|192.0.2.0|192|00000000|assigned\na|IN|ipv6|2001:db8::|32|20000101|reserved|A1")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range readAll(text).Records {
			if r.Type == ASN && uint64(r.FirstASN)+r.Count > 1<<32 {
				t.Fatalf("range beyond the last ASN: %+v", r)
			}
			for _, p := range r.Prefixes() {
				if !p.IsValid() || p != p.Masked() {
					t.Fatalf("impossible prefix %s of %+v", p, r)
				}
			}
		}
	})
}
