package service

import (
	"fmt"
	"math"
	"strings"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// named writes a network with its holder: "AS64500 (Example Net)".
func (p *Pages) named(asn values.ASN) string {
	if holder := p.parties[asn].Holder; holder != "" {
		return fmt.Sprintf("AS%d (%s)", asn, clip(holder, 40))
	}
	return fmt.Sprintf("AS%d", asn)
}

// clip shortens foreign text to so many characters.
func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}

// headline says in one plain sentence what happened. Where the evidence does not name the announcing network it says that
// paths show it to have done it, and no more.
func (p *Pages) headline(i *watch.Incident) string {
	what, where := prefixList(i.Prefixes), p.named(i.ASN)
	verb := func(done string) string {
		if i.Attribution == watch.Supported {
			return where + " " + done
		}
		return "Paths that may be forged say that " + where + " " + done
	}
	end := p.duration(i)
	switch e := i.Evidence; {
	case i.Kind == watch.Leak && e.Leak != nil:
		l := e.Leak
		return verb(fmt.Sprintf("passed routes of its %s %s on to its %s %s: %s of %s%s.", relationWord(l.FromRelation), p.named(l.From),
			relationWord(l.ToRelation), p.named(l.To), countOfThings(l.Prefixes, "prefix", "prefixes"), countOfThings(l.Origins, "network", "networks"), end))
	case i.Kind == watch.PathAnomaly && e.NewLink != nil:
		return fmt.Sprintf("%s appears next to %s, the established origin of %s, for the first time%s.", p.named(e.NewLink.Near),
			p.named(e.NewLink.Far), what, end)
	case i.Kind == watch.Hijack && i.Victim != nil:
		return verb(fmt.Sprintf("announced %s, which %s holds%s.", what, p.named(*i.Victim), end))
	case i.Kind == watch.Hijack:
		return verb(fmt.Sprintf("announced %s of %s%s.", countOfThings(len(i.Prefixes), "prefix", "prefixes"),
			countOfThings(len(e.Victims), "other network", "other networks"), end))
	case i.Kind == watch.RPKIInvalid:
		return verb(fmt.Sprintf("announced %s, which the RPKI finds invalid%s.", what, end))
	case i.Kind == watch.BogonPrefix && e.Administrative:
		return verb(fmt.Sprintf("announced %s, which no registry has handed out%s.", what, end))
	case i.Kind == watch.BogonPrefix:
		return verb(fmt.Sprintf("announced %s, which nobody may announce%s.", what, end))
	case i.Kind == watch.BogonASN && e.BogonASN != nil:
		return verb(fmt.Sprintf("let AS%d, a number that must not appear, out in the path of %s%s.", *e.BogonASN, what, end))
	}
	return verb(fmt.Sprintf("announced %s (%s)%s.", what, i.Kind, end))
}

// relationWord names what a network is to the leaker; "neighbour" where that is not known.
func relationWord(k watch.KnownRelation) string {
	if k.Relation == "" || k.Relation == "unknown" {
		return "neighbour"
	}
	return k.Relation
}

// duration says how long an incident took: " for 45 minutes", or that it goes on.
func (p *Pages) duration(i *watch.Incident) string {
	if i.End == nil {
		return ", and still did when the run ended"
	}
	return " for " + InWords(i.End.Sub(i.Start))
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
