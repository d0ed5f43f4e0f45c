package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// lines reads a file of JSON lines.
func lines[T any](t *testing.T, path string) (list []T) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func check(t *testing.T, run *service.Run, asn values.ASN, at time.Time) *service.NetworkCheck {
	t.Helper()
	c, err := run.Check(asn, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCheckEveryNetwork checks every network of a run: the scores come out again, every finding says what is to do, and
// none advises a network to register what it took from another.
func TestCheckEveryNetwork(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	scores := make(map[values.ASN]map[norms.Metric]norms.Score)
	for _, s := range lines[norms.Score](t, filepath.Join(out, "scores.jsonl")) {
		if scores[s.ASN] == nil {
			scores[s.ASN] = make(map[norms.Metric]norms.Score)
		}
		scores[s.ASN][s.Metric] = s
	}
	kinds := make(map[programme.FindingKind]int)
	for asn, want := range scores {
		c := check(t, run, asn, time.Time{})
		sameScores(t, c, want)
		for _, f := range c.Findings {
			kinds[f.Kind]++
			if f.Subject == "" || f.Says == "" || f.Mend == "" || f.AgesOut == "" || f.Evidence == nil {
				t.Errorf("AS%d: finding with something left out: %+v", asn, f)
			}
			if (f.Kind == programme.NoROA || f.Kind == programme.NoObject) && takenByHijack(c.Incidents, f.Subject) {
				t.Errorf("AS%d is told to register %s, which it took from another", asn, f.Subject)
			}
		}
		sum := 0
		for _, s := range c.Steps {
			sum += s.Findings
			if s.Raise != nil && s.Raise.To < s.Raise.From-1e-9 {
				t.Errorf("AS%d: mending %s lowers %s from %v to %v", asn, s.Kind, s.Raise.Metric, s.Raise.From, s.Raise.To)
			}
		}
		if sum != len(c.Findings) {
			t.Errorf("AS%d: steps cover %d of %d findings", asn, sum, len(c.Findings))
		}
	}
	for _, k := range []programme.FindingKind{programme.Announced, programme.PassedOn, programme.InvalidOrigin, programme.NoROA,
		programme.NoObject, programme.NoContact, programme.Spoofs, programme.Suffered} {
		if kinds[k] == 0 {
			t.Errorf("no finding of kind %s in the whole run: nothing was tested", k)
		}
	}
}

// sameScores holds a check's scores against the run's lines.
func sameScores(t *testing.T, c *service.NetworkCheck, want map[norms.Metric]norms.Score) {
	t.Helper()
	n := 0
	same := func(got norms.Score) {
		n++
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want[got.Metric])
		if !bytes.Equal(a, b) {
			t.Errorf("AS%d %s: %s, the run has %s", got.ASN, got.Metric, a, b)
		}
	}
	for _, a := range c.Months[0].Actions {
		same(a.Score)
		for _, m := range a.Metrics {
			same(m.Score)
			if m.Metric.IsIncident() && m.Raw != nil {
				sum := 0.0
				for _, i := range m.Intervals {
					sum += i.Contribution
				}
				if math.Abs(sum-*m.Raw) > 1e-9 || !strings.Contains(m.Arithmetic, "-> ") {
					t.Errorf("AS%d %s: raw %v, intervals %v, arithmetic %q", c.Who.ASN, m.Metric, *m.Raw, sum, m.Arithmetic)
				}
			}
		}
	}
	if n != len(want) {
		t.Errorf("AS%d: %d scores, the run has %d", c.Who.ASN, n, len(want))
	}
}

func takenByHijack(incidents []programme.IncidentSeen, route string) bool {
	prefix, _, _ := strings.Cut(route, " ")
	return slices.ContainsFunc(incidents, func(i programme.IncidentSeen) bool {
		return i.Role == programme.Announcer && i.Kind == watch.Hijack &&
			slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return p.String() == prefix })
	})
}

