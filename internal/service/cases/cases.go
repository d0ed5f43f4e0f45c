// Package cases is the one way to act on cases: whatever a person, a party or the desk itself does to one goes through
// [Service], is held against who sees the case and who may do what, and stands in the case's log with its actor and time.
//
// [Service.Move], [Service.Assign], [Service.Comment], [Service.Link], [Service.Attach], [Service.Relate], [Service.Confine] and
// [Service.SetTimes] act on one case, [Service.Bulk] on many, and [Service.Undo] takes that back; [Service.Refer] hands one
// to another tenant. [Service.Get] gives a case with its log.
//
// Lists and counts of cases are the store's: see store.Cases and store.CaseGroups.
package cases

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"pahra/internal/account"
	"pahra/internal/desk"
	"pahra/internal/desk/deadline"
	"pahra/internal/desk/rota"
	"pahra/internal/store"
	"pahra/wire/values"
)

// Service acts on cases. Safe for concurrent use if Random is.
type Service struct {
	Store     *store.Store
	Now       func() time.Time
	Random    io.Reader // of crypto/rand
	Measuring Measuring // of recovery
	Deadlines deadline.Rules
	// Priority gives a case's, see PriorityOf; nil: it stays as it is.
	Priority func(c store.DeskCase, now time.Time) int
	// Remind is told of deadlines that are about to run out, or have, after the log of the case was; nil: nobody is.
	Remind func(ctx context.Context, c store.Case, r deadline.Reminder) error
	Duty   rota.Plan
	// Page reaches somebody on duty; nil: the log alone tells that they are called.
	Page func(ctx context.Context, who rota.Person, p store.DutyPage) error
	// Country gives where a network is; nil: that is not known.
	Country func(values.ASN) string
	Log     *slog.Logger
}

// By is who acts.
type By struct {
	Actor desk.Actor
	Name  string // an account's id; of a party its id; "command line"
}

// String is how the log names who acted.
func (b By) String() string {
	switch b.Actor {
	case desk.Analyst:
		return b.Name
	case desk.Party:
		return "party " + b.Name
	}
	return "desk"
}

// What is refused.
var (
	// ErrRefused: who acts may not do that, or not to a case in its state.
	ErrRefused = errors.New("that is refused")
	// ErrBad: what was given cannot be taken.
	ErrBad = errors.New("that cannot be taken")
)

// may says whether somebody with this sight acts as who they say.
func (b By) may(v store.Sight) error {
	ok := v.Machine
	switch b.Actor {
	case desk.Analyst:
		ok = ok || v.Role >= account.Analyst && b.Name == v.Account
	case desk.Party:
		ok = ok || len(v.Parties) > 0
	}
	if !ok || b.Actor != desk.Desk && b.Name == "" {
		return fmt.Errorf("%w: %q cannot act as %s", ErrRefused, b.Name, b.Actor)
	}
	return nil
}

// Detail is what the log says of an act, beside who did it and when. Words of persons are notes, by their hash.
type Detail struct {
	From   string     `json:"from,omitempty"` // of a move, an assignment, a compartment
	To     string     `json:"to,omitempty"`
	Note   string     `json:"note,omitempty"`   // hash
	Case   int64      `json:"case,omitempty"`   // another one
	Tenant string     `json:"tenant,omitempty"` // another one
	What   string     `json:"what,omitempty"`   // which time was set
	At     *time.Time `json:"at,omitempty"`     // to when
}

// act is one act on a case: it changes the case, and says what the log and the notes get.
type act func(c *store.Case, now time.Time) (detail Detail, notes []store.Note, err error)

// do does one act on one case.
func (s *Service) do(ctx context.Context, v store.Sight, by By, id int64, name string, do act) error {
	if err := by.may(v); err != nil {
		return err
	}
	now := s.Now()
	return s.Store.ChangeCases(ctx, v, now, []int64{id}, func(c *store.Case) (store.CaseChange, error) {
		return s.change(c, by, name, now, do)
	})
}

func (s *Service) change(c *store.Case, by By, name string, now time.Time, do act) (store.CaseChange, error) {
	detail, notes, err := do(c, now)
	if err != nil {
		return store.CaseChange{}, err
	}
	s.wind(c, now)
	return store.CaseChange{Log: []store.CaseEntry{{Case: c.ID, Actor: by.String(), Act: name, Detail: detail}}, Notes: notes}, nil
}

// Move brings a case to another state. Closing one takes a reason.
func (s *Service) Move(ctx context.Context, v store.Sight, by By, id int64, to desk.State, reason string) error {
	return s.do(ctx, v, by, id, "case.move", s.move(by, to, reason))
}

func (s *Service) move(by By, to desk.State, reason string) act {
	return func(c *store.Case, now time.Time) (Detail, []store.Note, error) {
		d := Detail{From: c.State, To: string(to)}
		if err := desk.Move(by.Actor, desk.State(c.State), to); err != nil {
			return d, nil, fmt.Errorf("%w: %w", ErrRefused, err)
		}
		if to == desk.Closed && strings.TrimSpace(reason) == "" {
			return d, nil, fmt.Errorf("%w: closing a case takes a reason", ErrBad)
		}
		now = now.UTC().Truncate(time.Microsecond)
		switch to {
		case desk.Notified:
			c.Notified = first(c.Notified, now)
		case desk.Acknowledged, desk.InProgress, desk.Disputed:
			c.Acknowledged = first(c.Acknowledged, now)
		case desk.Reopened:
			c.Reopened, c.Gone = c.Reopened+1, nil
		}
		if c.State, c.Changed = string(to), now; by.Actor == desk.Analyst {
			c.Replied = nil
		}
		if reason == "" {
			return d, nil, nil
		}
		n, err := s.note(c.ID, "reason", "", "", []byte(reason), now)
		d.Note = n.Hash
		return d, []store.Note{n}, err
	}
}

