package intake

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/intelmq"
)

func TestMISP(t *testing.T) { golden(t, "misp") }

// Passwords are in no event.
func TestMISPSecrets(t *testing.T) {
	data, err := os.ReadFile("testdata/misp/objects.json")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := listed("misp", "x.json", data); err != nil || strings.Contains(got, "hunter2") || !strings.Contains(got, "asha") {
		t.Errorf("%v: %s", err, got)
	}
}

// FuzzMISP holds that reading ends and that its events are events.
func FuzzMISP(f *testing.F) { fuzz(f, "misp") }

// TestMISPReal reads real exports: how many events they give, and that all are events.
func TestMISPReal(t *testing.T) {
	dir := testdata.Real(t)
	for pattern, want := range map[string][2]int{"pairs/*.misp.json": {72, 4}, "pymisp/*/*.json": {684, 10}, "pymisp/*.json": {5, 0}, "guard/fixtures/*.json": {10, 1}} {
		events, bad := 0, 0
		files, _ := filepath.Glob(filepath.Join(dir, "cti/misp", pattern))
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			err = Read("misp", bytes.NewReader(data), Options{Name: file}, Out{
				Event: func(e *intelmq.Event, _ []byte) error { events++; return isEvent(t, e) },
				Bad:   func(string, error, []byte) error { bad++; return nil },
			})
			if err != nil {
				t.Error(err)
			}
		}
		if got := [2]int{events, bad}; got != want {
			t.Errorf("%s: %d events and %d bad records, want %d", pattern, events, bad, want)
		}
	}
}
