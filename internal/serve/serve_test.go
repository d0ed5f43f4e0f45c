package serve

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/config"
)

// TestDamagedRunsAreLeftOut: rubbish among the published runs, such as one of a time to come, does not hide the others.
func TestDamagedRunsAreLeftOut(t *testing.T) {
	state := t.TempDir()
	for _, name := range []string{"20260101T000000Z", "20991231T000000Z"} {
		if err := os.MkdirAll(filepath.Join(state, "runs", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := &Server{Config: &config.Config{State: state}, log: slog.New(slog.DiscardHandler), now: time.Now, damaged: make(map[string]bool)}
	for _, want := range []string{"20991231", "20260101"} {
		if err := s.showLatest(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("error %v, want one about %s", err, want)
		}
	}
	if err := s.showLatest(t.Context()); err != nil {
		t.Errorf("both were told of once: %v", err)
	}
}
