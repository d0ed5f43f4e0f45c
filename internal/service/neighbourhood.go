package service

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/registry"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// NeighbourhoodCheck is how a set of networks stands in the last month of a run.
type NeighbourhoodCheck struct {
	Run     RunRef       `json:"run"`
	Name    string       `json:"name"`
	Title   string       `json:"title"`
	Month   values.Month `json:"month"`
	Members int          `json:"members"`
	Seen    int          `json:"seen"` // of the members, those that the run scored
	// Distribution is how many members are in each band, by Action.
	Distribution []Spread        `json:"distribution"`
	Incidents    []IncidentCount `json:"incidents"`
	Days         []DayCount      `json:"days"`
	// Listed are these incidents one by one, by their start, so that they can be opened.
	Listed []IncidentListed `json:"listed"`
	// Sizes put the absolute figures of the month beside the same by size and beside a second opinion: by size class, and
	// of all. Compared has them for each network, in order of number.
	Sizes    []SizeView         `json:"sizes"`
	Compared []norms.Comparison `json:"compared"`
	// Steps are what would help most, the largest win first.
	Steps []CommonStep `json:"steps"`
	Notes []string     `json:"notes"`
}

// Spread counts networks by band.
type Spread struct {
	Action norms.Metric `json:"action"`
	Title  string       `json:"title"`
	Bands  []BandCount  `json:"bands"` // ready, aspiring, lagging, no data
}

// BandCount is how many networks are in a band, and their share of all members.
type BandCount struct {
	Band     norms.Band `json:"band"`
	Networks int        `json:"networks"`
	Share    float64    `json:"share"` // 0 to 1
}

// IncidentCount counts the incidents of a kind by the part that members have in them. One incident may count in more
// than one column.
type IncidentCount struct {
	Kind      watch.Kind `json:"kind"`
	Announced int        `json:"announced"`
	// NotNamed counts those among Announced in which the evidence does not name the announcing network.
	NotNamed int `json:"not_named"`
	PassedOn int `json:"passed_on"`
	Suffered int `json:"suffered"`
}

// DayCount counts the incidents that members announced, by the day on which they began.
type DayCount struct {
	Day   string             `json:"day"` // UTC
	Kinds map[watch.Kind]int `json:"kinds"`
}

// IncidentListed names an incident; [Run.CheckIncident] opens it by its id.
type IncidentListed struct {
	ID       string         `json:"id"`
	Kind     watch.Kind     `json:"kind"`
	ASN      values.ASN     `json:"asn"`   // the announcing network, which need not be a member
	Named    bool           `json:"named"` // false where the evidence does not support that ASN did it
	Parts    []Part         `json:"parts"` // the members' parts in it, the announcing network first
	Prefixes []netip.Prefix `json:"prefixes"`
	Start    time.Time      `json:"start"`
	End      *time.Time     `json:"end"` // null while open
}

// Part is what a member has to do with an incident.
type Part struct {
	ASN  values.ASN     `json:"asn"`
	Role programme.Role `json:"role"`
}

// CommonStep is a step that would help several networks.
type CommonStep struct {
	Kind     FindingKind   `json:"kind"`
	Step     string        `json:"step"`
	Findings int           `json:"findings"`
	Networks []NetworkStep `json:"networks"` // in order of ASN
	// Points is the sum of what the step raises the Actions of these networks by, in percentage points.
	Points float64 `json:"points"`
}

// NetworkStep is what a step is for one network.
type NetworkStep struct {
	ASN      values.ASN `json:"asn"`
	Holder   string     `json:"holder"`
	Findings int        `json:"findings"`
	Subjects []string   `json:"subjects"` // routes or incidents, at most maxSubjects
	Raise    *Raise     `json:"raise"`
}

// maxSubjects bounds how many routes or incidents of a network a step names; "pahra check" names all.
const maxSubjects = 20

