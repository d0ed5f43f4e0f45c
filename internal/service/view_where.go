package service

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"pahra/wire/values"
)

// Where says which networks are meant by where they belong: in one of the neighbourhoods, in one of the countries and in
// one of the regions. An empty list leaves nobody out, and so does the zero value.
type Where struct {
	Neighbourhoods []string
	Countries      []string // codes of two letters
	Regions        []string // of [Regions]
}

// whole says whether all networks are meant.
func (w Where) whole() bool { return len(w.Neighbourhoods)+len(w.Countries)+len(w.Regions) == 0 }

//go:embed regions.tab
var regionTable string

// Regions lists the regions that [Where] knows: those of the UN's M49 standard, by name in lower case with hyphens, and
// "world".
func Regions() (names []string) {
	for line := range strings.Lines(regionTable) {
		if name, _, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
			names = append(names, name)
		}
	}
	return names
}

// regionCountries gives the countries of a region, and of the regions that it is made of.
func regionCountries(name string) (codes []string, ok bool) {
	at := strings.Index(regionTable, "\n"+name+"\t")
	if at < 0 || name == "" {
		return nil, false
	}
	text, _, _ := strings.Cut(regionTable[at+len(name)+2:], "\n")
	for _, word := range strings.Fields(text) {
		if len(word) == 2 {
			codes = append(codes, word)
			continue
		}
		inner, _ := regionCountries(word)
		codes = append(codes, inner...)
	}
	return codes, true
}

// empty says whether nobody is left out.
func (w Where) empty() bool { return len(w.Neighbourhoods)+len(w.Countries)+len(w.Regions) == 0 }

// countries gives the countries of the regions that the run has.
func (v *View) countries(regions []string) (names []string, err error) {
	for _, region := range regions {
		codes, ok := regionCountries(region)
		if !ok {
			return nil, &WrongUse{Reason: "there is no region " + region}
		}
		for _, code := range codes {
			if v.places[countryList+code] != nil && !slices.Contains(names, countryList+code) {
				names = append(names, countryList+code)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// among gives the networks that are meant, ascending; nil for all. [ErrNoPage] says that there is no such neighbourhood.
func (v *View) among(w Where) (members []values.ASN, err error) {
	if w.empty() {
		return nil, nil
	}
	for _, name := range w.Neighbourhoods {
		if v.place(name) == nil {
			return nil, ErrNoPage
		}
	}
	var countries []string
	for _, code := range w.Countries {
		countries = append(countries, countryList+strings.ToUpper(code))
	}
	regions, err := v.countries(w.Regions)
	if err != nil {
		return nil, err
	}
	first := true
	for _, dimension := range []struct {
		asked int
		names []string
	}{{len(w.Neighbourhoods), w.Neighbourhoods}, {len(w.Countries), countries}, {len(w.Regions), regions}} {
		if dimension.asked == 0 {
			continue
		}
		if union := v.union(dimension.names); first {
			members, first = union, false
		} else {
			members = intersect(members, union)
		}
	}
	return members, nil
}

// union gives the members of any of the neighbourhoods, ascending and never nil.
func (v *View) union(names []string) []values.ASN {
	list := []values.ASN{}
	for _, name := range names {
		list = append(list, v.Members(name)...)
	}
	if len(names) > 1 {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list
}

// intersect gives what two ascending lists share.
func intersect(a, b []values.ASN) []values.ASN {
	both := []values.ASN{}
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			both = append(both, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return both
}

// MembersOfQuestion asks for the networks that belong somewhere, ascending: a []values.ASN.
type MembersOfQuestion struct{ Where Where }

func (q MembersOfQuestion) answer(_ context.Context, a *asked) (any, error) {
	if q.Where.empty() {
		return a.view.asns, nil
	}
	return a.view.among(q.Where)
}
