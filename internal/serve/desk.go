package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"pahra/internal/config"
	"pahra/internal/desk/class"
	"pahra/internal/desk/intake"
	"pahra/internal/service/reports"
	"pahra/internal/source/inbox"
	"pahra/internal/spool"
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
	opt.Own = func(e *intelmq.Event) string {
		if asn := e.Text("source.asn"); asn != "" {
			return "as:" + asn
		}
		return "none"
	}
	s.Desk, err = reports.Open(ctx, opt)
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

// Accept accepts a file of one of the sources that are set.
func (s *Server) Accept(ctx context.Context, source, name string, f *os.File) error {
	of, known := s.Config.Desk.Sources[source]
	if !known {
		return fmt.Errorf("there is no source %q", source)
	}
	_, err := s.Desk.AcceptFile(ctx, f, reports.Meta{Tenant: s.Config.Desk.Tenant, Source: source, Name: name, Format: of.Format, TLP: of.TLP, Licence: of.Licence})
	return err
}

// folders gives what watches the folders that reports are put into.
func (s *Server) folders() (list []*inbox.Inbox) {
	for name, source := range s.Config.Desk.Sources {
		if source.Folder == nil {
			continue
		}
		take := func(ctx context.Context, file string, f *os.File) error {
			err := s.Accept(ctx, name, file, f)
			if errors.Is(err, spool.ErrTooLarge) || errors.Is(err, reports.ErrPacked) {
				err = fmt.Errorf("%w: %w", inbox.ErrRefused, err)
			}
			return err
		}
		list = append(list, inbox.New(*source.Folder, take, s.log.With("part", "desk", "source", name)))
	}
	return list
}
