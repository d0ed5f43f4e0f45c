package intelmq

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func event(t testing.TB, pairs ...string) *Event {
	t.Helper()
	e := &Event{}
	for i := 0; i < len(pairs); i += 2 {
		if err := e.Add(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestEvent(t *testing.T) {
	e := event(t, "source.port", "80", "source.ip", "192.0.2.1", "extra.z", "2", "source.asn", "AS64500", "source.port", "81")
	e.Set("extra.count", Value{"7", Int})
	const want = `{"extra.count":7,"extra.z":"2","source.asn":64500,"source.ip":"192.0.2.1","source.port":81}`
	if got := string(e.AppendJSON(nil)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	kept := e.Clone()
	e.Delete("source.asn")
	e.Delete("source.as_name")
	if _, there := e.Get("source.asn"); there || len(e.Fields()) != 4 || len(kept.Fields()) != 5 {
		t.Errorf("%v, and its copy %v", e.Fields(), kept.Fields())
	}
	e.Reset()
	e.Append("comment", Value{Text: "x"})
	if got, err := e.MarshalJSON(); err != nil || string(got) != `{"comment":"x"}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestHash(t *testing.T) {
	e := event(t, "source.ip", "192.0.2.1", "time.source", "2026-03-24 00:00:00", "feed.name", "a", "time.observation", "2026-03-25", "raw", "YQ==", ReportID, "7")
	same := event(t, "source.ip", "192.0.2.1", "time.source", "2026-03-24T00:00:00Z", "feed.code", "b", ReportID, "8")
	other := event(t, "source.ip", "192.0.2.1", "time.source", "2026-03-24 00:00:01")
	if e.Hash() != same.Hash() || e.Hash() == other.Hash() {
		t.Error("the hash is of what is not said twice otherwise")
	}
}

// TestStrings: strings are written as encoding/json reads them.
func TestStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.OneOf(rapid.SampledFrom([]rune("ab\"\\\n\r\t\b\f\x00\x1f\x7f é\u2028𝄞")), rapid.Rune())
		text := rapid.StringOf(runes).Draw(t, "text")
		if i := rapid.IntRange(-1, len(text)-1).Draw(t, "broken at"); i >= 0 {
			text = text[:i] + "\xff" + text[i:]
		}
		var back string
		out := appendString(nil, text)
		if err := json.Unmarshal(out, &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") && back != each(text) {
			t.Fatalf("%q: %s: %q, %v", text, out, back, err)
		}
	})
}

// each replaces every octet that is no UTF-8, not each run of them.
func each(s string) string { return string([]rune(s)) }

// good are events of IntelMQ's form, with the JSON that is made of them.
func good() map[string]string {
	return map[string]string{
		"empty":             `{} → {}`,
		"type left out":     `{"__type":"Event","source.ip":"192.0.2.1"} → {"source.ip":"192.0.2.1"}`,
		"in order":          `{"source.port":80,"source.ip":"192.0.2.1"} → {"source.ip":"192.0.2.1","source.port":80}`,
		"numbers as text":   `{"source.port":"80","source.asn":"AS64500"} → {"source.asn":64500,"source.port":80}`,
		"normalised":        `{"source.fqdn":"Example.ORG.","malware.name":"Mirai"} → {"malware.name":"mirai","source.fqdn":"example.org"}`,
		"null and empty":    `{"comment":null,"source.as_name":"","status":"-"} → {}`,
		"extra of any kind": `{"extra.a":1,"extra.b":1.5,"extra.c":true,"extra.d":[1, 2],"extra.e":{"x": null}} → {"extra.a":1,"extra.b":1.5,"extra.c":true,"extra.d":[1,2],"extra.e":{"x":null}}`,
		"extra as object":   `{"extra":{"a":1,"b":"x"}} → {"extra.a":1,"extra.b":"x"}`,
		"extra as text":     `{"extra":"{\"a\":1}"} → {"extra.a":1}`,
		"escapes":           `{"comment":"\u00e9\n\ud834\udd1e"} → {"comment":"é\n𝄞"}`,
		"truth":             `{"source.tor_node":false} → {"source.tor_node":false}`,
		"float":             `{"source.geolocation.latitude":12} → {"source.geolocation.latitude":12.0}`,
		"time":              `{"time.source":"2018-04-14T05:44:34+05:30"} → {"time.source":"2018-04-14T00:14:34+00:00"}`,
		"older kinds":       `{"classification.type":"vulnerable service","classification.taxonomy":"vulnerable"} → {"classification.taxonomy":"vulnerable","classification.type":"vulnerable-system"}`,
	}
}

func TestParse(t *testing.T) {
	for name, pair := range good() {
		text, want, _ := strings.Cut(pair, " → ")
		e, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := string(e.AppendJSON(nil))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		again, err := Parse([]byte(got))
		if err != nil || string(again.AppendJSON(nil)) != got {
			t.Errorf("%s: read again it is not the same: %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		``, `null`, `[]`, `"x"`, `{`, `{"source.ip"}`, `{"source.ip":"192.0.2.1"} {}`, `{"source.ip":"192.0.2.1"}x`,
		`{"source.ip":"192.0.2"}`, `{"source.ip":["192.0.2.1"]}`, `{"source.port":"x"}`, `{"source.port":80.5}`, `{"source.port":70000}`,
		`{"source.asn":0}`, `{"source.asn":true}`, `{"source.colour":"red"}`, `{"":"x"}`, `{"extra.":1}`, `{"extra":1}`, `{"extra":"x"}`, `{"extra":[1]}`,
		`{"time.source":"soon"}`, `{"time.source":1}`, `{"classification.type":"evil"}`, `{"source.url":"nowhere"}`, `{"source.fqdn":"192.0.2.1"}`,
		`{"source.geolocation.cc":"IND"}`, `{"source.geolocation.latitude":"north"}`, `{"feed.accuracy":101}`, `{"tlp":"PURPLE"}`, `{"raw":"*"}`,
		`{"malware.hash.md5":"é"}`, `{"protocol.transport":"tls"}`, `{"source.tor_node":"maybe"}`, `{"extra.a":{"b":}}`,
	} {
		if e, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s is %s", text, e.AppendJSON(nil))
		}
	}
	var b strings.Builder
	b.WriteString(`{"extra.0":0`)
	for i := range most {
		b.WriteString(`,"extra.x` + string(rune('a'+i%26)) + strings.Repeat("y", i) + `":1`)
	}
	if _, err := Parse([]byte(b.String() + "}")); err == nil {
		t.Error("an event of very many fields is taken")
	}
}

func FuzzParse(f *testing.F) {
	for _, pair := range slices.Sorted(maps.Values(good())) {
		text, _, _ := strings.Cut(pair, " → ")
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Parse(data)
		if err != nil {
			return
		}
		text := e.AppendJSON(nil)
		if !json.Valid(text) {
			t.Fatalf("%q is no JSON", text)
		}
		again, err := Parse(text)
		if err != nil || string(again.AppendJSON(nil)) != string(text) {
			t.Fatalf("%q read again: %v", text, err)
		}
	})
}

func TestSetNew(t *testing.T) {
	var e Event
	for _, key := range []string{"source.ip", "comment", "time.source", "source.asn"} {
		if was, there := e.SetNew(key, Value{Text: key}); there {
			t.Errorf("%s was there: %v", key, was)
		}
	}
	if was, there := e.SetNew("comment", Value{Text: "other"}); !there || was.Text != "comment" || e.Text("comment") != "comment" {
		t.Errorf("%v %v, %v", was, there, e.Fields())
	}
	for i, want := range []string{"comment", "source.asn", "source.ip", "time.source"} {
		if e.Fields()[i].Key != want {
			t.Errorf("field %d is %s", i, e.Fields()[i].Key)
		}
	}
}
