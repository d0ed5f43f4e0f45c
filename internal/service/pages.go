package service

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// PageRun is what every page says of the run that it shows.
type PageRun struct {
	RunRef
	Program    string   `json:"program"`
	Judged     float64  `json:"judged"` // share of the window in which announcements were heard and judged, 0 to 1
	Collectors []string `json:"collectors"`
	Sessions   int      `json:"sessions"`
	// Synthetic is set where the Internet observed is made up, see [Pages.Synthetic].
	Synthetic bool `json:"synthetic,omitempty"`
	// NoData are the kinds of input that were not at hand at the window's end, and why.
	NoData []Gap `json:"no_data"`
}

// Gap is a kind of input without data, and why.
type Gap struct {
	Kind string `json:"kind"`
	Why  string `json:"why"`
}

// IncidentLine is an incident on one line of a list.
type IncidentLine struct {
	ID       string        `json:"id"`
	Kind     watch.Kind    `json:"kind"`
	ASN      values.ASN    `json:"asn"`
	Holder   string        `json:"holder"`
	Named    bool          `json:"named"` // false: "the announcing network", not named as the culprit; always for path anomalies, which inform
	Headline string        `json:"headline"`
	Start    time.Time     `json:"start"`
	End      *time.Time    `json:"end"` // null while open
	Lasted   time.Duration `json:"lasted_ns"`
	Prefixes int           `json:"prefixes"`
	Peers    int           `json:"peers"`
	// Confidence is 0 to 1.
	Confidence float64 `json:"confidence"`
	Barred     bool    `json:"barred_from_publication"`
}

// IndexPage is the first page: who strayed, how the whole stands, what could not be judged.
type IndexPage struct {
	Run       PageRun         `json:"run"`
	Incidents int             `json:"incidents"`
	Anomalies int             `json:"path_anomalies"` // of the incidents; they inform only
	Named     int             `json:"named"`          // incidents in which the evidence names the announcing network
	Open      int             `json:"open"`
	Kinds     []IncidentCount `json:"kinds"`
	Every     time.Duration   `json:"every_ns"`
	Spans     []SpanCount     `json:"spans"`
	// Leaks is what a test for valley-free paths alone would find.
	Leaks          watch.NaiveLeaks    `json:"leaks"`
	Strongest      []IncidentLine      `json:"strongest"` // at most maxStrongest, by confidence and then by reach
	Networks       int                 `json:"networks"`  // seen
	Distribution   []Spread            `json:"distribution"`
	Neighbourhoods []NeighbourhoodLine `json:"neighbourhoods"`
	// Explained counts candidates that a benign explanation covers, by explanation.
	Explained map[string]int `json:"explained"`
}

// maxStrongest bounds the incidents of the first page.
const maxStrongest = 12

// IncidentsPage is all incidents, or those of one part of the list.
type IncidentsPage struct {
	Run   PageRun        `json:"run"`
	Part  int            `json:"part"` // from 1
	Parts int            `json:"parts"`
	Total int            `json:"total"`
	List  []IncidentLine `json:"incidents"`

	// What a service adds: the query, where the next part begins, and how many of those looked at the viewer may not see.
	// Untold is set where the question is about some networks alone, of which that count would tell; it is 0 then.
	Query    *IncidentQuery `json:"-"`
	Next     string         `json:"next,omitempty"`
	Withheld int            `json:"withheld,omitempty"`
	Untold   bool           `json:"withheld_untold,omitempty"`
}

// NetworksPage is one part of the list of all networks, in order of ASN.
type NetworksPage struct {
	Run   PageRun       `json:"run"`
	Part  int           `json:"part"` // from 1
	Parts []NetworkPart `json:"parts"`
	Total int           `json:"total"`
	List  []NetworkLine `json:"networks"`
}

// NetworkPart is the range of ASNs in a part of the list.
type NetworkPart struct {
	First values.ASN `json:"first"`
	Last  values.ASN `json:"last"`
}

// PerPart is how many lines a part of a list has.
const PerPart = 500

// Pages gives what the pages of a run show. Names that may not be passed on with a run are left out of all of it, since
// pages are made to be published.
type Pages struct {
	run       *Run
	head      PageRun
	incidents []watch.Incident          // without their raw updates
	parties   map[values.ASN]networkRow // every network that the registries know
	of        map[values.ASN][]int      // incidents by network with a part in them
	rules     *programme.RuleSet
	live      bool // the watch goes on: what is open was not cut off by the run's end
}

// operators is the programme that networks are held against.
const operators = "netops"

var errPublished = errors.New("pages are made to be published")

// Pages reads what all pages share.
func (r *Run) Pages() (*Pages, error) {
	own := *r
	own.recalled = recalled{done: true, err: errPublished}
	p := &Pages{run: &own, parties: make(map[values.ASN]networkRow), of: make(map[values.ASN][]int)}
	var err error
	if p.rules, err = programme.Embedded(operators); err != nil {
		return nil, err
	}
	keep := func(*watch.Incident) bool { return true }
	if p.incidents, err = own.readIncidents(own.Snapshot.Window.To, false, keep); err != nil {
		return nil, err
	}
	err = eachOf(&own, networksSegment, func(row networkRow) { p.parties[values.ASN(row.ASN)] = row })
	if err != nil {
		return nil, err
	}
	for n := range p.incidents {
		for _, asn := range partsIn(&p.incidents[n]) {
			p.of[asn] = append(p.of[asn], n)
		}
	}
	p.head = own.pageRun()
	return p, nil
}

