package programme

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// entitles tells whether an explanation rests on an authority that says that the network may announce the prefix. The
// others explain why it did, and are no reason to register anything for it: who takes a prefix can look the same.
func entitles(by string) bool { return by == "roa-valid" || by == "route-object" }

// mayBeItsOwn tells whether an explanation takes the network for the prefix's holder, or one who acts for it.
func mayBeItsOwn(by string) bool {
	return slices.Contains([]string{"same-organisation", "customer-or-provider", "transfer", "moved"}, by)
}

// isOfOrigin tells whether an explanation is of the route of its network to its prefix. What explains a leak or a new link
// says nothing of an origin.
func (x Explained) isOfOrigin() bool { return x.Kind == watch.Hijack || x.Kind == watch.RPKIInvalid }

// explanationOf gives the explanation of a route of which none entitles its origin to it.
func explanationOf(explained []Explained, row Route) (found Explained, ok bool) {
	for _, x := range explained {
		switch {
		case x.ASN != row.Origin || x.Prefix != row.Prefix || !x.isOfOrigin():
		case entitles(x.By):
			return Explained{}, false
		case !ok:
			found, ok = x, true
		}
	}
	return found, ok
}

// ifYours makes advice to register a route of which it is not plain who holds it conditional.
func ifYours(row Route, advice []Finding) string {
	var steps []string
	for _, f := range advice {
		steps = append(steps, f.Mend)
	}
	return fmt.Sprintf("if %s is yours: %s; if not, withdraw it and register nothing for it", row.Prefix, strings.Join(steps, "; "))
}

// briefFindings are about what a slip explains in a month, by a moment, and too few peers saw for it to stand among the
// routes of the month.
func (by *Adviser) briefFindings(at time.Time, month values.Month, routes []Route, own []watch.Incident, explained []Explained) (list []Finding) {
	told := make(map[string]bool)
	for _, row := range routes {
		told[routeName(row)] = true
	}
	for _, x := range explained {
		row := Route{Prefix: x.Prefix, Origin: x.ASN}
		if x.Time.After(at) || values.MonthOf(x.Time) != month || told[routeName(row)] || isOf(own, row.Prefix, row.Origin) {
			continue
		}
		told[routeName(row)] = true
		if x, ok := explanationOf(explained, row); ok && !mayBeItsOwn(x.By) {
			f := by.explainedFinding(row, x, nil)
			f.Evidence = f.Evidence[1:] // how far it was seen is not known
			f.AgesOut = "no incident comes of it, and too few peers saw it for it to count"
			list = append(list, f)
		}
	}
	return list
}

// explainedFinding says what a route was that nobody should register, or only who knows that the prefix is its own; lacking
// is what such a one would have to.
func (by *Adviser) explainedFinding(row Route, x Explained, lacking []Finding) Finding {
	says := fmt.Sprintf("%s looked odd; explained: %s (%s)", routeName(row), x.By, x.Detail)
	if x.Victim != 0 {
		says = fmt.Sprintf("%s was announced in place of AS%d; explained: %s (%s)", routeName(row), x.Victim, x.By, x.Detail)
	}
	mend := by.mendExplained(x)
	if mayBeItsOwn(x.By) {
		mend = ifYours(row, lacking)
	}
	return Finding{
		Kind: ExplainedAway, Subject: routeName(row), Says: says,
		AgesOut: "no incident comes of it; a route announced at all counts for its whole month",
		Mend:    mend, Evidence: []string{seen(row), "judged at " + rfc(x.Time)},
	}
}

// mendExplained says what ends an announcement that is explained, and what not to do about it.
func (by *Adviser) mendExplained(x Explained) string {
	typo := x.By == "prepend-typo" || x.By == "victim-on-path" && uint32(x.ASN) <= by.TypoMaxASN
	switch {
	case typo:
		return fmt.Sprintf("mend the prepend: AS%d set %d in its AS path, most likely in place of its own number; register nothing for AS%d",
			x.Victim, x.ASN, x.ASN)
	case x.By == "asn-typo":
		return fmt.Sprintf("mend the number: AS%d was most likely meant to be AS%d; register nothing for AS%d", x.ASN, x.Victim, x.ASN)
	case x.Victim == 0, x.By == "blackhole", x.By == "too-specific":
		return "keep such routes inside (RFC 7908 type 6); register nothing for them"
	}
	return fmt.Sprintf("nothing, if AS%d agrees to it: then it is AS%d that registers AS%d for its prefix", x.Victim, x.Victim, x.ASN)
}

// contested tells whether objects of other origins contradict a route, and none of its own stands against them.
func contested(row Route) bool {
	return row.ROV == "invalid-origin" || row.IRR == "invalid-origin" && (row.ROV == "not-found" || row.ROV == NoData)
}

// findOut is the advice where it is not plain who holds a prefix.
const findOut = "find out who is right before anything is registered"

// contestedFinding is about a route that lacks objects while route objects of other origins cover it.
func (by *Adviser) contestedFinding(row Route) Finding {
	against := objectsOf(row, "route")
	return Finding{
		Kind: Contested, Subject: routeName(row), Metric: metric(norms.M7IRR), Action: by.actionOf(norms.M7IRR), AgesOut: withinADay,
		Says:     fmt.Sprintf("route objects that cover %s name other origins", routeName(row)),
		Evidence: append(slices.Clone(against), seen(row)),
		Mend:     fmt.Sprintf("%s: %s or AS%d", findOut, strings.Join(against, "; "), row.Origin),
	}
}
