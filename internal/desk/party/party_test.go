package party

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

func on(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// random makes constituents whose selectors meet often, some of them valid for a while alone.
func random(r *rand.Rand, constituents int) []Constituent {
	list := make([]Constituent, constituents)
	validity := func() (v Validity) {
		if r.IntN(3) == 0 {
			v.From = on(2026, 1, 1+r.IntN(20))
		}
		if r.IntN(3) == 0 {
			v.To = on(2026, 1, 21+r.IntN(10))
		}
		return v
	}
	for i := range list {
		c := &list[i]
		c.ID, c.Name = fmt.Sprintf("c%02d", i), "Name"
		c.Validity = validity()
		for range r.IntN(5) {
			var s Selector
			var err error
			switch r.IntN(5) {
			case 0:
				s, err = ParseSelector(ByASN, fmt.Sprint(64500+r.IntN(5)))
			case 1:
				s, err = ParseSelector(ByDomain, randomName(r))
			case 2:
				s, err = ParseSelector(ByHost, randomName(r))
			case 3:
				s, err = ParseSelector(BySector, []string{"health", "finance"}[r.IntN(2)])
			default:
				a := randomAddr(r)
				p, e := a.Prefix(1 + r.IntN(a.BitLen()))
				if e != nil {
					panic(e)
				}
				s, err = ParseSelector(ByPrefix, p.String())
			}
			if err != nil {
				panic(err)
			}
			s.Validity = validity()
			c.Selectors = append(c.Selectors, s)
		}
	}
	return list
}

func randomName(r *rand.Rand) string {
	labels := []string{"example", "gov", "www", "a"}
	name := "in"
	for range r.IntN(4) {
		name = labels[r.IntN(len(labels))] + "." + name
	}
	return name
}

func randomAddr(r *rand.Rand) netip.Addr {
	if r.IntN(3) == 0 {
		return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(r.IntN(256))})
	}
	return netip.AddrFrom4([4]byte{192, 0, byte(r.IntN(2)), byte(r.IntN(256))})
}

// slow looks at every selector: which may own the event, and how specific it is.
func slow(list []Constituent, f *Facts) (id string, best *Selector) {
	rank := func(s *Selector) int {
		switch n := slices.Index(Kinds(), s.Kind); s.Kind {
		case ByDomain:
			return (10-n)*1000 + len(s.Value)
		case ByPrefix:
			return (10-n)*1000 + s.Prefix().Bits()
		default:
			return (10 - n) * 1000
		}
	}
	owns := func(s *Selector) bool {
		switch s.Kind {
		case ByHost:
			return f.Host == s.Value
		case ByDomain:
			return f.Name == s.Value || strings.HasSuffix(f.Name, "."+s.Value)
		case ByPrefix:
			return s.Prefix().Contains(f.Addr)
		case ByASN:
			return f.ASN == s.ASN()
		default:
			return f.Sector == s.Value
		}
	}
	for i := range list {
		for j := range list[i].Selectors {
			s := &list[i].Selectors[j]
			if !list[i].At(f.At) || !s.At(f.At) || !owns(s) {
				continue
			}
			if best == nil || rank(s) > rank(best) || rank(s) == rank(best) && list[i].ID < id {
				id, best = list[i].ID, s
			}
		}
	}
	return id, best
}

// TestFind holds the fast lookup against the slow one.
func TestFind(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	kinds := map[Kind]int{}
	for range 100 {
		list := random(r, 1+r.IntN(20))
		d, err := NewDirectory(list)
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			f := Facts{At: on(2026, 1, 1+r.IntN(40)), ASN: values.ASN(64498 + r.IntN(8))}
			if r.IntN(4) > 0 {
				f.Addr = randomAddr(r)
			}
			if r.IntN(3) == 0 {
				f.Name = randomName(r)
				if r.IntN(2) == 0 {
					f.Host = f.Name
				}
			}
			if r.IntN(3) == 0 {
				f.Sector = "health"
			}
			id, want := slow(list, &f)
			m, found := d.Find(&f)
			if found != (want != nil) || found && (m.Constituent.ID != id || m.Selector.Kind != want.Kind || m.Selector.Value != want.Value) {
				t.Fatalf("%+v: %+v, want %s %+v", f, m, id, want)
			}
			if found {
				kinds[m.Selector.Kind]++
			}
		}
	}
	if len(kinds) != len(Kinds()) {
		t.Errorf("not every kind of selector owned something: %v", kinds)
	}
}

