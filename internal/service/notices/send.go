package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"pahra/internal/alert"
	"pahra/internal/deliver/mail"
	"pahra/internal/store"
)

const (
	planEvery  = time.Minute
	restMost   = 30 * time.Second
	afterError = 5 * time.Second
	claimFor   = 5 * time.Minute
	// drainFor is how long a letter that is being handed over may go on once the service ends, noteFor how long noting what
	// became of it may take.
	drainFor = 8 * time.Second
	noteFor  = 5 * time.Second
	// unclearAfter is how long handing over a letter takes at most: then whoever did it is dead.
	unclearAfter = 15 * time.Minute
	mostEarlier  = 10 // Message-IDs of earlier notices that a letter refers to
)

// Run plans and sends until ctx ends. Errors of the store are logged and tried again.
func (s *Service) Run(ctx context.Context) error {
	var planned time.Time
	for ctx.Err() == nil {
		now := s.opt.Now()
		var err error
		if now.Sub(planned) >= planEvery || now.Before(planned) {
			planned = now
			_, _, err = s.Plan(ctx)
			err = errors.Join(err, s.settle(ctx))
		}
		_, wait, sendErr := s.sendNext(ctx)
		if err = errors.Join(err, sendErr); err != nil && ctx.Err() == nil {
			s.opt.Log.Error("notices are late", "error", err)
			wait = afterError
		}
		s.rest(ctx, wait)
	}
	return nil
}

// Once plans what is due and sends what may be sent now, as long as the rates want no longer wait than a minute, and says
// how many notices it tried.
func (s *Service) Once(ctx context.Context) (tried int, err error) {
	if _, _, err := s.Plan(ctx); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		sent, wait, err := s.sendNext(ctx)
		if err != nil {
			return tried, err
		}
		if sent {
			tried++
		} else if wait >= restMost {
			break
		}
		s.rest(ctx, wait)
	}
	return tried, errors.Join(ctx.Err(), s.settle(context.WithoutCancel(ctx)))
}

// rest sleeps until there is something to do.
func (s *Service) rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.wake:
	case <-ctx.Done():
	}
}

// sendNext tries one notice whose domain may be written to, if there is one, and says how long to wait before the next.
func (s *Service) sendNext(ctx context.Context) (tried bool, wait time.Duration, err error) {
	if s.opt.Letters == nil {
		return false, restMost, nil
	}
	now := s.opt.Now()
	if n, err := s.opt.Store.UnclearNotices(ctx, now, now.Add(-unclearAfter), 0); err != nil {
		return false, 0, err
	} else if n > 0 {
		s.opt.Log.Warn("of some notices nobody knows whether they were sent", "notices", n)
	}
	ready, err := s.opt.Store.ReadyNotices(ctx, now, 1000)
	if err != nil {
		return false, 0, err
	}
	wait = restMost
	for _, r := range ready {
		until := s.resting[r.Domain]
		if now.Before(until) {
			wait = min(wait, until.Sub(now))
			continue
		}
		s.resting[r.Domain] = now.Add(time.Minute / time.Duration(s.opt.Settings.PerDomain))
		s.forgetRested(now)
		return true, time.Minute / time.Duration(s.opt.Settings.PerMinute), s.send(ctx, r.ID)
	}
	next, err := s.opt.Store.NextNotice(ctx)
	if !next.IsZero() && next.After(now) {
		wait = min(wait, next.Sub(now))
	}
	return false, wait, err
}

func (s *Service) forgetRested(now time.Time) {
	for domain, until := range s.resting {
		if !now.Before(until) {
			delete(s.resting, domain)
		}
	}
}

// send tries one notice.
func (s *Service) send(ctx context.Context, id int64) error {
	now := s.opt.Now()
	n, err := s.opt.Store.ClaimNotice(ctx, now, id, now.Add(claimFor))
	if errors.Is(err, store.ErrNotFound) { // somebody else has it
		return nil
	}
	if err != nil {
		return err
	}
	l, err := s.letter(ctx, n)
	if err != nil {
		return err
	}
	handing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(drainFor, cancel)
		context.AfterFunc(handing, func() { t.Stop() })
	})
	defer stop()
	failure := s.opt.Letters.SendLetter(handing, l, s.opt.Signer, func() error {
		if ctx.Err() != nil { // it can wait for the next start
			return ctx.Err()
		}
		return s.opt.Store.HandNotice(handing, s.opt.Now(), id)
	})
	note, done := context.WithTimeout(context.WithoutCancel(ctx), noteFor)
	defer done()
	return s.note(note, n, failure, ctx.Err() != nil)
}

// note records what became of a try.
func (s *Service) note(ctx context.Context, n store.Notice, failure error, ending bool) error {
	now := s.opt.Now()
	var unknown *mail.Unknown
	switch {
	case failure == nil:
		if err := s.opt.Store.NoticeTaken(ctx, now, n.ID); err != nil {
			return err
		}
		s.opt.Log.Info("a notice was sent", "notice", n.ID, "party", n.Party, "cases", len(n.Cases))
		return s.settle(ctx)
	case errors.As(failure, &unknown):
		s.opt.Log.Warn("nobody knows whether a notice was sent", "notice", n.ID, "error", alert.Harmless(failure.Error()))
		_, err := s.opt.Store.UnclearNotices(ctx, now, now.Add(time.Second), n.ID)
		return err
	case ending && errors.Is(failure, context.Canceled):
		return s.opt.Store.NoticeAgain(ctx, now, n.ID, now, "the service ended")
	}
	text := alert.Harmless(failure.Error())
	what := alert.After(failure, n.Attempts, n.Attempts, now.Sub(n.Created), s.opt.Chance())
	s.opt.Log.Warn("a notice was not sent", "notice", n.ID, "attempt", n.Attempts, "gave_up", what.Dead, "error", text)
	if what.Dead {
		return s.opt.Store.NoticeGivenUp(ctx, now, n.ID, text)
	}
	return s.opt.Store.NoticeAgain(ctx, now, n.ID, now.Add(what.Wait), text)
}

// letter gives a notice as a letter. Its Message-ID is the same whenever it is sent.
func (s *Service) letter(ctx context.Context, n store.Notice) (mail.Letter, error) {
	var m stored
	if err := json.Unmarshal(n.Message, &m); err != nil {
		return mail.Letter{}, fmt.Errorf("reading what notice %d says: %w", n.ID, err)
	}
	domain := s.opt.Letters.Domain()
	l := mail.Letter{To: n.Recipient, Return: s.opt.Keys.Return(s.opt.Settings.Return, n.ID), MessageID: s.opt.Keys.MessageID(domain, n.ID), At: s.opt.Now(),
		Subject: m.Subject, Text: m.Text, Language: m.Language, Attachments: m.Attachments, Own: strconv.FormatInt(n.ID, 10), Key: m.Key}
	var earlier []int64
	for _, id := range n.Cases {
		before, err := s.opt.Store.NoticesBefore(ctx, id, n.Recipient)
		if err != nil {
			return l, err
		}
		earlier = append(earlier, before...)
	}
	slices.Sort(earlier)
	earlier = slices.DeleteFunc(slices.Compact(earlier), func(id int64) bool { return id == n.ID })
	for _, id := range earlier[max(0, len(earlier)-mostEarlier):] {
		l.References = append(l.References, s.opt.Keys.MessageID(domain, id))
	}
	return l, nil
}
