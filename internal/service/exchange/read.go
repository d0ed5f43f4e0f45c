package exchange

import (
	"context"
	"errors"
	"time"

	"pahra/internal/store"
)

// maxRounds bounds how often one question looks further where the gate lets nothing through.
const maxRounds = 50

// Objects gives a page of a collection, found by its id or alias, behind the cursor next or from the query's own beginning
// where that is "". The rows have no bodies where the query wants none.
func (s *Service) Objects(ctx context.Context, c Caller, name string, q Query, next string) (Page, error) {
	at, err := s.Collection(ctx, c, name)
	if err != nil {
		return Page{}, err
	}
	if !at.CanRead {
		return Page{}, ErrForbidden
	}
	now := s.Now()
	q.Collection = at.ID
	if next != "" {
		if q.After, err = s.cursors.take(next, c.User, &q, now); err != nil {
			return Page{}, err
		}
	}
	page, err := s.page(ctx, c, at, q, now)
	if err == nil && page.More {
		page.Next = s.cursors.give(c.User, &q, page.Seen, now)
	}
	return page, err
}

// Known tells whether the caller may read an object in a collection: of a page without rows, whether there is such an object.
func (s *Service) Known(ctx context.Context, c Caller, name, object string) (bool, error) {
	all := store.MemberVersions{All: true}
	page, err := s.Objects(ctx, c, name, Query{IDs: []string{object}, Versions: all, SpecVersions: SpecVersions(), Limit: 1, NoBody: true}, "")
	return len(page.Rows) > 0, err
}

// SpecVersions are the versions of STIX that collections may hold.
func SpecVersions() []string { return []string{"2.0", "2.1"} }

// wide tells whether a query may have to look through a whole collection to find little. Such queries take turns, so that a user who asks
// many keeps one processor busy and no more.
func wide(q *Query) bool {
	return len(q.IDs) == 0 && (q.Versions.First || len(q.Versions.Exact)+len(q.SpecVersions) > 0)
}

// page looks for a page. It goes on while nothing may leave, so that clients which read on until a page is empty miss nothing.
func (s *Service) page(ctx context.Context, c Caller, at Collection, q Query, now time.Time) (page Page, err error) {
	if wide(&q) {
		select {
		case s.wide <- struct{}{}:
			defer func() { <-s.wide }()
		case <-ctx.Done():
			return Page{}, ctx.Err()
		}
	}
	for range maxRounds {
		members, more, err := s.Store.Members(ctx, q)
		if err != nil {
			return Page{}, err
		}
		if len(members) > 0 {
			page.Seen = members[len(members)-1].Added
		}
		page.Rows, err = s.leave(ctx, c, at, q, members, now)
		if errors.Is(err, ErrClosed) {
			// No cursor: who reads on when it is open again misses nothing.
			return Page{}, s.Recorder.Refuse(ctx, c, at, q, err.Error(), now)
		}
		if err != nil {
			return Page{}, err
		}
		page.More, q.After = more, page.Seen
		if len(page.Rows) > 0 || !more {
			break
		}
	}
	return page, nil
}

// leave gives the rows that may leave.
func (s *Service) leave(ctx context.Context, c Caller, at Collection, q Query, members []store.Member, now time.Time) ([]Row, error) {
	if at.Kind != store.CollectionExchange {
		return Rows(members), nil
	}
	if s.Gate == nil || s.Recorder == nil {
		return nil, nil
	}
	rows, err := s.Gate.Leave(ctx, c, at, members, now)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows, s.Recorder.Record(ctx, Response{now, c, at, q, rows})
}

// Rows makes rows of members as they are.
func Rows(members []store.Member) []Row {
	rows := make([]Row, len(members))
	for i := range members {
		m := &members[i]
		rows[i] = Row{ID: m.Object, Type: m.Type, Version: m.Version, SpecVersion: m.SpecVersion, Added: m.Added, Body: m.Body}
	}
	return rows
}
