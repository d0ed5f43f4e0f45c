package alert

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"pahra/internal/programme"
	"pahra/wire/values"
)

// visibility compares how many see a route with how many did. Shares are of the peer networks that are heard, so that a
// collector that fails takes nothing from a prefix; where half of them have gone, nothing is said.
func (c *check) visibility(m *RouteMemory, r OwnRoute) {
	family := 0
	if m.Prefix.Addr().Is6() {
		family = 1
	}
	up := c.Up[family]
	if up < minPeers || up*2 < c.was.Up[family] {
		c.keep(VisibilityLost, "", m.Prefix)
		return
	}
	share := min(1, float64(r.Peers)/float64(up))
	open := c.wasOpen(VisibilityLost, "", m.Prefix)
	if day := c.At.Unix() / 86400; day != m.Day {
		yesterday := m.Share[0]
		if day != m.Day+1 || open { // what was usual before a loss stays the measure until it is back
			yesterday = max(m.Share[0], m.Share[1])
		}
		m.Share, m.Day = [2]float64{0, yesterday}, day
	}
	usual := max(m.Share[0], m.Share[1])
	m.Share[0] = max(m.Share[0], share)
	few := usual*float64(up) < minPeers // it was never seen by enough for a fall to mean anything
	if !few && (share < usual*lostShare || open && share < usual*backShare) {
		severity := Medium
		if share < usual/10 {
			severity = High
		}
		c.is(VisibilityLost, "", m.Prefix, severity, fmt.Sprintf("%s is seen by %d of %d peer networks; before by up to %.0f %%", m.Prefix, r.Peers, up, usual*100))
	}
}

// upstreams tells of networks that stand next to ours as never before. What is seen in the first day is only learned.
func (c *check) upstreams() {
	if !c.HasRoutes {
		return
	}
	if c.next.Since.IsZero() {
		c.next.Since = c.At.UTC()
	}
	learning := c.At.Sub(c.next.Since) < nearLearning
	c.next.Near = slices.DeleteFunc(c.next.Near, func(n NearMemory) bool { return c.At.Sub(n.Last) > nearMemory })
	via := c.neighbours()
	for _, n := range via {
		if i := slices.IndexFunc(c.next.Near, func(m NearMemory) bool { return m.ASN == n.asn }); i >= 0 {
			c.next.Near[i].Last = c.At.UTC()
			continue
		}
		if n.peers < nearPeers || len(c.next.Near) >= maxNear {
			continue
		}
		c.next.Near = append(c.next.Near, NearMemory{n.asn, c.At.UTC()})
		if !learning {
			c.near = append(c.near, c.newUpstream(n))
		}
	}
	slices.SortFunc(c.next.Near, func(a, b NearMemory) int { return cmp.Compare(a.ASN, b.ASN) })
}

// near is a neighbour and what is announced over it.
type near struct {
	asn      values.ASN
	peers    int // the most that see a prefix over it
	prefixes []netip.Prefix
}

// neighbours gathers the neighbours over all routes, by number.
func (c *check) neighbours() []near {
	at := map[values.ASN]int{}
	var list []near
	for _, r := range c.Routes[:min(len(c.Routes), maxRoutes)] {
		for _, u := range r.Upstreams {
			if u.ASN == c.ASN || u.ASN == 0 {
				continue
			}
			i, known := at[u.ASN]
			if !known {
				i, at[u.ASN] = len(list), len(list)
				list = append(list, near{asn: u.ASN})
			}
			list[i].peers = max(list[i].peers, u.Peers)
			list[i].prefixes = append(list[i].prefixes, r.Prefix)
		}
	}
	slices.SortFunc(list, func(a, b near) int { return cmp.Compare(a.asn, b.asn) })
	for i := range list {
		slices.SortFunc(list[i].prefixes, values.ComparePrefix)
	}
	return list
}

func (c *check) newUpstream(n near) Alert {
	relation, severity := "what it is to AS%d is not known", Medium
	if c.Relation != nil {
		if is := c.Relation(n.asn); is != "" {
			relation, severity = "it is known as a "+Harmless(is)+" of AS%d", Low
		}
	}
	a := Alert{
		Subject: fmt.Sprintf("%s AS%d AS%d %d", NewUpstream, c.ASN, n.asn, c.At.Unix()), Kind: NewUpstream, Phase: Opened, Time: c.At.UTC(), Since: c.At.UTC(),
		Severity: severity, Confidence: 1, Network: c.ASN, Parties: []Party{{c.ASN, Owner}}, Prefixes: n.prefixes, Link: c.Link,
		Title: fmt.Sprintf("%s: AS%d next to AS%d", kindTitle(NewUpstream), n.asn, c.ASN),
		What:  fmt.Sprintf("AS%d stands next to AS%d on the paths to %s, as it was not seen to in the time remembered.", n.asn, c.ASN, programme.PrefixList(n.prefixes)),
		How: []string{
			fmt.Sprintf("seen at %s by up to %d peer networks", clock(c.At), n.peers),
			fmt.Sprintf("neighbours of AS%d are remembered since %s", c.ASN, clock(c.next.Since)),
			fmt.Sprintf(relation, c.ASN),
		},
		First: []Advice{{Role: Owner, Steps: []string{
			fmt.Sprintf("if AS%d is a new provider or peer of yours: nothing; name your providers in an ASPA, and keep your import and export policy in the registry up to date", n.asn),
			fmt.Sprintf("if it is not: somebody may be making up paths that end in AS%d; ask AS%d where it has them from, and watch where your traffic comes in", c.ASN, n.asn),
		}}},
	}
	return a.seal()
}
