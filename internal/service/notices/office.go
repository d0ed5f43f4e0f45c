package notices

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pahra/internal/account"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

// Office is where a person decides of notices and answers. Whatever is decided stands in the audit log. What was approved goes
// out when the service looks next, within a minute. Safe for concurrent use.
type Office struct {
	Store *store.Store
	Cases *cases.Service
	Now   func() time.Time
}

// Approve approves notices that wait for it: those named, or at most 1,000 of a rule, of all rules for "". It gives their
// numbers.
func (o *Office) Approve(ctx context.Context, who, rule string, ids ...int64) (approved []int64, err error) {
	now := o.Now()
	if len(ids) == 0 {
		approved, err = o.Store.ApproveNotices(ctx, now, rule, 1000, who)
	}
	for _, id := range ids {
		if err = o.Store.DecideNotice(ctx, now, id, store.NoticeProposed, store.NoticeApproved, who); err != nil {
			break
		}
		approved = append(approved, id)
	}
	for _, id := range approved {
		err = errors.Join(err, o.audit(ctx, who, "notice.approve", id))
	}
	return approved, err
}

// Withdraw takes back a notice that was not sent yet; its links end.
func (o *Office) Withdraw(ctx context.Context, who string, id int64) error {
	return o.decide(ctx, who, "notice.withdraw", id, store.NoticeWithdrawn, store.NoticeProposed, store.NoticeApproved, store.NoticeFailed, store.NoticeUnclear)
}

// SendAgain has a notice sent that was given up, that bounced, or of which nobody knows whether it was sent.
func (o *Office) SendAgain(ctx context.Context, who string, id int64) error {
	return o.decide(ctx, who, "notice.send", id, store.NoticeApproved, store.NoticeProposed, store.NoticeFailed, store.NoticeBounced, store.NoticeUnclear)
}

func (o *Office) decide(ctx context.Context, who, act string, id int64, to store.NoticeState, from ...store.NoticeState) error {
	err := store.ErrNotFound
	for _, state := range from {
		if err = o.Store.DecideNotice(ctx, o.Now(), id, state, to, who); !errors.Is(err, store.ErrNotFound) {
			break
		}
	}
	if err != nil {
		return err
	}
	return o.audit(ctx, who, act, id)
}

func (o *Office) audit(ctx context.Context, who, act string, id int64) error {
	return o.Store.AppendAudit(ctx, account.Entry{Actor: who, Act: act, Subject: "notice " + strconv.FormatInt(id, 10)}, o.Now())
}

// attach puts words into the cases of a notice, where this mail has not been taken before.
func (o *Office) attach(ctx context.Context, n store.Notice, by cases.By, mail, words string) error {
	if n.ID == 0 {
		return nil
	}
	known, err := o.Store.Reply(ctx, mail)
	if err == nil && known.State != store.ReplyHeld {
		return nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	sight := store.MachineSight(n.Tenant)
	for _, id := range n.Cases {
		if err := o.Cases.Replied(ctx, sight, by, id, words); err != nil && !errors.Is(err, cases.ErrRefused) {
			return err
		}
	}
	return nil
}

// AttachReply puts an answer that was held into the cases of a notice, in the name of a person who has looked at it.
func (o *Office) AttachReply(ctx context.Context, who, id string, to int64) error {
	r, err := o.held(ctx, id)
	if err != nil {
		return err
	}
	n, err := o.Store.Notice(ctx, to)
	if err != nil {
		return err
	}
	if err := o.attach(ctx, n, partyOf(n), r.ID, "From: "+r.Sender+"\n\n"+r.Body); err != nil {
		return err
	}
	return o.decideReply(ctx, who, id, store.ReplyAttached, "notice "+strconv.FormatInt(to, 10))
}

// DropReply says of an answer that was held that nothing is to be done.
func (o *Office) DropReply(ctx context.Context, who, id string) error {
	return o.decideReply(ctx, who, id, store.ReplyDropped, "")
}

func (o *Office) decideReply(ctx context.Context, who, id string, to store.ReplyState, detail string) error {
	if err := o.Store.DecideReply(ctx, id, to, who); err != nil {
		return err
	}
	return o.Store.AppendAudit(ctx, account.Entry{Actor: who, Act: "reply." + string(to), Subject: "reply " + id, Detail: detail}, o.Now())
}

// held gives an answer that waits for a person.
func (o *Office) held(ctx context.Context, id string) (store.Reply, error) {
	r, err := o.Store.Reply(ctx, id)
	if err == nil && r.State != store.ReplyHeld {
		err = fmt.Errorf("reply %.16s: %w", id, store.ErrNotFound)
	}
	return r, err
}
