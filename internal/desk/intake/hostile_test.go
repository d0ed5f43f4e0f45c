package intake

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

// endless gives head, then the same text again and again until so many octets were given, then tail.
func endless(head, again, tail string, octets int64) io.Reader {
	block := []byte(strings.Repeat(again, 1+(64<<10)/len(again)))
	return io.MultiReader(strings.NewReader(head), io.LimitReader(&repeating{block: block}, octets), strings.NewReader(tail))
}

type repeating struct {
	block []byte
	at    int
}

// Read gives the block again and again.
func (r *repeating) Read(b []byte) (int, error) {
	n := copy(b, r.block[r.at:])
	r.at = (r.at + n) % len(r.block)
	return n, nil
}

// watchHeap gives the most memory that the heap held while f ran, in MiB.
func watchHeap(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtime.GC()
	stop, most := make(chan struct{}), uint64(0)
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	f()
	close(stop)
	watching.Wait()
	return most >> 20
}

// TestHostile: lines, values and lists without an end, in every format, are told as bad or refuse the report; what is read
// for that does not fill the memory. With PAHRA_SOAK=1 each is of ten gigabytes.
func TestHostile(t *testing.T) {
	octets := int64(256 << 20)
	if os.Getenv("PAHRA_SOAK") != "" {
		octets = 10 << 30
	} else if testing.Short() {
		octets = 64 << 20
	}
	mapping, err := ReadMapping([]byte("fields:\n  source.ip: ip\n  time.source: at\n"))
	if err != nil {
		t.Fatal(err)
	}
	schema := ownSchema(t)
	mail := "From: a@example.net\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
	cases := map[string]struct{ format, head, again, tail string }{
		"garbage":                 {"intelmq", "", "\x00\xff\x17garbage ", ""},
		"CSV, one line":           {"csv", "ip,at\n192.0.2.1,", "x", "\n192.0.2.2,2026-03-04T05:06:07Z\n"},
		"CSV, a quoted field":     {"csv", "ip,at\n\"", strings.Repeat("x", 1000) + "\n", "\"\n"},
		"CSV, columns":            {"csv", "ip", ",at", "\n"},
		"Shadowserver, one line":  {"shadowserver", "\"timestamp\",\"ip\"\n\"2026-03-04 05:06:07\",\"", "x", "\"\n"},
		"Shadowserver, columns":   {"shadowserver", "\"timestamp\"", ",\"x\"", "\n"},
		"IntelMQ, one line":       {"intelmq", `{"source.ip":"`, "x", "\"}\n"},
		"IntelMQ, nested":         {"intelmq", `{"extra":`, `[`, "\n"},
		"IntelMQ, keys":           {"intelmq", `{"a":1`, `,"a":1`, "}\n"},
		"n6, one value":           {"n6", `[{"id":"`, "x", `"}]`},
		"n6, nested":              {"n6", `[`, `[`, ``},
		"STIX, one value":         {"stix", `{"type":"bundle","id":"`, "x", `"}`},
		"STIX, nested":            {"stix", `{"type":"bundle","objects":`, `[`, ``},
		"STIX, a list":            {"stix", `{"type":"bundle","id":"bundle--0c7d1ad5-4bd4-4e1c-8a3f-6a2a0a8d1a11","objects":[{"type":"identity","sectors":[1`, `,1`, `]}]}`},
		"MISP, one value":         {"misp", `{"Event":{"info":"`, "x", `"}}`},
		"MISP, nested":            {"misp", `{"Event":`, `{"Event":`, ``},
		"XARF, one value":         {"xarf", `{"xarf_version":"4.0.0","type":"`, "x", `"}`},
		"XARF, a mail's header":   {"xarf", "Subject: ", "x", "\n\n"},
		"IODEF XML, a name":       {"iodef", `<IODEF-Document`, "x", ">"},
		"IODEF XML, nested":       {"iodef", `<IODEF-Document xmlns="urn:ietf:params:xml:ns:iodef-2.0" version="2.00">`, `<a>`, ``},
		"IODEF XML, text":         {"iodef", `<IODEF-Document xmlns="urn:ietf:params:xml:ns:iodef-2.0" version="2.00"><Incident purpose="watch"><Description>`, `x`, ``},
		"IODEF XML, a comment":    {"iodef", `<!--`, `x`, ``},
		"IODEF JSON, one value":   {"iodef", `{"version":"`, `x`, `"}`},
		"IODEF XML, entities":     {"iodef", `<!DOCTYPE x [`, `<!ENTITY a "&a;&a;">`, `]><x>&a;</x>`},
		"ARF, a header":           {"arf", "Subject: ", "x", "\n\n"},
		"ARF, headers":            {"arf", "", "X-A: b\n", "\n"},
		"ARF, parts":              {"arf", mail, "--b\nContent-Type: text/plain\n\nx\n", "--b--\n"},
		"ARF, mails in mails":     {"arf", "", "Content-Type: message/rfc822\n\n", ""},
		"ARF, one part":           {"arf", mail + "--b\nContent-Type: message/feedback-report\n\n", "x", ""},
		"ARF, base64 in feedback": {"arf", mail + "--b\nContent-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n", "eHh4eHh4eHh4eHh4\n", ""},
		"ARF, a boundary":         {"arf", "Content-Type: multipart/report; boundary=", "b", "\n\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			bad, events := 0, 0
			var err error
			held := watchHeap(func() {
				err = Read(c.format, endless(c.head, c.again, c.tail, octets), Options{Name: "2026-03-04-scan_dns-x.csv", Schema: schema, Mapping: mapping}, Out{
					Event: func(*intelmq.Event, []byte) error { events++; return nil },
					Bad:   func(string, error, []byte) error { bad++; return nil },
				})
			})
			if err == nil && bad == 0 {
				t.Errorf("nothing is told of it, and %d events came", events)
			}
			if held > 192 {
				t.Errorf("%d MiB were held for it", held)
			}
		})
	}
}

// TestTenThousandColumns: a table that is far too wide is refused or told line by line.
func TestTenThousandColumns(t *testing.T) {
	var text bytes.Buffer
	for line := range 3 {
		for column := range 10_000 {
			fmt.Fprintf(&text, "%s%d-%d", map[bool]string{true: ",", false: ""}[column > 0], line, column)
		}
		text.WriteByte('\n')
	}
	mapping, err := ReadMapping([]byte("fields:\n  source.ip: 0-0\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"csv", "shadowserver"} {
		events, bad, err := told(t, format, text.String(), Options{Name: "2026-03-04-scan_dns-x.csv", Schema: ownSchema(t), Mapping: mapping})
		if err == nil && len(bad) == 0 {
			t.Errorf("%s: %d events, nothing is told", format, len(events))
		}
	}
}

// ownSchema is a schema with one type of report; that of Shadowserver where the real data are.
func ownSchema(t *testing.T) *shadowserver.Schema {
	t.Helper()
	text := []byte(`{"_meta":{"date_created":"2026-01-01T00:00:00Z","date_modified":"2026-01-01T00:00:00Z","change_log":""},"scan_dns":{"feed_name":"DNS",` +
		`"file_name":"scan_dns","required_fields":[["time.source","timestamp","add_UTC_to_timestamp"],["source.ip","ip","validate_ip"]],` +
		`"optional_fields":[],"constant_fields":{"classification.type":"vulnerable-system"}}}`)
	if real, err := os.ReadFile(filepath.Join(os.Getenv("PAHRA_REALDATA"), "cti", "shadowserver", "schema", "intelmq.json")); err == nil {
		text = real
	}
	schema, err := shadowserver.ReadSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