// TestCheckRoles holds each network's part in each incident against the run's lines.
func TestCheckRoles(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	for _, inc := range lines[watch.Incident](t, filepath.Join(out, "incidents.jsonl")) {
		wants := map[values.ASN]programme.Role{}
		for _, v := range inc.Evidence.Victims {
			wants[v] = programme.Victim
		}
		for _, a := range inc.Accomplices {
			wants[a.ASN] = programme.Accomplice
		}
		wants[inc.ASN] = programme.Announcer
		for asn, role := range wants {
			c := check(t, run, asn, time.Time{})
			i := slices.IndexFunc(c.Incidents, func(i programme.IncidentSeen) bool { return i.ID == inc.ID })
			if i < 0 || c.Incidents[i].Role != role {
				t.Errorf("AS%d is not the %s of %s", asn, role, inc.ID)
				continue
			}
			if !slices.ContainsFunc(c.Findings, func(f programme.Finding) bool { return f.Incident == inc.ID }) {
				t.Errorf("AS%d: no finding speaks of incident %s", asn, inc.ID)
			}
			unnamed := inc.Attribution != watch.Supported
			said := slices.ContainsFunc(c.Findings, func(f programme.Finding) bool {
				return f.Incident == inc.ID && strings.Contains(f.Says, "not named as the culprit")
			})
			told := inc.Kind == watch.RPKIInvalid && role == programme.Announcer // said of the route, not of the network
			if unnamed != said && !told {
				t.Errorf("AS%d, incident %s: attribution %s, said not to be named: %v", asn, inc.ID, inc.Attribution, said)
			}
		}
	}
}

// TestCheckAsOf lets time pass: nothing from after the moment shows, penalties only grow, and at the end it is the run.
func TestCheckAsOf(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	incidents := lines[watch.Incident](t, filepath.Join(out, "incidents.jsonl"))
	w := run.Snapshot.Window
	rapid.Check(t, func(rt *rapid.T) {
		inc := rapid.SampledFrom(incidents).Draw(rt, "incident")
		a := w.From.Add(time.Duration(rapid.Int64Range(0, int64(w.To.Sub(w.From)/time.Second)).Draw(rt, "a")) * time.Second)
		b := a.Add(time.Duration(rapid.Int64Range(0, int64(w.To.Sub(a)/time.Second)).Draw(rt, "b")) * time.Second)
		early, err := run.Check(inc.ASN, a)
		if err != nil {
			rt.Fatal(err)
		}
		late, err := run.Check(inc.ASN, b)
		if err != nil {
			rt.Fatal(err)
		}
		for _, i := range early.Incidents {
			if i.Start.After(a) || i.End != nil && i.End.After(a) || (i.End == nil) != (i.Status == watch.Open) {
				rt.Fatalf("at %v: incident of %v to %v, %s", a, i.Start, i.End, i.Status)
			}
		}
		if len(early.Incidents) > len(late.Incidents) {
			rt.Fatalf("incidents were forgotten between %v and %v", a, b)
		}
		if x, y := penalty(early), penalty(late); x > y {
			rt.Fatalf("the penalty fell from %v to %v between %v and %v", x, y, a, b)
		}
	})
	for _, at := range []time.Time{w.From.Add(-time.Second), w.To.Add(time.Second)} {
		var wrong *service.WrongUse
		if _, err := run.Check(incidents[0].ASN, at); !errors.As(err, &wrong) {
			t.Errorf("as of %v, outside the window: %v", at, err)
		}
	}
}

// penalty sums up a network's raw penalties.
func penalty(c *service.NetworkCheck) (sum float64) {
	for _, m := range c.Months {
		for _, a := range m.Actions {
			for _, s := range a.Metrics {
				if s.Metric.IsIncident() && s.Raw != nil {
					sum += *s.Raw
				}
			}
		}
	}
	return sum
}

