package service

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/service/tally"
	"pahra/internal/source"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Shown is what a service shows of a watch to whoever asks: the latest published run, what the store says since, and of
// both what the publication policy lets the viewer see. [Shown.Answer] gives the view of one page. Safe for concurrent
// use.
type Shown struct {
	opt  ShownOptions
	mu   sync.RWMutex // held for a moment only
	view *seen        // nil before the first run is published
	ears earshot
}

// seen is a view, and who still reads it.
type seen struct {
	*View
	holders sync.WaitGroup
}

// hold gives the view that is shown, nil before there is one. It stays open until done is called.
func (s *Shown) hold() (v *View, done func()) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.view == nil {
		return nil, func() {}
	}
	s.view.holders.Add(1)
	return s.view.View, s.view.holders.Done
}

// show shows a view, nil for none, and closes the one before when nobody reads it any more.
func (s *Shown) show(v *seen) error {
	s.mu.Lock()
	old := s.view
	s.view = v
	s.mu.Unlock()
	if old == nil {
		return nil
	}
	old.holders.Wait()
	return old.Close()
}

// ShownOptions says where a Shown reads from. What is nil is not there: a run alone can be shown.
type ShownOptions struct {
	Store *store.Store
	// Policy says who sees what; nil shows everything to everybody, as [Pages] does.
	Policy *publication.Policy
	// Records gives what happened to incidents since they were found, by incident and network.
	Records func(ctx context.Context, incidents []string) (map[string]map[values.ASN]publication.Record, error)
	// Sources says how the live sources are; nil reads it from the store.
	Sources func() []source.Status
	Now     func() time.Time
	// RunOnly shows the incidents and months of the run and before it alone, whatever the store has: for a report of the past.
	RunOnly bool
	// Tally counts what the desk has; nil: there is no desk.
	Tally *tally.Tally
	// Synthetic has every page say that the Internet observed is made up.
	Synthetic bool
}

// ErrNotYet says that no run is published yet.
var ErrNotYet = errors.New("nothing is published yet: the first figures come when the first run is through")

// NewShown gives a Shown without a run.
func NewShown(opt ShownOptions) *Shown { return &Shown{opt: opt} }

// Publish shows a run from now on. The one shown before is closed when nobody reads it any more; until then Publish
// does not return, and nobody else waits.
func (s *Shown) Publish(run *Run) error {
	workers := runtime.GOMAXPROCS(0)
	if s.Version() != "" { // who looks at the run before must not wait
		workers = max(1, workers/2)
	}
	v, err := openView(run, func(p *Pages) {
		p.live = s.opt.Store != nil && !s.opt.RunOnly
		if s.opt.Synthetic {
			p.Synthetic()
		}
	}, workers)
	if err != nil {
		return err
	}
	return s.show(&seen{View: v})
}

// Close lets the run go.
func (s *Shown) Close() error { return s.show(nil) }

// Question is what a page asks. The questions are those of this package.
type Question interface {
	answer(ctx context.Context, a *asked) (any, error)
}

// asked is who asks a question, of which run, and when.
type asked struct {
	*Shown
	view   *View
	viewer account.Viewer
	now    time.Time
}

// Answer gives the view that answers a question, with what the viewer may see. [ErrNoPage] says that there is none.
func (s *Shown) Answer(ctx context.Context, viewer account.Viewer, q Question) (any, error) {
	v, done := s.hold()
	defer done()
	if v == nil {
		return nil, ErrNotYet
	}
	return q.answer(ctx, &asked{s, v, viewer, s.now(v)})
}

// now is the present moment; of a run alone, its end.
func (s *Shown) now(v *View) time.Time {
	if s.opt.Now == nil || s.opt.Store == nil && s.opt.Sources == nil {
		return v.pages.run.Snapshot.Window.To
	}
	return s.opt.Now().UTC()
}

// Version tells pages of one run and policy from those of another.
func (s *Shown) Version() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.view == nil {
		return ""
	}
	return s.view.pages.run.Snapshot.Digest
}

// Has tells whether a network has a page.
func (s *Shown) Has(asn values.ASN) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.view != nil && s.view.Has(asn)
}

// all says whether everything is shown to the viewer.
func (a *asked) all() bool {
	return a.opt.Policy == nil || a.viewer.May(account.Analyst, account.ScopeRead)
}

// records gives what happened to incidents.
func (a *asked) records(ctx context.Context, list []watch.Incident) (map[string]map[values.ASN]publication.Record, error) {
	if a.opt.Records == nil || len(list) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(list))
	for n := range list {
		ids = append(ids, list[n].ID)
	}
	return a.opt.Records(ctx, ids)
}

// visible keeps of incidents what the viewer may see, and counts what is withheld.
func (a *asked) visible(ctx context.Context, list []watch.Incident) (kept []watch.Incident, withheld int, err error) {
	if a.opt.Policy == nil {
		return list, 0, nil
	}
	records, err := a.records(ctx, list)
	if err != nil {
		return nil, 0, err
	}
	kept = make([]watch.Incident, 0, len(list))
	for n := range list {
		if v := a.opt.Policy.View(list[n], records[list[n].ID], a.viewer, a.now); v.Decision.Visible {
			kept = append(kept, v.Incident)
		} else {
			withheld++
		}
	}
	return kept, withheld, nil
}
