package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/desk/intake"
	"pahra/internal/exchange/story"
	"pahra/internal/testdata"
	"pahra/wire/intelmq"
	"pahra/wire/iodef"
	"pahra/wire/jsontree"
	"pahra/wire/misp"
	"pahra/wire/xarf"
)

func tables(t testing.TB) *class.Tables {
	t.Helper()
	k, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func parse(t testing.TB, line string) *intelmq.Event {
	t.Helper()
	e, err := intelmq.Parse([]byte(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return e
}

func sender() Sender {
	return Sender{Team: "cert-nadia", Name: "CERT-Nadia", Mail: "soc@cert-nadia.example", Domain: "cert-nadia.example", At: time.Date(2026, 3, 25, 9, 0, 0, 0, time.UTC)}
}

// masked is a copy with a masked address and a pseudonym, whole one of which little is withheld.
const (
	masked = `{"classification.type":"phishing","source.network":"198.51.100.0/24","source.asn":64496,"source.geolocation.cc":"XU","time.source":"2026-03-24T12:00:00+00:00","tlp":"AMBER+STRICT",
"extra.shared.id":"6f1c1111-0000-4000-8000-000000000001","extra.shared.pap":"PAP:AMBER","extra.shared.source.fqdn":"p:igmux4lamtkgk64v7shdj77jr4","event_description.text":"=a page at [withheld]","destination.ip":"2001:db8::1"}`
	whole = `{"classification.type":"brute-force","source.ip":"198.51.100.7","source.port":4711,"destination.ip":"192.0.2.9","destination.port":22,"protocol.transport":"tcp","source.url":"http://a.example/x",
"malware.hash.md5":"d41d8cd98f00b204e9800998ecf8427e","time.source":"2026-03-24T12:00:00+00:00","tlp":"GREEN","extra.shared.id":"6f1c1111-0000-4000-8000-000000000002","extra.shared.pap":"PAP:AMBER"}`
)

func TestMISP(t *testing.T) {
	events := MISP([]*intelmq.Event{parse(t, masked), parse(t, whole)}, sender(), tables(t))
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	for _, e := range events {
		faults := e.Check()
		for _, a := range e.Attributes() {
			faults = append(faults, a.Check()...)
			if a.ToIDs() && strings.Contains(a.Value(), "/24") || !misp.Fits(a.Type(), a.Category()) || !misp.KnownType(a.Type()) {
				t.Errorf("%s", a.Tree.Append(nil))
			}
		}
		if len(faults) > 0 || e.Distribution() != misp.Organisation {
			t.Errorf("%v of %s", faults, e.Append(nil))
		}
	}
	text := string(events[0].Append(nil))
	for _, want := range []string{`"name":"tlp:amber+strict"`, `"name":"PAP:AMBER"`, `"type":"ip-dst","category":"Network activity","value":"198.51.100.0/24","to_ids":false`, `"value":"p:igmux4lamtkgk64v7shdj77jr4","to_ids":false`,
		`"value":"AS64496"`, `rsit:fraud=\"phishing\"`, `"date":"2026-03-24"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if label := misp.TLPOf(events[1].Tags()); label.Label() != "GREEN" {
		t.Errorf("the label is %v", label)
	}
	checkFeed(t, events)
}

// checkFeed writes a feed and reads it back.
func checkFeed(t *testing.T, events []misp.Event) {
	t.Helper()
	var manifest, hashes bytes.Buffer
	if err := errors.Join(misp.WriteManifest(&manifest, events), misp.WriteHashes(&hashes, events)); err != nil {
		t.Fatal(err)
	}
	entries, err := misp.ReadManifest(&manifest, func(uuid string, reason error) { t.Errorf("%s: %v", uuid, reason) })
	if err != nil || len(entries) != len(events) {
		t.Fatalf("%d entries of %d: %v", len(entries), len(events), err)
	}
	var want, got []misp.Hash
	for i, e := range events {
		if entries[i].UUID != e.UUID() || entries[i].Info() != e.Info() || entries[i].Date() != e.Date() || misp.TLPOf(entries[i].Tags()) != misp.TLPOf(e.Tags()) {
			t.Errorf("the manifest has %s of %s", entries[i].Tree.Append(nil), e.Append(nil))
		}
		want = append(want, e.Hashes()...)
		r := misp.NewReader(bytes.NewReader(e.Append(nil)))
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if back, is := rec.Event(); !is || !bytes.Equal(back.Append(nil), e.Append(nil)) {
			t.Errorf("read back is %s", back.Append(nil))
		}
	}
	if err := misp.ReadHashes(&hashes, func(h misp.Hash) error { got = append(got, h); return nil }, nil); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v: hashes are %v, want %v", err, got, want)
	}
}

func TestIODEF(t *testing.T) {
	d := IODEF([]*intelmq.Event{parse(t, masked), parse(t, whole)}, sender(), tables(t))
	var xml, text bytes.Buffer
	if err := iodef.WriteXML(&xml, d); err != nil {
		t.Fatal(err)
	}
	d.Version = "2.0"
	if err := iodef.WriteJSON(&text, d); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<Address category="ipv4-net-masked">198.51.100.0/24</Address>`, `<Address category="ipv6-addr">2001:db8::1</Address>`, `restriction="private"`, `restriction="green"`, "TLP:AMBER+STRICT", "p:igmux4"} {
		if !strings.Contains(xml.String(), want) {
			t.Errorf("no %s in %s", want, xml.String())
		}
	}
	for name, r := range map[string]io.Reader{"xml": &xml, "json": &text} {
		back, err := iodef.Read(r)
		if err != nil || len(back.Incident) != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestXARF(t *testing.T) {
	kinds := tables(t)
	b, err := XARF(parse(t, whole), sender(), kinds)
	if err != nil {
		t.Fatal(err)
	}
	r, err := xarf.Parse(b)
	if err != nil || r.Source != "198.51.100.7" || r.Type != "login_attack" || r.SourcePort != 4711 {
		t.Errorf("%v: %s", err, b)
	}
	if _, err := XARF(parse(t, masked), sender(), kinds); !errors.Is(err, ErrNoXARF) {
		t.Errorf("a masked source is told: %v", err)
	}
	for _, kind := range []string{"phishing", "infected-system", "c2-server", "malware-distribution", "scanner", "ddos"} {
		if _, err := XARF(parse(t, strings.Replace(whole, "brute-force", kind, 1)), sender(), kinds); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, []*intelmq.Event{parse(t, masked)}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), ",'=a page at [withheld],") || !strings.Contains(b.String(), ",198.51.100.0/24,") || !strings.Contains(b.String(), "p:igmux4") || strings.Count(b.String(), "\n") != 2 {
		t.Error(b.String())
	}
}

func TestNoRed(t *testing.T) {
	for line, want := range map[string]bool{masked: true, strings.Replace(whole, "GREEN", "RED", 1): false, strings.Replace(whole, `"tlp":"GREEN",`, "", 1): false, strings.Replace(whole, "extra.shared.id", "extra.id", 1): false} {
		if err := CheckCopies([]*intelmq.Event{parse(t, line)}); (err == nil) != want {
			t.Errorf("%v of %s", err, line)
		}
	}
}

// read reads a report of any format as the desk does.
func read(t *testing.T, format string, data []byte) (events []*intelmq.Event) {
	t.Helper()
	err := intake.Read(format, bytes.NewReader(data), intake.Options{}, intake.Out{
		Event: func(e *intelmq.Event, _ []byte) error { events = append(events, e.Clone()); return nil },
		Bad:   func(string, error, []byte) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TestPairs: of the pairs of a MISP event and what misp-stix makes of it, both ways. What we write as STIX of the event has no address, name or
// link that its pair has not, what we write as MISP of the STIX none that the event has not, and feeds of all events are read back.
func TestPairs(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "cti/misp/pairs")
	files, err := filepath.Glob(filepath.Join(dir, "*.misp.json"))
	if err != nil || len(files) != 65 {
		t.Fatalf("%d pairs: %v", len(files), err)
	}
	kinds := tables(t)
	var feed []misp.Event
	there, back := 0, 0
	for _, file := range files {
		ours, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.ReadFile(strings.TrimSuffix(file, ".misp.json") + ".stix21.json")
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		for _, e := range read(t, "misp", ours) {
			for _, o := range story.Event(e, "cert-nadia", kinds) {
				if faults := o.Check(); len(faults) > 0 {
					t.Errorf("%s: %s: %v", name, o.Append(nil), faults)
				}
				if value := o.Text("value"); value != "" && !strings.Contains(o.Type(), "identity") {
					there++
					if !holdsValue(theirs, value) && !(name == "event_with_escaped_values_v20.misp.json" && value == "149.13.33.14") { // which the pair writes as another
						t.Errorf("%s: the pair has no %s %s", name, o.Type(), value)
					}
				}
			}
		}
		for _, e := range MISP(complete(read(t, "stix", theirs)), sender(), kinds) {
			for _, a := range e.Attributes() {
				if faults := a.Check(); len(faults) > 0 {
					t.Errorf("%s: %s: %v", name, a.Tree.Append(nil), faults)
				}
				if strings.HasPrefix(a.Type(), "ip-") || a.Type() == "domain" || a.Type() == "url" || a.Type() == "md5" {
					back++
					if !holdsValue(ours, a.Value()) {
						t.Errorf("%s: the event has no %s %s", name, a.Type(), a.Value())
					}
				}
			}
		}
		feed = append(feed, eventsOf(t, ours)...)
	}
	if there < 20 || back < 50 {
		t.Errorf("%d values there, %d back", there, back)
	}
	checkFeed(t, feed)
}

// complete gives events what copies have.
func complete(events []*intelmq.Event) []*intelmq.Event {
	for i, e := range events {
		e.Set("extra.shared.id", intelmq.Value{Text: fmt.Sprint("copy ", i)})
		e.Set("tlp", intelmq.Value{Text: "GREEN"})
	}
	return events
}

// eventsOf gives the events of a file, each UUID once over all.
func eventsOf(t *testing.T, data []byte) (list []misp.Event) {
	t.Helper()
	r := misp.NewReader(bytes.NewReader(data))
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, is := rec.Event(); is && misp.ValidUUID(e.UUID()) {
			sum := uuid(string(rec.Append(nil))) // many of the pairs have the UUID of one another
			*e.Tree.Get("uuid") = jsontree.Str(sum)
			list = append(list, e)
		}
	}
}

func holdsValue(data []byte, value string) bool {
	quoted, _ := json.Marshal(value) // a text can be written
	lower := bytes.ToLower(data)
	return bytes.Contains(lower, bytes.ToLower(quoted[1:len(quoted)-1])) || bytes.Contains(lower, []byte(strings.ToLower(value)))
}

// FuzzMISP: whatever an event says, what is written of it keeps MISP's format and is read back.
func FuzzMISP(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(masked, "\n", "")))
	f.Add([]byte(whole))
	kinds := tables(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := intelmq.Parse(line)
		if err != nil {
			return
		}
		for _, m := range MISP([]*intelmq.Event{e, e.Clone()}, sender(), kinds) {
			for _, a := range m.Attributes() {
				if a.ToIDs() && strings.HasSuffix(a.Comment(), ".network") {
					t.Fatalf("%s", a.Tree.Append(nil))
				}
			}
			rec, err := misp.NewReader(bytes.NewReader(m.Append(nil))).Next()
			if err != nil {
				t.Fatalf("%v: %s", err, m.Append(nil))
			}
			if back, is := rec.Event(); !is || !bytes.Equal(back.Append(nil), m.Append(nil)) {
				t.Fatalf("read back is %s of %s", back.Append(nil), m.Append(nil))
			}
		}
	})
}
