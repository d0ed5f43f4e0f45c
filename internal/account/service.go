package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"pahra/wire/values"
)

// Settings are the limits of accounts. Start from [DefaultSettings].
type Settings struct {
	SessionIdle     time.Duration // a session unused for so long ends
	SessionAbsolute time.Duration // a session ends, used or not
	TokenLongest    time.Duration // a token lives at most
	Devices         int           // browsers remembered of each account
	ByAddress       Rate          // tries to log in from one address, by a browser that never did
	ByAccount       Rate          // tries to log in to one account, by browsers that never did
	ByDevice        Rate          // tries to log in by a browser that did before
	ClaimOpen       time.Duration // a claim that is not proved by then lapses
	Challenge       time.Duration // a mailed challenge is good for so long
	ByClaim         Rate          // mails that one account can have sent to contacts
}

// DefaultSettings are those of the service.
func DefaultSettings() Settings {
	return Settings{
		SessionIdle: 2 * time.Hour, SessionAbsolute: 12 * time.Hour, TokenLongest: 366 * 24 * time.Hour, Devices: 20,
		ByAddress: Rate{20, 15 * time.Second}, ByAccount: Rate{10, time.Minute}, ByDevice: Rate{10, time.Minute},
		ClaimOpen: 30 * 24 * time.Hour, Challenge: 72 * time.Hour, ByClaim: Rate{10, time.Hour},
	}
}

// Mailer sends a mail. It returns once the mail is durably queued or sent.
type Mailer interface {
	Mail(ctx context.Context, to, subject, text string) error
}

// Registry says what registries publish about a network.
type Registry interface {
	// Contacts gives the role contacts that have a mail address.
	Contacts(ctx context.Context, asn values.ASN) ([]Contact, error)
	// Remarks gives the free text of the network's aut-num objects, of registries that authenticate who writes them.
	Remarks(ctx context.Context, asn values.ASN) ([]Remark, error)
}

// Contact is a role contact of a network.
type Contact struct {
	Role    string // as the registry calls it
	Source  string // the registry
	Address string // of mail
}

// Remark is free text of an aut-num object.
type Remark struct{ Source, Text string }

// Service changes accounts. Every field but Mail and Registry is needed; without those two nobody can claim a network.
type Service struct {
	Store    Store
	Hasher   *Hasher
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
	Mail     Mailer
	Registry Registry
	// Site is the service's own address for links in mails, without a slash at its end.
	Site string

	limits Limiter
	admin  sync.Mutex // one administrative change at a time, so that two do not take the last administrator away
}

// ErrForbidden says that the viewer's role, or the scopes of their token, do not allow it.
var ErrForbidden = errors.New("your account may not do this")

// Operator is whoever runs the program on its own machine: they may do everything.
func Operator() Viewer {
	return Viewer{Account: "command line", Name: "command line", Role: Administrator, Scopes: AllScopes()}
}

// Audit writes an administrative act down.
func (s *Service) Audit(ctx context.Context, e Entry) error {
	if err := s.Store.AppendAudit(ctx, e, s.Now()); err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	return nil
}

// CheckLog reads the whole audit log and makes sure that no entry is missing or changed. It gives how many there are.
func (s *Service) CheckLog(ctx context.Context) (int64, error) {
	const page = 500
	var later *Entry
	n, before := int64(0), int64(0)
	for {
		list, err := s.Store.AuditEntries(ctx, before, page)
		if err != nil {
			return n, err
		}
		for i := range list {
			if later != nil {
				if err := later.Follows(&list[i]); err != nil {
					return n, err
				}
			}
			later, before = &list[i], list[i].Seq
			n++
		}
		if len(list) < page {
			break
		}
	}
	if later == nil {
		return 0, nil
	}
	return n, later.Follows(nil)
}
