package misp_test

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
	"pahra/wire/misp"
)

// faulty are the real files with something that breaks the format, and what.
var faulty = map[string]string{
	"pairs/event_with_vulnerability_and_weakness_objects.misp.json": "type: it is missing", "pairs/event_with_weakness_object.misp.json": "type: it is missing",
	"pymisp/mispevent_testfiles/def_param.json": "is no UUID", "pymisp/mispevent_testfiles/misp_custom_obj.json": "is no UUID",
	"pymisp/mispevent_testfiles/malware.json": "has one side", // a sample that is not packed yet
}

// TestReal reads real events and what else MISP hands on: all comes back with equal values.
func TestReal(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "cti/misp")
	var events, attributes, faults int
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".json") || strings.HasSuffix(file, ".stix21.json") {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		e, a, f := readReal(t, strings.TrimPrefix(file, dir+"/"), data)
		events, attributes, faults = events+e, attributes+a, faults+f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if events != 128 || attributes != 1706 || faults != 7 {
		t.Errorf("%d events, %d attributes, %d faults", events, attributes, faults)
	}
}

func readReal(t *testing.T, file string, data []byte) (events, attributes, faults int) {
	r := misp.NewReader(bytes.NewReader(data))
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return events, attributes, faults
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return events, attributes, faults
		}
		var all, got any
		if err := json.Unmarshal(rec.Append(nil), &got); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if json.Unmarshal(data, &all); !holds(all, got) {
			t.Errorf("%s: record %d has changed", file, rec.Number)
		}
		e, is := rec.Event()
		if !is {
			continue
		}
		events++
		var found []misp.Fault
		found = append(found, e.Check()...)
		list := e.Attributes()
		for _, o := range e.Objects() {
			found = append(found, o.Check()...)
			list = append(list, o.Attributes()...)
		}
		for _, a := range list {
			found = append(found, a.Check()...)
		}
		attributes += len(list)
		for _, f := range found {
			faults++
			if faulty[file] == "" || !strings.Contains(f.String(), faulty[file]) {
				t.Errorf("%s: %v", file, f)
			}
		}
	}
}

// holds tells whether a value is there, at any depth of wrapping.
func holds(all, value any) bool {
	if reflect.DeepEqual(all, value) {
		return true
	}
	switch v := all.(type) {
	case map[string]any:
		for _, inner := range v {
			if holds(inner, value) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if holds(inner, value) {
				return true
			}
		}
	}
	return false
}
