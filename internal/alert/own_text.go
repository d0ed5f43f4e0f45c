package alert

import (
	"fmt"
	"net/netip"
	"slices"

	"pahra/internal/programme"
)

// maxFindings is how many prefixes of a batch are spoken of one by one.
const maxFindings = 5

// alertOf begins the alert of a batch.
func (c *check) alertOf(o Open) Alert {
	key := ""
	if o.Key != "" {
		key = " " + Harmless(o.Key)
	}
	return Alert{
		Subject: fmt.Sprintf("%s AS%d%s %d", o.Kind, c.ASN, key, o.Since.Unix()), Kind: o.Kind, Time: c.At.UTC(), Since: o.Since,
		Confidence: 1, Network: c.ASN, Parties: []Party{{c.ASN, Owner}}, Link: c.Link,
	}
}

// opened makes the alert of what was found now for the first time.
func (c *check) opened(o Open, found map[netip.Prefix]finding) Alert {
	a := c.alertOf(o)
	a.Phase, a.Prefixes, a.Severity = Opened, o.Which, Info
	for _, f := range found {
		if f.severity.Rank() > a.Severity.Rank() {
			a.Severity = f.severity
		}
	}
	a.Title = fmt.Sprintf("%s: %s of AS%d", kindTitle(o.Kind), programme.PrefixList(o.Which), c.ASN)
	a.What = c.what(o)
	for _, p := range o.Which[:min(len(o.Which), maxFindings)] {
		a.How = append(a.How, found[p].how...)
	}
	if more := len(o.Which) - maxFindings; more > 0 {
		a.How = append(a.How, fmt.Sprintf("and %d more prefixes", more))
	}
	a.How = append(a.How, "found at "+clock(c.At))
	a.First = []Advice{{Role: Owner, Steps: c.firstSteps(o)}}
	return a.seal()
}

// over makes the alert of a batch of which nothing stands any more.
func (c *check) over(o Open) Alert {
	a := c.alertOf(o)
	a.Phase, a.Until, a.Prefixes, a.Severity = Ended, c.At.UTC(), o.Which, o.Told
	a.Title = fmt.Sprintf("%s: %s of AS%d", kindTitle(o.Kind), programme.PrefixList(o.Which), c.ASN)
	a.What = fmt.Sprintf("It is over: of what was found at %s nothing stands any more (%s).", clock(o.Since), programme.PrefixList(o.Which))
	a.How = []string{"found over at " + clock(c.At)}
	if c.forgotten > 0 {
		a.How = append(a.How, fmt.Sprintf("routes that nobody has seen for %s are no longer followed; that were %d", span(routeMemory), c.forgotten))
	}
	a.First = []Advice{{Role: Owner, Steps: []string{"nothing"}}}
	return a.seal()
}

// what says what happened, in a sentence.
func (c *check) what(o Open) string {
	list := programme.PrefixList(o.Which)
	switch o.Kind {
	case ROAExpiry:
		return fmt.Sprintf("The ROA of %s, which AS%d announces, ends soon and was not renewed.", list, c.ASN)
	case ROALost:
		return fmt.Sprintf("%s, which AS%d announces, had a ROA that made it valid and has none now.", list, c.ASN)
	case RouteObjectLost:
		return fmt.Sprintf("Registry %s no longer has the route object of AS%d for %s, which it announces.", Harmless(o.Key), c.ASN, list)
	case OwnInvalid:
		return fmt.Sprintf("RPKI finds %s from AS%d invalid: networks that validate do not take it.", list, c.ASN)
	}
	return fmt.Sprintf("Far fewer peers than before see %s from AS%d.", list, c.ASN)
}

// firstSteps says what the network does first.
func (c *check) firstSteps(o Open) []string {
	p := examplePrefix(o.Which)
	roa := fmt.Sprintf("a ROA for %s with origin AS%d and maxLength %s", p, c.ASN, lengthOf(o.Which))
	switch o.Kind {
	case ROAExpiry:
		return []string{
			"log in to the RPKI service of your registry (APNIC and IRINN: MyAPNIC or the IRINN portal, Resources, Routes) and see whether the ROA, the certificate above it and the repository are renewed",
			"if you run your own certification authority, see whether it publishes: a manifest that is not renewed ends everything below it",
			"if it cannot be renewed, make " + roa + " anew before it ends",
		}
	case ROALost:
		return []string{
			"ask who changed your ROAs, and whether they meant to; registries show it in their history",
			"make " + roa + " again, unless the prefix is being given up",
			"if your certificate was revoked or your repository does not answer, call the registry",
		}
	case RouteObjectLost:
		return []string{
			fmt.Sprintf("ask who took the object out of %s, and whether they meant to", Harmless(o.Key)),
			fmt.Sprintf("register it again: a %s object for %s with origin AS%d, with the registry that gave you the addresses", routeClass(o.Which), p, c.ASN),
			"tell upstreams that build filters from that registry: they may drop the route at their next update",
		}
	case OwnInvalid:
		return []string{
			fmt.Sprintf("if you mean to announce %s: make %s", p, roa),
			"if you do not, withdraw it (a more specific that leaked, or a prefix that was given back)",
			"if the ROA that makes it invalid is another's, find out who is right before anything else",
		}
	}
	return []string{
		fmt.Sprintf("see whether you withdrew %s, or an upstream session is down (show bgp summary)", p),
		"ask the upstreams through which it was seen whether they filter it: a changed ROA, route object or prefix limit does that",
		"look whether somebody announces it or a part of it in your place",
	}
}

// lengthOf is the maxLength that covers what is announced and no more.
func lengthOf(list []netip.Prefix) string {
	if len(list) == 0 {
		return "as announced"
	}
	return fmt.Sprint(list[0].Bits())
}

func routeClass(list []netip.Prefix) string {
	if slices.ContainsFunc(list[:min(1, len(list))], func(p netip.Prefix) bool { return p.Addr().Is6() }) {
		return "route6"
	}
	return "route"
}
