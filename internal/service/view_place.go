package service

import (
	"slices"
	"strings"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// Place is a neighbourhood with its page, worked out once.
type Place struct {
	page    NeighbourhoodPage
	members []values.ASN // ascending
}

// placeAll works every neighbourhood out.
func (v *View) placeAll() {
	v.places = make(map[string]*Place)
	for _, name := range v.survey.Names() {
		v.names = append(v.names, name)
		v.places[name] = &Place{v.survey.Neighbourhood(name), v.survey.list(name).members}
	}
	v.listPlaces()
}

// Names lists the neighbourhoods that have a page.
func (v *View) Names() []string { return v.names }

// Members gives the networks of a neighbourhood, ascending; nil for one that is not known.
func (v *View) Members(name string) []values.ASN {
	if p := v.place(name); p != nil {
		return p.members
	}
	return nil
}

// place finds a neighbourhood; a country's code may be in lower case.
func (v *View) place(name string) *Place {
	p := v.places[name]
	if code, ok := strings.CutPrefix(name, countryList); ok && p == nil {
		p = v.places[countryList+strings.ToUpper(code)]
	}
	return p
}

// Neighbourhood gives the page of one of [View.Names], its map coloured by an Action.
func (v *View) Neighbourhood(name string, by norms.Metric) (*NeighbourhoodPage, error) {
	p := v.place(name)
	if p == nil || !slices.Contains(norms.Actions(), by) {
		return nil, ErrNoPage
	}
	page := p.page
	if by != page.Space.By {
		page.Space = spaceMap(v.linesOf(p.members), by)
	}
	return &page, nil
}

// linesOf gives the lines of networks; those that the run did not see have one without scores.
func (v *View) linesOf(asns []values.ASN) []NetworkLine {
	lines := make([]NetworkLine, 0, len(asns))
	for _, asn := range asns {
		line, _ := v.survey.line(asn)
		lines = append(lines, line)
	}
	return lines
}

// listPlaces puts every neighbourhood on a line.
func (v *View) listPlaces() {
	for _, name := range v.names {
		page := &v.places[name].page
		v.placeLines = append(v.placeLines, NeighbourhoodLine{
			Name: name, Title: page.Title, Country: strings.HasPrefix(name, countryList), Members: page.Members, Seen: page.Seen,
			Incidents: page.IncidentsTotal, NoData: page.NoData, Distribution: page.Distribution[0],
		})
	}
}
