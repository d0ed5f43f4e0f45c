package service

import (
	"path/filepath"
	"slices"
	"time"

	"pahra/internal/archive"
	"pahra/internal/registry"
	"pahra/wire/values"
)

// The segments that say who is who, as the facts at the run's end have it.
const (
	networksSegment       = "networks.parquet"
	neighbourhoodsSegment = "neighbourhoods.parquet"
)

// networkRow is a row of archive/networks.parquet: what the registries say of a network. A column *_source is the kind
// of source that said so. Names that stand only in a source whose terms forbid passing them on are left out and named
// in Withheld; listed AS relations are never in the archive, for the same reason.
type networkRow struct {
	ASN           uint32       `parquet:"asn"`
	Holder        string       `parquet:"holder"`
	HolderSource  string       `parquet:"holder_source,dict"`
	ASName        string       `parquet:"as_name"`
	Org           string       `parquet:"org"`
	OrgName       string       `parquet:"org_name"`
	OrgSource     string       `parquet:"org_source,dict"`
	Country       string       `parquet:"country,dict"`
	CountrySource string       `parquet:"country_source,dict"`
	RIR           string       `parquet:"rir,dict"`
	RIRSource     string       `parquet:"rir_source,dict"`
	Status        string       `parquet:"status,dict"` // allocated or assigned
	Class         string       `parquet:"class,dict"`
	Withheld      string       `parquet:"withheld,dict"` // "holder", "org", separated by commas; or "person", see below
	Contacts      []contactRow `parquet:"contacts,list"`
}

// contactRow says that there is a contact: its role and source, and by what it can be reached. Never who it is.
type contactRow struct {
	Role   string `parquet:"role"`
	Source string `parquet:"source"`
	Mail   bool   `parquet:"mail"`
	Phone  bool   `parquet:"phone"`
	// Updated is the day when the source last changed it, or the object that names it, such as 2026-02-09; "" where it does
	// not say.
	Updated string `parquet:"updated"`
}

// neighbourhoodRow is a row of archive/neighbourhoods.parquet: a member of a named neighbourhood. One without members
// has a single row with ASN 0, and the reason where its members cannot be told.
type neighbourhoodRow struct {
	Name   string `parquet:"name,dict"`
	Title  string `parquet:"title,dict"`
	ASN    uint32 `parquet:"asn"`
	NoData string `parquet:"no_data,dict"`
}

// writeNetworks writes what is known of every network at the run's end.
func (r *run) writeNetworks(dir string) (archive.Segment, error) {
	reg := r.book.facts.Registry
	return archive.WriteSegment(filepath.Join(dir, networksSegment), func(yield func(networkRow) bool) {
		if reg == nil {
			return
		}
		for _, asn := range reg.ASNs() {
			n, _ := reg.Network(asn)
			if !yield(rowOfNetwork(n)) {
				return
			}
		}
	})
}

// mayNotPassOn tells whether the terms of a kind of source forbid handing its content on: CAIDA's agreement on its AS
// relationships and AS organisations does.
func mayNotPassOn(k registry.Kind) bool {
	return k == registry.KindRelations || k == registry.KindOrganisations
}

// withheldPerson stands in Withheld where a tag says that a private person holds the network: every name is left out.
const withheldPerson = "person"

// personalTag is the tag of networks that private persons hold, as lists of AS tags (tags-perso.csv) give it.
const personalTag = "perso"

// contactRows gives contacts without who they are: two people in one role are one fact, as old as the newer.
func contactRows(list []registry.Contact) []contactRow {
	rows := make([]contactRow, 0, len(list))
	for _, c := range list {
		row := contactRow{Role: c.Role, Source: c.Source, Mail: c.HasMail, Phone: c.HasPhone}
		if !c.Updated.IsZero() {
			row.Updated = c.Updated.UTC().Format(time.DateOnly)
		}
		if n := len(rows); n > 0 {
			last := &rows[n-1]
			newest := max(last.Updated, row.Updated)
			last.Updated, row.Updated = newest, newest
			if *last == row {
				continue
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func rowOfNetwork(n registry.Network) networkRow {
	row := networkRow{
		ASN: uint32(n.ASN), ASName: n.ASName, Country: n.Country, RIR: n.RIR, Status: n.Status, Class: n.Class,
		CountrySource: kindName(n.From.Country), RIRSource: kindName(n.From.RIR),
	}
	row.Contacts = contactRows(n.Contacts)
	if slices.Contains(n.Tags, personalTag) {
		row.ASName, row.Withheld = "", withheldPerson
		return row
	}
	if mayNotPassOn(n.From.ASName.Kind) {
		row.ASName = ""
	}
	switch {
	case mayNotPassOn(n.From.Holder.Kind):
		row.Withheld = "holder"
	default:
		row.Holder, row.HolderSource = n.Holder, kindName(n.From.Holder)
	}
	switch {
	case mayNotPassOn(n.From.Org.Kind):
		row.Withheld = joinComma(row.Withheld, "org")
	default:
		row.Org, row.OrgName, row.OrgSource = n.OrgID, n.OrgName, kindName(n.From.Org)
	}
	return row
}

func joinComma(a, b string) string {
	if a == "" {
		return b
	}
	return a + "," + b
}

// kindName names the kind of a source; empty for none.
func kindName(s registry.Source) string {
	if s == (registry.Source{}) {
		return ""
	}
	return s.Kind.String()
}

// writeNeighbourhoods writes the members of every named neighbourhood at the run's end.
func (r *run) writeNeighbourhoods(dir string) (archive.Segment, error) {
	reg := r.book.facts.Registry
	return archive.WriteSegment(filepath.Join(dir, neighbourhoodsSegment), func(yield func(neighbourhoodRow) bool) {
		if reg == nil {
			return
		}
		for _, d := range reg.Neighbourhoods() {
			members, err := reg.Resolve(d.Name)
			row := neighbourhoodRow{Name: d.Name, Title: d.Title}
			if err != nil {
				row.NoData = err.Error()
			}
			if len(members) == 0 {
				members = []values.ASN{0}
			}
			for _, asn := range members {
				row.ASN = uint32(asn)
				if !yield(row) {
					return
				}
			}
		}
	})
}
