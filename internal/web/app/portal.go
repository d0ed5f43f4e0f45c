package app

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"pahra/internal/language"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/service/notices"
	"pahra/internal/web"
)

// Portal is what the links of notices lead to: pages for those who have no account here. A GET shows and changes nothing,
// however often a scanner of mails fetches it; what is said comes by a POST of the form of such a page. Safe for concurrent use.
type Portal struct {
	desk      *notices.Service
	pages     *web.Portal
	origin    *http.CrossOriginProtection
	log       *slog.Logger
	synthetic bool
	app       *App
}

// NewPortal gives the pages; site is the service's own address, or "".
func NewPortal(desk *notices.Service, site string, synthetic bool, log *slog.Logger) (*Portal, error) {
	p := &Portal{desk: desk, origin: http.NewCrossOriginProtection(), log: log, synthetic: synthetic}
	if site != "" {
		if err := p.origin.AddTrustedOrigin(site); err != nil {
			return nil, err
		}
	}
	var err error
	p.pages, err = web.NewPortal()
	return p, err
}

// JoinPortal puts the pages of links beside the others.
func (a *App) JoinPortal(p *Portal) {
	p.app = a
	a.mux.HandleFunc("GET /n/{token}", p.serve(p.show))
	a.mux.HandleFunc("GET /n/{token}/case/{id}", p.serve(p.show))
	a.mux.HandleFunc("POST /n/{token}/case/{id}", p.serve(p.act))
}

// visitor is a request by a link.
type visitor struct {
	notices.Visit
	w    http.ResponseWriter
	r    *http.Request
	view *web.PortalView
}

// serve reads the link of a request and answers what goes wrong.
func (p *Portal) serve(do func(*visitor) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Robots-Tag", "noindex, nofollow")
		v := &visitor{w: w, r: r}
		all := p.desk.Languages()
		say := all.Accepted(r.Header.Get("Accept-Language"))
		visit, err := p.desk.Visit(r.Context(), r.PathValue("token"))
		if err == nil {
			v.Visit, say = visit, visit.Language
		}
		v.view = &web.PortalView{Style: "/static/" + p.app.assets.version + "/" + web.StyleName, Synthetic: p.synthetic}
		if tag := r.URL.Query().Get("lang"); tag != "" {
			say = all.In(tag)
			v.view.Query = "?lang=" + say.Tag()
		}
		v.view.Language = say
		for _, tag := range all.Tags() {
			v.view.Languages = append(v.view.Languages, all.In(tag))
		}
		if err == nil {
			err = do(v)
		}
		if err != nil {
			p.fail(v, say, err)
		}
	}
}

// fail answers an error.
func (p *Portal) fail(v *visitor, say language.Language, err error) {
	status, key := http.StatusInternalServerError, ""
	switch {
	case errors.Is(err, notice.ErrLink):
		status, key = http.StatusNotFound, "portal.gone"
	case errors.Is(err, errStale):
		status, key = http.StatusForbidden, "portal.stale"
	case errors.Is(err, cases.ErrRefused):
		status, key = http.StatusConflict, "portal.refused"
	default:
		p.app.fail(v.w, v.r, err)
		return
	}
	v.view.Title, v.view.Problem = say.Say(key+".title"), say.Say(key)
	p.write(v, status)
}

// errStale says that a form does not come from a page of ours, or too late.
var errStale = errors.New("the form is not from this page")

// write writes a page, or what it shows as JSON. Nobody keeps it.
func (p *Portal) write(v *visitor, status int) {
	kind, render := "text/html; charset=utf-8", p.pages.HTML
	if wantsJSON(v.r) {
		kind, render = "application/json", (*web.PortalView).JSON
	}
	text, err := render(v.view)
	if err != nil {
		p.app.fail(v.w, v.r, err)
		return
	}
	v.w.Header().Add("Vary", "Accept, Accept-Language")
	send(v.w, v.r, &answer{kind: kind, plain: text, status: status}, false)
}

// wantsJSON says whether a program asks: by the path's end, or by naming JSON and not HTML as what it takes.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return extension(r) == asJSON || strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// show shows the list, or a case.
func (p *Portal) show(v *visitor) error {
	id, err := v.of()
	if err != nil {
		return err
	}
	v.view.Party, v.view.Until = v.Party, v.Link.Expires
	v.view.Done = v.r.URL.Query().Get("done") == "1"
	if id != 0 {
		return p.showCase(v, id, http.StatusOK)
	}
	if v.view.Cases, err = p.desk.List(v.r.Context(), v.Visit); err != nil {
		return err
	}
	v.view.Title, v.view.Here = v.view.Say("portal.title", "party", v.Party), v.path()
	p.write(v, http.StatusOK)
	return nil
}

// path is that of the link.
func (v *visitor) path() string { return "/n/" + v.Token }

// of gives the case that a request is about; 0 for the list.
func (v *visitor) of() (int64, error) {
	text := v.r.PathValue("id")
	if text == "" {
		return v.Link.Case, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, notice.ErrLink
	}
	return id, nil
}

func (p *Portal) showCase(v *visitor, id int64, status int) error {
	page, err := p.desk.Page(v.r.Context(), v.Visit, id)
	if err != nil {
		return err
	}
	w := v.view
	w.Case, w.Lines, w.Routing, w.Said, w.TLP = &page.Case, page.Lines, page.Routing, page.Said, page.TLP.String()
	w.Title = w.Say("portal.case.title", "case", "#"+strconv.FormatInt(id, 10), "class", w.Class(page.Case.Class))
	w.Here = v.path() + "/case/" + strconv.FormatInt(id, 10)
	w.Post = w.Here + w.Query
	w.Answers, w.Most, w.Form = page.Answers, notices.MostRemark, p.desk.Form(v.Visit)
	if v.Link.Case == 0 {
		w.Back, w.Party = v.path(), v.Party
	}
	p.write(v, status)
	return nil
}

// act notes what is said to a case.
func (p *Portal) act(v *visitor) error {
	id, err := v.of()
	if err != nil {
		return err
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if p.origin.Check(v.r) != nil || v.r.ParseForm() != nil || !p.desk.CheckForm(v.Visit, v.r.PostFormValue("form")) {
		return errStale
	}
	a, remark := notices.Answer(v.r.PostFormValue("answer")), v.r.PostFormValue("remark")
	err = p.desk.Answer(v.r.Context(), v.Visit, id, a, remark)
	if errors.Is(err, notices.ErrAnswer) {
		v.view.Chosen, v.view.Remark, v.view.Wrong = a, remark, v.view.Say("portal.wrong", "most", notices.MostRemark)
		return p.showCase(v, id, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	to := v.path() + "/case/" + strconv.FormatInt(id, 10) + "?done=1"
	if v.view.Query != "" {
		to += "&" + v.view.Query[1:]
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}
