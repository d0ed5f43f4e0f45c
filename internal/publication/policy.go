package publication

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"

	"pahra/internal/norms"
)

//go:embed policies/default.yaml
var defaultYAML []byte

// DefaultYAML gives the text of the safe policy, with every key explained.
func DefaultYAML() []byte { return bytes.Clone(defaultYAML) }

// Policy says what is shown to whom. docs/schemas/publication-policy.schema.json has its form.
type Policy struct {
	ID             string            `yaml:"id" json:"id"`
	Version        int               `yaml:"version" json:"version"`
	Neighbourhoods NeighbourhoodRule `yaml:"neighbourhoods" json:"neighbourhoods"`
	// Measures are those of a single network that the public sees.
	Measures  []Measure    `yaml:"measures" json:"measures"`
	Incidents IncidentRule `yaml:"incidents" json:"incidents"`
	// Members is what a member sees of networks that they do not hold: "public" or "all".
	Members string `yaml:"members" json:"members"`
}

// NeighbourhoodRule says which sums the public sees.
type NeighbourhoodRule struct {
	Shown   bool `yaml:"shown" json:"shown"`
	AtLeast int  `yaml:"at_least" json:"at_least"` // networks, so that a sum names nobody
}

// IncidentRule says when the public sees a network named in an incident.
type IncidentRule struct {
	Shown       bool     `yaml:"shown" json:"shown"`
	Confidence  float64  `yaml:"confidence" json:"confidence"`   // at least, 0 to 1
	Attribution string   `yaml:"attribution" json:"attribution"` // "supported" or "any"
	Notified    bool     `yaml:"notified" json:"notified"`       // the holder must have been told
	Wait        Duration `yaml:"wait" json:"wait"`               // since the holder was told
	Corrections bool     `yaml:"corrections" json:"corrections"` // what was public and is taken back stays, corrected
}

// Measure is a metric or Action by its name.
type Measure norms.Metric

// UnmarshalYAML reads a metric's name.
func (m *Measure) UnmarshalYAML(node *yaml.Node) error {
	found, err := norms.ParseMetric(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*m = Measure(found)
	return nil
}

// MarshalText gives the metric's name.
func (m Measure) MarshalText() ([]byte, error) { return []byte(norms.Metric(m).String()), nil }

// Duration is a time span as time.ParseDuration reads it: "72h".
type Duration time.Duration

// UnmarshalYAML reads a duration.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	found, err := time.ParseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is no duration such as 72h", node.Line, node.Value)
	}
	*d = Duration(found)
	return nil
}

// MarshalText gives the duration as Go writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Default gives the safe policy.
func Default() *Policy {
	p, err := Read(bytes.NewReader(defaultYAML))
	if err != nil {
		panic(err) // it is embedded
	}
	return p
}

// maxPolicy bounds a policy's text, in bytes.
const maxPolicy = 64 << 10

// Read reads a policy. Every key is needed: what is left out could otherwise be mistaken for what is forbidden. Unknown
// and repeated keys, aliases and a second document are errors.
func Read(in io.Reader) (*Policy, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxPolicy+1))
	if err != nil {
		return nil, fmt.Errorf("reading the publication policy: %w", err)
	}
	p, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the publication policy: %w", err)
	}
	return p, nil
}

func parse(text []byte) (*Policy, error) {
	if len(text) > maxPolicy {
		return nil, fmt.Errorf("it is longer than %d bytes", maxPolicy)
	}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("it has more than one YAML document")
	}
	if err := noAlias(&doc); err != nil {
		return nil, err
	}
	p := new(Policy)
	if err := complete(&doc); err != nil {
		return nil, err
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	if err := strict.Decode(p); err != nil {
		return nil, err
	}
	return p, p.check()
}

func noAlias(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return fmt.Errorf("line %d: anchors and aliases are not taken", n.Line)
	}
	for _, child := range n.Content {
		if err := noAlias(child); err != nil {
			return err
		}
	}
	return nil
}

// complete makes sure that every key of the policy is there.
func complete(doc *yaml.Node) error {
	var all map[string]any
	if err := doc.Decode(&all); err != nil {
		return err
	}
	need := map[string][]string{
		"": {"id", "version", "neighbourhoods", "measures", "incidents", "members"}, "neighbourhoods": {"shown", "at_least"},
		"incidents": {"shown", "confidence", "attribution", "notified", "wait", "corrections"},
	}
	for _, part := range []string{"", "neighbourhoods", "incidents"} {
		keys, name := all, ""
		if part != "" {
			keys, _ = all[part].(map[string]any)
			name = part + "."
		}
		for _, key := range need[part] {
			if keys[key] == nil {
				return fmt.Errorf("%s%s is missing", name, key)
			}
		}
	}
	return nil
}

var policyID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// maxWait is more than any wait that is not a mistake.
const maxWait = Duration(366 * 24 * time.Hour)

func (p *Policy) check() error {
	i := p.Incidents
	switch {
	case !policyID.MatchString(p.ID):
		return fmt.Errorf("id %q is not 1 to 40 lower-case letters, digits and hyphens", p.ID)
	case p.Version < 1:
		return fmt.Errorf("version is %d, not 1 or more", p.Version)
	case p.Neighbourhoods.AtLeast < 1:
		return fmt.Errorf("neighbourhoods.at_least is %d, not 1 or more", p.Neighbourhoods.AtLeast)
	case !(i.Confidence >= 0 && i.Confidence <= 1):
		return fmt.Errorf("incidents.confidence is %v, not 0 to 1", i.Confidence)
	case i.Attribution != "supported" && i.Attribution != "any":
		return fmt.Errorf("incidents.attribution is %q, not supported or any", i.Attribution)
	case i.Wait < 0 || i.Wait > maxWait:
		return fmt.Errorf("incidents.wait is %s, not 0s to %s", time.Duration(i.Wait), time.Duration(maxWait))
	case !i.Notified && i.Wait > 0:
		return errors.New("incidents.wait counts from the notice, which incidents.notified does not ask for")
	case p.Members != "public" && p.Members != "all":
		return fmt.Errorf("members is %q, not public or all", p.Members)
	}
	return nil
}
