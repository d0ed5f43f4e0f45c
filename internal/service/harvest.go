package service

import (
	"iter"
	"slices"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// harvest is what the engine has to say at the window's end: all that writing the results asks of it.
type harvest struct {
	warm    time.Time // when the warm-up ended
	proofs  iter.Seq2[string, watch.Update]
	log     []watch.Explained
	leaks   watch.NaiveLeaks
	pending int
	peers   []PeerHealth
}

// harvest takes stock at the window's end. The time has come to it, and everything before it was fed.
func (r *run) harvest() {
	r.incidents = slices.DeleteFunc(r.engine.Finish(r.opt.To.Unix()), func(i watch.Incident) bool {
		return i.End != nil && !i.End.After(r.opt.From)
	})
	r.overrides.apply(r.incidents)
	r.closeMonth(values.MonthOf(r.opt.To.Add(-time.Second)))
	r.harvested = harvest{
		warm: r.engine.WarmUntil(), proofs: r.engine.Proofs(), log: r.engine.Log(), leaks: r.engine.NaiveLeaks(),
		pending: r.engine.Pending(), peers: r.peers(),
	}
}
