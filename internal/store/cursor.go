package store

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Page is a part of a list. Next gives the rest when it is handed in as cursor; it is empty on the last page.
type Page[T any] struct {
	Items []T
	Next  string
}

// ErrCursor says that a cursor is none that this store gave.
var ErrCursor = errors.New("the cursor is not one that was given out")

// cursor points at a row by what lists are ordered by.
type cursor struct {
	At int64  `json:"t"` // microseconds since 1970
	ID string `json:"i"`
}

func (c cursor) String() string {
	text, _ := json.Marshal(c) // of a number and a string, which cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

func parseCursor(s string) (c cursor, err error) {
	if len(s) > 512 {
		return cursor{}, ErrCursor
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	// PostgreSQL takes no text with a zero byte.
	if err != nil || json.Unmarshal(text, &c) != nil || c.ID == "" || strings.ContainsRune(c.ID, 0) {
		return cursor{}, ErrCursor
	}
	return c, nil
}

// micros is how times are stored.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// optional is a time that may be missing.
func optional(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	us := micros(*t)
	return &us
}

func fromOptional(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	t := fromMicros(*us)
	return &t
}