// Run says which run the pages are of.
func (p *Pages) Run() PageRun { return p.head }

// Synthetic has every page say that the Internet observed is made up. The run itself does not know.
func (p *Pages) Synthetic() { p.head.Synthetic = true }

// partsIn gives every network with a part in an incident that [Run.see] knows, each once.
func partsIn(i *watch.Incident) []values.ASN {
	list := append([]values.ASN{i.ASN}, i.Evidence.Victims...)
	if i.Victim != nil {
		list = append(list, *i.Victim)
	}
	for _, a := range i.Accomplices {
		list = append(list, a.ASN)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (r *Run) pageRun() PageRun {
	s := r.Snapshot
	h := PageRun{
		RunRef: r.ref(), Program: s.Program.Name + " " + s.Program.Version, Judged: r.judgedShare(), Collectors: []string{},
		Sessions: len(s.Peers), NoData: []Gap{},
	}
	for _, p := range s.Peers {
		h.Collectors = append(h.Collectors, p.Collector)
	}
	slices.Sort(h.Collectors)
	h.Collectors = slices.Compact(h.Collectors)
	for _, kind := range slices.Sorted(maps.Keys(s.NoData)) {
		h.NoData = append(h.NoData, Gap{kind, s.NoData[kind]})
	}
	return h
}

// judgedShare is the share of the window that was watched, the warm-up left out.
func (r *Run) judgedShare() float64 {
	w := r.Snapshot.Window
	sum := 0.0
	for m := values.MonthOf(w.From); m.Start().Before(w.To); m = m.Next() {
		sum += r.watched(m, w.To) * m.End().Sub(m.Start()).Seconds()
	}
	return min(1, sum/w.To.Sub(w.From).Seconds())
}

// line puts an incident on one line.
func (p *Pages) line(i *watch.Incident) IncidentLine {
	end := p.run.Snapshot.Window.To
	if i.End != nil {
		end = *i.End
	}
	return IncidentLine{
		ID: i.ID, Kind: i.Kind, ASN: i.ASN, Holder: p.parties[i.ASN].Holder, Named: i.Attribution == watch.Supported && i.Kind != watch.PathAnomaly,
		Headline: p.headline(i), Start: i.Start, End: i.End, Lasted: max(0, end.Sub(i.Start)), Prefixes: len(i.Prefixes), Peers: len(i.Peers),
		Confidence: i.Confidence, Barred: len(i.Anachronism) > 0,
	}
}

// Incidents gives one part of the list of incidents, from 1; an empty list has one part.
func (p *Pages) Incidents(part int) IncidentsPage {
	page := IncidentsPage{Run: p.head, Part: part, Parts: max(1, parts(len(p.incidents))), Total: len(p.incidents), List: []IncidentLine{}}
	first := min(len(p.incidents), (part-1)*PerPart)
	for n := first; n < min(len(p.incidents), first+PerPart); n++ {
		page.List = append(page.List, p.line(&p.incidents[n]))
	}
	return page
}

func parts(n int) int { return (n + PerPart - 1) / PerPart }

// Index gives the first page, from a survey of the networks.
func (p *Pages) Index(s *Survey) IndexPage {
	all := s.Neighbourhood(AllNetworks)
	return p.indexOf(&all, s.Neighbourhoods())
}

func (p *Pages) indexOf(all *NeighbourhoodPage, others []NeighbourhoodLine) IndexPage {
	page := IndexPage{
		Run: p.head, Incidents: len(p.incidents), Kinds: all.Kinds, Every: all.Every, Spans: all.Spans, Leaks: p.run.Snapshot.Leaks, Strongest: []IncidentLine{}, Networks: all.Seen,
		Distribution: all.Distribution, Neighbourhoods: others, Explained: p.run.Snapshot.Explained,
	}
	for i := range p.incidents {
		if p.line(&p.incidents[i]).Named {
			page.Named++
		}
		if p.incidents[i].Kind == watch.PathAnomaly {
			page.Anomalies++
		}
		if p.incidents[i].End == nil {
			page.Open++
		}
	}
	for _, i := range p.strongest(maxStrongest) {
		page.Strongest = append(page.Strongest, p.line(i))
	}
	return page
}

// strongest gives the incidents of most confidence and then of most reach, those named first.
func (p *Pages) strongest(most int) []*watch.Incident {
	list := make([]*watch.Incident, 0, len(p.incidents))
	for i := range p.incidents {
		list = append(list, &p.incidents[i])
	}
	rank := func(i *watch.Incident) int {
		switch {
		case i.Kind == watch.PathAnomaly || i.Evidence.Administrative:
			return 2
		case i.Attribution != watch.Supported:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *watch.Incident) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Confidence, a.Confidence),
			cmp.Compare(len(b.Prefixes), len(a.Prefixes)), cmp.Compare(len(b.Peers), len(a.Peers)), a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	return list[:min(len(list), most)]
}
