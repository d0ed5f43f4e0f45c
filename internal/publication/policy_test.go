package publication

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"pahra/internal/account"
	"pahra/internal/norms"
	"pahra/internal/watch"
	"pahra/wire/values"
)

func TestDefaultIsSafe(t *testing.T) {
	p := Default()
	if p.Incidents.Confidence != 0.8 || p.Incidents.Attribution != "supported" || !p.Incidents.Notified ||
		time.Duration(p.Incidents.Wait) != 72*time.Hour || p.Members != "public" {
		t.Errorf("the default is %+v", p.Incidents)
	}
}

// TestSchema holds the default policy against its published form, and the form against what Read refuses.
func TestSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	schema, err := c.Compile("../../docs/schemas/publication-policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	fits := func(text []byte) error {
		var v any
		if err := yaml.Unmarshal(text, &v); err != nil {
			return err
		}
		plain, err := json.Marshal(v)
		if err != nil {
			return err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
		if err != nil {
			return err
		}
		return schema.Validate(doc)
	}
	if err := fits(DefaultYAML()); err != nil {
		t.Error(err)
	}
	for _, change := range wrongPolicies() {
		text := []byte(strings.Replace(string(DefaultYAML()), change[0], change[1], 1))
		_, err := Read(bytes.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), change[2]) {
			t.Errorf("%q for %q gives %v, want %q", change[1], change[0], err, change[2])
		}
		if change[3] == "" && fits(text) == nil {
			t.Errorf("the schema takes %q", change[1])
		}
	}
}

// wrongPolicies are what to replace in the default, with what, what Read says, and why the schema cannot tell.
func wrongPolicies() [][4]string {
	return [][4]string{
		{"members: public", "members: some", "members is", ""},
		{"members: public", "membres: public", "members is missing", ""},
		{"members: public", "members: public\nextra: 1", "extra", ""},
		{"  wait: 72h ", "  #", "incidents.wait is missing", ""},
		{"wait: 72h", "wait: 72", "no duration", ""},
		{"wait: 72h", "wait: -1h", "wait is -1h", ""},
		{"notified: true", "notified: false", "counts from the notice", "it does not compare keys"},
		{"confidence: 0.8", "confidence: 1.8", "confidence is 1.8", ""},
		{"confidence: 0.8", "confidence: .nan", "confidence is NaN", "JSON has no such number"},
		{"attribution: supported", "attribution: guessed", "attribution is", ""},
		{"at_least: 5", "at_least: 0", "at_least is 0", ""},
		{"[M6,", "[M66,", "M66", ""},
		{"version: 1", "version: 0", "version is 0", ""},
		{"id: default", "id: Default Policy", "letters", ""},
		{"id: default", "id: default\nid: other", "already defined", "it sees one of them"},
		{"id: default", "id: &x default", "anchors", "it sees what they stand for"},
		{"members: public", "members: public\n---\nid: x", "more than one", "it sees the first"},
	}
}