// Neighbourhood gives how a named set of networks stands; names are those of [registry.Registry.Resolve].
func (r *Run) Neighbourhood(name string) (*NeighbourhoodCheck, error) {
	members, title, err := r.resolve(name)
	c := &NeighbourhoodCheck{
		Run: r.ref(), Name: name, Title: title, Month: lastMonth(r.Snapshot.Window.To), Members: len(members),
		Distribution: []Spread{}, Incidents: []IncidentCount{}, Days: []DayCount{}, Listed: []IncidentListed{},
		Sizes: []SizeView{}, Compared: []norms.Comparison{}, Steps: []CommonStep{}, Notes: []string{},
	}
	if errors.Is(err, registry.ErrNoData) {
		c.Notes = append(c.Notes, err.Error())
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	in := make(map[values.ASN]bool, len(members))
	for _, asn := range members {
		in[asn] = true
	}
	m, err := r.gather(in, r.Snapshot.Window.To, false)
	if err != nil {
		return nil, err
	}
	if err := r.survey(c, members, m); err != nil {
		return nil, err
	}
	if err := r.addSizes(c, in); err != nil {
		return nil, err
	}
	r.fillHolders(c, m)
	c.count(m.incidents, in)
	switch {
	case len(members) == 0:
		c.Notes = append(c.Notes, "no data: no network of this run belongs to it")
	case c.Seen == 0:
		c.Notes = append(c.Notes, "no data: none of its networks announced a route to enough peers in this run")
	case c.Seen < c.Members:
		c.Notes = append(c.Notes, fmt.Sprintf("%d of its networks were not seen in this run; they count as no data", c.Members-c.Seen))
	}
	return c, nil
}

// survey counts the bands and gathers the steps.
func (r *Run) survey(c *NeighbourhoodCheck, members []values.ASN, m *material) error {
	bands := make(map[norms.Metric]map[norms.Band]int)
	steps := make(map[FindingKind]*CommonStep)
	byNetwork := make(map[values.ASN][]watch.Incident)
	for _, inc := range m.incidents {
		byNetwork[inc.ASN] = append(byNetwork[inc.ASN], inc)
		for _, a := range inc.Accomplices {
			byNetwork[a.ASN] = append(byNetwork[a.ASN], inc)
		}
	}
	for _, a := range norms.Actions() {
		bands[a] = make(map[norms.Band]int)
	}
	for _, asn := range members {
		own := *m
		own.incidents = byNetwork[asn]
		month, err := r.monthOf(asn, c.Month, &own)
		if err != nil {
			return err
		}
		if len(month.Actions) > 0 {
			c.Seen++
		}
		for _, a := range month.Actions {
			bands[a.Metric][a.Band]++
		}
		r.addSteps(steps, asn, &own, month)
	}
	for _, a := range norms.Actions() {
		c.Distribution = append(c.Distribution, spread(a, bands[a], c.Members))
	}
	for _, k := range findingOrder() {
		if s := steps[k.Kind]; s != nil {
			c.Steps = append(c.Steps, *s)
		}
	}
	slices.SortStableFunc(c.Steps, func(a, b CommonStep) int { return cmp.Compare(b.Points, a.Points) })
	return nil
}

// fillHolders gives networks the names that the archive must not hold, where the inputs are at hand.
func (r *Run) fillHolders(c *NeighbourhoodCheck, m *material) {
	for i := range c.Steps {
		for j := range c.Steps[i].Networks {
			n := &c.Steps[i].Networks[j]
			n.Holder, _, _ = r.namesOf(m.networks[n.ASN])
		}
	}
}

// spread counts those without a score as no data.
func spread(a norms.Metric, bands map[norms.Band]int, members int) Spread {
	s := Spread{Action: a, Title: actionTitle(a)}
	bands[norms.NoBand] = members - bands[norms.Ready] - bands[norms.Aspiring] - bands[norms.Lagging]
	for _, b := range []norms.Band{norms.Ready, norms.Aspiring, norms.Lagging, norms.NoBand} {
		n := BandCount{Band: b, Networks: bands[b]}
		if members > 0 {
			n.Share = float64(n.Networks) / float64(members)
		}
		s.Bands = append(s.Bands, n)
	}
	return s
}

// addSteps adds what would help one network. Incidents in which it is not named, or which do not count, are no step.
func (r *Run) addSteps(steps map[FindingKind]*CommonStep, asn values.ASN, m *material, month MonthCheck) {
	var seen []IncidentSeen
	for _, inc := range m.incidents {
		if s, ok := r.see(inc, asn, m.at); ok && s.Role != Victim {
			seen = append(seen, s)
		}
	}
	findings := slices.DeleteFunc(r.findings(asn, m, seen, nil, month), func(f Finding) bool { return f.Metric == nil })
	for _, s := range r.steps(findings, asn, m, seen, month) {
		if steps[s.Kind] == nil {
			steps[s.Kind] = &CommonStep{Kind: s.Kind, Step: s.Step, Networks: []NetworkStep{}}
		}
		common := steps[s.Kind]
		n := NetworkStep{ASN: asn, Holder: m.networks[asn].Holder, Findings: s.Findings, Subjects: []string{}, Raise: s.Raise}
		for _, f := range findings {
			if f.Kind == s.Kind && len(n.Subjects) < maxSubjects {
				n.Subjects = append(n.Subjects, f.Subject)
			}
		}
		common.Step = programme.JointStep(common.Step, s.Step)
		common.Findings += s.Findings
		common.Networks = append(common.Networks, n)
		if s.Raise != nil {
			common.Points += s.Raise.Points()
		}
	}
}

// listedOf names an incident and the parts that members have in it.
func listedOf(i watch.Incident, in map[values.ASN]bool) IncidentListed {
	l := IncidentListed{
		ID: i.ID, Kind: i.Kind, ASN: i.ASN, Named: i.Attribution == watch.Supported, Parts: []Part{}, Prefixes: i.Prefixes, Start: i.Start, End: i.End,
	}
	add := func(asn values.ASN, role programme.Role) {
		if p := (Part{asn, role}); in[asn] && !slices.Contains(l.Parts, p) {
			l.Parts = append(l.Parts, p)
		}
	}
	add(i.ASN, programme.Announcer)
	for _, a := range i.Accomplices {
		add(a.ASN, programme.Accomplice)
	}
	if i.Victim != nil {
		add(*i.Victim, programme.Victim)
	}
	for _, v := range i.Evidence.Victims {
		add(v, programme.Victim)
	}
	return l
}

// count lists the incidents and counts them by kind and, those that members announced, by day.
func (c *NeighbourhoodCheck) count(incidents []watch.Incident, in map[values.ASN]bool) {
	kinds := make(map[watch.Kind]*IncidentCount)
	days := make(map[string]map[watch.Kind]int)
	for _, i := range incidents {
		c.Listed = append(c.Listed, listedOf(i, in))
		k := kinds[i.Kind]
		if k == nil {
			k = &IncidentCount{Kind: i.Kind}
			kinds[i.Kind] = k
		}
		if slices.ContainsFunc(i.Accomplices, func(a watch.Accomplice) bool { return in[a.ASN] }) {
			k.PassedOn++
		}
		if i.Victim != nil && in[*i.Victim] || slices.ContainsFunc(i.Evidence.Victims, func(a values.ASN) bool { return in[a] }) {
			k.Suffered++
		}
		if !in[i.ASN] {
			continue
		}
		k.Announced++
		if i.Attribution != watch.Supported {
			k.NotNamed++
		}
		day := i.Start.UTC().Format(time.DateOnly)
		if days[day] == nil {
			days[day] = make(map[watch.Kind]int)
		}
		days[day][i.Kind]++
	}
	slices.SortStableFunc(c.Listed, func(a, b IncidentListed) int { return a.Start.Compare(b.Start) })
	for _, k := range kinds {
		c.Incidents = append(c.Incidents, *k)
	}
	slices.SortFunc(c.Incidents, func(a, b IncidentCount) int { return cmp.Compare(a.Kind, b.Kind) })
	for day, byKind := range days {
		c.Days = append(c.Days, DayCount{day, byKind})
	}
	slices.SortFunc(c.Days, func(a, b DayCount) int { return cmp.Compare(a.Day, b.Day) })
}
