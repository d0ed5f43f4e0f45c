package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

// What is added to a clone is not in what it was made of, nor the other way round; each is as if it had been read alone.
func TestClone(t *testing.T) {
	base := func() *Builder {
		b := NewBuilder()
		add(t, b.AddASRel, at("rel", 1), "# inferred clique: 1", "1|2|-1", "2|3|-1", "2|4|0|bgp")
		add(t, b.AddPeeringDBNets, at("net", 2), `{"data":[{"id":1,"org_id":7,"asn":2,"name":"Two","status":"ok"}]}`)
		add(t, b.AddOrganisations, at("org", 2), "# format:org_id|changed|org_name|country|source", "O1|20200101|Org One|IN|APNIC",
			"# format:aut|changed|aut_name|org_id|opaque_id|source", "3|20200101|THREE|O1||APNIC")
		b.AddContact(at("contacts", 2), 2, Contact{Role: "noc", Source: "peeringdb", HasMail: true})
		return b
	}
	first := AutNum{ASN: 2, Name: "TWO-AS", OrgID: "ORG-2", Registry: "RIPE", Authenticated: true, Contacts: []Contact{{Role: "abuse-c", Source: "ripe"}}}
	other := AutNum{ASN: 9, Name: "NINE-AS", OrgID: "ORG-2", Registry: "RIPE", Authenticated: true}
	with := func(b *Builder, list ...AutNum) *Builder {
		for i, a := range list {
			b.AddAutNum(at("irr", 3+i), a)
		}
		return b
	}
	b := base()
	c := with(b.Clone(), first)
	d := with(b.Clone(), other)
	with(b, other, first)
	for name, tt := range map[string]struct{ got, want *Builder }{
		"clone": {c, with(base(), first)}, "second clone": {d, with(base(), other)}, "original": {b, with(base(), other, first)},
	} {
		got, want := tt.got.Build(), tt.want.Build()
		if diff := cmp.Diff(want.ASNs(), got.ASNs()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, asn := range want.ASNs() {
			a, _ := want.Network(asn)
			b, _ := got.Network(asn)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s, AS%d: %s", name, asn, diff)
			}
			if diff := cmp.Diff(want.Relationship(asn, values.ASN(2)), got.Relationship(asn, values.ASN(2))); diff != "" {
				t.Errorf("%s, AS%d and AS2: %s", name, asn, diff)
			}
		}
	}
}
