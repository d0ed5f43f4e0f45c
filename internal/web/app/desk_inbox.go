package app

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pahra/internal/desk"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/web"
)

// How many cases the inbox shows: of each group on the first page, and of one group.
const (
	inboxEach = 8
	inboxPage = 50
)

// filterOf reads what the inbox is to be kept to.
func filterOf(q url.Values) web.DeskFilter {
	get := func(key string) string { return strings.TrimSpace(q.Get(key)) }
	f := web.DeskFilter{Todo: get("todo"), State: get("state"), Class: get("class"), Party: get("party"), Country: strings.ToUpper(get("country")),
		Assignee: get("assignee"), Text: get("text")}
	if asn := strings.TrimPrefix(strings.ToUpper(f.Party), "AS"); asn != "" {
		if _, err := strconv.ParseUint(asn, 10, 32); err == nil {
			f.Party = "as:" + asn
		}
	}
	return f
}

// link leads to the inbox with a filter.
func link(f web.DeskFilter, cursor string) string {
	q := url.Values{}
	for _, field := range []struct{ key, value string }{
		{"todo", f.Todo}, {"state", f.State}, {"class", f.Class}, {"party", f.Party}, {"country", f.Country}, {"assignee", f.Assignee},
		{"text", f.Text}, {"cursor", cursor},
	} {
		if field.value != "" {
			q.Set(field.key, field.value)
		}
	}
	if len(q) == 0 {
		return "/desk"
	}
	return "/desk?" + q.Encode()
}

func (p *deskPage) filter(f web.DeskFilter) store.CaseFilter {
	c := store.CaseFilter{Todo: store.Todo(f.Todo), State: f.State, Class: f.Class, Party: f.Party, Country: f.Country, Assignee: f.Assignee, Text: f.Text}
	if c.Assignee == "me" {
		c.Assignee = p.viewer.Account
	}
	return c
}

// inbox is what is to be done: cases grouped by it, or those of one group or state page by page.
func (p *deskPage) inbox(w http.ResponseWriter, r *http.Request) error {
	ctx, now, q := r.Context(), p.desk.Now().UTC(), r.URL.Query()
	f := filterOf(q)
	view := &web.DeskInbox{Now: now, Filter: f, Undo: q.Get("undo"), Here: link(f, q.Get("cursor"))}
	view.Done, view.Wrong = bulkSaid(q)
	counts, err := p.desk.Service.Store.CaseGroups(ctx, p.sight, now, p.filter(f))
	if err != nil {
		return err
	}
	if view.Lines, err = p.desk.Service.Store.ReportLines(ctx, p.sight, now.AddDate(0, 0, -7)); err != nil {
		return err
	}
	for todo, n := range counts {
		if todo != store.TodoWaiting {
			view.Cases += n
		}
	}
	view.Waiting = counts[store.TodoWaiting]
	wanted := []store.Todo{store.Todo(f.Todo)}
	if f.Todo == "" && f.State == "" && f.Text == "" {
		wanted = store.Todos()
	} else if f.Todo != "" && !slices.Contains(store.Todos(), wanted[0]) {
		return wrong("there is no group %q", f.Todo)
	}
	for _, todo := range wanted {
		g, err := p.group(r, f, todo, len(wanted) > 1, counts)
		if err != nil {
			return err
		}
		if len(g.Cases) > 0 {
			view.Groups = append(view.Groups, g)
		}
	}
	if view.Choices, err = p.choices(r); err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "What is to be done?", "desk_inbox", view)
}

// group gives the cases of a group: the first few of it, or a page.
func (p *deskPage) group(r *http.Request, f web.DeskFilter, todo store.Todo, few bool, counts map[store.Todo]int64) (g web.DeskGroup, err error) {
	c := p.filter(f)
	c.Todo, c.Limit, c.Cursor = todo, inboxPage, r.URL.Query().Get("cursor")
	g = web.DeskGroup{Todo: todo, Count: counts[todo]}
	if few {
		if c.Limit, c.Cursor = inboxEach, ""; g.Count == 0 {
			return g, nil
		}
	}
	found, err := p.desk.Service.Store.Cases(r.Context(), p.sight, p.desk.Now(), c)
	if err != nil {
		return g, err
	}
	if g.Cases, err = p.lines(r.Context(), found.Items); err != nil {
		return g, err
	}
	of := f
	of.Todo = string(todo)
	switch {
	case few && found.Next != "":
		g.All = link(of, "")
	case !few && found.Next != "":
		g.Next = link(f, found.Next)
	}
	if todo == "" {
		if g.Title = "What was found"; f.State != "" {
			g.Title = "Cases that are " + f.State
		}
	}
	return g, nil
}

