package agreement

import (
	"fmt"
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v3"

	"pahra/wire/values"
)

func (r *reader) direction(a *Agreement) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var d Direction
		r.object(n, keys{
			"from": r.name(&d.From), "to": r.name(&d.To), "tlp": r.tlp(&d.TLP), "scope": r.scope(&d.Scope),
			"originator": r.originator(&d.Originator), "handling": r.handling(&d.Handling), "onward": r.onward(&d.Onward),
			"subjects": r.list(func(n *yaml.Node) { r.subject(n, &d) }),
			"?quotas":  r.list(func(n *yaml.Node) { r.quota(n, &d) }),
			"retention": func(n *yaml.Node) {
				r.object(n, keys{"clause": r.clause(&d.Retention.Clause), "days": whole(r, &d.Retention.Days, 1, 36500)})
			},
			"recall": func(n *yaml.Node) {
				r.object(n, keys{"clause": r.clause(&d.Recall.Clause), "acknowledge_hours": whole(r, &d.Recall.AcknowledgeHours, 1, 8760),
					"delete_hours": whole(r, &d.Recall.DeleteHours, 1, 8760)})
			},
			"statistics": func(n *yaml.Node) {
				r.object(n, keys{"clause": r.clause(&d.Statistics.Clause), "minimum_cell": whole(r, &d.Statistics.MinimumCell, 1, 1_000_000),
					"taxonomy": r.text(&d.Statistics.Taxonomy), "unit": checked(r, &d.Statistics.Unit, word("incident", "report", "ip-day", "case"))})
			},
			"fields": func(n *yaml.Node) {
				seen := map[string]int{}
				r.list(func(n *yaml.Node) { r.field(n, &d, seen) })(n)
			},
		})
		a.Directions = append(a.Directions, d)
	}
}

// label makes a label of one as version 2.0 writes it: what an agreement says must not be open to reading.
func label(s string) (values.TLP, error) {
	t, err := values.ParseTLP(s)
	if err != nil || t.String() != s {
		return 0, fmt.Errorf("%.40q is none of TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT, TLP:RED", s)
	}
	return t, nil
}

func (r *reader) tlp(t *TLPRule) func(*yaml.Node) {
	return func(n *yaml.Node) {
		strict, version1 := "", (*yaml.Node)(nil)
		r.object(n, keys{
			"clause": r.clause(&t.Clause), "max": checked(r, &t.Max, label), "?at_least": checked(r, &t.AtLeast, label), "?ask_from": checked(r, &t.AskFrom, label),
			"unlabelled": checked(r, &t.Unlabelled, func(s string) (values.TLP, error) {
				if s == "refuse" {
					return values.NoTLP, nil
				}
				return label(s)
			}),
			"version_1":             func(n *yaml.Node) { version1 = n },
			"labels":                whole(r, &t.Labels, 1, 2),
			"?amber_strict_becomes": checked(r, &strict, word("RED", "refuse")),
		})
		t.StrictAsRed = strict == "RED"
		switch {
		case t.Labels == 1 && strict == "":
			r.fault(n, "labels of version 1 have no AMBER+STRICT: amber_strict_becomes is missing (RED or refuse)")
		case t.Labels == 2 && strict != "":
			r.fault(n, "amber_strict_becomes is for a receiver who reads labels of version 1")
		case t.AtLeast == values.TLPRed:
			r.fault(n, "at_least: TLP:RED would let nothing leave")
		}
		if version1 != nil {
			r.version1(version1, t)
		}
	}
}

// version1 reads what labels of version 1 count as.
func (r *reader) version1(n *yaml.Node, t *TLPRule) {
	white, green, amber, red := values.NoTLP, values.NoTLP, values.NoTLP, values.NoTLP
	r.object(n, keys{"WHITE": checked(r, &white, label), "GREEN": checked(r, &green, label), "AMBER": checked(r, &amber, label), "RED": checked(r, &red, label)})
	t.FromVersion = map[values.TLP]values.TLP{values.TLPClear: white, values.TLPGreen: green, values.TLPAmber: amber, values.TLPRed: red}
	for _, was := range []values.TLP{values.TLPClear, values.TLPGreen, values.TLPAmber, values.TLPRed} {
		if to := t.FromVersion[was]; to < was && to != values.NoTLP {
			old, _ := was.V1()
			r.fault(n, "%s of version 1 would become %s, which more people may see", old, to)
		}
	}
}

