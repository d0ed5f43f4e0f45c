package taxii_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/taxii"
)

func TestAcceptable(t *testing.T) {
	for accept, want := range map[string]bool{
		"": true, "*/*": true, "application/*": true, "application/taxii+json": true, "application/taxii+json;version=2.1": true,
		`application/taxii+json; version="2.1"`: true, "text/html, application/taxii+json ; version=2.1;q=0.3": true,
		"application/taxii+json;version=2.0": false, "application/json": false, "application/vnd.oasis.taxii+json": false, "text/*": false,
		"application/taxii+json;q=0": false, "application/taxii+json;q=0.0": false, ";;": false, "application/stix+json;version=2.1": false,
	} {
		if got := taxii.Acceptable(accept); got != want {
			t.Errorf("Accept: %s gives %v", accept, got)
		}
	}
}

func TestUnderstood(t *testing.T) {
	for media, want := range map[string]bool{
		"application/taxii+json;version=2.1": true, "application/taxii+json": true, "Application/TAXII+json; version=2.1; charset=utf-8": true,
		"": false, "application/json": false, "application/taxii+json;version=2.0": false, "*/*": false,
	} {
		if got := taxii.Understood(media); got != want {
			t.Errorf("Content-Type: %s gives %v", media, got)
		}
	}
}

func TestFormatTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 4, 4, 5, 600_000_999, time.FixedZone("", 3600))
	if got := taxii.FormatTime(at); got != "2026-01-02T03:04:05.600000Z" {
		t.Error(got)
	}
}

func TestParseFilter(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 123_456_000, time.UTC)
	for query, want := range map[string]taxii.Filter{
		"":                              {},
		"limit=7&next=&x_own=1&x_own=2": {Limit: 7},
		"limit=00099999999999999999999": {Limit: taxii.MaxLimit},
		"next=abc":                      {Next: "abc"},
		"added_after=2026-01-02T03:04:05.123456789Z":        {AddedAfter: at},
		"added_after=2026-01-02T03:04:05Z":                  {AddedAfter: at.Truncate(time.Second)},
		"match[id]=a,b&match%5Btype%5D=indicator":           {IDs: []string{"a", "b"}, Types: []string{"indicator"}, Matches: []string{"id", "type"}},
		"match[version]=last,first,2016-01-01T00:00:00.00Z": {Versions: taxii.Versioning{First: true, Last: true, Exact: []string{"2016-01-01T00:00:00.00Z"}}, Matches: []string{"version"}},
		"match[version]=all&match[spec_version]=2.0,2.1":    {Versions: taxii.Versioning{All: true}, SpecVersions: []string{"2.0", "2.1"}, Matches: []string{"spec_version", "version"}},
		"match[x_own]=1": {Matches: []string{"x_own"}},
	} {
		got, err := taxii.ParseFilter(query)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", query, err, diff)
		}
	}
}

func TestParseFilterRefuses(t *testing.T) {
	for query, parameter := range map[string]string{
		"limit=0": "limit", "limit=-1": "limit", "limit=abc": "limit", "limit=": "limit", "limit=1.5": "limit", "limit=+1": "limit", "limit=000": "limit",
		"limit=1&limit=1": "limit", "next=a&next=b": "next",
		"added_after=": "added_after", "added_after=yesterday": "added_after", "added_after=2026-01-02": "added_after", "added_after=2026-13-02T00:00:00Z": "added_after",
		"added_after=2026-01-02T00:00:00": "added_after", "added_after=2026-01-02T00:00:00%2B01:00": "added_after", "added_after=2026-01-02T00:00:00,5Z": "added_after",
		"added_after=2026-01-02T00:00:00Z&added_after=2026-01-03T00:00:00Z": "added_after", "added_after=2026-01-02T00:00:00Z,2026-01-03T00:00:00Z": "added_after",
		"match[version]=all,last": "match[version]", "match[version]=last,all": "match[version]", "match[version]=newest": "match[version]", "match[version]=": "match[version]",
		"match[type]=a&match[type]=b": "match[type]", "match[type]=a,": "match[type]", "match[id]=%00": "match[id]", "match[id]=%ff": "match[id]",
		"match[type]=a" + strings.Repeat(",a", 64): "match[type]", "match[id]=a" + strings.Repeat(",a", 1000): "match[id]", "%zz": "the query", "a=1;b=2": "the query",
	} {
		_, err := taxii.ParseFilter(query)
		var bad *taxii.FilterError
		if !errors.As(err, &bad) || bad.Parameter != parameter {
			t.Errorf("%.80s gives %v, want one of %s", query, err, parameter)
		}
	}
}

func read(r io.Reader) (objects []string, e taxii.Envelope, err error) {
	e, err = taxii.ReadEnvelope(r, func(text []byte) error {
		objects = append(objects, string(text))
		return nil
	})
	return objects, e, err
}

