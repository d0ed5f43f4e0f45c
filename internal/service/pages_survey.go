package service

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// AllNetworks is the neighbourhood of every network that the run saw.
const AllNetworks = "all"

// Survey is what the networks of a run come to: one line for each, from which neighbourhoods are summed up.
type Survey struct {
	pages *Pages
	month values.Month
	lines []NetworkLine // ascending
	lists []memberList
}

// memberList is a neighbourhood and its members.
type memberList struct {
	name, title, noData string
	members             []values.ASN // ascending
}

// NetworkLine is a network on one line of a list.
type NetworkLine struct {
	ASN     values.ASN  `json:"asn"`
	Holder  string      `json:"holder"`
	Country string      `json:"country"`
	Scores  []LineScore `json:"scores"` // of the Actions; empty where the run did not score it
	// Announced counts the incidents in which it is named, Incidents all that it has a part in.
	Announced int `json:"announced"`
	Incidents int `json:"incidents"`
	Findings  int `json:"findings"`
	ToMend    int `json:"to_mend"` // of the findings; the others inform
	// Points is how far mending its findings would raise its Actions, in percentage points; Best is the step that gains most.
	Points float64 `json:"points"`
	Best   string  `json:"best"`
	Space
	// Withheld is set where the viewer may not see all: what is not shown is then 0 or left out.
	Withheld bool `json:"withheld,omitempty"`

	steps    []Step
	compared *norms.Comparison
	past     []pastMonth // those before the last, the latest first
}

// LineScore is an Action's score on a line.
type LineScore struct {
	Action  norms.Metric `json:"action"`
	Percent *float64     `json:"percent"`
	Band    norms.Band   `json:"band"`
	AtMost  bool         `json:"at_most,omitempty"`
	// Withheld is set where the viewer may not see the score.
	Withheld bool `json:"withheld,omitempty"`
}

// NeighbourhoodLine is a neighbourhood on one line of a list.
type NeighbourhoodLine struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Country   bool   `json:"country"` // made of what the registries say of countries, not of a list
	Members   int    `json:"members"`
	Seen      int    `json:"seen"`
	Incidents int    `json:"incidents"` // that its members announced
	NoData    string `json:"no_data,omitempty"`
	// Distribution is how many members are in each band of the first Action.
	Distribution Spread `json:"distribution"`
}

// NeighbourhoodPage is how a set of networks stands in the last month of the run.
type NeighbourhoodPage struct {
	Run          PageRun         `json:"run"`
	Name         string          `json:"name"`
	Title        string          `json:"title"`
	Month        values.Month    `json:"month"`
	Members      int             `json:"members"`
	Seen         int             `json:"seen"`
	NoData       string          `json:"no_data,omitempty"`
	Distribution []Spread        `json:"distribution"`
	Kinds        []IncidentCount `json:"kinds"`
	// Spans are hours of a window of up to three days, else days.
	Every time.Duration `json:"every_ns"`
	Spans []SpanCount   `json:"spans"`
	// Incidents are those that members announced, at most maxPageIncidents of IncidentsTotal.
	Incidents      []IncidentLine `json:"incidents"`
	IncidentsTotal int            `json:"incidents_total"`
	// Mend are the networks with most to gain, at most maxMend of those with something to mend.
	Mend      []NetworkLine `json:"mend"`
	MendTotal int           `json:"mend_total"`
	Steps     []GroupStep   `json:"steps"` // the largest win first
	// Sizes put absolute figures beside those by size and the second opinion, by size class.
	Sizes []SizeView `json:"sizes"`
	// Space is the members' address space by network, and how each stands in an Action.
	Space *SpaceMap `json:"space"`
	// History is how the members stood in each month, the earliest first; Changed, who stands in another band than the
	// month before, at most maxChanged of ChangedTotal.
	History      []HistoryMonth `json:"history"`
	Changed      []Changed      `json:"changed"`
	ChangedTotal int            `json:"changed_total"`
	// Served is set on the page of a service, Withheld counts incidents that its viewer may not see.
	Served   bool `json:"-"`
	Withheld int  `json:"withheld,omitempty"`
}

// SpanCount counts the incidents that members announced and that began within a span of time.
type SpanCount struct {
	From  time.Time          `json:"from"`
	Kinds map[watch.Kind]int `json:"kinds"`
}

// GroupStep is a step that would help several networks.
type GroupStep struct {
	Kind     FindingKind `json:"kind"`
	Step     string      `json:"step"`
	Networks int         `json:"networks"`
	Findings int         `json:"findings"`
	Points   float64     `json:"points"`
}

// maxMend bounds the networks of a neighbourhood's page.
const maxMend = 50

// countryList begins the name of a neighbourhood that is a country.
const countryList = "country:"

