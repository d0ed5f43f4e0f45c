package intake

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/intelmq"
)

// listed reads a report and gives its events, and behind them what is bad.
func listed(format, name string, data []byte) (string, error) {
	var events, bad strings.Builder
	err := Read(format, bytes.NewReader(data), Options{Name: name}, Out{
		Event: func(e *intelmq.Event, _ []byte) error {
			_, err := events.Write(append(e.AppendJSON(nil), '\n'))
			return err
		},
		Bad: func(place string, reason error, _ []byte) error {
			_, err := fmt.Fprintf(&bad, "%s: %v\n", place, reason)
			return err
		},
	})
	return events.String() + bad.String(), err
}

// golden holds what the reports of a format give against files beside them.
func golden(t *testing.T, format string) {
	files, err := filepath.Glob("testdata/" + format + "/*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d reports, %v", len(files)/2, err)
	}
	for _, file := range files {
		if filepath.Ext(file) == ".events" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := listed(format, filepath.Base(file), data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		name := strings.TrimSuffix(file, filepath.Ext(file)) + ".events"
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}

func TestSTIX(t *testing.T) { golden(t, "stix") }

// What is cut off gives the events of what came before, and an error.
func TestSTIXCutOff(t *testing.T) {
	data, err := os.ReadFile("testdata/stix/patterns.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := listed("stix", "x.json", data[:len(data)/2])
	if err == nil || !strings.Contains(err.Error(), "unexpected EOF") || strings.Count(got, "source.") < 4 {
		t.Errorf("half a report gives %v and %s", err, got)
	}
}

// Objects that are too far apart do not find one another; what could be told is told, and what not is bad.
func TestSTIXFarApart(t *testing.T) {
	var b bytes.Buffer
	const head = `"spec_version":"2.1","created":"2026-03-01T08:00:00.000Z","modified":"2026-03-01T08:00:00.000Z"`
	fmt.Fprintf(&b, `{"objects":[{"type":"indicator","id":"indicator--00000000-0000-4000-8000-000000000000",%s,"pattern":"[ipv4-addr:value = '198.51.100.1']","pattern_type":"stix","valid_from":"2026-02-01T00:00:00Z"}`, head)
	fmt.Fprintf(&b, `,{"type":"malware","id":"malware--00000000-0000-4000-8000-000000000001",%s,"is_family":true,"name":"Bot"}`, head)
	for i := range heldObjects {
		fmt.Fprintf(&b, `,{"type":"ipv4-addr","id":"ipv4-addr--00000000-0000-4000-8000-%012x","value":"198.51.100.9"}`, i)
	}
	fmt.Fprintf(&b, `,{"type":"sighting","id":"sighting--00000000-0000-4000-8000-000000000002",%s,"sighting_of_ref":"indicator--00000000-0000-4000-8000-000000000000"}`, head)
	fmt.Fprintf(&b, `,{"type":"sighting","id":"sighting--00000000-0000-4000-8000-000000000003",%s,"sighting_of_ref":"malware--00000000-0000-4000-8000-000000000001"}]}`, head)
	got, err := listed("stix", "x.json", b.Bytes())
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if err != nil || len(lines) != 3 || !strings.Contains(lines[0], "198.51.100.1") || !strings.Contains(lines[1], `"malware.name":"bot"`) || !strings.Contains(lines[2], "000000000002): what it refers to") {
		t.Errorf("%v: %.2000s", err, got)
	}
}

// FuzzSTIX holds that reading ends and that its events are events.
func FuzzSTIX(f *testing.F) { fuzz(f, "stix") }

func fuzz(f *testing.F, format string) {
	files, err := filepath.Glob("testdata/" + format + "/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = Read(format, bytes.NewReader(data), Options{Name: "x.json"}, Out{
			Event: func(e *intelmq.Event, _ []byte) error { return isEvent(t, e) },
			Bad:   func(string, error, []byte) error { return nil },
		})
	})
}

// isEvent demands that an event comes back as it is.
func isEvent(t *testing.T, e *intelmq.Event) error {
	line := e.AppendJSON(nil)
	again, err := intelmq.Parse(line)
	if err != nil {
		t.Fatalf("%s is no event: %v", line, err)
	}
	if got := again.AppendJSON(nil); !bytes.Equal(got, line) {
		t.Fatalf("%s has become %s", line, got)
	}
	return nil
}

// TestSTIXReal reads real bundles: how many events they give, and that all are events.
func TestSTIXReal(t *testing.T) {
	dir := testdata.Real(t)
	for pattern, want := range map[string][2]int{"stix/unit42/*.json": {549, 7}, "stix/attack/*.json": {0, 0}, "stix/json-schemas/examples/*/*.json": {79, 0}, "misp/pairs/*.stix21.json": {128, 4}} {
		events, bad := 0, 0
		files, _ := filepath.Glob(filepath.Join(dir, "cti", pattern))
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			err = Read("stix", bytes.NewReader(data), Options{Name: file}, Out{
				Event: func(e *intelmq.Event, _ []byte) error { events++; return isEvent(t, e) },
				Bad:   func(string, error, []byte) error { bad++; return nil },
			})
			if err != nil {
				t.Error(err)
			}
		}
		if got := [2]int{events, bad}; got != want {
			t.Errorf("%s: %d events and %d bad objects, want %d", pattern, events, bad, want)
		}
	}
}
