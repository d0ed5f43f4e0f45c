package service

import (
	"strings"
	"testing"

	"pahra/internal/watch"
)

// TestPageCommandsNameRelations: the command that comes to an incident again has what the run's relations rested on,
// where that is not the default.
func TestPageCommandsNameRelations(t *testing.T) {
	for relations, want := range map[Relations]bool{"": false, RelationsAll: false, RelationsListed: true, RelationsInferred: true} {
		r := &Run{}
		r.Snapshot.Relations, r.Snapshot.Settings = relations, watch.Defaults()
		list := r.commands(&watch.Incident{ID: "0123456789abcdef"})
		last := list[len(list)-1].Line
		if got := strings.Contains(last, "--relations "+string(relations)); got != want && relations != "" || relations == "" && strings.Contains(last, "--relations") {
			t.Errorf("relations %q: %s", relations, last)
		}
	}
}
