package service

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pahra/internal/norms"
	"pahra/internal/registry"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Who is what the registries say of a network. It holds no person's name, address or number.
type Who struct {
	ASN            values.ASN       `json:"asn"`
	Holder         string           `json:"holder"`
	ASName         string           `json:"as_name"`
	Organisation   string           `json:"organisation"`
	Country        string           `json:"country"`
	RIR            string           `json:"rir"`
	Status         string           `json:"status"`
	Class          string           `json:"class"`
	Contacts       []ContactPresent `json:"contacts"`
	Neighbourhoods []string         `json:"neighbourhoods"`
	// Note says why a fact that the run knew is not here.
	Note string `json:"note,omitempty"`
}

// ContactPresent says that there is a contact, where, and by what it can be reached.
type ContactPresent struct {
	Role   string `json:"role"`
	Source string `json:"source"`
	Mail   bool   `json:"mail"`
	Phone  bool   `json:"phone"`
}

// NetworkCheck is all that a run says of a network.
type NetworkCheck struct {
	Run  RunRef    `json:"run"`
	AsOf time.Time `json:"as_of"`
	Who  Who       `json:"network"`
	// Seen is false where the run neither scored the network nor has an incident of it: there is no data.
	Seen bool `json:"seen"`
	// Alarms are the incidents that it suffered, what to do first among them.
	Alarms []Alarm `json:"alarms"`
	// Months are its scores, the last month first.
	Months    []MonthCheck   `json:"months"`
	Findings  []Finding      `json:"findings"`
	Steps     []Step         `json:"steps"` // the findings by what mends them
	Missing   []MissingData  `json:"missing"`
	Incidents []IncidentSeen `json:"incidents"`
	// Explained counts candidates with it that a benign explanation covers, by explanation.
	Explained map[string]int `json:"explained"`
	Notes     []string       `json:"notes"`
}

// Step is what mends the findings of one kind, and what it would raise.
type Step struct {
	Kind     FindingKind `json:"kind"`
	Step     string      `json:"step"`
	Findings int         `json:"findings"`
	Raise    *Raise      `json:"raise"` // null where no score would rise, or it has no data
}

// Check gives all that the run says of a network, as of a moment; the zero time is the run's end.
func (r *Run) Check(asn values.ASN, at time.Time) (*NetworkCheck, error) {
	at, err := r.moment(at)
	if err != nil {
		return nil, err
	}
	m, err := r.gather(map[values.ASN]bool{asn: true}, at, true)
	if err != nil {
		return nil, err
	}
	who, err := r.partiesOf(m.incidents)
	if err != nil {
		return nil, err
	}
	return r.check(asn, m, who)
}

// check gives all that the material, which is of this network alone, says of it.
func (r *Run) check(asn values.ASN, m *material, who map[values.ASN]networkRow) (*NetworkCheck, error) {
	c := &NetworkCheck{
		Run: r.ref(), AsOf: m.at, Who: r.who(asn, m), Months: []MonthCheck{}, Findings: []Finding{}, Steps: []Step{},
		Missing: []MissingData{}, Incidents: []IncidentSeen{}, Explained: make(map[string]int), Notes: []string{},
	}
	for _, x := range m.explained {
		c.Explained[x.By]++
	}
	if err := r.addMonths(c, asn, m); err != nil {
		return nil, err
	}
	for _, inc := range m.incidents {
		if s, ok := r.see(inc, asn, m.at); ok {
			c.Incidents = append(c.Incidents, s)
		}
	}
	c.Seen = len(c.Months) > 0 || len(c.Incidents) > 0 || len(m.routes[asn]) > 0
	c.Alarms = r.alarms(sufferedOf(c.Incidents), who)
	c.Findings = r.findings(asn, m, c.Incidents, who, c.latest())
	c.Steps = r.steps(c.Findings, asn, m, c.latest())
	c.Missing = r.missing(c.latest())
	c.addNotes(r, m)
	return c, nil
}

// addMonths adds the scores of every month that had begun.
func (r *Run) addMonths(c *NetworkCheck, asn values.ASN, m *material) error {
	var months []values.Month
	for _, s := range m.scores[asn] {
		if s.Month.Start().Before(m.at) && !slices.Contains(months, s.Month) {
			months = append(months, s.Month)
		}
	}
	slices.SortFunc(months, func(a, b values.Month) int { return b.Start().Compare(a.Start()) })
	for _, month := range months {
		one, err := r.monthOf(asn, month, m)
		if err != nil {
			return err
		}
		c.Months = append(c.Months, one)
	}
	return nil
}

// latest gives the scores of the last month.
func (c *NetworkCheck) latest() MonthCheck {
	if len(c.Months) == 0 {
		return MonthCheck{Month: lastMonth(c.AsOf)}
	}
	return c.Months[0]
}

// findings gives what is to mend for a network, in order of kind.
func (r *Run) findings(asn values.ASN, m *material, incidents []IncidentSeen, parties map[values.ASN]networkRow, month MonthCheck) []Finding {
	list := []Finding{}
	who, ok := m.networks[asn]
	if !ok {
		who.ASN = uint32(asn)
	}
	var own []watch.Incident
	for _, i := range incidents {
		if i.Role == Announcer {
			own = append(own, i.Incident)
		}
	}
	scores := month.scores()
	begun := slices.DeleteFunc(routesIn(m.routes[asn], month.Month), func(row announcementRow) bool {
		return time.UnixMicro(row.First).After(m.at)
	})
	routes := r.routeFindings(begun, who, own, m.explanations(asn), scores)
	for _, i := range incidents {
		told := i.Role == Announcer && i.Kind == watch.RPKIInvalid && len(i.Prefixes) == countOf(routes, i.ID)
		if !told { // a finding about each of its routes says more
			list = append(list, r.incidentFinding(i, asn, parties, m.at))
		}
	}
	list = append(list, routes...)
	list = append(list, r.networkFindings(asn, who, scores)...)
	sortFindings(list)
	return list
}

