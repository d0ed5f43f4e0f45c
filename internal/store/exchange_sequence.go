package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"
)

// sequence is the part of a turn that gives out places in collections.
type sequence struct {
	t       *tx
	first   int64 // the last date_added that was given before
	next    int64 // the next one
	clauses map[string]int64
}

func beginSequence(ctx context.Context, t *tx, now time.Time) (*sequence, error) {
	added, _, err := counted(ctx, t)
	return &sequence{t: t, first: added, next: max(micros(now), added+1), clauses: map[string]int64{}}, err
}

// end keeps up to where places were given out.
func (q *sequence) end(ctx context.Context) error {
	_, err := q.t.exec(ctx, "exchange_count_added", max(q.first, q.next-1))
	return err
}

func (q *sequence) rulings(ctx context.Context, rulings []ExchangeRuling) error {
	for i := range rulings {
		if err := q.ruling(ctx, &rulings[i]); err != nil {
			return fmt.Errorf("item %s for %s: %w", rulings[i].Item, rulings[i].Collection, err)
		}
	}
	return q.end(ctx)
}

// decision is a row of exchange_decision.
type decision struct {
	added, version, agreement, epoch, until, clauses int64
	item                                             string
}

func scanDecision(row scanner) (d decision, err error) {
	err = row.Scan(&d.added, &d.item, &d.version, &d.agreement, &d.epoch, &d.until, &d.clauses)
	return d, err
}

// ruling keeps one standing with its copies, and takes away what stood before and stands no more.
func (q *sequence) ruling(ctx context.Context, r *ExchangeRuling) error {
	before, err := list(ctx, q.t, "exchange_standing", scanStanding, r.Collection, r.Item)
	if err != nil {
		return err
	}
	have, err := list(ctx, q.t, "exchange_decisions_item", scanDecision, r.Item, r.Collection)
	if err != nil {
		return err
	}
	sameTerms := len(before) > 0 && before[0].Agreement == r.Agreement && before[0].Epoch == r.Epoch && r.Verdict == "release"
	mine := map[int64]bool{}
	for i := range r.Copies {
		if err := q.place(ctx, r, &r.Copies[i], have, mine); err != nil {
			return fmt.Errorf("%s: %w", r.Copies[i].Object, err)
		}
	}
	for _, d := range have {
		until := int64(0)
		if sameTerms && d.version < r.Version {
			until = untilMicros(r.Until) // an older version leaves as long as the newest does
		}
		if mine[d.added] {
			continue
		}
		if err := q.shorten(ctx, r.Collection, d, until); err != nil {
			return err
		}
	}
	if len(before) > 0 && r.Passed == 0 { // decided without looking at what a person said
		r.Passed, r.PassedBy = before[0].Passed, before[0].PassedBy
	}
	_, err = q.t.exec(ctx, "exchange_standing_put", r.Collection, r.Item, r.Version, r.Agreement, r.Epoch, r.Verdict, r.Clause, r.Reason, untilMicros(r.Until),
		r.Charged, r.Passed, r.PassedBy)
	return err
}

func scanStanding(row scanner) (v ExchangeStanding, err error) {
	var until int64
	err = row.Scan(&v.Collection, &v.Item, &v.Version, &v.Agreement, &v.Epoch, &v.Verdict, &v.Clause, &v.Reason, &until, &v.Charged, &v.Passed, &v.PassedBy)
	v.Until = fromUntil(until)
	return v, err
}

// place finds the member that a copy is, or adds it, and keeps by which decision it may leave.
func (q *sequence) place(ctx context.Context, r *ExchangeRuling, c *ExchangeCopy, have []decision, mine map[int64]bool) error {
	added, err := q.member(ctx, r, c)
	if err != nil || c.Fixed || mine[added] {
		return err
	}
	mine[added] = true
	clauses, err := q.clausesOf(ctx, c.Clauses)
	if err != nil {
		return err
	}
	args := []any{r.Collection, added, r.Item, r.Version, r.Agreement, r.Epoch, untilMicros(r.Until), clauses}
	if len(have) > 0 {
		if n, err := q.t.exec(ctx, "exchange_decision_set", args...); err != nil || n > 0 {
			return err
		}
	}
	_, err = q.t.exec(ctx, "exchange_decision_add", args...)
	return err
}

