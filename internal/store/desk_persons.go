package store

import (
	"context"
	"fmt"
)

// NotesAfter gives at most limit notes on cases of all tenants, by hash, those behind one; of some the words are erased.
func (s *Store) NotesAfter(ctx context.Context, hash string, limit int) (all []Note, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "case_notes_all", scanNote, hash, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading notes on cases: %w", err)
	}
	return all, nil
}

// EraseNote takes the words out of a note on a case, and what they could be guessed by; the case's log still has its hash.
func (s *Store) EraseNote(ctx context.Context, hash string, e Erasure) error {
	return s.erase(ctx, "a note", e, "duty_note_erase", hash, []byte{}, micros(e.At))
}

// EraseNotice takes out what a notice says, and whom it went to. One that was not sent is withdrawn.
func (s *Store) EraseNotice(ctx context.Context, id int64, e Erasure) error {
	return s.erase(ctx, "a notice", e, "duty_notice_erase", id, []byte{}, micros(e.At))
}