func TestReadEnvelope(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", taxii.MaxObjectSize) + `"}`
	for text, want := range map[string]struct {
		objects []string
		e       taxii.Envelope
	}{
		`{}`: {}, ` {"objects" : [ ] } `: {}, `{"objects":[{"a":1},2],"more":true,"next":"n"}`: {[]string{`{"a":1}`, `2`}, taxii.Envelope{More: true, Next: "n"}},
		`{"x_own":{"objects":[3]},"more":false,"type":"bundle","objects":[{}]}`: {[]string{"{}"}, taxii.Envelope{}},
		`{"objects":[1,` + big + `,2]}`:                                         {[]string{"1", "", "2"}, taxii.Envelope{}},
	} {
		got, e, err := read(iotest.HalfReader(strings.NewReader(text)))
		if err != nil || !slices.Equal(got, want.objects) || e != want.e {
			t.Errorf("%.60s gives %.60q, %+v, %v", text, got, e, err)
		}
	}
	for _, text := range []string{"", "[]", "1", `{"objects":{}}`, `{"objects":[1]`, `{"objects":[1]}x`, `{"objects":[],"objects":[1]}`, `{"more":tru}`, "{" + strings.Repeat(`"a`, 9)} {
		if _, _, err := read(strings.NewReader(text)); !errors.Is(err, taxii.ErrNoEnvelope) {
			t.Errorf("%s gives %v", text, err)
		}
	}
	broken := errors.New("the line is dead")
	if _, _, err := read(io.MultiReader(strings.NewReader(`{"objects":[1,`), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("an error of the reader has become %v", err)
	}
	enough := errors.New("enough")
	if _, err := taxii.ReadEnvelope(strings.NewReader(`{"objects":[1,`), func([]byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("an error of the caller has become %v", err)
	}
}

func TestAppendEnvelope(t *testing.T) {
	for want, e := range map[string]struct {
		taxii.Envelope
		bodies [][]byte
	}{
		`{}`: {}, `{"more":true,"next":"a\"b"}`: {taxii.Envelope{More: true, Next: `a"b`}, nil},
		`{"objects":[{"a": 1},2]}`: {taxii.Envelope{}, [][]byte{[]byte(`{"a": 1}`), []byte("2")}}, `{"more":true,"objects":[1]}`: {taxii.Envelope{More: true}, [][]byte{[]byte("1")}},
		`{"next":"n","objects":[1]}`: {taxii.Envelope{Next: "n"}, [][]byte{[]byte("1")}},
	} {
		if got := string(taxii.AppendEnvelope(nil, e.Envelope, e.bodies)); got != want || !json.Valid([]byte(got)) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Empty lists are left out: the standard forbids them.
func TestEmpty(t *testing.T) {
	for _, v := range []any{taxii.Collections{}, taxii.Manifest{}, taxii.Versions{}} {
		if text, err := json.Marshal(v); err != nil || string(text) != "{}" {
			t.Errorf("%T is %s, %v", v, text, err)
		}
	}
}

// FuzzParseFilter wants every filter to be refused or bounded, and to mean the same whatever the order of its parts.
func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"limit=5&next=x", "added_after=2026-01-02T03:04:05.5Z&match[type]=a,b", "match[version]=all", "match[version]=first,2016-01-01T00:00:00Z", "a=%zz", "match[id]=%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got, err := taxii.ParseFilter(query)
		var bad *taxii.FilterError
		if err != nil {
			if !errors.As(err, &bad) || len(err.Error()) > 100+len(query) {
				t.Fatalf("%q gives %v", query, err)
			}
			return
		}
		if got.Limit < 0 || len(got.IDs) > 1000 || len(got.Types) > 64 || got.Versions.All && (got.Versions.Last || len(got.Versions.Exact) > 0) {
			t.Fatalf("%q gives %+v", query, got)
		}
		if got.AddedAfter.Nanosecond()%1000 != 0 || strings.ContainsRune(strings.Join(slices.Concat(got.IDs, got.Types, got.SpecVersions), ""), 0) {
			t.Fatalf("%q gives %+v", query, got)
		}
		values, _ := url.ParseQuery(query)
		if again, err := taxii.ParseFilter(values.Encode()); err != nil || !cmp.Equal(got, again) {
			t.Fatalf("%q in order gives %v\n%s", query, err, cmp.Diff(got, again))
		}
	})
}

// FuzzReadEnvelope holds what is read against the standard library.
func FuzzReadEnvelope(f *testing.F) {
	for _, s := range []string{`{"objects":[{"a":1},2],"more":true}`, `{}`, `{"objects":[`, `{"next":"\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, e, err := read(strings.NewReader(string(text)))
		if err != nil || !json.Valid(text) {
			return
		}
		var want struct {
			Objects []json.RawMessage `json:"objects"`
			More    any               `json:"more"`
		}
		if json.Unmarshal(text, &want) == nil && !strings.Contains(strings.ToLower(string(text)), "\\u") && strings.Count(strings.ToLower(string(text)), "objects") == 1 {
			if strings.Contains(string(text), "objects") && len(got) != len(want.Objects) {
				t.Fatalf("%q has %d objects, read were %d of %+v", text, len(want.Objects), len(got), e)
			}
		}
	})
}
