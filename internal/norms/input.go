package norms

import "pahra/wire/values"

// Input is a value, or the reason why there is none. The zero value is "no data".
type Input[T any] struct {
	value  T
	known  bool
	reason string
}

// Known is an input that is at hand.
func Known[T any](v T) Input[T] { return Input[T]{value: v, known: true} }

// NoData is an input that is not at hand, for a reason that the reader of a score will see.
func NoData[T any](reason string) Input[T] { return Input[T]{reason: reason} }

// Get gives the value and whether there is one.
func (in Input[T]) Get() (T, bool) { return in.value, in.known }

// Reason says why there is no value; it is empty where there is one.
func (in Input[T]) Reason() string {
	if !in.known && in.reason == "" {
		return "not given"
	}
	return in.reason
}

// Inputs is everything that the scores of one network in one month rest on. An input left out is "no data".
type Inputs struct {
	ASN   values.ASN
	Month values.Month
	// Watched is the share of the month, 0 to 1, that the incident detection had updates or tables for. Incidents that
	// were found count however little was watched; finding none counts only if enough of the month was watched.
	Watched Input[float64]
	// Incidents holds, for each incident metric that was looked for, the penalties found: none is an empty list. Those
	// of another network or metric are left out. See ByNetwork.
	Incidents map[Metric]Input[[]Penalty]
	// Gaps says of an incident metric what could not be looked for. As with a month of which little was watched, what was
	// found counts, and finding none is "no data" for this reason.
	Gaps             map[Metric]string
	Spoofing         Input[Spoofing]   // M5
	CustomerSpoofing Input[Spoofing]   // M5C: the same of all direct customers together
	Policy           Input[Policy]     // M6
	IRR              Input[Registered] // M7IRR
	ROV              Input[Validated]  // M7RPKI and M7RPKIN
	Contacts         Input[Contacts]   // M8
	Prefixes         Input[Covered]    // M9
	// ROVRate is the share of RPKI-invalid routes that the network drops, 0 to 1: M9 where the profile says rov-rate.
	ROVRate Input[float64]
}

// Spoofing sums up the anti-spoofing tests of a calendar month that were run inside the network and may be shared.
type Spoofing struct {
	Tests  int // sessions of the month
	Leaked int // distinct prefixes that let spoofed packets out
}

// Policy is the routing policy found in the network's aut-num object.
type Policy struct {
	Imports, Exports int // attributes, mp-import and mp-export included
}

// Registered counts the distinct routes announced at any moment of the month.
type Registered struct {
	Announced  int
	Registered int // of these, with a matching route object by the profile's rules
}

// Validated counts the distinct routes announced at any moment of the month by the outcome of RFC 6811.
type Validated struct {
	Valid, Invalid, Unknown int
}

// Covered counts the distinct prefixes announced at any moment of the month.
type Covered struct {
	Announced int
	Covered   int // of these, with any VRP that covers it, whatever it says of the origin
}

// Contacts are the contacts found for the network.
type Contacts struct {
	Found []Contact
	// Unconsulted names the sources in which a contact could stand and which were not at hand. While there are any,
	// finding none is "no data".
	Unconsulted []string
}

// Contact is the presence of a contact, without any personal data.
type Contact struct {
	Source   string // lower case: ripe, apnic, afrinic, arin, lacnic, peeringdb
	Role     string // as the source calls it: admin-c, tech-c, OrgTechRef, person, NOC, abuse-c
	HasEmail bool
	HasPhone bool
}

// ByNetwork groups penalties by network and metric, in their order.
func ByNetwork(penalties []Penalty) map[values.ASN]map[Metric][]Penalty {
	grouped := map[values.ASN]map[Metric][]Penalty{}
	for _, p := range penalties {
		if grouped[p.ASN] == nil {
			grouped[p.ASN] = map[Metric][]Penalty{}
		}
		grouped[p.ASN][p.Metric] = append(grouped[p.ASN][p.Metric], p)
	}
	return grouped
}
