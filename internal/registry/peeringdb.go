package registry

import (
	"io"
	"strings"

	"pahra/wire/peeringdb"
	"pahra/wire/values"
)

// rawPDBNet joins PeeringDB's ids with the ASN.
type rawPDBNet struct {
	id     int // 0 where a cut-down copy lacks it
	org    int
	asn    values.ASN
	source uint32
}

type pdbOrgKey struct {
	source uint32
	id     int
}

// live tells whether a record counts: PeeringDB keeps deleted and pending ones. Cut-down copies have no status.
func live(status string) bool { return status == "ok" || status == "" }

// AddPeeringDBNets adds PeeringDB's networks (net): names, as-sets, organisations, what kind of network.
func (b *Builder) AddPeeringDBNets(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindPeeringDB, src)
	return peeringdb.ReadNets(r, orDrop(report), func(net peeringdb.Net) error {
		if !live(net.Status) {
			return nil
		}
		b.fact(net.ASN, fieldHolder, holderPeeringDB, net.Name, n)
		b.fact(net.ASN, fieldASSet, rankGood, firstASSet(net.IRRASSet), n)
		b.fact(net.ASN, fieldNetType, rankGood, strings.Join(net.Types, ","), n)
		b.fact(net.ASN, fieldPDBOrg, rankGood, pdbOrgID(net.OrgID), n)
		b.pdbNets = append(b.pdbNets, rawPDBNet{net.ID, net.OrgID, net.ASN, n})
		return nil
	})
}

// AddPeeringDBOrgs adds PeeringDB's organisations (org): the countries of the networks they run. Their time and name
// need not be those of the networks' source.
func (b *Builder) AddPeeringDBOrgs(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindPeeringDB, src)
	return peeringdb.ReadOrgs(r, orDrop(report), func(o peeringdb.Org) error {
		key, seat := pdbOrgKey{n, o.ID}, b.intern(country(o.Country))
		if old, ok := b.pdbOrgs[key]; live(o.Status) && (!ok || b.text[seat] < b.text[old]) {
			b.pdbOrgs[key] = seat
		}
		return nil
	})
}

// AddPeeringDBContacts adds PeeringDB's contacts (poc). They count for networks whose net record was added too; hasher
// makes the hashes, and role, presence and age are all that is kept beside.
func (b *Builder) AddPeeringDBContacts(src Source, r io.Reader, hasher peeringdb.Hasher, report func(values.Problem)) error {
	n := b.source(KindPeeringDBContacts, src)
	return peeringdb.ReadPocs(r, hasher, orDrop(report), func(p peeringdb.Poc) error {
		if !live(p.Status) {
			return nil
		}
		hash := p.EmailHash
		if hash == "" {
			hash = p.PhoneHash
		}
		c := Contact{Role: strings.ToLower(p.Role), Source: "peeringdb", Hash: hash, HasMail: p.HasEmail, HasPhone: p.HasPhone, Updated: p.Updated}
		b.contacts = append(b.contacts, rawContact{contact: c, source: n, pdbNet: p.NetID})
		return nil
	})
}

// firstASSet takes the first of several as-sets, which operators write between spaces or commas.
func firstASSet(s string) string {
	fields := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	if len(fields) == 0 {
		return ""
	}
	return strings.ToUpper(fields[0])
}

// allContacts resolves PeeringDB's network ids and renumbers the sources. Contacts of unknown networks fall out.
func (b *Builder) allContacts(canonical []uint32) []rawContact {
	asnOf := map[int]rawPDBNet{}
	for _, net := range b.pdbNets {
		old, ok := asnOf[net.id]
		if !ok || b.newerNet(net, old) {
			asnOf[net.id] = net
		}
	}
	var out []rawContact
	for _, c := range b.contacts {
		if c.asn == 0 && c.pdbNet > 0 {
			c.asn = asnOf[c.pdbNet].asn
		}
		if c.asn != 0 {
			c.source = canonical[c.source]
			out = append(out, c)
		}
	}
	return out
}

// newerNet tells whether x says better than y which network has the id.
func (b *Builder) newerNet(x, y rawPDBNet) bool {
	sx, sy := b.sources[x.source], b.sources[y.source]
	if c := sx.Time.Compare(sy.Time); c != 0 {
		return c > 0
	}
	if c := sx.compare(sy); c != 0 {
		return c < 0
	}
	return x.asn < y.asn
}
