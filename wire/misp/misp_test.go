package misp_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/jsontree"
	"pahra/wire/misp"
	"pahra/wire/values"
)

// An event with something of everything.
//
//go:embed testdata/event.json
var whole []byte

func event(t testing.TB, text []byte) misp.Event {
	t.Helper()
	rec, err := misp.NewReader(bytes.NewReader(text)).Next()
	if err != nil {
		t.Fatal(err)
	}
	e, is := rec.Event()
	if !is {
		t.Fatalf("it is %q", rec.Kind)
	}
	return e
}

func TestEvent(t *testing.T) {
	e := event(t, whole)
	at, _ := e.Time()
	got := []any{e.UUID(), e.Info(), e.Date(), e.Published(), e.ThreatLevel(), e.Analysis(), e.Distribution(), e.Creator().Name(), e.Owner().Name(), at.Format(time.RFC3339), len(e.Proposals()), e.Deleted()}
	want := []any{"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c01", "A phishing kit and its gate", "2026-02-14", true, 2, 1, misp.Group, "CERT Example", "Bank Example", "2026-02-14T09:30:00Z", 1, false}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if f := e.Check(); len(f) > 0 {
		t.Errorf("it breaks the format: %v", f)
	}
	if misp.TLPOf(e.Tags()) != values.TLPAmberStrict || misp.PAPOf(e.Tags()) != values.PAPGreen {
		t.Errorf("the labels are %v and %v", misp.TLPOf(e.Tags()), misp.PAPOf(e.Tags()))
	}
	if c := e.Galaxies(); len(c) != 1 || c[0].Value() != "Example Kit" || c[0].Galaxy != "tool" || c[0].TagName() != `misp-galaxy:tool="Example Kit"` {
		t.Errorf("the galaxies are %v", c)
	}
	g, is := e.SharingGroup()
	if !is || g.Name() != "Banks" || g.Releasability() != "Banks of the country" || !g.Roaming() || len(g.Servers()) != 1 {
		t.Errorf("the sharing group is %s", g.Tree.Append(nil))
	}
	if d := cmp.Diff(map[string]bool{"5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c02": true, "5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c03": false}, g.Members()); d != "" {
		t.Error(d)
	}
}

