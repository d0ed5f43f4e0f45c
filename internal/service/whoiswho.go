package service

import (
	"errors"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/source/folder"
)

// WhoIsWho gives what the files of a data folder say at a time of networks' names, holders and countries, by the rules of a
// run: what is too old is not used. Later says that files of a later time may stand in. Routing registries are not read.
func WhoIsWho(dir *folder.Folder, at time.Time, later bool, say func(string, ...any)) (*registry.Registry, error) {
	kinds := []folder.Kind{folder.Registry, folder.Organisations, folder.PeeringDB}
	part := *dir
	part.Files = slices.DeleteFunc(slices.Clone(dir.Files), func(f folder.File) bool { return !slices.Contains(kinds, f.Kind) })
	opt := Options{Say: say, Limits: authority.DefaultLimits()}
	if later {
		opt.Allow = []authority.Kind{authority.KindRegistry, authority.KindOrganisations, authority.KindPeeringDB}
	}
	b := newBook(&part, opt)
	for {
		err := b.loadRest(b.choose(at))
		bad := (*unreadable)(nil)
		if !errors.As(err, &bad) || !b.giveUp(bad) {
			if err != nil {
				return nil, err
			}
			return b.rest.Build(), nil
		}
		say("%v; it is left out", err)
	}
}