func countOf(list []Finding, incident string) (n int) {
	for _, f := range list {
		if f.Incident == incident {
			n++
		}
	}
	return n
}

// scores lists the month's metric scores.
func (m MonthCheck) scores() (list []norms.Score) {
	for _, a := range m.Actions {
		for _, s := range a.Metrics {
			list = append(list, s.Score)
		}
	}
	return list
}

// networkFindings are about the network as a whole.
func (r *Run) networkFindings(asn values.ASN, who networkRow, scores []norms.Score) (list []Finding) {
	name := fmt.Sprintf("AS%d", asn)
	rir := registry.RIRName(who.RIR)
	if rir == "" {
		rir = "its RIR"
	}
	for _, s := range scores {
		action := r.actionOf(s.Metric)
		if action == nil || !s.HasData() || *s.Percent >= 100 {
			continue
		}
		f := Finding{Subject: name, Metric: metric(s.Metric), Action: action, Evidence: []string{}, Anachronism: s.Anachronism, AgesOut: "within about a day after mending"}
		switch s.Metric {
		case norms.M5:
			end := s.Month.End()
			f.Kind, f.AgesOut, f.AgesOutAt = Spoofs, "with its calendar month, at "+rfc(end)+"; a clean test shows that it is mended", &end
			f.Says = fmt.Sprintf("tests saw packets with forged sources leave %s prefixes", number(*s.Raw/r.profile.Spoofing.RawPerPrefix))
			f.Mend = "validate sources at the customer edge (uRPF strict or feasible-path, or ACLs), then test again with the Spoofer client"
			f.Evidence = r.inputsOf("spoofer")
		case norms.M6:
			f.Kind, f.Says = NoPolicy, "no import or no export policy stands in aut-num "+name
			f.Mend = fmt.Sprintf("add import and export attributes to aut-num %s in the database of %s", name, rir)
		case norms.M8:
			f.Kind, f.Says = NoContact, "no contact that counts is registered for "+name
			f.Mend = r.mendContact(who)
			f.Evidence = contactEvidence(who.Contacts)
		default:
			continue
		}
		list = append(list, f)
	}
	return list
}

// inputsOf names the run's inputs of a kind.
func (r *Run) inputsOf(kind string) []string {
	list := []string{}
	for _, in := range r.Snapshot.Inputs {
		if in.Kind == kind {
			list = append(list, "input "+in.Path)
		}
	}
	return list
}

func contactEvidence(list []contactRow) []string {
	if len(list) == 0 {
		return []string{"no contact in any source at hand"}
	}
	return []string{"found, but they do not count: " + contactsFound(list)[len("registered: "):]}
}

// missing lists the measures of weight without data, and what would give them some.
func (r *Run) missing(month MonthCheck) []MissingData {
	list := []MissingData{}
	for _, a := range month.Actions {
		for _, s := range a.Metrics {
			if s.Weight > 0 && s.NoDataReason != nil {
				list = append(list, MissingData{s.Metric, *s.NoDataReason, supply(s.Metric, r.profile.Coverage.MinWatched)})
			}
		}
	}
	return list
}

// addNotes says what the answer cannot know.
func (c *NetworkCheck) addNotes(r *Run, m *material) {
	if !c.Seen {
		c.Notes = append(c.Notes, fmt.Sprintf("no data: AS%d neither announced a route to enough peers nor has a part in any incident of this run", c.Who.ASN))
	}
	if !m.at.Equal(r.Snapshot.Window.To) {
		c.Notes = append(c.Notes, asOfNotes(m.at, r.Snapshot.Window.To)...)
	}
}

// asOfNotes say what going back cannot undo.
func asOfNotes(at, to time.Time) []string {
	return []string{
		fmt.Sprintf("as of %s: incidents begun by then, those that ended later still open; penalties cut off there", rfc(at)),
		fmt.Sprintf("not rewound: registration scores and verdicts, registry facts, and each incident's prefixes, peers and attribution are as of the run's end, %s", rfc(to)),
	}
}

// who gives what is known of a network. Names that the archive must not hold are read from the inputs, if at hand.
func (r *Run) who(asn values.ASN, m *material) Who {
	row := m.networks[asn]
	w := Who{
		ASN: asn, ASName: row.ASName, Country: row.Country, RIR: row.RIR,
		Status: row.Status, Class: row.Class, Contacts: []ContactPresent{}, Neighbourhoods: slices.Clone(m.lists[asn]),
	}
	if w.Neighbourhoods == nil {
		w.Neighbourhoods = []string{}
	}
	for _, c := range row.Contacts {
		w.Contacts = append(w.Contacts, ContactPresent(c))
	}
	w.Holder, w.Organisation, w.Note = r.namesOf(row)
	return w
}

// namesOf gives the holder and the organisation of a network, from the inputs where the archive must not hold them; note
// says why one that the run knew is not there.
func (r *Run) namesOf(row networkRow) (holder, organisation, note string) {
	holder, organisation = row.Holder, row.OrgName
	switch row.Withheld {
	case "":
		return holder, organisation, ""
	case withheldPerson:
		return holder, organisation, "its holder is a private person, who is not named"
	}
	reg, err := r.recall()
	if err != nil {
		return holder, organisation, fmt.Sprintf("%s: in an input that may not be passed on, and not at hand (%v)", row.Withheld, err)
	}
	n, _ := reg.Network(values.ASN(row.ASN))
	return cmp.Or(holder, n.Holder), cmp.Or(organisation, n.OrgName), ""
}