func (p *Pages) newSurvey(asns []values.ASN) (*Survey, error) {
	s := &Survey{pages: p, month: lastMonth(p.run.Snapshot.Window.To)}
	s.lists = append(s.lists, memberList{name: AllNetworks, title: "All networks", members: asns})
	err := eachOf(p.run, neighbourhoodsSegment, func(row neighbourhoodRow) {
		last := &s.lists[len(s.lists)-1]
		if len(s.lists) == 1 || last.name != row.Name {
			s.lists = append(s.lists, memberList{name: row.Name, title: row.Title, noData: row.NoData})
			last = &s.lists[len(s.lists)-1]
		}
		if row.ASN != 0 {
			last.members = append(last.members, values.ASN(row.ASN))
		}
	})
	return s, err
}

// add takes a network's page into account.
func (s *Survey) add(page *NetworkPage) {
	line := NetworkLine{
		ASN: page.Network.ASN, Holder: page.Network.Holder, Country: page.Network.Country, Scores: []LineScore{},
		Incidents: page.IncidentsTotal, Findings: page.Findings, ToMend: page.ToMend,
	}
	if page.Month != nil && page.Month.Month == s.month {
		for _, a := range page.Month.Actions {
			line.Scores = append(line.Scores, LineScore{Action: a.Metric, Percent: a.Percent, Band: a.Band, AtMost: a.AtMost})
		}
	}
	line.Space, line.past = page.space, pastOf(page, s.month)
	for _, n := range s.pages.of[line.ASN] {
		if i := &s.pages.incidents[n]; i.ASN == line.ASN && i.Attribution == watch.Supported {
			line.Announced++
		}
	}
	line.compared = page.Compared
	var steps []Step
	for _, step := range page.Steps {
		steps = append(steps, step.Step)
	}
	line.gain(steps)
	s.lines = append(s.lines, line)
}

// gain says what steps would raise, and which of them most.
func (l *NetworkLine) gain(steps []Step) {
	best := 0.0
	l.steps = steps
	for _, step := range steps {
		if step.Raise == nil {
			continue
		}
		points := step.Raise.Points()
		l.Points += points
		if points > best {
			best, l.Best = points, step.Step
		}
	}
	if l.Best == "" && len(steps) > 0 {
		l.Best = steps[0].Step
	}
}

// line finds a network's line.
func (s *Survey) line(asn values.ASN) (NetworkLine, bool) {
	n, ok := slices.BinarySearchFunc(s.lines, asn, func(l NetworkLine, a values.ASN) int { return cmp.Compare(l.ASN, a) })
	if !ok {
		return NetworkLine{ASN: asn}, false
	}
	return s.lines[n], true
}

// Names lists the neighbourhoods that have a page: all networks, those that the data name, and each country.
func (s *Survey) Names() (names []string) {
	for _, l := range s.lists {
		names = append(names, l.name)
	}
	return append(names, s.countries()...)
}

