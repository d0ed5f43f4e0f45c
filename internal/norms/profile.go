package norms

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// DefaultProfile is the id of the profile that is used where none is named.
const DefaultProfile = "manrs-2024"

const (
	maxProfileBytes = 64 << 10
	maxWeight       = 1e6 // the highest weight or penalty coefficient, so that no sum can overflow
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Profile is one version of the norms: every rule and number that a score rests on. Its YAML form says for each setting
// where it comes from; [Profile.Settings] lists them.
type Profile struct {
	ID        string `yaml:"id"`
	Version   int    `yaml:"version"`   // counts up with every change of a setting
	Effective string `yaml:"effective"` // YYYY-MM-DD, the day from which these norms held
	Title     string `yaml:"title"`
	Extends   string `yaml:"extends,omitempty"` // id of an embedded profile that fills in what is left out

	Severity   Severity     `yaml:"severity"`
	Kinds      Kinds        `yaml:"incidents"`
	Culprit    Culprit      `yaml:"culprit"`
	Accomplice Accomplice   `yaml:"accomplice"`
	Coverage   Coverage     `yaml:"coverage"`
	Curve      Curve        `yaml:"curve"`
	Bands      Bands        `yaml:"bands"`
	Spoofing   SpoofRule    `yaml:"spoofing"`
	Policy     PolicyRule   `yaml:"policy"`
	Routing    RoutingRule  `yaml:"routing"`
	Contacts   ContactRules `yaml:"contacts"`
	Actions    ActionRules  `yaml:"actions"`

	// Sources says for each setting, or group of settings, where it comes from.
	Sources map[string]string `yaml:"sources"`

	settings []Setting
}

// Coverage says how much must have been watched.
type Coverage struct {
	// MinWatched is the share of the month, 0 to 1, below which the absence of incidents is "no data".
	MinWatched float64 `yaml:"min_watched"`
}

// SpoofRule is the rule of M5.
type SpoofRule struct {
	RawPerPrefix float64 `yaml:"raw_per_prefix"` // the penalty of each distinct prefix that leaked
}

// PolicyRule is the rule of M6.
type PolicyRule struct {
	MinImports int `yaml:"min_imports"`
	MinExports int `yaml:"min_exports"`
}

// RoutingRule holds the rules of M7IRR, M7RPKI and M9.
type RoutingRule struct {
	InvalidFactor float64 `yaml:"invalid_factor"` // how much an RPKI-invalid route costs in terms of valid ones
	NoRoutes      string  `yaml:"no_routes"`      // M7IRR of a network that announces nothing: no-data or full
	// CoveringCounts and AuthenticatedOnly rule which routes are counted as registered in [Registered]: whether one
	// under a registered less-specific prefix of the same origin is, and whether only authenticated registries count.
	CoveringCounts    bool   `yaml:"covering_counts"`
	AuthenticatedOnly bool   `yaml:"authenticated_only"`
	Deployment        string `yaml:"deployment"` // what M9 is: covered-prefixes or rov-rate
}

// The values of RoutingRule.NoRoutes and RoutingRule.Deployment.
const (
	NoRoutesNoData     = "no-data"
	NoRoutesFull       = "full"
	DeploymentPrefixes = "covered-prefixes" // share of announced prefixes that any VRP covers
	DeploymentROVRate  = "rov-rate"         // share of invalid routes that the network drops
)

// ActionRules holds how each Action is scored.
type ActionRules struct {
	A1 Action `yaml:"A1"`
	A2 Action `yaml:"A2"`
	A3 Action `yaml:"A3"`
	A4 Action `yaml:"A4"`
}

// of gives the rule of an Action.
func (rules ActionRules) of(a Metric) Action {
	return [...]Action{rules.A1, rules.A2, rules.A3, rules.A4}[a-A1]
}

// EmbeddedIDs lists the ids of the embedded profiles, the default first.
func EmbeddedIDs() []string { return []string{DefaultProfile, "manrs-2018", "pahra-1"} }

// Embedded gives the embedded profile with that id.
func Embedded(id string) (*Profile, error) {
	if id == CAIDA2022 {
		return nil, fmt.Errorf("%s says whether a network is conformant and gives no score: every run has its answers in comparison.jsonl, and pahra neighbourhood shows them", id)
	}
	data, err := profiles.ReadFile(path.Join("profiles", id+".yaml"))
	if err != nil || !slices.Contains(EmbeddedIDs(), id) {
		return nil, fmt.Errorf("there is no profile %q; these are built in: %s", id, strings.Join(EmbeddedIDs(), ", "))
	}
	p, err := parseProfile(data)
	if err != nil {
		return nil, fmt.Errorf("reading embedded profile %s: %w", id, err)
	}
	return p, nil
}

// ReadProfile reads a profile of one's own. Unknown keys, missing settings, values that make no sense and settings
// without a source are errors; what it leaves out comes from the embedded profile that its "extends" names.
func ReadProfile(r io.Reader) (*Profile, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxProfileBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading profile: %w", err)
	case len(data) > maxProfileBytes:
		return nil, fmt.Errorf("reading profile: it is longer than %d bytes", maxProfileBytes)
	}
	p, err := parseProfile(data)
	if err != nil {
		return nil, fmt.Errorf("reading profile: %w", err)
	}
	return p, nil
}

