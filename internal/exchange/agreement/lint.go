package agreement

import (
	"fmt"
	"slices"
	"strings"

	"pahra/wire/intelmq"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// Warning is what a reader of an agreement should look at twice: it can be used, and may not be what is meant.
type Warning struct {
	Clause Clause
	Text   string
}

// String gives "clause 4.2: text".
func (w Warning) String() string { return fmt.Sprintf("clause %s: %s", w.Clause, w.Text) }

// Lint looks for what may not be meant, in the order of the document.
func (a *Agreement) Lint() []Warning {
	l := &linter{seen: map[Clause]string{}}
	l.use(a.Purpose.Clause, "purpose")
	l.use(a.LegalBasis.Clause, "legal basis")
	for _, p := range a.Parties {
		l.use(p.Clause, "party "+p.Team)
	}
	l.use(a.Term.Clause, "term")
	l.use(a.Term.Renewal.Clause, "renewal")
	l.use(a.Term.Termination.Clause, "termination")
	for i := range a.Directions {
		l.direction(&a.Directions[i])
	}
	return l.found
}

type linter struct {
	found []Warning
	seen  map[Clause]string
}

func (l *linter) warn(c Clause, format string, args ...any) {
	l.found = append(l.found, Warning{c, fmt.Sprintf(format, args...)})
}

// use notes what a clause is about; a number that stands for two things cites neither.
func (l *linter) use(c Clause, what string) {
	if was, twice := l.seen[c]; twice && was != what {
		l.warn(c, "the number stands for two things: %s and %s", was, what)
		return
	}
	l.seen[c] = what
}

func (l *linter) direction(d *Direction) {
	way := " from " + d.From
	for _, part := range []struct {
		clause Clause
		what   string
	}{{d.TLP.Clause, "tlp"}, {d.Scope.Clause, "scope"}, {d.Originator.Clause, "originator"}, {d.Handling.Clause, "handling"}, {d.Onward.Clause, "onward"},
		{d.Retention.Clause, "retention"}, {d.Recall.Clause, "recall"}, {d.Statistics.Clause, "statistics"}} {
		l.use(part.clause, part.what+way)
	}
	for i := range d.Subjects {
		l.use(d.Subjects[i].Clause, fmt.Sprintf("subject %d%s", i+1, way))
	}
	for _, q := range d.Quotas {
		l.use(q.Clause, "quota"+way)
	}
	for i := range d.Fields {
		l.use(d.Fields[i].Clause, fmt.Sprintf("fields %d%s", i+1, way))
	}
	l.labels(d)
	l.subjects(d)
	l.fields(d)
	l.networks(d)
}

func (l *linter) labels(d *Direction) {
	if d.TLP.Max == values.TLPRed {
		l.warn(d.TLP.Clause, "TLP:RED leaves by persons' hands alone, whatever max says")
	}
	if d.Onward.To == "nobody" && d.TLP.AtLeast < values.TLPAmberStrict {
		l.warn(d.TLP.Clause, "nothing may be passed on (clause %s), but TLP:AMBER lets the receiver's clients see it: at_least is not TLP:AMBER+STRICT", d.Onward.Clause)
	}
	if d.TLP.Unlabelled == values.TLPClear {
		l.warn(d.TLP.Clause, "what has no label counts as TLP:CLEAR: no label says that nobody looked, not that all may see it")
	}
	if d.Recall.DeleteHours > d.Retention.Days*24 {
		l.warn(d.Recall.Clause, "what is recalled may be kept longer than what is not (clause %s)", d.Retention.Clause)
	}
}

func (l *linter) subjects(d *Direction) {
	strict := map[string]Clause{}
	permits := false
	for _, s := range d.Subjects {
		for _, k := range s.Kinds {
			if s.Effect == Forbid {
				strict[k] = s.Clause
			}
		}
		permits = permits || s.Effect != Forbid && len(s.Kinds) > 0
	}
	if !permits {
		l.warn(d.Scope.Clause, "from %s nothing leaves: no clause permits a subject", d.From)
	}
	for _, s := range d.Subjects {
		for _, k := range s.Kinds {
			class, _, _ := strings.Cut(k, "/")
			for _, over := range []string{k, class} {
				if by, forbidden := strict[over]; forbidden && s.Effect != Forbid {
					l.warn(s.Clause, "%s %s has no effect: clause %s forbids %s", s.Effect, k, by, over)
					break
				}
			}
		}
	}
}

// Masks that leave more bits than these leave few hosts to choose from.
const (
	wideV4 = 24
	wideV6 = 56
)

func (l *linter) fields(d *Direction) {
	released := false
	for _, f := range d.Fields {
		released = released || f.Action.Do != Drop
		if f.Action.Do == Mask && (f.Action.V4 > wideV4 || f.Action.V6 > wideV6) {
			l.warn(f.Clause, "%s leaves few hosts to choose from: /%d and /%d are usual", f.Action, wideV4, wideV6)
		}
		for _, p := range f.Patterns {
			if !known(p) {
				l.warn(f.Clause, "%s is no field of IntelMQ and no property of STIX", p)
			}
			if f.Action.Do == Release && slices.Contains([]string{"raw", "output", "extra.*", "*"}, p) {
				l.warn(f.Clause, "%s is released: it may hold what other clauses withhold; texts are searched for it, but less is safer", p)
			}
			if f.Action.Do == Bucket && strings.HasSuffix(p, ".ip") || f.Action.Do == Mask && strings.HasPrefix(p, "time.") {
				l.warn(f.Clause, "%s cannot be done to %s: it will be dropped", f.Action.Do, p)
			}
		}
	}
	if !released {
		l.warn(d.Scope.Clause, "from %s nothing leaves: no field is released", d.From)
	}
}

// known says whether a pattern stands for fields that there are.
func known(pattern string) bool {
	path, open := strings.CutSuffix(pattern, "*")
	_, field := intelmq.FormatOf(path)
	begin, rest, _ := strings.Cut(path, ".")
	typ, object := stix.TypeOf(begin)
	name, _, _ := strings.Cut(rest, ".")
	switch {
	case path == "" || field || begin == "extra" || begin == "extensions":
		return true
	case object:
		return open || typ.Property(name) != nil || slices.Contains([]string{"id", "labels", "extensions", "external_references"}, name)
	}
	return open && slices.Contains([]string{"source.", "source.geolocation.", "destination.", "destination.geolocation.", "time.", "feed.", "malware.", "malware.hash.",
		"classification.", "protocol.", "event_description.", "product.", "misp."}, path)
}

// networks looks for networks that go whole beside addresses that do not.
func (l *linter) networks(d *Direction) {
	does := map[string]FieldRule{}
	for _, f := range d.Fields {
		for _, p := range f.Patterns {
			does[p] = f
		}
	}
	for _, side := range []string{"source", "destination"} {
		ip, named := does[side+".ip"]
		network := does[side+".network"]
		if named && ip.Action.Do == Mask && network.Action.Do == Release {
			l.warn(network.Clause, "%s.network is released whole: one longer than /%d tells more than the mask of %s.ip (clause %s)", side, ip.Action.V4, side, ip.Clause)
		}
	}
}
