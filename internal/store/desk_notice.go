package store

import (
	"context"
	"fmt"
	"time"
)

// NoticeState is where a notice stands.
type NoticeState string

// The states of a notice.
const (
	NoticeProposed  NoticeState = "proposed" // waits for a person's approval
	NoticeApproved  NoticeState = "approved" // waits to be sent
	NoticeSending   NoticeState = "sending"  // is being handed to the mail server
	NoticeSent      NoticeState = "sent"
	NoticeUnclear   NoticeState = "unclear" // the process died while it handed the notice over: it may have been sent
	NoticeBounced   NoticeState = "bounced"
	NoticeAnswered  NoticeState = "answered"
	NoticeFailed    NoticeState = "failed"    // given up
	NoticeWithdrawn NoticeState = "withdrawn" // by a person, before it was sent
)

// Notice is one mail to one party.
type Notice struct {
	ID        int64       `json:"id"`
	Tenant    string      `json:"tenant"`
	Party     string      `json:"party"`
	Recipient string      `json:"recipient"`
	Domain    string      `json:"domain"`
	Language  string      `json:"language"`
	Rule      string      `json:"rule"`
	State     NoticeState `json:"state"`
	Created   time.Time   `json:"created"`
	Due       time.Time   `json:"due"`
	Attempts  int         `json:"attempts"`
	Sent      *time.Time  `json:"sent"`
	Changed   time.Time   `json:"changed"`
	Expires   time.Time   `json:"expires"`
	Lines     int         `json:"lines"`
	TLP       string      `json:"tlp"`
	Subject   string      `json:"subject"`
	Decided   string      `json:"decided"`
	Failure   string      `json:"failure"`
	Cases     []int64     `json:"cases,omitempty"` // of [Store.Notice] alone
	Revoked   bool        `json:"revoked"`         // its links; of [Store.Notice] alone
	Message   []byte      `json:"-"`               // of [Store.Notice] alone
}

// DueCases gives at most limit cases, those numbered after a number, that their party is to be told of: new or reopened,
// neither in a notice that is on its way nor in one made since, in no compartment, with a party.
func (s *Store) DueCases(ctx context.Context, after int64, limit int) (out []DeskCase, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "notice_due_cases", scanCase, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing cases to tell of: %w", err)
	}
	return out, nil
}

// DueOther is a case that another is to be told of than its party.
type DueOther struct {
	DeskCase
	To    string    // the party that is told
	Since time.Time // when an event of the case first named it
}

// DueOthers gives at most limit cases that others are to be told of than their party, behind a case and a party: open ones, in no
// compartment, of which these were not told yet, or not since the case was reopened.
func (s *Store) DueOthers(ctx context.Context, after int64, party string, limit int) (out []DueOther, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "notice_due_others", func(row scanner) (o DueOther, err error) {
			var since int64
			o.DeskCase, err = scanCase(&wider{row, []any{&o.To, &since}})
			o.Since = fromMicros(since)
			return o, err
		}, after, party, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing cases to tell others of: %w", err)
	}
	return out, nil
}

// wider is a row with more columns behind those that are known.
type wider struct {
	scanner
	more []any
}

// Scan reads the columns that are asked for, and those behind them.
func (w *wider) Scan(into ...any) error { return w.scanner.Scan(append(into, w.more...)...) }

// PartyCases gives the open cases of a party, the most urgent first, but those of compartments.
func (s *Store) PartyCases(ctx context.Context, tenant, party string, limit int) (out []DeskCase, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "notice_party_cases", scanCase, tenant, party, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing cases of %s: %w", party, err)
	}
	return out, nil
}

// NoticeTo is whom notices go to.
type NoticeTo struct{ Tenant, Party, Recipient string }

