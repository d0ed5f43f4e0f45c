package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"pahra/internal/account"
	"pahra/internal/config"
	"pahra/internal/deliver/mail"
	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/desk/deadline"
	"pahra/internal/desk/intake"
	"pahra/internal/language"
	"pahra/internal/service/cases"
	"pahra/internal/service/duties"
	"pahra/internal/service/exchange"
	"pahra/internal/service/notices"
	"pahra/internal/service/offers"
	"pahra/internal/service/parties"
	"pahra/internal/service/reports"
	"pahra/internal/service/statements"
	"pahra/internal/source/inbox"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
	"pahra/wire/values"
)

// OpenSpool opens the files of the desk, with the key that the settings name.
func OpenSpool(c *config.Config) (*spool.Spool, error) {
	return spool.OpenOwned(filepath.Join(c.State, "desk"), c.Desk.Key)
}

// Desk is what works on reports and cases.
type Desk struct {
	Files      *spool.Spool
	Classes    *class.Tables
	Reports    *reports.Desk
	Statements *statements.Service
	Parties    *parties.Desks
	Cases      *cases.Service
	Notices    *notices.Service // nil: nobody is told by mail
	Duties     *duties.Service  // nil: no legal profile is set
	Exchange   *exchange.Exchange
	Offers     *offers.Offers
	log        *slog.Logger
}

// openDesk opens all of it.
func (s *Server) openDesk(ctx context.Context) (err error) {
	set := s.Config.Desk
	d := &Desk{log: s.log.With("part", "desk")}
	s.Desk = d
	if d.Files, err = OpenSpool(s.Config); err != nil {
		return err
	}
	if err := sweep(filepath.Join(s.Config.State, "desk", "upload-*")); err != nil {
		return err
	}
	if d.Classes, err = class.Load(); err != nil {
		return err
	}
	data := filepath.Join(s.Config.State, "data")
	say := func(format string, args ...any) { d.log.Warn(fmt.Sprintf(format, args...)) }
	d.Parties, err = parties.Open(ctx, parties.Options{Patient: true, Store: s.Store, Data: data, Later: set.LaterTables, TableAge: set.TableAge, Now: s.now, Say: say})
	if err != nil {
		return err
	}
	country := func(asn values.ASN) string {
		if n := d.Parties.Desk(set.Tenant).Networks[asn]; n != nil {
			return n.Country
		}
		return ""
	}
	d.Cases = &cases.Service{Store: s.Store, Now: s.now, Random: rand.Reader, Country: country, Measuring: set.Recovery, Remind: s.remind, Log: d.log}
	if d.Cases.Deadlines, err = readDeadlines(set.Deadlines); err != nil {
		return err
	}
	severities, err := desk.LoadSeverities()
	if err != nil {
		return err
	}
	d.Cases.Priority = cases.PriorityOf(severities, d.Parties.Criticality)
	if err := s.openRota(d.Cases); err != nil {
		return err
	}
	opt := reports.Options{Priority: d.Cases.Priority, Spool: d.Files, Store: s.Store, Own: d.Parties.Own, Classes: d.Classes, Most: set.MostReport, Waiting: set.MostWaiting, Now: s.now, Log: d.log}
	if opt.Schema, err = readSchema(set.Schema, data); err != nil {
		return err
	}
	if opt.Mapping, err = mappings(set.Sources); err != nil {
		return err
	}
	var key []byte
	if opt.Secrets, key, err = reports.SecretsOf(filepath.Join(s.Config.State, "desk")); err != nil {
		return err
	}
	if set.Law != "" {
		d.Duties = &duties.Service{Store: s.Store, Spool: d.Files, Classes: d.Classes, Key: key, Now: s.now}
		if d.Duties.Profile, err = duties.ProfileOf(set.Law); err != nil {
			return err
		}
	}
	if d.Reports, err = reports.Open(ctx, opt); err != nil {
		return err
	}
	d.Statements = &statements.Service{Store: s.Store, Files: d.Files, Classes: d.Classes, Tenant: set.Tenant, Accept: d.Reports.Accept, Now: s.now}
	return s.openOutward(ctx, d)
}

// openOutward opens what tells others: partners, and networks.
func (s *Server) openOutward(ctx context.Context, d *Desk) error {
	if err := s.openOffers(d); err != nil {
		return err
	}
	return s.openNotices(ctx, d)
}

