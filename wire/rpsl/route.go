package rpsl

import (
	"fmt"
	"net/netip"

	"pahra/wire/values"
)

// maxList bounds the elements kept of the small lists (maintainers, holes, sets joined).
const maxList = 1000

// Route is a route or route6 object (RFC 2622 section 4, RFC 4012 section 3): the holder's word, or in registries that
// are not authenticated anybody's, that Origin may announce Prefix.
type Route struct {
	Prefix        netip.Prefix
	Origin        values.ASN
	MemberOf      []string       // route-sets that it joins
	Holes         []netip.Prefix // parts of Prefix that Origin cannot reach
	MntBy         []string
	Source        string
	Authenticated bool
	Dates
}

// Route gives the typed view of a route or route6. It refuses an object without prefix or origin, or with a prefix of
// the other family.
func (o *Object) Route() (Route, error) {
	if !o.Is("route") && !o.Is("route6") {
		return Route{}, fmt.Errorf("reading a route: the object is a %s", o.Class)
	}
	r := Route{Source: o.Source, Authenticated: o.Authenticated, Dates: o.dates()}
	var err error
	if r.Prefix, err = parsePrefix(firstWord(o.Key)); err != nil {
		return Route{}, fmt.Errorf("reading a %s: %w", o.Class, err)
	}
	if r.Prefix.Addr().Is6() != o.Is("route6") {
		return Route{}, fmt.Errorf("reading a %s: %s is of the other family", o.Class, r.Prefix)
	}
	if r.Origin, err = parseASN(firstWord(o.Get("origin"))); err != nil {
		return Route{}, fmt.Errorf("reading %s %s: origin: %w", o.Class, r.Prefix, err)
	}
	r.MemberOf, r.MntBy = o.strings("member-of", maxList), o.strings("mnt-by", maxList)
	for w := range o.words("holes") {
		if p, err := parsePrefix(w); err == nil && len(r.Holes) < maxList {
			r.Holes = append(r.Holes, p)
		}
	}
	return r, nil
}

// RouteSet is a route-set object (RFC 2622 section 5.2). Members are prefixes, sets or AS numbers, possibly with a range
// operator ("192.0.2.0/24^+"), as written.
type RouteSet struct {
	Name          string // in upper case
	Members       []string
	MPMembers     []string
	MbrsByRef     []string
	Source        string
	Authenticated bool
	Dates
}

// RouteSet gives the typed view of a route-set.
func (o *Object) RouteSet() (RouteSet, error) {
	name, err := o.setName("route-set")
	if err != nil {
		return RouteSet{}, err
	}
	return RouteSet{Name: name, Members: o.strings("members", maxMembers), MPMembers: o.strings("mp-members", maxMembers),
		MbrsByRef: o.strings("mbrs-by-ref", maxList), Source: o.Source, Authenticated: o.Authenticated, Dates: o.dates()}, nil
}
