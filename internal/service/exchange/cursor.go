package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

const (
	secretSize = 32
	// cursorLasts is how long a cursor can be gone on with.
	cursorLasts = 24 * time.Hour
	cursorSize  = 16 + sha256.Size
)

// cursors seals places in a collection, so that the server need remember nothing between two pages. A cursor is good for the
// caller, the collection and the filters that it was given for, for a day; it grants nothing: what the caller may see is
// decided anew for each page. It shows nothing: the place may be that of a member that the caller does not see.
type cursors struct{ seal, hide []byte }

func newCursors(secret []byte) cursors {
	return cursors{keyed(secret, "seal"), keyed(secret, "hide")}
}

func keyed(key []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts { // each with its length, so that no two lists give the same
		mac.Write(binary.AppendUvarint(nil, uint64(len(p))))
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)
}

// give seals a place.
func (c cursors) give(user string, q *Query, after, now time.Time) string {
	place := binary.BigEndian.AppendUint64(nil, uint64(after.UnixMicro()))
	place = binary.BigEndian.AppendUint64(place, uint64(now.Add(cursorLasts).Unix()))
	mac := c.mac(user, q, place)
	return base64.RawURLEncoding.EncodeToString(append(c.mask(place, mac), mac...))
}

// take gives the place that was sealed for this user and question.
func (c cursors) take(text, user string, q *Query, now time.Time) (time.Time, error) {
	if base64.RawURLEncoding.DecodedLen(len(text)) != cursorSize {
		return time.Time{}, ErrCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return time.Time{}, ErrCursor
	}
	mac := b[16:]
	place := c.mask(b[:16], mac)
	if !hmac.Equal(mac, c.mac(user, q, place)) || now.Unix() > int64(binary.BigEndian.Uint64(place[8:])) {
		return time.Time{}, ErrCursor
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(place))), nil
}

// mask hides a place or shows it again.
func (c cursors) mask(place, mac []byte) []byte {
	out := make([]byte, len(place))
	subtle.XORBytes(out, place, keyed(c.hide, string(mac)))
	return out
}

func (c cursors) mac(user string, q *Query, place []byte) []byte {
	return keyed(c.seal, user, question(q), string(place))
}

// question writes down what a query asks for, but for the place and how much.
func question(q *Query) string {
	var b strings.Builder
	list := func(name string, texts []string) {
		texts = slices.Clone(texts)
		slices.Sort(texts)
		b.WriteString(name + "\x00" + strings.Join(texts, "\x00") + "\x01")
	}
	list(q.Collection, nil)
	list("id", q.IDs)
	list("type", q.Types)
	list("spec", q.SpecVersions)
	list("exact", q.Versions.Exact)
	for _, is := range []bool{q.Versions.First, q.Versions.Last, q.Versions.All} {
		if is {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}
