package alert

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// SourceState is how a source is.
type SourceState struct {
	Name string // in the configuration
	Kind string
	// Stale says that it gives nothing new; Last is when it last did (zero for never), Why what is wrong.
	Stale bool
	Last  time.Time
	Why   string
	// Held says what shrank too far for its last fact to be judged with; empty where nothing is held.
	Held string
}

// SourceMemory is what is wrong with the sources, by what and which, and since when.
type SourceMemory map[string]time.Time

// Sources holds how the sources are now against what is remembered, and gives what to remember next and what
// administrators should know. A source that is not listed is left as it was.
func Sources(m SourceMemory, now time.Time, states []SourceState, link string) (SourceMemory, []Alert) {
	next := maps.Clone(m)
	if next == nil {
		next = SourceMemory{}
	}
	var list []Alert
	states = slices.SortedFunc(slices.Values(states), func(a, b SourceState) int { return compareText(a.Name, b.Name) })
	for _, s := range states {
		for _, k := range []Kind{SourceStale, SourceHeld} {
			is := k == SourceStale && s.Stale || k == SourceHeld && s.Held != ""
			key := string(k) + " " + s.Name
			since, was := m[key]
			switch {
			case is && !was:
				next[key] = now.UTC()
				list = append(list, sourceAlert(k, s, now, now, link))
			case !is && was:
				delete(next, key)
				a := sourceAlert(k, s, since, now, link)
				a.Phase, a.Until = Ended, now.UTC()
				a.What = fmt.Sprintf("It is over: %s is well again since %s.", Harmless(s.Name), clock(now))
				a.First = []Advice{{Role: Onlooker, Steps: []string{"see on the page of the sources whether the gap was filled"}}}
				list = append(list, a.seal())
			}
		}
	}
	return next, list
}

func sourceAlert(k Kind, s SourceState, since, now time.Time, link string) Alert {
	name, last := Harmless(s.Name), "never"
	if !s.Last.IsZero() {
		last = clock(s.Last)
	}
	a := Alert{
		Subject: fmt.Sprintf("%s %s %d", k, name, since.Unix()), Kind: k, Phase: Opened, Time: now.UTC(), Since: since.UTC(), Severity: High, Confidence: 1, Link: link,
		Title: fmt.Sprintf("%s: %s", kindTitle(k), name),
		How:   []string{"last news of it: " + last, "noticed at " + clock(now)},
	}
	if s.Why != "" {
		a.How = append(a.How, "what is wrong: "+Harmless(s.Why))
	}
	if k == SourceStale {
		a.What = fmt.Sprintf("Source %s (%s) gives nothing new. What it is asked for is judged as \"no data\" once it is too old, and incidents may go unseen.", name, Harmless(s.Kind))
		a.First = []Advice{{Role: Onlooker, Steps: []string{
			"see whether the service reaches it (name, route, firewall, certificate), and whether its operator has announced work",
			"if it stays away, configure another source of the same kind",
		}}}
		return a.seal()
	}
	a.What = fmt.Sprintf("What source %s gave last is held and not judged with: %s.", name, Harmless(s.Held))
	a.First = []Advice{{Role: Onlooker, Steps: []string{
		"compare it with another validator or mirror: is the fall real?",
		"if it is real, let it in (pahra facts release); if not, discard it, and tell the operator of the source",
	}}}
	return a.seal()
}
