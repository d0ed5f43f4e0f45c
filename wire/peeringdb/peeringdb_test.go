package peeringdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

// gather runs one of the Read functions.
func gather[T any](read func(io.Reader, func(values.Problem), func(T) error) error, text string) (got []T, problems []string, err error) {
	err = read(strings.NewReader(text), func(p values.Problem) { problems = append(problems, p.String()) },
		func(v T) error { got = append(got, v); return nil })
	return got, problems, err
}

func readPocs(r io.Reader, report func(values.Problem), yield func(Poc) error) error {
	return ReadPocs(r, Hasher{}, report, yield)
}

var stamped = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

const stamps = `"status":"ok","created":"2020-01-02T03:04:05Z","updated":"2020-01-02T03:04:05Z"`

func check[T any](t *testing.T, read func(io.Reader, func(values.Problem), func(T) error) error, text string, want T) {
	t.Helper()
	for _, form := range []string{`{"meta":{"a":[1,{"data":[]}]},"data":[%s]}`, `{"other":{"data":[{"id":1}]},"OBJECT":{"data":[%s],"meta":{}}}`} {
		object := strings.TrimPrefix(strings.ToLower(fmt.Sprintf("%T", want)), "peeringdb.")
		got, problems, err := gather(read, strings.ReplaceAll(fmt.Sprintf(form, text), "OBJECT", object))
		if err != nil || problems != nil {
			t.Errorf("%v, %v", problems, err)
		}
		if d := cmp.Diff([]T{want}, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
			t.Error(d)
		}
	}
}

// TestReadEach reads each object from a page and from a dump.
func TestReadEach(t *testing.T) {
	check(t, ReadNets, `{"id":7,"org_id":8,"asn":64500,"name":"Example","aka":"Ex","irr_as_set":"RIPE::AS-EX","info_type":"NSP",
		"info_prefixes4":5,"info_prefixes6":null,"policy_general":"Open","info_never_via_route_servers":true,"looking_glass":"https://lg.example",
		"route_server":"","website":"https://example.net","poc_updated":"2020-01-02T03:04:05Z","notes":"long","social_media":[{"a":1}],`+stamps+`}`,
		Net{ID: 7, OrgID: 8, ASN: 64500, Name: "Example", AKA: "Ex", IRRASSet: "RIPE::AS-EX", Types: []string{"NSP"}, Prefixes4: 5, Policy: "Open",
			NeverViaRS: true, LookingGlass: true, Website: "https://example.net", Status: "ok", Created: stamped, Updated: stamped, ContactUpdate: stamped})
	check(t, readPocs, `{"id":1,"net_id":7,"role":"NOC","visible":"Public","name":"A Person","phone":"+91 (0) 12-34","email":" NOC@Example.net","url":"",`+stamps+`}`,
		Poc{ID: 1, NetID: 7, Role: "NOC", Visible: "Public", HasName: true, HasPhone: true, HasEmail: true,
			EmailHash: Hasher{}.Email("noc@example.net"), PhoneHash: Hasher{}.Phone("9101234"), Status: "ok", Created: stamped, Updated: stamped})
	check(t, ReadOrgs, `{"id":8,"name":"Example Ltd","country":"in","address1":"somewhere",`+stamps+`}`,
		Org{ID: 8, Name: "Example Ltd", Country: "IN", Status: "ok", Created: stamped, Updated: stamped})
	check(t, ReadIXs, `{"id":26,"org_id":8,"name":"EX-IX","city":"Pune","country":"IN","region_continent":"Asia Pacific",`+stamps+`}`,
		IX{ID: 26, OrgID: 8, Name: "EX-IX", City: "Pune", Country: "IN", Region: "Asia Pacific", Status: "ok", Created: stamped, Updated: stamped})
	check(t, ReadNetIXLans, `{"id":9,"net_id":7,"ix_id":26,"ixlan_id":27,"asn":64500,"ipaddr4":"192.0.2.1","ipaddr6":null,"is_rs_peer":true,"speed":10000,"operational":true,`+stamps+`}`,
		NetIXLan{ID: 9, NetID: 7, IXID: 26, IXLanID: 27, ASN: 64500, IPv4: netip.MustParseAddr("192.0.2.1"), RouteServerPeer: true, Speed: 10000,
			Operational: true, Status: "ok", Created: stamped, Updated: stamped})
}

func TestReadProblems(t *testing.T) {
	got, problems, err := gather(ReadNets, `{"data":[{"asn":1},{"asn":"2"},3,{"asn":0},{"asn":4294967296},{"asn":[4,5]},{"asn":6,"created":"soon"}]}`)
	if err != nil || len(got) != 2 || got[1].ASN != 6 {
		t.Errorf("%v, %v", got, err)
	}
	want := []string{"offset 18: field asn is of type string", "offset 30: field  is of type number", "offset 32: 0 is not an AS number",
		"offset 42: 4294967296 is not an AS number", "offset 61: field asn is of type array"}
	if d := cmp.Diff(want, problems); d != "" {
		t.Error(d)
	}
	_, problems, _ = gather(ReadNetIXLans, `{"data":[{"asn":1},{"asn":1,"ix_id":1,"ipaddr4":"2001:db8::1"},{"asn":1,"ix_id":1,"ipaddr6":"x"}]}`)
	want = []string{"offset 9: port 0 of AS1 is at exchange 0", `offset 18: "2001:db8::1" is not an address of its family`, `offset 62: "x" is not an address of its family`}
	if d := cmp.Diff(want, problems); d != "" {
		t.Error(d)
	}
}

