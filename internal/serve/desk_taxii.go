package serve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"pahra/internal/source/taxii"
)

// runFeeds polls the collections of partners that sources name until ctx ends.
func (s *Server) runFeeds(ctx context.Context) error {
	var feeds []*taxii.Feed
	dir := filepath.Join(s.Config.State, "desk")
	for name, source := range s.Config.Desk.Sources {
		if source.TAXII == nil {
			continue
		}
		take := func(ctx context.Context, file string, f *os.File) error { return s.acceptOrRefuse(ctx, name, file, f) }
		feed, err := taxii.NewFeed(*source.TAXII, dir, filepath.Join(dir, "taxii", name+".json"), take, s.log.With("part", "desk", "source", name))
		if err != nil {
			return fmt.Errorf("desk.sources.%s: %w", name, err)
		}
		feeds = append(feeds, feed)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, feed := range feeds {
		group.Go(func() error { return feed.Run(ctx) })
	}
	return group.Wait()
}
