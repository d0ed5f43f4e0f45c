package service

import (
	"fmt"
	"slices"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// RoleAdvice is what one side of an incident can do about it.
type RoleAdvice struct {
	Role    string       `json:"role"`     // "announcer", "accepted", "holder" or "anybody"
	ASNs    []values.ASN `json:"networks"` // who is meant, at most maxAdvised; empty for anybody
	Heading string       `json:"heading"`
	Steps   []string     `json:"steps"`
}

// maxAdvised bounds the networks that one heading names.
const maxAdvised = 5

// advise sorts what can be done by who can do it: whose prefixes they are, who took them, who is said to have done it.
func (page *IncidentPage) advise() []RoleAdvice {
	i := &page.Incident
	list := []RoleAdvice{}
	if len(page.Alarm.First) > 0 {
		list = append(list, page.forHolder())
	}
	if i.Kind == watch.PathAnomaly {
		return append(list, RoleAdvice{"announcer", []values.ASN{i.ASN}, fmt.Sprintf("If you are AS%d", i.ASN), []string{
			"nothing is held against you: a new neighbour looks the same",
			"if you did not send these paths, somebody put your number into them: the raw updates on this page say who told of them",
		}})
	}
	if took := page.forTakers(); len(took.ASNs) > 0 {
		list = append(list, took)
	}
	return append(list, page.forAnnouncer())
}

func (page *IncidentPage) forHolder() RoleAdvice {
	a := RoleAdvice{Role: "holder", ASNs: []values.ASN{}, Heading: "If it reaches you", Steps: page.Alarm.First}
	for _, v := range page.Alarm.Victims[:min(len(page.Alarm.Victims), maxAdvised)] {
		a.ASNs = append(a.ASNs, v.ASN)
	}
	switch {
	case page.Incident.Kind == watch.PathAnomaly && page.Incident.Evidence.NewLink != nil:
		a.ASNs = []values.ASN{page.Incident.Evidence.NewLink.Far}
		a.Heading = fmt.Sprintf("If you are AS%d, whose prefixes they are", a.ASNs[0])
	case page.Incident.Kind == watch.Leak:
		a.Heading = "If they are your prefixes"
	case len(a.ASNs) == 0:
		a.Role = "anybody"
	case len(a.ASNs) == 1:
		a.Heading = fmt.Sprintf("If they are your prefixes (AS%d)", a.ASNs[0])
	default:
		a.Heading = "If they are your prefixes"
	}
	return a
}

func (page *IncidentPage) forTakers() RoleAdvice {
	i := &page.Incident
	a := RoleAdvice{Role: "accepted", ASNs: []values.ASN{}}
	for _, p := range page.Alarm.LetPass {
		a.ASNs = append(a.ASNs, p.ASN)
	}
	if l := i.Evidence.Leak; l != nil && len(a.ASNs) == 0 {
		a.ASNs = append(a.ASNs, l.To)
	}
	a.ASNs = a.ASNs[:min(len(a.ASNs), maxAdvised)]
	if len(a.ASNs) == 0 {
		return a
	}
	a.Heading = "If you took them straight from AS" + i.ASN.String()
	if len(a.ASNs) == 1 {
		a.Heading = fmt.Sprintf("If you are AS%d (took them)", a.ASNs[0])
	}
	now := fmt.Sprintf("see what your routers took from AS%d at that time, and by which filter it came through", i.ASN)
	if i.End == nil {
		now = fmt.Sprintf("reject them from AS%d for now", i.ASN)
	}
	a.Steps = append([]string{now}, refusals(i)...)
	return a
}

// refusals say what would have kept an incident out.
func refusals(i *watch.Incident) []string {
	switch i.Kind {
	case watch.Leak:
		return []string{
			"filter each customer by the prefixes and networks that it may announce, and limit how many prefixes it may send",
			"drop from customers paths that hold a large network that is no customer of theirs",
			"set roles on your sessions (RFC 9234), and verify paths against ASPAs",
		}
	case watch.RPKIInvalid:
		return []string{"drop what RPKI origin validation finds invalid, from customers too"}
	case watch.BogonPrefix, watch.BogonASN:
		return []string{"drop what must not be announced, prefixes and numbers, from every neighbour, by a list that is kept up to date"}
	}
	return []string{
		"filter each customer by the prefixes that it may announce",
		"drop what RPKI origin validation finds invalid",
	}
}

func (page *IncidentPage) forAnnouncer() RoleAdvice {
	i := &page.Incident
	part := "announced them"
	switch {
	case !page.Named:
		part = "the announcing network"
	case i.Kind == watch.Leak:
		part = "passed them on"
	case i.Kind == watch.BogonASN:
		part = "let them out"
	}
	a := RoleAdvice{Role: "announcer", ASNs: []values.ASN{i.ASN}, Heading: fmt.Sprintf("If you are AS%d (%s)", i.ASN, part)}
	switch {
	case !page.Named:
		a.Steps = append(a.Steps, "look whether you did this at all: a path can be made up by any network on it, and no incident is counted against you")
	case i.End != nil:
		a.Steps = append(a.Steps, "it has ended: find why it happened, so that it does not come back")
	default:
		a.Steps = append(a.Steps, "look whether you do this now, and if so, end it")
	}
	return RoleAdvice{a.Role, a.ASNs, a.Heading, append(append(a.Steps, mends(i)...), contest(i))}
}

// mends say what keeps a network from doing it again.
func mends(i *watch.Incident) []string {
	switch i.Kind {
	case watch.Leak:
		return []string{
			"announce to providers and peers only what is your own or a customer's: let the export filter say so, not the import alone",
			"mark routes of providers and peers where they come in, and refuse what is marked where it would go out to another of them",
			"set roles on your sessions (RFC 9234), so that routers mark and refuse by themselves",
		}
	case watch.RPKIInvalid:
		return []string{"if it is rightful, have the holder of the prefix sign a ROA with your number and this length; if not, withdraw it"}
	case watch.BogonPrefix:
		return []string{"drop such prefixes at your own edge, and look which router, customer or test they come from"}
	case watch.BogonASN:
		return []string{"remove private numbers at your edge, and look for mistyped prepends"}
	}
	return []string{"look for redistribution, a mistyped prefix, or a customer whose routes you do not filter"}
}

// contest says what would show that it was rightful, and how to have it judged again.
func contest(i *watch.Incident) string {
	shows := "a ROA or a route object that authorises it, or that both networks are of one organisation"
	switch {
	case i.Evidence.Leak != nil:
		l := i.Evidence.Leak
		neighbours := []values.ASN{l.From, l.To}
		slices.Sort(neighbours)
		shows = fmt.Sprintf("what AS%d and AS%d are to you, if it is not what the relations on this page say: best in a signed ASPA of who buys transit of you", neighbours[0], neighbours[1])
	case i.Kind == watch.BogonPrefix || i.Kind == watch.BogonASN:
		shows = "that the registry has handed it out by then"
	case i.Kind == watch.RPKIInvalid:
		shows = "that the ROAs which spoke then are not those of this page"
	}
	return "to contest it, hold the raw updates against your own records, recompute the run by the commands on this page, and put beside it what shows otherwise: " + shows
}