// TestWhy checks for each clause that it decides, alone.
func TestWhy(t *testing.T) {
	told := day.Add(-73 * time.Hour)
	notified := Record{ASN: 64500, State: Notified, Notified: &told}
	member := account.Viewer{Role: account.Member, Scopes: account.AllScopes()}
	holder := func(asn values.ASN) account.Viewer {
		return account.Viewer{Role: account.Member, Networks: []values.ASN{asn}, Scopes: account.AllScopes()}
	}
	cases := map[string]struct {
		viewer  account.Viewer
		change  func(*watch.Incident, *Record, *Policy)
		visible bool
		clause  Clause
	}{
		"public":             {visible: true, clause: ByRule},
		"member":             {viewer: member, change: func(_ *watch.Incident, r *Record, _ *Policy) { r.Notified = nil }, clause: Unnotified},
		"members see all":    {viewer: member, change: func(i *watch.Incident, _ *Record, p *Policy) { p.Members, i.Confidence = "all", 0 }, visible: true, clause: ByMember},
		"announcer":          {viewer: holder(64500), change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Confidence = 0 }, visible: true, clause: ByHolding},
		"accomplice":         {viewer: holder(64501), change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Confidence = 0 }, visible: true, clause: ByHolding},
		"victim":             {viewer: holder(64510), change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Confidence = 0 }, visible: true, clause: ByHolding},
		"stranger":           {viewer: holder(64999), change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Confidence = 0 }, clause: Confidence},
		"token without read": {viewer: account.Viewer{Role: account.Analyst}, change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Confidence = 0 }, clause: Confidence},
		"analyst":            {viewer: account.Viewer{Role: account.Analyst, Scopes: account.AllScopes()}, change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Confidence = 0 }, visible: true, clause: ByRole},
		"disputed":           {change: func(_ *watch.Incident, r *Record, _ *Policy) { r.State = Disputed }, clause: InDispute},
		"just told":          {change: func(_ *watch.Incident, r *Record, _ *Policy) { r.Notified = &day }, clause: Waiting},
		"anachronism":        {change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Anachronism = []string{"vrp"} }, clause: Anachronism},
		"single path":        {change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Attribution = watch.SinglePath }, clause: Attribution},
		"any attribution": {change: func(i *watch.Incident, _ *Record, p *Policy) {
			i.Attribution, p.Incidents.Attribution = watch.SinglePath, "any"
		}, visible: true, clause: ByRule},
		"doubtful accomplice": {change: func(_ *watch.Incident, r *Record, _ *Policy) { r.ASN = 64502 }, clause: Attribution},
		"sure accomplice":     {change: func(_ *watch.Incident, r *Record, _ *Policy) { r.ASN = 64501 }, visible: true, clause: ByRule},
		"just sure enough":    {change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Confidence = 0.8 }, visible: true, clause: ByRule},
		"anomaly":             {change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Kind = watch.PathAnomaly }, clause: Informs},
		"administrative":      {change: func(i *watch.Incident, _ *Record, _ *Policy) { i.Evidence.Administrative = true }, clause: Informs},
		"nothing is shown":    {change: func(_ *watch.Incident, _ *Record, p *Policy) { p.Incidents.Shown = false }, clause: Hidden},
		"no notice asked for": {change: func(_ *watch.Incident, r *Record, p *Policy) { r.Notified, p.Incidents.Notified = nil, false }, visible: true, clause: ByRule},
		"withdrawn early": {change: func(_ *watch.Incident, r *Record, _ *Policy) {
			r.State, r.Steps = Withdrawn, []Step{{At: told, To: Withdrawn}}
		}, clause: NeverPublic},
		"withdrawn late": {change: func(_ *watch.Incident, r *Record, _ *Policy) {
			r.State, r.Steps = Withdrawn, []Step{{At: day, To: Withdrawn}}
		}, visible: true, clause: ByCorrected},
		"no corrections": {change: func(_ *watch.Incident, r *Record, p *Policy) {
			r.State, r.Steps, p.Incidents.Corrections = Withdrawn, []Step{{At: day, To: Withdrawn}}, false
		}, clause: NeverPublic},
	}
	for name, c := range cases {
		inc, r, p := sureIncident(), notified, Default()
		if c.change != nil {
			c.change(&inc, &r, p)
		}
		d := p.Visible(&inc, r, c.viewer, day)
		if d.Visible != c.visible || d.Clause != c.clause || d.Says == "" {
			t.Errorf("%s: %+v, want %v by %s", name, d, c.visible, c.clause)
		}
		if (d.From != nil) != (d.Clause == Waiting) {
			t.Errorf("%s: from %v", name, d.From)
		}
	}
}

func TestMeasuresAndNeighbourhoods(t *testing.T) {
	p, own := Default(), account.Viewer{Role: account.Member, Networks: []values.ASN{64500}, Scopes: account.AllScopes()}
	for m, want := range map[norms.Metric]bool{norms.M1: false, norms.M2C: false, norms.M6: true, norms.M7RPKI: true, norms.A1: false, norms.A4: true} {
		if got := p.Measure(m, 64500, account.Viewer{}); got.Visible != want {
			t.Errorf("%s is shown to the public: %+v", m, got)
		}
		if !p.Measure(m, 64500, own).Visible || p.Measure(m, 64501, own).Visible != want {
			t.Errorf("%s: the holder sees their own alone", m)
		}
	}
	if d := p.Neighbourhood(4, account.Viewer{}); d.Visible || d.Clause != Small {
		t.Errorf("four networks: %+v", d)
	}
	if !p.Neighbourhood(5, account.Viewer{}).Visible {
		t.Error("five networks are not shown")
	}
}

// TestView: accomplices are named once their own holders were told, and accounts are for analysts.
func TestView(t *testing.T) {
	inc, p := sureIncident(), Default()
	told := day.Add(-100 * time.Hour)
	main := Record{Incident: inc.ID, ASN: 64500, State: Notified, Notified: &told, Steps: []Step{{Action: Dispute, Account: "a1", Evidence: "mine"}}}
	records := map[values.ASN]Record{64500: main}
	v := p.View(inc, records, account.Viewer{}, day)
	if !v.Decision.Visible || v.Withheld != 2 || len(v.Incident.Accomplices) != 0 || v.Main.Steps[0].Account != "" || v.Main.Steps[0].Evidence != "" {
		t.Errorf("the public sees %+v", v)
	}
	records[64501] = Record{Incident: inc.ID, ASN: 64501, State: Notified, Notified: &told}
	v = p.View(inc, records, account.Viewer{}, day)
	if v.Withheld != 1 || len(v.Parts) != 1 || v.Incident.Accomplices[0].ASN != 64501 || len(inc.Accomplices) != 2 {
		t.Errorf("with a second notice the public sees %+v", v)
	}
	v = p.View(inc, records, account.Viewer{Role: account.Analyst, Scopes: account.AllScopes()}, day)
	if v.Withheld != 0 || v.Main.Steps[0].Account != "a1" || main.Steps[0].Account != "a1" {
		t.Errorf("an analyst sees %+v", v)
	}
	inc.Confidence = 0.1
	if v := p.View(inc, records, account.Viewer{}, day); v.Decision.Visible || v.Incident.ID != "" || v.Main.Steps != nil {
		t.Errorf("what is withheld gives %+v", v)
	}
}