func (q *sequence) clausesOf(ctx context.Context, text string) (int64, error) {
	if id := q.clauses[text]; id != 0 {
		return id, nil
	}
	ids, err := list(ctx, q.t, "exchange_clauses_of", scanned[int64], text)
	if err == nil && len(ids) == 0 {
		ids, err = list(ctx, q.t, "exchange_clauses_add", scanned[int64], text)
	}
	if err != nil {
		return 0, err
	}
	q.clauses[text] = ids[0]
	return ids[0], nil
}

// version is a member as the sequencer looks at it.
type version struct {
	added   int64
	version string
	digest  []byte
	hidden  int64
}

func scanMemberVersion(row scanner) (v version, err error) {
	err = row.Scan(&v.added, &v.version, &v.digest, &v.hidden)
	return v, err
}

// member gives the date_added of the member that a copy is: that of the last one if it says the same, else a new one.
func (q *sequence) member(ctx context.Context, r *ExchangeRuling, c *ExchangeCopy) (int64, error) {
	have, err := list(ctx, q.t, "member_versions_all", scanMemberVersion, r.Collection, c.Object)
	if err != nil {
		return 0, err
	}
	slices.SortFunc(have, func(a, b version) int { return cmp.Compare(b.added, a.added) }) // the database would look through all of the collection for that
	if c.Version == "" {
		body := c.Body("")
		for i := range have {
			if have[i].hidden == 0 {
				if sum := sha256.Sum256(body); bytes.Equal(sum[:], have[i].digest) {
					return have[i].added, nil
				}
				break // the last that is seen says something else
			}
		}
		return q.add(ctx, r, c, "", body)
	}
	last := latest(have)
	if last == nil {
		return q.add(ctx, r, c, c.Version, c.Body(c.Version))
	}
	body := c.Body(last.version)
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], last.digest) {
		next := after(c.Version, last.version)
		return q.add(ctx, r, c, next, c.Body(next))
	}
	if last.hidden == 0 {
		return last.added, nil
	}
	if _, err := q.t.exec(ctx, "member_delete", r.Collection, last.added); err != nil { // it is seen again, later
		return 0, err
	}
	if _, err := q.t.exec(ctx, "exchange_decision_move", r.Collection, last.added, q.next); err != nil {
		return 0, err
	}
	return q.add(ctx, r, c, last.version, body)
}

// latest gives the member of the latest version.
func latest(have []version) (last *version) {
	for i := range have {
		if last == nil || versionTime(have[i].version).After(versionTime(last.version)) {
			last = &have[i]
		}
	}
	return last
}

func versionTime(text string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, text) // what is none is earlier than all
	return t
}

// after gives a version as it is, if it is later than the last one, else the next millisecond behind that.
func after(version, last string) string {
	was := versionTime(last)
	if versionTime(version).After(was) {
		return version
	}
	return was.Truncate(time.Millisecond).Add(time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
}

func (q *sequence) add(ctx context.Context, r *ExchangeRuling, c *ExchangeCopy, version string, body []byte) (int64, error) {
	sum := sha256.Sum256(body)
	m := NewMember{Collection: r.Collection, Object: c.Object, Type: c.Type, Version: version, SpecVersion: "2.1", Item: r.Item, ItemVersion: r.Version, Digest: sum[:], Body: body}
	if c.Fixed {
		m.Item, m.ItemVersion = "", 0
	}
	out, err := appendMember(ctx, q.t, q.next, &m)
	if err != nil {
		return 0, err
	}
	if out.Outcome == MemberClash {
		return 0, errors.New("the collection has this version with other content")
	}
	if out.Outcome == MemberAdded {
		q.next++
	}
	return micros(out.Added), nil
}

// shorten lets a decision count no longer than until, and hides the member if nothing stands for it any more.
func (q *sequence) shorten(ctx context.Context, collection string, d decision, until int64) error {
	if _, err := q.t.exec(ctx, "exchange_decision_shorten", collection, d.added, d.item, until); err != nil || until > 0 {
		return err
	}
	left, err := one(ctx, q.t, "exchange_decision_left", scanned[int64], collection, d.added)
	if err != nil || left > 0 {
		return err
	}
	object, err := list(ctx, q.t, "member_object", scanned[string], collection, d.added)
	if err != nil || len(object) == 0 {
		return err
	}
	if _, err := q.t.exec(ctx, "member_hide", collection, d.added); err != nil {
		return err
	}
	return refreshEnds(ctx, q.t, collection, object[0])
}
