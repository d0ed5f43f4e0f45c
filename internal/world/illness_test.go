package world_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pahra/internal/world"
	"pahra/wire/intelmq"
)

// TestReports: a day in parts is the day as a whole, twice the same; each event is whole, of that day, and of an address
// that some network holds.
func TestReports(t *testing.T) {
	until := time.Date(2026, 3, 3, 7, 20, 0, 0, time.UTC)
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	y := year(t, small(3, until))
	whole := y.Reports(from, from.Add(24*time.Hour))
	if len(whole) != len(world.ReportSources()) {
		t.Fatalf("%d reports", len(whole))
	}
	events := 0
	for i, r := range whole {
		var parts [][]byte
		for at := from; at.Before(from.Add(24 * time.Hour)); at = at.Add(8 * time.Hour) {
			parts = append(parts, year(t, small(3, until)).Reports(at, at.Add(8*time.Hour))[i].Text)
		}
		a, b := bytes.SplitAfter(r.Text, []byte("\n")), bytes.SplitAfter(bytes.Join(parts, nil), []byte("\n"))
		slices.SortFunc(a, bytes.Compare)
		slices.SortFunc(b, bytes.Compare)
		if !bytes.Equal(bytes.Join(a, nil), bytes.Join(b, nil)) {
			t.Errorf("%s: the parts are not the whole", r.Source)
		}
		for _, line := range a {
			if len(line) == 0 {
				continue
			}
			events++
			e, err := intelmq.Parse(line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			at, err := time.Parse(time.RFC3339, e.Text("time.source"))
			if err != nil || at.Before(from) || !at.Before(from.Add(24*time.Hour)) || e.Text("source.ip") == "" || e.Text("classification.type") == "" {
				t.Errorf("%s", line)
			}
		}
	}
	if events < 50 {
		t.Errorf("only %d events", events)
	}
}
