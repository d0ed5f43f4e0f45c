package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/service"
	"pahra/internal/service/cases"
	"pahra/internal/service/exchange"
	"pahra/internal/service/parties"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/internal/web"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// Cases is what the desk's pages work on: analysts see and act on cases there.
type Cases struct {
	Service *cases.Service
	Classes *class.Tables
	// Events gives at most most events of a case, the last first; nil where the desk's files are not here.
	Events func(ctx context.Context, v store.Sight, id int64, most int) ([]*intelmq.Event, error)
	// Name names a party of a tenant; "" where it has no name.
	Name func(tenant, party string) string
	// Bench tells what would happen to an event of a tenant.
	Bench func(ctx context.Context, tenant string, code class.Code, e *intelmq.Event) party.Verdict
	// Parties is the directory of who is responsible; Files are the desk's, nil where they are not here.
	Parties *parties.Desks
	Files   *spool.Spool
	// Intake is where the quarantine is worked on; nil where this process takes no reports in.
	Intake Intake
	// Tenant is the team whose mailbox answers to notices come to; "" is [store.National].
	Tenant string
	// Exchange is what shares with partners; nil where nothing is shared from here. Ledgers is the folder of its ledgers.
	Exchange *exchange.Exchange
	Ledgers  string
	// Answer is a Reader's, for a network's norms and incidents.
	Answer func(ctx context.Context, viewer account.Viewer, q service.Question) (any, error)
	Now    func() time.Time
}

// deskRoutes are the pages of analysts.
func (a *Accounts) deskRoutes(mux *http.ServeMux) {
	for path, h := range deskHandlers() {
		mux.HandleFunc(path, a.analyst(h))
	}
}

func deskHandlers() map[string]deskHandler {
	all := map[string]deskHandler{
		"GET /desk": (*deskPage).inbox, "POST /desk/act": (*deskPage).bulk, "POST /desk/undo": (*deskPage).undo,
		"GET /desk/case/{id}": (*deskPage).caseOf, "POST /desk/case/{id}/{act}": (*deskPage).act, "GET /desk/case/{id}/file/{hash}": (*deskPage).file,
		"GET /desk/bench": (*deskPage).bench, "POST /desk/bench": (*deskPage).bench, "GET /desk/times": (*deskPage).times, "GET /desk/replies": (*deskPage).replies, "POST /desk/replies": (*deskPage).decideReply, "GET /desk/notices": (*deskPage).notices, "POST /desk/notices": (*deskPage).decide,
		"POST /desk/quarantine/{act}": (*deskPage).mend, "GET /desk/outbreak": (*deskPage).outbreak, "GET /desk/reports": (*deskPage).reports, "GET /desk/quarantine": (*deskPage).quarantine,
		"GET /desk/constituents": (*deskPage).constituents, "POST /desk/constituents": (*deskPage).changeConstituents, "GET /desk/documents": (*deskPage).documents,
		"POST /desk/documents": (*deskPage).changeDocument,
	}
	maps.Copy(all, exchangeHandlers())
	return all
}

// deskPage is a request of an analyst for a page of the desk.
type deskPage struct {
	*Accounts
	desk   *Cases
	viewer account.Viewer
	sight  store.Sight
	people []account.Account
	names  map[string]string // of accounts by id; see accounts
}

type deskHandler func(p *deskPage, w http.ResponseWriter, r *http.Request) error

// analyst lets only analysts in, with what they see of the cases of their tenant. Attachments may be as large as the service
// takes them; everything else is bounded as other forms are.
func (a *Accounts) analyst(h deskHandler) http.HandlerFunc {
	return a.wrapUpTo(cases.MostAttachment+maxForm, func(w http.ResponseWriter, r *http.Request) error {
		v, err := a.Who(r)
		if err != nil && !errors.Is(err, account.ErrRefused) {
			return err
		}
		if v.Account == "" {
			return toLogin(w, r)
		}
		if !v.May(account.Analyst, account.ScopeAnalyse) {
			return account.ErrForbidden
		}
		p := &deskPage{Accounts: a, desk: a.config.Cases, viewer: v}
		if p.sight, err = p.desk.Service.Store.SightOf(r.Context(), v); err != nil {
			return err
		}
		return h(p, w, r)
	})
}

