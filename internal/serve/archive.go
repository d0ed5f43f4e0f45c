package serve

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"pahra/internal/service"
)

// rollEvery is how often is looked for finished files of the journal, tidyEvery how often the archive is tidied,
// verifyEvery how often each of its files is held against its checksum.
const (
	rollEvery   = time.Minute
	tidyEvery   = time.Hour
	verifyEvery = 24 * time.Hour
)

func (s *Server) newRoller() *service.Roller {
	c := s.Config
	return service.NewRoller(service.RollOptions{
		Journal: filepath.Join(c.State, "data", "mrt"), Archive: filepath.Join(c.State, "archive"),
		ObservationDays: days(c.Retention.Observations), JournalDays: days(c.Retention.Journal), Log: s.log.With("part", "archive"),
	})
}

// days rounds up, so that nothing goes before its time; 0 stays 0.
func days(d time.Duration) int { return int((d + 24*time.Hour - 1) / (24 * time.Hour)) }

// keepArchive moves finished files of the journal into the archive, makes one of small segments, and removes what is kept no
// longer. What fails is said and tried again.
func (s *Server) keepArchive(ctx context.Context) error {
	tick := time.NewTicker(rollEvery)
	defer tick.Stop()
	var tidied time.Time
	verified := s.now()
	for {
		now := s.now()
		err := s.roller.Roll(ctx, now)
		if s.Live.Health().CaughtUp && now.Sub(tidied) >= tidyEvery { // until then all of the journal may be needed
			tidied = now
			err = errors.Join(err, s.roller.Compact(ctx, now), s.roller.Retain(ctx, now, s.Live.Needed()))
			s.Live.Refresh() // files may be gone
		}
		if now.Sub(verified) >= verifyEvery {
			verified = now
			err = errors.Join(err, s.verifyArchive(ctx, now))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("the archive is behind", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// verifyArchive has bad files put into quarantine and says which; what of them the journal still has is rolled again.
func (s *Server) verifyArchive(ctx context.Context, now time.Time) error {
	v, err := s.roller.Verify(ctx, now)
	for _, bad := range v.Bad {
		s.log.Error("a file of the archive is bad", "file", bad.Name, "reason", bad.Reason)
	}
	return err
}
