package journal

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/source"
)

// TestRenewing: which collectors renew is known after a crash, with when they spoke last; what is added of our own ends no
// gap in what they said.
func TestRenewing(t *testing.T) {
	dir := t.TempDir()
	var gaps []source.Gap
	note := func(g source.Gap) { gaps = append(gaps, g) }
	j := open(t, dir, note)
	if len(j.Left()) != 0 {
		t.Errorf("a new journal was left %v", j.Left())
	}
	for n, c := range []string{"router", "router", "silent"} {
		if err := j.Renewing().Record(c, record(base+int64(n)*1e6, "x")); err != nil {
			t.Fatal(err)
		}
	}
	put(t, j, "rrc00", record(base, "x"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "silent", LiveDir, fileName(base/3.6e9))); err != nil { // retention
		t.Fatal(err)
	}

	j = open(t, dir, note)
	want := map[string]time.Time{"router": time.UnixMicro(base + 1e6).UTC(), "silent": time.Unix(0, 0).UTC()}
	if !maps.Equal(j.Left(), want) {
		t.Errorf("left are %v, want %v", j.Left(), want)
	}
	if err := j.Add("router", record(base+60e6, "ours")); err != nil || len(gaps) != 0 {
		t.Errorf("adding: %v, gaps %v", err, gaps)
	}
	if err := j.Renewing().Record("router", record(base+90e6, "its own")); err != nil {
		t.Fatal(err)
	}
	if len(gaps) != 1 || gaps[0].From.UnixMicro() != base+1e6 || gaps[0].To.UnixMicro() != base+90e6 {
		t.Errorf("gaps %+v, want one from what it said last to what it said then", gaps)
	}
	if err := j.Renewing().Record("../x", record(base, "x")); err == nil {
		t.Error("a name that is none was taken")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