func toLogin(w http.ResponseWriter, r *http.Request) error {
	to := "/login"
	if r.Method == http.MethodGet {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// by is who acts.
func (p *deskPage) by() cases.By { return cases.By{Actor: "analyst", Name: p.viewer.Account} }

// show answers with a page, or with its view as JSON.
func (p *deskPage) show(w http.ResponseWriter, r *http.Request, status int, title, name string, view any) error {
	if extension(r) != asJSON {
		body, err := p.forms.Body(name, view)
		if err != nil {
			return err
		}
		p.Accounts.show(w, r, status, &web.PlainPage{Title: title, Place: "desk", Body: body})
		return nil
	}
	text, err := json.Marshal(view)
	if err != nil {
		return fmt.Errorf("writing %s as JSON: %w", name, err)
	}
	made := &answer{kind: "application/json", plain: append(text, '\n'), status: status}
	made.seal(false)
	send(w, r, made, false)
	return nil
}

// looked records that who asks looks at personal data: what is not on record is not shown.
func (p *deskPage) looked(ctx context.Context, act, at string) error {
	return p.desk.Service.Store.AppendAccess(ctx, account.Entry{Actor: p.viewer.Account, Act: act, Subject: at, Detail: "handling of incidents"}, p.desk.Now())
}

// accounts gives the accounts there are, with their names by id.
func (p *deskPage) accounts(ctx context.Context) (names map[string]string, err error) {
	if p.names != nil {
		return p.names, nil
	}
	if p.people, err = p.desk.Service.Store.Accounts(ctx); err != nil {
		return nil, err
	}
	p.names = map[string]string{}
	for _, one := range p.people {
		p.names[one.ID] = one.Name
	}
	return p.names, nil
}

// analysts are those to whom a case can be given.
func (p *deskPage) analysts(ctx context.Context) (list []web.DeskChoice, err error) {
	if _, err := p.accounts(ctx); err != nil {
		return nil, err
	}
	for _, one := range p.people {
		if one.Role >= account.Analyst {
			list = append(list, web.DeskChoice{Value: one.ID, Name: one.Name})
		}
	}
	return list, nil
}

// lines makes lines of cases, with the picture of their last days.
func (p *deskPage) lines(ctx context.Context, list []store.Case) ([]web.DeskLine, error) {
	now := p.desk.Now().UTC()
	first := now.Truncate(day).Add(-(web.SparkDays - 1) * day)
	ids := make([]int64, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	days, err := p.desk.Service.Store.DaysOfCases(ctx, p.sight, ids, first)
	if err != nil {
		return nil, err
	}
	names, err := p.accounts(ctx)
	if err != nil {
		return nil, err
	}
	lines := make([]web.DeskLine, 0, len(list))
	for _, c := range list {
		l := p.line(c, names)
		for _, d := range days[c.ID] {
			if at := int(d.Day.Sub(first) / day); at < web.SparkDays {
				l.Days[at] = d.Addresses
			}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

const day = 24 * time.Hour

func (p *deskPage) line(c store.Case, names map[string]string) web.DeskLine {
	l := web.DeskLine{ID: c.ID, Tenant: c.Tenant, State: c.State, Class: c.Class, ClassName: p.className(c.Class), Identifier: c.Identifier, Party: c.Party,
		PartyName: p.desk.Name(c.Tenant, c.Party), Country: c.Country, Priority: c.Priority, Events: c.Events, Addresses: c.Addresses, Opened: c.Opened,
		FirstSeen: c.FirstSeen, LastSeen: c.LastSeen, Changed: c.Changed, Due: c.Due, Replied: c.Replied, TLP: c.TLP, Compartment: c.Compartment,
		Reopened: c.Reopened, Days: make([]int64, web.SparkDays), ASN: NetworkOf(c.Party)}
	if c.Assignee != "" {
		if l.Assignee = names[c.Assignee]; l.Assignee == "" {
			l.Assignee = c.Assignee
		}
	}
	return l
}

// NetworkOf gives the network that a party is, 0 where it is none.
func NetworkOf(party string) values.ASN {
	text, ok := strings.CutPrefix(party, "as:")
	if !ok {
		return 0
	}
	asn, err := values.ParseASN(text)
	if err != nil {
		return 0
	}
	return asn
}

func (p *deskPage) className(code string) string {
	first, second, _ := strings.Cut(code, "/")
	return p.desk.Classes.Title(class.Code{Class: first, Type: second})
}

// refusal gives what to tell of an act that was refused; ok is false for an error that is ours.
func refusal(err error) (says string, ok bool) {
	for _, is := range []error{cases.ErrBad, cases.ErrRefused} {
		if errors.Is(err, is) {
			_, says, _ = strings.Cut(err.Error(), is.Error()+": ")
			return says, true
		}
	}
	return "", false
}

// openCases gives the open cases of a network for its page: all that an analyst sees, to its holder those that are outside of
// compartments.
func (a *Accounts) openCases(ctx context.Context, v account.Viewer, asn values.ASN) (*web.OpenCases, error) {
	of := &web.OpenCases{ASN: asn, Analyst: v.May(account.Analyst, account.ScopeAnalyse), Now: a.config.Cases.Now().UTC()}
	p, id := &deskPage{Accounts: a, desk: a.config.Cases, viewer: v}, "as:"+asn.String()
	var err error
	switch {
	case of.Analyst:
		p.sight, err = p.desk.Service.Store.SightOf(ctx, v)
	case v.May(account.Member, account.ScopeRead) && v.Holds(asn):
		if p.sight, err = p.desk.Service.Store.SightOf(ctx, v, id); p.sight.Tenant == "" {
			p.sight.Tenant = store.National
		}
		p.sight.Role = account.Member // of what is their own they see what every holder does
	default:
		return nil, nil //nolint:nilnil // others see none
	}
	if err != nil {
		return nil, err
	}
	page, err := p.desk.Service.Store.Cases(ctx, p.sight, of.Now, store.CaseFilter{Party: id, Open: true, Limit: openOnPage})
	if err != nil {
		return nil, err
	}
	of.More = page.Next != ""
	of.Cases, err = p.lines(ctx, page.Items)
	return of, err
}

// openOnPage is how many open cases a network's page has.
const openOnPage = 10

// failDesk answers an error of the desk, if it is one.
func (a *Accounts) failDesk(w http.ResponseWriter, r *http.Request, err error) bool {
	var use *service.WrongUse
	says, refused := refusal(err)
	switch {
	case errors.As(err, &use):
		a.refuse(w, r, http.StatusBadRequest, "That cannot be asked", use.Reason+".")
	case errors.Is(err, store.ErrCursor):
		a.refuse(w, r, http.StatusBadRequest, "That cannot be asked", "The list has no such place.")
	case errors.Is(err, store.ErrNotFound):
		a.refuse(w, r, http.StatusNotFound, "There is no such thing", "It may have ended, or it is not yours.")
	case refused:
		a.refuse(w, r, http.StatusConflict, "That cannot be done now", strings.ToUpper(says[:1])+says[1:]+".")
	default:
		return false
	}
	return true
}
