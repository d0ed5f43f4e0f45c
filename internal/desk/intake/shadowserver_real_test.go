package intake

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/desk/class"
	"pahra/internal/testdata"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

var update = flag.Bool("update", false, "write the table of differences anew, its reasons kept")

const differences = "testdata/shadowserver-differences.csv"

// difference is where our event says otherwise than IntelMQ's: "-" stands for no such field, "*" for any value, which is
// not written down.
type difference struct{ file, key, theirs, ours string }

// TestSameAsIntelMQ: IntelMQ's samples of reports give the events that IntelMQ 3.2.1 makes of them, but for feed.*, raw,
// time.observation and what the committed table says, each with its reason.
func TestSameAsIntelMQ(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "cti", "shadowserver")
	schema := realSchema(t, root)
	files, err := filepath.Glob(filepath.Join(root, "csv", "*.csv"))
	if err != nil || len(files) != 60 {
		t.Fatalf("%d samples: %v", len(files), err)
	}
	found := map[difference]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		ours := parsed(t, schema, file)
		theirs := expected(t, filepath.Join(root, "expected", name+".json"))
		if len(ours) != len(theirs) {
			t.Errorf("%s: %d events, want %d", name, len(ours), len(theirs))
			continue
		}
		for i := range ours {
			compare(name, theirs[i], ours[i], found)
		}
	}
	table := readDifferences(t)
	if *update {
		writeDifferences(t, found, table)
		return
	}
	if diff := cmp.Diff(slices.SortedFunc(maps.Keys(found), order), slices.SortedFunc(maps.Keys(table), order), cmp.AllowUnexported(difference{})); diff != "" {
		t.Errorf("the differences found (-) are not those of %s (+):\n%s", differences, diff)
	}
	others := 0
	for d, reason := range table {
		if reason == "" {
			t.Errorf("%v: there is no reason", d)
		}
		if !strings.HasPrefix(d.key, "classification.") {
			others++
		}
	}
	if others > 20 {
		t.Errorf("%d differences beside the classification, 20 are allowed", others)
	}
}

// TestAllTypes: reports made up of each type of the published schema are read to the last line, and every event has a
// type of the RSIT other than other/other.
func TestAllTypes(t *testing.T) {
	schema := realSchema(t, filepath.Join(testdata.Real(t), "cti", "shadowserver"))
	classes, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	types := schema.Types()
	if len(types) != 171 {
		t.Errorf("%d types, want 170 and phish_url", len(types))
	}
	for _, name := range types {
		report, _ := schema.Report(name)
		var b bytes.Buffer
		var numbers []string
		for _, f := range slices.Concat(report.Required, report.Optional) {
			if slices.Contains([]string{"convert_int", "convert_float", "invalidate_zero"}, f.Conversion) {
				numbers = append(numbers, f.Column)
			}
		}
		if _, err := (testdata.Report{Columns: report.Columns(), Numbers: numbers, Lines: 20, Seed: 3, Day: time.Unix(1774310400, 0).UTC()}).Write(&b); err != nil {
			t.Fatal(err)
		}
		events := 0
		err := Read("shadowserver", &b, Options{Name: "2026-03-24-" + name + "-all.csv", Schema: schema}, Out{
			Event: func(e *intelmq.Event, _ []byte) error {
				events++
				c := class.Code{Class: e.Text("classification.taxonomy"), Type: e.Text("classification.type")}
				if !classes.Valid(c) || c.Type == "other" {
					return fmt.Errorf("%s is no class", c)
				}
				return nil
			},
			Bad: func(place string, reason error, _ []byte) error { return fmt.Errorf("%s: %w", place, reason) },
		})
		if err != nil || events != 20 {
			t.Errorf("%s: %d events, %v", name, events, err)
		}
	}
}

func realSchema(t testing.TB, root string) *shadowserver.Schema {
	text, err := os.ReadFile(filepath.Join(root, "schema", "intelmq.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := shadowserver.ReadSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// parsed gives the events of a report as JSON has them.
func parsed(t *testing.T, schema *shadowserver.Schema, file string) (events []map[string]any) {
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	err = Read("shadowserver", in, Options{Name: file, Schema: schema, Observed: time.Unix(0, 0), Raw: true}, Out{
		Event: func(e *intelmq.Event, _ []byte) error {
			var m map[string]any
			err := json.Unmarshal(e.AppendJSON(nil), &m)
			events = append(events, m)
			return err
		},
		Bad: func(place string, reason error, _ []byte) error {
			t.Errorf("%s: %s: %v", file, place, reason)
			return nil
		},
	})
	if err != nil {
		t.Error(err)
	}
	return events
}

func expected(t *testing.T, file string) (events []map[string]any) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &events)
	}
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func compare(file string, theirs, ours map[string]any, found map[difference]bool) {
	keys := maps.Clone(theirs)
	maps.Copy(keys, ours)
	for key := range keys {
		if key == "__type" || key == "raw" || key == "time.observation" || strings.HasPrefix(key, "feed.") || cmp.Equal(theirs[key], ours[key]) {
			continue
		}
		d := difference{file, key, "-", "-"}
		for _, side := range []struct {
			to   *string
			from map[string]any
		}{{&d.theirs, theirs}, {&d.ours, ours}} {
			if value, there := side.from[key]; there && strings.HasPrefix(key, "classification.") {
				*side.to = fmt.Sprint(value)
			} else if there {
				*side.to = "*"
			}
		}
		found[d] = true
	}
}

func order(a, b difference) int {
	return slices.Compare([]string{a.file, a.key, a.theirs, a.ours}, []string{b.file, b.key, b.theirs, b.ours})
}

// readDifferences reads the committed table: the differences and their reasons.
func readDifferences(t *testing.T) map[difference]string {
	text, err := os.ReadFile(differences)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := map[difference]string{}
	for _, l := range lines[1:] {
		table[difference{l[0], l[1], l[2], l[3]}] = l[4]
	}
	return table
}

func writeDifferences(t *testing.T, found map[difference]bool, reasons map[difference]string) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"file", "key", "theirs", "ours", "reason"})
	for _, d := range slices.SortedFunc(maps.Keys(found), order) {
		w.Write([]string{d.file, d.key, d.theirs, d.ours, reasons[d]})
	}
	w.Flush()
	if err := os.WriteFile(differences, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
