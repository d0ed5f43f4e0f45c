package bogons_test

import (
	"bytes"
	"compress/gzip"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/bogons"
	"pahra/wire/values"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// decide applies the longest entry that holds, as Entry says.
func decide(entries []bogons.Entry, prefix string, at time.Time) (kind bogons.Kind) {
	p := netip.MustParsePrefix(prefix)
	longest := -1
	for _, e := range entries {
		if e.Holds(at) && e.Prefix.Bits() <= p.Bits() && e.Prefix.Contains(p.Addr()) && e.Prefix.Bits() > longest {
			longest, kind = e.Prefix.Bits(), e.Kind
		}
	}
	return kind
}

func TestDates(t *testing.T) {
	entries := append(bogons.Special(), bogons.Unallocated()...)
	tests := []struct {
		prefix, at string
		want       bogons.Kind
	}{
		{"10.1.0.0/16", "2008-02-22", bogons.Full},
		{"100.64.0.0/10", "2008-02-22", bogons.Full}, // not special yet, but 100/8 was not allocated either
		{"100.64.0.0/16", "2011-06-01", bogons.Exempt},
		{"100.64.0.0/16", "2012-04-01", bogons.Full},
		{"1.0.0.0/24", "2008-02-22", bogons.Full},
		{"1.0.0.0/24", "2010-01-01", bogons.Exempt},
		{"173.0.0.0/16", "2008-01-31", bogons.Full},
		{"173.0.0.0/16", "2008-02-22", bogons.Exempt},
		{"12.0.0.0/9", "2000-01-01", bogons.Exempt},
		{"192.88.99.0/24", "2008-02-22", bogons.Exempt},
		{"192.88.99.0/24", "2016-01-01", bogons.Administrative},
		{"203.0.113.0/24", "2009-12-31", bogons.Exempt},
		{"203.0.113.0/24", "2010-01-01", bogons.Full},
		{"250.0.0.0/8", "1995-01-01", bogons.Full},
		{"3ffe:100::/24", "2004-01-01", bogons.Exempt},
		{"3ffe:100::/24", "2006-06-06", bogons.Full},
		{"2001:db8::/48", "2003-01-01", bogons.Exempt},
		{"2001:db8::/48", "2008-01-01", bogons.Full},
		{"2002:c000:200::/40", "2008-01-01", bogons.Exempt},
		{"2001::/32", "2008-01-01", bogons.Exempt},
		{"2001:5::/32", "2008-01-01", bogons.Full},
		{"2a00:1::/32", "2004-01-01", bogons.Full},
		{"2a00:1::/32", "2008-01-01", bogons.Exempt},
		{"2a10:1::/32", "2019-06-04", bogons.Full},
		{"2a10:1::/32", "2019-06-05", bogons.Exempt},
		{"2f00::/16", "2020-01-01", bogons.Full},
		{"2f00::/16", "2030-01-01", bogons.Exempt}, // the table does not reach that far
		{"3fff::/32", "2025-01-01", bogons.Full},
		{"fd00::/8", "1999-01-01", bogons.Full},
		{"64:ff9b::/96", "2020-01-01", bogons.Exempt},
	}
	for _, tt := range tests {
		if got := decide(entries, tt.prefix, day(tt.at)); got != tt.want {
			t.Errorf("%s on %s is %v, want %v", tt.prefix, tt.at, got, tt.want)
		}
	}
}

func TestSpecialASNs(t *testing.T) {
	tests := []struct {
		asn  values.ASN
		at   string
		name string
	}{
		{0, "2008-01-01", "Reserved"}, {23456, "2007-04-30", ""}, {23456, "2007-05-01", "AS_TRANS"},
		{64500, "2008-11-30", "Reserved by IANA"}, {64500, "2008-12-01", "Documentation"}, {64495, "2020-01-01", ""},
		{64512, "2008-01-01", "Private Use"}, {65535, "2008-01-01", "Reserved"}, {65551, "2020-01-01", "Documentation"},
		{65552, "2020-01-01", "Reserved by IANA"}, {131071, "2020-01-01", "Reserved by IANA"}, {131072, "2020-01-01", ""},
		{4199999999, "2020-01-01", ""}, {4200000000, "2013-06-30", "Not allocated by IANA"}, {4200000000, "2013-07-01", "Private Use"},
		{4294967295, "2020-01-01", "Reserved"},
	}
	for _, tt := range tests {
		var names []string
		for _, r := range bogons.SpecialASNs() {
			if r.From <= tt.asn && tt.asn <= r.To && r.Holds(day(tt.at)) {
				names = append(names, r.Name)
			}
		}
		if got := strings.Join(names, "+"); got != tt.name {
			t.Errorf("AS%d on %s is %q, want %q", tt.asn, tt.at, got, tt.name)
		}
	}
}

// Every block is well formed, and none is in a table twice at one time.
func TestTables(t *testing.T) {
	for _, table := range [][]bogons.Entry{bogons.Special(), bogons.Unallocated()} {
		for i, e := range table {
			if e.Prefix != e.Prefix.Masked() || e.Name == "" || e.Rule == "" || !e.Until.IsZero() && !e.Since.Before(e.Until) {
				t.Errorf("malformed: %+v", e)
			}
			for _, f := range table[:i] {
				if e.Prefix == f.Prefix {
					t.Errorf("twice: %v", e.Prefix)
				}
			}
		}
	}
}

func TestRead(t *testing.T) {
	input := "# last updated 1730984101 (Thu Nov  7 12:55:01 2024 GMT)\n# comment\n10.0.0.0/8\n27.34.176.0/20\n\n" +
		"10.0.0.0/8\n10.0.0.1/8\nhello\n0.0.0.0/0\n2400:1234::/32 ; inside APNIC's\n2d00::/8\n2001:db8::/32\n" + strings.Repeat("x", 5000) + "\n192.168.0.0/17"
	var problems []string
	got, err := bogons.Read(strings.NewReader(input), func(p values.Problem) { problems = append(problems, p.String()) })
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range got.Entries {
		lines = append(lines, e.Prefix.String()+" "+e.Kind.String())
	}
	want := []string{"10.0.0.0/8 full", "27.34.176.0/20 administrative", "192.168.0.0/17 full",
		"2001:db8::/32 full", "2400:1234::/32 administrative", "2d00::/8 full"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if len(problems) != 4 || !strings.HasPrefix(problems[0], "line 7: ") || !strings.HasPrefix(problems[3], "line 13: ") {
		t.Errorf("problems %q", problems)
	}
	if want := time.Date(2024, 11, 7, 12, 55, 1, 0, time.UTC); !got.Updated.Equal(want) || !got.Entries[0].Since.Equal(want) {
		t.Errorf("updated %v", got.Updated)
	}
}

func TestReadFails(t *testing.T) {
	for _, input := range []string{"", "hello\n", "<html>\n<body>\n", "# comment\n"} {
		if _, err := bogons.Read(strings.NewReader(input), nil); err == nil {
			t.Errorf("no error for %q", input)
		}
	}
}

// The list of 2024 read as one of February 2008: what IANA allocated later was full then.
func TestReadOld(t *testing.T) {
	got, err := bogons.Read(strings.NewReader("# last updated 1203638400 (x)\n27.34.176.0/20\n8.8.8.0/24\n"), nil)
	if err != nil || got.Entries[0].Kind != bogons.Administrative || got.Entries[1].Kind != bogons.Full {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReal(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "routing", "bogons")
	for _, tt := range []struct {
		name                 string
		full, administrative int
	}{{"fullbogons-ipv4.txt.gz", 14, 2707}, {"fullbogons-ipv6.txt.gz", 101, 147727}} {
		f, err := os.Open(filepath.Join(dir, tt.name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bogons.Read(z, func(p values.Problem) { t.Errorf("%s: %v", tt.name, p) })
		if err != nil {
			t.Fatal(err)
		}
		count := map[bogons.Kind]int{}
		for _, e := range got.Entries {
			count[e.Kind]++
		}
		if count[bogons.Full] != tt.full || count[bogons.Administrative] != tt.administrative || got.Updated.Unix() != 1730984101 {
			t.Errorf("%s of %v: %v, want %+v", tt.name, got.Updated, count, tt)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("# last updated 1730984101 (Thu)\n10.0.0.0/8\n2001:db8::/32 ; x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := bogons.Read(bytes.NewReader(data), nil)
		if err != nil {
			return
		}
		for i, e := range list.Entries {
			if e.Prefix != e.Prefix.Masked() || e.Prefix.Bits() == 0 || i > 0 && values.ComparePrefix(list.Entries[i-1].Prefix, e.Prefix) >= 0 {
				t.Errorf("accepted %v behind %v", e, list.Entries[max(i-1, 0)])
			}
		}
	})
}
