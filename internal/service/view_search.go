package service

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/values"
)

// SearchPage is what a search found.
type SearchPage struct {
	Run   PageRun `json:"run"`
	Query string  `json:"query"`
	Hits  []Hit   `json:"hits"` // at most maxHits of Total, the best first
	Total int     `json:"total"`
	// Exact says that the first hit is what was asked for, whatever else has it in its name.
	Exact  bool   `json:"exact"`
	Prefix string `json:"prefix,omitempty"` // what was asked for, where it is a prefix or an address
}

// Hit is something found: exactly one of its first three fields is set.
type Hit struct {
	ASN           values.ASN `json:"asn,omitempty"`
	Neighbourhood string     `json:"neighbourhood,omitempty"`
	Incident      string     `json:"incident,omitempty"`
	Title         string     `json:"title"`
	Country       string     `json:"country,omitempty"`
	score         int
}

// The bounds of a search.
const (
	maxHits  = 50
	maxQuery = 200
)

// searchIndex holds the names to search in, in lower case.
type searchIndex struct {
	networks []searchName // in order of ASN
	places   []searchName
}

type searchName struct {
	hit  Hit
	text string
}

func newSearchIndex(v *View) *searchIndex {
	x := &searchIndex{}
	for _, l := range v.survey.lines {
		row := v.index.networks[l.ASN]
		text := l.Holder
		if row.Withheld != withheldPerson && row.OrgName != "" {
			text += "\n" + row.OrgName
		}
		if row.ASName != "" {
			text += "\n" + row.ASName
		}
		x.networks = append(x.networks, searchName{Hit{ASN: l.ASN, Title: l.Holder, Country: l.Country}, strings.ToLower(text)})
	}
	for _, name := range v.names {
		title, text := v.places[name].page.Title, name
		if code, ok := strings.CutPrefix(name, countryList); ok {
			title = cmp.Or(CountryName(code), code)
			text = code
		}
		x.places = append(x.places, searchName{Hit{Neighbourhood: name, Title: title}, strings.ToLower(text + "\n" + title)})
	}
	return x
}

// Search finds networks by number or name, neighbourhoods and countries by name, and says whether a prefix or an address was asked for.
func (v *View) Search(query string) *SearchPage {
	query = strings.TrimSpace(query)
	if runes := []rune(query); len(runes) > maxQuery {
		query = string(runes[:maxQuery])
	}
	page := &SearchPage{Run: v.pages.head, Query: query, Hits: []Hit{}}
	if query == "" {
		return page
	}
	if p, err := ParsePrefixOrAddress(query); err == nil {
		page.Prefix = p.String()
		return page
	}
	hits := v.search.named(strings.ToLower(query))
	if asn, err := values.ParseASN(query); err == nil && v.Has(asn) {
		line, _ := v.survey.line(asn)
		hits = append(slices.DeleteFunc(hits, func(h Hit) bool { return h.ASN == asn }), Hit{ASN: asn, Title: line.Holder, Country: line.Country, score: -1})
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.Incident, b.Incident), cmp.Compare(a.ASN, b.ASN))
	})
	page.Exact = len(hits) > 0 && hits[0].score < 1 && (len(hits) == 1 || hits[1].score > hits[0].score)
	page.Total, page.Hits = len(hits), append(page.Hits, hits[:min(len(hits), maxHits)]...)
	return page
}

// named gives what has a name that holds the query, which is in lower case.
func (x *searchIndex) named(query string) (hits []Hit) {
	for _, list := range [][]searchName{x.places, x.networks} {
		for n := range list {
			if at := strings.Index(list[n].text, query); at >= 0 {
				hit := list[n].hit
				hit.score = rankOf(list[n].text, query, at)
				hits = append(hits, hit)
			}
		}
	}
	return hits
}

// rankOf says how well a name that holds the query at a place fits: 0 is the whole of it.
func rankOf(text, query string, at int) int {
	for line := range strings.SplitSeq(text, "\n") {
		if line == query {
			return 0
		}
	}
	switch {
	case at == 0 || text[at-1] == '\n':
		return 1
	case text[at-1] == ' ' || text[at-1] == '-':
		return 2
	}
	return 3
}

func isHex(text string) bool {
	_, err := strconv.ParseUint(text[:min(len(text), 16)], 16, 64)
	return err == nil
}

// ParsePrefixOrAddress reads a prefix, or an address as a prefix of its full length. A prefix loses what lies beyond its
// length.
func ParsePrefixOrAddress(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, &WrongUse{strconv.Quote(text) + " is neither a prefix nor an address"}
	}
	return addr.Unmap().Prefix(addr.Unmap().BitLen())
}
