package service

import (
	"time"

	"pahra/internal/watch"
)

// Burst is what else the leaker of a leak leaked at about that time: a leaker is named by the paths of all of it.
type Burst struct {
	Window time.Duration `json:"window_ns"` // how far apart the leaks of a burst may begin
	// Together are the other leaks of the same leaker, in the order in which they began, at most maxTogether of Total.
	Together []Together `json:"together"`
	Total    int        `json:"together_total"`
}

// Together is a leak of the same burst.
type Together struct {
	ID       string    `json:"id"`
	Headline string    `json:"headline"`
	Start    time.Time `json:"start"`
}

// maxTogether bounds the leaks of a burst that a page links.
const maxTogether = 20

// burst gives the leaks of the same leaker that began within the burst window of this one; nil for what is no leak.
func (p *Pages) burst(i *watch.Incident) *Burst {
	if i.Kind != watch.Leak {
		return nil
	}
	b := &Burst{Window: p.run.Snapshot.Settings.BurstWindow, Together: []Together{}}
	for _, n := range p.of[i.ASN] {
		o := &p.incidents[n]
		if o.ID == i.ID || o.Kind != watch.Leak || o.ASN != i.ASN || o.Start.Sub(i.Start).Abs() > b.Window {
			continue
		}
		if b.Total++; b.Total <= maxTogether {
			b.Together = append(b.Together, Together{o.ID, p.headline(o), o.Start})
		}
	}
	return b
}
