package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/deadline"
	"pahra/internal/service"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/web"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// The bounds of a case's page.
const (
	caseDays    = 2000 // of a source
	caseEvents  = 25
	caseRelated = 10
)

// caseOf is the page of one case.
func (p *deskPage) caseOf(w http.ResponseWriter, r *http.Request) error {
	return p.showCase(w, r, http.StatusOK, web.Said{Done: caseDone(r.FormValue("done"))}, "")
}

func caseDone(word string) string {
	return map[string]string{"move": "The case is moved.", "assign": "The case is assigned.", "comment": "The comment is there.", "link": "The link is there.",
		"attach": "The file is there.", "relate": "The cases are related.", "answered": "Nothing waits for an answer any more.",
		"confine": "Who sees the case is changed.", "time": "The time is set.", "met": "The deadline is met.", "refer": "The case is referred: the other team has one of its own now."}[word]
}

func caseNumber(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, store.ErrNotFound
	}
	return id, nil
}

func (p *deskPage) showCase(w http.ResponseWriter, r *http.Request, status int, said web.Said, text string) error {
	id, err := caseNumber(r)
	if err != nil {
		return err
	}
	view, err := p.caseView(r.Context(), id)
	if err != nil {
		return err
	}
	if err := p.looked(r.Context(), "case.view", fmt.Sprintf("case %d", id)); err != nil {
		return err
	}
	view.Said, view.Text = said, text
	return p.show(w, r, status, fmt.Sprintf("Case %d", id), "desk_case", view)
}

// caseView gathers all that the page shows.
func (p *deskPage) caseView(ctx context.Context, id int64) (*web.DeskCase, error) {
	whole, err := p.desk.Service.Get(ctx, p.sight, id, caseDays)
	if err != nil {
		return nil, err
	}
	names, err := p.accounts(ctx)
	if err != nil {
		return nil, err
	}
	now := p.desk.Now().UTC()
	v := &web.DeskCase{Now: now, Case: p.line(whole.Case, names), Days: dayRows(whole.Days), Of: whole.Referred, Incident: whole.Incident,
		Mine: whole.Assignee == p.viewer.Account, Log: []web.DeskAct{}, Events: []web.DeskEvent{}, Related: []web.DeskLine{}}
	var last int64
	for _, d := range v.Days {
		last = d.Addresses
		if at := web.SparkDays - 1 - int(now.Truncate(day).Sub(d.Day)/day); at >= 0 && at < web.SparkDays {
			v.Case.Days[at] = d.Addresses
		}
	}
	v.Question, v.Answer = web.DeskQuestion(now, v.Case, last)
	v.Clocks = clocks(now, &whole.Case)
	for _, to := range []desk.State{desk.Acknowledged, desk.InProgress, desk.Notified, desk.Reopened, desk.Closed} {
		if desk.Move(desk.Analyst, desk.State(whole.State), to) == nil {
			v.Moves = append(v.Moves, string(to))
		}
	}
	v.Duties = p.duties(now, whole)
	p.logOf(v, whole, names)
	if v.People, err = p.analysts(ctx); err != nil {
		return nil, err
	}
	if err := p.eventsOf(ctx, v); err != nil {
		return nil, err
	}
	if v.Teams, err = p.teams(ctx, whole.Case); err != nil {
		return nil, err
	}
	return v, p.around(ctx, v, whole.Party)
}

// teams are those that a case can be referred to: none where only those named may know of it.
func (p *deskPage) teams(ctx context.Context, c store.Case) (list []web.DeskChoice, err error) {
	if c.Compartment != "" || c.TLP == "RED" {
		return nil, nil
	}
	all, err := p.desk.Service.Store.Tenants(ctx)
	for _, t := range all {
		if t.Name != c.Tenant {
			list = append(list, web.DeskChoice{Value: t.Name, Name: cmp.Or(t.Title, t.Name)})
		}
	}
	return list, err
}

