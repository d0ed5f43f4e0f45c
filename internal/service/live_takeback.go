package service

import (
	"context"
	"time"

	"pahra/internal/store"
	"pahra/internal/watch"
)

// takeBack marks incidents of the store that the watch no longer finds, once it went over a time again and knew more:
// what a collector said in a gap, say. They lasted at or after from, in seconds since 1970. Their former verdicts stay.
func (l *Live) takeBack(ctx context.Context, from int64) error {
	filter := store.IncidentFilter{Since: time.Unix(from, 0).UTC(), Until: time.Unix(l.clock.now, 0).UTC(), Limit: 1000}
	var gone []watch.Incident
	for {
		page, err := l.opt.Store.Incidents(ctx, filter)
		if err != nil {
			return err
		}
		for _, i := range page.Items {
			if inc := i.Incident; !l.found[inc.ID] && inc.Status != watch.Superseded {
				end := time.Unix(l.clock.now, 0).UTC()
				if inc.End == nil {
					inc.End = &end
				}
				inc.Status = watch.Superseded
				gone = append(gone, inc)
			}
		}
		if page.Next == "" {
			break
		}
		filter.Cursor = page.Next
	}
	if len(gone) > 0 {
		l.opt.Log.Warn("incidents are no longer found with all that is known by now", "incidents", len(gone))
		l.unsaved = append(l.unsaved, gone...)
	}
	return nil
}
