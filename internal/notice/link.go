package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// KeySize is how many octets the key of [Keys] has.
const KeySize = 32

// Keys makes and reads what leads back to the desk: links, forms, return addresses. Each has a key of its own, made from
// one that the service keeps. The zero value is of no use.
type Keys struct{ links, forms, mails []byte }

// NewKeys takes the key that the service keeps.
func NewKeys(secret []byte) (*Keys, error) {
	if len(secret) != KeySize {
		return nil, fmt.Errorf("the key of links has %d octets, it needs %d", len(secret), KeySize)
	}
	of := func(purpose string) []byte { return mac(secret, "pahra desk: "+purpose) }
	return &Keys{links: of("links"), forms: of("forms"), mails: of("return addresses")}, nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Link is what a link lets its bearer see and answer.
type Link struct {
	Notice  int64 // that it came with
	Case    int64 // 0: all open cases of the notice's party
	Expires time.Time
}

// The form of a token: a version, the link's three numbers, and the first 16 octets of their HMAC; base64url.
const (
	tokenVersion = 1
	tokenBody    = 1 + 3*8
	tokenSize    = tokenBody + 16
)

// ErrLink says that a token is none of ours, or has expired.
var ErrLink = errors.New("the link is not good")

// Token gives the token of a link. Whoever has it needs no account.
func (k *Keys) Token(l Link) string {
	b := make([]byte, 0, tokenSize)
	b = append(b, tokenVersion)
	for _, n := range []int64{l.Notice, l.Case, l.Expires.Unix()} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = append(b, mac(k.links, string(b))[:tokenSize-tokenBody]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Open reads a token; the error is [ErrLink].
func (k *Keys) Open(token string, now time.Time) (Link, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return Link{}, ErrLink
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || b[0] != tokenVersion || !hmac.Equal(b[tokenBody:], mac(k.links, string(b[:tokenBody]))[:tokenSize-tokenBody]) {
		return Link{}, ErrLink
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[1+8*i:])) }
	l := Link{Notice: at(0), Case: at(1), Expires: time.Unix(at(2), 0).UTC()}
	if !now.Before(l.Expires) {
		return Link{}, ErrLink
	}
	return l, nil
}

// formFor is how long a page's form may be sent after the page was shown.
const formFor = 4 * time.Hour

// Form gives what the form of a link's page carries: who sends it has seen the page, and lately.
func (k *Keys) Form(token string, now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 16)
	return at + "." + hex.EncodeToString(mac(k.forms, at+" "+token)[:16])
}

// CheckForm says whether a form was sent from the page of a link.
func (k *Keys) CheckForm(token, form string, now time.Time) bool {
	at, sum, _ := strings.Cut(form, ".")
	unix, err := strconv.ParseInt(at, 16, 64)
	if err != nil || !hmac.Equal([]byte(sum), []byte(hex.EncodeToString(mac(k.forms, at+" "+token)[:16]))) {
		return false
	}
	age := now.Sub(time.Unix(unix, 0))
	return age >= -time.Minute && age <= formFor
}

// Return gives the return address of a notice (VERP): base with the notice's number in it, signed, so that nobody else can
// have a bounce counted. base is such as "bounces@example.net".
func (k *Keys) Return(base string, id int64) string {
	local, domain, _ := strings.Cut(base, "@")
	number := strconv.FormatInt(id, 10)
	return local + "+" + number + "-" + hex.EncodeToString(mac(k.mails, number)[:8]) + "@" + domain
}

// OpenReturn reads the notice's number of a return address.
func (k *Keys) OpenReturn(base, address string) (id int64, ok bool) {
	local, _, _ := strings.Cut(strings.ToLower(base), "@")
	rest, ours := strings.CutPrefix(strings.ToLower(strings.TrimSpace(strings.Trim(strings.TrimSpace(address), "<>"))), local+"+")
	number, _, _ := strings.Cut(rest, "-")
	id, err := strconv.ParseInt(number, 10, 64)
	if !ours || err != nil || id <= 0 {
		return 0, false
	}
	want := strings.ToLower(k.Return(base, id))
	return id, hmac.Equal([]byte(want), []byte(local+"+"+rest))
}

// MessageID gives the Message-ID of a notice, without brackets: always the same for a notice.
func (k *Keys) MessageID(domain string, id int64) string {
	number := strconv.FormatInt(id, 10)
	return "notice." + number + "." + hex.EncodeToString(mac(k.mails, "message "+number)[:8]) + "@" + domain
}

// OpenMessageID reads the notice's number of a Message-ID, with brackets or without.
func (k *Keys) OpenMessageID(domain, text string) (id int64, ok bool) {
	text = strings.Trim(strings.TrimSpace(text), "<>")
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 3 || parts[0] != "notice" {
		return 0, false
	}
	id, err := strconv.ParseInt(parts[1], 10, 64)
	return id, err == nil && id > 0 && hmac.Equal([]byte(text), []byte(k.MessageID(domain, id)))
}
