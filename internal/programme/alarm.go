package programme

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// Party is a network with a part in an incident, and by what it can be reached; never who answers there.
type Party struct {
	ASN      values.ASN       `json:"asn"`
	Holder   string           `json:"holder"`
	Country  string           `json:"country"`
	Contacts []ContactPresent `json:"contacts"`
	// Edge says, of a network that let it pass, what the announcing network is to it: customer, peer or provider,
	// or neighbour where that is not known.
	Edge string `json:"edge,omitempty"`
	// Doubtful is set where too few peers say that it let it pass for that to count.
	Doubtful bool `json:"doubtful,omitempty"`
}

// Alarm is an incident told to those who have to end it: who announces what, who let it pass, what to do first.
type Alarm struct {
	Incident  string  `json:"incident"`
	Open      bool    `json:"open"`
	Says      string  `json:"says"`
	Announcer Party   `json:"announcer"`
	LetPass   []Party `json:"let_pass"` // those to call first: straight behind the announcing network
	Victims   []Party `json:"victims"`
	// First is what to do, in this order.
	First []string `json:"first"`
}

// Alarms tells incidents, open ones and the latest first.
func Alarms(list []watch.Incident, parties map[values.ASN]Network) []Alarm {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b watch.Incident) int {
		if (a.End == nil) != (b.End == nil) {
			if a.End == nil {
				return -1
			}
			return 1
		}
		return b.Start.Compare(a.Start)
	})
	alarms := []Alarm{}
	for _, i := range list {
		alarms = append(alarms, Tell(i, parties))
	}
	return alarms
}

// Tell tells an incident; parties are those with a part in it, as far as anything is known of them.
func Tell(i watch.Incident, parties map[values.ASN]Network) Alarm {
	a := Alarm{
		Incident: i.ID, Open: i.End == nil, Announcer: party(i.ASN, parties), LetPass: []Party{}, Victims: []Party{},
		Says: says(IncidentSeen{Incident: i, Named: i.Attribution == watch.Supported}, 0),
	}
	for _, x := range i.Accomplices {
		p := party(x.ASN, parties)
		p.Edge, p.Doubtful = edgeOf(x), x.Weight == 0
		a.LetPass = append(a.LetPass, p)
	}
	slices.SortStableFunc(a.LetPass, func(a, b Party) int { // those for sure first
		return cmp.Compare(map[bool]int{true: 1}[a.Doubtful], map[bool]int{true: 1}[b.Doubtful])
	})
	for _, v := range i.Evidence.Victims {
		a.Victims = append(a.Victims, party(v, parties))
	}
	a.First = firstSteps(i, a)
	return a
}

// edgeOf says what the announcing network is to one that let it pass.
func edgeOf(x watch.Accomplice) string {
	switch {
	case x.CustomerEdge == nil:
		return "neighbour"
	case *x.CustomerEdge:
		return "customer"
	}
	return "peer or provider"
}

func party(asn values.ASN, parties map[values.ASN]Network) Party {
	n := parties[asn]
	return Party{ASN: asn, Holder: n.Holder, Country: n.Country, Contacts: append([]ContactPresent{}, n.Contacts...)}
}

// firstSteps says what ends an incident, the quickest first: who let it pass can stop it at once.
func firstSteps(i watch.Incident, a Alarm) []string {
	if i.Kind == watch.PathAnomaly {
		return findOutNeighbour(i, a)
	}
	steps := []string{}
	what := PrefixList(i.Prefixes)
	if i.Evidence.BogonASN != nil {
		what = fmt.Sprintf("paths with AS%d", *i.Evidence.BogonASN)
	}
	sure := slices.ContainsFunc(a.LetPass, func(p Party) bool { return !p.Doubtful })
	for _, p := range a.LetPass {
		switch {
		case p.Doubtful && sure:
		case p.Doubtful:
			steps = append(steps, fmt.Sprintf("ask AS%d%s whether it takes %s from AS%d: %s", p.ASN, called(p), what, i.ASN, Reached(p.Contacts)))
		case a.Open:
			steps = append(steps, fmt.Sprintf("call AS%d%s to reject %s from AS%d: %s", p.ASN, called(p), what, i.ASN, Reached(p.Contacts)))
		default:
			steps = append(steps, fmt.Sprintf("ask AS%d%s to filter what it takes from its %s AS%d: %s", p.ASN, called(p), p.Edge, i.ASN, Reached(p.Contacts)))
		}
	}
	ask := "ask AS%d%s to withdraw %s: %s"
	switch {
	case i.Attribution != watch.Supported:
		ask = "ask AS%d%s whether it announced %s at all: %s"
	case i.Kind == watch.Leak:
		ask = "ask AS%d%s to stop passing on %s: %s"
	}
	if a.Open {
		steps = append(steps, fmt.Sprintf(ask, i.ASN, called(a.Announcer), what, Reached(a.Announcer.Contacts)))
	}
	return append(steps, protect(i)...)
}

// findOutNeighbour says what the holder of a prefix does about a neighbour never seen before.
func findOutNeighbour(i watch.Incident, a Alarm) []string {
	steps := []string{fmt.Sprintf("see whether AS%d%s is a neighbour of yours: if so, nothing is wrong", i.ASN, called(a.Announcer))}
	if a.Open {
		steps = append(steps, fmt.Sprintf("if not, ask it where it has the path to %s from: %s", PrefixList(i.Prefixes), Reached(a.Announcer.Contacts)))
	}
	return append(steps, "publish an ASPA that names your providers, so that who verifies paths drops others")
}

func called(p Party) string {
	if p.Holder == "" {
		return ""
	}
	return " " + p.Holder
}

// protect says what the holder of a prefix can do alone.
func protect(i watch.Incident) (steps []string) {
	if i.Kind != watch.Hijack && i.Kind != watch.RPKIInvalid || i.Victim == nil {
		return nil
	}
	victim := *i.Victim
	if i.End == nil {
		steps = append(steps, moreSpecifics(i.Prefixes[0], victim))
	}
	if slices.ContainsFunc(i.Evidence.Objects, func(o watch.Object) bool { return o.Kind == "vrp" }) {
		return append(steps, fmt.Sprintf("a ROA of AS%d covers it already: networks that validate drop it", victim))
	}
	for _, b := range i.Evidence.Baseline[:min(len(i.Evidence.Baseline), maxPrefixesSaid)] {
		if b.Origin == victim {
			steps = append(steps, fmt.Sprintf("create a ROA for %s AS%d, maxLength %d, and one for each more specific prefix that AS%d announces, so that who validates drops others",
				b.Prefix, victim, b.Prefix.Bits(), victim))
		}
	}
	return steps
}

// The longest prefixes that networks exchange.
const (
	longest4 = 24
	longest6 = 48
)

// moreSpecifics says what draws traffic back, and how far that goes.
func moreSpecifics(p netip.Prefix, victim values.ASN) string {
	longest := longest4
	if p.Addr().Is6() {
		longest = longest6
	}
	if p.Bits() >= longest {
		return fmt.Sprintf("if you must, announce %s itself from AS%d at every session: longer than /%d hardly gets anywhere", p, victim, longest)
	}
	low := netip.PrefixFrom(p.Addr(), p.Bits()+1)
	high := upperHalf(p)
	return fmt.Sprintf("if you must, announce %s and %s from AS%d (more specific, up to /%d; a ROA must allow it), and withdraw them afterwards",
		low, high, victim, longest)
}

// upperHalf gives the second of the two prefixes that make p.
func upperHalf(p netip.Prefix) netip.Prefix {
	raw := p.Addr().AsSlice()
	raw[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	addr, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(addr, p.Bits()+1)
}

// Attributed says in words how far the announcing network is known to have done it.
func Attributed(i watch.Incident) string {
	switch i.Attribution {
	case watch.Supported:
		return fmt.Sprintf("supported: AS%d is named, since independent paths lead to it", i.ASN)
	case watch.PossiblyForged:
		return fmt.Sprintf("possibly forged: AS%d is the announcing network and not named as the culprit (%s)", i.ASN, firstReason(i, "its link may be made up"))
	}
	return fmt.Sprintf("%s: AS%d is the announcing network and not named as the culprit (%s)", i.Attribution, i.ASN, firstReason(i, "too few paths lead to it"))
}
