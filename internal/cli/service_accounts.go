package cli

import (
	"log/slog"
	"time"

	"pahra/internal/serve"
	"pahra/internal/web/app"
)

// pagesOf gives the pages of a service, with those of accounts where people can log in.
func pagesOf(s *serve.Server, log *slog.Logger) (*app.App, error) {
	c := app.Config{Reader: s.Shown, Log: log, Now: time.Now, Private: s.Config.Accounts.ReadersLogIn}
	offered := s.Config.Accounts.Local || s.People.Provider != nil
	if !offered && !c.Private {
		return app.New(c)
	}
	if err := s.People.CanLogIn(); err != nil {
		if c.Private {
			return nil, err
		}
		log.Warn("the service runs without accounts", "why", err.Error())
		return app.New(c)
	}
	set := app.AccountsConfig{
		Service: s.People.Accounts, Site: s.People.Site, Log: log, Local: s.Config.Accounts.Local, Proxies: s.Config.TrustedProxies,
		Desk: s.People.Desk, Records: s.Store, Policy: s.Policy, Alerts: s.AlertDesk(), Now: time.Now,
	}
	if s.People.Provider != nil {
		set.Provider = s.People.Provider
	}
	accounts, err := app.NewAccounts(set)
	if err != nil {
		return nil, err
	}
	c.Viewer, c.Login = accounts.Viewer, true
	pages, err := app.New(c)
	if err != nil {
		return nil, err
	}
	pages.Join(accounts)
	return pages, nil
}