func (s *Survey) countries() (names []string) {
	for _, l := range s.lines {
		if l.Country != "" {
			names = append(names, countryList+l.Country)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (s *Survey) list(name string) memberList {
	for _, l := range s.lists {
		if l.name == name {
			return l
		}
	}
	country := strings.TrimPrefix(name, countryList)
	list := memberList{name: name, title: "Networks registered in " + cmp.Or(CountryName(country), country)}
	for _, l := range s.lines {
		if l.Country == country {
			list.members = append(list.members, l.ASN)
		}
	}
	return list
}

// Neighbourhoods gives every neighbourhood on a line.
func (s *Survey) Neighbourhoods() (lines []NeighbourhoodLine) {
	for _, name := range s.Names() {
		page := s.Neighbourhood(name)
		lines = append(lines, NeighbourhoodLine{
			Name: name, Title: page.Title, Country: strings.HasPrefix(name, countryList), Members: page.Members, Seen: page.Seen,
			Incidents: page.IncidentsTotal, NoData: page.NoData, Distribution: page.Distribution[0],
		})
	}
	return lines
}

// Neighbourhood sums up the networks of one of [Survey.Names].
func (s *Survey) Neighbourhood(name string) NeighbourhoodPage {
	list := s.list(name)
	page := NeighbourhoodPage{
		Run: s.pages.head, Name: name, Title: list.title, Month: s.month, Members: len(list.members), NoData: list.noData,
		Distribution: []Spread{}, Kinds: []IncidentCount{}, Spans: []SpanCount{}, Incidents: []IncidentLine{}, Mend: []NetworkLine{}, Steps: []GroupStep{},
		Sizes: []SizeView{}, History: []HistoryMonth{}, Changed: []Changed{},
	}
	bands := make(map[norms.Metric]map[norms.Band]int)
	steps := make(map[programme.FindingKind]*GroupStep)
	in := make(map[values.ASN]bool, len(list.members))
	var compared []norms.Comparison
	var lines []NetworkLine
	for _, asn := range list.members {
		in[asn] = true
		line, ok := s.line(asn)
		if ok && len(line.Scores) > 0 {
			page.Seen++
		}
		lines = append(lines, line)
		for _, score := range line.Scores {
			if bands[score.Action] == nil {
				bands[score.Action] = make(map[norms.Band]int)
			}
			bands[score.Action][score.Band]++
		}
		if line.ToMend > 0 {
			page.MendTotal++
			page.Mend = append(page.Mend, line)
		}
		if line.compared != nil {
			compared = append(compared, *line.compared)
		}
		for _, step := range line.steps {
			addStep(steps, step)
		}
	}
	for _, a := range norms.Actions() {
		if bands[a] == nil {
			bands[a] = make(map[norms.Band]int)
		}
		page.Distribution = append(page.Distribution, spread(a, bands[a], page.Members))
	}
	page.Sizes = append(page.Sizes, sizeViews(compared)...)
	page.Space = spaceMap(lines, norms.A4)
	page.recall(lines, s.month)
	page.order(steps)
	s.incidentsOf(&page, in)
	return page
}

func addStep(steps map[programme.FindingKind]*GroupStep, step Step) {
	if steps[step.Kind] == nil {
		steps[step.Kind] = &GroupStep{Kind: step.Kind, Step: step.Step}
	}
	g := steps[step.Kind]
	g.Step = programme.JointStep(g.Step, step.Step)
	g.Networks++
	g.Findings += step.Findings
	if step.Raise != nil {
		g.Points += step.Raise.Points()
	}
}

// order puts those with most to gain first.
func (page *NeighbourhoodPage) order(steps map[programme.FindingKind]*GroupStep) {
	slices.SortStableFunc(page.Mend, func(a, b NetworkLine) int {
		return cmp.Or(cmp.Compare(b.Announced, a.Announced), cmp.Compare(b.Points, a.Points), cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.ASN, b.ASN))
	})
	page.Mend = page.Mend[:min(len(page.Mend), maxMend)]
	for _, k := range programme.Kinds() {
		if g := steps[k.Kind]; g != nil {
			page.Steps = append(page.Steps, *g)
		}
	}
	slices.SortStableFunc(page.Steps, func(a, b GroupStep) int { return cmp.Compare(b.Points, a.Points) })
}

// incidentsOf counts and lists the incidents that members have a part in.
func (s *Survey) incidentsOf(page *NeighbourhoodPage, in map[values.ASN]bool) {
	var c NeighbourhoodCheck
	var own []watch.Incident
	for i := range s.pages.incidents {
		inc := &s.pages.incidents[i]
		if !concerns(inc, in) {
			continue
		}
		own = append(own, *inc)
		if !in[inc.ASN] {
			continue
		}
		page.IncidentsTotal++
		if len(page.Incidents) < maxPageIncidents {
			page.Incidents = append(page.Incidents, s.pages.line(inc))
		}
	}
	c.count(own, in)
	page.Kinds = append(page.Kinds, c.Incidents...)
	page.Every, page.Spans = s.spans(own, in)
}

// Of a longer window, the days are shown, and of one longer than maxSpans days the last of them.
const (
	hourly   = 72 * time.Hour
	maxSpans = 92
)

// spans counts the incidents that members announced by the hour or day in which they began; what had begun before the
// window counts in the first.
func (s *Survey) spans(own []watch.Incident, in map[values.ASN]bool) (time.Duration, []SpanCount) {
	w, every := s.pages.run.Snapshot.Window, 24*time.Hour
	if w.To.Sub(w.From) <= hourly {
		every = time.Hour
	}
	first := w.From.Truncate(every)
	if begin := w.To.Add(-maxSpans * every).Truncate(every); begin.After(first) {
		first = begin
	}
	list := []SpanCount{}
	for t := first; t.Before(w.To); t = t.Add(every) {
		list = append(list, SpanCount{t, make(map[watch.Kind]int)})
	}
	for i := range own {
		start := laterOf(own[i].Start, w.From)
		if n := int(start.Sub(first) / every); in[own[i].ASN] && !start.Before(first) && n < len(list) {
			list[n].Kinds[own[i].Kind]++
		}
	}
	return every, list
}

// NetworksPage gives one part of the list of networks, from 1.
func (s *Survey) NetworksPage(part int) NetworksPage {
	page := NetworksPage{Run: s.pages.head, Part: part, Parts: []NetworkPart{}, Total: len(s.lines), List: []NetworkLine{}}
	for chunk := range slices.Chunk(s.lines, PerPart) {
		page.Parts = append(page.Parts, NetworkPart{chunk[0].ASN, chunk[len(chunk)-1].ASN})
		if len(page.Parts) == part {
			page.List = chunk
		}
	}
	return page
}