// TestCheckPrefix asks for every prefix of every incident, for what covers it and for what lies in it.
func TestCheckPrefix(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	for _, inc := range lines[watch.Incident](t, filepath.Join(out, "incidents.jsonl")) {
		for _, p := range inc.Prefixes {
			c, err := run.CheckPrefix(p, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if i := slices.IndexFunc(c.Incidents, func(i service.PrefixIncident) bool { return i.ID == inc.ID }); i < 0 || c.Incidents[i].Match != "exact" {
				t.Errorf("%s: incident %s is not an exact match", p, inc.ID)
			}
			if len(c.Findings) == 0 || !c.Seen {
				t.Errorf("%s: nothing to mend in spite of %s", p, inc.ID)
			}
			cover, err := run.CheckPrefix(mustPrefix(t, fmt.Sprintf("%s/%d", p.Addr(), p.Bits()-1)), time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if i := slices.IndexFunc(cover.Incidents, func(i service.PrefixIncident) bool { return i.ID == inc.ID }); i < 0 {
				t.Errorf("%s: incident %s is not seen from above", p, inc.ID)
			}
		}
	}
}

// TestCheckAnachronism judges with VRPs of a later time: what they touched is marked wherever it shows.
func TestCheckAnachronism(t *testing.T) {
	data, _ := worldRun(t)
	files, err := filepath.Glob(filepath.Join(data, "vrp", "*.json"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	slices.Sort(files)
	for _, f := range files[:len(files)-1] {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	opt := options(data, filepath.Join(t.TempDir(), "out"))
	opt.To = opt.From.Add(3 * time.Hour) // before the VRPs that are left
	opt.Allow = []authority.Kind{authority.KindVRP}
	run := observeWith(t, opt)
	marked := 0
	for _, inc := range lines[watch.Incident](t, filepath.Join(opt.Out, "incidents.jsonl")) {
		c := check(t, run, inc.ASN, time.Time{})
		for _, i := range c.Incidents {
			if i.BarredFromPublication != (len(i.Anachronism) > 0) {
				t.Errorf("incident %s: marks %v, barred %v", i.ID, i.Anachronism, i.BarredFromPublication)
			}
		}
		for _, f := range c.Findings {
			byVRP := f.Metric != nil && *f.Metric == norms.M7RPKI
			if byVRP && !slices.Equal(f.Anachronism, []string{"vrp"}) {
				t.Errorf("AS%d: %s of %s has the marks %v", inc.ASN, f.Kind, f.Subject, f.Anachronism)
			}
			if len(f.Anachronism) > 0 {
				marked++
			}
		}
		p, err := run.CheckPrefix(inc.Prefixes[0], time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Findings {
			if f.Kind == programme.NoROA && !slices.Equal(f.Anachronism, []string{"vrp"}) {
				t.Errorf("%s: %s has the marks %v", p.Prefix, f.Kind, f.Anachronism)
			}
		}
	}
	if marked == 0 {
		t.Error("nothing is marked: nothing was tested")
	}
}

// TestChecksNamePresenceOnly makes sure that no contact's address, number or name from the inputs comes out.
func TestChecksNamePresenceOnly(t *testing.T) {
	data, out := worldRun(t)
	secrets := personal(t, data)
	if len(secrets) < 50 {
		t.Fatalf("only %d contacts in the inputs: nothing was tested", len(secrets))
	}
	run := open(t, out)
	var all bytes.Buffer
	for _, name := range []string{"country:IN", "rir:apnic", "rir:arin"} {
		n, err := run.Neighbourhood(name)
		if err != nil {
			t.Fatal(err)
		}
		encode(t, &all, n)
	}
	seen := make(map[values.ASN]bool)
	for _, s := range lines[norms.Score](t, filepath.Join(out, "scores.jsonl")) {
		if !seen[s.ASN] {
			seen[s.ASN] = true
			encode(t, &all, check(t, run, s.ASN, time.Time{}))
		}
	}
	for _, f := range []string{"incidents.jsonl", "scores.jsonl", "snapshot.json", "archive/networks.parquet"} {
		text, err := os.ReadFile(filepath.Join(out, f))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, s := range secrets {
		if bytes.Contains(all.Bytes(), []byte(s)) {
			t.Errorf("%q comes out", s)
		}
	}
}

// TestCheckNamesNoPerson tags a network as a private person's: its name comes out nowhere.
func TestCheckNamesNoPerson(t *testing.T) {
	data, _ := worldRun(t)
	names := "AS144547,A Person\n"
	write(t, filepath.Join(data, "registry", "tags-perso.csv"), []byte(names))
	sources, err := os.ReadFile(filepath.Join(data, "sources.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(data, "sources.yaml"), append(sources, "- {path: registry/tags-perso.csv, kind: registry, format: csv, time: 2026-02-09T20:00:00Z}\n"...))
	run := observeWith(t, options(data, filepath.Join(t.TempDir(), "out")))
	who := check(t, run, 144547, time.Time{}).Who
	if who.Holder != "" || who.ASName != "" || who.Organisation != "" || !strings.Contains(who.Note, "private person") {
		t.Errorf("%+v", who)
	}
}

func encode(t *testing.T, out *bytes.Buffer, v any) {
	t.Helper()
	if err := json.NewEncoder(out).Encode(v); err != nil {
		t.Fatal(err)
	}
}

// personal gathers mail addresses, numbers and names of contacts from the inputs.
func personal(t *testing.T, data string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "peeringdb", "poc.json"))
	if err != nil {
		t.Fatal(err)
	}
	var pocs struct {
		Data []struct{ Name, Phone, Email string }
	}
	if err := json.Unmarshal(text, &pocs); err != nil {
		t.Fatal(err)
	}
	for _, p := range pocs.Data {
		list = append(list, p.Name, p.Phone, p.Email)
	}
	dumps, err := filepath.Glob(filepath.Join(data, "irr", "*.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dump := range dumps {
		text, err := os.ReadFile(dump)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			key, value, _ := strings.Cut(line, ":")
			if slices.Contains([]string{"e-mail", "phone", "person", "abuse-mailbox", "admin-c", "tech-c"}, key) {
				list = append(list, strings.TrimSpace(value))
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return slices.DeleteFunc(list, func(s string) bool { return len(s) < 5 })
}
