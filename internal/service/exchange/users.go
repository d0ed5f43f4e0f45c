package exchange

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/internal/store"
)

// ErrTooOften says that there were too many wrong passwords from there; later ones are not looked at for a while.
var ErrTooOften = errors.New("too many wrong passwords; try again later")

// passwordTries is how many wrong passwords one address may send.
var passwordTries = account.Rate{Burst: 20, Every: 10 * time.Second}

// TokenPrefix begins every bearer token, so that scanners for leaked secrets find them.
const TokenPrefix = "pahra_taxii_"

// proofs remembers the passwords that were right, as codes under a key of this process: the slow hash is for the first time. A
// code counts for the user's version that it was made for.
type proofs struct {
	mu    sync.Mutex
	key   []byte
	right map[string]proof // by name
}

type proof struct {
	version int64
	code    []byte
}

func (p *proofs) code(random io.Reader, name, password string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.key == nil {
		key := make([]byte, 32)
		if _, err := io.ReadFull(random, key); err != nil {
			return nil, fmt.Errorf("drawing a key: %w", err)
		}
		p.key, p.right = key, map[string]proof{}
	}
	return keyed(p.key, name, password), nil
}

func (p *proofs) known(name string, version int64, code []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.right[name]
	return ok && known.version == version && hmac.Equal(known.code, code)
}

func (p *proofs) keep(name string, version int64, code []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.right[name] = proof{version, code}
}

// Basic makes out a user by name and password. from is the address that asks, for counting wrong passwords. The error is
// [ErrRefused] or [ErrTooOften].
func (s *Service) Basic(ctx context.Context, name, password, from string) (Caller, error) {
	r, err := s.look(ctx)
	if err != nil {
		return Caller{}, err
	}
	code, err := s.proofs.code(s.Random, name, password)
	if err != nil {
		return Caller{}, err
	}
	u := r.users[name]
	if u != nil && s.proofs.known(name, u.Version, code) {
		return caller(u), nil
	}
	if _, ok := s.tries.Take(from, passwordTries, s.Now()); !ok {
		return Caller{}, ErrTooOften
	}
	hash := "" // of nobody: as much work
	if u != nil {
		hash = u.Hash
	}
	ok, _, err := s.Hasher.Check(ctx, hash, password)
	if err != nil {
		return Caller{}, err
	}
	if !ok {
		return Caller{}, ErrRefused
	}
	s.tries.Give(from, passwordTries)
	s.proofs.keep(name, u.Version, code)
	return caller(u), nil
}

// Bearer makes out a user by a token.
func (s *Service) Bearer(ctx context.Context, token string) (Caller, error) {
	r, err := s.look(ctx)
	if err != nil {
		return Caller{}, err
	}
	return made(r.tokens[hashOf([]byte(token))])
}

// Certificate makes out a user by the certificate of a connection, DER.
func (s *Service) Certificate(ctx context.Context, der []byte) (Caller, error) {
	r, err := s.look(ctx)
	if err != nil {
		return Caller{}, err
	}
	return made(r.certs[hashOf(der)])
}

func made(u *store.ExchangeUser) (Caller, error) {
	if u == nil {
		return Caller{}, ErrRefused
	}
	return caller(u), nil
}

func caller(u *store.ExchangeUser) Caller { return Caller{u.Name, u.Partner} }

func hashOf(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}

// NewUser is a user to add.
type NewUser struct {
	Name, Password string
	Certificate    []byte   // DER; nil none
	Read, Write    []string // collections by id or alias
}