func TestParseSelector(t *testing.T) {
	for _, test := range []struct{ kind, in, want string }{
		{"prefix", "192.0.2.0/28", "192.0.2.0/28"}, {"prefix", "192.0.2.1", "192.0.2.1/32"}, {"prefix", "2001:DB8::/32", "2001:db8::/32"},
		{"asn", "AS64500", "64500"}, {"domain", "*.Example.IN.", "example.in"}, {"domain", "bücher.example", "xn--bcher-kva.example"}, {"sector", "Health", "health"},
		{"host", "www.example.in", "www.example.in"},
	} {
		if s, err := ParseSelector(Kind(test.kind), test.in); err != nil || s.Value != test.want {
			t.Errorf("%s %s: %+v, %v", test.kind, test.in, s, err)
		}
	}
	for _, bad := range [][2]string{{"prefix", "192.0.2.1/28"}, {"prefix", "0.0.0.0/0"}, {"prefix", "::ffff:192.0.2.0/120"}, {"prefix", "x"}, {"asn", "0"}, {"asn", "4294967296"},
		{"domain", "a..b"}, {"domain", "192.0.2.1"}, {"domain", "ex ample.in"}, {"sector", " "}, {"country", "IN"}} {
		if s, err := ParseSelector(Kind(bad[0]), bad[1]); err == nil {
			t.Errorf("%v is %+v", bad, s)
		}
	}
}

const registry = `id,record,kind,value,name,sector,criticality,languages,hours,channel,source,from,to,confirmed
bank-a,constituent,,,"Bank A, Ltd",finance,critical,hi en,Mon-Fri 09:00-17:00 Asia/Kolkata,mail,form 12,2026-01-01,,2026-02-01
bank-a,selector,host,www.bank.example,,,,,,,,,,2026-02-01
bank-a,selector,domain,bank.example,,,,,,,form 12,2026-01-01,2027-01-01,2026-02-01
bank-a,selector,prefix,192.0.2.16/28,,,,,,,,,,
bank-a,contact,abuse,mailto:abuse@bank.example,,,,en,,,,,,2026-02-01
bank-a,contact,security,tel:+91 11 1234,A Person,,,,,,,,,
bank-a,key,openpgp,"0123
4567",,,,,,,,,,
bank-a,consent,publish-name,no,,,,,,,,,,2026-01-05T10:00:00Z
isp,constituent,,,The ISP,telecom,,,,,,,,
isp,selector,prefix,192.0.2.0/24,,,,,,,,,,
isp,selector,asn,64500,,,,,,,,,,
`

