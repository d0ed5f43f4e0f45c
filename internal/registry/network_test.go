package registry

import (
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/delegated"
	"pahra/wire/peeringdb"
	"pahra/wire/values"
)

// TestNetwork gathers one network from every kind of source.
func TestNetwork(t *testing.T) {
	b := NewBuilder()
	add(t, b.AddDelegated, at("apnic", 1), "apnic|IN|asn|64500|1|20000131|allocated|A1")
	add(t, b.AddOrganisations, at("org", 2), `{"type":"ASN","asn":"64500","name":"EX-AS","organizationId":"ORG-EX","source":"APNIC"}`,
		`{"type":"Organization","organizationId":"ORG-EX","name":"Example Ltd","country":"SG"}`)
	add(t, b.AddASNames, at("names", 3), "asn,name,class,cc", "AS64500,EX Example,Eyeball,DE", "AS64501,Other,Unknown,")
	for _, tag := range []string{"VPN", "anycast"} {
		add(t, func(s Source, r io.Reader, report func(values.Problem)) error { return b.AddASTags(s, tag, r, report) }, at(tag, 3), "AS64500,x")
	}
	add(t, b.AddPeeringDBNets, at("net", 4), `{"data":[{"id":7,"org_id":8,"asn":64500,"name":"Example PDB","irr_as_set":"ripe::as-ex, AS-OLD","status":"ok"}]}`)
	b.AddAutNum(at("ripe", 5), AutNum{ASN: 64500, Name: "AUT", Country: "FR", Registry: "RIPE", Authenticated: true})
	got, ok := b.Build().Network(64500)
	source := func(kind Kind, name string, day int) Source {
		s := at(name, day)
		s.Kind = kind
		return s
	}
	want := Network{
		ASN: 64500, Holder: "EX Example", ASName: "AUT", OrgID: "ORG-EX", OrgName: "Example Ltd", Country: "IN", RIR: "apnic", Status: "allocated",
		Registered: time.Date(2000, 1, 31, 0, 0, 0, 0, time.UTC), Class: "Eyeball", ASSet: "RIPE::AS-EX", Tags: []string{"anycast", "vpn"},
		From: Provenance{
			Holder: source(KindASNames, "names", 3), ASName: source(KindAutNum, "ripe", 5), Org: source(KindOrganisations, "org", 2),
			Country: source(KindDelegated, "apnic", 1), RIR: source(KindDelegated, "apnic", 1), Class: source(KindASNames, "names", 3),
			ASSet: source(KindPeeringDB, "net", 4),
		},
	}
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Error(d, ok)
	}
	if n, _ := b.Build().Network(64501); n.Class != "" {
		t.Error("a class that is unknown is no data")
	}
	if n, ok := b.Build().Network(1); ok || n.ASN != 1 {
		t.Errorf("%+v, %v", n, ok)
	}
}

// TestPrecedence settles one holder among sources.
func TestPrecedence(t *testing.T) {
	autnum := func(day int, name, holder string, authenticated bool) func(*Builder) {
		return func(b *Builder) {
			b.AddAutNum(at(name, day), AutNum{ASN: 1, Holder: holder, Registry: "RIPE", Authenticated: authenticated})
		}
	}
	names := func(day int, name, holder string) func(*Builder) {
		return func(b *Builder) { add(t, b.AddASNames, at(name, day), "AS1,"+holder) }
	}
	tests := []struct {
		name  string
		steps []func(*Builder)
		want  string
	}{
		{"better kind over newer", []func(*Builder){names(9, "n", "list"), autnum(1, "r", "object", true)}, "object"},
		{"unauthenticated last", []func(*Builder){names(1, "n", "list"), autnum(9, "r", "object", false)}, "list"},
		{"unauthenticated over nothing", []func(*Builder){autnum(9, "r", "object", false)}, "object"},
		{"newer of one kind", []func(*Builder){names(2, "n", "new"), names(1, "a", "old")}, "new"},
		{"lesser name at one time", []func(*Builder){names(1, "b", "of b"), names(1, "a", "of a")}, "of a"},
		{"lesser value in one source", []func(*Builder){names(1, "a", "y"), names(1, "a", "x")}, "x"},
	}
	for _, tt := range tests {
		b := NewBuilder()
		for _, step := range tt.steps {
			step(b)
		}
		if n, _ := b.Build().Network(1); n.Holder != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, n.Holder, tt.want)
		}
	}
}

