package intake

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/wire/intelmq"
)

// told gives the events of a report as JSON, and what is bad as "place: reason".
func told(t *testing.T, format, text string, opt Options) (events, bad []string, err error) {
	t.Helper()
	err = Read(format, strings.NewReader(text), opt, Out{
		Event: func(e *intelmq.Event, _ []byte) error {
			events = append(events, string(e.AppendJSON(nil)))
			return nil
		},
		Bad: func(place string, reason error, _ []byte) error {
			bad = append(bad, place+": "+reason.Error())
			return nil
		},
	})
	return events, bad, err
}

func TestRead(t *testing.T) {
	const text = `{"source.ip":"192.0.2.1"}`
	opt := Options{Name: "x.json", Observed: time.Date(2026, 3, 24, 1, 2, 3, 400, time.UTC), Raw: true}
	events, _, err := told(t, "intelmq", text, opt)
	const want = `{"raw":"eyJzb3VyY2UuaXAiOiIxOTIuMC4yLjEifQ==","source.ip":"192.0.2.1","time.observation":"2026-03-24T01:02:03+00:00"}`
	if err != nil || len(events) != 1 || events[0] != want {
		t.Errorf("%s, %v, want %s", events, err, want)
	}
	events, _, err = told(t, "intelmq", `{"raw":"YQ==","time.observation":"2026-01-01T00:00:00+00:00"}`, opt)
	if err != nil || len(events) != 1 || !strings.Contains(events[0], `{"raw":"YQ==","time.observation":"2026-01-01T`) {
		t.Errorf("what the event tells itself: %s, %v", events, err)
	}
	if _, _, err := told(t, "telex", "", opt); err == nil || Known("telex") || !slices.Contains(Formats(), "csv") {
		t.Errorf("an unknown format: %v", err)
	}
	stop := errors.New("stop")
	err = Read("intelmq", strings.NewReader(text+text), Options{}, Out{Event: func(*intelmq.Event, []byte) error { return stop }})
	if !errors.Is(err, stop) {
		t.Errorf("the error of who takes the events: %v", err)
	}
	for _, format := range []string{"csv", "shadowserver"} {
		if _, _, err := told(t, format, "a,b\n", opt); err == nil {
			t.Errorf("%s without what it needs is read", format)
		}
	}
}

func TestIntelMQ(t *testing.T) {
	for name, text := range map[string]string{
		"lines":      "{\"source.ip\":\"192.0.2.1\"}\n\n{\"source.ip\":\"no\"}\n{\"source.ip\":\"192.0.2.2\"}\n",
		"a list":     "[{\"source.ip\":\"192.0.2.1\"},\n\n{\"source.ip\":\"no\"},{\"source.ip\":\"192.0.2.2\"}]",
		"one by one": "{\"source.ip\":\"192.0.2.1\"}\n\n{\n\"source.ip\":\"no\"}{\n\"source.ip\":\n\"192.0.2.2\"}",
	} {
		events, bad, err := told(t, "intelmq", text, Options{})
		if err != nil || !slices.Equal(events, []string{`{"source.ip":"192.0.2.1"}`, `{"source.ip":"192.0.2.2"}`}) {
			t.Errorf("%s: %s, %v", name, events, err)
		}
		if want := `line 3, event 2: reading an event: source.ip: "no" is no address`; !slices.Equal(bad, []string{want}) {
			t.Errorf("%s: %q, want %q", name, bad, want)
		}
	}
	if _, _, err := told(t, "intelmq", "source.ip: 192.0.2.1", Options{}); err == nil {
		t.Error("what is no JSON is read")
	}
}

const mapping = `
fields:
  source.ip: address
  time.source: {column: when, times: ["02-01-2006 15:04", unix], offset: "+05:30"}
  source.port: {column: port, empty: ["0"]}
  malware.name: {column: kind, values: {M: mirai, "?": ""}}
constants: {classification.taxonomy: malicious-code, classification.type: infected-system, malware.name: unknown}
required: [source.ip, time.source]
`