func (r *reader) subject(n *yaml.Node, d *Direction) {
	var s Subject
	read := func(e Effect) func(*yaml.Node) {
		return func(n *yaml.Node) {
			if s.Effect != "" {
				r.fault(n, "one of permit, ask and forbid is enough")
			}
			s.Effect = e
			many(r, &s.Kinds, r.kindOf)(n)
		}
	}
	r.object(n, keys{"clause": r.clause(&s.Clause), "?permit": read(Permit), "?ask": read(Ask), "?forbid": read(Forbid)})
	if s.Effect == "" {
		r.fault(n, "permit, ask or forbid is missing")
	}
	d.Subjects = append(d.Subjects, s)
}

// kindOf makes a class of the RSIT, or a class with a type, of a text.
func (r *reader) kindOf(s string) (string, error) {
	for _, c := range r.kinds.Codes() {
		if s == c.Class || s == c.String() {
			return s, nil
		}
	}
	return "", fmt.Errorf("%.60q is no class of the RSIT such as fraud, and no type such as fraud/phishing", s)
}

func (r *reader) scope(s *Scope) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.object(n, keys{
			"clause": r.clause(&s.Clause), "?everything": r.truth(&s.Everything), "?countries": many(r, &s.Countries, country),
			"?sides": many(r, &s.Sides, word("source", "destination")), "?asns": r.list(r.asn(s)), "?prefixes": many(r, &s.Prefixes, values.ParsePrefix),
			"?domains": many(r, &s.Domains, domain),
		})
		selectors := len(s.Countries) + len(s.ASNs) + len(s.Prefixes) + len(s.Domains)
		if s.Everything == (selectors > 0) {
			r.fault(n, "a scope is everything, or what these concern: countries, asns, prefixes, domains")
		}
		if s.Everything && len(s.Sides) > 0 {
			r.fault(n, "sides say nothing where everything is in scope")
		}
	}
}

func (r *reader) asn(s *Scope) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, err := values.ParseASN(n.Value)
		if err != nil || n.Tag != "!!int" || v == 0 {
			r.fault(n, "%.40q is no number of a network such as 64500", n.Value)
			return
		}
		s.ASNs = append(s.ASNs, v)
	}
}

// domain makes a domain in small letters, without dots around it, of a text: ".in" and "in" are the same.
func domain(s string) (string, error) {
	d := strings.Trim(strings.ToLower(s), ".")
	if d == "" || len(d) > 253 || strings.Trim(d, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || strings.Contains(d, "..") {
		return "", fmt.Errorf("%.60q is no domain such as .in; what is not ASCII is written as xn--…", s)
	}
	if _, err := netip.ParseAddr(d); err == nil {
		return "", fmt.Errorf("%.60q is an address: it belongs to prefixes", s)
	}
	return d, nil
}

func (r *reader) originator(o *Originator) func(*yaml.Node) {
	return func(n *yaml.Node) {
		third, without := "", ""
		r.object(n, keys{"clause": r.clause(&o.Clause), "third_party": checked(r, &third, word("release", "ask", "refuse")),
			"names": many(r, &o.Names, pattern), "without_consent": checked(r, &without, word("drop", "replace"))})
		o.ThirdParty = map[string]Effect{"release": Permit, "ask": Ask, "refuse": Forbid}[third]
		o.WithoutConsent, _ = parseDo(without)
	}
}

func (r *reader) handling(h *Handling) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.object(n, keys{
			"clause": r.clause(&h.Clause),
			"permitted_actions": checked(r, &h.PermittedActions, word("none", "contact-for-instruction", "internally-visible-actions",
				"externally-visible-indirect-actions", "externally-visible-direct-actions")),
			"pap":                          checked(r, &h.PAP, pap),
			"affected_party_notifications": checked(r, &h.NotifyAffected, word("may", "must-not")),
			"attribution":                  checked(r, &h.Attribution, word("may", "must", "must-not")),
			"unmodified_resale":            checked(r, &h.Resale, word("may", "must-not")),
			"encrypt_in_transit":           checked(r, &h.EncryptInTransit, word("may", "must")),
		})
	}
}

