package exchange

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	letters "pahra/internal/deliver/mail"
	"pahra/internal/store"
)

// When partners are told of recalls by mail: at once, of what is not acknowledged in time each day for a week, and of the time to delete a
// day before it.
const (
	tellAgain  = 24 * time.Hour
	tellBefore = 24 * time.Hour
	tellFor    = 7 * 24 * time.Hour
)

// due tells whether a mail about a recall is due.
func due(r *store.ExchangeRecall, now time.Time) bool {
	soon := r.DeleteBy.Add(-tellBefore)
	switch {
	case r.Reminded == nil:
		return r.Acknowledged == nil
	case !now.Before(soon) && r.Reminded.Before(soon):
		return true
	}
	return r.Acknowledged == nil && !now.Before(r.AnswerBy) && now.Sub(*r.Reminded) >= tellAgain && now.Before(r.DeleteBy.Add(tellFor))
}

// Tell sends the mails about recalls that are due, to the address in the partner's profile and encrypted to its key, and tells how many were
// taken. A mail that is not taken keeps none of the others.
func (x *Exchange) Tell(ctx context.Context, post Post) (sent int, err error) {
	all, err := x.Recalls(ctx)
	if err != nil {
		return 0, err
	}
	t, err := x.current(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i := range all {
		r, now := &all[i], x.Now()
		if !due(r, now) {
			continue
		}
		l, err := t.recallLetter(r, now)
		if err == nil {
			l.Return, l.MessageID = post.Return, fmt.Sprintf("recall-%d-%s-%d@%s", r.Number, r.Collection, now.Unix(), post.Letters.Domain())
			err = post.Letters.SendLetter(ctx, l, post.Signer, func() error { return nil })
		}
		if err == nil {
			err = x.Store.NoteRecallMail(ctx, r.Number, r.Collection, now)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("telling %s of recall %d: %w", r.Partner, r.Number, err))
			continue
		}
		sent++
	}
	return sent, errors.Join(errs...)
}

// recallLetter writes to a partner about a recall.
func (t *terms) recallLetter(r *store.ExchangeRecall, now time.Time) (letters.Letter, error) {
	a, err := t.accordOf(r.Agreement)
	if err != nil {
		return letters.Letter{}, err
	}
	e, _ := a.at(now)
	if e.agreement == nil {
		return letters.Letter{}, errors.New(e.problem)
	}
	p, known := e.agreement.Party(r.Partner)
	if !known || p.Profile.Email == "" || len(p.Keys) == 0 {
		return letters.Letter{}, errors.New("the agreement has no address and key of theirs")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s takes back what it shared with you under %s.\n\nWhy: %s\nTo be acknowledged until %s, and deleted until %s, wherever you passed it on.\n", t.own, r.Agreement, r.Reason, r.AnswerBy.Format(time.RFC3339), r.DeleteBy.Format(time.RFC3339))
	if r.Acknowledged != nil {
		fmt.Fprintf(&b, "You acknowledged it on %s.\n", r.Acknowledged.Format(time.RFC3339))
	} else {
		fmt.Fprintf(&b, "Acknowledge it at our TAXII server by POST to /recalls/%s/%d/.\n", r.Collection, r.Number)
	}
	b.WriteString("\nThe objects, by the ids that you know:\n")
	for _, o := range r.Objects {
		fmt.Fprintf(&b, "%s %s\n", o.Object, o.Version)
	}
	return letters.Letter{To: p.Profile.Email, At: now, Subject: fmt.Sprintf("Recall %d: to be deleted until %s", r.Number, r.DeleteBy.Format(time.RFC3339)), Language: "en", Text: b.String(), Key: p.Keys[0].Armoured}, nil
}
