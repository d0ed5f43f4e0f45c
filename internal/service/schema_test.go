package service_test

import (
	"bufio"
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pahra/internal/archive"
	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/watch"
)

// schemas are the published forms of what a run writes, and the Go types that write them.
func schemas() []struct {
	Name string
	Type reflect.Type
} {
	type manifest struct {
		Format string `json:"format"`
		archive.Manifest
	}
	return []struct {
		Name string
		Type reflect.Type
	}{
		{"incident", reflect.TypeFor[watch.Incident]()},
		{"score", reflect.TypeFor[norms.Score]()},
		{"correction", reflect.TypeFor[service.Correction]()},
		{"comparison", reflect.TypeFor[norms.Comparison]()},
		{"snapshot", reflect.TypeFor[service.Snapshot]()},
		{"manifest", reflect.TypeFor[manifest]()},
	}
}

func schemaPath(name string) string {
	return filepath.Join("..", "..", "docs", "schemas", name+".schema.json")
}

// compile reads a schema; formats are checked, not merely noted.
func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(schemaPath(name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchemasOfARun holds every line that a run writes against its schema: with every kind of input, and with MRT alone.
func TestSchemasOfARun(t *testing.T) {
	data, out := worldRun(t)
	alone := filepath.Join(t.TempDir(), "mrt-alone")
	if err := os.MkdirAll(alone, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(alone, "mrt"), os.DirFS(filepath.Join(data, "mrt"))); err != nil {
		t.Fatal(err)
	}
	outAlone := observe(t, alone)
	for _, dir := range []string{out, outAlone} {
		for name, file := range map[string]string{"incident": "incidents.jsonl", "score": "scores.jsonl", "comparison": "comparison.jsonl"} {
			if n := validateLines(t, compile(t, name), filepath.Join(dir, file)); n == 0 {
				t.Errorf("%s has no lines: nothing was tested", file)
			}
		}
		validateFile(t, compile(t, "snapshot"), filepath.Join(dir, "snapshot.json"))
		validateFile(t, compile(t, "manifest"), filepath.Join(dir, "archive", "manifest.json"))
	}
}

func validateLines(t *testing.T, s *jsonschema.Schema, path string) (n int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(bytes.NewReader(text))
	scan.Buffer(nil, 64<<20)
	for scan.Scan() {
		n++
		if err := validate(s, scan.Bytes()); err != nil {
			t.Fatalf("%s line %d: %v\n%s", path, n, err, scan.Bytes())
		}
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

func validateFile(t *testing.T, s *jsonschema.Schema, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(s, text); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func validate(s *jsonschema.Schema, text []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// TestSchemasRefuse makes sure that the schemas are no mere decoration.
func TestSchemasRefuse(t *testing.T) {
	_, out := worldRun(t)
	line, err := os.ReadFile(filepath.Join(out, "scores.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	s := compile(t, "score")
	if err := validate(s, line); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"asn":`, `"asn":-`}, {`"metric":"M1"`, `"metric":"M0"`}, {`"band":"no data"`, `"band":"ready"`},
		{`"percent":null`, `"percent":0`}, {`{"asn"`, `{"more":1,"asn"`}, {`"month":"2026-02"`, `"month":"2026-13"`},
		{`"profile":"manrs-2024",`, ``},
	} {
		bad := bytes.Replace(line, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, line) {
			t.Errorf("%q is not in the line %s", change[0], line)
		} else if validate(s, bad) == nil {
			t.Errorf("the schema takes %s", bad)
		}
	}
}

// TestSchemasMatchTypes holds each schema against the Go type that writes it, key for key: a field that is added to one
// and not to the other fails, even if no line of the test run has it.
func TestSchemasMatchTypes(t *testing.T) {
	for _, s := range schemas() {
		text, err := os.ReadFile(schemaPath(s.Name))
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		for _, problem := range (matcher{doc}).match(s.Name, s.Type, doc) {
			t.Error(problem)
		}
	}
	// The comparison itself must see what is missing on either side.
	type short struct {
		A int `json:"a"`
		B int `json:"b,omitempty"`
	}
	doc := map[string]any{"type": "object", "additionalProperties": false, "required": []any{"a", "c"},
		"properties": map[string]any{"a": map[string]any{"description": "x"}, "c": map[string]any{"description": "x"}}}
	if got := (matcher{doc}).match("short", reflect.TypeFor[short](), doc); len(got) != 3 {
		t.Errorf("b and c, and c being required, should be told; got %q", got)
	}
}

// matcher compares a schema with a Go type.
type matcher struct{ doc map[string]any }

// resolve follows references within the document, and the one branch of oneOf that is not null.
func (m matcher) resolve(s map[string]any) map[string]any {
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		return m.resolve(m.doc["$defs"].(map[string]any)[name].(map[string]any))
	}
	if list, ok := s["oneOf"].([]any); ok {
		for _, one := range list {
			if branch := one.(map[string]any); branch["type"] != "null" {
				return m.resolve(branch)
			}
		}
	}
	return s
}

func (m matcher) match(where string, typ reflect.Type, schema map[string]any) (problems []string) {
	schema = m.resolve(schema)
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if isText(typ) {
		return nil
	}
	switch typ.Kind() {
	case reflect.Slice:
		if items, ok := schema["items"].(map[string]any); ok {
			return m.match(where+"[]", typ.Elem(), items)
		}
		return []string{where + ": the schema has no items"}
	case reflect.Struct:
		return m.fields(where, typ, schema)
	}
	return nil
}

// isText tells types that JSON writes as a string or as it is.
func isText(typ reflect.Type) bool {
	marshals := func(i reflect.Type) bool { return typ.Implements(i) || reflect.PointerTo(typ).Implements(i) }
	return marshals(reflect.TypeFor[json.Marshaler]()) || marshals(reflect.TypeFor[encoding.TextMarshaler]())
}

func (m matcher) fields(where string, typ reflect.Type, schema map[string]any) (problems []string) {
	if schema["additionalProperties"] != false {
		problems = append(problems, where+": additionalProperties is not false")
	}
	properties, _ := schema["properties"].(map[string]any)
	var required, known []string
	for _, r := range asList(schema["required"]) {
		required = append(required, r.(string))
	}
	for _, f := range reflect.VisibleFields(typ) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" || !f.IsExported() {
			continue
		}
		key := where + "." + name
		known = append(known, name)
		property, ok := properties[name].(map[string]any)
		if !ok {
			problems = append(problems, key+": the schema does not have it")
			continue
		}
		if property["description"] == nil {
			problems = append(problems, key+": the schema does not describe it")
		}
		if optional := strings.Contains(options, "omitempty"); optional == slices.Contains(required, name) {
			problems = append(problems, fmt.Sprintf("%s: omitempty is %v, and so is required", key, optional))
		}
		problems = append(problems, m.match(key, f.Type, property)...)
	}
	for name := range properties {
		if !slices.Contains(known, name) {
			problems = append(problems, where+"."+name+": the type does not have it")
		}
	}
	for _, name := range required {
		if !slices.Contains(known, name) {
			problems = append(problems, where+"."+name+": required, and the type does not have it")
		}
	}
	return problems
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}