// AddUser adds a user in the operator's name. A user who may use a collection of a partner is one of that partner's; of two
// partners nobody is.
func (s *Service) AddUser(ctx context.Context, n NewUser) error {
	if err := checkName(n.Name); err != nil {
		return err
	}
	if len(n.Password) > account.MaxPassword || strings.ContainsAny(n.Password, "\x00\r\n") {
		return fmt.Errorf("the password is longer than %d bytes or has more than one line", account.MaxPassword)
	}
	u := store.ExchangeUser{Name: n.Name, Made: s.Now()}
	if n.Password != "" {
		hash, err := s.Hasher.Hash(ctx, n.Password)
		if err != nil {
			return err
		}
		u.Hash = hash
	}
	if n.Certificate != nil {
		u.Certificate = hashOf(n.Certificate)
	}
	if err := s.grant(ctx, &u, n.Read, &u.Read); err != nil {
		return err
	}
	if err := s.grant(ctx, &u, n.Write, &u.Write); err != nil {
		return err
	}
	if err := s.Store.AddExchangeUser(ctx, u); errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("there is a user %s already, or one with that certificate", n.Name)
	} else if err != nil {
		return err
	}
	return s.audit(ctx, "taxii.user.add", n.Name, "read "+strings.Join(u.Read, " ")+", write "+strings.Join(u.Write, " "))
}

// grant resolves the names of collections.
func (s *Service) grant(ctx context.Context, u *store.ExchangeUser, names []string, into *[]string) error {
	for _, name := range names {
		c, err := s.named(ctx, name)
		if err != nil {
			return err
		}
		if c.Partner != "" && u.Partner != "" && c.Partner != u.Partner {
			return fmt.Errorf("collection %s is for %s, another for %s: one user cannot have both", c.ID, c.Partner, u.Partner)
		}
		if c.Partner != "" {
			u.Partner = c.Partner
		}
		if !slices.Contains(*into, c.ID) {
			*into = append(*into, c.ID)
		}
	}
	return nil
}

func checkName(name string) error {
	bad := func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("%.100q can be no name: 1 to 100 letters of ASCII without spaces and colons", name)
	}
	return nil
}

// RevokeUser ends a user: from now on its password, token and certificate are nobody's.
func (s *Service) RevokeUser(ctx context.Context, name string) error {
	err := s.change(ctx, name, func(u *store.ExchangeUser) error {
		if u.Revoked == nil {
			now := s.Now()
			u.Revoked = &now
		}
		u.Hash, u.Token, u.Certificate = "", "", ""
		return nil
	})
	if err != nil {
		return err
	}
	return s.audit(ctx, "taxii.user.revoke", name, "")
}

// NewToken gives a user a bearer token in place of the one before. It is told this once.
func (s *Service) NewToken(ctx context.Context, name string) (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.Random, b); err != nil {
		return "", fmt.Errorf("drawing a token: %w", err)
	}
	token := TokenPrefix + base64.RawURLEncoding.EncodeToString(b)
	err := s.change(ctx, name, func(u *store.ExchangeUser) error {
		u.Token = hashOf([]byte(token))
		return standing(u)
	})
	if err != nil {
		return "", err
	}
	return token, s.audit(ctx, "taxii.user.token", name, "")
}

// BindCertificate lets a user in by a certificate, DER, in place of the one before.
func (s *Service) BindCertificate(ctx context.Context, name string, der []byte) error {
	err := s.change(ctx, name, func(u *store.ExchangeUser) error {
		u.Certificate = hashOf(der)
		return standing(u)
	})
	if err != nil {
		return err
	}
	return s.audit(ctx, "taxii.user.certificate", name, hashOf(der))
}

func standing(u *store.ExchangeUser) error {
	if u.Revoked != nil {
		return fmt.Errorf("user %s was revoked; add another", u.Name)
	}
	return nil
}

func (s *Service) change(ctx context.Context, name string, change func(*store.ExchangeUser) error) error {
	err := s.Store.ChangeExchangeUser(ctx, name, change)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("user %s: %w", name, ErrNotFound)
	}
	return err
}

// audit notes what the operator did.
func (s *Service) audit(ctx context.Context, act, subject, detail string) error {
	return s.Store.AppendAudit(ctx, account.Entry{Actor: "command", Act: act, Subject: subject, Detail: detail}, s.Now())
}

// UserList gives all users by name, revoked ones too, without what they prove themselves with.
func (s *Service) UserList(ctx context.Context) ([]store.ExchangeUser, error) {
	r, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.Users), nil
}
