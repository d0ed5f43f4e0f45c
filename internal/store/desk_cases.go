package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Case is a case with all that is known of its life.
type Case struct {
	DeskCase
	Assignee     string     // an account
	Compartment  string     // whose members alone see it; "" all analysts
	Detected     *time.Time // when somebody found out, if not at FirstSeen
	Noticed      *time.Time // when the party found out itself or was told
	Notified     *time.Time // when the desk told it first
	Acknowledged *time.Time // when it first said that it knows
	Gone         *time.Time // the first day on which its sources did not see it any more; recovered then, or between LastSeen and then
	Due          *time.Time // the next deadline that is not met
	Replied      *time.Time // when the party wrote what nobody has answered yet
	Reminded     *time.Time // until when reminders of deadlines were given
	Referred     int64      // the case of another tenant that it was made of; 0: none
	Incident     string     // of the watch, that it is about
	// Met says when something was reported elsewhere, by the deadline's id.
	Met map[string]time.Time
}

// Todo is what is to be done about a case next. A case has one.
type Todo string

// What is to be done next, the most pressing first.
const (
	TodoOverdue  Todo = "overdue"  // a deadline has passed
	TodoReply    Todo = "reply"    // the party wrote, and nobody has answered
	TodoDisputed Todo = "disputed" // the party says that it is not its own
	TodoReopened Todo = "reopened" // seen again: tell the party
	TodoNew      Todo = "new"      // look at it and tell the party
	TodoClose    Todo = "close"    // recovered: close it
	TodoWaiting  Todo = "waiting"  // the party was told: nothing, for now
)

// Todos are what may be to be done, the most pressing first.
func Todos() []Todo {
	return []Todo{TodoOverdue, TodoReply, TodoDisputed, TodoReopened, TodoNew, TodoClose, TodoWaiting}
}

// CaseFilter says which cases are wanted; the zero value wants all.
type CaseFilter struct {
	Todo     Todo
	State    string
	Open     bool       // neither recovered nor closed
	Incident string     // about this one of the watch
	Since    time.Time  // opened then or later; the zero time: whenever
	Due      *time.Time // with a deadline that runs out by then
	Class    string     // RSIT: "vulnerable/ddos-amplifier", or "vulnerable" for all of that class
	Party    string
	Country  string
	Assignee string
	Text     string // a part of party, class or identifier, or the case's number
	Limit    int    // 100 if 0, at most 1000
	Cursor   string // Page.Next of the page before
}

// Cases gives cases, those of the highest priority first, and of these the newest.
func (s *Store) Cases(ctx context.Context, v Sight, now time.Time, f CaseFilter) (page Page[Case], err error) {
	limit := IncidentFilter{Limit: f.Limit}.limit()
	err = s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("case_list")
		v.where(b)
		few, err := f.where(ctx, t, b, v, now)
		if err == nil {
			err = f.after(b)
		}
		if err != nil {
			return err
		}
		// one more tells whether there is a next page
		if few {
			b.add("case_order_few", limit+1)
		} else {
			b.add("case_walk", v.Tenant)
			b.add("case_order", limit+1)
		}
		page.Items, err = run(ctx, t, b, scanWholeCase)
		return err
	})
	if err != nil {
		return Page[Case]{}, fmt.Errorf("listing cases: %w", err)
	}
	if len(page.Items) > limit {
		last := page.Items[limit-1]
		page.Items, page.Next = page.Items[:limit], cursor{int64(last.Priority), strconv.FormatInt(last.ID, 10)}.String()
	}
	return page, nil
}

// after goes on behind the page before.
func (f CaseFilter) after(b *builder) error {
	if f.Cursor == "" {
		return nil
	}
	at, err := parseCursor(f.Cursor)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(at.ID, 10, 64)
	if err != nil {
		return ErrCursor
	}
	b.add("case_where_after", at.At, id)
	return nil
}

// where adds the filter to a query, and says whether it is quicker to gather all that fits and then to sort it.
func (f CaseFilter) where(ctx context.Context, t *tx, b *builder, v Sight, now time.Time) (few bool, err error) {
	f.whereTodo(b, v, now)
	taxonomy, kind, _ := strings.Cut(f.Class, "/")
	class := f.Class
	if kind == "" {
		class = ""
	}
	for _, is := range []struct{ name, value string }{
		{"case_where_state", f.State}, {"case_where_party", f.Party}, {"case_where_country", f.Country}, {"case_where_assignee", f.Assignee}, {"case_where_incident", f.Incident},
		{"case_where_taxonomy", taxonomy}, {"case_where_class", class},
	} {
		if is.value != "" {
			b.add(is.name, is.value)
		}
	}
	if f.Due != nil {
		b.add("case_where_due", v.Tenant, micros(*f.Due))
	}
	if !f.Since.IsZero() {
		b.add("case_where_since", micros(f.Since))
	}
	if f.Open {
		b.add("case_where_open")
	}
	few = f.Todo == TodoOverdue || f.Todo == TodoReply
	if f.Text == "" {
		return few, nil
	}
	number, err := strconv.ParseInt(strings.TrimPrefix(f.Text, "#"), 10, 64)
	if err != nil {
		number = -1
	}
	// PostgreSQL takes no text with a zero byte
	part := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, "\x00", "").Replace(strings.ToLower(f.Text)) + "%"
	rows, err := one(ctx, t, "case_text_reach", scanned[int], v.Tenant, part, manyRows)
	if err != nil {
		return false, err
	}
	if rows == manyRows {
		b.add("case_where_text_many", part, number)
		return few, nil
	}
	b.add("case_where_text", v.Tenant, part, number)
	return true, nil
}