func pap(s string) (values.PAP, error) {
	p, err := values.ParsePAP(s)
	if err != nil || p.String() != s {
		return 0, fmt.Errorf("%.40q is none of PAP:CLEAR, PAP:GREEN, PAP:AMBER, PAP:RED", s)
	}
	return p, nil
}

func (r *reader) onward(o *Onward) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.object(n, keys{"clause": r.clause(&o.Clause), "to": checked(r, &o.To, word("nobody", "constituents", "named", "community")),
			"?named": many(r, &o.Named, func(s string) (string, error) { return s, nil }), "with_permission": r.truth(&o.WithPermission)})
		if (o.To == "named") != (len(o.Named) > 0) {
			r.fault(n, "named says who, where to is named")
		}
	}
}

func (r *reader) quota(n *yaml.Node, d *Direction) {
	var q Quota
	per := ""
	r.object(n, keys{"clause": r.clause(&q.Clause), "objects": whole(r, &q.Objects, 1, 1<<40), "per": checked(r, &per, word("hour", "day", "month"))})
	q.Per = Span(per)
	for _, o := range d.Quotas {
		if o.Clause == q.Clause {
			r.fault(n, "clause %s is a quota already: each is counted by its clause", q.Clause)
		}
	}
	d.Quotas = append(d.Quotas, q)
}

func (r *reader) field(n *yaml.Node, d *Direction, seen map[string]int) {
	f := FieldRule{}
	do := ""
	r.object(n, keys{
		"clause": r.clause(&f.Clause), "action": checked(r, &do, word(doWords[:]...)),
		"fields": many(r, &f.Patterns, pattern), "?v4": whole(r, &f.Action.V4, 1, 31), "?v6": whole(r, &f.Action.V6, 1, 127),
		"?to": checked(r, &f.Action.To, word("hour", "day", "region", "country")), "?key": r.name(&f.Action.Key),
	})
	f.Action.Do, _ = parseDo(do)
	if why := f.Action.whole(); do != "" && why != "" {
		r.fault(n, "%s", why)
	}
	if len(f.Patterns) == 0 {
		r.fault(n, "fields: none is named")
	}
	for _, p := range f.Patterns {
		if line, twice := seen[p]; twice {
			r.fault(n, "%s has a rule in line %d already: which one counts?", p, line)
		}
		if p == "extra.pahra.*" || strings.HasPrefix(p, Internal) {
			r.fault(n, "%s: what Pahra notes for itself never leaves", p)
		}
		seen[p] = n.Line
	}
	d.Fields = append(d.Fields, f)
}

// whole says what an action lacks or has too much.
func (a Action) whole() string {
	bits, to, key := a.V4 > 0 && a.V6 > 0, a.To, a.Key != ""
	switch {
	case a.Do == Mask && !bits:
		return "mask needs v4 and v6, the bits that stay"
	case a.Do == Bucket && to != "hour" && to != "day":
		return "bucket needs to: hour or day"
	case a.Do == Generalise && to != "region" && to != "country":
		return "generalise needs to: region or country"
	case a.Do == Pseudonymise && !key:
		return "pseudonymise needs key, the name of the key"
	case a.Do != Mask && (a.V4 > 0 || a.V6 > 0), a.Do != Bucket && a.Do != Generalise && to != "", a.Do != Pseudonymise && key:
		return a.Do.String() + " has something that belongs to another action (v4 and v6: mask; to: bucket, generalise; key: pseudonymise)"
	}
	return ""
}

// pattern makes a pattern of fields of a text.
func pattern(s string) (string, error) {
	if len(s) > 250 || !patternForm.MatchString(s) {
		return "", fmt.Errorf("%.60q is no field such as source.ip and no pattern such as extra.*", s)
	}
	return s, nil
}