func TestRelationPrecedence(t *testing.T) {
	tests := []struct {
		name     string
		old, now []string
		want     Relation // of AS1 to AS2
	}{
		{"newer wins", []string{"1|2|-1"}, []string{"1|2|0"}, PeerOf},
		{"older fills in", []string{"1|2|-1"}, []string{"3|4|0"}, ProviderOf},
		{"provider over peer", nil, []string{"1|2|0", "2|1|-1"}, CustomerOf},
		{"provider over sibling", nil, []string{"1|2|1", "1|2|-1"}, ProviderOf},
		{"sibling over peer", nil, []string{"1|2|0", "2|1|1"}, SiblingOf},
		{"both ways", nil, []string{"1|2|-1", "2|1|-1"}, Unknown},
		{"both ways long ago", []string{"2|1|-1"}, []string{"1|2|-1"}, ProviderOf},
		{"twice the same", nil, []string{"1|2|-1", "1|2|-1"}, ProviderOf},
	}
	for _, tt := range tests {
		b := NewBuilder()
		add(t, b.AddASRel, at("new", 2), tt.now...)
		if tt.old != nil {
			add(t, b.AddASRel, at("old", 1), tt.old...)
		}
		if got := b.Build().Relation(1, 2); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSibling(t *testing.T) {
	b := NewBuilder()
	add(t, b.AddOrganisations, at("org", 1), "# format:aut|aut_name|org_id|source", "1|A|X|ARIN", "2|B|X|ARIN", "3|C|Y|ARIN")
	add(t, b.AddDelegated, at("rir", 1),
		"x|IN|asn|2|3||allocated|H",     // 2, 3 and 4, of which as-org2info knows 2 and 3
		"x|IN|asn|1000|64||allocated|I", // as many as may be one holder
		"x|IN|asn|2000|65||allocated|J", // a national registry
		"y|IN|asn|5|1||allocated|H")     // the same id of another registry
	for i, a := range []AutNum{{ASN: 10, OrgID: "O", Registry: "RIPE", Authenticated: true}, {ASN: 11, OrgID: "o", Registry: "ripe", Authenticated: true},
		{ASN: 12, OrgID: "O", Registry: "RADB"}, {ASN: 13, OrgID: "O", Registry: "RADB"}, {ASN: 14, OrgID: "O", Registry: "APNIC", Authenticated: true}} {
		b.AddAutNum(at(fmt.Sprint("irr", i), 1), a)
	}
	add(t, b.AddPeeringDBNets, at("net", 1), `{"data":[{"asn":20,"org_id":5},{"asn":21,"org_id":5},{"asn":22,"org_id":0},{"asn":23,"org_id":0}]}`)
	add(t, b.AddASRel, at("rel", 1), "30|31|1", "31|32|1", "32|33|-1")
	r := b.Build()
	tests := []struct {
		a, b   values.ASN
		reason string
	}{
		{1, 2, "organisation of as-org2info"}, {1, 3, ""}, {2, 3, ""},
		{2, 4, "opaque id of the delegation statistics"}, {3, 4, "opaque id of the delegation statistics"}, {4, 5, ""},
		{1000, 1063, "opaque id of the delegation statistics"}, {2000, 2001, ""},
		{10, 11, "organisation of an aut-num object"}, {10, 12, ""}, {12, 13, ""}, {10, 14, ""},
		{20, 21, "organisation of PeeringDB"}, {22, 23, ""},
		{30, 31, "sibling link of the relations"}, {30, 32, ""}, {32, 33, ""},
		{7777, 7777, "the same network"}, {7777, 1, ""}, {1, 7777, ""},
	}
	for _, tt := range tests {
		reason, ok := r.SiblingReason(tt.a, tt.b)
		back, _ := r.SiblingReason(tt.b, tt.a)
		if reason != tt.reason || back != reason || ok != (reason != "") || ok != r.Sibling(tt.a, tt.b) {
			t.Errorf("AS%d and AS%d: %q (%q), want %q", tt.a, tt.b, reason, back, tt.reason)
		}
	}
	if d := cmp.Diff([]values.ASN{30, 31, 32}, r.Siblings(31)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]values.ASN{99}, r.Siblings(99)); d != "" {
		t.Error(d)
	}
}

func TestContacts(t *testing.T) {
	b := NewBuilder()
	add(t, func(s Source, r io.Reader, report func(values.Problem)) error {
		return b.AddPeeringDBContacts(s, r, peeringdb.Hasher{}, report)
	}, at("poc", 1), `{"data":[{"net_id":7,"role":"NOC","email":"noc@example.net","phone":"1","updated":"2019-01-02T00:00:00Z","status":"ok"},
		{"net_id":7,"role":"Policy","phone":"1","status":"ok"},{"net_id":7,"role":"Sales","status":"deleted"},{"net_id":404,"role":"NOC"}]}`)
	add(t, b.AddPeeringDBNets, at("net", 1), `{"data":[{"id":7,"asn":64500,"status":"ok"}]}`)
	b.AddAutNum(at("ripe", 1), AutNum{ASN: 64500, Contacts: []Contact{{Role: "Admin", Source: "ripe", Hash: "h"}}})
	older := Contact{Role: "admin", Source: "ripe", Hash: "h", HasMail: true, Updated: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}
	b.AddContact(at("whois", 1), 64500, older)
	b.AddContact(at("whois", 1), 64500, Contact{})
	r := b.Build()
	n, _ := r.Network(64500)
	var got []string
	for _, c := range n.Contacts {
		got = append(got, fmt.Sprint(c.Role, " ", c.Source, " ", c.HasMail, c.HasPhone, " ", c.Updated.Year(), " ", c.From.Kind))
	}
	want := []string{"admin ripe true false 2001 contacts", "noc peeringdb true true 2019 peeringdb-contacts", "policy peeringdb false true 1 peeringdb-contacts"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !r.HasContacts() || n.Contacts[1].Hash != (peeringdb.Hasher{}).Email("noc@example.net") {
		t.Errorf("%+v", n.Contacts)
	}
	if _, ok := r.Network(0); ok {
		t.Error("a contact of an unknown network made AS0")
	}
}

// TestContactHasNoRoomForAPerson fails where someone adds a field that could carry one.
func TestContactHasNoRoomForAPerson(t *testing.T) {
	var fields []string
	for f := range reflect.TypeFor[Contact]().Fields() {
		fields = append(fields, f.Name)
	}
	if d := cmp.Diff([]string{"Role", "Source", "Hash", "HasMail", "HasPhone", "Updated", "From"}, fields); d != "" {
		t.Errorf("decide whether this may go public, then change the test: %s", d)
	}
}

func TestAllocation(t *testing.T) {
	b := NewBuilder()
	add(t, b.AddDelegated, at("old", 1), "apnic|IN|ipv4|192.0.2.0|256|20000101|allocated|A1", "apnic||ipv4|198.51.100.0|128||available|", "apnic|IN|ipv6|2001:db8::|32||assigned|A1")
	add(t, b.AddDelegated, at("new", 2), "apnic|NP|ipv4|192.0.2.0|256|20190101|allocated|A2")
	r := b.Build()
	a, ok := r.Allocation(netip.MustParsePrefix("192.0.2.128/25"))
	if !ok || a.Holder != "apnic:A2" || a.Country != "NP" || a.Date.Year() != 2019 || a.From.Name != "new" {
		t.Errorf("%+v, %v", a, ok)
	}
	a, ok = r.Allocation(netip.MustParsePrefix("198.51.100.0/25"))
	if !ok || a.Status != delegated.Available || a.Status.Delegated() {
		t.Errorf("%+v, %v", a, ok)
	}
	for p, want := range map[string]bool{"198.51.100.0/24": false, "192.0.2.0/23": false, "2001:db8:1::/48": true, "2001:db8::/31": false, "10.0.0.0/8": false, "::/0": false, "0.0.0.0/0": false} {
		if _, ok := r.Allocation(netip.MustParsePrefix(p)); ok != want {
			t.Errorf("%s: %v, want %v", p, ok, want)
		}
	}
}

// TestNoData holds that an empty registry answers everything with "no data".
func TestNoData(t *testing.T) {
	for _, r := range []*Registry{{}, NewBuilder().Build()} {
		if r.HasRelations() || r.HasOrganisations() || r.HasContacts() || r.HasCountries() || r.HasDelegations() || r.HasExchanges() {
			t.Error("an empty registry has data")
		}
		if r.Relation(1, 2) != Unknown || r.Sibling(1, 2) || r.InCone(1, 2) || r.Cone(1) != nil || len(r.Providers(1)) > 0 || r.Len() != 0 {
			t.Error("an empty registry knows something")
		}
		if _, ok := r.Allocation(netip.MustParsePrefix("192.0.2.0/24")); ok || len(r.Exchanges()) > 0 || len(r.Sources()) > 0 {
			t.Error("an empty registry knows something")
		}
	}
}

// TestBuildTwice holds that a registry does not change when its builder goes on.
func TestBuildTwice(t *testing.T) {
	b := NewBuilder()
	b.AddRelation(at("rel", 1), 1, ProviderOf, 2)
	b.AddMember(at("ix", 1), 5, 1)
	first := b.Build()
	b.AddRelation(at("rel", 1), 2, ProviderOf, 3)
	b.AddMember(at("ix", 1), 5, 2)
	b.AddAutNum(at("ripe", 1), AutNum{ASN: 1, Name: strings.Repeat("x", 10), Authenticated: true})
	second := b.Build()
	if len(first.Cone(1)) != 2 || len(second.Cone(1)) != 3 || len(first.Exchanges()[0].Members) != 1 || len(first.Sources()) != 2 {
		t.Error("the first registry changed")
	}
	if !slices.Equal(second.Exchanges()[0].Members, []values.ASN{1, 2}) {
		t.Error("the second lacks a member")
	}
}
