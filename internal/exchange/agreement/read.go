package agreement

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"pahra/internal/desk/class"
)

// The forms of names in a document.
var (
	clauseForm      = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,3}){0,4}[a-z]?$`)
	teamForm        = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	fingerprintForm = regexp.MustCompile(`^([0-9A-F]{40}|[0-9A-F]{64})$`)
	patternForm     = regexp.MustCompile(`^(\*|[a-z0-9_][a-zA-Z0-9_'-]*(\.[a-zA-Z0-9_':-]+)*(\.\*)?)$`)
)

// Read reads a document. What is wrong with it is told whole: the error is [Faults] unless the text is no YAML.
func Read(text []byte) (*Agreement, error) {
	root, err := document(text)
	if err != nil {
		return nil, fmt.Errorf("reading an agreement: %w", err)
	}
	kinds, err := class.Load()
	if err != nil {
		return nil, fmt.Errorf("reading an agreement: %w", err)
	}
	r := &reader{kinds: kinds}
	a := &Agreement{tree: r.tree(root, 1)}
	if len(r.faults) == 0 {
		r.agreement(root, a)
	}
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b Fault) int { return a.Line - b.Line })
		return nil, r.faults
	}
	return a, nil
}

func (r *reader) agreement(n *yaml.Node, a *Agreement) {
	format := ""
	var parties, directions, term *yaml.Node
	r.object(n, keys{
		"format":      checked(r, &format, word(Format)),
		"id":          r.name(&a.ID),
		"version":     whole(r, &a.Version, 1, 1_000_000),
		"title":       r.text(&a.Title),
		"purpose":     r.statement(&a.Purpose),
		"legal_basis": r.statement(&a.LegalBasis),
		"parties":     func(n *yaml.Node) { parties = n; r.list(r.party(a))(n) },
		"term":        func(n *yaml.Node) { term = n; r.term(&a.Term)(n) },
		"directions":  func(n *yaml.Node) { directions = n; r.list(r.direction(a))(n) },
	})
	if parties != nil {
		r.twoParties(parties, a)
	}
	if directions != nil {
		r.ways(directions, a)
	}
	if term != nil {
		r.possible(term, &a.Term)
	}
}

func (r *reader) twoParties(n *yaml.Node, a *Agreement) {
	switch {
	case len(a.Parties) != 2:
		r.fault(n, "an agreement has two parties; here are %d", len(a.Parties))
	case a.Parties[0].Team == a.Parties[1].Team:
		r.fault(n, "both parties are %s", a.Parties[0].Team)
	}
	seen := map[string]bool{}
	for _, p := range a.Parties {
		for _, k := range p.Keys {
			if seen[k.Fingerprint] {
				r.fault(n, "the key %s is there twice", k.Fingerprint)
			}
			seen[k.Fingerprint] = true
		}
	}
}

func (r *reader) ways(n *yaml.Node, a *Agreement) {
	if len(a.Directions) == 0 || len(a.Directions) > 2 {
		r.fault(n, "an agreement has one direction or two; here are %d", len(a.Directions))
	}
	for i, d := range a.Directions {
		_, from := a.Party(d.From)
		_, to := a.Party(d.To)
		if !from || !to || d.From == d.To {
			r.fault(n.Content[i], "a direction is from one party to the other; this one is from %q to %q", d.From, d.To)
		}
		if i > 0 && d.From == a.Directions[0].From {
			r.fault(n.Content[i], "there are two directions from %q", d.From)
		}
	}
}

func (r *reader) possible(n *yaml.Node, t *Term) {
	if !t.Start.IsZero() && !t.End.IsZero() && !t.Start.Before(t.End) {
		r.fault(n, "the term ends before it begins")
	}
	auto := t.Renewal.How == "automatic"
	if auto != (t.Renewal.Months > 0) || auto != (t.Renewal.Times > 0) {
		r.fault(n, "renewal: months and times belong to automatic, and to nothing else")
	}
}

// name reads the short name of an agreement or a team.
func (r *reader) name(into *string) func(*yaml.Node) {
	return checked(r, into, func(s string) (string, error) {
		if !teamForm.MatchString(s) {
			return "", fmt.Errorf("%.80q is no short name: small letters, digits and hyphens", s)
		}
		return s, nil
	})
}

func (r *reader) clause(into *Clause) func(*yaml.Node) {
	return checked(r, into, func(s string) (Clause, error) {
		if !clauseForm.MatchString(s) {
			return "", fmt.Errorf("%.40q is no number of a clause such as \"4.2\"", s)
		}
		return Clause(s), nil
	})
}

func (r *reader) statement(s *Statement) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.object(n, keys{"clause": r.clause(&s.Clause), "text": r.text(&s.Text), "?reference": r.text(&s.Reference)})
	}
}

func (r *reader) party(a *Agreement) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var p Party
		r.object(n, keys{
			"clause": r.clause(&p.Clause), "team": r.name(&p.Team), "name": r.text(&p.Name), "country": checked(r, &p.Country, country),
			"government": r.truth(&p.Government), "profile": r.profile(&p.Profile),
			"keys": r.list(func(n *yaml.Node) {
				var k Key
				r.object(n, keys{"fingerprint": checked(r, &k.Fingerprint, fingerprint), "key": checked(r, &k.Armoured, armoured)})
				p.Keys = append(p.Keys, k)
			}),
		})
		if len(p.Keys) == 0 {
			r.fault(n, "keys: %s has none to sign with", p.Team)
		}
		a.Parties = append(a.Parties, p)
	}
}

func (r *reader) profile(p *Profile) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.object(n, keys{
			"updated": r.text(&p.Updated), "?published_at": r.text(&p.PublishedAt), "?address": r.text(&p.Address),
			"time_zone": r.text(&p.TimeZone), "?telephone": r.text(&p.Telephone), "?emergency_telephone": r.text(&p.Emergency),
			"email": r.text(&p.Email), "?hours": r.text(&p.Hours),
			"?languages": many(r, &p.Languages, func(s string) (string, error) { return s, nil }),
			"?mission":   r.text(&p.Mission), "constituency": r.text(&p.Constituency), "?affiliation": r.text(&p.Affiliation),
			"authority": r.text(&p.Authority), "?incident_types": r.text(&p.IncidentTypes), "?cooperation": r.text(&p.Cooperation),
			"?services": r.text(&p.Services), "?disclaimer": r.text(&p.Disclaims),
		})
	}
}

func (r *reader) term(t *Term) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.object(n, keys{
			"clause": r.clause(&t.Clause), "start": checked(r, &t.Start, moment), "end": checked(r, &t.End, moment),
			"renewal": func(n *yaml.Node) {
				r.object(n, keys{"clause": r.clause(&t.Renewal.Clause), "how": checked(r, &t.Renewal.How, word("none", "new-version", "automatic")),
					"?months": whole(r, &t.Renewal.Months, 1, 240), "?times": whole(r, &t.Renewal.Times, 1, 20)})
			},
			"termination": func(n *yaml.Node) {
				r.object(n, keys{"clause": r.clause(&t.Termination.Clause), "notice_days": whole(r, &t.Termination.NoticeDays, 0, 3650)})
			},
		})
	}
}

func country(s string) (string, error) {
	if len(s) != 2 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("%.40q is no country's code such as IN", s)
	}
	return s, nil
}

func fingerprint(s string) (string, error) {
	f := strings.ReplaceAll(s, " ", "")
	if !fingerprintForm.MatchString(f) {
		return "", fmt.Errorf("%.80q is no fingerprint: 40 hexadecimal digits in capitals, or 64", s)
	}
	return f, nil
}

func armoured(s string) (string, error) {
	if !strings.HasPrefix(s, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n") {
		return "", errors.New("that is no armoured OpenPGP public key")
	}
	return s, nil
}
