package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"pahra/internal/account"
	"pahra/internal/config"
	"pahra/internal/desk/class"
	"pahra/internal/desk/intake"
	"pahra/internal/service/reports"
	"pahra/internal/source/inbox"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// openSpool opens the files of the desk.
func openSpool(c *config.Config) (*spool.Spool, error) {
	dir := filepath.Join(c.State, "desk")
	if c.Desk.Key == "" {
		return spool.Open(dir)
	}
	f, err := os.Open(c.Desk.Key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	seal, err := spool.ReadSeal(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Desk.Key, err)
	}
	return spool.OpenSealed(dir, seal)
}

// openDesk opens where reports are taken in.
func (s *Server) openDesk(ctx context.Context) (err error) {
	set := s.Config.Desk
	opt := reports.Options{Store: s.Store, Most: set.MostReport, Waiting: set.MostWaiting, Now: s.now, Log: s.log.With("part", "desk")}
	if opt.Spool, err = openSpool(s.Config); err != nil {
		return err
	}
	if err := sweep(filepath.Join(s.Config.State, "desk", "upload-*")); err != nil {
		return err
	}
	if opt.Classes, err = class.Load(); err != nil {
		return err
	}
	if set.Schema == "" {
		set.Schema = reports.PulledSchema(filepath.Join(s.Config.State, "data"))
	}
	if set.Schema != "" {
		if opt.Schema, err = reports.ReadSchema(set.Schema); err != nil {
			return err
		}
	}
	if opt.Mapping, err = mappings(set.Sources); err != nil {
		return err
	}
	opt.Own = func(_ context.Context, _ string, _ class.Code, e *intelmq.Event) string {
		if asn := e.Text("source.asn"); asn != "" {
			return "as:" + asn
		}
		return "none"
	}
	s.Desk, err = reports.Open(ctx, opt)
	return err
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
	return s.Desk.AcceptFile(ctx, f, meta)
}

// Upload accepts a file of a source for who sent it: analysts, and the accounts that the source's settings name.
func (s *Server) Upload(ctx context.Context, v account.Viewer, source, name string, f *os.File) ([]store.DeskReport, error) {
	if !s.maySend(v, source) {
		return nil, account.ErrForbidden
	}
	return s.accept(ctx, source, name, f)
}

func (s *Server) maySend(v account.Viewer, source string) bool {
	if v.May(account.Analyst, account.ScopeReport) {
		return true
	}
	return v.May(account.Member, account.ScopeReport) && slices.Contains(s.Config.Desk.Sources[source].Accounts, v.Name)
}

// Sent gives what became of a report, to who may send those of its source.
func (s *Server) Sent(ctx context.Context, v account.Viewer, id string) (store.DeskReport, error) {
	r, err := s.Desk.Report(ctx, id)
	if err == nil && !s.maySend(v, r.Source) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.DeskReport{}, err
	}
	return r, nil
}

// folders gives what watches the folders that reports are put into.
func (s *Server) folders() (list []*inbox.Inbox) {
	for name, source := range s.Config.Desk.Sources {
		if source.Folder == nil {
			continue
		}
		take := func(ctx context.Context, file string, f *os.File) error {
			_, err := s.accept(ctx, name, file, f)
			if errors.Is(err, spool.ErrTooLarge) || errors.Is(err, reports.ErrPacked) {
				err = fmt.Errorf("%w: %w", inbox.ErrRefused, err)
			}
			return err
		}
		list = append(list, inbox.New(*source.Folder, take, s.log.With("part", "desk", "source", name)))
	}
	return list
}
