package stix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/stix"
)

// faulty are the objects among the real ones that break a MUST, by file: how many, and which.
var faulty = map[string]struct {
	n    int
	rule string
}{
	"IcedID_Unit42_Intel.json": {3, "identity_class: it is a list, not a string"}, "adept-libra.json": {1, "identity_class: it is a list, not a string"},
	"agent-tesla.json": {2, "identity_class: it is a list, not a string"}, "api-hammering-technique.json": {1, "identity_class: it is a list, not a string"},
	"event_with_regkey_attribute.stix21.json": {1, "key: the hive must not be shortened to HKLM"}, "event_with_escaped_values_v20.stix21.json": {1, "is no URL"},
	"invalid_identity.json": {1, "modified: it is missing"}, "invalid_timestamp.json": {1, "modified: it is not later than created"},
}

// TestReal reads real bundles whole: each object comes back with equal values, and those that break the standard are
// known.
func TestReal(t *testing.T) {
	dir := testdata.Real(t)
	total := 0
	for _, pattern := range []string{"stix/attack/*.json", "stix/unit42/*.json", "stix/json-schemas/examples/*.json", "stix/json-schemas/examples/*/*.json",
		"stix/validator/*/test_examples/*.json", "misp/pairs/*.stix21.json"} {
		files, err := filepath.Glob(filepath.Join(dir, "cti", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			total += readReal(t, file)
		}
	}
	if total < 8429 {
		t.Errorf("%d objects", total)
	}
}

func readReal(t *testing.T, file string) int {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted := whole(t, data)
	r := stix.NewReader(bytes.NewReader(data))
	faults := 0
	for {
		o, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return 0
		}
		var got any
		if err := json.Unmarshal(o.Append(nil), &got); err != nil || !reflect.DeepEqual(got, wanted[r.Number()-1]) {
			t.Errorf("%s: %s has changed, %v", file, o.ID(), err)
		}
		if f := o.Check(); len(f) > 0 {
			faults++
			if known := faulty[filepath.Base(file)]; known.rule == "" || !strings.Contains(f[0].String(), known.rule) {
				t.Errorf("%s: %s: %v", file, o.ID(), f)
			}
		}
	}
	if want := faulty[filepath.Base(file)].n; faults != want {
		t.Errorf("%s has %d objects that break a MUST, want %d", file, faults, want)
	}
	if r.Number() != len(wanted) {
		t.Errorf("%s has %d objects, read were %d", file, len(wanted), r.Number())
	}
	return r.Number()
}

// whole gives the objects of a file as the standard library reads them.
func whole(t *testing.T, data []byte) []any {
	var bundle struct {
		Type    string
		Objects []any
	}
	var one any
	if err := json.Unmarshal(data, &bundle); err != nil {
		t.Fatal(err)
	}
	if bundle.Type == "bundle" {
		return bundle.Objects
	}
	if err := json.Unmarshal(data, &one); err != nil {
		t.Fatal(err)
	}
	return []any{one}
}

// TestRealIDs holds deterministic ids against those of the vectors.
func TestRealIDs(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testdata.Real(t), "cti/stix/sco-id-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Agreeing []struct {
			Object json.RawMessage
			ID     string `json:"python_stix2_id"`
		} `json:"spec_examples_agreeing"`
		Edge []json.RawMessage
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	check := func(object []byte) {
		o, err := stix.Parse(object)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := stix.ObservableID(o); err != nil || id != o.ID() {
			t.Errorf("%s has the id %s, %v", object, id, err)
		}
	}
	for _, v := range vectors.Agreeing {
		check(v.Object)
	}
	for _, object := range vectors.Edge {
		check(object)
	}
	if len(vectors.Agreeing) != 40 || len(vectors.Edge) != 13 {
		t.Errorf("%d and %d vectors", len(vectors.Agreeing), len(vectors.Edge))
	}
}
