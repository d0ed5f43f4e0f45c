package service_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSilenceIsNotWatching: a window longer than the data does not make a month watched. Finding nothing where nothing
// was heard is no data.
func TestSilenceIsNotWatching(t *testing.T) {
	p := smallWorld(4)
	p.Quiet = true
	data, truth := madeWorld(t, p)
	from, to := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if !from.Before(truth.Start) || !to.After(truth.End) {
		t.Fatal("the window does not hold the world")
	}
	r := newRig(t, data, from, to)
	r.observe(t)
	seen := 0
	for _, sc := range jsonLines[markedScore](t, filepath.Join(r.Out, "scores.jsonl")) {
		if !strings.HasPrefix(sc.Metric, "M2") {
			continue
		}
		seen++
		if sc.Percent != nil {
			t.Fatalf("four hours of data, and AS%d has %v %% in %s for the month", sc.ASN, *sc.Percent, sc.Metric)
		}
	}
	if seen == 0 {
		t.Error("no score")
	}
}