// TestProblemsHoldNoPerson holds that what is refused is not quoted where it may be a person's.
func TestProblemsHoldNoPerson(t *testing.T) {
	_, problems, err := gather(readPocs, `{"data":[{"net_id":1,"role":"NOC","phone":441234567},{"net_id":0,"name":"Secret","email":"secret@example.net","phone":"441234567"},
		{"net_id":1,"role":"NOC","email":{"secret":"secret"}}]}`)
	all := strings.ToLower(strings.Join(problems, " "))
	if err != nil || len(problems) != 3 || strings.Contains(all, "secret") || strings.Contains(all, "441234567") {
		t.Errorf("%q, %v", problems, err)
	}
}

// TestPocHoldsNoPerson writes a contact out in full and looks for the person.
func TestPocHoldsNoPerson(t *testing.T) {
	got, _, err := gather(readPocs, `{"data":[{"id":1,"net_id":7,"role":"NOC","name":"Asha Rao","phone":"+91 12345","email":"asha.rao@example.net","url":"https://asha.example"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(got)
	for _, secret := range []string{"asha", "rao", "12345\"", "example"} {
		if strings.Contains(strings.ToLower(string(text)), secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
}

func TestHasher(t *testing.T) {
	var plain Hasher
	keyed := Hasher{Key: []byte("k")}
	if plain.Email("") != "" || plain.Phone("none") != "" || len(plain.Email("a@b")) != 64 {
		t.Error("nothing must hash to nothing, an address to 64 digits")
	}
	if plain.Email("1") == plain.Phone("1") {
		t.Error("domains are not apart")
	}
	if plain.Email("A@b ") != plain.Email("a@B") || plain.Phone("+1 (2)") != plain.Phone("12") {
		t.Error("values are not normalised")
	}
	if plain.Email("a@b") == keyed.Email("a@b") {
		t.Error("the key does not count")
	}
	// printf 'pahra contact email v1\0noc@example.net' | sha256sum
	if got := plain.Email("noc@example.net"); got != "b173dc1014c6ea21a6a8584507ef09fe0b9540a11bb8b5296d434e565fa691f0" {
		t.Errorf("hash is %s", got)
	}
}

func TestReadFatal(t *testing.T) {
	tests := []struct {
		name, text string
		want       error
	}{
		{"empty", "", io.EOF},
		{"a list", "[]", ErrFormat},
		{"another object", `{"a":1}`, ErrFormat},
		{"data is no list", `{"data":{}}`, ErrFormat},
		{"cut", `{"data":[{"asn":1},{"asn"`, io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		if _, _, err := gather(ReadNets, tt.text); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, _, err := gather(ReadNets, `{"x":`+strings.Repeat("[", 1000)); err == nil || !strings.Contains(err.Error(), "nested") {
		t.Errorf("deep: %v", err)
	}
}

// TestReadBounded holds that a record without end is not gathered up in memory.
func TestReadBounded(t *testing.T) {
	endless := func(head string) io.Reader { return io.MultiReader(strings.NewReader(head), zeros{}) }
	for _, head := range []string{`{"data":[{"name":"`, `{"meta":"`, `{"`} {
		read := &counter{r: endless(head)}
		err := ReadNets(read, nil, func(Net) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "record takes more than") || read.n > 4*maxRecord {
			t.Errorf("%s: %v after %d bytes", head, err, read.n)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func FuzzRead(f *testing.F) {
	f.Add(`{"data":[{"id":7,"org_id":8,"asn":64500,"net_id":7,"ix_id":26,"role":"NOC","ipaddr4":"192.0.2.1","created":"2020-01-02T03:04:05Z"}],"meta":{}}`)
	f.Add(`{"net":{"data":[{"asn":1}]},"poc":{"data":[{"net_id":1,"role":"NOC","email":"a@b"}]},"ix":{"x":[{}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		nets, _, _ := gather(ReadNets, text)
		for _, n := range nets {
			if n.ASN == 0 {
				t.Fatal("AS0 got through")
			}
		}
		gather(readPocs, text)
		gather(ReadOrgs, text)
		gather(ReadIXs, text)
		gather(ReadNetIXLans, text)
	})
}

// TestReadMailboxes: of contacts only what is public, for reports, and there.
func TestReadMailboxes(t *testing.T) {
	got, problems, err := gather(ReadMailboxes, `{"data":[
		{"id":1,"net_id":7,"role":"Abuse","visible":"Public","name":"A Person","email":" Abuse@Example.net ","status":"ok"},
		{"id":2,"net_id":7,"role":"Abuse","visible":"Users","email":"hidden@example.net","status":"ok"},
		{"id":3,"net_id":7,"role":"Sales","visible":"Public","email":"sales@example.net","status":"ok"},
		{"id":4,"net_id":8,"role":"NOC","visible":"Public","email":"noc@example.org","status":"ok"},
		{"id":5,"net_id":8,"role":"NOC","visible":"Public","email":"old@example.org","status":"deleted"},
		{"id":6,"role":"NOC"}]}`)
	want := []Mailbox{{7, "Abuse", "abuse@example.net"}, {8, "NOC", "noc@example.org"}}
	if d := cmp.Diff(want, got); d != "" || err != nil || len(problems) != 1 {
		t.Errorf("%v, %v: %s", err, problems, d)
	}
}
