package app

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pahra/internal/service/notices"
	"pahra/internal/store"
	"pahra/internal/web"
)

// repliesShown is how many answers a page has.
const repliesShown = 200

// replies are the mails that came back and wait for a person: nobody vouches for who wrote them, or what they answer is not known.
func (p *deskPage) replies(w http.ResponseWriter, r *http.Request) error {
	v := &web.DeskReplies{Replies: []web.DeskReply{}}
	v.Done = map[string]string{"attach": "It is in the log of the notice’s cases.", "drop": "It is dropped, and stays on record."}[r.URL.Query().Get("did")]
	if err := p.heldReplies(r.Context(), v); err != nil {
		return err
	}
	if len(v.Replies) > 0 {
		if err := p.looked(r.Context(), "reply.view", "answers "+p.sight.Tenant); err != nil {
			return err
		}
	}
	return p.show(w, r, http.StatusOK, "Which answers wait?", "desk_replies", v)
}

func (p *deskPage) heldReplies(ctx context.Context, v *web.DeskReplies) error {
	held, err := p.desk.Service.Store.Replies(ctx, store.ReplyHeld, 0, repliesShown)
	if err != nil {
		return err
	}
	for _, one := range held {
		seen, err := p.replySeen(ctx, one)
		if err != nil {
			return err
		}
		if seen {
			v.Replies = append(v.Replies, web.DeskReply{ID: one.ID, Notice: one.Notice, Received: one.Received, Sender: one.Sender, Signed: one.Signed, Subject: one.Subject, Text: one.Body})
		}
	}
	return nil
}

// replySeen says whether an answer is for this analyst: the notice's cases are theirs; one that answers no known notice is for the
// team whose mailbox it came to.
func (p *deskPage) replySeen(ctx context.Context, one store.Reply) (bool, error) {
	if one.Notice == 0 {
		return p.sight.Tenant == cmp.Or(p.desk.Tenant, store.National), nil
	}
	err := p.noticeSeen(ctx, one.Notice)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// decideReply puts an answer into the cases of a notice, or drops it.
func (p *deskPage) decideReply(w http.ResponseWriter, r *http.Request) error {
	ctx, id, act := r.Context(), r.PostFormValue("reply"), r.PostFormValue("act")
	one, err := p.desk.Service.Store.Reply(ctx, id)
	if err != nil {
		return err
	}
	if seen, err := p.replySeen(ctx, one); err != nil || !seen {
		return cmp.Or(err, store.ErrNotFound)
	}
	office := notices.Office{Store: p.desk.Service.Store, Cases: p.desk.Service, Now: p.desk.Now}
	switch act {
	case "attach":
		text := strings.TrimPrefix(strings.TrimSpace(r.PostFormValue("notice")), "#")
		var to int64
		if to, err = strconv.ParseInt(text, 10, 64); err != nil {
			return wrong("%.20q is no number of a notice", text)
		}
		if err = p.noticeSeen(ctx, to); err == nil {
			err = office.AttachReply(ctx, p.viewer.Account, id, to)
		}
	case "drop":
		err = office.DropReply(ctx, p.viewer.Account, id)
	default:
		err = wrong("there is no act %.20q", act)
	}
	if err != nil {
		return err
	}
	return back(w, r, url.Values{"did": {act}})
}
