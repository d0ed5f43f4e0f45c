package account

import (
	"context"
	"errors"
	"time"

	"pahra/wire/values"
)

// What a store tells apart.
var (
	// ErrNotFound: there is no such thing.
	ErrNotFound = errors.New("there is no such thing")
	// ErrTaken: the name, or the identity of another issuer, is somebody's already; or it was changed in between.
	ErrTaken = errors.New("it is taken, or was changed in the meantime")
)

// Account is somebody who can log in.
type Account struct {
	ID       string
	Name     string // as they log in: lower case, unique
	Mail     string // where mail goes; empty for none
	Role     Role
	Password string // encoded; empty: they log in another way
	// Issuer and Subject name them at an OpenID provider; empty: they log in here.
	Issuer, Subject string
	Disabled        bool
	Created         time.Time
	LastLogin       *time.Time // to the minute; nil: never
}

// Session is a log-in that lasts.
type Session struct {
	Hash    string // of the secret in the cookie
	Account string
	Created time.Time
	Seen    time.Time // to the minute
}

// Device is a browser that an account has logged in from before.
type Device struct {
	Hash    string // of the secret in its cookie
	Account string
	Seen    time.Time
}

// Token is a way in for a program.
type Token struct {
	ID      string
	Hash    string // of the token
	Account string
	Name    string // what its owner calls it
	Scopes  Scopes
	Created time.Time
	Expires time.Time
	Used    *time.Time // to the minute; nil: never
	Revoked *time.Time
}

// Store keeps accounts. Every method is one transaction and may be called from several goroutines; what is not there is
// [ErrNotFound]. Time stamps are kept to the microsecond at least.
type Store interface {
	Accounts
	Sessions
	Tokens
	Claims
	Log
}

// Accounts keeps accounts.
type Accounts interface {
	AddAccount(ctx context.Context, a Account) error // ErrTaken
	// ChangeAccount reads an account, lets change alter it, and keeps what came of it, all in one transaction.
	ChangeAccount(ctx context.Context, id string, change func(*Account) error) (Account, error)
	Account(ctx context.Context, id string) (Account, error)
	AccountByName(ctx context.Context, name string) (Account, error)
	AccountBySubject(ctx context.Context, issuer, subject string) (Account, error)
	Accounts(ctx context.Context) ([]Account, error) // by name
}

// Sessions keeps sessions, and the devices of those who logged in.
type Sessions interface {
	AddSession(ctx context.Context, s Session) error
	Session(ctx context.Context, hash string) (Session, error)
	SeeSession(ctx context.Context, hash string, seen time.Time) error
	EndSession(ctx context.Context, hash string) error // no error where there is none
	// EndSessions ends an account's sessions but the one with this hash, and forgets its devices.
	EndSessions(ctx context.Context, account, but string) error
	// DropSessions forgets what was last seen before idle or made before absolute.
	DropSessions(ctx context.Context, idle, absolute time.Time) error
	Device(ctx context.Context, hash string) (Device, error)
	// KeepDevice keeps a device, and of an account those most that were seen last.
	KeepDevice(ctx context.Context, d Device, most int) error
}

// Tokens keeps tokens. A revoked one stays as a record.
type Tokens interface {
	AddToken(ctx context.Context, t Token) error
	TokenByHash(ctx context.Context, hash string) (Token, error)
	TokensOf(ctx context.Context, account string) ([]Token, error) // the newest first
	UseToken(ctx context.Context, id string, used time.Time) error
	RevokeToken(ctx context.Context, account, id string, at time.Time) error
}

// Claims keeps claims of networks.
type Claims interface {
	AddClaim(ctx context.Context, c Claim) error // ErrTaken where the account has one of the network that has not ended
	ChangeClaim(ctx context.Context, id string, change func(*Claim) error) (Claim, error)
	Claim(ctx context.Context, id string) (Claim, error)
	ClaimsOf(ctx context.Context, account string) ([]Claim, error)        // the newest first
	ClaimsOn(ctx context.Context, asn values.ASN) ([]Claim, error)        // the newest first
	ClaimsIn(ctx context.Context, states ...ClaimState) ([]Claim, error)  // the oldest first
	NetworksOf(ctx context.Context, account string) ([]values.ASN, error) // held, ascending
}

// Log keeps administrative acts.
type Log interface {
	// AppendAudit completes the entry as the one that follows the last, and keeps it.
	AppendAudit(ctx context.Context, e Entry, now time.Time) error
	// AuditEntries gives at most limit entries before the one numbered before, or from the newest where it is 0; newest first.
	AuditEntries(ctx context.Context, before int64, limit int) ([]Entry, error)
}
