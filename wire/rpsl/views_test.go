package rpsl

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/wire/values"
)

// one reads a text of one object and hands it to view.
func one[T any](t *testing.T, text string, view func(*Object) (T, error)) (out T, err error) {
	t.Helper()
	seen := 0
	readErr := Reader{Source: "TEST"}.Read(strings.NewReader(text), func(p values.Problem) { t.Error(p) },
		func(o *Object) error {
			seen++
			out, err = view(o)
			return nil
		})
	if readErr != nil || seen != 1 {
		t.Fatalf("%d objects, error %v", seen, readErr)
	}
	return out, err
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func TestRoute(t *testing.T) {
	got, err := one(t, `route:  192.0.2/24
origin: as64500 # ours
holes:  192.0.2.128/25, nonsense
member-of: RS-ONE, RS-TWO
mnt-by: M1
mnt-by: M2
changed: someone@example.net 20040830  #13:24:40(UTC)
changed: someone@example.net 20010203
source: ripe
`, (*Object).Route)
	want := Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Origin: 64500, Source: "RIPE", Authenticated: true,
		Holes: []netip.Prefix{netip.MustParsePrefix("192.0.2.128/25")}, MemberOf: []string{"RS-ONE", "RS-TWO"},
		MntBy: []string{"M1", "M2"}, Dates: Dates{day(2001, 2, 3), day(2004, 8, 30)}}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); d != "" || err != nil {
		t.Error(d, err)
	}
	got, err = one(t, "route6: 2001:db8::/32\norigin: AS1.10\ncreated: 2002-05-21T15:33:55Z\nlast-modified: 2009-10-15T09:32:17Z\n", (*Object).Route)
	want = Route{Prefix: netip.MustParsePrefix("2001:db8::/32"), Origin: 65546, Source: "TEST",
		Dates: Dates{time.Date(2002, 5, 21, 15, 33, 55, 0, time.UTC), time.Date(2009, 10, 15, 9, 32, 17, 0, time.UTC)}}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestRouteRefused(t *testing.T) {
	for text, want := range map[string]string{
		"route: 192.0.2.1/24\norigin: AS1\n":           "192.0.2.0/24 is the prefix",
		"route: 192.0.2.0/33\norigin: AS1\n":           "not a prefix",
		"route: 192.0.2.0\norigin: AS1\n":              "not a prefix",
		"route: 2001:db8::/32\norigin: AS1\n":          "other family",
		"route6: 192.0.2.0/24\norigin: AS1\n":          "other family",
		"route: 192.0.2.0/24\norigin: AS-SET\n":        "not an AS number",
		"route: 192.0.2.0/24\n":                        "not an AS number",
		"route: 192.0.2.0/24\norigin: AS99999999999\n": "not an AS number",
		"inetnum: 192.0.2.0/24\norigin: AS1\n":         "the object is a inetnum",
	} {
		if _, err := one(t, text, (*Object).Route); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestAutNum(t *testing.T) {
	got, err := one(t, `aut-num: AS64500
as-name: EXAMPLE
org: ORG-EX1-TEST
import: from AS64501 accept ANY
import: from AS64502 action pref=10; from AS64501 accept AS-X
mp-import: afi ipv6.unicast from AS-PEERS
+ accept ANY
export: to AS64503 announce AS64500
mp-export: afi any.unicast to AS64504; announce AS64500
default: to AS64501
remarks: from AS1 to AS2
admin-c: AA1-TEST
tech-c:
member-of: AS-X
mnt-by: M1
created: 2011-05-03
`, (*Object).AutNum)
	want := AutNum{ASN: 64500, Name: "EXAMPLE", Org: "ORG-EX1-TEST", MntBy: []string{"M1"}, MemberOf: []string{"AS-X"},
		Import: 3, Export: 2, Default: 1, Policies: []Policy{{64501, PolicyAny, PolicyNone}, {64502, PolicySome, PolicyNone}, {64503, PolicyNone, PolicySome}, {64504, PolicyNone, PolicySome}},
		HasAdminC: true, Source: "TEST", Dates: Dates{Created: day(2011, 5, 3)}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestPolicyExtents(t *testing.T) {
	for line, want := range map[string]Policy{
		"import: from AS1 accept any":                                          {1, PolicyAny, PolicyNone},
		"import: from AS1 accept ANY;":                                         {1, PolicyAny, PolicyNone},
		"import: from AS1 accept ANY AND NOT {0.0.0.0/0}":                      {1, PolicyAny, PolicyNone},
		"import: from AS1 accept NOT ANY":                                      {1, PolicySome, PolicyNone},
		"import: from AS1 accept AS1:AS-CUSTOMERS":                             {1, PolicySome, PolicyNone},
		"import: from AS1 accept ANY REFINE from AS1 accept AS1":               {1, PolicySome, PolicyNone},
		"import: from AS1":                                                     {1, PolicyNone, PolicyNone},
		"export: to AS1 at 192.0.2.1 announce ANY":                             {1, PolicyNone, PolicyAny},
		"import: from AS1 accept AS1\nexport: to AS1 announce ANY":             {1, PolicySome, PolicyAny},
		"import: from AS1 accept AS1\nmp-import: afi ipv6 from AS1 accept ANY": {1, PolicyAny, PolicyNone},
		"import: from AS1 accept AS1\nimport-via: AS2 from AS3 accept ANY":     {1, PolicySome, PolicyNone},
	} {
		a, err := one(t, "aut-num: AS64500\n"+line+"\n", (*Object).AutNum)
		if d := cmp.Diff([]Policy{want}, a.Policies); d != "" || err != nil {
			t.Errorf("%s: %s %v", line, d, err)
		}
	}
}

func TestASSet(t *testing.T) {
	got, err := one(t, `as-set: as64500:as-customers
members: AS64501,as64502, AS-OTHER
members: RIPE::AS-PINNED AS64500:AS-DEEPER
+ AS99999999999, 192.0.2.0/24, AS-ANY
mbrs-by-ref: M1, M2
`, (*Object).ASSet)
	want := ASSet{Name: "AS64500:AS-CUSTOMERS", ASNs: []values.ASN{64501, 64502}, Refused: 2, Source: "TEST",
		Sets: []string{"AS-OTHER", "RIPE::AS-PINNED", "AS64500:AS-DEEPER", "AS-ANY"}, MbrsByRef: []string{"M1", "M2"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestRouteSetAndOrganisation(t *testing.T) {
	set, err := one(t, "route-set: rs-example\nmembers: 192.0.2.0/24^+, RS-OTHER\nmp-members: 2001:db8::/32^48\n", (*Object).RouteSet)
	want := RouteSet{Name: "RS-EXAMPLE", Members: []string{"192.0.2.0/24^+", "RS-OTHER"}, MPMembers: []string{"2001:db8::/32^48"}, Source: "TEST"}
	if d := cmp.Diff(want, set); d != "" || err != nil {
		t.Error(d, err)
	}
	org, err := one(t, "organisation: ORG-EX1\norg-name: Example\ncountry: in # where\n", (*Object).Organisation)
	if d := cmp.Diff(Organisation{ID: "ORG-EX1", Country: "IN", Source: "TEST"}, org); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestContact(t *testing.T) {
	key := []byte("secret")
	role, err := one(t, "role: NOC\nphone: +1\ne-mail: Noc@Example.net\nnic-hdl: NOC1-TEST\n",
		func(o *Object) (Contact, error) { return o.Contact(key) })
	if err != nil || !role.Role || !role.HasMail || !role.HasPhone || role.HasAbuse {
		t.Errorf("%+v, %v", role, err)
	}
	person, err := one(t, "person: Example\nabuse-mailbox: noc@example.NET\nnic-hdl: noc1-test\n",
		func(o *Object) (Contact, error) { return o.Contact(key) })
	if err != nil || person.Role || person.Handle != role.Handle || person.Mail != role.Mail || !person.HasAbuse {
		t.Errorf("%+v, %v", person, err)
	}
	refs, _ := one(t, "aut-num: AS1\ntech-c: NOC1-TEST, OTHER\n",
		func(o *Object) ([]Hash, error) { return o.Handles("tech-c", key), nil })
	if len(refs) != 2 || refs[0] != role.Handle || refs[1] == refs[0] {
		t.Errorf("handles %x, want first %x", refs, role.Handle)
	}
}

func TestAuthenticated(t *testing.T) {
	at := day(2008, 2, 22)
	tests := []struct {
		source string
		at     time.Time
		want   bool
	}{
		{"RIPE", time.Time{}, true}, {"ripe", day(2025, 1, 1), true}, {"RIPE", at, false}, {"RIPE-NONAUTH", time.Time{}, false},
		{"APNIC", at, true}, {"AFRINIC", at, false}, {"ARIN", day(2020, 6, 9), false}, {"ARIN", day(2020, 6, 10), true},
		{"ARIN-NONAUTH", time.Time{}, false}, {"LACNIC", time.Time{}, true}, {"IRINN", time.Time{}, true},
		{"JPIRR", time.Time{}, true}, {"RADB", time.Time{}, false}, {"ALTDB", time.Time{}, false}, {"NTTCOM", time.Time{}, false},
		{"LEVEL3", time.Time{}, false}, {"BELL", time.Time{}, false}, {"TC", time.Time{}, false}, {"", time.Time{}, false},
	}
	for _, tt := range tests {
		if got := Authenticated(tt.source, tt.at); got != tt.want {
			t.Errorf("Authenticated(%q, %s) = %v", tt.source, tt.at.Format(time.DateOnly), got)
		}
	}
}
