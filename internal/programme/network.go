package programme

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// NoData stands in a verdict that no input was at hand for.
const NoData = "no data"

// Network is what the registries say of a network, as far as it matters to what it should do.
type Network struct {
	ASN      values.ASN
	Holder   string // empty where not known or not to be told
	Country  string
	RIR      string // as delegation statistics write it: ripencc, apnic
	Contacts []ContactPresent
}

// unknown tells whether no registry says anything of the network.
func (n Network) unknown() bool {
	return n.Holder == "" && n.Country == "" && n.RIR == "" && len(n.Contacts) == 0
}

// ContactPresent says that there is a contact, where, and by what it can be reached; never who it is.
type ContactPresent struct {
	Role   string `json:"role"`
	Source string `json:"source"`
	Mail   bool   `json:"mail"`
	Phone  bool   `json:"phone"`
	// Updated is the day of the last change according to the source, such as 2026-02-09; "" where it does not say.
	Updated string `json:"updated"`
}

// Route is a prefix and an origin announced in a month, and what each authority says of it.
type Route struct {
	Month    values.Month
	Prefix   netip.Prefix
	Origin   values.ASN
	Sessions int       // the most that had it at once
	First    time.Time // when it was seen first and last, UTC
	Last     time.Time
	ROV      string   // valid, invalid-origin, invalid-length, not-found (RFC 6811), or NoData
	IRR      string   // of all routing registries: valid, valid-less-specific, invalid-…, not-found, or NoData
	IRRAuth  string   // the same of those that authenticate
	Bogon    string   // none, a kind of bogon, or NoData
	Objects  []string // that decided, each beginning with what it is: "VRP ", "route", "bogon "
}

// Verdict is what an authority says of a route, and the objects that decided.
type Verdict struct {
	Authority string   `json:"authority"` // rpki, irr, irr-authenticated, bogons
	State     string   `json:"state"`
	Objects   []string `json:"objects"`
}

// Verdicts gives what each authority says of the route.
func (r Route) Verdicts() []Verdict {
	return []Verdict{
		{"rpki", r.ROV, objectsOf(r, "VRP ")}, {"irr", r.IRR, objectsOf(r, "route")},
		{"irr-authenticated", r.IRRAuth, []string{}}, {"bogons", r.Bogon, objectsOf(r, "bogon ")},
	}
}

// Explained is a candidate for an incident that a benign explanation covers.
type Explained struct {
	Time   time.Time
	Kind   watch.Kind // of the incident it would have been
	ASN    values.ASN
	Victim values.ASN // 0 for none
	Prefix netip.Prefix
	By     string // the name of the explanation
	Detail string
}

// Reached says by what roles, and in which sources, a network can be reached at night: operations first.
func Reached(list []ContactPresent) string {
	var ordered []ContactPresent
	for _, want := range []string{"noc", "OrgNocRef", "technical", "tech-c", "OrgTechRef", "admin-c", "abuse", "abuse-c"} {
		for _, c := range list {
			if c.Role == want {
				ordered = append(ordered, c)
			}
		}
	}
	roles := Roles(ordered)
	if roles == nil {
		return "no contact of it is known; try its upstreams"
	}
	return strings.Join(roles, ", ")
}

// Roles lists the contacts by role and source, each once: "noc in peeringdb".
func Roles(list []ContactPresent) (roles []string) {
	for _, c := range list {
		if text := c.Role + " in " + c.Source; !slices.Contains(roles, text) {
			roles = append(roles, text)
		}
	}
	return roles
}
