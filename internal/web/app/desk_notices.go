package app

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"pahra/internal/service/notices"
	"pahra/internal/store"
	"pahra/internal/web"
)

// noticesPage is how many notices a page has.
const noticesPage = 50

// notices is what is to be told, and was; those that wait for approval first.
func (p *deskPage) notices(w http.ResponseWriter, r *http.Request) error {
	ctx, q, db := r.Context(), r.URL.Query(), p.desk.Service.Store
	v := &web.DeskNotices{State: q.Get("state"), Notices: []web.DeskNotice{}, Counts: map[string]int64{}, Here: r.URL.RequestURI()}
	if !slices.Contains(web.NoticeStates(), v.State) {
		v.State = string(store.NoticeProposed)
	}
	v.Done = map[string]string{"approve": "Approved: they go out within a minute.", "withdraw": "Withdrawn; their links have ended."}[q.Get("did")]
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64) // none: from the newest on
	list, err := db.Notices(ctx, store.NoticeFilter{State: store.NoticeState(v.State), Before: before, Limit: noticesPage, Sight: &p.sight})
	if err != nil {
		return err
	}
	for _, n := range list {
		row, err := p.noticeWhole(ctx, n)
		if err != nil {
			return err
		}
		v.Notices = append(v.Notices, row)
	}
	if len(list) == noticesPage {
		v.Next = "/desk/notices?" + url.Values{"state": {v.State}, "before": {strconv.FormatInt(list[len(list)-1].ID, 10)}}.Encode()
	}
	held := &web.DeskReplies{}
	if err := p.heldReplies(ctx, held); err != nil {
		return err
	}
	v.Held = len(held.Replies)
	counts, err := db.NoticeCounts(ctx, &p.sight)
	if err != nil {
		return err
	}
	for state, n := range counts {
		v.Counts[string(state)] = n
	}
	if err := p.looked(ctx, "notice.view", "notices "+p.sight.Tenant); err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "What is to be told?", "desk_notices", v)
}

// noticeWhole is a notice with its text, if that is there.
func (p *deskPage) noticeWhole(ctx context.Context, n store.Notice) (web.DeskNotice, error) {
	row := p.notice(n)
	whole, err := p.desk.Service.Store.Notice(ctx, n.ID)
	if err != nil || len(whole.Message) == 0 { // what it said was erased
		return row, err
	}
	m, err := notices.Message(whole)
	row.Text = m.Text
	for _, f := range m.Attachments {
		row.Files = append(row.Files, f.Name)
	}
	return row, err
}

func (p *deskPage) notice(n store.Notice) web.DeskNotice {
	return web.DeskNotice{ID: n.ID, Party: n.Party, PartyName: p.desk.Name(n.Tenant, n.Party), Recipient: n.Recipient, Subject: n.Subject, Rule: n.Rule,
		State: string(n.State), Created: n.Created, Sent: n.Sent, Lines: n.Lines, TLP: n.TLP, Failure: n.Failure}
}

// noticeSeen makes sure that the analyst sees all of a notice's cases; the error is [store.ErrNotFound] otherwise.
func (p *deskPage) noticeSeen(ctx context.Context, id int64) error {
	if id <= 0 {
		return store.ErrNotFound
	}
	list, err := p.desk.Service.Store.Notices(ctx, store.NoticeFilter{ID: id, Limit: 1, Sight: &p.sight})
	if err == nil && len(list) == 0 {
		err = store.ErrNotFound
	}
	return err
}

// decide approves or withdraws the notices that were chosen.
func (p *deskPage) decide(w http.ResponseWriter, r *http.Request) error {
	ctx, act := r.Context(), r.PostFormValue("act")
	if len(r.PostForm["notice"]) == 0 {
		return p.bulkWrong(w, r, "no notice was chosen: tick some first")
	}
	for _, text := range r.PostForm["notice"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return wrong("%.20q is no notice", text)
		}
		if err := p.noticeSeen(ctx, id); err != nil {
			return err
		}
		office := notices.Office{Store: p.desk.Service.Store, Cases: p.desk.Service, Now: p.desk.Now}
		switch act {
		case "approve":
			_, err = office.Approve(ctx, p.viewer.Account, "", id)
		case "withdraw":
			err = office.Withdraw(ctx, p.viewer.Account, id)
		default:
			err = wrong("there is no act %.20q", act)
		}
		if err != nil {
			return err
		}
	}
	return back(w, r, url.Values{"did": {act}})
}