func (f CaseFilter) whereTodo(b *builder, v Sight, now time.Time) {
	switch f.Todo {
	case "":
		return
	case TodoOverdue:
		b.add("case_where_overdue", v.Tenant, micros(now))
		return
	case TodoReply:
		b.add("case_where_replied", v.Tenant)
		b.add("case_where_not_overdue", micros(now))
		return
	case TodoWaiting:
		b.add("case_where_waiting")
	case TodoClose:
		b.add("case_where_state", "recovered")
	default:
		b.add("case_where_state", string(f.Todo))
	}
	b.add("case_where_not_replied")
	b.add("case_where_not_overdue", micros(now))
}

// CaseGroups counts cases by what is to be done next; closed ones are in no group. The filter's Todo, Limit and Cursor count
// for nothing.
func (s *Store) CaseGroups(ctx context.Context, v Sight, now time.Time, f CaseFilter) (map[Todo]int64, error) {
	f.Todo = ""
	groups := map[Todo]int64{}
	err := s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("case_groups", micros(now))
		v.where(b)
		if _, err := f.where(ctx, t, b, v, now); err != nil {
			return err
		}
		b.add("case_walk", v.Tenant)
		b.add("case_groups_end")
		_, err := run(ctx, t, b, func(row scanner) (none struct{}, err error) {
			var state string
			var all, overdue, replied int64
			err = row.Scan(&state, &all, &overdue, &replied)
			todo := TodoWaiting
			switch state {
			case "new", "reopened", "disputed":
				todo = Todo(state)
			case "recovered":
				todo = TodoClose
			}
			groups[TodoOverdue], groups[TodoReply] = groups[TodoOverdue]+overdue, groups[TodoReply]+replied
			groups[todo] += all - overdue - replied
			return none, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting cases: %w", err)
	}
	return groups, nil
}

// CasesBeyond gives at most 1000 cases of any state with numbers above after, by number: how jobs walk through all.
func (s *Store) CasesBeyond(ctx context.Context, v Sight, after int64, f CaseFilter) (some []Case, err error) {
	err = s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("case_list")
		v.where(b)
		if _, err := f.where(ctx, t, b, v, time.Time{}); err != nil {
			return err
		}
		b.add("case_where_beyond", after) // by the key
		b.add("case_order_number", maxPageSize)
		some, err = run(ctx, t, b, scanWholeCase)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing cases: %w", err)
	}
	return some, nil
}

// Case gives a case; the error is [ErrNotFound] where the sight sees none of the number.
func (s *Store) Case(ctx context.Context, v Sight, id int64) (c Case, err error) {
	err = s.view(ctx, func(t *tx) error {
		c, err = s.caseIn(ctx, t, v, id)
		return err
	})
	if err != nil {
		return Case{}, fmt.Errorf("case %d: %w", id, err)
	}
	return c, nil
}

// caseIn gives a case that the sight sees.
func (s *Store) caseIn(ctx context.Context, t *tx, v Sight, id int64) (Case, error) {
	b := &builder{queries: s.queries}
	b.add("case_list")
	v.where(b)
	b.add("case_where_id", id)
	found, err := run(ctx, t, b, scanWholeCase)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Case{}, err
	}
	return found[0], nil
}

// CaseDays gives what each source saw of a case on each day, the last days first, at most limit.
func (s *Store) CaseDays(ctx context.Context, v Sight, id int64, limit int) (days []DeskDay, err error) {
	err = s.view(ctx, func(t *tx) error {
		if _, err := s.caseIn(ctx, t, v, id); err != nil {
			return err
		}
		days, err = list(ctx, t, "case_days", scanDay, id, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("days of case %d: %w", id, err)
	}
	return days, nil
}

func scanDay(row scanner) (d DeskDay, err error) {
	var day int64
	err = row.Scan(&d.Case, &day, &d.Source, &d.Events, &d.Addresses)
	d.Day = dayOf(day)
	return d, err
}

func scanWholeCase(row scanner) (c Case, err error) {
	var at [5]int64
	var maybe [8]*int64
	var met string
	err = row.Scan(&c.ID, &c.Tenant, &c.Party, &c.Class, &c.Identifier, &c.State, &at[0], &at[1], &at[2], &at[3], &c.Events, &c.Addresses,
		&c.Priority, &c.TLP, &c.Reopened, &c.Country, &at[4], &c.Assignee, &c.Compartment, &maybe[0], &maybe[1], &maybe[2], &maybe[3],
		&maybe[4], &maybe[5], &maybe[6], &maybe[7], &c.Referred, &c.Incident, &met)
	c.Opened, c.Changed, c.FirstSeen, c.LastSeen, c.Received = fromMicros(at[0]), fromMicros(at[1]), fromMicros(at[2]), fromMicros(at[3]), fromMicros(at[4])
	for i, into := range c.optional() {
		*into = fromOptional(maybe[i])
	}
	if err == nil && met != "" {
		err = json.Unmarshal([]byte(met), &c.Met)
	}
	return c, err
}

// optional are the times that a case may not have, in the order of the columns.
func (c *Case) optional() []**time.Time {
	return []**time.Time{&c.Detected, &c.Noticed, &c.Notified, &c.Acknowledged, &c.Gone, &c.Due, &c.Replied, &c.Reminded}
}
