package service

import (
	"context"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/internal/store"
	"pahra/internal/watch"
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
	list map[chan watch.Incident]bool
}

// earLength is how many changes wait for a listener; who is slower misses some, and a page loaded again has them all.
const earLength = 64

// Listen tells of incidents that begin, change or end, until the context ends; then the channel is closed. What comes
// faster than it is taken is left out.
func (s *Shown) Listen(ctx context.Context, viewer account.Viewer) <-chan News {
	in, out := make(chan watch.Incident, earLength), make(chan News)
	s.ears.mu.Lock()
	if s.ears.list == nil {
		s.ears.list = make(map[chan watch.Incident]bool)
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
			case i := <-in:
				news, err := s.news(ctx, viewer, i)
				if err != nil {
					continue // the page has it when it is loaded again
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

// Tell hands changed incidents to whoever listens. It never waits.
func (s *Shown) Tell(list []watch.Incident) {
	s.ears.mu.Lock()
	defer s.ears.mu.Unlock()
	for _, i := range list {
		i.Evidence.Updates = nil
		for ear := range s.ears.list {
			select {
			case ear <- i:
			default:
			}
		}
	}
}

// news says of an incident what the viewer may know.
func (s *Shown) news(ctx context.Context, viewer account.Viewer, i watch.Incident) (News, error) {
	v, done := s.hold()
	defer done()
	if v == nil {
		return News{}, ErrNotYet
	}
	a := &asked{s, v, viewer, s.now(v)}
	news := News{Kind: i.Kind, New: i.End == nil}
	seen, _, err := a.visible(ctx, []watch.Incident{i})
	if err == nil && len(seen) > 0 {
		line := a.view.pages.line(&seen[0])
		news.Line = &line
	}
	return news, err
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
		found, err := s.opt.Store.Incidents(ctx, store.IncidentFilter{UpdatedSince: since, Limit: earLength})
		if err != nil {
			continue // the store says so elsewhere; what changed meanwhile is told with the next look
		}
		since = at
		var list []watch.Incident
		for n := range found.Items {
			list = append(list, found.Items[n].Incident)
		}
		s.Tell(list)
	}
}
