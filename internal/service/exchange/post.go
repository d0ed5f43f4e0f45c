package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"pahra/internal/store"
	"pahra/wire/taxii"
)

// MaxPosted is how many objects one post may have.
const MaxPosted = 10_000

// statusKept is how long what became of a post can be asked for; the standard wants a day.
const statusKept = 48 * time.Hour

var (
	// ErrTooMany: a post has more than MaxPosted objects. Nothing of it was taken.
	ErrTooMany = errors.New("there are more than " + strconv.Itoa(MaxPosted) + " objects; post them in parts")
	// ErrNoObjects: a post has no objects.
	ErrNoObjects = errors.New("there are no objects in it")
)

// Desk takes in what partners post, as reports. It may be called again with the same.
type Desk interface {
	// Take returns once the objects are kept for good. They are whole texts of STIX.
	Take(ctx context.Context, c Caller, at Collection, objects [][]byte, now time.Time) error
}

// Post puts the objects of an envelope into a collection and tells what became of each. What was there already counts as put
// there; what cannot be taken is told with its reason and stops no other. An envelope that is none, has too many objects or none
// is refused whole; so is what body fails with.
func (s *Service) Post(ctx context.Context, c Caller, name string, body io.Reader) (taxii.Status, error) {
	at, err := s.Collection(ctx, c, name)
	if err != nil {
		return taxii.Status{}, err
	}
	if !at.CanWrite {
		return taxii.Status{}, ErrForbidden
	}
	now := s.Now()
	p, err := readPost(at.ID, body, now)
	if err != nil {
		return taxii.Status{}, err
	}
	if err := s.keep(ctx, c, at, p, now); err != nil {
		return taxii.Status{}, err
	}
	return s.keepStatus(ctx, c, p.status, now)
}

// post is a post that was read.
type post struct {
	members []store.NewMember
	status  taxii.Status
	now     time.Time
}

// readPost takes an envelope apart.
func readPost(collection string, body io.Reader, now time.Time) (*post, error) {
	p, in := &post{now: now}, newIntake(collection)
	p.status.RequestTimestamp = taxii.FormatTime(now)
	var marks [][]string
	_, err := taxii.ReadEnvelope(body, func(text []byte) error {
		if p.status.TotalCount++; p.status.TotalCount > MaxPosted {
			return ErrTooMany
		}
		m, err := in.member(text)
		if err != nil {
			p.fail(&m, err.Error())
			return nil
		}
		p.members, marks = append(p.members, m), append(marks, in.marks)
		return nil
	})
	if err == nil && p.status.TotalCount == 0 {
		err = ErrNoObjects
	}
	kept := p.members[:0]
	for i := range p.members { // a definition may follow what it marks
		if err := in.markedRed(marks[i]); err != nil {
			p.fail(&p.members[i], err.Error())
			continue
		}
		kept = append(kept, p.members[i])
	}
	p.members = kept
	return p, err
}

func (p *post) fail(m *store.NewMember, why string) {
	d := taxii.StatusDetail{ID: m.Object, Version: m.Version, Message: why}
	if d.ID == "" {
		d.ID = "object " + strconv.Itoa(p.status.TotalCount)
	}
	if d.Version == "" {
		d.Version = p.status.RequestTimestamp
	}
	p.status.Failures, p.status.FailureCount = append(p.status.Failures, d), p.status.FailureCount+1
}

// keep stores the members of a post, those of an inbox with the desk first, and tells what became of them.
func (s *Service) keep(ctx context.Context, c Caller, at Collection, p *post, now time.Time) error {
	if at.Kind == store.CollectionInbox && s.Desk != nil && len(p.members) > 0 {
		bodies := make([][]byte, len(p.members))
		for i := range p.members {
			bodies[i] = p.members[i].Body
		}
		if err := s.Desk.Take(ctx, c, at, bodies, now); err != nil {
			return fmt.Errorf("handing a post to the desk: %w", err)
		}
	}
	done, err := s.Store.AppendMembers(ctx, now, p.members)
	if err != nil {
		return err
	}
	for i, d := range done {
		m := &p.members[i]
		if d.Outcome == store.MemberClash {
			p.fail(m, clash)
			continue
		}
		detail := taxii.StatusDetail{ID: m.Object, Version: m.Version}
		if detail.Version == "" {
			detail.Version = taxii.FormatTime(d.Added)
		}
		p.status.Successes, p.status.SuccessCount = append(p.status.Successes, detail), p.status.SuccessCount+1
	}
	return nil
}

const clash = "the collection has this version of it with other content"

func (s *Service) keepStatus(ctx context.Context, c Caller, st taxii.Status, now time.Time) (taxii.Status, error) {
	id, err := newUUID(s.Random)
	if err != nil {
		return taxii.Status{}, err
	}
	st.ID, st.Status = id, "complete"
	body, err := json.Marshal(st)
	if err != nil {
		return taxii.Status{}, err
	}
	return st, s.Store.AddExchangeStatus(ctx, now.Add(-statusKept), store.ExchangeStatus{ID: id, User: c.User, Made: now, Body: body})
}

// Status gives what became of a post of the caller's, as JSON.
func (s *Service) Status(ctx context.Context, c Caller, id string) ([]byte, error) {
	r, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	if r.users[c.User] == nil {
		return nil, ErrRefused
	}
	if !IsUUID(id) {
		return nil, ErrNotFound
	}
	body, err := s.Store.ExchangeStatus(ctx, id, c.User, s.Now().Add(-statusKept))
	return body, found(err)
}

// Delete takes versions of an object out of a collection, all where the query names none. It wants the right to read and to write.
func (s *Service) Delete(ctx context.Context, c Caller, name, object string, q Query) error {
	at, err := s.Collection(ctx, c, name)
	if err != nil {
		return err
	}
	if !at.CanRead || !at.CanWrite {
		return ErrForbidden
	}
	q.Collection, q.IDs = at.ID, []string{object}
	gone, err := s.Store.DeleteMembers(ctx, q)
	if err == nil && gone == 0 {
		err = ErrNotFound
	}
	return err
}

// found makes the store's way to say that something is not there this package's.
func found(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// newUUID draws a UUID of version 4.
func newUUID(random io.Reader) (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("drawing an id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// IsUUID tells whether s has the form of a UUID.
func IsUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
