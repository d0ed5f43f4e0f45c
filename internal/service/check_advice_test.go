package service_test

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/archive"
	"pahra/internal/programme"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// explainedLine is a row of archive/explained.parquet.
type explainedLine struct {
	ASN    uint32 `parquet:"asn"`
	Kind   string `parquet:"kind"`
	Victim uint32 `parquet:"victim"`
	Prefix string `parquet:"prefix"`
	By     string `parquet:"by"`
}

func explainedOf(t *testing.T, out string) (list []explainedLine) {
	t.Helper()
	manifest, err := archive.ReadManifest(filepath.Join(out, "archive"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range manifest.Segments {
		if s.Name != "explained.parquet" {
			continue
		}
		for row, err := range archive.ReadSegment[explainedLine](filepath.Join(out, "archive"), s) {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, row)
		}
	}
	return list
}

// TestNothingToRegisterForMistakes asks for the network, and for the prefix, of everything explained by a slip: neither
// answer advises to register it. What is explained of a link or a leak is no slip of an origin.
func TestNothingToRegisterForMistakes(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed+1), func(t *testing.T) { nothingToRegister(t, seed+1) })
	}
}

func nothingToRegister(t *testing.T, seed uint64) {
	_, out := worldRunOf(t, seed)
	run := open(t, out)
	entitled := []string{"roa-valid", "route-object", "same-organisation", "customer-or-provider", "transfer", "moved"}
	tried := 0
	for _, x := range explainedOf(t, out) {
		if slices.Contains(entitled, x.By) || x.Victim == 0 || x.Kind != string(watch.Hijack) {
			continue
		}
		tried++
		route := x.Prefix + " AS" + values.ASN(x.ASN).String()
		p, err := run.CheckPrefix(mustPrefix(t, x.Prefix), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, findings := range [][]programme.Finding{check(t, run, values.ASN(x.ASN), time.Time{}).Findings, p.Findings} {
			told := false
			for _, f := range findings {
				told = told || f.Kind == programme.ExplainedAway && f.Subject == route && strings.Contains(f.Says, x.By)
				if registers(f.Mend) && f.Subject == route {
					t.Errorf("%s, explained by %s: %q", route, x.By, f.Mend)
				}
			}
			if !told {
				t.Errorf("%s: the explanation %s is not told in %+v", route, x.By, findings)
			}
		}
	}
	if tried == 0 {
		t.Error("nothing is explained by a slip: nothing was tested")
	}
}

// registers tells whether an advice is to register a route, or to have another's object deleted.
func registers(mend string) bool {
	return strings.Contains(mend, "create a ROA") || strings.Contains(mend, "register route") || strings.Contains(mend, "deleted")
}

// TestNothingToRegisterAgainstObjects makes sure that no network is told to register a route that objects of others
// contradict.
func TestNothingToRegisterAgainstObjects(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	contested := 0
	for _, name := range []string{"country:IN", "rir:ripe", "rir:apnic", "rir:arin"} {
		n, err := run.Neighbourhood(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range n.Steps {
			for _, w := range step.Networks {
				for _, f := range check(t, run, w.ASN, time.Time{}).Findings {
					if f.Kind != programme.Contested && f.Kind != programme.InvalidOrigin {
						continue
					}
					contested++
					if registers(f.Mend) || !strings.Contains(f.Mend, "find out who is right") {
						t.Errorf("AS%d: %s: %q", w.ASN, f.Says, f.Mend)
					}
				}
			}
		}
	}
	if contested == 0 {
		t.Error("no route is contested: nothing was tested")
	}
}

// TestContactAdvice holds the advice to networks without a contact against the profile's rules: it names what counts
// for the network's registry, and nothing that was found and does not.
func TestContactAdvice(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	wants := map[string]string{
		"arin": "OrgTechRef or OrgNocRef for AS%d with ARIN", "apnic": "admin-c or tech-c for AS%d with APNIC",
		"ripencc": "admin-c or tech-c for AS%d with RIPE NCC", "lacnic": "person for AS%d with LACNIC, reachable by email or phone",
	}
	tried := make(map[string]int)
	for rir, want := range wants {
		n, err := run.Neighbourhood("rir:" + rir)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range n.Steps {
			for _, w := range step.Networks {
				if step.Kind != programme.NoContact {
					continue
				}
				for _, f := range check(t, run, w.ASN, time.Time{}).Findings {
					if f.Kind == programme.NoContact {
						tried[rir]++
						if want := strings.ReplaceAll(want, "%d", w.ASN.String()); !strings.Contains(f.Mend, want) {
							t.Errorf("AS%d of %s: %q, want %q in it", w.ASN, rir, f.Mend, want)
						}
						if rir == "arin" && strings.Contains(f.Mend, "admin-c or tech-c for AS"+w.ASN.String()+" with") {
							t.Errorf("AS%d of ARIN is told to register what does not count: %q", w.ASN, f.Mend)
						}
					}
				}
			}
		}
	}
	if tried["arin"] == 0 {
		t.Error("no network of ARIN lacks a contact: nothing was tested", tried)
	}
}

// TestCheckPrefixNamesHolders makes sure that a prefix and its origin agree on who the origin is.
func TestCheckPrefixNamesHolders(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	named := 0
	for _, x := range explainedOf(t, out) {
		p, err := run.CheckPrefix(mustPrefix(t, x.Prefix), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range p.Routes {
			if who := check(t, run, route.Origin, time.Time{}).Who; who.Holder != route.Holder {
				t.Errorf("AS%d is %q for %s and %q for itself", route.Origin, route.Holder, x.Prefix, who.Holder)
			} else if who.Holder != "" {
				named++
			}
		}
	}
	if named == 0 {
		t.Error("no holder is known: nothing was tested")
	}
}

// TestCheckIncident opens every incident by its whole id and by the shortest beginning that names it alone.
func TestCheckIncident(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	for _, want := range lines[watch.Incident](t, filepath.Join(out, "incidents.jsonl")) {
		for _, digits := range []string{want.ID, strings.ToUpper(want.ID[:12])} {
			c, err := run.CheckIncident(digits, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, c.Incident, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
				cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("%s (-want +got):\n%s", digits, diff)
			}
			if len(c.Counts) == 0 && c.WhyNot == "" || len(c.Records) == 0 || c.Attribution == "" || c.Alarm.Announcer.ASN != want.ASN {
				t.Errorf("%s: something left out: %+v", want.ID, c)
			}
			if len(c.Alarm.LetPass) != len(want.Accomplices) {
				t.Errorf("%s: %d let it pass, want %d", want.ID, len(c.Alarm.LetPass), len(want.Accomplices))
			}
		}
	}
	for _, digits := range []string{"", "12345", "ffffffffffff"} {
		var wrong *service.WrongUse
		if _, err := run.CheckIncident(digits, time.Time{}); !errors.As(err, &wrong) {
			t.Errorf("%q: %v", digits, err)
		}
	}
}

// TestCheckAddress asks for the first address of every prefix of every incident: the incident covers it.
func TestCheckAddress(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	for _, inc := range lines[watch.Incident](t, filepath.Join(out, "incidents.jsonl")) {
		for _, p := range inc.Prefixes {
			c, err := run.CheckAddress(p.Addr(), time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			told := slices.ContainsFunc(c.Incidents, func(i service.PrefixIncident) bool { return i.ID == inc.ID })
			if !told || !c.Prefix.Contains(p.Addr()) || c.Prefix.Bits() < p.Bits() {
				t.Errorf("%s in %s: incident told %v, prefix %s", p.Addr(), p, told, c.Prefix)
			}
		}
	}
}
