package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// View answers what the pages of a service ask about a finished run, one page at a time and fast: [Pages] makes all
// pages of a run in one reading of its files, a View reads them once and then knows where to look. Both give the same.
// Safe for concurrent use.
type View struct {
	pages      *Pages
	index      *viewIndex
	survey     *Survey
	asns       []values.ASN // with a page, ascending
	byID       map[string]int
	latest     []int // incidents, the latest first
	trails     *trailStore
	places     map[string]*Place
	names      []string // of places, in the order of lists
	placeLines []NeighbourhoodLine
	search     *searchIndex
	workers    int // that make it at once
}

// ErrNoPage says that there is nothing to show under a name: the run does not know it, or the viewer may not.
var ErrNoPage = errors.New("there is no such page")

// OpenView reads what the pages of a run need. mark, unless nil, marks them first, see [Pages.Synthetic]. The run's
// files stay open until the View is closed.
func OpenView(run *Run, mark func(*Pages)) (v *View, err error) {
	return openView(run, mark, runtime.GOMAXPROCS(0))
}

func openView(run *Run, mark func(*Pages), workers int) (v *View, err error) {
	v = &View{byID: make(map[string]int), workers: workers}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("reading the run for its pages: %w", err), v.Close())
			v = nil
		}
	}()
	if v.pages, err = run.Pages(); err != nil {
		return v, err
	}
	if mark != nil {
		mark(v.pages)
	}
	if v.index, err = newViewIndex(v.pages.run, v.pages.parties); err != nil {
		return v, err
	}
	v.orderIncidents()
	if v.trails, err = v.pages.storeTrails(); err != nil {
		return v, err
	}
	if v.asns, err = v.pages.ASNs(); err != nil {
		return v, err
	}
	if err = v.lookAtAll(); err != nil {
		return v, err
	}
	v.placeAll()
	v.search = newSearchIndex(v)
	return v, nil
}

// Close lets the run's files go.
func (v *View) Close() error {
	var list []error
	if v.index != nil {
		list = append(list, v.index.close())
	}
	if v.trails != nil {
		list = append(list, v.trails.close())
	}
	return errors.Join(list...)
}

// perTask is how many networks one worker looks at before it takes more.
const perTask = 512

// lookAtAll works out every network's line.
func (v *View) lookAtAll() (err error) {
	if v.survey, err = v.pages.newSurvey(v.asns); err != nil {
		return err
	}
	var work errgroup.Group
	work.SetLimit(v.workers)
	chunks := slices.Collect(slices.Chunk(v.asns, perTask))
	parts := make([]Survey, len(chunks))
	for n, chunk := range chunks {
		work.Go(func() error {
			parts[n] = Survey{pages: v.pages, month: v.survey.month}
			for _, asn := range chunk {
				page, err := v.networkBy(asn, v.pages.outlined)
				if err != nil {
					return err
				}
				parts[n].add(page)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for n := range parts {
		v.survey.lines = append(v.survey.lines, parts[n].lines...)
	}
	return nil
}

// network makes a network's page as [Pages.Networks] does.
func (v *View) network(asn values.ASN) (*NetworkPage, error) {
	return v.networkBy(asn, v.pages.network)
}

func (v *View) networkBy(asn values.ASN, page func(values.ASN, *material) (*NetworkPage, error)) (*NetworkPage, error) {
	m, err := v.index.material(asn, v.pages.run.Snapshot.Window.To)
	if err != nil {
		return nil, err
	}
	own := *m
	own.incidents = v.pages.incidentsOf(asn)
	made, err := page(asn, &own)
	if err != nil {
		return nil, fmt.Errorf("looking at AS%d: %w", asn, err)
	}
	made.Compared, err = v.index.comparison(asn, v.survey.month)
	return made, err
}

// Run says which run the pages are of.
func (v *View) Run() PageRun { return v.pages.head }

// Has tells whether a network has a page.
func (v *View) Has(asn values.ASN) bool {
	_, ok := slices.BinarySearch(v.asns, asn)
	return ok
}

// ASNs gives every network that has a page, ascending.
func (v *View) ASNs() []values.ASN { return v.asns }

// Index gives the first page of the run.
func (v *View) Index() *IndexPage {
	page := v.pages.indexOf(&v.places[AllNetworks].page, v.placeLines)
	return &page
}

// Networks gives one part of the list of networks, from 1.
func (v *View) Networks(part int) (*NetworksPage, error) {
	page := v.survey.NetworksPage(part)
	if part < 1 || part > max(1, len(page.Parts)) {
		return nil, ErrNoPage
	}
	return &page, nil
}

// Method gives the page that explains the rest.
func (v *View) Method() *MethodPage {
	page := v.pages.Method()
	return &page
}

// Network gives the page of a network.
func (v *View) Network(asn values.ASN) (*NetworkPage, error) {
	if !v.Has(asn) {
		return nil, ErrNoPage
	}
	return v.network(asn)
}

// Incident gives the page of an incident.
func (v *View) Incident(id string) (*IncidentPage, error) {
	n, ok := v.byID[id]
	if !ok {
		return nil, ErrNoPage
	}
	line, err := v.index.incidents.text(n)
	if err != nil {
		return nil, err
	}
	var i watch.Incident
	if err := json.Unmarshal(line, &i); err != nil || i.ID != id {
		return nil, fmt.Errorf("reading incident %s: found %q: %w", id, i.ID, err)
	}
	t, err := v.trails.of(id)
	if err != nil {
		return nil, err
	}
	page := v.pages.incidentWith(&i, t)
	return page, nil
}
