package service_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// TestChecksOfRealDay observes a real day of 2008, which takes a minute, and asks for every network and prefix of its
// incidents. There are no VRPs, route objects or contacts of that time: what rests on them must be no data.
func TestChecksOfRealDay(t *testing.T) {
	if os.Getenv("PAHRA_SOAK") != "1" {
		t.Skip("takes a minute: set PAHRA_SOAK=1")
	}
	data := t.TempDir()
	write(t, filepath.Join(data, "sources.yaml"), []byte("root: "+filepath.Join(testdata.Real(t), "routing")+`
files:
- {path: "mrt/rv-oregon-20080222/**", kind: mrt, collector: oregon}
- {path: relations/20080101.as-rel.txt.gz, kind: relations, time: 2008-01-01}
`))
	opt := options(data, filepath.Join(t.TempDir(), "out"))
	opt.From = time.Date(2008, 2, 22, 0, 0, 0, 0, time.UTC)
	opt.To = opt.From.AddDate(0, 0, 1)
	run := observeWith(t, opt)
	incidents := lines[watch.Incident](t, filepath.Join(opt.Out, "incidents.jsonl"))
	if len(incidents) < 10 {
		t.Fatalf("%d incidents", len(incidents))
	}
	noData := map[norms.Metric]bool{norms.A2: true, norms.A3: true, norms.A4: true}
	for _, inc := range incidents {
		for _, asn := range append([]values.ASN{inc.ASN}, inc.Evidence.Victims...) {
			c := check(t, run, asn, time.Time{})
			if len(c.Findings) == 0 {
				t.Errorf("AS%d has no finding in spite of %s", asn, inc.ID)
			}
			for _, m := range c.Months {
				for _, a := range m.Actions {
					if noData[a.Metric] && a.HasData() {
						t.Errorf("AS%d: %s is %v without any input", asn, a.Metric, *a.Percent)
					}
				}
			}
		}
		if p, err := run.CheckPrefix(inc.Prefixes[0], time.Time{}); err != nil || len(p.Incidents) == 0 {
			t.Errorf("%s: %v", inc.Prefixes[0], err)
		}
	}
	cone, err := run.Neighbourhood("cone:AS9498")
	if err != nil || cone.Members < 100 {
		t.Errorf("the cone of AS9498: %v", err)
	}
	if c, err := run.Neighbourhood("country:IN"); err != nil || c.Members != 0 || len(c.Notes) == 0 {
		t.Errorf("a country without delegation statistics: %+v, %v", c, err)
	}
	var wrong *service.WrongUse
	if _, err := run.Neighbourhood("lantern-coast"); !errors.As(err, &wrong) {
		t.Error(err)
	}
	s := compile(t, "incident")
	if n := validateLines(t, s, filepath.Join(opt.Out, "incidents.jsonl")); n != len(incidents) {
		t.Errorf("%d lines", n)
	}
	validateLines(t, compile(t, "score"), filepath.Join(opt.Out, "scores.jsonl"))
	validateFile(t, compile(t, "snapshot"), filepath.Join(opt.Out, "snapshot.json"))
}