func first(t *time.Time, now time.Time) *time.Time {
	if t == nil {
		return &now
	}
	return t
}

// Assign gives a case to an account, or to nobody.
func (s *Service) Assign(ctx context.Context, v store.Sight, by By, id int64, to string) error {
	return s.do(ctx, v, by, id, "case.assign", assign(by, to))
}

func assign(by By, to string) act {
	return func(c *store.Case, _ time.Time) (Detail, []store.Note, error) {
		if by.Actor == desk.Party {
			return Detail{}, nil, fmt.Errorf("%w: cases are assigned by the team", ErrRefused)
		}
		d := Detail{From: c.Assignee, To: to}
		c.Assignee = to
		return d, nil, nil
	}
}

// Bounds of what is said of a case.
const (
	MostText       = 64 << 10 // octets of a comment
	MostAttachment = 10 << 20
)

// Comment says something of a case.
func (s *Service) Comment(ctx context.Context, v store.Sight, by By, id int64, text string) error {
	return s.do(ctx, v, by, id, "case.comment", s.say("comment", text))
}

func (s *Service) say(kind, text string) act {
	return func(c *store.Case, now time.Time) (Detail, []store.Note, error) {
		if strings.TrimSpace(text) == "" || len(text) > MostText || !utf8.ValidString(text) {
			return Detail{}, nil, fmt.Errorf("%w: a comment is text of at most %d octets", ErrBad, MostText)
		}
		n, err := s.note(c.ID, kind, "", "", []byte(text), now)
		return Detail{Note: n.Hash}, []store.Note{n}, err
	}
}

// Replied keeps what the party wrote of a case; it waits for an answer until an analyst moves the case or says that it is
// [Service.Answered].
func (s *Service) Replied(ctx context.Context, v store.Sight, by By, id int64, text string) error {
	say := s.say("reply", text)
	return s.do(ctx, v, by, id, "case.reply", func(c *store.Case, now time.Time) (Detail, []store.Note, error) {
		c.Replied = first(c.Replied, now)
		return say(c, now)
	})
}

// Answered says that nothing that the party wrote waits for an answer any more.
func (s *Service) Answered(ctx context.Context, v store.Sight, by By, id int64) error {
	return s.do(ctx, v, by, id, "case.answer", func(c *store.Case, _ time.Time) (Detail, []store.Note, error) {
		if by.Actor == desk.Party || c.Replied == nil {
			return Detail{}, nil, fmt.Errorf("%w: nothing waits for the team's answer", ErrRefused)
		}
		c.Replied = nil
		return Detail{}, nil, nil
	})
}

// Link adds an address to a case: an article, a ticket elsewhere.
func (s *Service) Link(ctx context.Context, v store.Sight, by By, id int64, address, title string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(address) > 2048 || len(title) > 200 {
		return fmt.Errorf("%w: a link is an address of http or https, with a title of at most 200 octets", ErrBad)
	}
	return s.do(ctx, v, by, id, "case.link", func(c *store.Case, now time.Time) (Detail, []store.Note, error) {
		n, err := s.note(c.ID, "link", title, "", []byte(address), now)
		return Detail{Note: n.Hash}, []store.Note{n}, err
	})
}

// Attach adds a file of at most [MostAttachment] to a case, and gives the hash under which store.CaseNote has it. What its media
// type says is the sender's word.
func (s *Service) Attach(ctx context.Context, v store.Sight, by By, id int64, name, media string, in io.Reader) (hash string, err error) {
	body, err := io.ReadAll(io.LimitReader(in, MostAttachment+1))
	if err != nil {
		return "", fmt.Errorf("reading an attachment of case %d: %w", id, err)
	}
	if len(body) > MostAttachment || name == "" || len(name) > 200 || strings.ContainsAny(name, "/\\\x00\r\n") ||
		len(media) > 200 || strings.ContainsAny(media, "\x00\r\n") {
		return "", fmt.Errorf("%w: an attachment has at most %d octets and a plain name", ErrBad, MostAttachment)
	}
	err = s.do(ctx, v, by, id, "case.attach", func(c *store.Case, now time.Time) (Detail, []store.Note, error) {
		n, err := s.note(c.ID, "attachment", name, media, body, now)
		hash = n.Hash
		return Detail{Note: n.Hash}, []store.Note{n}, err
	})
	return hash, err
}

func (s *Service) note(id int64, kind, name, media string, body []byte, now time.Time) (store.Note, error) {
	n := store.Note{Case: id, Kind: kind, Name: name, Media: media, Salt: make([]byte, 16), Body: body, Made: now}
	if _, err := io.ReadFull(s.Random, n.Salt); err != nil {
		return n, fmt.Errorf("drawing a salt: %w", err)
	}
	n.Seal()
	return n, nil
}
