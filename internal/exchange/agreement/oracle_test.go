package agreement

import (
	"slices"
	"strings"
	"time"

	"pahra/wire/values"
)

// literal reads an agreement as a person would, clause by clause, each time anew. It judges the table.
type literal struct {
	a *Agreement
	d Direction
}

// verdict gives what becomes of an object.
func (l literal) verdict(f *Facts, ask Request, over bool) Verdict {
	if over || !l.inForce(ask) || f.Unsound != "" || f.Recalled || ask.At.Before(f.Embargo) || !f.Expires.IsZero() && !f.Expires.After(ask.At) {
		return Refuse
	}
	label, known := l.label(f)
	if !known || label == values.TLPRed || label > l.d.TLP.Max || !l.concerns(f) {
		return Refuse
	}
	if l.d.TLP.Labels == 1 && max(label, l.d.TLP.AtLeast) == values.TLPAmberStrict && !l.d.TLP.StrictAsRed {
		return Refuse
	}
	says := l.subjects(f)
	if says[Forbid] || !says[Permit] && !says[Ask] {
		return Refuse
	}
	third := f.Origin != "" && f.Origin != l.d.From && !slices.Contains(f.Permits, l.d.To)
	if third && l.d.Originator.ThirdParty == Forbid {
		return Refuse
	}
	asks := says[Ask] || third && l.d.Originator.ThirdParty == Ask || l.d.TLP.AskFrom != values.NoTLP && label >= l.d.TLP.AskFrom
	if asks && !ask.Reviewed {
		return Review
	}
	return Released
}

func (l literal) subjects(f *Facts) map[Effect]bool {
	says := map[Effect]bool{}
	for _, s := range l.d.Subjects {
		for _, k := range s.Kinds {
			if k == f.Kind.Class || k == f.Kind.Class+"/"+f.Kind.Type {
				says[s.Effect] = true
			}
		}
	}
	return says
}

func (l literal) inForce(ask Request) bool {
	if ask.Standing.Suspended != "" {
		return false
	}
	for _, p := range l.a.Parties {
		if !slices.Contains(ask.Standing.Signed, p.Team) {
			return false
		}
	}
	if ask.At.Before(l.a.Term.Start) {
		return false
	}
	n := ask.Standing.Notice
	if !n.IsZero() && !ask.At.Before(n.AddDate(0, 0, l.a.Term.Termination.NoticeDays)) {
		return false
	}
	if ask.At.Before(l.a.Term.End) {
		return true
	}
	for i := 1; i <= l.a.Term.Renewal.Times; i++ { // the i-th renewal begins where no notice was given before the end of what it follows
		begins := l.a.Term.End.AddDate(0, (i-1)*l.a.Term.Renewal.Months, 0)
		ends := l.a.Term.End.AddDate(0, i*l.a.Term.Renewal.Months, 0)
		if !n.IsZero() && n.Before(begins) {
			return false
		}
		if ask.At.Before(ends) {
			return true
		}
	}
	return false
}

func (l literal) label(f *Facts) (values.TLP, bool) {
	if f.TLP == values.NoTLP {
		return l.d.TLP.Unlabelled, l.d.TLP.Unlabelled != values.NoTLP
	}
	if to, there := l.d.TLP.FromVersion[f.TLP]; f.Version1 && there {
		return to, true
	}
	return f.TLP, true
}

func (l literal) concerns(f *Facts) bool {
	s := l.d.Scope
	if s.Everything {
		return true
	}
	for _, c := range f.Concerns {
		if len(s.Sides) > 0 && !slices.Contains(s.Sides, c.Side) {
			continue
		}
		for _, p := range s.Prefixes {
			if c.Address.IsValid() && p.Bits() <= c.Address.Bits() && p.Contains(c.Address.Addr()) {
				return true
			}
		}
		for _, d := range s.Domains {
			if c.Domain == d || strings.HasSuffix(c.Domain, "."+d) {
				return true
			}
		}
		if c.ASN != 0 && slices.Contains(s.ASNs, c.ASN) || slices.Contains(s.Countries, c.Country) {
			return true
		}
	}
	return false
}

// matches says whether a pattern stands for a path.
func matches(pattern, path string) bool {
	return pattern == path || strings.HasSuffix(pattern, "*") && strings.HasPrefix(path, pattern[:len(pattern)-1])
}

// action gives what is done to a field of an object that is released.
func (l literal) action(f *Facts, kind Kind, path string) Action {
	if strings.HasPrefix(path, "extra.pahra.") {
		return Action{}
	}
	best, does := "", Action{}
	for _, rule := range l.d.Fields {
		for _, p := range rule.Patterns {
			longer := len(strings.TrimSuffix(p, "*")) >= len(strings.TrimSuffix(best, "*")) && (best != path || p == path)
			if matches(p, path) && (best == "" || longer) {
				best, does = p, rule.Action
			}
		}
	}
	to, _ := l.a.Party(l.d.To)
	consent := f.Consent == Everyone || f.Consent == Government && to.Government
	if !consent && slices.ContainsFunc(l.d.Originator.Names, func(p string) bool { return matches(p, path) }) {
		if does.Do != Replace && (does.Do != Release || l.d.Originator.WithoutConsent == Drop) || l.d.Originator.WithoutConsent == Drop {
			does = Action{}
		} else {
			does = Action{Do: Replace}
		}
	}
	can := map[Do][]Kind{Mask: {Address, Network}, Bucket: {Time}, Generalise: {Place}}
	if kinds, limited := can[does.Do]; limited && !slices.Contains(kinds, kind) || kind == Blob && (does.Do == Pseudonymise || does.Do == Replace) {
		return Action{}
	}
	return does
}

// changes gives every instant at which the words of an agreement, or an object's own times, may change what holds.
func (l literal) changes(f *Facts, n time.Time) []time.Time {
	at := []time.Time{l.a.Term.Start, l.a.Term.End, f.Embargo, f.Expires}
	for i := 1; i <= l.a.Term.Renewal.Times; i++ {
		at = append(at, l.a.Term.End.AddDate(0, i*l.a.Term.Renewal.Months, 0))
	}
	if !n.IsZero() {
		at = append(at, n.AddDate(0, 0, l.a.Term.Termination.NoticeDays))
	}
	return at
}
