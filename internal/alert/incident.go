package alert

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// OfIncident makes an alert of an incident as it stands at a moment of the data. parties are the networks with a part in
// it, as far as anything is known of them; link is where the incident's page is, or empty.
func OfIncident(i watch.Incident, at time.Time, parties map[values.ASN]programme.Network, link string) Alert {
	parties = harmlessParties(parties)
	a := Alert{
		Subject: "incident " + i.ID, Kind: Kind(i.Kind), Phase: Opened, Time: at.UTC(), Since: i.Start,
		Severity: SeverityOf(i), Confidence: i.Confidence, Network: i.ASN, Parties: partiesOf(i),
		Prefixes: i.Prefixes, Incident: i.ID, Attribution: string(i.Attribution), Link: link,
		What: sentence(programme.Tell(i, parties).Says), How: howIncident(i), First: adviseIncident(i, parties, link),
	}
	if i.End != nil {
		a.Phase, a.Until = Ended, *i.End
	}
	a.Title = titleOf(i)
	if n := len(i.Evidence.Rejudged); n > 0 && i.Evidence.Rejudged[n-1].Outcome == watch.Refuted {
		r := i.Evidence.Rejudged[n-1]
		a.How = append(a.How, Harmless(fmt.Sprintf("by new facts of %s there is no deviation: %s %s", clock(r.Time), r.By, r.Detail)))
	}
	if i.Status == watch.Superseded {
		a.TakenBack, a.Phase, a.Title = true, Ended, "Taken back: "+a.Title
		a.What = "With all that is known by now this is no longer found. It was said: " + a.What
		nothing := []string{"nothing; undo what was done because of it, such as filters and more specific announcements"}
		a.First = []Advice{{Role: Announcer, Steps: nothing}, {Role: Accomplice, Steps: nothing}, {Role: Victim, Steps: nothing}, {Role: Onlooker, Steps: nothing}}
	}
	return a.seal()
}

// SeverityOf says how much haste an incident needs: of a hijack and a leak by how sure it is and who did it, of the
// others by kind.
func SeverityOf(i watch.Incident) Severity {
	sure := i.Attribution == watch.Supported && i.Confidence >= 0.8
	switch i.Kind {
	case watch.Hijack:
		switch {
		case sure:
			return Critical
		case i.Confidence >= 0.5:
			return High
		}
		return Medium
	case watch.Leak:
		if sure || len(i.Prefixes) >= 100 {
			return High
		}
		return Medium
	case watch.RPKIInvalid:
		return Medium
	case watch.BogonPrefix, watch.BogonASN:
		if i.Evidence.Administrative {
			return Info
		}
		return Low
	}
	return Low
}

// partiesOf lists who has a part in an incident, each network once for each of its roles.
func partiesOf(i watch.Incident) []Party {
	list := []Party{{i.ASN, Announcer}}
	for _, a := range i.Accomplices {
		list = append(list, Party{a.ASN, Accomplice})
	}
	if i.Victim != nil {
		list = append(list, Party{*i.Victim, Victim})
	}
	for _, v := range i.Evidence.Victims {
		if i.Victim == nil || v != *i.Victim {
			list = append(list, Party{v, Victim})
		}
	}
	if i.Kind == watch.PathAnomaly && i.Evidence.NewLink != nil {
		list = append(list, Party{i.Evidence.NewLink.Far, Victim})
	}
	return slices.Compact(list)
}

// titleOf says an incident in one line.
func titleOf(i watch.Incident) string {
	what := fmt.Sprintf("%s: %s by AS%d", kindTitle(Kind(i.Kind)), programme.PrefixList(i.Prefixes), i.ASN)
	if i.Victim != nil && i.Kind != watch.Leak {
		what += fmt.Sprintf(", of AS%d", *i.Victim)
	}
	return what
}

// kindTitle names a kind as a heading does.
func kindTitle(k Kind) string {
	return cmp.Or(map[Kind]string{
		Kind(watch.Hijack): "Possible hijack", Kind(watch.RPKIInvalid): "RPKI-invalid announcement", Kind(watch.BogonPrefix): "Bogon prefix",
		Kind(watch.BogonASN): "Bogon ASN in a path", Kind(watch.Leak): "Route leak", Kind(watch.PathAnomaly): "Neighbour never seen before",
		ROAExpiry: "ROA runs out", ROALost: "ROA lost", RouteObjectLost: "Route object lost", NewUpstream: "New upstream",
		VisibilityLost: "Visibility lost", OwnInvalid: "Own route is RPKI-invalid", SourceStale: "Source is stale", SourceHeld: "Source is held", CaseDeadline: "Deadline",
	}[k], string(k))
}