// openNotices opens what tells networks, if that is set.
func (s *Server) openNotices(ctx context.Context, d *Desk) error {
	if !s.Config.Desk.Tells() {
		return nil
	}
	opt := notices.Options{
		Settings: s.Config.Desk.Notices, Store: s.Store, Cases: d.Cases, Recipients: notices.Responsible{Desk: d.Parties.Desk, Now: s.now},
		Site: s.People.Site, Now: s.now, Chance: mathrand.Float64, Log: d.log,
		Events: func(ctx context.Context, tenant string, id int64, most int) ([]*intelmq.Event, error) {
			return reports.Events(ctx, d.Files, s.Store, store.MachineSight(tenant), id, most)
		},
	}
	var err error
	if opt.Keys, err = notices.LoadKeys(ctx, s.Store, s.now(), rand.Reader); err != nil {
		return err
	}
	if opt.Languages, err = language.Load(); err != nil {
		return err
	}
	if opt.Signer, err = mail.NewSigner(s.Config.Desk.Signing); err != nil {
		return err
	}
	if s.Config.Alerts.Mail != nil {
		if opt.Letters, err = mail.New(*s.Config.Alerts.Mail); err != nil {
			return err
		}
	}
	d.Notices, err = notices.New(opt)
	return err
}

func readSchema(path, data string) (*shadowserver.Schema, error) {
	if path == "" {
		path = reports.PulledSchema(data)
	}
	if path == "" {
		return nil, nil //nolint:nilnil // there is none, and reports of Shadowserver are refused with that reason
	}
	return reports.ReadSchema(path)
}

// readDeadlines reads the operator's own deadlines beside those that are built in.
func readDeadlines(path string) (deadline.Rules, error) {
	if path == "" {
		return deadline.Default()
	}
	text, err := reports.ReadSmall(path)
	if err != nil {
		return deadline.Rules{}, err
	}
	rules, err := deadline.Read(text)
	if err != nil {
		return deadline.Rules{}, fmt.Errorf("%s: %w", path, err)
	}
	return rules, nil
}

// sweep removes what a crash left of files that were being sent.
func sweep(pattern string) error {
	left, err := filepath.Glob(pattern)
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// mappings reads the files that say where the columns of a source's CSVs go.
func mappings(sources map[string]config.DeskSource) (func(source string) *intake.Mapping, error) {
	list := make(map[string]*intake.Mapping)
	for name, source := range sources {
		if source.Mapping == "" {
			continue
		}
		text, err := reports.ReadSmall(source.Mapping)
		if err == nil {
			list[name], err = intake.ReadMapping(text)
		}
		if err != nil {
			return nil, fmt.Errorf("desk.sources.%s.mapping: %s: %w", name, source.Mapping, err)
		}
	}
	return func(source string) *intake.Mapping { return list[source] }, nil
}

// accept accepts a file of one of the sources that are set.
func (s *Server) accept(ctx context.Context, source, name string, f *os.File) ([]store.DeskReport, error) {
	of, known := s.Config.Desk.Sources[source]
	if !known {
		return nil, fmt.Errorf("%q: %w", source, reports.ErrNoSource)
	}
	meta := reports.Meta{Tenant: s.Config.Desk.Tenant, Source: source, Name: name, Format: of.Format, TLP: of.TLP, Licence: of.Licence}
	return s.Desk.Reports.AcceptFile(ctx, f, meta)
}

// Upload accepts a file of a source for who sent it: analysts, and the accounts that the source's settings name.
func (s *Server) Upload(ctx context.Context, v account.Viewer, source, name string, f *os.File) ([]store.DeskReport, error) {
	if !s.maySend(v, source) {
		return nil, account.ErrForbidden
	}
	return s.accept(ctx, source, name, f)
}

func (s *Server) maySend(v account.Viewer, source string) bool {
	return v.May(account.Analyst, account.ScopeReport) || s.named(v, source)
}

// named says whether a source's settings name who asks.
func (s *Server) named(v account.Viewer, source string) bool {
	return v.May(account.Member, account.ScopeReport) && slices.Contains(s.Config.Desk.Sources[source].Accounts, v.Name)
}

// Sent gives what became of a report, to the accounts that its source names, and to analysts who see it.
func (s *Server) Sent(ctx context.Context, v account.Viewer, id string) (store.DeskReport, error) {
	r, err := s.Desk.Reports.Report(ctx, id)
	switch {
	case err != nil:
		return store.DeskReport{}, err
	case s.named(v, r.Source):
		return r, nil
	case !v.May(account.Analyst, account.ScopeReport):
		return store.DeskReport{}, store.ErrNotFound
	}
	sight, err := s.Store.SightOf(ctx, v)
	if err != nil {
		return store.DeskReport{}, err
	}
	return s.Store.SeenReport(ctx, sight, id)
}

// folders gives what watches the folders that reports are put into.
func (s *Server) folders() (list []*inbox.Inbox) {
	for name, source := range s.Config.Desk.Sources {
		if source.Folder == nil {
			continue
		}
		take := func(ctx context.Context, file string, f *os.File) error { return s.acceptOrRefuse(ctx, name, file, f) }
		list = append(list, inbox.New(*source.Folder, take, s.log.With("part", "desk", "source", name)))
	}
	return list
}