// LastNotices says when each was told last, since a time.
func (s *Store) LastNotices(ctx context.Context, since time.Time) (last map[NoticeTo]time.Time, err error) {
	last = map[NoticeTo]time.Time{}
	err = s.view(ctx, func(t *tx) error {
		_, err := list(ctx, t, "notice_last", func(row scanner) (to NoticeTo, err error) {
			var at int64
			err = row.Scan(&to.Tenant, &to.Party, &to.Recipient, &at)
			last[to] = fromMicros(at)
			return to, err
		}, micros(since))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading who was told when: %w", err)
	}
	return last, nil
}

// AddNotice stores a notice about its cases. write gives what it says, once it has its number; it may be asked more than once.
// Of a rule's first notices, as many as approve says, wait for a person's approval. The error is [ErrConflict] where one of
// the cases is not to be told of any more.
func (s *Store) AddNotice(ctx context.Context, now time.Time, n Notice, approve int, write func(id int64) (Notice, error)) (out Notice, err error) {
	err = s.update(ctx, func(t *tx) error {
		for _, id := range n.Cases {
			free, err := one(ctx, t, "notice_case_free", scanned[int64], id, n.Party)
			if err == nil && free == 0 {
				err = ErrConflict
			}
			if err != nil {
				return fmt.Errorf("case %d: %w", id, err)
			}
		}
		id, err := one(ctx, t, "notice_next", scanned[int64])
		if err != nil {
			return err
		}
		before, err := one(ctx, t, "notice_of_rule", scanned[int64], n.Rule, n.Tenant)
		if err != nil {
			return err
		}
		if out, err = write(id); err != nil {
			return err
		}
		out.ID, out.State = id, NoticeApproved
		if before < int64(approve) {
			out.State = NoticeProposed
		}
		if _, err = t.exec(ctx, "notice_add", id, out.Tenant, out.Party, out.Recipient, out.Domain, out.Language, out.Rule, string(out.State), micros(now),
			micros(out.Expires), out.Lines, out.TLP, out.Subject, out.Message); err != nil {
			return err
		}
		for _, c := range out.Cases {
			if _, err := t.exec(ctx, "link_add", id, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Notice{}, fmt.Errorf("keeping a notice to %s: %w", n.Party, err)
	}
	return out, nil
}

// Notice gives a notice with its cases and what it says.
func (s *Store) Notice(ctx context.Context, id int64) (n Notice, err error) {
	err = s.view(ctx, func(t *tx) error {
		if n, err = one(ctx, t, "notice_one", scanNotice, id); err != nil {
			return err
		}
		if n.Message, err = one(ctx, t, "notice_message", scanned[[]byte], id); err != nil {
			return err
		}
		_, err = list(ctx, t, "notice_links", func(row scanner) (of int64, err error) {
			var revoked *int64
			err = row.Scan(&of, &revoked)
			n.Cases, n.Revoked = append(n.Cases, of), n.Revoked || revoked != nil
			return of, err
		}, id)
		return err
	})
	if err != nil {
		return Notice{}, fmt.Errorf("notice %d: %w", id, err)
	}
	return n, nil
}

func scanNotice(row scanner) (n Notice, err error) {
	var at [4]int64
	var sent *int64
	err = row.Scan(&n.ID, &n.Tenant, &n.Party, &n.Recipient, &n.Domain, &n.Language, &n.Rule, &n.State, &at[0], &at[1], &n.Attempts, &sent, &at[2], &at[3],
		&n.Lines, &n.TLP, &n.Subject, &n.Decided, &n.Failure)
	n.Created, n.Due, n.Changed, n.Expires, n.Sent = fromMicros(at[0]), fromMicros(at[1]), fromMicros(at[2]), fromMicros(at[3]), fromOptional(sent)
	return n, err
}

// NoticeFilter chooses notices. The zero value chooses all.
type NoticeFilter struct {
	ID     int64 // this one alone
	State  NoticeState
	Rule   string
	Party  string
	Before int64 // those with lower numbers
	Case   int64 // about this one
	Limit  int   // 100 unless set
	// Sight is whose eyes look: they see the notices of whose cases they see all. nil is whoever runs the program on the machine.
	Sight *Sight
}

// Notices lists notices, the newest first.
func (s *Store) Notices(ctx context.Context, f NoticeFilter) (out []Notice, err error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	err = s.view(ctx, func(t *tx) error {
		b := &builder{queries: t.queries}
		b.add("notice_list", string(f.State), f.Rule, f.Party, f.Before, f.Case)
		if f.ID != 0 {
			b.add("notice_is", f.ID)
		}
		f.Sight.whereNotice(b)
		b.add("notice_newest", f.Limit)
		out, err = run(ctx, t, b, scanNotice)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing notices: %w", err)
	}
	return out, nil
}

// NoticesBefore gives the notices about a case that the same recipient got, the latest first.
func (s *Store) NoticesBefore(ctx context.Context, id int64, recipient string) (out []int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "notice_of_case", scanned[int64], id, recipient)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing notices of case %d: %w", id, err)
	}
	return out, nil
}

// DecideNotice brings a notice from one state to another in the name of a person, as approving, withdrawing or sending
// again is. The error is [ErrNotFound] where it is in another state.
func (s *Store) DecideNotice(ctx context.Context, now time.Time, id int64, from, to NoticeState, who string) error {
	err := s.update(ctx, func(t *tx) error {
		err := changed(t.exec(ctx, "notice_decide", id, string(to), micros(now), who, string(from)))
		if err == nil && to == NoticeWithdrawn {
			_, err = t.exec(ctx, "link_revoke", id, micros(now))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("notice %d, %s to %s: %w", id, from, to, err)
	}
	return nil
}

// RevokeLinks ends the links of a notice.
func (s *Store) RevokeLinks(ctx context.Context, now time.Time, id int64) error {
	err := s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "link_revoke", id, micros(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("ending the links of notice %d: %w", id, err)
	}
	return nil
}

// ApproveNotices approves at most limit proposed notices of a rule, or of all for "", and gives their numbers.
func (s *Store) ApproveNotices(ctx context.Context, now time.Time, rule string, limit int, who string) (ids []int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		if ids, err = list(ctx, t, "notice_proposed", scanned[int64], rule, limit); err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := t.exec(ctx, "notice_decide", id, string(NoticeApproved), micros(now), who, string(NoticeProposed)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("approving notices: %w", err)
	}
	return ids, nil
}

// NoticeCounts says how many notices are in each state, of those that the sight sees; nil is whoever runs the program on the machine.
func (s *Store) NoticeCounts(ctx context.Context, v *Sight) (map[NoticeState]int64, error) {
	counts := map[NoticeState]int64{}
	err := s.view(ctx, func(t *tx) error {
		b := &builder{queries: t.queries}
		b.add("notice_count")
		v.whereNotice(b)
		b.add("notice_counts")
		_, err := run(ctx, t, b, func(row scanner) (none struct{}, err error) {
			var state NoticeState
			var n int64
			err = row.Scan(&state, &n)
			counts[state] = n
			return none, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting notices: %w", err)
	}
	return counts, nil
}

// changed makes an update that found nothing to change an error.
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}
