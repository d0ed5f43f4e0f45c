package intake

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/intelmq"
)

func TestXARF(t *testing.T) { golden(t, "xarf") }

func TestN6(t *testing.T) { golden(t, "n6") }

func TestARF(t *testing.T) { golden(t, "arf") }

func TestIODEF(t *testing.T) { golden(t, "iodef") }

// What is no report of a format at all is an error, whatever it is.
func TestUnreadable(t *testing.T) {
	mail := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 1000) + "--b--\n"
	for name, test := range map[string]struct{ format, text, reason string }{
		"XARF, garbage":        {"xarf", "hello", "it is neither JSON nor a mail"},
		"XARF, mail":           {"xarf", "Subject: hello\n\nhello", "the mail has no part of JSON"},
		"XARF, many parts":     {"xarf", mail, "it has more than 100 parts"},
		"n6, garbage":          {"n6", "id,source\n", "it is no JSON"},
		"ARF, garbage":         {"arf", "hello", "is no field of a header"},
		"ARF, many parts":      {"arf", mail, "it has more than 100 parts"},
		"IODEF, garbage":       {"iodef", "hello", "it is neither XML nor a JSON object"},
		"IODEF, entity bomb":   {"iodef", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`, "a document type definition"},
		"IODEF, version 1":     {"iodef", `<IODEF-Document xmlns="urn:ietf:params:xml:ns:iodef-1.0"/>`, "it is IODEF version 1"},
		"IODEF, other charset": {"iodef", `<?xml version="1.0" encoding="windows-1252"?><x/>`, "only UTF-8 is read"},
	} {
		events, bad, err := told(t, test.format, test.text, Options{})
		if err == nil || !strings.Contains(err.Error(), test.reason) || len(events)+len(bad) > 0 {
			t.Errorf("%s: %v, %d events, bad %q", name, err, len(events), bad)
		}
	}
}

// A long IODEF document that breaks off gives the events of what came before, and an error.
func TestIODEFCutOff(t *testing.T) {
	doc := `{"version":"2.0","Incident":[{"purpose":"watch","IncidentID":{"id":"7","name":"cert.example"},"GenerationTime":"2026-02-03T09:30:00Z","Contact":[{"role":"irt","type":"person"}]},{`
	events, bad, err := told(t, "iodef", doc, Options{})
	if len(events) != 1 || len(bad) != 0 || err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("%d events, bad %q, %v", len(events), bad, err)
	}
}

// An incident with very many addresses gives them all, and its events do not grow with it.
func TestIODEFMany(t *testing.T) {
	var list bytes.Buffer
	const many = 20_000
	for i := range many {
		fmt.Fprintf(&list, "198.18.%d.%d\n", i/250, i%250)
	}
	doc := `<IODEF-Document version="2.00" xmlns="urn:ietf:params:xml:ns:iodef-2.0"><Incident purpose="watch"><IncidentID name="cert.example">7</IncidentID>` +
		`<GenerationTime>2026-02-03T09:30:00Z</GenerationTime><Description>` + strings.Repeat("long ", 2000) + `</Description><Contact role="irt" type="person"/>` +
		`<IndicatorData><Indicator><IndicatorID name="cert.example" version="1">I1</IndicatorID><Observable><BulkObservable type="ipv4-addr"><BulkObservableList>` +
		list.String() + `</BulkObservableList></BulkObservable></Observable></Indicator></IndicatorData></Incident></IODEF-Document>`
	count, octets := 0, 0
	err := Read("iodef", strings.NewReader(doc), Options{}, Out{
		Event: func(e *intelmq.Event, raw []byte) error {
			count++
			octets += len(e.AppendJSON(nil)) + len(raw)
			return nil
		},
		Bad: func(place string, reason error, _ []byte) error { return fmt.Errorf("%s: %w", place, reason) },
	})
	if err != nil || count != many || octets > 150<<20 {
		t.Errorf("%d events of %d octets, %v", count, octets, err)
	}
}

// The error of who takes events or what is bad ends the reading.
func TestReportsStop(t *testing.T) {
	stop := errors.New("stop")
	for _, file := range []string{"xarf/bad.json", "xarf/mail.eml", "n6/lines.json", "arf/abuse.eml", "arf/nobody.eml", "iodef/bad.xml", "iodef/nodes.xml", "iodef/indicators.xml", "iodef/nothing.xml"} {
		format := filepath.Dir(file)
		data := read(t, file)
		for name, out := range map[string]Out{
			"events": {func(*intelmq.Event, []byte) error { return stop }, func(string, error, []byte) error { return nil }},
			"bad":    {func(*intelmq.Event, []byte) error { return nil }, func(string, error, []byte) error { return stop }},
		} {
			if err := Read(format, bytes.NewReader(data), Options{}, out); err != nil && !errors.Is(err, stop) {
				t.Errorf("%s, %s: %v", file, name, err)
			}
		}
	}
}

// TestPublishedXARF: each report that is published as good gives one event that says where the abuse came from; each that
// is published as bad gives none.
func TestPublishedXARF(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "cti/xarf")
	for folder, good := range map[string]bool{"v4/samples/v4": true, "v4/samples/v3": true, "v3/positive/*": true, "v3/negative/*": false} {
		files, err := filepath.Glob(filepath.Join(dir, folder, "*.json"))
		if err != nil || len(files) < 4 {
			t.Fatalf("%s: %d reports, %v", folder, len(files), err)
		}
		for _, file := range files {
			events, bad, err := told(t, "xarf", string(read(t, file)), Options{})
			if err != nil || good && (len(events) != 1 || len(bad) != 0) || !good && (len(events) != 0 || len(bad) != 1) {
				t.Errorf("%s: %d events, bad %q, %v", file, len(events), bad, err)
				continue
			}
			for _, e := range events {
				if !strings.Contains(e, `"source.`) && !strings.Contains(file, "potentially_compromised") || strings.Contains(e, `"other/undetermined"`) {
					t.Errorf("%s: %s", file, e)
				}
			}
		}
	}
}

func FuzzReports(f *testing.F) {
	formats := []string{"xarf", "n6", "arf", "iodef"}
	for i, format := range formats {
		files, _ := filepath.Glob("testdata/" + format + "/*.[jex][sm][ol]*")
		for _, file := range files {
			f.Add(i, read(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, format int, data []byte) {
		if format < 0 || format >= len(formats) {
			return
		}
		_ = Read(formats[format], bytes.NewReader(data), Options{}, Out{
			Event: func(e *intelmq.Event, _ []byte) error {
				if _, err := intelmq.Parse(e.AppendJSON(nil)); err != nil {
					t.Errorf("an event that is none: %v", err)
				}
				return nil
			},
			Bad: func(string, error, []byte) error { return nil },
		})
	})
}

// read gives a file of testdata, or one of an absolute path.
func read(t testing.TB, file string) []byte {
	if !filepath.IsAbs(file) && !strings.HasPrefix(file, "testdata") {
		file = filepath.Join("testdata", file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