// around puts in what stands around a case: others of its party, and how its network stands.
func (p *deskPage) around(ctx context.Context, v *web.DeskCase, party string) error {
	if party != "none" {
		page, err := p.desk.Service.Store.Cases(ctx, p.sight, v.Now, store.CaseFilter{Party: party, Limit: caseRelated + 1})
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(page.Items, func(c store.Case) bool { return c.ID == v.Case.ID })
		if v.Related, err = p.lines(ctx, others[:min(len(others), caseRelated)]); err != nil {
			return err
		}
	}
	told, err := p.desk.Service.Store.Notices(ctx, store.NoticeFilter{Party: party, Limit: caseRelated, Sight: &p.sight})
	if err != nil {
		return err
	}
	about, err := p.desk.Service.Store.Notices(ctx, store.NoticeFilter{Case: v.Case.ID, Limit: caseRelated, Sight: &p.sight})
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(about, func(n store.Notice) bool { return n.Party == party })
	for _, n := range slices.Concat(told, others) {
		v.Notices = append(v.Notices, p.notice(n))
	}
	if v.Case.ASN == 0 || p.desk.Answer == nil {
		return nil
	}
	answer, err := p.desk.Answer(ctx, p.viewer, service.NetworkQuestion{ASN: v.Case.ASN})
	if errors.Is(err, service.ErrNoPage) || errors.Is(err, service.ErrNotYet) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Network = networkView(v.Case.ASN, answer)
	return nil
}

// mostIncidents is how many incidents of a network its cases show.
const mostIncidents = 5

func networkView(asn values.ASN, answer any) *web.DeskNetwork {
	page, ok := answer.(*service.NetworkPage)
	if !ok {
		return nil
	}
	n := &web.DeskNetwork{ASN: asn, Total: page.IncidentsTotal}
	if page.Month != nil {
		n.Actions = page.Month.Actions
	}
	for _, i := range page.Incidents[:min(len(page.Incidents), mostIncidents)] {
		n.Incidents = append(n.Incidents, i.IncidentLine)
	}
	return n
}

// dayRows puts the days of all sources together, the earliest first.
func dayRows(days []store.DeskDay) []web.DeskDayRow {
	rows := []web.DeskDayRow{}
	for _, d := range slices.Backward(days) {
		if n := len(rows); n == 0 || !rows[n-1].Day.Equal(d.Day) {
			rows = append(rows, web.DeskDayRow{Day: d.Day})
		}
		row := &rows[len(rows)-1]
		row.Addresses, row.Events, row.Sources = row.Addresses+d.Addresses, row.Events+d.Events, append(row.Sources, d.Source)
	}
	return rows
}

// clocks are the moments of a case's life, in their order.
func clocks(now time.Time, c *store.Case) []web.DeskClock {
	at := func(t time.Time) *time.Time { return &t }
	list := []web.DeskClock{
		{Name: "First seen", At: at(c.FirstSeen)}, {Name: "Last seen", At: at(c.LastSeen)}, {Name: "Report received", At: at(c.Received)},
		{Name: "Detected", At: c.Detected}, {Name: "Noticed by them", At: c.Noticed}, {Name: "Told", At: c.Notified},
		{Name: "Acknowledged", At: c.Acknowledged}, {Name: "Reply waiting since", At: c.Replied}, {Name: "Gone", At: c.Gone},
	}
	list = slices.DeleteFunc(list, func(k web.DeskClock) bool { return k.At == nil || k.At.IsZero() || k.At.Unix() == 0 })
	for i := range list {
		list[i].Says = web.DeskSince(now, *list[i].At) + " ago"
	}
	return list
}

// duties are the deadlines that a case is under.
func (p *deskPage) duties(now time.Time, whole cases.Whole) []web.DeskDuty {
	list := []web.DeskDuty{}
	for _, k := range p.desk.Service.Clocks(whole.Case, now) {
		d := web.DeskDuty{ID: k.ID, Title: k.Title, Owes: k.Owes, To: k.To, Law: k.Law, Text: k.TextVersion, State: string(k.State),
			Met: k.Deadline.Met == "reported" && (k.State == deadline.Running || k.State == deadline.Passed)}
		if !k.Due.IsZero() {
			d.Due = &k.Due
		}
		for _, e := range whole.Log {
			if e.Act == "case.remind" && e.Detail.What == k.ID {
				d.Reminded = &e.At
			}
		}
		switch k.State {
		case deadline.Waiting:
			d.Says = "has not begun: it runs from when they notice or are told"
		case deadline.Running:
			d.Says = web.DeskSince(k.Due, now) + " left"
		case deadline.Passed:
			d.Says, d.Alarm = "passed "+web.DeskSince(now, k.Due)+" ago", true
		case deadline.Met:
			d.Says = "met in time"
		case deadline.Late:
			d.Says = "met late"
		}
		list = append(list, d)
	}
	return list
}

