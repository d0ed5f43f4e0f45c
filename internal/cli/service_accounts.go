package cli

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"pahra/internal/api"
	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/language"
	"pahra/internal/limit"
	"pahra/internal/serve"
	"pahra/internal/service/reports"
	"pahra/internal/store"
	"pahra/internal/web/app"
	"pahra/wire/intelmq"
)

// clientOf gives the address that a request comes from.
func clientOf(s *serve.Server) func(*http.Request) netip.Addr {
	return func(r *http.Request) netip.Addr { return app.ClientAddress(r, s.Config.TrustedProxies) }
}

// pagesOf gives the pages of a service, with those of accounts where people can log in; nil where they cannot.
func pagesOf(s *serve.Server, streams *limit.Streams, log *slog.Logger) (*app.App, *app.Accounts, error) {
	c := app.Config{
		Reader: s.Shown, Log: log, Now: time.Now, Private: s.Config.Accounts.ReadersLogIn, API: true, Statistics: s.Config.Has("desk"), Synthetic: s.Synthetic,
		Client: clientOf(s), PerMinute: s.Config.Clients.Pages, Streams: streams,
	}
	offered := s.Config.Accounts.Local || s.People.Provider != nil
	if !offered && !c.Private {
		pages, err := app.New(c)
		return pages, nil, err
	}
	if err := s.People.CanLogIn(); err != nil {
		if c.Private {
			return nil, nil, err
		}
		log.Warn("the service runs without accounts", "why", err.Error())
		pages, err := app.New(c)
		return pages, nil, err
	}
	set := app.AccountsConfig{
		Service: s.People.Accounts, Site: s.People.Site, Log: log, Local: s.Config.Accounts.Local, Proxies: s.Config.TrustedProxies,
		Desk: s.People.Desk, Records: s.Store, Policy: s.Policy, Alerts: s.AlertDesk(), Now: time.Now,
	}
	if s.People.Provider != nil {
		set.Provider = s.People.Provider
	}
	if s.Desk != nil {
		set.Cases = casesOf(s)
	}
	accounts, err := app.NewAccounts(set)
	if err != nil {
		return nil, nil, err
	}
	c.Viewer, c.Login = accounts.Viewer, true
	pages, err := app.New(c)
	if err != nil {
		return nil, nil, err
	}
	pages.Join(accounts)
	return pages, accounts, nil
}

// casesOf puts the pages of the desk among those of accounts.
func casesOf(s *serve.Server) *app.Cases {
	return &app.Cases{Tenant: s.Config.Desk.Tenant,
		Service: s.Desk.Cases, Classes: s.Desk.Classes, Answer: s.Shown.Answer, Now: time.Now,
		Name: func(tenant, id string) string {
			if own, is := strings.CutPrefix(id, "c:"); is {
				if c, known := s.Desk.Parties.Desk(tenant).Directory.Constituent(own); known {
					return c.Name
				}
			}
			return s.Shown.Holder(app.NetworkOf(id))
		},
		Bench: func(ctx context.Context, tenant string, code class.Code, e *intelmq.Event) party.Verdict {
			return s.Desk.Parties.Desk(tenant).Bench(ctx, code, e)
		},
		Exchange: s.Desk.Exchange, Ledgers: filepath.Join(s.Config.State, "ledger"), Intake: s.Desk.Reports, Parties: s.Desk.Parties, Files: s.Desk.Files,
		Events: func(ctx context.Context, v store.Sight, id int64, most int) ([]*intelmq.Event, error) {
			return reports.Events(ctx, s.Desk.Files, s.Store, v, id, most)
		},
	}
}

// apiOf gives the API of a service: it knows who asks as the pages do, and its own page is one of theirs.
func apiOf(s *serve.Server, pages *app.App, accounts *app.Accounts, streams *limit.Streams, log *slog.Logger) (*api.API, error) {
	c := api.Config{
		Reader: s.Shown, Log: log, Private: s.Config.Accounts.ReadersLogIn, Page: pages.Plain, Now: time.Now,
		Client: clientOf(s), Limits: api.LimitsOf(s.Config.Clients), Streams: streams,
	}
	if accounts != nil {
		c.Who = accounts.Who
	}
	return api.New(c)
}

// joinPortal puts the pages that notices link to beside the others, where networks are told.
func joinPortal(s *serve.Server, pages *app.App, log *slog.Logger) error {
	if s.Desk == nil || s.Desk.Notices == nil {
		return nil
	}
	portal, err := app.NewPortal(s.Desk.Notices, s.People.Site, s.Synthetic, log)
	if err != nil {
		return err
	}
	pages.JoinPortal(portal)
	return nil
}

// joinForm puts the form for everybody beside the other pages, if it is open; nil where it is not.
func joinForm(s *serve.Server, pages *app.App, log *slog.Logger) (*app.Form, error) {
	if s.Desk == nil || !s.Config.Desk.Form.Open {
		return nil, nil //nolint:nilnil // there is none
	}
	languages, err := language.Load()
	if err != nil {
		return nil, err
	}
	form, err := app.NewForm(app.FormConfig{Statements: s.Desk.Statements, Languages: languages, Offset: s.Config.Desk.Form.Offset, Site: s.People.Site,
		Synthetic: s.Synthetic, Client: clientOf(s), Log: log, Now: time.Now})
	if err != nil {
		return nil, err
	}
	pages.JoinForm(form)
	return form, nil
}

// uploadsOf takes the reports that programs send.
func uploadsOf(s *serve.Server, accounts *app.Accounts, log *slog.Logger) *api.Uploads {
	return api.NewUploads(api.UploadsConfig{
		Intake: s, Log: log, Who: accounts.Who, Client: clientOf(s), Most: s.Config.Desk.MostReport, Dir: filepath.Join(s.Config.State, "desk"),
		Limits: api.LimitsOf(s.Config.Clients), Now: time.Now,
	})
}
