package party

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Policy says who is told beside the party, whose an event abroad is, and which events are tagged, held back or put first.
// Its form is the YAML that docs/desk-parties.md shows.
type Policy struct {
	Version string
	Home    []string // countries whose networks are told themselves; none: all
	Abroad  string   // whose the event of a network elsewhere is: "cert", its national CERT if one is known, or "network"
	Tell    []Route
	Rules   []Rule
}

// Route is a row of the routing table: who else is told of which events.
type Route struct {
	Name string
	When Condition
	Tell []string // network, registrar, national-cert, or a party
}

// Notify is what a rule says of telling the party.
type Notify string

// What rules say of telling the party, the mildest first.
const (
	NotifyAsUsual Notify = ""
	NotifyDigest  Notify = "digest" // only in a digest
	NotifyNever   Notify = "never"
)

// Effect is what rules do to an event.
type Effect struct {
	Tags     []string // in the order of the rules
	Notify   Notify   // the strictest
	Escalate bool
	Priority int // to be added
}

// Rule is what happens to which events.
type Rule struct {
	Name     string
	Reason   string
	When     Condition
	From, To time.Time // of the event; the zero time is no bound
	Then     Effect
}

//go:embed data/policy.yaml
var builtIn []byte

// DefaultPolicy is used where there is no other.
func DefaultPolicy() (*Policy, error) { return ReadPolicy(builtIn) }

// BuiltIn gives the text of the policy that is used where there is no other.
func BuiltIn() []byte { return slices.Clone(builtIn) }

// mostPolicy bounds a policy's text, mostRules its rules and routes.
const (
	mostPolicy = 1 << 20
	mostRules  = 1000
)

// ReadPolicy reads a policy, strictly: what is unknown or cannot be is an error with its line and column.
func ReadPolicy(text []byte) (*Policy, error) {
	if len(text) > mostPolicy {
		return nil, fmt.Errorf("more than %d octets", mostPolicy)
	}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows it")
	}
	p := &Policy{Abroad: "cert"}
	root := doc.Content[0]
	err := object(root, keys{
		"version": func(n *yaml.Node) error { return one(n, &p.Version) },
		"home":    texts(&p.Home),
		"abroad":  func(n *yaml.Node) error { return oneOf(n, &p.Abroad, "cert", "network") },
		"tell":    list(&p.Tell, decodeRoute),
		"rules":   list(&p.Rules, decodeRule),
	})
	if err != nil {
		return nil, err
	}
	if p.Version == "" {
		return nil, fault(root, "version is missing: a text by which this policy is known, such as its date")
	}
	for _, c := range p.Home {
		if len(c) != 2 || c != strings.ToUpper(c) {
			return nil, fault(root, "home: %q is no country's code, as IN", c)
		}
	}
	return p, p.names(root)
}

// names makes sure that rules and routes can be told apart.
func (p *Policy) names(root *yaml.Node) error {
	seen := map[string]bool{}
	for _, r := range p.Rules {
		if seen[r.Name] {
			return fault(root, "two rules are called %q", r.Name)
		}
		seen[r.Name] = true
	}
	for _, r := range p.Tell {
		if seen["tell "+r.Name] {
			return fault(root, "two rows of tell are called %q", r.Name)
		}
		seen["tell "+r.Name] = true
	}
	return nil
}

func decodeRoute(n *yaml.Node) (r Route, err error) {
	err = object(n, keys{
		"name": func(n *yaml.Node) error { return one(n, &r.Name) },
		"when": func(n *yaml.Node) (err error) { r.When, err = decodeCondition(n); return err },
		"tell": func(n *yaml.Node) error {
			if err := texts(&r.Tell)(n); err != nil {
				return err
			}
			for _, to := range r.Tell {
				kind, rest, named := strings.Cut(to, ":")
				if !slices.Contains([]string{"network", "registrar", "national-cert"}, to) && (!named || rest == "" || !slices.Contains([]string{"c", "as", "cert", "reg"}, kind)) {
					return fault(n, "%q is neither network, registrar, national-cert nor a party such as c:health-csirt", to)
				}
			}
			return nil
		},
	})
	if err == nil && (r.Name == "" || len(r.Tell) == 0) {
		err = fault(n, "a row needs name and tell")
	}
	return r, err
}

