package serve

import (
	"fmt"
	"path/filepath"

	"pahra/internal/config"
	"pahra/internal/service"
	"pahra/internal/source"
	"pahra/internal/source/bmp"
	"pahra/internal/source/irr"
	"pahra/internal/source/refresh"
	"pahra/internal/source/rislive"
	"pahra/internal/source/rtr"
)

// newSources makes the configured sources. None connects yet.
func (s *Server) newSources() (*service.Sources, error) {
	list := []service.LiveSource{{Source: s.Live.Source()}}
	for _, c := range s.Config.Sources {
		made, err := s.newSource(c)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", c.Name, err)
		}
		list = append(list, service.LiveSource{Source: made, StaleAfter: c.Stale()})
	}
	return service.NewSources(list, s.Store, s.now, s.log.With("part", "sources")), nil
}

func (s *Server) newSource(c config.Source) (source.Source, error) {
	log := s.log.With("source", c.Name)
	switch {
	case c.RISLive != nil:
		return rislive.New(c.Name, *c.RISLive, s.Live.Journal(), log)
	case c.BMP != nil:
		made, err := bmp.New(c.Name, *c.BMP, s.Live.Renewing(), log)
		if err != nil {
			return nil, err
		}
		return service.Later(made, s.Live.Renewed()), nil
	case c.MRT != nil:
		a, err := s.newArchive(c)
		if err != nil {
			return nil, err
		}
		s.archives = append(s.archives, a)
		return a.poller, nil
	case c.RTR != nil:
		return rtr.New(c.Name, *c.RTR, s.Depot, log)
	case c.VRP != nil:
		return refresh.NewVRP(c.Name, *c.VRP, s.Depot, log)
	case c.IRR != nil:
		return irr.New(c.Name, *c.IRR, filepath.Join(s.Config.State, "mirror", c.Name), s.Depot, log)
	}
	return refresh.NewCatalogue(c.Name, *c.Catalogue, filepath.Join(s.Config.State, "fetched", c.Name), s.Depot, log)
}