func readMapping(t *testing.T, text string) *Mapping {
	t.Helper()
	m, err := ReadMapping([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCSV(t *testing.T) {
	const constants = `{"classification.taxonomy":"malicious-code","classification.type":"infected-system",`
	events, bad, err := told(t, "csv", "address,when,port,kind,note\n"+
		"192.0.2.1,24-03-2026 05:30,80,M,\"a, b\"\n"+
		"192.0.2.2,1774310400,0,?,\n"+
		"192.0.2.3,24-03-2026 05:30,http,x,\n"+
		",24-03-2026 05:30,80,M,\n"+
		"192.0.2.4,yesterday,80,M,\n"+
		"192.0.2,24-03-2026 05:30,80,M,\n"+
		"192.0.2.5,24-03-2026 05:30,80\n", Options{Mapping: readMapping(t, mapping)})
	want := []string{
		constants + `"extra.note":"a, b","malware.name":"mirai","source.ip":"192.0.2.1","source.port":80,"time.source":"2026-03-24T00:00:00+00:00"}`,
		constants + `"malware.name":"unknown","source.ip":"192.0.2.2","time.source":"2026-03-24T00:00:00+00:00"}`,
		constants + `"extra.port":"http","malware.name":"x","source.ip":"192.0.2.3","time.source":"2026-03-24T00:00:00+00:00"}`,
	}
	if err != nil || !slices.Equal(events, want) {
		t.Errorf("%s\nwant %s: %v", strings.Join(events, "\n"), strings.Join(want, "\n"), err)
	}
	wantBad := []string{"line 5: source.ip: it is empty", `line 6: time.source: "yesterday" is no time of the mapping's layouts`,
		`line 7: source.ip: "192.0.2" is no address`, "line 8: the row has 3 columns, the table 5"}
	if !slices.Equal(bad, wantBad) {
		t.Errorf("bad: %q, want %q", bad, wantBad)
	}
}

// TestCSVForms: other delimiters, no header, comments, columns that are dropped, a column for two fields.
func TestCSVForms(t *testing.T) {
	for name, test := range map[string]struct{ mapping, text, want string }{
		"numbers": {"{header: false, delimiter: ';', fields: {source.ip: 2, extra.who: 1}}", "me;192.0.2.1;x\n", `{"extra.column_3":"x","extra.who":"me","source.ip":"192.0.2.1"}`},
		"tab":     {`{delimiter: "\t", comment: "#", rest: drop, fields: {source.ip: ip, extra.again: ip}}`, "# made up\nip\tx\n# more\n192.0.2.1\ty\n", `{"extra.again":"192.0.2.1","source.ip":"192.0.2.1"}`},
		"times": {"{fields: {time.source: {column: t, times: [unix-ms]}, extra.u: {column: u, offset: '-02:00'}}}", "t,u\n1774310400500,2026-03-24 00:00:00\n",
			`{"extra.u":"2026-03-24T02:00:00+00:00","time.source":"2026-03-24T00:00:00.500000+00:00"}`},
	} {
		events, bad, err := told(t, "csv", test.text, Options{Mapping: readMapping(t, test.mapping)})
		if err != nil || len(bad) > 0 || len(events) != 1 || events[0] != test.want {
			t.Errorf("%s: %s, %s, %v, want %s", name, events, bad, err, test.want)
		}
	}
	for name, test := range map[string]struct{ mapping, text string }{
		"no column":      {"{fields: {source.ip: ip}}", "address\n192.0.2.1\n"},
		"empty":          {"{fields: {source.ip: ip}}", ""},
		"10,000 columns": {"{fields: {source.ip: ip}}", "ip" + strings.Repeat(",x", 10000)},
	} {
		if _, _, err := told(t, "csv", test.text, Options{Mapping: readMapping(t, test.mapping)}); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	_, bad, err := told(t, "csv", "192.0.2.1\n", Options{Mapping: readMapping(t, "{header: false, fields: {source.ip: 2}}")})
	if err != nil || len(bad) != 1 {
		t.Errorf("a row without the column: %q, %v", bad, err)
	}
}

func TestReadMappingRefuses(t *testing.T) {
	for _, text := range []string{
		"", "[]", "fields: {}", "colour: red", "{fields: {source.colour: x}}", "{fields: {extra.: x}}", "{fields: {source.ip: ''}}", "{fields: {source.ip: {column: x, unknown: y}}}",
		"{fields: {source.ip: x}, delimiter: ab}", `{fields: {source.ip: x}, delimiter: '"'}`, "{fields: {source.ip: x}, rest: keep}", "{fields: {source.ip: x}, required: [source.port]}",
		"{fields: {source.ip: x}, constants: {source.port: x}}", "{fields: {source.ip: x}, header: false}", "{fields: {source.ip: 1001}, header: false}",
		"{fields: {time.source: {column: x, offset: IST}}}", "{fields: {time.source: {column: x, times: [15:04]}}}", "{fields: {source.ip: x}} {", strings.Repeat("#", 2<<20),
	} {
		if _, err := ReadMapping([]byte(text)); err == nil {
			t.Errorf("%.60q is taken", text)
		}
	}
}

// TestMappingOfDocument: the mapping that docs/desk.md shows is one.
func TestMappingOfDocument(t *testing.T) {
	text, err := os.ReadFile("../../../docs/desk.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	shown, _, _ := strings.Cut(rest, "```")
	if m, err := ReadMapping([]byte(shown)); !found || err != nil {
		t.Errorf("%+v, %v", m, err)
	}
}

func FuzzCSV(f *testing.F) {
	m, err := ReadMapping([]byte(mapping))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("address,when,port,kind,note\n192.0.2.1,24-03-2026 05:30,80,M,\"a, b\"\n192.0.2.2,1774310400,0,?,\n")
	f.Fuzz(func(t *testing.T, text string) {
		err := Read("csv", strings.NewReader(text), Options{Mapping: m}, Out{
			Event: func(e *intelmq.Event, _ []byte) error {
				if _, err := intelmq.Parse(e.AppendJSON(nil)); err != nil {
					return fmt.Errorf("%s: %w", e.AppendJSON(nil), err)
				}
				return nil
			},
			Bad: func(string, error, []byte) error { return nil },
		})
		if err != nil && strings.Contains(err.Error(), "reading an event") {
			t.Fatal(err)
		}
	})
}
