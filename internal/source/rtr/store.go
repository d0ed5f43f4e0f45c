package rtr

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"pahra/internal/source"
	"pahra/wire/vrp"
)

// never is later than any moment that is waited for.
func never() time.Time { return time.Now().Add(365 * 24 * time.Hour) }

// due is when what is held is to be stored next.
func (c *Client) due() time.Time {
	switch {
	case c.held == nil:
		return never()
	case c.stored.IsZero():
		return time.Unix(0, 0) // at once
	case c.changed:
		return c.stored.Add(c.config.Every)
	}
	return c.stored.Add(c.config.Confirm)
}

// store puts what is held into the depot, if it is time. What cannot be stored is tried again when it is time again.
func (c *Client) store(ctx context.Context) {
	c.expire()
	if c.held == nil || time.Now().Before(c.due()) {
		return
	}
	c.stored = time.Now()
	if len(c.held.vrps) == 0 {
		c.setAlarm("the validator has no VRPs at all: nothing was stored")
		c.meter.Failed(errors.New("the validator has no VRPs at all"))
		return
	}
	c.setAlarm("")
	at, held := c.stored.UTC(), c.held
	err := c.depot.Put(ctx, source.Fact{Source: c.name, Kind: "vrp", Format: "json", Time: at,
		Counts: map[string]int{"VRPs": len(held.vrps)},
		Write:  func(w io.Writer) error { return held.set(at).Write(w) }})
	if err != nil {
		c.meter.Failed(err)
		c.log.Warn("VRPs were not stored", "error", err)
		return
	}
	c.changed = false
}

func (c *Client) setAlarm(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.emptyAlarm = text
}

// set gives the table sorted, as of a moment.
func (t *table) set(at time.Time) *vrp.Set {
	s := &vrp.Set{BuildTime: at.Truncate(time.Second), VRPs: make([]vrp.VRP, 0, len(t.vrps))}
	for _, e := range slices.SortedFunc(maps.Keys(t.vrps), entry.compare) {
		s.VRPs = append(s.VRPs, vrp.VRP{Prefix: e.prefix(), MaxLength: e.maxLength, ASN: e.asn})
	}
	for _, customer := range slices.Sorted(maps.Keys(t.aspas)) {
		s.ASPAs = append(s.ASPAs, vrp.ASPA{Customer: customer, Providers: t.aspas[customer]})
	}
	return s
}
