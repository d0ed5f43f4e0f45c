package party

import (
	"strings"
	"time"

	"pahra/wire/values"
)

// Reached is how a party is reached, whatever it is told of.
type Reached struct {
	Choice
	Name string       // as it is called; "" where nothing is known
	Who  *Constituent // nil where it is none
}

// Reach tells how a party is reached at a time: a constituent by its own contacts; a network as the constituent that it belongs to
// as a whole, or else by all places that know networks; a registrar and a national CERT by the tables kept by hand.
func (d *Desk) Reach(party string, at time.Time) (r Reached) {
	kind, value, _ := strings.Cut(party, ":")
	f := Facts{At: at}
	switch kind {
	case "c":
		if r.Who, _ = d.Directory.Constituent(value); r.Who == nil || !r.Who.At(at) {
			return Reached{}
		}
		r.Name = r.Who.Name
		r.Address, r.Source, _ = d.Contacts.at(FromConstituent, &f, r.Who)
	case "as":
		asn, err := values.ParseASN(value)
		if err != nil {
			return Reached{}
		}
		f.ASN = asn
		if n := d.Networks[asn]; n != nil {
			r.Name, f.Country = n.Name, n.Country
		}
		if m, found := d.Directory.Find(&f); found {
			r.Who = m.Constituent
		}
		r.Choice = d.Contacts.offline(&f, r.Who, false)
	case "cert", "reg":
		if row := d.Contacts.named(kind, value, at); row != nil {
			r.Name, r.Address, r.Source = row.Name, row.Address, string(row.Kind)+" "+row.Value
		}
	}
	return r
}

// named gives the row of a national CERT or a registrar.
func (c *Contacts) named(kind, value string, at time.Time) *Row {
	if kind == "cert" || c == nil {
		return c.cert(value, at)
	}
	for _, t := range c.Tables {
		if r := t.valid(t.registrars[strings.ToLower(value)], at); r != nil {
			return r
		}
	}
	return nil
}