// parseProfile reads one YAML document over the profile it extends.
func parseProfile(data []byte) (*Profile, error) {
	doc, err := parseDocument(data)
	if err != nil {
		return nil, err
	}
	p := &Profile{}
	if base := doc.scalar("extends"); base != "" {
		if p, err = Embedded(base); err != nil {
			return nil, err
		}
		p.ID, p.Version, p.Effective, p.Title, p.Sources = "", 0, "", "", nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil {
		return nil, plainError(err)
	}
	if p.settings, err = doc.settings(p.settings, p.Sources); err != nil {
		return nil, err
	}
	if err := complete(p, p.settings); err != nil {
		return nil, err
	}
	return p, p.check()
}

// plainError puts the decoder's complaints on one line, without the names of our types.
func plainError(err error) error {
	var mismatch *yaml.TypeError
	if !errors.As(err, &mismatch) {
		return err
	}
	var complaints []string
	for _, text := range mismatch.Errors {
		before, _, _ := strings.Cut(text, " in type ")
		complaints = append(complaints, before)
	}
	return errors.New(strings.Join(complaints, "; "))
}

// check refuses a profile whose values make no sense.
func (p *Profile) check() error {
	if err := checkHead(p.ID, p.Version, p.Effective); err != nil {
		return err
	}
	return errors.Join(p.Severity.check(), p.Kinds.check(), p.Culprit.check(), p.Accomplice.check(), p.Curve.check(),
		p.Bands.check(), p.Contacts.check(), p.checkRules(), p.Actions.check())
}

// checkHead checks what rules say of themselves.
func checkHead(id string, version int, effective string) error {
	if id == "" || len(id) > 64 || strings.ContainsAny(id, " \t\r\n/\\") {
		return fmt.Errorf("id %q is not a word of 1 to 64 characters", id)
	}
	if version < 1 {
		return errors.New("version is missing or below 1")
	}
	if _, err := time.Parse(time.DateOnly, effective); err != nil {
		return fmt.Errorf("effective %q is not a day in the form YYYY-MM-DD", effective)
	}
	return nil
}

func (p *Profile) checkRules() error {
	switch {
	case !within(p.Coverage.MinWatched, 0, 1):
		return fmt.Errorf("coverage.min_watched %v is not within 0 and 1", p.Coverage.MinWatched)
	case !within(p.Spoofing.RawPerPrefix, 0, maxWeight):
		return fmt.Errorf("spoofing.raw_per_prefix %v is out of range", p.Spoofing.RawPerPrefix)
	case p.Policy.MinImports < 0 || p.Policy.MinExports < 0:
		return errors.New("policy.min_imports or min_exports is below 0")
	case !within(p.Routing.InvalidFactor, 0, maxWeight):
		return fmt.Errorf("routing.invalid_factor %v is out of range", p.Routing.InvalidFactor)
	}
	return errors.Join(
		oneOf("routing.no_routes", []string{p.Routing.NoRoutes}, NoRoutesNoData, NoRoutesFull),
		oneOf("routing.deployment", []string{p.Routing.Deployment}, DeploymentPrefixes, DeploymentROVRate))
}

// check refuses rules that cannot be applied, or that count a metric twice.
func (rules ActionRules) check() error {
	counted := map[Metric]Metric{}
	for _, a := range Actions() {
		rule := rules.of(a)
		if err := rule.check(a); err != nil {
			return err
		}
		for _, m := range between(M1, M9) {
			if rule.Weights[m] == 0 {
				continue
			}
			if other := counted[m]; other != 0 {
				return fmt.Errorf("actions: %s counts in both %s and %s", m, other, a)
			}
			counted[m] = a
		}
	}
	return nil
}
