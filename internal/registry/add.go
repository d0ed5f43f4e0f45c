package registry

import (
	"fmt"
	"io"
	"strings"

	"pahra/wire/asnames"
	"pahra/wire/delegated"
	"pahra/wire/values"
)

// maxRange bounds how many AS numbers one delegation record may name: the largest real ones hold 1,024.
const maxRange = 1 << 16

// AddDelegated adds an RIR's delegation statistics, standard or extended. Reserved and available resources give networks
// nothing; their addresses are kept for Allocation.
func (b *Builder) AddDelegated(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindDelegated, src)
	report = orDrop(report)
	return delegated.ReadAll(r, report, nil, func(rec delegated.Record) error {
		if rec.Type != delegated.ASN {
			b.addSpace(&rec, n)
			return nil
		}
		if !rec.Status.Delegated() {
			return nil
		}
		if rec.Count > maxRange {
			report(values.Problem{Line: rec.Line, Reason: fmt.Sprintf("range of %d AS numbers is larger than %d", rec.Count, maxRange)})
			return nil
		}
		b.addDelegatedASNs(&rec, n)
		return nil
	})
}

func (b *Builder) addDelegatedASNs(rec *delegated.Record, source uint32) {
	date, opaque := "", ""
	if !rec.Date.IsZero() {
		date = rec.Date.Format("20060102")
	}
	if rec.OpaqueID != "" {
		opaque = rec.Registry + ":" + rec.OpaqueID
	}
	for asn := range rec.ASNs() {
		b.fact(asn, fieldCountry, countryDelegated, country(rec.Country), source)
		b.fact(asn, fieldRIR, rirDelegated, rec.Registry, source)
		b.fact(asn, fieldStatus, rankBest, rec.Status.String(), source)
		b.fact(asn, fieldRegistered, rankBest, date, source)
		b.fact(asn, fieldOpaque, rankBest, opaque, source)
	}
}

// AddASNames adds a list of AS names, in any form that wire/asnames reads: names, and countries and classes where it
// has them.
func (b *Builder) AddASNames(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindASNames, src)
	return asnames.Read(r, orDrop(report), func(e asnames.Entry) error {
		b.fact(e.ASN, fieldHolder, holderASNames, e.Name, n)
		b.fact(e.ASN, fieldCountry, countryASNames, country(e.Country), n)
		if !strings.EqualFold(e.Class, "unknown") {
			b.fact(e.ASN, fieldClass, rankGood, e.Class, n)
		}
		return nil
	})
}

// AddASTags adds a list of the networks that share a property, such as "ddosm" (DDoS mitigation) or "anycast".
func (b *Builder) AddASTags(src Source, tag string, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindASTags, src)
	return asnames.Read(r, orDrop(report), func(e asnames.Entry) error {
		b.fact(e.ASN, fieldTag, rankGood, strings.ToLower(tag), n)
		return nil
	})
}

// AddAutNum adds what an aut-num object says. Only an authenticated database counts for siblings and policies: in others
// anyone could claim kinship with a network to pass for it.
func (b *Builder) AddAutNum(src Source, a AutNum) {
	n := b.source(KindAutNum, src)
	rank := func(rank uint8) uint8 {
		if !a.Authenticated {
			return rankUnauthenticated
		}
		return rank
	}
	b.fact(a.ASN, fieldHolder, rank(holderAutNum), a.Holder, n)
	b.fact(a.ASN, fieldASName, rank(asNameAutNum), a.Name, n)
	b.fact(a.ASN, fieldHolder, rank(holderASName), a.Name, n)
	b.fact(a.ASN, fieldCountry, rank(countryAutNum), country(a.Country), n)
	b.fact(a.ASN, fieldRIR, rank(rirAutNum), rirOf(a.Registry), n)
	b.fact(a.ASN, fieldOrg, rank(orgAutNum), a.OrgID, n)
	b.fact(a.ASN, fieldOrgName, rank(orgAutNum), a.Holder, n)
	if a.Authenticated && a.OrgID != "" {
		b.fact(a.ASN, fieldRPSLOrg, rankBest, strings.ToLower(a.Registry+":"+a.OrgID), n)
	}
	for _, c := range a.Contacts {
		b.addContact(n, a.ASN, c)
	}
	if a.Authenticated {
		b.addPolicies(n, a)
	}
}

// AddContact adds one contact of a network, from a source of any other kind.
func (b *Builder) AddContact(src Source, asn values.ASN, c Contact) {
	b.addContact(b.source(KindContacts, src), asn, c)
}
