package service

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// News is that an incident began, changed or ended.
type News struct {
	// Line is the incident; null where whoever hears of it may not see it, and only its kind is told.
	Line *IncidentLine `json:"incident"`
	Kind watch.Kind    `json:"kind"`
	New  bool          `json:"new"` // seen for the first time
}

// earshot hands what changed to whoever listens.
type earshot struct {
	mu   sync.Mutex
	list map[chan heard]bool
}

func (e *earshot) empty() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.list) == 0
}

// heard is a change with all that is needed to say of it what a viewer may know.
type heard struct {
	incident watch.Incident
	records  map[values.ASN]publication.Record
	public   News // what everybody may know
}

// earLength is how many changes wait for a listener; who is slower misses some, and a page loaded again has them all.
const earLength = 64

// Listen tells of incidents that begin, change or end, until the context ends; then the channel is closed. What comes
// faster than it is taken is left out.
func (s *Shown) Listen(ctx context.Context, viewer account.Viewer) <-chan News {
	in, out := make(chan heard, earLength), make(chan News)
	s.ears.mu.Lock()
	if s.ears.list == nil {
		s.ears.list = make(map[chan heard]bool)
	}
	s.ears.list[in] = true
	s.ears.mu.Unlock()
	go func() {
		defer close(out)
		defer func() {
			s.ears.mu.Lock()
			defer s.ears.mu.Unlock()
			delete(s.ears.list, in)
		}()
		for {
			select {
			case <-ctx.Done():
				return
			case h := <-in:
				news, ok := s.newsFor(viewer, h)
				if !ok {
					continue
				}
				select {
				case out <- news:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

// Tell hands changed incidents to whoever listens. However many there are, it asks the store once; it never waits for them.
func (s *Shown) Tell(ctx context.Context, list []watch.Incident) error {
	if len(list) == 0 || s.ears.empty() {
		return nil
	}
	v, done := s.hold()
	defer done()
	if v == nil {
		return nil // there is nothing yet that could be looked at
	}
	everybody := &asked{s, v, account.Viewer{}, s.now(v)}
	records, err := everybody.records(ctx, list)
	if err != nil {
		return fmt.Errorf("reading what happened to incidents: %w", err)
	}
	for _, i := range list {
		i.Evidence.Updates = nil
		h := heard{incident: i, records: records[i.ID]}
		h.public = everybody.news(h)
		s.ears.tell(h)
	}
	return nil
}

func (e *earshot) tell(h heard) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ear := range e.list {
		select {
		case ear <- h:
		default:
		}
	}
}

// newsFor says of a change what the viewer may know; false where nothing is shown any more.
func (s *Shown) newsFor(viewer account.Viewer, h heard) (News, bool) {
	if viewer.Account == "" {
		return h.public, true
	}
	v, done := s.hold()
	defer done()
	if v == nil {
		return News{}, false
	}
	a := &asked{s, v, viewer, s.now(v)}
	return a.news(h), true
}

// news says of a change what the viewer may know.
func (a *asked) news(h heard) News {
	i := h.incident
	news := News{Kind: i.Kind, New: i.End == nil}
	if a.opt.Policy != nil {
		v := a.opt.Policy.View(i, h.records, a.viewer, a.now)
		if !v.Decision.Visible {
			return news
		}
		i = v.Incident
	}
	line := a.view.pages.line(&i)
	news.Line = &line
	return news
}

// pollEvery is how often [Shown.Follow] looks for what changed.
const pollEvery = time.Second

// Follow tells of what changes in the store until the context ends: where the watch runs in another process, nobody
// calls [Shown.Tell].
func (s *Shown) Follow(ctx context.Context) {
	if s.opt.Store == nil {
		return
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	since := s.opt.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		at := s.opt.Now()
		if s.ears.empty() {
			since = at
			continue
		}
		found, err := s.opt.Store.Incidents(ctx, store.IncidentFilter{UpdatedSince: since, Limit: earLength})
		if err != nil {
			continue // the store says so elsewhere; what changed meanwhile is told with the next look
		}
		var list []watch.Incident
		for n := range found.Items {
			list = append(list, found.Items[n].Incident)
		}
		if s.Tell(ctx, list) == nil {
			since = at
		}
	}
}
