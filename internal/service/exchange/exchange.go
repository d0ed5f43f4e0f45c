// Package exchange is what partners and other users are let see and do over TAXII: collections, pages of what lies in them, posts
// and deletions, and who may ask.
//
// A [Service] answers for a [Caller], whom its Basic, Bearer or Certificate made out. What the caller may do is looked up anew for each question, so that
// a user who is revoked in the middle of paging gets nothing more. Collections are of three kinds: own (what the operator and
// users with a grant put there), inbox (what a partner puts there, for its own eyes), exchange (what an agreement lets a partner
// have). Members of an exchange collection leave only through a [Gate], which decides at that moment, and a [Recorder] has
// written down what leaves before anybody gets it.
//
// The package speaks no HTTP.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/internal/store"
)

// What a caller is told apart.
var (
	// ErrNotFound: there is no such thing, for this caller.
	ErrNotFound = errors.New("there is no such thing")
	// ErrForbidden: it is there, and the caller may not do that with it.
	ErrForbidden = errors.New("this is not for you")
	// ErrCursor: it is no cursor that was given to this caller for this question, or it is too old.
	ErrCursor = errors.New("next is not what was given out")
	// ErrRefused: who asks is nobody who may.
	ErrRefused = errors.New("name, password, token or certificate are not those of a user")
)

// Caller is a user who asks.
type Caller struct {
	User    string
	Partner string // the team that the user is of; "" none
}

// Collection is a collection as a caller sees it.
type Collection struct {
	ID, Alias, Title, Description string
	Kind                          store.CollectionKind
	Partner                       string // the team it is for; "" none in particular
	Agreement                     string // what fills it; "" none
	CanRead, CanWrite             bool
}

// Query says which members of a collection are wanted.
type Query = store.MemberQuery

// Row is a version of an object that leaves.
type Row struct {
	ID, Type    string
	Version     string
	SpecVersion string
	Added       time.Time
	Body        []byte // JSON; nil where only the manifest was asked for
	Grant       Grant  // of an exchange collection: why it leaves
}

// Grant is why a member of an exchange collection leaves.
type Grant struct {
	Copy    bool   // it is a copy of something, not a marking or the sender's identity
	Clauses int64  // the number of what was done to it; 0: Text says it
	Text    string // see [Clauses]
	Before  bool   // it left before, so that it is known who has it
}

// Page is a part of what was asked for.
type Page struct {
	Rows []Row
	More bool
	Seen time.Time // up to which date_added the store was looked through; zero if there was nothing
	Next string    // the cursor that goes on behind it; "" without More
}

// Gate decides, at the moment of reading, which members of an exchange collection may leave, and as what.
type Gate interface {
	// Leave gives the rows of those members that may leave now, in their order. Members without a body are asked about for a
	// manifest.
	Leave(ctx context.Context, caller Caller, c Collection, members []store.Member, now time.Time) ([]Row, error)
}

// Response is what is about to leave.
type Response struct {
	Time       time.Time
	Caller     Caller
	Collection Collection
	Query      Query
	Rows       []Row
}

// Recorder keeps what left exchange collections.
type Recorder interface {
	// Record returns once the response is written down for good. After an error nothing of it leaves.
	Record(ctx context.Context, r Response) error
	// Refuse writes down that nothing left of what was asked for, and why, where no partner reads it.
	Refuse(ctx context.Context, c Caller, in Collection, q Query, reason string, at time.Time) error
}

// Settings are what a service is made with.
type Settings struct {
	Store    *store.Store
	Now      func() time.Time
	Random   io.Reader
	Secret   []byte // that cursors are sealed with, 32 bytes
	Hasher   *account.Hasher
	Desk     Desk     // nil: what is posted to an inbox stays there
	Gate     Gate     // nil: nothing leaves exchange collections
	Recorder Recorder // nil: nothing leaves exchange collections
}

