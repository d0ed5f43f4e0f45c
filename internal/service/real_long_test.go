package service_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pahra/internal/routes"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/wire/mrt"
)

// sources2008 reads the updates that RouteViews kept on the day of the YouTube hijack's eve, with what was known then
// and, to be refused, what was not.
const sources2008 = `
files:
  - {path: mrt/rv-oregon-20080222/*.bz2, kind: mrt, collector: route-views.oregon}
  - {path: relations/20080101.as-rel.txt.gz, kind: relations, time: 2008-01-01}
  - {path: relations/20080402.as-org2info.jsonl.gz, kind: organisations, time: 2008-04-02}
  - {path: rpki/rpkiclient_summary_20250720T093135Z.json.bz2, kind: vrp, time: 2025-07-20T09:31:35Z}
`

// sources2021 reads what RIS collector rrc06 heard in some hours of 2021-01-02.
const sources2021 = `
files:
  - {path: mrt/ris-rrc06-20210102/*.gz, kind: mrt, collector: rrc06}
  - {path: relations/20180101.as-rel.txt.gz, kind: relations, time: 2018-01-01}
  - {path: rpki/rpkiclient_summary_20250720T093135Z.json.bz2, kind: vrp, time: 2025-07-20T09:31:35Z}
`

// long skips a test that takes minutes, unless they are asked for.
func long(t *testing.T) string {
	t.Helper()
	if os.Getenv("PAHRA_SOAK") != "1" {
		t.Skip("it takes minutes: set PAHRA_SOAK=1")
	}
	return testdata.Real(t)
}

// observeReal observes real data by a sources.yaml, and reports what it took.
func observeReal(t *testing.T, sources string, from, to time.Time, change func(*rig)) *rig {
	t.Helper()
	root := filepath.Join(long(t), "routing")
	data := t.TempDir()
	put(t, filepath.Join(data, "sources.yaml"), []byte(fmt.Sprintf("root: %q", root)+sources))
	r := newRig(t, data, from, to)
	if change != nil {
		change(r)
	}
	stop := peakHeap()
	began := time.Now()
	sum := r.observe(t)
	peak := stop()
	t.Logf("%d elements in %s, peak heap %d MiB, %d problems\nincidents %v\nexplained %v\nno data: %v\nsaid: %s",
		sum.Elements, time.Since(began).Round(time.Second), peak>>20, sum.Problems, sum.Incidents, sum.Explained,
		r.snapshot(t).NoData, r.talk())
	if peak > 1<<30 {
		t.Errorf("peak heap %d MiB", peak>>20)
	}
	return r
}

// peakHeap watches how much memory the heap takes from the system, until it is stopped.
func peakHeap() (stop func() uint64) {
	var peak atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse))
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	return func() uint64 { close(done); <-ended; return peak.Load() }
}

// soundly demands of every incident what must hold of any: it rests on nothing of another time and names nobody on one
// peer's word.
func soundly(t *testing.T, r *rig) {
	t.Helper()
	set := watch.Defaults()
	for _, i := range r.incidents(t) {
		if len(i.Anachronism) > 0 {
			t.Errorf("%s of AS%d rests on %v", i.Kind, i.ASN, i.Anachronism)
		}
		for _, o := range i.Evidence.Objects {
			if o.Kind == "vrp" || o.Kind == "irr" {
				t.Errorf("%s of AS%d rests on %s", i.Kind, i.ASN, o.ID)
			}
		}
		asns := make(map[uint32]bool)
		for _, p := range i.Peers {
			asns[uint32(p.ASN)] = true
		}
		if i.Attribution == watch.Supported && len(asns) < set.MinPeerASNs && i.Kind != watch.BogonPrefix {
			t.Errorf("%s names AS%d on the word of %d peers", i.Kind, i.ASN, len(asns))
		}
		if len(i.Evidence.Updates) == 0 || i.Evidence.UpdatesTotal < len(i.Evidence.Updates) {
			t.Errorf("%s of AS%d: %d updates of %d", i.Kind, i.ASN, len(i.Evidence.Updates), i.Evidence.UpdatesTotal)
		}
		for _, p := range i.Prefixes {
			if p.Addr().Is4() && p.Bits() > set.MaxPrefix4 || p.Addr().Is6() && p.Bits() > set.MaxPrefix6 {
				t.Errorf("%s of AS%d: %s is a blackhole or an internal route", i.Kind, i.ASN, p)
			}
		}
	}
}

// isNoData demands that a kind is no data for a reason that names these dates.
func isNoData(t *testing.T, r *rig, kind string, dates ...string) {
	t.Helper()
	reason := r.snapshot(t).NoData[kind]
	for _, d := range dates {
		if reason == "" || !strings.Contains(reason, d) {
			t.Errorf("%s: the reason %q does not name %s", kind, reason, d)
		}
	}
}

