package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost is what one hashing of a password costs (RFC 9106).
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// DefaultCost is the least that OWASP's Password Storage Cheat Sheet asks for: 19 MiB, two passes, one thread.
func DefaultCost() Cost { return Cost{Memory: 19 * 1024, Passes: 2, Threads: 1} }

// The bounds of a cost that is read from a hash: what is beyond them is no password of ours.
const (
	maxMemory  = 1 << 20 // KiB
	maxPasses  = 64
	maxThreads = 16
	saltSize   = 16
	keySize    = 32
)

// The bounds of a password. NIST SP 800-63B-4 section 3.1.1.2 asks for 15 characters where a password is the only
// factor, and for no rule on what it is made of.
const (
	MinPassword = 15  // characters
	MaxPassword = 256 // bytes
)

// Hasher hashes passwords with argon2id. It lets only a few be hashed at once, so that a flood of log-ins takes
// neither all memory nor every processor. Safe for concurrent use.
type Hasher struct {
	cost   Cost
	random io.Reader
	turns  chan struct{}
	dummy  string // what the password of nobody is compared with
}

// NewHasher gives a hasher that draws salts from random and hashes at most atOnce passwords at once.
func NewHasher(cost Cost, random io.Reader, atOnce int) (*Hasher, error) {
	if cost.Memory < 8 || cost.Memory > maxMemory || cost.Passes < 1 || cost.Passes > maxPasses || cost.Threads < 1 || cost.Threads > maxThreads {
		return nil, fmt.Errorf("hashing a password cannot cost %+v", cost)
	}
	h := &Hasher{cost: cost, random: random, turns: make(chan struct{}, max(1, atOnce))}
	var err error
	h.dummy, err = h.Hash(context.Background(), "the password of nobody")
	return h, err
}

// Hash gives the encoded form of a password: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	key, err := h.key(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.Memory, h.cost.Passes, h.cost.Threads, b64(salt), b64(key)), nil
}

func (h *Hasher) key(ctx context.Context, password string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
		return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Threads, keySize), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Check says whether a password is the one of the encoded form, and whether that should be made anew because it cost
// another amount. An empty form is that of nobody: the answer is no, after as much work as for somebody.
func (h *Hasher) Check(ctx context.Context, encoded, password string) (ok, stale bool, err error) {
	nobody := encoded == ""
	if nobody {
		encoded = h.dummy
	}
	if len(password) > MaxPassword {
		password = password[:MaxPassword] + "…" // as much work, and never right
	}
	salt, key, cost, err := decode(encoded)
	if err != nil {
		return false, false, err
	}
	got, err := h.key(ctx, password, salt, cost)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, key) == 1 && !nobody
	return ok, ok && cost != h.cost, nil
}

// decode takes an encoded form apart. It never says what it holds.
func decode(encoded string) (salt, key []byte, c Cost, err error) {
	bad := errors.New("a stored password cannot be read")
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, nil, c, bad
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Threads); n != 3 || err != nil {
		return nil, nil, c, bad
	}
	if c.Memory > maxMemory || c.Passes < 1 || c.Passes > maxPasses || c.Threads < 1 || c.Threads > maxThreads {
		return nil, nil, c, bad
	}
	salt, errSalt := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(salt) < 8 || len(salt) > 64 || len(key) != keySize {
		return nil, nil, c, bad
	}
	return salt, key, c, nil
}

// CheckPassword says why a password is not taken for an account: it is too short or long, or one that is tried first.
func CheckPassword(password, name string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return wrong("the password is no text")
	case n < MinPassword:
		return wrong("the password has %d characters; %d are the least", n, MinPassword)
	case len(password) > MaxPassword:
		return wrong("the password is longer than %d bytes", MaxPassword)
	case len(name) > 3 && strings.Contains(strings.ToLower(password), strings.ToLower(name)):
		return wrong("the password holds the account's name")
	case distinct(password) < 5:
		return wrong("the password is made of fewer than 5 different characters")
	}
	return nil
}

func distinct(s string) int {
	seen := make(map[rune]bool)
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// WrongError says what is wrong with what somebody asked for, in words for them.
type WrongError struct{ Says string }

// Error says what is wrong.
func (e *WrongError) Error() string { return e.Says }

func wrong(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }
