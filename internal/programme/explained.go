package programme

import (
	"fmt"
	"slices"
	"strings"

	"pahra/internal/norms"
)

// entitles tells whether an explanation says that the network may announce the prefix. The others explain why it did,
// and are no reason to register anything for it.
func entitles(by string) bool {
	return slices.Contains([]string{"roa-valid", "route-object", "same-organisation", "customer-or-provider", "transfer", "moved"}, by)
}

// explanationOf gives the explanation of a route that does not entitle its origin to it.
func explanationOf(explained []Explained, row Route) (Explained, bool) {
	i := slices.IndexFunc(explained, func(x Explained) bool {
		return x.ASN == row.Origin && x.Prefix == row.Prefix && !entitles(x.By)
	})
	if i < 0 {
		return Explained{}, false
	}
	return explained[i], true
}

// explainedFinding says what a route was that nobody should register.
func (by *Adviser) explainedFinding(row Route, x Explained) Finding {
	says := fmt.Sprintf("%s looked odd; explained: %s (%s)", routeName(row), x.By, x.Detail)
	if x.Victim != 0 {
		says = fmt.Sprintf("%s was announced in place of AS%d; explained: %s (%s)", routeName(row), x.Victim, x.By, x.Detail)
	}
	return Finding{
		Kind: ExplainedAway, Subject: routeName(row), Says: says,
		AgesOut: "no incident comes of it; a route announced at all counts for its whole month",
		Mend:    by.mendExplained(x), Evidence: []string{seen(row), "judged at " + rfc(x.Time)},
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
