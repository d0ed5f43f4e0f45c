package service

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"time"

	"pahra/internal/watch"
)

// How often a roller does what, by this machine's clock.
const (
	rollEvery   = time.Minute // and incidents that were handed to it
	tidyEvery   = time.Hour   // compaction and retention
	verifyEvery = 24 * time.Hour
)

// Hand gives the roller incidents to keep, as they stand now and with everything that proves them; a later call's word on
// one counts. It copies what it needs, waits for nothing that is written, and may be called beside all other methods.
// [Roller.Run] writes what was handed; until then it is in memory alone, so whoever starts again after a crash hands it
// again: keeping what is kept already changes nothing.
func (r *Roller) Hand(incidents []watch.Incident, proofs iter.Seq2[string, watch.Update]) error {
	if len(incidents) == 0 {
		return nil
	}
	k, err := gather(incidents, proofs)
	if err != nil {
		return err
	}
	r.handed.Lock()
	defer r.handed.Unlock()
	if r.waiting.incidents == nil {
		r.waiting = k
		return nil
	}
	maps.Copy(r.waiting.incidents, k.incidents)
	for id, rows := range k.proof {
		r.waiting.proof[id] = append(r.waiting.proof[id], rows...)
	}
	return nil
}

// Run rolls every minute, compacts and removes every hour, verifies every day, until ctx ends; then it writes what was
// handed to it last. needed gives from when on journal files must stay. What fails is logged and tried again.
func (r *Roller) Run(ctx context.Context, now, needed func() time.Time) error {
	roll, tidy, verify := time.NewTicker(rollEvery), time.NewTicker(tidyEvery), time.NewTicker(verifyEvery)
	defer roll.Stop()
	defer tidy.Stop()
	defer verify.Stop()
	return r.run(ctx, now, needed, roll.C, tidy.C, verify.C)
}

// run does each thing whenever its channel says so.
func (r *Roller) run(ctx context.Context, now, needed func() time.Time, roll, tidy, verify <-chan time.Time) error {
	for {
		select {
		case <-ctx.Done():
			return r.flush(context.WithoutCancel(ctx), now())
		case <-roll:
			r.tell("rolling the journal", r.Roll(ctx, now()))
			r.tell("keeping incidents", r.flush(ctx, now()))
		case <-tidy:
			r.tell("compacting the archive", r.Compact(ctx, now()))
			r.tell("retention", r.Retain(ctx, now(), needed()))
		case <-verify:
			v, err := r.Verify(ctx, now())
			for _, bad := range v.Bad {
				r.opt.Log.Error("a file of the archive is bad", "file", bad.Name, "reason", bad.Reason)
			}
			r.tell("verifying the archive", err)
		}
	}
}

func (r *Roller) tell(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		r.opt.Log.Error(what, "err", err)
	}
}

// flush writes what was handed; what cannot be written is handed again.
func (r *Roller) flush(ctx context.Context, now time.Time) error {
	r.handed.Lock()
	k := r.waiting
	r.waiting = keepsake{}
	r.handed.Unlock()
	if len(k.incidents) == 0 {
		return nil
	}
	err := r.keep(ctx, now, k)
	if err == nil {
		return nil
	}
	r.handed.Lock()
	defer r.handed.Unlock()
	if r.waiting.incidents == nil {
		r.waiting = keepsake{make(map[string]incidentRow), make(map[string][]proofRow)}
	}
	for id, row := range k.incidents {
		if _, newer := r.waiting.incidents[id]; !newer {
			r.waiting.incidents[id] = row
		}
		r.waiting.proof[id] = append(r.waiting.proof[id], k.proof[id]...)
	}
	return fmt.Errorf("keeping %d incidents: %w", len(k.incidents), err)
}
