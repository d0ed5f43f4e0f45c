package cases

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"pahra/internal/desk"
	"pahra/internal/store"
)

// Act is what is done to many cases at once; what is empty is not done.
type Act struct {
	To      desk.State
	Reason  string  // of the move
	Assign  *string // to an account; "" nobody
	Comment string
}

// Outcome is what a bulk action came to.
type Outcome struct {
	Done    []int64
	Refused map[int64]string // why
	Undo    string           // takes it back, see [Service.Undo]; "" where nothing was moved or assigned
}

// Bounds of bulk actions.
const (
	MostBulk  = 10_000           // cases at once
	UndoLasts = 15 * time.Minute // how long one can be taken back
)

// Bulk does something to many cases. Each is for itself: one that refuses does not stop the others.
func (s *Service) Bulk(ctx context.Context, v store.Sight, by By, ids []int64, a Act) (Outcome, error) {
	out := Outcome{Refused: map[int64]string{}}
	if err := by.may(v); err != nil {
		return out, err
	}
	if len(ids) > MostBulk {
		return out, fmt.Errorf("%w: at most %d cases at once", ErrBad, MostBulk)
	}
	token, err := s.token()
	if err != nil {
		return out, err
	}
	now := s.Now().UTC().Truncate(time.Microsecond)
	undo := store.Undo{ID: token}
	reached := map[int64]bool{}
	err = s.Store.ChangeSeenCases(ctx, v, now, ids, func(c *store.Case) (store.CaseChange, error) {
		if reached[c.ID] {
			return store.CaseChange{}, nil
		}
		reached[c.ID] = true
		was := store.UndoCase{ID: c.ID, Was: c.State, Had: c.Assignee, WasTimes: [2]*time.Time{c.Notified, c.Acknowledged}}
		all, err := s.bulkOne(c, by, now, a)
		if err != nil {
			out.Refused[c.ID] = err.Error()
			return store.CaseChange{}, nil
		}
		if was.Is, was.Has = c.State, c.Assignee; was.Is != was.Was || was.Has != was.Had {
			undo.Cases = append(undo.Cases, was)
		}
		out.Done = append(out.Done, c.ID)
		return all, nil
	}, func() store.Undo { return undo })
	if err != nil {
		return Outcome{}, err
	}
	for _, id := range ids {
		if !reached[id] {
			out.Refused[id] = store.ErrNotFound.Error()
		}
	}
	if len(undo.Cases) > 0 {
		out.Undo = token
	}
	return out, nil
}

// bulkOne does all of an act to one case, or nothing.
func (s *Service) bulkOne(c *store.Case, by By, now time.Time, a Act) (all store.CaseChange, err error) {
	for _, one := range []struct {
		wanted bool
		name   string
		do     act
	}{
		{a.To != "", "case.move", s.move(by, a.To, a.Reason)},
		{a.Assign != nil, "case.assign", func(c *store.Case, now time.Time) (Detail, []store.Note, error) { return assign(by, *a.Assign)(c, now) }},
		{a.Comment != "", "case.comment", s.say("comment", a.Comment)},
	} {
		if !one.wanted {
			continue
		}
		is, err := s.change(c, by, one.name, now, one.do)
		if err != nil {
			return all, err
		}
		all.Log, all.Notes = append(all.Log, is.Log...), append(all.Notes, is.Notes...)
	}
	return all, nil
}

func (s *Service) token() (string, error) {
	random := make([]byte, 16)
	if _, err := io.ReadFull(s.Random, random); err != nil {
		return "", fmt.Errorf("drawing a token: %w", err)
	}
	return hex.EncodeToString(random), nil
}

// Undo takes a bulk action back, once, within [UndoLasts] and by who did it: each case whose state and assignee are still what
// the action made of them is what it was before. It gives the cases that were restored; comments stay.
func (s *Service) Undo(ctx context.Context, v store.Sight, by By, token string) (restored []int64, err error) {
	if err := by.may(v); err != nil {
		return nil, err
	}
	now := s.Now().UTC().Truncate(time.Microsecond)
	err = s.Store.UndoCases(ctx, v, now, now.Add(-UndoLasts), token, func(was store.UndoCase, c *store.Case) store.CaseChange {
		if c.State != was.Is || c.Assignee != was.Has {
			return store.CaseChange{}
		}
		c.Assignee = was.Had
		if was.Is != was.Was {
			// as of now, so that the intake hears of it
			c.State, c.Changed, c.Notified, c.Acknowledged = was.Was, now, was.WasTimes[0], was.WasTimes[1]
		}
		s.wind(c, now)
		restored = append(restored, c.ID)
		return store.CaseChange{Log: []store.CaseEntry{{Case: c.ID, Actor: by.String(), Act: "case.undo", Detail: Detail{From: was.Is, To: was.Was}}}}
	})
	return restored, err
}