// eventsOf puts in the last events, where the desk's files are here.
func (p *deskPage) eventsOf(ctx context.Context, v *web.DeskCase) error {
	if p.desk.Events == nil {
		v.Unread = "The files with the events are kept by another process of the service"
		return nil
	}
	list, err := p.desk.Events(ctx, p.sight, v.Case.ID, caseEvents+1)
	if err != nil {
		return err
	}
	v.More = len(list) > caseEvents
	for _, e := range list[:min(len(list), caseEvents)] {
		v.Events = append(v.Events, eventView(e))
	}
	return nil
}

func eventView(e *intelmq.Event) web.DeskEvent {
	first := func(keys ...string) string {
		for _, key := range keys {
			if text := e.Text(key); text != "" {
				return text
			}
		}
		return ""
	}
	v := web.DeskEvent{Time: e.Text("time.source"), Address: first("source.ip", "source.network", "source.fqdn"), Port: e.Text("source.port"),
		Protocol: first("protocol.application", "protocol.transport"), Name: first("source.url", "source.fqdn", "source.reverse_dns", "source.account"),
		Malware: first("malware.name", "classification.identifier"), Feed: first("feed.code", "feed.name")}
	if to := first("destination.ip", "destination.fqdn", "destination.url"); to != "" {
		v.Other = to
		if port := e.Text("destination.port"); port != "" {
			v.Other += " port " + port
		}
	}
	for _, f := range e.Fields() {
		v.Fields = append(v.Fields, f.Key+": "+e.Text(f.Key))
	}
	return v
}

// logOf puts the log into words, the last act first.
func (p *deskPage) logOf(v *web.DeskCase, whole cases.Whole, names map[string]string) {
	for _, e := range slices.Backward(whole.Log) {
		act := web.DeskAct{Seq: e.Seq, At: e.At, Who: cmp.Or(names[e.Actor], e.Actor), Says: actWords(e, names)}
		if note, ok := whole.Notes[e.Detail.Note]; ok && e.Detail.Note != "" {
			act.Kind, act.Text = note.Kind, string(note.Body)
			if note.Erased != nil {
				act.Text = "(erased on " + note.Erased.Format(time.DateOnly) + ")"
			} else if note.Kind == "link" {
				act.Link, act.Text = string(note.Body), cmp.Or(note.Name, string(note.Body))
				v.Links = append(v.Links, web.DeskNote{Hash: note.Hash, Name: act.Text, Link: act.Link, Added: e.At})
			}
		} else if e.Act == "case.attach" {
			act.File = e.Detail.Note
			v.Files = append(v.Files, web.DeskNote{Hash: act.File, Name: fmt.Sprintf("attachment %.8s", act.File), Added: e.At})
		}
		v.Log = append(v.Log, act)
	}
}

// actWords says what was done.
func actWords(e cases.Entry, names map[string]string) string {
	d := e.Detail
	switch e.Act {
	case "case.move":
		if d.From == "" {
			return "moved it to “" + d.To + "”"
		}
		return "moved it from “" + d.From + "” to “" + d.To + "”"
	case "case.assign":
		if d.To == "" {
			return "gave it back"
		}
		return "assigned it to " + cmp.Or(names[d.To], d.To)
	case "case.comment":
		return "commented"
	case "case.reply":
		return "replied"
	case "case.answer":
		return "answered the reply"
	case "case.link":
		return "added a link"
	case "case.attach":
		return "attached a file"
	case "case.relate":
		return fmt.Sprintf("related it to case %d", d.Case)
	case "case.confine":
		if d.To == "" {
			return "took it out of the compartment “" + d.From + "”"
		}
		return "put it into the compartment “" + d.To + "”"
	case "case.time":
		if d.At != nil {
			return "set when it was " + d.What + ": " + d.At.Format("2006-01-02 15:04")
		}
	case "case.met":
		return "reported by the deadline " + d.What
	case "case.remind":
		return "reminded of the deadline " + d.What
	case "case.open":
		return "opened it"
	case "case.refer":
		return "referred it to " + d.Tenant
	case "case.referred":
		return "got it from " + d.Tenant
	case "case.undo":
		return "took that back"
	}
	return e.Act
}
