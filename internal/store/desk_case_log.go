package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pahra/internal/account"
)

// CaseEntry is an act to be written into a case's log. The log has one chain of hashes across all cases, as the log of
// administrative acts has (package account).
type CaseEntry struct {
	Case   int64
	Actor  string // an account's id; "desk", "command line", "party as:64500"
	Act    string // "case.move"
	Detail any    // written as JSON; no words of persons, which are a [Note]
}

// appendLog writes acts behind the last one.
func appendLog(ctx context.Context, t *tx, entries []CaseEntry, now time.Time) error {
	if len(entries) == 0 {
		return nil
	}
	last, err := newestEntry(ctx, t, "case_log_last")
	if err != nil {
		return err
	}
	for _, e := range entries {
		detail, err := json.Marshal(e.Detail)
		if err != nil {
			return err
		}
		next, body, err := chained(account.Entry{Actor: e.Actor, Act: e.Act, Subject: "case " + strconv.FormatInt(e.Case, 10), Detail: string(detail)}, last, now)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "case_log_add", next.Seq, e.Case, body); err != nil {
			return err
		}
		last = &next
	}
	return nil
}

// CaseLog gives at most limit acts of a case after the one numbered after, in their order.
func (s *Store) CaseLog(ctx context.Context, v Sight, id, after int64, limit int) (entries []account.Entry, err error) {
	err = s.view(ctx, func(t *tx) error {
		if _, err := s.caseIn(ctx, t, v, id); err != nil {
			return err
		}
		entries, err = list(ctx, t, "case_log_of", scanJSON[account.Entry], id, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("log of case %d: %w", id, err)
	}
	return entries, nil
}

// Note is what somebody said of a case or attached to it. The log has its hash alone; the words can be erased, and the log
// still proves when something was said, and by whom.
type Note struct {
	Hash   string // see [Note.Seal]
	Case   int64
	Kind   string // comment, link, attachment, reason, reply
	Name   string // a file's, or a link's title
	Media  string // of an attachment
	Salt   []byte
	Body   []byte
	Made   time.Time
	Erased *time.Time // when the words were taken out; nil: they are there
}

// Seal sets the note's hash: SHA-256 over salt, kind, name, media and body, each after its length.
func (n *Note) Seal() {
	h := sha256.New()
	for _, part := range [][]byte{n.Salt, []byte(n.Kind), []byte(n.Name), []byte(n.Media), n.Body} {
		fmt.Fprintf(h, "%d:", len(part))
		h.Write(part)
	}
	n.Hash = hex.EncodeToString(h.Sum(nil))
}

func addNotes(ctx context.Context, t *tx, notes []Note) error {
	for _, n := range notes {
		body := n.Body
		if body == nil {
			body = []byte{} // a driver would make it NULL
		}
		if _, err := t.exec(ctx, "case_note_add", n.Hash, n.Case, n.Kind, n.Name, n.Media, n.Salt, body, micros(n.Made)); err != nil {
			return err
		}
	}
	return nil
}

func scanNote(row scanner) (n Note, err error) {
	var made int64
	var erased *int64
	err = row.Scan(&n.Hash, &n.Case, &n.Kind, &n.Name, &n.Media, &n.Salt, &n.Body, &made, &erased)
	n.Made, n.Erased = fromMicros(made), fromOptional(erased)
	return n, err
}

// CaseNotes gives what was said of a case, the oldest first, by hash. Attachments are read one by one, with [Store.CaseNote].
func (s *Store) CaseNotes(ctx context.Context, v Sight, id int64) (notes map[string]Note, err error) {
	notes = map[string]Note{}
	err = s.view(ctx, func(t *tx) error {
		if _, err := s.caseIn(ctx, t, v, id); err != nil {
			return err
		}
		_, err := list(ctx, t, "case_notes_of", func(row scanner) (none struct{}, err error) {
			n, err := scanNote(row)
			notes[n.Hash] = n
			return none, err
		}, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notes of case %d: %w", id, err)
	}
	return notes, nil
}

// CaseNote gives one of a case's notes.
func (s *Store) CaseNote(ctx context.Context, v Sight, id int64, hash string) (n Note, err error) {
	err = s.view(ctx, func(t *tx) error {
		if _, err := s.caseIn(ctx, t, v, id); err != nil {
			return err
		}
		n, err = one(ctx, t, "case_note_one", scanNote, id, hash)
		return err
	})
	if err != nil {
		return Note{}, fmt.Errorf("note %.16s of case %d: %w", hash, id, err)
	}
	return n, nil
}

// checkCases follows the log of cases from its first entry, and holds each note against its hash.
func checkCases(ctx context.Context, t *tx, r *Report) error {
	type logged struct {
		of    int64
		entry account.Entry
	}
	var last *account.Entry
	for after := int64(0); ; {
		page, err := list(ctx, t, "case_log_page", func(row scanner) (l logged, err error) {
			var body []byte
			if err = row.Scan(&l.of, &body); err == nil {
				err = json.Unmarshal(body, &l.entry)
			}
			return l, err
		}, after, checkBatch)
		if err != nil {
			r.add("desk_case_log", "after %d: %v", after, err)
			return nil
		}
		for i := range page {
			e := &page[i].entry
			if err := e.Follows(last); err != nil {
				r.add("desk_case_log", "%v", err)
			} else if e.Subject != "case "+strconv.FormatInt(page[i].of, 10) {
				r.add("desk_case_log", "entry %d lies with case %d and is of %s", e.Seq, page[i].of, e.Subject)
			}
			last = e
		}
		if len(page) < checkBatch {
			break
		}
		after = last.Seq
	}
	return checkNotes(ctx, t, r)
}

func checkNotes(ctx context.Context, t *tx, r *Report) error {
	for after := ""; ; {
		page, err := list(ctx, t, "case_notes_all", scanNote, after, checkBatch)
		if err != nil {
			return errors.Join(errors.New("reading notes of cases"), err)
		}
		for _, n := range page {
			after = n.Hash
			if n.Seal(); n.Hash != after && n.Erased == nil {
				r.add("desk_case_note", "note %s of case %d was changed", after, n.Case)
			}
		}
		if len(page) < checkBatch {
			return nil
		}
	}
}
