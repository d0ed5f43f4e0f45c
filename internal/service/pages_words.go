package service

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// named writes a network with its holder: "AS64500 (Example Net)".
func (p *Pages) named(asn values.ASN) string {
	if holder := p.parties[asn].Holder; holder != "" {
		return fmt.Sprintf("AS%d (%s)", asn, Clip(holder, 40, "…"))
	}
	return fmt.Sprintf("AS%d", asn)
}

// Clip shortens foreign text to so many characters, those of the mark that says so among them.
func Clip(text string, most int, mark string) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-utf8.RuneCountInString(mark)])) + mark
	}
	return text
}

// headline says in one plain sentence what happened. Where the evidence does not name the announcing network, it only
// appeared to do it.
func (p *Pages) headline(i *watch.Incident) string {
	what, e := prefixList(i.Prefixes), i.Evidence
	switch {
	case i.Kind == watch.Leak && e.Leak != nil:
		l := e.Leak
		return p.sentence(i, "passed", "pass", fmt.Sprintf("routes of its %s %s on to its %s %s: %s of %s", relationWord(l.FromRelation), p.named(l.From),
			relationWord(l.ToRelation), p.named(l.To), countOfThings(l.Prefixes, "prefix", "prefixes"), countOfThings(l.Origins, "network", "networks")))
	case i.Kind == watch.PathAnomaly && e.NewLink != nil:
		return fmt.Sprintf("Paths showed %s next to %s, the established origin of %s, for the first time.", p.named(e.NewLink.Near),
			p.named(e.NewLink.Far), what)
	case i.Kind == watch.Hijack && i.Victim != nil:
		what += ", which " + p.named(*i.Victim) + " holds"
	case i.Kind == watch.Hijack:
		what = fmt.Sprintf("%s of %s", countOfThings(len(i.Prefixes), "prefix", "prefixes"), countOfThings(len(e.Victims), "other network", "other networks"))
	case i.Kind == watch.RPKIInvalid:
		what += ", which the RPKI finds invalid"
	case i.Kind == watch.BogonPrefix && e.Administrative:
		what += ", which no registry has handed out"
	case i.Kind == watch.BogonPrefix:
		what += ", which nobody may announce"
	case i.Kind == watch.BogonASN && e.BogonASN != nil:
		return p.sentence(i, "let", "let", fmt.Sprintf("AS%d, a number that must not appear, out in the path of %s", *e.BogonASN, what))
	}
	return p.sentence(i, "announced", "announce", what)
}

// sentence says how long the announcing network did something: "For 45 minutes AS64500 announced …".
func (p *Pages) sentence(i *watch.Incident, did, do, what string) string {
	if i.Attribution != watch.Supported {
		did = "appeared to " + do
	}
	switch {
	case i.End == nil && p.live:
		return fmt.Sprintf("%s %s %s; it is still seen.", p.named(i.ASN), did, what)
	case i.End == nil:
		return fmt.Sprintf("%s %s %s; it had not ended when the run did.", p.named(i.ASN), did, what)
	}
	return fmt.Sprintf("For %s %s %s %s.", InWords(i.End.Sub(i.Start)), p.named(i.ASN), did, what)
}

// relationWord names what a network is to the leaker; "neighbour" where that is not known.
func relationWord(k watch.KnownRelation) string {
	if k.Relation == "" || k.Relation == "unknown" {
		return "neighbour"
	}
	return k.Relation
}

// laterOf gives the later of two moments.
func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// InWords writes a time span as a person would: "45 minutes", "3 hours", "2 days".
func InWords(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		many string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d >= 2*unit.size { // below that, the smaller unit says more
			return fmt.Sprintf("%.0f %s", math.Round(float64(d)/float64(unit.size)), unit.many)
		}
	}
	return countOfThings(int(d.Seconds()), "second", "seconds")
}

func countOfThings(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
