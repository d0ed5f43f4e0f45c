package norms

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"path"

	"go.yaml.in/yaml/v3"
)

// CAIDA2022 is the id of the conformance rules that give the second opinion.
const CAIDA2022 = "caida-imc2022"

//go:embed conformance/*.yaml
var conformances embed.FS

// ConformanceRules are norms that a network meets or does not meet, without a score in between. As with a [Profile] every
// number is a setting with its source; docs/adr/0007 says why they are no Profile.
type ConformanceRules struct {
	ID        string `yaml:"id"`
	Version   int    `yaml:"version"`
	Effective string `yaml:"effective"` // YYYY-MM-DD
	Title     string `yaml:"title"`

	Families     []string          `yaml:"families"` // ipv4, ipv6: the routes that count
	Registration RegistrationRule  `yaml:"registration"`
	Filtering    FilteringRule     `yaml:"filtering"`
	Members      MemberLists       `yaml:"members"`
	Sizes        SizeRule          `yaml:"sizes"`
	Sources      map[string]string `yaml:"sources"`

	settings []Setting
}

// RegistrationRule holds, for Action 4, the least share of good routes of a network that is conformant.
type RegistrationRule struct {
	Operators float64 `yaml:"operators"`
	CDN       float64 `yaml:"cdn"`
}

// FilteringRule holds, for Action 1, the most bad routes that a conformant network takes from direct customers, and which
// routes are left out.
type FilteringRule struct {
	MaxBad           int  `yaml:"max_bad"`
	DropBogonOrigins bool `yaml:"drop_bogon_origins"`
	DropMembers      bool `yaml:"drop_members"`
}

// MemberLists name the neighbourhoods whose networks are members, and those of CDNs among them.
type MemberLists struct {
	Lists []string `yaml:"lists"`
	CDN   []string `yaml:"cdn"`
}

// SizeRule holds the most direct customers of a small and of a medium network.
type SizeRule struct {
	Small  int `yaml:"small"`
	Medium int `yaml:"medium"`
}

// EmbeddedConformance gives the embedded rules with that id.
func EmbeddedConformance(id string) (*ConformanceRules, error) {
	data, err := conformances.ReadFile(path.Join("conformance", id+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("there are no conformance rules %q; built in is %s", id, CAIDA2022)
	}
	c, err := parseConformance(data)
	if err != nil {
		return nil, fmt.Errorf("reading conformance rules %s: %w", id, err)
	}
	return c, nil
}

func parseConformance(data []byte) (*ConformanceRules, error) {
	doc, err := parseDocument(data)
	if err != nil {
		return nil, err
	}
	c := &ConformanceRules{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil {
		return nil, plainError(err)
	}
	if c.settings, err = doc.settings(nil, c.Sources); err != nil {
		return nil, err
	}
	if err := complete(c, c.settings); err != nil {
		return nil, err
	}
	return c, c.check()
}

func (c *ConformanceRules) check() error {
	switch {
	case !within(c.Registration.Operators, 0, 1) || !within(c.Registration.CDN, 0, 1):
		return errors.New("registration: a share is not within 0 and 1")
	case c.Filtering.MaxBad < 0:
		return errors.New("filtering.max_bad is below 0")
	case c.Sizes.Small < 0 || c.Sizes.Medium < c.Sizes.Small:
		return errors.New("sizes must have 0 <= small <= medium")
	}
	return errors.Join(checkHead(c.ID, c.Version, c.Effective), oneOf("families", c.Families, "ipv4", "ipv6"))
}

// Settings lists every setting of the rules in the order of their file.
func (c *ConformanceRules) Settings() []Setting { return append([]Setting(nil), c.settings...) }

// Standing says whether a route meets a rule; the zero value is that it is not known.
type Standing uint8

// The standings.
const (
	Unknown Standing = iota
	Good
	Bad
)

// The verdicts on a route that the rules go by, as package authority words them.
const (
	valid           = "valid"
	notFound        = "not-found"
	lessSpecific    = "valid-less-specific"
	moreSpecific    = "invalid-more-specific"
	invalidOrigin   = "invalid-origin"
	invalidLength   = "invalid-length"
	verdictUnstated = "no data"
)

// Registered says whether a route that a network originates is registered (Action 4): RPKI-valid, or IRR-valid, or, as
// the study words it, IRR "invalid, more specific", which takes in every route object of the origin for a less specific
// prefix. The verdicts are those of RFC 6811 and of the same rule over route objects, worded as package authority does;
// "no data" is one.
func (c *ConformanceRules) Registered(rov, irr string) Standing {
	switch {
	case rov == valid || irr == valid || irr == lessSpecific || irr == moreSpecific:
		return Good
	case rov == verdictUnstated || irr == verdictUnstated:
		return Unknown
	}
	return Bad
}

// Accepted says whether a network may take the route from a customer (Action 1): not one that is RPKI-invalid, nor one
// without a ROA whose origin route objects contradict.
func (c *ConformanceRules) Accepted(rov, irr string) Standing {
	switch {
	case rov == invalidOrigin || rov == invalidLength:
		return Bad
	case rov == valid:
		return Good
	case rov != notFound || irr == verdictUnstated:
		return Unknown
	case irr == invalidOrigin:
		return Bad
	}
	return Good
}

// RouteTally counts routes by their standing.
type RouteTally struct {
	Good    int `json:"good"`
	Bad     int `json:"bad"`
	Unknown int `json:"unknown"` // a verdict that it takes is no data
}

// Add counts a route.
func (t *RouteTally) Add(s Standing) {
	switch s {
	case Good:
		t.Good++
	case Bad:
		t.Bad++
	default:
		t.Unknown++
	}
}

// Total counts all routes.
func (t RouteTally) Total() int { return t.Good + t.Bad + t.Unknown }

// Plus gives the sum of two tallies.
func (t RouteTally) Plus(u RouteTally) RouteTally {
	return RouteTally{t.Good + u.Good, t.Bad + u.Bad, t.Unknown + u.Unknown}
}