func TestAttributes(t *testing.T) {
	e := event(t, whole)
	var got []string
	show := func(a misp.Attribute) {
		if f := a.Check(); len(f) > 0 {
			t.Errorf("%s: %v", a.Tree.Append(nil), f)
		}
		got = append(got, fmt.Sprintf("%s %s %s %v %v %v %d %v", a.Category(), a.Type(), a.Relation(), a.Parts(), a.ToIDs(), a.Deleted(), a.Distribution(), misp.TLPOf(a.Tags())))
	}
	for _, a := range e.Attributes() {
		show(a)
	}
	for _, o := range e.Objects() {
		if f := o.Check(); len(f) > 0 {
			t.Errorf("%s: %v", o.Tree.Append(nil), f)
		}
		got = append(got, fmt.Sprintf("%s %s %v %d", o.Name(), o.MetaCategory(), o.References(), o.Distribution()))
		for _, a := range o.Attributes() {
			show(a)
		}
	}
	want := []string{
		"Network activity ip-dst|port  [{ip-dst 198.51.100.7} {port 443}] true false 5 TLP:RED",
		"Payload delivery filename|sha256  [{filename a|b.exe} {sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}] true false 5 ",
		"External analysis link  [{link https://blog.example/kit}] false false 3 ",
		"Network activity domain  [{domain old.example}] true true 5 ",
		"Payload delivery malware-sample  [{filename kit.zip} {md5 098f6bcd4621d373cade4e832627b4f6}] false false 5 ",
		"domain-ip network [{5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1c11 related-to}] 5",
		"Network activity domain domain [{domain login.example}] true false 5 ",
		"Network activity ip-dst ip [{ip-dst 198.51.100.8}] true false 5 ",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	first := e.Attributes()[0]
	if at, ok := first.FirstSeen(); !ok || !at.Equal(time.Date(2026, 2, 13, 22, 0, 0, 123456000, time.UTC)) {
		t.Errorf("first seen %v, %v", at, ok)
	}
	if at, ok := first.LastSeen(); ok {
		t.Errorf("last seen %v", at)
	}
	if p := first.Proposals(); len(p) != 1 || p[0].Value() != "198.51.100.9|443" || first.Comment() != "the gate" {
		t.Errorf("proposals %v", p)
	}
}

func TestTag(t *testing.T) {
	for in, want := range map[string]string{
		`rsit:fraud="phishing"`: "rsit fraud phishing true", "tlp:amber+strict": "tlp amber+strict  true", `misp-galaxy:threat-actor="A = B"`: "misp-galaxy threat-actor A = B true",
		"phishing": "   false", ":x": "   false", "x:": "   false", `a b:c="d"`: "   false", `veris:action:hacking:variety="Brute force"`: "veris action:hacking:variety Brute force true", `x:y="`: `x y="  true`,
	} {
		e := event(t, []byte(`{"Event":{"info":"x","Tag":[{"name":`+string(jsontree.AppendString(nil, in))+`,"local":"1"}]}}`))
		ns, p, v, ok := e.Tags()[0].Machine()
		if got := fmt.Sprintf("%s %s %s %v", ns, p, v, ok); got != want || !e.Tags()[0].Local() {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
	e := event(t, []byte(`{"Event":{"info":"x","Tag":[{"name":"red"},{"name":"tlp:unclear"},{"name":"TLP:GREEN"},{"name":"pap:x"},{"name":"tlp:white"}]}}`))
	if misp.TLPOf(e.Tags()) != values.TLPGreen || misp.PAPOf(e.Tags()) != values.NoPAP {
		t.Errorf("the labels are %v and %v", misp.TLPOf(e.Tags()), misp.PAPOf(e.Tags()))
	}
}

// all gives what the records of a text are, and what went wrong.
func all(r *misp.Reader) (got []string, err error) {
	for {
		rec, err := r.Next()
		var bad *misp.BadRecord
		switch {
		case errors.Is(err, io.EOF):
			return got, nil
		case errors.As(err, &bad):
			got = append(got, err.Error())
		case err != nil:
			return got, err
		default:
			got = append(got, fmt.Sprintf("%d %s %s", rec.Number, rec.Kind, rec.Append(nil)))
		}
	}
}

func TestReader(t *testing.T) {
	for in, want := range map[string]string{
		``: ``, `{}`: ``, `[]`: ``, `{"response":[]}`: ``,
		`{"Event":{"info":"a"}}`: `1 Event {"info":"a"}`, `{"info":"a","uuid":"u","Attribute":[]}`: `1 Event {"info":"a","uuid":"u","Attribute":[]}`,
		`[{"Event":{"info":"a"}},{"info":"b"}]`:                                                 `1 Event {"info":"a"}|2 Event {"info":"b"}`,
		`{"response":[{"Event":{"info":"a"}},{"Event":{"info":"b"}}],"x":1}`:                    `1 Event {"info":"a"}|2 Event {"info":"b"}`,
		`{"response":{"Attribute":[{"uuid":"u"}]}}`:                                             `1  {"Attribute":[{"uuid":"u"}]}`,
		`{"Event":{"info":"a"}}` + "\n" + `{"Event":{"info":"b"}}`:                              `1 Event {"info":"a"}|2 Event {"info":"b"}`,
		`{"Event":{"info":"a"},"errors":[]}`:                                                    `1 Event {"info":"a"}`,
		`[{"Note":{"uuid":"n"}},{"ShadowAttribute":{"value":"x"}}]`:                             `1 Note {"uuid":"n"}|2 ShadowAttribute {"value":"x"}`,
		`{"GalaxyCluster":{"uuid":"n"}}`:                                                        `1 GalaxyCluster {"uuid":"n"}`,
		`[{"SharingGroup":{"name":"n"},"Organisation":{}}]`:                                     `1 SharingGroup {"SharingGroup":{"name":"n"},"Organisation":{}}`,
		`[7,{"Event":{"info":"a",}},{"Event":{"info":"b"}}]`:                                    `record 1: it is a number|record 2: at octet 21: a name is missing|3 Event {"info":"b"}`,
		`{"Event":{"a":1,"a":2}}`:                                                               `record 1: at octet 13: "a" stands twice in an object`,
		`[{"info":"` + strings.Repeat("x", 33<<20) + `"},{"info":"b"}]`:                         `record 1: it is longer than is allowed|2 Event {"info":"b"}`,
		`[{"info":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `},{"info":"b"}]`: `record 1: it is nested deeper than is allowed|2 Event {"info":"b"}`,
	} {
		got, err := all(misp.NewReader(strings.NewReader(in)))
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%.100s gives %.300q, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{`{"Event":{"info":"a"}`: "unexpected EOF", `7`: "missing", `[{"Event":{}}`: "unexpected EOF", `{"a" 1}`: "colon", `<x/>`: "missing",
		`{"x":"` + strings.Repeat("x", 33<<20) + `"}`: "longer", `{"a":1,` + strings.Repeat(`"b":"`+strings.Repeat("x", 20<<20)+`",`, 2) + `"c":1}`: "longer"} {
		if got, err := all(misp.NewReader(strings.NewReader(in))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s gives %.300q, %v", in, got, err)
		}
	}
}

// FuzzReader holds that reading ends, that records lose nothing, and that their views stand whatever is in them.
func FuzzReader(f *testing.F) {
	f.Add(whole)
	f.Add([]byte(`{"response":[{"Event":{"info":"a","Attribute":[{"type":"ip-dst|port","value":"1|2"},7]}}]}`))
	f.Add([]byte(`[{"Note":{}},{"info":7,"Tag":{},"Object":[{"Attribute":7}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := misp.NewReader(bytes.NewReader(data))
		for n := 0; n <= len(data); n++ {
			rec, err := r.Next()
			var bad *misp.BadRecord
			if errors.As(err, &bad) {
				continue
			}
			if err != nil {
				return
			}
			if !json.Valid(rec.Append(nil)) {
				t.Fatalf("%s is written as %s", data, rec.Append(nil))
			}
			e := misp.Event{}
			if e, _ = rec.Event(); e.Tree == nil {
				t.Fatal("an event has no tree")
			}
			e.Check()
			e.Hashes()
			e.Galaxies()
			for _, o := range e.Objects() {
				o.Check()
				o.References()
			}
			for _, a := range e.Attributes() {
				a.Check()
				a.Time()
				misp.TLPOf(a.Tags())
			}
		}
	})
}
