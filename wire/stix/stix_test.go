package stix_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// One object of each type of the standard, and one of a type of our own.
//
//go:embed testdata/objects.jsonl
var objects []byte

// parse gives the objects of testdata by type.
func parse(t testing.TB) map[string]*stix.Object {
	t.Helper()
	all := map[string]*stix.Object{}
	for line := range bytes.Lines(objects) {
		o, err := stix.Parse(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all[o.Type()] = o
	}
	return all
}

func TestObjects(t *testing.T) {
	all := parse(t)
	for _, name := range stix.TypeNames() {
		if all[name] == nil {
			t.Errorf("no %s among the objects", name)
		}
	}
	for line := range bytes.Lines(objects) {
		o, err := stix.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if f := o.Check(); len(f) > 0 {
			t.Errorf("%s: %v", o.ID(), f)
		}
		if got := string(o.Append(nil)); got != strings.TrimSpace(string(line)) {
			t.Errorf("%s has become %s", line, got)
		}
	}
}

// The ids of testdata were made by another implementation.
func TestObservableID(t *testing.T) {
	n := 0
	for typ, o := range parse(t) {
		kind, known := stix.TypeOf(typ)
		id, err := stix.ObservableID(o)
		switch {
		case known && kind.Class == stix.Observable && typ != "process":
			n++
			if err != nil || id != o.ID() {
				t.Errorf("%s is %s, %v", o.ID(), id, err)
			}
		case typ == "process":
			if id != "" || err != nil {
				t.Errorf("a process has the id %q, %v", id, err)
			}
		case err == nil:
			t.Errorf("%s has the id %s", typ, id)
		}
	}
	if n != 17 {
		t.Errorf("%d observables", n)
	}
	for in, want := range map[string]string{
		`{"type":"email-message","id":"email-message--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55","is_multipart":false}`:                                            "",
		`{"type":"file","id":"file--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55","hashes":{}}`:                                                                       "",
		`{"type":"network-traffic","id":"network-traffic--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55","src_port":1e400,"protocols":["tcp"]}`:                        "error",
		`{"type":"file","id":"file--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55","hashes":{"SSDEEP":"3:a:b","TLSH":"x"}}`:                                            "file--7bf4d875-4548-5029-a26e-dbb5839022dd",
		`{"type":"ipv4-addr","id":"ipv4-addr--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55","value":"198.51.100.3","x_more":1,"spec_version":"2.1","defanged":false}`: "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4",
	} {
		o, err := stix.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if id, err := stix.ObservableID(o); id != want && (want != "error" || err == nil) {
			t.Errorf("%s has the id %q, %v; want %q", in, id, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]string{
		`[]`: "a list", `{`: "a name is missing", `{}`: "no name of a type", `{"type":7}`: "no name of a type", `{"type":"Tool"}`: "no name of a type",
		`{"type":"tool"}`: "no identifier", `{"type":"tool","id":"tool--1"}`: "no identifier", `{"type":"tool","id":"tool--8e2e2d2b-17d4-8cbf-938f-98ee46b3cd3f"}`: "UUID",
		`{"type":"tool","id":"tool--8e2e2d2b-17d4-4cbf-c38f-98ee46b3cd3f"}`: "UUID", `{"type":"tool","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3g"}`: "UUID",
		`{"type":"tool","id":"tool--8e2e2d2b_17d4-4cbf-938f-98ee46b3cd3f"}`: "UUID", `{"type":"tool","id":"a--b--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}`: "name of a type",
		`{"type":"tool","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}`: "not of type", `{"type":"tool","type":"tool"}`: "twice",
		`{"type":"tool","id":"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`: "deeper",
	} {
		o, err := stix.Parse([]byte(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100s gives %v, %v; want %q", in, o, err, want)
		}
	}
}

func TestValues(t *testing.T) {
	all := parse(t)
	i := all["indicator"]
	if at, ok := i.Time("valid_from"); !ok || !at.Equal(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("valid_from is %v, %v", at, ok)
	}
	if _, ok := i.Time("name"); ok {
		t.Error("a name is a time")
	}
	if n, ok := i.Confidence(); n != 85 || !ok {
		t.Errorf("confidence is %d, %v", n, ok)
	}
	if _, ok := all["malware"].Confidence(); ok {
		t.Error("no confidence is one")
	}
	if d := cmp.Diff([]string{"malicious-activity"}, i.List("indicator_types")); d != "" {
		t.Error(d)
	}
	if i.Revoked() || i.IsVersion20() || all["ipv4-addr"].IsVersion20() {
		t.Error("it is neither revoked nor of STIX 2.0")
	}
	if at, ok := all["marking-definition"].Since(); !ok || at.Year() != 2026 {
		t.Errorf("the marking is since %v, %v", at, ok)
	}
}

func TestCheckVersion(t *testing.T) {
	first := parse(t)["indicator"]
	change := func(o *stix.Object, set ...string) *stix.Object {
		c := &stix.Object{Tree: o.Tree.Clone()}
		for i := 0; i < len(set); i += 2 {
			v, err := jsontree.Parse([]byte(set[i+1]), jsontree.Limits{Size: 1000, Depth: 3, Values: 10})
			if err != nil {
				t.Fatal(err)
			}
			c.Tree.Set(set[i], v)
		}
		return c
	}
	second := change(first, "modified", `"2026-03-02T08:00:00.000Z"`, "name", `"x"`)
	revoked := change(second, "revoked", "true")
	address := parse(t)["ipv4-addr"]
	for _, tt := range []struct {
		prev, next *stix.Object
		want       string
	}{
		{first, second, ""}, {first, first, ""}, {first, change(first), ""}, {address, address, ""}, {second, revoked, "one time"},
		{second, first, "earlier"}, {first, change(first, "name", `"x"`), "one time"}, {first, change(second, "created", `"2026-01-01T00:00:00.000Z"`), "created"},
		{first, change(second, "created_by_ref", `"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"`), "creator"}, {first, address, "another object"},
		{revoked, change(revoked, "modified", `"2026-03-03T08:00:00.000Z"`), "revoked"}, {address, change(address, "defanged", "true"), "no versions"},
	} {
		err := stix.CheckVersion(tt.prev, tt.next)
		if got := fmt.Sprint(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%s after %s: %v, want %q", tt.next.Text("modified"), tt.prev.Text("modified"), err, tt.want)
		}
	}
}

func TestScales(t *testing.T) {
	for _, tt := range []struct {
		scale      stix.Scale
		word       string
		confidence int
	}{{stix.LowMedHigh, "Low", 15}, {stix.LowMedHigh, "high", 85}, {stix.LowMedHigh, "None", 0}, {stix.Admiralty, "1", 90}, {stix.Admiralty, "5", 10}, {stix.ZeroToTen, "7", 70}} {
		if n, ok := tt.scale.Value(tt.word); n != tt.confidence || !ok {
			t.Errorf("%s is %d, %v", tt.word, n, ok)
		}
		if w := tt.scale.Word(tt.confidence); !strings.EqualFold(w, tt.word) {
			t.Errorf("%d is %s", tt.confidence, w)
		}
	}
	if _, ok := stix.Admiralty.Value("6"); ok {
		t.Error("what cannot be judged has a confidence")
	}
	if stix.LowMedHigh.Word(29) != "Low" || stix.LowMedHigh.Word(30) != "Med" || stix.ZeroToTen.Word(100) != "10" {
		t.Error("the ranges of a scale are not those of the standard")
	}
}

// FuzzParse holds that an object that is taken loses nothing and can be checked, marked and named.
func FuzzParse(f *testing.F) {
	for line := range bytes.Lines(objects) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := stix.Parse(data)
		if err != nil {
			return
		}
		o.Check()
		o.Marks("name")
		stix.TLPOf(o)
		if id, err := stix.ObservableID(o); err == nil && id != "" {
			if _, _, err := stix.SplitID(id); err != nil {
				t.Fatal(err)
			}
		}
		again, err := stix.Parse(o.Append(nil))
		if err != nil || !jsontree.Equal(&o.Tree, &again.Tree) {
			t.Fatalf("%s has become %s, %v", data, o.Append(nil), err)
		}
		if !json.Valid(o.Append(nil)) {
			t.Fatalf("%s is written as %s", data, o.Append(nil))
		}
	})
}
