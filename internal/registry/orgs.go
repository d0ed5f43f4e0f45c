package registry

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"pahra/wire/as2org"
	"pahra/wire/values"
)

// orgClass is a naming of organisations; ids of two namings are never compared.
type orgClass int

const (
	orgCAIDA  orgClass = iota // as-org2info
	orgRPSL                   // aut-num objects of authenticated databases
	orgPDB                    // PeeringDB
	orgOpaque                 // opaque ids of the delegation statistics
	orgClasses
)

var orgClassNames = [orgClasses]string{"organisation of as-org2info", "organisation of an aut-num object",
	"organisation of PeeringDB", "opaque id of the delegation statistics"}

// MaxOpaqueSiblings is how many networks may share an opaque id for it still to mean one holder. National registries
// appear in their regional registry's statistics with an opaque id of their own for all their members: in 2013 KRNIC
// with 958 networks, the least, IRINN, with 98. Holders with more networks than this are known to as-org2info.
const MaxOpaqueSiblings = 64

// orgs holds each network's organisation in each naming, by node; 0 is none.
type orgs struct {
	of   [orgClasses][]uint32
	some bool // whether any network has one
}

func newOrgs(nodes int) (o orgs) {
	for class := range o.of {
		o.of[class] = make([]uint32, nodes)
	}
	return o
}

func orgClassOf(f *rawFact) (orgClass, bool) {
	switch f.field {
	case fieldOrg:
		return orgCAIDA, f.rank == orgOrganisations
	case fieldRPSLOrg:
		return orgRPSL, true
	case fieldPDBOrg:
		return orgPDB, true
	case fieldOpaque:
		return orgOpaque, true
	}
	return 0, false
}

func (o *orgs) set(class orgClass, node, value uint32) { o.of[class][node] = value }

// finish drops the opaque ids that too many networks share, and sees what is left.
func (o *orgs) finish() {
	count := map[uint32]int{}
	for _, id := range o.of[orgOpaque] {
		count[id]++
	}
	for node, id := range o.of[orgOpaque] {
		if count[id] > MaxOpaqueSiblings {
			o.of[orgOpaque][node] = 0
		}
	}
	for _, of := range o.of {
		o.some = o.some || slices.ContainsFunc(of, func(id uint32) bool { return id != 0 })
	}
}

// common gives the naming in which a and b are one organisation.
func (o *orgs) common(a, b uint32) (orgClass, bool) {
	for class := range orgClasses {
		x, y := o.of[class][a], o.of[class][b]
		if x == 0 || x != y {
			continue
		}
		if class == orgOpaque && o.of[orgCAIDA][a] != 0 && o.of[orgCAIDA][b] != 0 {
			continue // as-org2info knows both, and better
		}
		return class, true
	}
	return 0, false
}

// Sibling tells whether one organisation runs both networks: the same organisation in as-org2info, in authenticated
// aut-num objects or in PeeringDB, or the same opaque id in the delegation statistics where as-org2info does not know
// both and no more than MaxOpaqueSiblings share it, or a sibling link in the relations. A network is its own sibling.
// Ask HasOrganisations whether "false" means more than "no data".
func (r *Registry) Sibling(a, b values.ASN) bool {
	_, ok := r.SiblingReason(a, b)
	return ok
}

// SiblingReason is Sibling and says what decided it, for evidence.
func (r *Registry) SiblingReason(a, b values.ASN) (reason string, ok bool) {
	if a == b {
		return "the same network", true
	}
	na, ok := r.nodes.find(a)
	if !ok {
		return "", false
	}
	nb, ok := r.nodes.find(b)
	if !ok {
		return "", false
	}
	if class, ok := r.orgs.common(na, nb); ok {
		return orgClassNames[class], true
	}
	if r.graph.hasSiblings && r.graph.relation(na, nb) == SiblingOf {
		return "sibling link of the relations", true
	}
	return "", false
}

// Siblings gives every network that Sibling holds for, ascending, asn included.
func (r *Registry) Siblings(asn values.ASN) []values.ASN {
	node, ok := r.nodes.find(asn)
	if !ok {
		return []values.ASN{asn}
	}
	var out []values.ASN
	for other := range uint32(len(r.nodes.asns)) {
		_, same := r.orgs.common(node, other)
		if same || other == node || r.graph.hasSiblings && r.graph.relation(node, other) == SiblingOf {
			out = append(out, r.nodes.asns[other])
		}
	}
	return out
}

