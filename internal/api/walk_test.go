package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pahra/internal/account"
	"pahra/internal/api"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
)

// document is what tests read of an OpenAPI document.
type document struct {
	raw        any
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]any `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters []parameter         `json:"parameters"`
	Responses  map[string]response `json:"responses"`
}

type parameter struct {
	Name   string `json:"name"`
	In     string `json:"in"`
	Schema struct {
		Type    string   `json:"type"`
		Enum    []string `json:"enum"`
		Minimum *float64 `json:"minimum"`
		Maximum *float64 `json:"maximum"`
	} `json:"schema"`
	Example any `json:"example"`
}

type response struct {
	Content map[string]struct {
		Schema map[string]any `json:"schema"`
	} `json:"content"`
}

func documentOf(t testing.TB, h http.Handler) *document {
	t.Helper()
	body := get(t, h, "/api/openapi.json").Body.Bytes()
	d := new(document)
	if err := json.Unmarshal(body, d); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.raw, err = jsonschema.UnmarshalJSON(bytes.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	return d
}

// schemas compiles the schema of each JSON answer: by path, status and media type.
func (d *document) schemas(t testing.TB) func(path, status, kind string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("file:///openapi.json", d.raw); err != nil {
		t.Fatal(err)
	}
	known := make(map[string]*jsonschema.Schema)
	return func(path, status, kind string) *jsonschema.Schema {
		if _, ok := d.Paths[path]["get"].Responses[status]; !ok {
			status = "default"
		}
		if _, ok := d.Paths[path]["get"].Responses[status].Content[kind]; !ok {
			return nil
		}
		escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace
		at := "file:///openapi.json#/paths/" + escape(path) + "/get/responses/" + status + "/content/" + escape(kind) + "/schema"
		if known[at] == nil {
			s, err := c.Compile(at)
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			known[at] = s
		}
		return known[at]
	}
}

// garbage is what no parameter should take, or survive.
var garbage = []string{
	"", " ", "0", "-1", "1e309", "NaN", "99999999999999999999", "true", "null", "\x00", "\xff\xfe", "'; DROP TABLE incidents; --", "../../etc/passwd",
	"%", "%s%n", "=1+1", "🦊", strings.Repeat("a", 5000), "AS4294967296", "AS4294967295", "0.0.0.0/0", "::/0", "::ffff:1.2.3.4/96", "2026-13", "0000-00",
	"9999-12", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "ZZ", "zz,", "country:ZZ", "bm9wZQ", "YXNuOjA", "eyJ0IjoxfQ", "[]", "{}", "a,b,c", "\n", "\u202e",
}

// valid gives values that make sense for a parameter.
func (p *parameter) valid(known map[string][]string) (list []string) {
	list = append(list, p.Schema.Enum...)
	list = append(list, known[p.Name]...)
	if p.Example != nil {
		list = append(list, fmt.Sprint(p.Example))
	}
	for _, x := range []*float64{p.Schema.Minimum, p.Schema.Maximum} {
		if x != nil {
			list = append(list, fmt.Sprint(*x))
		}
	}
	if p.Schema.Type == "boolean" {
		list = append(list, "true", "false")
	}
	return list
}

// sense gives values that exist in the world.
func sense(t testing.TB, s *service.Shown) map[string][]string {
	t.Helper()
	answer, err := s.Answer(t.Context(), account.Viewer{Role: account.Analyst, Scopes: account.AllScopes()}, service.IncidentQuery{})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{
		"name": {"all", "country:IN", "lantern-coast"}, "country": {"IN", "in,NP"}, "region": {"southern-asia", "world"}, "neighbourhood": {"all", "lantern-coast"},
		"month": {"2026-02"}, "band": {"ready", "no data,lagging"}, "metric": {"A1", "M7RPKI,A4"}, "q": {"IN", "net"}, "since": {"2026-01-01"}, "until": {"2027-01-01T00:00:00+05:30"},
	}
	list := answer.(*service.IncidentsPage).List
	if len(list) == 0 {
		t.Fatal("there are no incidents to ask for")
	}
	for _, i := range list[:min(4, len(list))] {
		known["id"] = append(known["id"], i.ID)
		known["asn"] = append(known["asn"], "AS"+i.ASN.String())
	}
	answer, err = s.Answer(t.Context(), account.Viewer{}, service.NetworkQuestion{ASN: list[0].ASN})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range answer.(*service.NetworkPage).Routes {
		known["prefix"] = append(known["prefix"], r.Prefix)
	}
	known["prefix"] = known["prefix"][:min(3, len(known["prefix"]))]
	return known
}

// walker asks every endpoint, and holds each answer against the document.
type walker struct {
	t       *testing.T
	h       http.Handler
	d       *document
	schema  func(path, status, kind string) *jsonschema.Schema
	known   map[string][]string
	answers map[int]int
}

func (w *walker) ask(path string, values map[string]string, header ...string) {
	w.t.Helper()
	at, query := path, url.Values{}
	for _, p := range w.d.Paths[path]["get"].Parameters {
		v, ok := values[p.Name]
		switch {
		case p.In == "path":
			if !ok {
				v = w.known[p.Name][0]
			}
			at = strings.ReplaceAll(at, "{"+p.Name+"}", url.PathEscape(v))
		case ok:
			query.Set(p.Name, v)
		}
	}
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	r := get(w.t, w.h, at, header...)
	w.answers[r.Code]++
	if r.Code >= 500 {
		w.t.Errorf("%s: %d %s", at, r.Code, r.Body)
	}
	if r.Code >= 300 && r.Code < 400 { // a path that is cleaned, such as one with dots
		return
	}
	kind, _, _ := strings.Cut(r.Header().Get("Content-Type"), ";")
	if kind == "text/csv" {
		if rows, err := csv.NewReader(r.Body).ReadAll(); err != nil || len(rows) == 0 {
			w.t.Errorf("%s: %v", at, err)
		}
		return
	}
	if r.Code != http.StatusOK && kind != "application/problem+json" {
		w.t.Errorf("%s: %d as %s", at, r.Code, kind)
	}
	s := w.schema(path, fmt.Sprint(r.Code), kind)
	if s == nil {
		if r.Code == http.StatusOK {
			w.t.Errorf("%s: the document does not know a 200 as %q", at, kind)
			return
		}
		s = w.schema(path, "404", "application/problem+json") // the form of every problem
	}
	body, err := jsonschema.UnmarshalJSON(r.Body)
	if err != nil {
		w.t.Errorf("%s: %v", at, err)
		return
	}
	if err := s.Validate(body); err != nil {
		w.t.Errorf("%s: %d is not by its schema: %v", at, r.Code, err)
	}
}

// TestWalk asks every endpoint of the document with what makes sense, with extremes and with garbage: nothing breaks, and
// every answer is as the document says.
func TestWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of questions take their time")
	}
	analyst := account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()}
	for name, opt := range map[string]service.ShownOptions{"everything": {}, "by policy": strict(t), "with a store": stored(t)} {
		s := servicetest.Shown(t, opt)
		h := apiOf(t, api.Config{Reader: s, Who: as(analyst)})
		d := documentOf(t, h)
		w := &walker{t, h, d, d.schemas(t), sense(t, s), make(map[int]int)}
		for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
			if strings.HasSuffix(path, "/stream") {
				continue // has no end; TestStream
			}
			for _, header := range [][]string{nil, {"Authorization", "Bearer pahra_good"}, {"Accept", "text/csv, application/json;q=0.5"}} {
				w.ask(path, nil, header...)
				for _, p := range d.Paths[path]["get"].Parameters {
					for _, v := range p.valid(w.known) {
						w.ask(path, map[string]string{p.Name: v, "q": "IN", "prefix": "192.0.2.0/24", p.Name + "x": ""}, header...)
					}
				}
			}
			for _, p := range d.Paths[path]["get"].Parameters {
				for _, v := range garbage {
					w.ask(path, map[string]string{p.Name: v})
				}
			}
		}
		t.Logf("%s: answers by status %v", name, w.answers)
		if w.answers[200] < 100 || w.answers[422] < 100 {
			t.Errorf("%s: the walk met %v, too little of one sort", name, w.answers)
		}
	}
}
