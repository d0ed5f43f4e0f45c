package service_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/internal/world"
)

// dated gives a copy of a world's folder whose only VRPs are those given, by the moment of their files.
func dated(t *testing.T, p world.Params, vrps func(original string) map[time.Time]string) (string, world.Truth) {
	t.Helper()
	made, truth := madeWorld(t, p)
	files := tree(t, made)
	var original string
	for name, text := range files {
		if strings.HasPrefix(name, "vrp/") {
			original = text
			delete(files, name)
		}
	}
	for at, text := range vrps(original) {
		files["vrp/"+at.Format("20060102T1504Z")+".json"] = text
	}
	return copyTree(t, files, namesOf(files)), truth
}

func namesOf(files map[string]string) (names []string) {
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// in2008 are the parameters of a world in which nobody had heard of the RPKI.
func in2008() world.Params {
	p := smallWorld(4)
	p.Start = time.Date(2008, 2, 22, 0, 0, 0, 0, time.UTC)
	return p
}

func in2025(original string) map[time.Time]string {
	return map[time.Time]string{time.Date(2025, 7, 20, 9, 30, 0, 0, time.UTC): original}
}

type markedScore struct {
	ASN          uint32
	Metric       string
	Percent      *float64
	NoDataReason *string `json:"no_data_reason"`
	Anachronism  []string
}

// TestLaterVRPsDoNotJudge: VRPs of 2025 say nothing of a route of 2008.
func TestLaterVRPsDoNotJudge(t *testing.T) {
	data, truth := dated(t, in2008(), in2025)
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	for _, i := range r.incidents(t) {
		if i.Kind == watch.RPKIInvalid || len(i.Anachronism) > 0 {
			t.Errorf("%s of AS%d, marked %v", i.Kind, i.ASN, i.Anachronism)
		}
		for _, o := range i.Evidence.Objects {
			if o.Kind == "vrp" {
				t.Errorf("%s of AS%d rests on %s", i.Kind, i.ASN, o.ID)
			}
		}
		for _, x := range i.Evidence.Exclusions {
			if x.Name == "roa-valid" && (x.Result != watch.NoData || !strings.Contains(x.Detail, "2025-07-20")) {
				t.Errorf("roa-valid: %s (%s)", x.Result, x.Detail)
			}
		}
	}
	s := r.snapshot(t)
	if reason := s.NoData["vrp"]; !strings.Contains(reason, "2025-07-20") || !strings.Contains(reason, "2008-02-22") {
		t.Errorf("the reason is %q", reason)
	}
	for _, u := range s.Used {
		if u.Kind == "vrp" {
			t.Errorf("used: %+v", u)
		}
	}
	seen := 0
	for _, sc := range jsonLines[markedScore](t, filepath.Join(r.Out, "scores.jsonl")) {
		if sc.Metric != "M7RPKI" && sc.Metric != "M9" {
			continue
		}
		seen++
		if sc.Percent != nil || sc.NoDataReason == nil || !strings.Contains(*sc.NoDataReason, "2025-07-20") || len(sc.Anachronism) > 0 {
			t.Fatalf("%+v", sc)
		}
	}
	if seen == 0 {
		t.Error("no M7RPKI at all")
	}
}

// TestAllowedAnachronism: used all the same, it marks every incident and score that it touched, and nothing else.
func TestAllowedAnachronism(t *testing.T) {
	data, truth := dated(t, in2008(), in2025)
	r := newRig(t, data, truth.Start, truth.End)
	r.Allow = []authority.Kind{authority.KindVRP}
	r.observe(t)
	kinds := make(map[watch.Kind]int)
	for _, i := range r.incidents(t) {
		kinds[i.Kind]++
		touched := slices.Contains(watch.RestsOn(i.Kind), "vrp")
		if slices.Equal(i.Anachronism, []string{"vrp"}) != touched {
			t.Errorf("%s of AS%d is marked %v", i.Kind, i.ASN, i.Anachronism)
		}
	}
	if kinds[watch.RPKIInvalid] == 0 || kinds[watch.BogonASN] == 0 {
		t.Errorf("incidents: %v", kinds)
	}
	touched := []string{"M1", "M1C", "M2", "M2C", "M7RPKI", "M7RPKIN", "M9", "A1", "A4"}
	for _, sc := range jsonLines[markedScore](t, filepath.Join(r.Out, "scores.jsonl")) {
		if slices.Contains(sc.Anachronism, "vrp") != slices.Contains(touched, sc.Metric) {
			t.Fatalf("%s is marked %v", sc.Metric, sc.Anachronism)
		}
	}
	if !slices.ContainsFunc(r.snapshot(t).Used, func(u service.Used) bool { return u.Kind == "vrp" && u.Anachronism }) {
		t.Error("the snapshot does not say that the VRPs are of another time")
	}
	if err := r.verify(t); err != nil {
		t.Error(err)
	}
}

// TestStaleVRPs: after 24 hours VRPs are no data, to the second.
func TestStaleVRPs(t *testing.T) {
	p := smallWorld(4)
	for _, tt := range []struct {
		age   time.Duration
		found bool // the RPKI-invalid events, from 90 minutes on
		stale bool // at the end
	}{
		{25 * time.Hour, false, true}, {24 * time.Hour, false, true}, {22 * time.Hour, true, true}, {20 * time.Hour, true, false},
	} {
		data, truth := dated(t, p, func(original string) map[time.Time]string {
			return map[time.Time]string{p.Start.Add(-tt.age): original}
		})
		r := newRig(t, data, truth.Start, truth.End)
		r.observe(t)
		found := slices.ContainsFunc(r.incidents(t), func(i watch.Incident) bool {
			return i.Kind == watch.RPKIInvalid && i.Start.After(p.Start.Add(80*time.Minute))
		})
		reason := r.snapshot(t).NoData["vrp"]
		if found != tt.found || (reason != "") != tt.stale {
			t.Errorf("%s old: found %v, reason %q", tt.age, found, reason)
		}
		if tt.stale && !strings.Contains(reason, "24 h") {
			t.Errorf("the reason does not name the limit: %q", reason)
		}
	}
}

// roas is the form of a validator's output.
type roas struct {
	Metadata map[string]any   `json:"metadata,omitempty"`
	ROAs     []map[string]any `json:"roas"`
}

// TestNewVRPsRejudge: VRPs that come in during the run judge from then on, and those after them again.
func TestNewVRPsRejudge(t *testing.T) {
	p := smallWorld(4)
	p.Quiet, p.Churn = true, 0
	at := func(hours int) time.Time { return p.Start.Add(time.Duration(hours) * time.Hour) }
	var holder float64
	data, truth := dated(t, p, func(original string) map[time.Time]string {
		var list roas
		if err := json.Unmarshal([]byte(original), &list); err != nil {
			t.Fatal(err)
		}
		holder = list.ROAs[0]["asn"].(float64)
		for _, r := range list.ROAs {
			if r["asn"] == holder {
				r["asn"] = 64000
			}
		}
		moved, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return map[time.Time]string{at(-1): original, at(1): string(moved), at(3): original}
	})
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	found := r.incidents(t)
	if len(found) != 1 {
		t.Fatalf("%d incidents", len(found))
	}
	i := found[0]
	if i.Kind != watch.RPKIInvalid || float64(i.ASN) != holder || !i.Start.Equal(at(1)) || i.End == nil || !i.End.Equal(at(3)) {
		t.Errorf("%s of AS%d from %s to %v; the holder is AS%v", i.Kind, i.ASN, i.Start, i.End, holder)
	}
	if used := r.snapshot(t).Used; len(slices.DeleteFunc(used, func(u service.Used) bool { return u.Kind != "vrp" })) != 3 {
		t.Errorf("used: %+v", used)
	}
}

// TestAnachronismEnds: what is allowed against its time is marked only until its time has come.
func TestAnachronismEnds(t *testing.T) {
	p := smallWorld(4)
	data, truth := dated(t, p, func(original string) map[time.Time]string {
		return map[time.Time]string{p.Start.Add(107 * time.Minute): original}
	})
	r := newRig(t, data, truth.Start, truth.End)
	r.Allow = []authority.Kind{authority.KindVRP}
	r.observe(t)
	before, after := 0, 0
	for _, i := range r.incidents(t) {
		if i.Kind != watch.Hijack {
			continue
		}
		early := i.Start.Before(p.Start.Add(105 * time.Minute))
		if early {
			before++
		} else {
			after++
		}
		if (len(i.Anachronism) > 0) != early && i.Start.Sub(p.Start) > 110*time.Minute {
			t.Errorf("hijack from %s is marked %v", i.Start, i.Anachronism)
		}
	}
	if before == 0 || after == 0 {
		t.Errorf("%d hijacks before, %d after", before, after)
	}
	for _, sc := range jsonLines[markedScore](t, filepath.Join(r.Out, "scores.jsonl")) {
		if sc.Metric == "M7RPKI" && len(sc.Anachronism) > 0 {
			t.Fatalf("the month's end knows VRPs of its time: %+v", sc)
		}
	}
}

// TestSourcesElsewhere: sources.yaml takes the data from another folder and says what they are.
func TestSourcesElsewhere(t *testing.T) {
	made, truth := madeWorld(t, smallWorld(4))
	direct := newRig(t, made, truth.Start, truth.End)
	direct.observe(t)
	files := make(map[string]string)
	for name, text := range tree(t, made) { // under names that tell nothing
		if strings.HasPrefix(name, "mrt/") {
			parts := strings.Split(name, "/")
			files["heap/"+parts[1]+"-"+parts[2]+".bin"] = text
		}
		if strings.HasPrefix(name, "vrp/") {
			files["heap/roas"] = text
		}
	}
	heap := copyTree(t, files, namesOf(files))
	data := t.TempDir()
	put(t, filepath.Join(data, "sources.yaml"), []byte("root: "+heap+`
files:
  - {path: heap/lantern-*, kind: mrt, collector: lantern}
  - {path: heap/harbour-*, kind: mrt, collector: harbour}
  - {path: heap/roas, kind: vrp, time: 2026-02-09T23:30Z}
`))
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	if r.talk() != "" {
		t.Errorf("said: %s", r.talk())
	}
	invalid := func(list []watch.Incident) (ids []string) {
		for _, i := range list {
			if i.Kind == watch.RPKIInvalid {
				ids = append(ids, i.ID)
			}
		}
		return ids
	}
	want, got := invalid(direct.incidents(t)), invalid(r.incidents(t))
	if len(want) == 0 || !slices.Equal(want, got) {
		t.Errorf("RPKI-invalid: %v, not %v", got, want)
	}
	if err := r.verify(t); err != nil {
		t.Error(err)
	}
	restore := flip(t, filepath.Join(heap, "heap", "roas"))
	r.differs(t, "heap/roas")
	restore()
	put(t, filepath.Join(data, "sources.yaml"), []byte(content(t, filepath.Join(data, "sources.yaml"))+"# a remark\n"))
	r.differs(t, "sources.yaml")
}
