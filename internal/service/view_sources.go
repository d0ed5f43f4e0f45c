package service

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"pahra/internal/source"
	"pahra/internal/store"
)

// SourcesPage is what is seen, and through what.
type SourcesPage struct {
	Run     PageRun           `json:"run"`
	Now     time.Time         `json:"now"`
	Sources []SourceLine      `json:"sources"`
	Gaps    []store.StoredGap `json:"gaps"` // the latest first, at most maxGaps
	// Peers are the sessions of the run, Inputs the facts that it judged with at its end.
	Peers  []PeerHealth `json:"peers"`
	Inputs []InputLine  `json:"inputs"`
	Heard  []Span       `json:"heard"`
}

// SourceLine is how a source is.
type SourceLine struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Live  bool   `json:"live"` // false for a collector of a finished run
	Up    bool   `json:"up"`
	Stale bool   `json:"stale"` // not to be relied on: down, or silent for longer than its kind may be
	// Last is when it said anything last, Lag how far behind the moments are that it speaks of; zero where not known.
	Last      time.Time     `json:"last"`
	Lag       time.Duration `json:"lag_ns"`
	Messages  int64         `json:"messages"`
	Rate      float64       `json:"rate"` // messages a second since it is up
	Errors    int64         `json:"errors"`
	LastError string        `json:"last_error,omitempty"`
	Parts     []string      `json:"parts"`
}

// InputLine is a kind of fact and the newest input of it in use.
type InputLine struct {
	Kind   string    `json:"kind"`
	Files  int       `json:"files"`
	From   time.Time `json:"from"` // in use from then on
	NoData string    `json:"no_data,omitempty"`
}

// SourcesQuestion asks for the page of sources.
type SourcesQuestion struct{}

const maxGaps = 100

// staleAfter is how long a source may be silent before what it says is no longer relied on. Those that tell of routes
// are never silent for long; facts are fetched at intervals, and what is too old for a judgement has its own limit.
func staleAfter(kind string) time.Duration {
	switch kind {
	case "rislive", "bmp", "replay":
		return 2 * time.Minute
	case "rtr":
		return 2 * time.Hour
	}
	return 26 * time.Hour
}

func (SourcesQuestion) answer(ctx context.Context, a *asked) (_ any, err error) {
	snap := &a.view.pages.run.Snapshot
	page := &SourcesPage{Run: a.view.pages.head, Now: a.now, Gaps: []store.StoredGap{}, Peers: snap.Peers, Heard: snap.Heard, Inputs: a.view.inputs()}
	if page.Sources, err = a.sources(ctx); err != nil {
		return nil, err
	}
	if a.opt.Store != nil {
		gaps, err := a.opt.Store.Gaps(ctx, store.GapFilter{From: a.now.Add(-31 * oneDay)})
		if err != nil {
			return nil, err
		}
		slices.Reverse(gaps)
		page.Gaps = append(page.Gaps, gaps[:min(len(gaps), maxGaps)]...)
	}
	return page, nil
}

// inputs says which facts the run judged with at its end.
func (v *View) inputs() (list []InputLine) {
	snap := &v.pages.run.Snapshot
	last := make(map[string]InputLine)
	for _, u := range snap.Used {
		l := last[u.Kind]
		if u.From.After(l.From) {
			l = InputLine{Kind: u.Kind, From: u.From}
		}
		l.Files++
		last[u.Kind] = l
	}
	for kind, why := range snap.NoData {
		last[kind] = InputLine{Kind: kind, NoData: why}
	}
	for _, kind := range slices.Sorted(maps.Keys(last)) {
		list = append(list, last[kind])
	}
	return list
}

// sources says how the live sources are, or of a run alone its collectors.
func (a *asked) sources(ctx context.Context) (list []SourceLine, err error) {
	var states []source.Status
	switch {
	case a.opt.Sources != nil:
		states = a.opt.Sources()
	case a.opt.Store != nil:
		stored, err := a.opt.Store.Sources(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range stored {
			states = append(states, s.Status)
		}
	default:
		return a.view.collectors(), nil
	}
	list = []SourceLine{}
	for _, s := range states {
		list = append(list, sourceLine(s, a.now))
	}
	slices.SortFunc(list, func(x, y SourceLine) int { return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name)) })
	return list, nil
}

func sourceLine(s source.Status, now time.Time) SourceLine {
	l := SourceLine{
		Name: s.Name, Kind: s.Kind, Live: true, Up: s.Up, Last: s.LastMessage, Messages: s.Messages, Errors: s.Errors,
		LastError: s.LastError, Parts: append([]string{}, s.Parts...),
	}
	if s.StaleAfter == 0 { // of an older program
		s.StaleAfter = staleAfter(s.Kind)
	}
	_, l.Stale = s.Stale(now)
	if s.Alarm != "" { // what a person must look at comes first
		l.LastError = s.Alarm
	}
	if !s.LastEvent.IsZero() && !s.LastMessage.IsZero() {
		l.Lag = max(0, s.LastMessage.Sub(s.LastEvent))
	}
	if up := now.Sub(s.Since); s.Up && up >= time.Second {
		l.Rate = float64(s.Messages) / up.Seconds()
	}
	return l
}

// collectors says how the collectors of a finished run were heard.
func (v *View) collectors() (list []SourceLine) {
	snap := &v.pages.run.Snapshot
	for _, name := range v.pages.head.Collectors {
		l := SourceLine{Name: name, Kind: "collector", Up: true, Parts: []string{}}
		for _, p := range snap.Peers {
			if p.Collector == name {
				l.Messages += p.Announced + p.Withdrawn
				if p.Last.After(l.Last) {
					l.Last = p.Last
				}
			}
		}
		l.Stale = snap.Window.To.Sub(l.Last) > maxSilence
		list = append(list, l)
	}
	return list
}
