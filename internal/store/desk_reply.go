package store

import (
	"context"
	"fmt"
	"time"
)

// ReplyState is what became of a mail that came back.
type ReplyState string

// The states of a reply.
const (
	ReplyNoted    ReplyState = "noted"    // nothing more is to be done
	ReplyHeld     ReplyState = "held"     // waits for a person
	ReplyAttached ReplyState = "attached" // to its cases
	ReplyDropped  ReplyState = "dropped"  // by a person
)

// Reply is a mail that came back.
type Reply struct {
	ID       string     `json:"id"`
	Notice   int64      `json:"notice"` // 0: it cannot be told
	Received time.Time  `json:"received"`
	Kind     string     `json:"kind"`
	Sender   string     `json:"sender"`
	Signed   string     `json:"signed"`
	Subject  string     `json:"subject"`
	Body     string     `json:"body"`
	Status   string     `json:"status,omitempty"`
	State    ReplyState `json:"state"`
	Decided  string     `json:"decided,omitempty"`
}

// AddReply stores a mail that came back; first is false where it was there already. Where turn is not empty its notice comes
// to that state, if it was sent: bounced, or answered.
func (s *Store) AddReply(ctx context.Context, r Reply, turn NoticeState) (first bool, err error) {
	err = s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "reply_add", r.ID, r.Notice, micros(r.Received), r.Kind, r.Sender, r.Signed, r.Subject, r.Body, r.Status, string(r.State))
		first = n > 0
		if err != nil || !first || turn == "" || r.Notice == 0 {
			return err
		}
		failure := ""
		if turn == NoticeBounced {
			failure = r.Body
		}
		_, err = t.exec(ctx, "notice_turn", r.Notice, string(turn), micros(r.Received), failure)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("keeping a reply to notice %d: %w", r.Notice, err)
	}
	return first, nil
}

// Replies lists mails that came back, the latest first: of a state, or of all for "", and of a notice, or of all for 0. Of those that are
// held the ones that answer a notice come first: anybody can send others, and would push these out.
func (s *Store) Replies(ctx context.Context, state ReplyState, notice int64, limit int) (out []Reply, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "reply_list", scanReply, string(state), notice, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing replies: %w", err)
	}
	return out, nil
}

func scanReply(row scanner) (r Reply, err error) {
	var at int64
	err = row.Scan(&r.ID, &r.Notice, &at, &r.Kind, &r.Sender, &r.Signed, &r.Subject, &r.Body, &r.Status, &r.State, &r.Decided)
	r.Received = fromMicros(at)
	return r, err
}

// Reply gives a mail that came back; the error is [ErrNotFound] where there is none.
func (s *Store) Reply(ctx context.Context, id string) (r Reply, err error) {
	err = s.view(ctx, func(t *tx) error {
		r, err = one(ctx, t, "reply_one", scanReply, id)
		return err
	})
	if err != nil {
		return Reply{}, fmt.Errorf("reply %.16s: %w", id, err)
	}
	return r, nil
}

// DecideReply settles a reply that was held, in the name of a person; the error is [ErrNotFound] where it is not held.
func (s *Store) DecideReply(ctx context.Context, id string, to ReplyState, who string) error {
	err := s.update(ctx, func(t *tx) error { return changed(t.exec(ctx, "reply_decide", id, string(to), who)) })
	if err != nil {
		return fmt.Errorf("reply %.16s: %w", id, err)
	}
	return nil
}