// howIncident says what an incident rests on: who saw it, since when, what was consulted, what else was tried.
func howIncident(i watch.Incident) []string {
	list := []string{
		fmt.Sprintf("seen since %s by %d peer sessions of %d networks%s; %d updates prove it", clock(i.Start), len(i.Peers), peerNetworks(i), firstPeers(i), i.Evidence.UpdatesTotal),
		fmt.Sprintf("attribution %s; confidence %.2f", programme.Attributed(i), i.Confidence),
	}
	for _, b := range i.Evidence.Baseline[:min(len(i.Evidence.Baseline), maxListed)] {
		list = append(list, fmt.Sprintf("before: %s from AS%d since %s (%d sessions)", b.Prefix, b.Origin, clock(b.Since), b.Peers))
	}
	for _, o := range i.Evidence.Objects[:min(len(i.Evidence.Objects), maxListed)] {
		list = append(list, Harmless(o.ID+": "+o.Says))
	}
	if text := triedText(i.Evidence.Exclusions); text != "" {
		list = append(list, text)
	}
	if len(i.Evidence.Updates) > 0 {
		u := i.Evidence.Updates[0]
		list = append(list, fmt.Sprintf("for example %s %s from AS%d at %s, path %s", clock(u.Time), u.Prefix, u.PeerASN, Harmless(u.Collector), pathText(u.Path)))
	}
	for _, name := range i.Anachronism {
		list = append(list, Harmless(name)+" was used against its time or age: take the verdict with care")
	}
	return list
}

// triedText counts the benign explanations that were tried, those without data apart.
func triedText(tried []watch.Tried) string {
	fails, noData := 0, 0
	for _, t := range tried {
		switch t.Result {
		case watch.Fails:
			fails++
		case watch.NoData:
			noData++
		}
	}
	if fails+noData == 0 {
		return ""
	}
	text := fmt.Sprintf("%d benign explanations were tried and do not hold", fails)
	if noData > 0 {
		text += fmt.Sprintf("; %d could not be tried for want of data", noData)
	}
	return text
}

// maxListed bounds what a text lists of one sort.
const maxListed = 3

func peerNetworks(i watch.Incident) int {
	seen := make(map[values.ASN]bool)
	for _, p := range i.Peers {
		seen[p.ASN] = true
	}
	return len(seen)
}

// firstPeers names some of those who saw an incident.
func firstPeers(i watch.Incident) string {
	if len(i.Peers) == 0 {
		return ""
	}
	text := " ("
	for n, p := range i.Peers[:min(len(i.Peers), maxListed)] {
		if n > 0 {
			text += ", "
		}
		text += fmt.Sprintf("AS%d at %s", p.ASN, Harmless(p.Collector))
	}
	if len(i.Peers) > maxListed {
		text += ", …"
	}
	return text + ")"
}

// maxHops bounds how much of a path a line shows.
const maxHops = 32

func pathText(path []values.ASN) string {
	text := ""
	for n, asn := range path {
		if n == maxHops {
			return text + " …"
		}
		if n > 0 {
			text += " "
		}
		text += asn.String()
	}
	return text
}

// harmlessParties makes the holders' names and the contacts fit for a line.
func harmlessParties(parties map[values.ASN]programme.Network) map[values.ASN]programme.Network {
	out := make(map[values.ASN]programme.Network, len(parties))
	for asn, n := range parties {
		n.Holder, n.Country, n.RIR = Harmless(n.Holder), Harmless(n.Country), Harmless(n.RIR)
		n.Contacts = slices.Clone(n.Contacts)
		for i := range n.Contacts {
			c := &n.Contacts[i]
			c.Role, c.Source = Harmless(c.Role), Harmless(c.Source)
		}
		out[asn] = n
	}
	return out
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// sentence ends a text with a full stop.
func sentence(text string) string { return text + "." }

// examplePrefix is the prefix that a look-up is shown with.
func examplePrefix(list []netip.Prefix) string {
	if len(list) == 0 {
		return "the prefix"
	}
	return list[0].String()
}
