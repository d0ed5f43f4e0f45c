package app

import (
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"pahra/internal/desk"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/web"
)

// act does what one of the forms of a case's page says.
func (p *deskPage) act(w http.ResponseWriter, r *http.Request) error {
	id, err := caseNumber(r)
	if err != nil {
		return err
	}
	word := r.PathValue("act")
	err = p.actOn(r, id, word)
	if says, refused := refusal(err); refused {
		return p.showCase(w, r, http.StatusUnprocessableEntity, web.Said{Wrong: says}, r.PostFormValue("text"))
	}
	if err != nil {
		return err
	}
	to := fmt.Sprintf("/desk/case/%d", id)
	if word == "confine" { // it may be out of sight now
		if _, err := p.desk.Service.Store.Case(r.Context(), p.sight, id); err != nil {
			to = "/desk"
		}
	}
	return after(w, r, to, word)
}

func (p *deskPage) actOn(r *http.Request, id int64, word string) error {
	s, ctx, by := p.desk.Service, r.Context(), p.by()
	text := strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n") // as browsers send lines
	switch word {
	case "move":
		return s.Move(ctx, p.sight, by, id, desk.State(r.PostFormValue("to")), text)
	case "assign":
		to := r.PostFormValue("to")
		if to == "me" {
			to = p.viewer.Account
		}
		if names, err := p.accounts(ctx); err != nil || to != "" && names[to] == "" {
			return fmt.Errorf("%w: there is no such account", cases.ErrBad)
		}
		return s.Assign(ctx, p.sight, by, id, to)
	case "comment":
		return s.Comment(ctx, p.sight, by, id, text)
	case "answered":
		return s.Answered(ctx, p.sight, by, id)
	case "link":
		return s.Link(ctx, p.sight, by, id, strings.TrimSpace(r.PostFormValue("address")), strings.TrimSpace(r.PostFormValue("title")))
	case "attach":
		return p.attach(r, id)
	case "relate":
		other, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(r.PostFormValue("case")), "#"), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: %.20q is no number of a case", cases.ErrBad, r.PostFormValue("case"))
		}
		return s.Relate(ctx, p.sight, by, id, other)
	case "confine":
		return s.Confine(ctx, p.sight, by, id, strings.TrimSpace(r.PostFormValue("compartment")))
	case "refer":
		if strings.TrimSpace(text) == "" {
			return fmt.Errorf("%w: referring a case takes a reason", cases.ErrBad)
		}
		_, err := s.Refer(ctx, p.sight, by, id, r.PostFormValue("to"), strings.TrimSpace(r.PostFormValue("party")), text)
		return err
	case "time":
		return p.setTime(r, id)
	case "met":
		return p.meet(r, id)
	}
	return store.ErrNotFound
}

// setTime says when the party noticed or somebody detected it, which clocks begin at.
func (p *deskPage) setTime(r *http.Request, id int64) error {
	at, err := time.Parse("2006-01-02T15:04", r.PostFormValue("at"))
	if err != nil {
		return fmt.Errorf("%w: %.30q is no time such as 2026-03-04T05:06", cases.ErrBad, r.PostFormValue("at"))
	}
	t := cases.Times{Noticed: &at}
	if r.PostFormValue("what") == "detected" {
		t = cases.Times{Detected: &at}
	}
	return p.desk.Service.SetTimes(r.Context(), p.sight, p.by(), id, t)
}

// meet says that a deadline was met by a report elsewhere.
func (p *deskPage) meet(r *http.Request, id int64) error {
	at, err := time.Parse("2006-01-02T15:04", r.PostFormValue("at"))
	if err != nil {
		return fmt.Errorf("%w: %.30q is no time such as 2026-03-04T05:06", cases.ErrBad, r.PostFormValue("at"))
	}
	return p.desk.Service.Meet(r.Context(), p.sight, p.by(), id, r.PostFormValue("deadline"), at, strings.TrimSpace(r.PostFormValue("text")))
}

func (p *deskPage) attach(r *http.Request, id int64) error {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return fmt.Errorf("%w: the file cannot be read, or is larger than %d MB", cases.ErrBad, cases.MostAttachment>>20)
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // what is left goes with the folder of temporary files
	f, head, err := r.FormFile("file")
	if err != nil {
		return fmt.Errorf("%w: no file was chosen", cases.ErrBad)
	}
	defer f.Close()
	_, err = p.desk.Service.Attach(r.Context(), p.sight, p.by(), id, path.Base(head.Filename), head.Header.Get("Content-Type"), f)
	return err
}

// file gives an attachment, to be kept and never shown: what it holds is a stranger's.
func (p *deskPage) file(w http.ResponseWriter, r *http.Request) error {
	id, err := caseNumber(r)
	if err != nil {
		return err
	}
	n, err := p.desk.Service.Store.CaseNote(r.Context(), p.sight, id, r.PathValue("hash"))
	if err == nil && n.Kind != "attachment" {
		err = store.ErrNotFound
	}
	if err == nil {
		err = p.looked(r.Context(), "case.file", fmt.Sprintf("case %d", id))
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": n.Name}))
	h.Set("Content-Length", strconv.Itoa(len(n.Body)))
	_, err = w.Write(n.Body)
	return err
}
