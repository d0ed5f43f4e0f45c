package service

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pahra/internal/programme"
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
	// Programme is how it stands in a programme; null until [NetworkCheck.Hold] holds it against one.
	Programme *programme.Result `json:"programme"`
	Notes     []string          `json:"notes"`

	facts programme.Facts
}

// Hold holds the network against the rules of a programme, with what it declares and what tests proved; nil for nothing
// of the kind.
func (c *NetworkCheck) Hold(set *programme.RuleSet, declarations, proofs *programme.Statements) error {
	for _, s := range []*programme.Statements{declarations, proofs} {
		if s != nil && s.ASN != c.Who.ASN {
			return &WrongUse{fmt.Sprintf("what is %s is of AS%d, not of AS%d", s.Kind, s.ASN, c.Who.ASN)}
		}
	}
	f := c.facts
	f.Declarations, f.Proofs = declarations, proofs
	result := set.Evaluate(f)
	c.Programme = &result
	return nil
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
	c.Alarms = r.alarms(suffered(c.Incidents), who)
	c.Findings = r.findings(asn, m, c.Incidents, who, c.latest())
	c.Steps = r.steps(c.Findings, asn, m, c.Incidents, c.latest())
	c.Missing = r.by.Missing(c.latest())
	c.addNotes(r, m)
	s := r.subject(asn, m, c.latest())
	c.facts = programme.Facts{
		Network: s.Network, At: m.at, Month: c.latest(), Routes: s.Begun(), Incidents: c.Incidents,
		NoData: r.Snapshot.NoData, Marked: r.by.Marked,
	}
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
		fmt.Sprintf("as of %s: incidents begun by then, those that ended later still open; penalties cut off there", at.UTC().Format(time.RFC3339)),
		fmt.Sprintf("not rewound: registration scores and verdicts, registry facts, and each incident's prefixes, peers and attribution are as of the run's end, %s", to.UTC().Format(time.RFC3339)),
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
