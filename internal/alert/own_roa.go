package alert

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/internal/authority"
)

// roas looks at what the RPKI says of a route.
func (c *check) roas(m *RouteMemory) {
	if c.VRPs == nil {
		for _, k := range []Kind{ROAExpiry, ROALost, OwnInvalid} {
			c.keep(k, "", m.Prefix)
		}
		return
	}
	v := c.VRPs.Validate(m.Prefix, c.ASN)
	if v.State == authority.ROVValid {
		m.ROAs = harmlessAll(v.Objects()[:min(len(v.Deciding), maxListed)])
		c.expiry(m, v)
		return
	}
	m.Expires, m.Renewed = 0, time.Time{}
	lost := Medium
	if v.State.Invalid() {
		lost = High
		c.is(OwnInvalid, "", m.Prefix, High, fmt.Sprintf("%s from AS%d is %s by %s", m.Prefix, c.ASN, v.State, someOf(v.Objects(), v.More)))
	}
	if len(m.ROAs) > 0 {
		c.is(ROALost, "", m.Prefix, lost, fmt.Sprintf("%s: %s made it valid and is gone; it is %s now", m.Prefix, strings.Join(m.ROAs, "; "), v.State))
	}
}

// expiry tells whether what makes a route valid ends soon. Where a validator gives the end of the whole chain, which its
// repository moves on every few hours or days, an end that is near means nothing by itself: then it counts when it did
// not move for a quarter of the time that others of the trust anchor usually have left, and less than half of that time
// is left.
func (c *check) expiry(m *RouteMemory, v authority.ROVVerdict) {
	var ends int64
	anchor := ""
	for _, d := range v.Deciding {
		if d.Expires == 0 { // of one that may well last nothing is known
			m.Expires, m.Renewed = 0, time.Time{}
			c.keep(ROAExpiry, "", m.Prefix)
			return
		}
		if d.Expires > ends {
			ends, anchor = d.Expires, d.TA
		}
	}
	if ends != m.Expires {
		m.Expires, m.Renewed = ends, c.VRPsAt.UTC()
	}
	usual, known := c.Horizon[anchor]
	if !known || v.More > 0 {
		c.keep(ROAExpiry, "", m.Prefix)
		return
	}
	end := time.Unix(ends, 0)
	left := end.Sub(c.VRPsAt)
	soon := left <= ExpiryWindow
	if usual <= ExpiryWindow {
		soon = left < usual/2 && c.VRPsAt.Sub(m.Renewed) >= usual/4
	}
	// Once it was told, only a renewal ends it.
	if soon || left <= ExpiryWindow && c.wasOpen(ROAExpiry, "", m.Prefix) && m.Renewed.Before(c.VRPsAt) {
		severity := Medium
		if left < 2*24*time.Hour {
			severity = High
		}
		c.is(ROAExpiry, "", m.Prefix, severity, fmt.Sprintf("%s: %s ends at %s, as it has since %s; others under %s usually have %s left", m.Prefix,
			strings.Join(m.ROAs, "; "), clock(end), clock(m.Renewed), Harmless(anchor), span(usual)))
	}
}

// objects gathers the network's route objects.
func (c *check) objects() {
	if c.IRR == nil {
		return
	}
	c.byPrefix, c.sources = map[netip.Prefix][]authority.RouteObject{}, map[string]bool{}
	for _, s := range c.IRR.Sources() {
		c.sources[s] = true
	}
	for _, o := range c.IRR.OfOrigin(c.ASN, c.At) {
		c.byPrefix[o.Prefix] = append(c.byPrefix[o.Prefix], o)
	}
}

// routeObjects looks at which registries have a route's object. One that is missing as a whole says nothing.
func (c *check) routeObjects(m *RouteMemory) {
	var now []string
	for _, o := range c.byPrefix[m.Prefix] {
		now = append(now, o.Source)
	}
	slices.Sort(now)
	now = slices.Compact(now)
	for _, source := range m.Objects {
		switch {
		case !c.sources[source]:
			c.keep(RouteObjectLost, source, m.Prefix)
			now = append(now, source) // as far as is known
		case !slices.Contains(now, source):
			c.lostObject(m.Prefix, source, now)
		}
	}
	for _, o := range c.before { // what was lost before and has not come back
		if o.Kind == RouteObjectLost && slices.Contains(o.Which, m.Prefix) && !slices.Contains(now, o.Key) && !slices.Contains(m.Objects, o.Key) {
			if c.sources[o.Key] {
				c.lostObject(m.Prefix, o.Key, now)
			} else {
				c.keep(RouteObjectLost, o.Key, m.Prefix)
			}
		}
	}
	slices.Sort(now)
	m.Objects = slices.Compact(now)
}

func (c *check) lostObject(p netip.Prefix, source string, left []string) {
	id := authority.RouteObject{Prefix: p, Origin: c.ASN, Source: source}.ID()
	if len(left) == 0 {
		state := c.IRR.State(p, c.ASN, c.At)
		c.is(RouteObjectLost, source, p, Medium, fmt.Sprintf("%s is gone and no other registry has one; by route objects the route is %s now", Harmless(id), state))
		return
	}
	c.is(RouteObjectLost, source, p, Low, fmt.Sprintf("%s is gone; it is still in %s", Harmless(id), Harmless(strings.Join(left, ", "))))
}

func harmlessAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Harmless(s)
	}
	return out
}

// someOf names some objects and counts the rest.
func someOf(ids []string, more int) string {
	shown := ids[:min(len(ids), maxListed)]
	text := strings.Join(harmlessAll(shown), "; ")
	if more += len(ids) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// span writes a duration in days, hours or minutes.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}