// rawASOrg is an AS entry of as-org2info, joined with its organisation in Build: either may come first.
type rawASOrg struct {
	asn           values.ASN
	id, name, rir uint32
	source        uint32
}

type orgKey struct {
	source, id uint32
}

type rawOrg struct {
	name, country uint32
}

// AddOrganisations adds CAIDA's AS-to-organisation file, in either form.
func (b *Builder) AddOrganisations(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindOrganisations, src)
	return as2org.Read(r, orDrop(report), as2org.Sink{
		AS: func(a as2org.AS) error {
			b.asOrgs = append(b.asOrgs, rawASOrg{a.ASN, b.intern(a.OrgID), b.intern(a.Name), b.intern(rirOf(a.Source)), n})
			return nil
		},
		Organization: func(o as2org.Organization) error {
			key, org := orgKey{n, b.intern(o.ID)}, rawOrg{b.intern(o.Name), b.intern(country(o.Country))}
			if old, ok := b.orgs[key]; !ok || b.lesser(org, old) {
				b.orgs[key] = org
			}
			return nil
		},
	})
}

// lesser settles two records of one organisation in one source.
func (b *Builder) lesser(x, y rawOrg) bool {
	return cmp.Or(cmp.Compare(b.text[x.name], b.text[y.name]), cmp.Compare(b.text[x.country], b.text[y.country])) < 0
}

// joined makes facts of the entries whose parts may come in any order.
func (b *Builder) joined() []rawFact {
	var out []rawFact
	add := func(asn values.ASN, f field, rank uint8, value, source uint32) {
		if value != 0 && asn != 0 {
			out = append(out, rawFact{asn, f, rank, value, source})
		}
	}
	for _, a := range b.asOrgs {
		o := b.orgs[orgKey{a.source, a.id}]
		add(a.asn, fieldOrg, orgOrganisations, a.id, a.source)
		add(a.asn, fieldOrgName, orgOrganisations, o.name, a.source)
		add(a.asn, fieldASName, asNameOrganisations, a.name, a.source)
		add(a.asn, fieldHolder, holderOrganisation, o.name, a.source)
		add(a.asn, fieldHolder, holderASName, a.name, a.source)
		add(a.asn, fieldCountry, countryOrganisation, o.country, a.source)
		add(a.asn, fieldRIR, rirOrganisations, a.rir, a.source)
	}
	orgsOf := map[int][]pdbOrgKey{}
	for key := range b.pdbOrgs {
		orgsOf[key.id] = append(orgsOf[key.id], key)
	}
	for _, net := range b.pdbNets {
		for _, key := range orgsOf[net.org] {
			add(net.asn, fieldCountry, countryPeeringDB, b.pdbOrgs[key], key.source)
		}
	}
	return out
}

// rirOf maps the sources that as-org2info names to the five regional registries; several give none.
func rirOf(source string) string {
	switch strings.ToUpper(source) {
	case "APNIC", "JPNIC", "KRNIC", "TWNIC", "CNNIC", "VNNIC", "IDNIC", "IRINN":
		return "apnic"
	case "RIPE", "RIPENCC":
		return "ripencc"
	case "ARIN":
		return "arin"
	case "LACNIC", "NICBR", "NICMX":
		return "lacnic"
	case "AFRINIC":
		return "afrinic"
	}
	return ""
}

// RIRName gives a regional registry's name, from its name in delegated statistics, as it writes it itself.
func RIRName(rir string) string {
	if rir == "ripencc" {
		return "RIPE NCC"
	}
	return strings.ToUpper(rir)
}

// country keeps what says where a network is: ZZ is the registries' "nowhere".
func country(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 2 || s == "ZZ" {
		return ""
	}
	return s
}

// pdbOrgID names a PeeringDB organisation.
func pdbOrgID(id int) string {
	if id <= 0 {
		return ""
	}
	return fmt.Sprintf("peeringdb:%d", id)
}
