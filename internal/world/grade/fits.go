package grade

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"pahra/internal/world"
	"pahra/wire/values"
)

// Window is the time that a run observed.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// ReadWindow reads a run's window out of its snapshot.json.
func ReadWindow(r io.Reader) (Window, error) {
	var snapshot struct {
		Window Window `json:"window"`
	}
	if err := json.NewDecoder(io.LimitReader(r, maxTruth)).Decode(&snapshot); err != nil {
		return Window{}, fmt.Errorf("reading a snapshot: %w", err)
	}
	if !snapshot.Window.To.After(snapshot.Window.From) {
		return Window{}, fmt.Errorf("reading a snapshot: it has no window")
	}
	return snapshot.Window, nil
}

// ReadNetworks reads which networks a run scored out of its scores.jsonl.
func ReadNetworks(r io.Reader) (map[values.ASN]bool, error) {
	seen := make(map[values.ASN]bool)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		var score struct {
			ASN values.ASN `json:"asn"`
		}
		if err := json.Unmarshal(lines.Bytes(), &score); err != nil {
			return nil, fmt.Errorf("reading scores: line %d: %w", n, err)
		}
		seen[score.ASN] = true
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading scores: %w", err)
	}
	return seen, nil
}

// Fits gives an error if a run cannot have observed the world of a truth: if their times do not overlap, or if the run
// scored less than half of the networks that the truth's events name.
func Fits(truth world.Truth, w Window, scored map[values.ASN]bool) error {
	if !truth.Start.Before(w.To) || !w.From.Before(truth.End) {
		return fmt.Errorf("the truth is of another time than the run: %s to %s, the run %s to %s", truth.Start.Format(time.RFC3339),
			truth.End.Format(time.RFC3339), w.From.UTC().Format(time.RFC3339), w.To.UTC().Format(time.RFC3339))
	}
	named, known := make(map[values.ASN]bool), 0
	for i := range truth.Events {
		if asn := truth.Events[i].ASN; asn != 0 && !named[asn] {
			named[asn] = true
			if scored[asn] {
				known++
			}
		}
	}
	if 2*known < len(named) {
		return fmt.Errorf("the truth is of another world than the run: of the %d networks that its events name, the run scored %d", len(named), known)
	}
	return nil
}