// choices are what the filter offers.
func (p *deskPage) choices(r *http.Request) (c web.DeskChoices, err error) {
	last := ""
	for _, code := range p.desk.Classes.Codes() {
		if code.Class != last {
			last = code.Class
			c.Classes = append(c.Classes, web.DeskChoice{Value: last, Name: strings.ReplaceAll(last, "-", " ") + ", all"})
		}
		c.Classes = append(c.Classes, web.DeskChoice{Value: code.String(), Name: p.desk.Classes.Title(code)})
	}
	c.Assignees, err = p.analysts(r.Context())
	return c, err
}

// bulkSaid puts what a bulk action came to into words.
func bulkSaid(q url.Values) (done, wrong string) {
	words := map[string]string{"acknowledge": "acknowledged", "assign": "assigned to you", "unassign": "given back", "close": "closed", "notify": "marked as told",
		"undo": "as before", "progress": "in progress"}
	n, err := strconv.Atoi(q.Get("n"))
	if err != nil || n < 0 || words[q.Get("did")] == "" {
		return "", ""
	}
	done = strconv.Itoa(n) + " cases are " + words[q.Get("did")] + "."
	if n == 1 {
		done = "1 case is " + words[q.Get("did")] + "."
	}
	if n == 0 {
		done = ""
	}
	if left, err := strconv.Atoi(q.Get("left")); err == nil && left > 0 {
		wrong = strconv.Itoa(left) + " stayed as they were, since their state does not allow it"
	}
	return done, wrong
}

// bulk does something to the cases that were chosen.
func (p *deskPage) bulk(w http.ResponseWriter, r *http.Request) error {
	var ids []int64
	for _, text := range r.PostForm["case"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return wrong("%.20q is no case", text)
		}
		ids = append(ids, id)
	}
	a := cases.Act{Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	me, nobody := p.viewer.Account, ""
	did := r.PostFormValue("act")
	switch did {
	case "acknowledge":
		a.To = desk.Acknowledged
	case "progress":
		a.To = desk.InProgress
	case "notify":
		a.To = desk.Notified
	case "close":
		a.To = desk.Closed
	case "assign":
		a.Assign = &me
	case "unassign":
		a.Assign = &nobody
	default:
		return wrong("there is no act %.20q", did)
	}
	if did == "close" && a.Reason == "" {
		return p.bulkWrong(w, r, "closing takes a reason: write it beside the button")
	}
	if len(ids) == 0 {
		return p.bulkWrong(w, r, "no case was chosen: tick some first")
	}
	out, err := p.desk.Service.Bulk(r.Context(), p.sight, p.by(), ids, a)
	if err != nil {
		return err
	}
	return back(w, r, url.Values{"did": {did}, "n": {strconv.Itoa(len(out.Done))}, "left": {strconv.Itoa(len(out.Refused))}, "undo": {out.Undo}})
}

func (p *deskPage) bulkWrong(w http.ResponseWriter, r *http.Request, says string) error {
	p.refuse(w, r, http.StatusUnprocessableEntity, "Nothing was done", strings.ToUpper(says[:1])+says[1:]+".")
	return nil
}

// undo takes the last bulk action back.
func (p *deskPage) undo(w http.ResponseWriter, r *http.Request) error {
	restored, err := p.desk.Service.Undo(r.Context(), p.sight, p.by(), r.PostFormValue("undo"))
	if err != nil {
		return err
	}
	return back(w, r, url.Values{"did": {"undo"}, "n": {strconv.Itoa(len(restored))}})
}

// back sends the browser to the page of the desk that it came from, with what was done.
func back(w http.ResponseWriter, r *http.Request, said url.Values) error {
	to, err := url.Parse(r.PostFormValue("back"))
	if err != nil || to.IsAbs() || to.Host != "" || to.Path != "/desk" && !strings.HasPrefix(to.Path, "/desk/") {
		to = &url.URL{Path: "/desk"}
	}
	q := to.Query()
	for key, value := range said {
		if q.Del(key); value[0] != "" && value[0] != "0" {
			q[key] = value
		}
	}
	to.RawQuery = q.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return nil
}