// TestReal2008 observes 2008-02-22 from updates alone, the first six hours as warm-up.
func TestReal2008(t *testing.T) {
	from := time.Date(2008, 2, 22, 0, 0, 0, 0, time.UTC)
	r := observeReal(t, sources2008, from, from.Add(24*time.Hour), nil)
	soundly(t, r)
	isNoData(t, r, "vrp", "2025-07-20", "2008-02-2")
	isNoData(t, r, "organisations", "2008-04-02", "2008-02-2")
	isNoData(t, r, "irr", "")
	if reason := r.snapshot(t).NoData["relations"]; reason != "" {
		t.Errorf("relations of 2008-01-01 are no data: %s", reason)
	}
	hijacks := 0
	for _, i := range r.incidents(t) {
		if i.Start.Before(from.Add(6*time.Hour)) && i.Kind == watch.Hijack {
			t.Errorf("a hijack at %s, in the warm-up", i.Start)
		}
		if i.Kind == watch.RPKIInvalid {
			t.Errorf("RPKI-invalid in 2008: AS%d", i.ASN)
		}
		if i.Kind == watch.Hijack {
			hijacks++
			if x := slices.IndexFunc(i.Evidence.Exclusions, func(x watch.Tried) bool { return x.Name == "roa-valid" }); i.Evidence.Exclusions[x].Result != watch.NoData {
				t.Errorf("AS%d: VRPs were asked", i.ASN)
			}
			t.Logf("%s AS%d against %v %v %s %.2f", i.Start.Format(time.TimeOnly), i.ASN, victimOf(i), i.Prefixes[:min(3, len(i.Prefixes))], i.Attribution, i.Confidence)
		}
	}
	// Some ten mis-originations a day were seen by whoever counted them then; hundreds would be false.
	if hijacks > 60 {
		t.Errorf("%d hijacks in 18 hours", hijacks)
	}
}

func victimOf(i watch.Incident) any {
	if i.Victim == nil {
		return i.Evidence.Victims
	}
	return *i.Victim
}

// TestReal2021 observes the four hours of 2021-01-02 that are at hand, of which relations, VRPs and all else are of
// other times.
func TestReal2021(t *testing.T) {
	from := time.Date(2021, 1, 2, 0, 0, 0, 0, time.UTC)
	r := observeReal(t, sources2021, from, from.Add(24*time.Hour), nil)
	soundly(t, r)
	isNoData(t, r, "vrp", "2025-07-20", "2021-01-0")
	isNoData(t, r, "relations", "2018-01-01", "90 days")
	for _, kind := range []string{"irr", "organisations", "registry", "peeringdb"} {
		isNoData(t, r, kind, "")
	}
	if len(r.incidents(t)) > 0 {
		t.Errorf("%d incidents in four hours of a warm-up of six", len(r.incidents(t)))
	}
}

// TestReal2021Blackholes observes the same hours as sharply as can be, one peer being enough: what asks for a blackhole
// yields no incident. (Single hosts are not in these files: TestBlackholes of package watch has them.)
func TestReal2021Blackholes(t *testing.T) {
	from := time.Date(2021, 1, 2, 0, 0, 0, 0, time.UTC)
	r := observeReal(t, sources2021, from, from.Add(24*time.Hour), func(r *rig) {
		r.Settings.MinVisibility, r.Settings.WarmUp, r.Settings.MinDuration = 1, time.Hour, 0
	})
	soundly(t, r)
	for _, i := range r.incidents(t) {
		t.Logf("%s %s AS%d %v %v %s %.2f", i.Start.Format(time.TimeOnly), i.Kind, i.ASN, victimOf(i), i.Prefixes[:min(3, len(i.Prefixes))], i.Attribution, i.Confidence)
	}
	blackholes, tooLong := 0, 0
	in := routes.NewInterner()
	names, err := filepath.Glob(filepath.Join(long(t), "routing", "mrt", "ris-rrc06-20210102", "*.gz"))
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range names {
		err := mrt.Scan(bytes.NewReader(gunzip(t, content(t, name))), nil, func(e *mrt.Elem, _ *mrt.Record) error {
			if e.Kind == mrt.Announce && in.Attr(in.ID(e.RawAttrs, e.AS4, e.RIB)).Flags&routes.Blackhole != 0 {
				blackholes++
			}
			if e.Kind == mrt.Announce && e.Prefix.Bits() > map[bool]int{true: 24, false: 48}[e.Prefix.Addr().Is4()] {
				tooLong++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d announcements ask for a blackhole, %d are longer than networks exchange", blackholes, tooLong)
	if blackholes == 0 {
		t.Error("there is nothing to be silent about")
	}
}