// Service answers questions about collections. Safe for concurrent use.
type Service struct {
	Settings
	cursors cursors
	roster  roster
	proofs  proofs
	tries   account.Limiter
	wide    chan struct{} // held by the query that looks through much
}

// New makes a service.
func New(s Settings) (*Service, error) {
	if len(s.Secret) != secretSize {
		return nil, fmt.Errorf("a secret for cursors has %d bytes, not %d", secretSize, len(s.Secret))
	}
	return &Service{Settings: s, cursors: newCursors(s.Secret), wide: make(chan struct{}, 1)}, nil
}

// roster holds collections and users as they were at the store's last change of them.
type roster struct {
	mu    sync.Mutex
	known bool
	store.ExchangeRoster
	users  map[string]*store.ExchangeUser // by name
	tokens map[string]*store.ExchangeUser // by the hash of the token
	certs  map[string]*store.ExchangeUser // by the hash of the certificate
}

// look gives the roster of this moment. What it gives is not changed any more.
func (s *Service) look(ctx context.Context) (*roster, error) {
	number, err := s.Store.ExchangeRosterNumber(ctx)
	if err != nil {
		return nil, err
	}
	s.roster.mu.Lock()
	defer s.roster.mu.Unlock()
	if !s.roster.known || s.roster.Number != number {
		if err := s.renew(ctx); err != nil {
			return nil, err
		}
	}
	r := &s.roster
	return &roster{ExchangeRoster: r.ExchangeRoster, users: r.users, tokens: r.tokens, certs: r.certs}, nil
}

// renew reads the roster anew.
func (s *Service) renew(ctx context.Context) error {
	now, err := s.Store.ExchangeRoster(ctx)
	if err != nil {
		return err
	}
	r := &s.roster
	r.ExchangeRoster, r.known = now, true
	r.users, r.tokens, r.certs = map[string]*store.ExchangeUser{}, map[string]*store.ExchangeUser{}, map[string]*store.ExchangeUser{}
	for i := range now.Users {
		u := &now.Users[i]
		if u.Revoked != nil {
			continue
		}
		r.users[u.Name] = u
		if u.Token != "" {
			r.tokens[u.Token] = u
		}
		if u.Certificate != "" {
			r.certs[u.Certificate] = u
		}
	}
	return nil
}

// as shows a collection to a user.
func as(u *store.ExchangeUser, c *store.ExchangeCollection) Collection {
	mine := c.Partner == "" || c.Partner == u.Partner
	return Collection{
		ID: c.ID, Alias: c.Alias, Title: c.Title, Description: c.Description, Kind: c.Kind, Partner: c.Partner, Agreement: c.Agreement,
		CanRead:  mine && slices.Contains(u.Read, c.ID),
		CanWrite: mine && c.Kind != store.CollectionExchange && slices.Contains(u.Write, c.ID),
	}
}

// Collections gives the collections that the caller may use, by id.
func (s *Service) Collections(ctx context.Context, c Caller) ([]Collection, error) {
	r, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	u := r.users[c.User]
	if u == nil {
		return nil, ErrRefused
	}
	var all []Collection
	for i := range r.Collections {
		if one := as(u, &r.Collections[i]); one.CanRead || one.CanWrite {
			all = append(all, one)
		}
	}
	return all, nil
}

// Collection gives a collection by its id or alias. The error is [ErrNotFound] where the caller may do nothing with it.
func (s *Service) Collection(ctx context.Context, c Caller, name string) (Collection, error) {
	r, err := s.look(ctx)
	if err != nil {
		return Collection{}, err
	}
	u := r.users[c.User]
	if u == nil {
		return Collection{}, ErrRefused
	}
	for i := range r.Collections {
		if at := &r.Collections[i]; name != "" && (at.ID == name || at.Alias == name) {
			if one := as(u, at); one.CanRead || one.CanWrite {
				return one, nil
			}
		}
	}
	return Collection{}, ErrNotFound
}
