package alert

import (
	"slices"

	"pahra/wire/values"
)

// Members tells whether a network belongs to a neighbourhood; known is false where that cannot be told for want of data.
type Members func(neighbourhood string, asn values.ASN) (in, known bool)

// Match tells whether an alert is for the subscription, and which roles its networks have in it. Where the networks of a
// neighbourhood are not known, that neighbourhood matches nothing; others of the subscription still may.
func (s *Subscription) Match(a *Alert, in Members) (roles []Role, ok bool) {
	if !s.takes(a) {
		return nil, false
	}
	if len(s.Networks)+len(s.Prefixes)+len(s.Neighbourhoods) == 0 {
		roles = []Role{Onlooker}
	} else {
		roles = s.rolesIn(a, in)
	}
	if a.Kind.ofSources() {
		roles = []Role{Onlooker}
	}
	if len(roles) == 0 {
		return nil, false
	}
	if len(s.Roles) > 0 && !slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(s.Roles, r) }) {
		return nil, false
	}
	return roles, true
}

// takes tells whether the kind, the confidence and the severity are wanted.
func (s *Subscription) takes(a *Alert) bool {
	if a.Kind.ofSources() && !s.Administrator {
		return false
	}
	if len(s.Kinds) > 0 && !slices.Contains(s.Kinds, a.Kind) {
		return false
	}
	return a.Confidence >= s.MinConfidence && a.Severity.Rank() >= s.MinSeverity.Rank()
}

// rolesIn gives the roles that the chosen networks and prefixes have, in order of [roles], each once. A chosen prefix
// makes a victim of whoever chose it, unless the networks chosen say more.
func (s *Subscription) rolesIn(a *Alert, in Members) (list []Role) {
	for _, p := range a.Parties {
		if s.chose(p.ASN, in) {
			list = append(list, p.Role)
		}
	}
	if len(list) == 0 && s.chosePrefix(a) {
		list = []Role{Victim}
		if len(a.Parties) > 0 && a.Parties[0].Role == Owner {
			list = []Role{Owner}
		}
	}
	slices.SortFunc(list, func(x, y Role) int { return slices.Index(roles, x) - slices.Index(roles, y) })
	return slices.Compact(list)
}

func (s *Subscription) chose(asn values.ASN, in Members) bool {
	if slices.Contains(s.Networks, asn) {
		return true
	}
	return slices.ContainsFunc(s.Neighbourhoods, func(name string) bool {
		is, known := in(name, asn)
		return is && known
	})
}

func (s *Subscription) chosePrefix(a *Alert) bool {
	for _, c := range s.Prefixes {
		if slices.ContainsFunc(a.Prefixes, c.Matches) {
			return true
		}
	}
	return false
}
