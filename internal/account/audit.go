package account

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Entry is one administrative act in the audit log. Seq, At, Before and Hash are set by whoever appends it. It names
// accounts by id, never a person or an address, so that erasing an account breaks no hash.
type Entry struct {
	Seq     int64     `json:"seq"`     // 1 for the first
	At      time.Time `json:"at"`      // UTC, to the second
	Actor   string    `json:"actor"`   // the account's id; "command line" for whoever runs the program
	Act     string    `json:"act"`     // what was done: "account.disable"
	Subject string    `json:"subject"` // to what
	Detail  string    `json:"detail"`
	Before  string    `json:"before"` // the hash of the entry before, empty for the first
	Hash    string    `json:"hash"`   // SHA-256 of the entry's JSON form in which it is empty
}

// Chain completes an entry that follows the last one, nil where it is the first.
func (e Entry) Chain(last *Entry, now time.Time) (Entry, error) {
	e.Seq, e.At, e.Before = 1, now.UTC().Truncate(time.Second), ""
	if last != nil {
		e.Seq, e.Before = last.Seq+1, last.Hash
	}
	var err error
	e.Hash, err = e.sum()
	return e, err
}

func (e Entry) sum() (string, error) {
	e.Hash = ""
	text, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("writing an audit entry: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Follows makes sure that an entry is whole and comes right after the last one, nil where it is the first.
func (e Entry) Follows(last *Entry) error {
	want, err := e.Chain(last, e.At)
	switch {
	case err != nil:
		return err
	case e.Seq != want.Seq:
		return fmt.Errorf("audit log: entry %d stands where %d should", e.Seq, want.Seq)
	case e.Before != want.Before:
		return fmt.Errorf("audit log: entry %d does not follow the one before it", e.Seq)
	case e.Hash != want.Hash:
		return fmt.Errorf("audit log: entry %d was changed", e.Seq)
	}
	return nil
}