func decodeRule(n *yaml.Node) (r Rule, err error) {
	then := false
	err = object(n, keys{
		"name":   func(n *yaml.Node) error { return one(n, &r.Name) },
		"reason": func(n *yaml.Node) error { return one(n, &r.Reason) },
		"when":   func(n *yaml.Node) (err error) { r.When, err = decodeCondition(n); return err },
		"from":   moment(&r.From),
		"to":     moment(&r.To),
		"then":   func(n *yaml.Node) (err error) { then, err = true, decodeEffect(n, &r.Then); return err },
	})
	switch {
	case err != nil:
	case r.Name == "" || !then:
		err = fault(n, "a rule needs name and then")
	case r.Then.Notify != NotifyAsUsual && r.Reason == "":
		err = fault(n, "rule %q holds notices back: it needs a reason", r.Name)
	case !r.To.IsZero() && !r.From.Before(r.To):
		err = fault(n, "rule %q ends before it begins", r.Name)
	}
	return r, err
}

func decodeEffect(n *yaml.Node, e *Effect) error {
	notify := ""
	err := object(n, keys{
		"tag":      texts(&e.Tags),
		"notify":   func(n *yaml.Node) error { return oneOf(n, &notify, string(NotifyDigest), string(NotifyNever)) },
		"escalate": func(n *yaml.Node) error { return plain(n, &e.Escalate) },
		"priority": func(n *yaml.Node) error { return plain(n, &e.Priority) },
	})
	e.Notify = Notify(notify)
	switch {
	case err != nil:
		return err
	case e.Priority < -100 || e.Priority > 100:
		return fault(n, "a priority is between -100 and 100")
	case len(e.Tags) == 0 && notify == "" && !e.Escalate && e.Priority == 0:
		return fault(n, "it does nothing: there are tag, notify, escalate, priority")
	}
	return nil
}

// list reads a list of things.
func list[T any](into *[]T, read func(*yaml.Node) (T, error)) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return fault(n, "a list is wanted here")
		}
		if len(n.Content) > mostRules {
			return fault(n, "more than %d entries", mostRules)
		}
		for _, n := range n.Content {
			v, err := read(n)
			if err != nil {
				return err
			}
			*into = append(*into, v)
		}
		return nil
	}
}

func one(n *yaml.Node, into *string) error {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		return fault(n, "a text is wanted here")
	}
	*into = n.Value
	return nil
}

func oneOf(n *yaml.Node, into *string, words ...string) error {
	if err := one(n, into); err != nil {
		return err
	}
	if !slices.Contains(words, *into) {
		return fault(n, "%q is none of %s", *into, strings.Join(words, ", "))
	}
	return nil
}

// moment reads a date, or a time as in RFC 3339.
func moment(into *time.Time) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) {
		for _, layout := range []string{time.DateOnly, time.RFC3339} {
			if *into, err = time.Parse(layout, n.Value); err == nil {
				return nil
			}
		}
		return fault(n, "%q is no date as 2026-03-24 and no time as 2026-03-24T12:00:00Z", n.Value)
	}
}

// apply adds what a rule does to what others did.
func (e *Effect) apply(o *Effect) {
	for _, t := range o.Tags {
		if !slices.Contains(e.Tags, t) {
			e.Tags = append(e.Tags, t)
		}
	}
	if o.Notify == NotifyNever || o.Notify == NotifyDigest && e.Notify == NotifyAsUsual {
		e.Notify = o.Notify
	}
	e.Escalate = e.Escalate || o.Escalate
	e.Priority = max(-100, min(100, e.Priority+o.Priority))
}