func constituents(t testing.TB, text string) []Constituent {
	t.Helper()
	list, err := ReadConstituents(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRoundTrip: what is written is read as the same, and what was read is written as it stood.
func TestRoundTrip(t *testing.T) {
	list := constituents(t, registry)
	var out bytes.Buffer
	if err := WriteConstituents(&out, list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(registry, out.String()); diff != "" {
		t.Error(diff)
	}
	if len(list) != 2 || len(list[0].Selectors) != 3 || len(list[0].Contacts) != 2 || list[0].Languages[0] != "hi" || list[0].Consents[0].Confirmed.Hour() != 10 {
		t.Errorf("%+v", list)
	}
	r := rand.New(rand.NewPCG(1, 1))
	made := random(r, 30)
	Sort(made)
	out.Reset()
	if err := WriteConstituents(&out, made); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, constituents(t, out.String())); diff != "" {
		t.Error(diff)
	}
}

// TestBadConstituents: every fault is told with its line and column.
func TestBadConstituents(t *testing.T) {
	head := "id,record,kind,value,name,from,to\n"
	for _, test := range []struct{ text, want string }{
		{"", "it is empty"},
		{"id,record,kind,value,name,colour\n", "line 1, column colour: there is no such column"},
		{"id,record,kind,value,name,id\n", "line 1, column id: the column is there twice"},
		{"id,record,kind,value\n", "line 1, column name: the column is missing"},
		{head + "a,constituent,,\n", "line 2: 4 fields, the header has 7"},
		{head + "a,constituent,,,,,\n", "line 2: constituent a has no name"},
		{head + "A b,constituent,,,N,,\n", "line 2: id \"A b\""},
		{head + "a,constituent,,,N,,\na,constituent,,,N,,\n", "line 3, column id: constituent a is there twice"},
		{head + "a,selector,asn,1,,,\n", "line 2, column id: there is no row with record constituent for \"a\""},
		{head + "a,constituent,,,N,,\na,selector,prefix,192.0.2.1/28,,,\n", "line 3, column value: 192.0.2.1/28 has bits behind the prefix: is 192.0.2.0/28 meant, or 192.0.2.1?"},
		{head + "a,constituent,,,N,,\na,selector,colour,red,,,\n", "line 3, column kind: \"colour\" is no kind of selector"},
		{head + "a,constituent,,,N,,\na,contact,boss,a@b.example,,,\n", "line 3, column kind: role \"boss\""},
		{head + "a,constituent,,,N,,\na,contact,abuse,abuse,,,\n", "line 3, column value: \"abuse\" is no mailto:"},
		{head + "a,constituent,,,N,24.3.2026,\n", "line 2, column from: \"24.3.2026\" is no date"},
		{head + "a,constituent,,,N,2026-02-01,2026-01-01\n", "line 2, column to: it ends before it begins"},
		{head + "a,thing,,,N,,\n", "line 2, column record: \"thing\" is none of"},
		{head + "a,consent,publish,perhaps,,,\n", "line 2, column value: a consent has a kind"},
		{head + "a,key,pgp,x,,,\n", "line 2, column kind: a key is"},
		{head + "\"a,constituent,,,N,,\n", "line 2: a quote is not closed"},
	} {
		_, err := ReadConstituents(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
	_, err := ReadConstituents(strings.NewReader(head + strings.Repeat("a,thing,,,N,,\n", 1000)))
	if err == nil || strings.Count(err.Error(), "\n") > mostFaults+1 || !strings.Contains(err.Error(), "there may be more") {
		t.Errorf("a thousand faults: %v", err)
	}
	var f *Fault
	if !errors.As(err, &f) || f.Line != 2 {
		t.Errorf("%+v", f)
	}
}

func TestOverlaps(t *testing.T) {
	d, err := NewDirectory(constituents(t, registry+`clash,constituent,,,Clash,,,,,,,,,
clash,selector,asn,64500,,,,,,,,,,
clash,selector,prefix,192.0.2.24/30,,,,,,,,,,
clash,selector,domain,mail.bank.example,,,,,,,,,2025-12-31,
clash,selector,domain,shop.bank.example,,,,,,,,,,
clash,selector,host,pay.bank.example,,,,,,,,,,
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Overlap{
		{ByASN, "64500", "64500", "clash", "isp", true},
		{ByHost, "bank.example", "pay.bank.example", "bank-a", "clash", false},
		{ByDomain, "bank.example", "shop.bank.example", "bank-a", "clash", false},
		{ByPrefix, "192.0.2.0/24", "192.0.2.16/28", "isp", "bank-a", false},
		{ByPrefix, "192.0.2.0/24", "192.0.2.24/30", "isp", "clash", false},
		{ByPrefix, "192.0.2.16/28", "192.0.2.24/30", "bank-a", "clash", false},
	}
	if diff := cmp.Diff(want, Overlaps(d)); diff != "" {
		t.Error(diff)
	}
}

func TestDue(t *testing.T) {
	var got []string
	for _, s := range Due(constituents(t, registry), on(2027, 1, 3), Yearly) {
		got = append(got, strings.TrimSpace(s.Constituent+" "+s.Record+" "+s.Value))
	}
	want := []string{"bank-a selector 192.0.2.16/28", "bank-a contact tel:+91 11 1234", "bank-a key 0123\n4567", "isp constituent The ISP", "isp selector 192.0.2.0/24", "isp selector 64500"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(Due(constituents(t, registry), on(2027, 2, 2), Yearly)); n != 6+4 {
		t.Errorf("a year after the last confirmation %d are due", n)
	}
}

func TestMailbox(t *testing.T) {
	c := constituents(t, registry+"bank-a,contact,abuse,mailto:new@bank.example,,,,,,,,2026-06-01,,2026-06-01\n")[0]
	for at, want := range map[time.Time]string{on(2026, 5, 1): "mailto:abuse@bank.example", on(2026, 7, 1): "mailto:new@bank.example"} {
		if k, found := c.Mailbox(at); !found || k.Address != want {
			t.Errorf("%s: %+v", at, k)
		}
	}
	if k, found := constituents(t, registry)[1].Mailbox(on(2026, 1, 1)); found {
		t.Error(k)
	}
}

func FuzzReadConstituents(f *testing.F) {
	f.Add(registry)
	f.Add("id,record,kind,value,name\na,constituent,,,N\na,selector,domain,*.b.example,\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadConstituents(strings.NewReader(text))
		if err != nil {
			return
		}
		d, err := NewDirectory(list)
		if err != nil {
			t.Fatalf("what was read makes no directory: %v", err)
		}
		Overlaps(d)
		var first, second bytes.Buffer
		if err := WriteConstituents(&first, list); err != nil {
			t.Fatal(err)
		}
		again, err := ReadConstituents(&first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first.String())
		}
		if err := WriteConstituents(&second, again); err != nil {
			t.Fatal(err)
		}
	})
}
