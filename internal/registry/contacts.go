package registry

import (
	"cmp"
	"slices"
	"strings"

	"pahra/wire/values"
)

// rawContact is a contact and whose it is.
type rawContact struct {
	asn     values.ASN
	contact Contact
	source  uint32
	pdbNet  int // where asn is not known yet: the network's id in PeeringDB
}

func (b *Builder) addContact(source uint32, asn values.ASN, c Contact) {
	c.Role = strings.ToLower(strings.TrimSpace(c.Role))
	c.Updated = c.Updated.UTC().Round(0)
	if asn != 0 && c.Role != "" {
		b.contacts = append(b.contacts, rawContact{asn: asn, contact: c, source: source})
	}
}

// contacts holds all contacts by node: those of node i are all[off[i]:off[i+1]].
type contacts struct {
	off []uint32
	all []Contact
	src []uint32
}

func (c *contacts) len() int { return len(c.all) }

// newContacts orders and deduplicates; of the same contact from several sources the newest stays.
func newContacts(nodes *index, raw []rawContact) contacts {
	slices.SortFunc(raw, func(x, y rawContact) int {
		return cmp.Or(cmp.Compare(x.asn, y.asn), cmp.Compare(x.contact.Role, y.contact.Role),
			cmp.Compare(x.contact.Source, y.contact.Source), cmp.Compare(x.contact.Hash, y.contact.Hash),
			y.contact.Updated.Compare(x.contact.Updated), cmp.Compare(x.source, y.source), compareBool(y.contact.HasMail, x.contact.HasMail),
			compareBool(y.contact.HasPhone, x.contact.HasPhone))
	})
	raw = slices.CompactFunc(raw, func(x, y rawContact) bool {
		return x.asn == y.asn && x.contact.Role == y.contact.Role && x.contact.Source == y.contact.Source && x.contact.Hash == y.contact.Hash
	})
	c := contacts{off: make([]uint32, len(nodes.asns)+1)}
	for i := range raw {
		node, _ := nodes.find(raw[i].asn)
		c.off[node+1]++
		c.all = append(c.all, raw[i].contact)
		c.src = append(c.src, raw[i].source)
	}
	for i := 1; i < len(c.off); i++ {
		c.off[i] += c.off[i-1]
	}
	return c
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// contactsOf gives a copy of a node's contacts.
func (r *Registry) contactsOf(node uint32) []Contact {
	from, to := r.contacts.off[node], r.contacts.off[node+1]
	if from == to {
		return nil
	}
	out := slices.Clone(r.contacts.all[from:to])
	for i := range out {
		out[i].From = r.sources[r.contacts.src[from+uint32(i)]]
	}
	return out
}
