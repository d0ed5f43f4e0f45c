package authority

import (
	"fmt"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// IRR is the state of a route against the route objects of the routing registries.
//
// It follows RFC 6811 with a route object taken as a VRP whose maxLength is its prefix's length, which is how the
// Internet Health Report and "Mind Your MANRS" (IMC 2022) judge. Their "invalid, more specific" is ValidLessSpecific
// and InvalidMoreSpecific together; it is told apart here by whether a closer object contradicts.
type IRR uint8

// The states, best first but for NotFound.
const (
	// IRRNotFound : no route object covers the prefix.
	IRRNotFound IRR = iota
	// IRRValid : a route object has this prefix and this origin.
	IRRValid
	// IRRValidLessSpecific : a less specific route object names the origin, and no longer one names another.
	IRRValidLessSpecific
	// IRRInvalidMoreSpecific : a less specific route object names the origin, but longer covering ones name only others.
	IRRInvalidMoreSpecific
	// IRRInvalidOrigin : route objects cover the prefix, none of them names the origin.
	IRRInvalidOrigin
)

// Invalid tells whether route objects contradict the route.
func (s IRR) Invalid() bool { return s >= IRRInvalidMoreSpecific }

// String gives "not-found", "valid", "valid-less-specific", "invalid-more-specific" or "invalid-origin".
func (s IRR) String() string {
	names := [...]string{"not-found", "valid", "valid-less-specific", "invalid-more-specific", "invalid-origin"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("IRR(%d)", uint8(s))
}

// RouteObject is a route or route6 object (RFC 2622 section 4, RFC 4012 section 3), as far as it authorises.
type RouteObject struct {
	Prefix        netip.Prefix
	Origin        values.ASN
	Source        string    // the registry: "RADB"
	Authenticated bool      // the registry checks that the address holder agrees
	Created       time.Time // zero where unknown; kept to the second, 1970 to 2106
	LastModified  time.Time // zero where unknown
}

// ID names a route object: "route 192.0.2.0/24 AS64500 RADB", with route6 for IPv6.
func (o RouteObject) ID() string {
	class := "route"
	if o.Prefix.Addr().Is6() {
		class = "route6"
	}
	return fmt.Sprintf("%s %s AS%d %s", class, o.Prefix, o.Origin, o.Source)
}

// KnownAt tells whether the object is known to have stood at t: created at or before it, or, where no creation date is
// known, last modified at or before it. An object with neither date is taken to be as old as its registry's snapshot.
func (o RouteObject) KnownAt(t time.Time) bool {
	switch {
	case !o.Created.IsZero():
		return !o.Created.After(t)
	case !o.LastModified.IsZero():
		return !o.LastModified.After(t)
	}
	return true
}

// IRRVerdict is a state and what decided it.
type IRRVerdict struct {
	State IRR
	// Authenticated tells that an object of an authenticated registry gives State by itself.
	Authenticated bool
	// AuthenticatedState is the state by the objects of authenticated registries alone. Where it is invalid and State
	// is valid, only a registry that anybody can write to vouches for the route.
	AuthenticatedState IRR
	// Exact tells of an InvalidOrigin that an object of the very prefix names another origin.
	Exact bool
	// Source and Object name the first deciding object's registry and the object; empty for NotFound.
	Source, Object string
	// Deciding holds objects of one prefix: the longest that gives State by authenticated objects alone, else the
	// longest that gives it at all. Of an InvalidOrigin they are all that prefix's objects, otherwise those of the
	// origin: authenticated first, then by origin and source, at most eight. More counts the rest.
	Deciding []RouteObject
	More     int
}

// Objects names the deciding objects.
func (v IRRVerdict) Objects() []string {
	ids := make([]string, len(v.Deciding))
	for i, d := range v.Deciding {
		ids[i] = d.ID()
	}
	return ids
}

// RouteTable holds route objects and judges routes by them. The zero value holds none.
type RouteTable struct {
	index    *prefixIndex
	items    []routeItem
	byOrigin []uint32 // item numbers in order of origin, then prefix
	sources  []string
	skipped  int
}

// routeItem is a route object without its prefix, which is the node's. Within a node authenticated ones come first,
// then order is by origin and source.
type routeItem struct {
	origin            values.ASN
	created, modified uint32 // seconds since 1970; 0 unknown
	source            uint16
	authenticated     bool
}

// Len counts the route objects held.
func (t *RouteTable) Len() int { return len(t.items) }

// Skipped counts the objects that were left out as malformed.
func (t *RouteTable) Skipped() int { return t.skipped }

// State judges one route by the objects known at the time at; the zero time admits all. It allocates nothing.
func (t *RouteTable) State(p netip.Prefix, origin values.ASN, at time.Time) IRR {
	state, _ := t.judge(p, origin, asOf(at), false)
	return state
}

// Validate judges one route by the objects known at the time at, and says which decided; the zero time admits all.
// An object that names the origin beats those that do not, at any distance; between equals the authenticated is named.
func (t *RouteTable) Validate(p netip.Prefix, origin values.ASN, at time.Time) IRRVerdict {
	limit := asOf(at)
	state, node := t.judge(p, origin, limit, false)
	v := IRRVerdict{State: state}
	if state == IRRNotFound {
		return v
	}
	v.Exact = state == IRRInvalidOrigin && int(t.index.bits[node]) == p.Bits()
	authState, authNode := t.judge(p, origin, limit, true)
	if v.AuthenticatedState, v.Authenticated = authState, authState == state; v.Authenticated {
		node = authNode
	}
	from, to := t.index.items(node)
	for i := from; i < to; i++ {
		item := t.items[i]
		if !item.knownAt(limit) || (state != IRRInvalidOrigin && item.origin != origin) {
			continue
		}
		if len(v.Deciding) == maxDeciding {
			v.More++
			continue
		}
		v.Deciding = append(v.Deciding, t.object(node, item))
	}
	first := v.Deciding[0]
	v.Source, v.Object = first.Source, first.ID()
	return v
}

// judge gives the state and the node that decided it. With authenticatedOnly, other objects are as if absent.
func (t *RouteTable) judge(p netip.Prefix, origin values.ASN, limit uint32, authenticatedOnly bool) (IRR, int32) {
	if t.index == nil {
		return IRRNotFound, none
	}
	closest := int32(none) // the longest node with a usable object, if no object of the origin is found
	for n := t.index.leaf(p); n != none; n = t.index.parent[n] {
		from, to := t.index.items(n)
		any := false
		for _, item := range t.items[from:to] {
			if !item.knownAt(limit) || (authenticatedOnly && !item.authenticated) {
				continue
			}
			any = true
			if item.origin != origin || origin == NoOrigin {
				continue
			}
			switch {
			case int(t.index.bits[n]) == p.Bits():
				return IRRValid, n
			case closest == none:
				return IRRValidLessSpecific, n
			default:
				return IRRInvalidMoreSpecific, n
			}
		}
		if any && closest == none {
			closest = n
		}
	}
	if closest == none {
		return IRRNotFound, none
	}
	return IRRInvalidOrigin, closest
}

// object gives an item of node n in full.
func (t *RouteTable) object(n int32, item routeItem) RouteObject {
	return RouteObject{Prefix: t.index.prefix(n), Origin: item.origin, Source: t.sources[item.source],
		Authenticated: item.authenticated, Created: timeOf(item.created), LastModified: timeOf(item.modified)}
}

// knownAt is [RouteObject.KnownAt] on the compact form.
func (i routeItem) knownAt(limit uint32) bool {
	if i.created != 0 {
		return i.created <= limit
	}
	return i.modified <= limit
}

// asOf turns a moment into the compact form's limit; the zero time admits all.
func asOf(at time.Time) uint32 {
	if at.IsZero() {
		return 1<<32 - 1
	}
	return secondsOf(at)
}

// secondsOf gives a time in seconds since 1970, at least 1 and at most 2106; the zero time gives 0.
func secondsOf(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(min(max(t.Unix(), 1), 1<<32-1))
}

// timeOf undoes secondsOf.
func timeOf(sec uint32) time.Time {
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(int64(sec), 0).UTC()
}
