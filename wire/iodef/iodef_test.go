package iodef

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sameTime compares times with their offsets.
var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) && a.Format(time.RFC3339) == b.Format(time.RFC3339) })

func TestXML(t *testing.T) {
	for name, text := range goodXML {
		t.Run(name, func(t *testing.T) {
			doc, err := Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			again := through(t, doc, WriteXML)
			if diff := cmp.Diff(doc, again, sameTime); diff != "" {
				t.Errorf("written as XML and read again: %s", diff)
			}
			plain := through(t, doc, WriteJSON)
			fill(doc)
			plain.Version = "2.00"
			if diff := cmp.Diff(doc, plain, sameTime); diff != "" {
				t.Errorf("written as JSON and read again: %s", diff)
			}
		})
	}
}

// through writes a document and reads it again.
func through(t *testing.T, doc *Document, write func(io.Writer, *Document) error) *Document {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, doc); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.Bytes())
	}
	return again
}

// fill gives a document what JSON makes of it: words that stand for none, and no restriction of records.
func fill(doc *Document) {
	stand := func(word *string, none string) {
		if *word == "" {
			*word = none
		}
	}
	var events func(list []EventData)
	assess := func(a *Assessment) {
		for i := range a.SystemImpact {
			stand(&a.SystemImpact[i].Type, "unknown")
		}
	}
	events = func(list []EventData) {
		for i := range list {
			if list[i].Record != nil {
				list[i].Record.Restricted = Restricted{}
			}
			events(list[i].EventData)
		}
	}
	for i := range doc.Incident {
		inc := &doc.Incident[i]
		for k := range inc.Assessment {
			assess(&inc.Assessment[k])
		}
		events(inc.EventData)
	}
}

func TestScan(t *testing.T) {
	doc, err := Read(strings.NewReader(goodXML["a scan"]))
	if err != nil {
		t.Fatal(err)
	}
	inc := doc.Incident[0]
	ev := inc.EventData[0]
	src := ev.Flow[0].System[0]
	got := []any{doc.Lang, inc.Restriction, inc.Status, inc.IncidentID.ID, inc.IncidentID.Name, inc.Description[0], inc.Assessment[0].SystemImpact[0].Type,
		*inc.Assessment[0].Confidence.Value, inc.Contact[0].Email[0].EmailTo, ev.StartTime.Format(time.RFC3339Nano), ev.Method[0].Reference[0].ReferenceName.ID,
		src.Category, src.Node.Address[0].Value, *src.Service[0].IPProtocol, *src.Service[0].Port, ev.Flow[0].System[1].Service[0].Portlist, ev.Expectation[0].Action}
	want := []any{"en", "green", "new", "2026-7", "cert.example", Text{"स्कैन", "hi", "1"}, "policy", 0.8, "cert@cert.example", "2026-02-03T04:00:00.25Z",
		"CVE-2021-44228", "source", "192.0.2.7", int64(6), int64(50123), "22,80-90", "block-host"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// change puts new in place of old in a good document.
func change(t *testing.T, good map[string]string, r refused) string {
	t.Helper()
	text := strings.Replace(good[r.of], r.old, r.new, 1)
	if text == good[r.of] {
		t.Fatal("nothing is replaced")
	}
	return text
}

// incidents reads a document incident by incident: how many are good, and what is wrong with the others.
func incidents(text string) (good int, bad []string, err error) {
	r, err := NewReader(strings.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	for {
		_, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return good, bad, nil
		case errors.Is(err, ErrIncident):
			bad = append(bad, r.Place()+": "+err.Error())
		case err != nil:
			return good, bad, err
		default:
			good++
		}
	}
}

func TestXMLRefused(t *testing.T) {
	for _, test := range badXML {
		t.Run(test.name, func(t *testing.T) {
			text := change(t, goodXML, test)
			if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("whole: %v", err)
			}
			// the same with a good incident behind it
			inc := goodXML["least"][strings.Index(goodXML["least"], "<Incident "):strings.Index(goodXML["least"], "\n</IODEF")]
			good, bad, err := incidents(strings.Replace(text, "\n</IODEF", inc+"\n</IODEF", 1))
			if good != 1 || len(bad) != 1 || err != nil {
				t.Errorf("with one behind it: %d good, bad %v, %v", good, bad, err)
			}
		})
	}
}

func TestXMLBroken(t *testing.T) {
	for _, test := range brokenXML {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Read(strings.NewReader(change(t, goodXML, test))); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	nest := func(name string, n int) string {
		return incidentXML("", "", strings.Repeat("<"+name+">", n)+`<Flow>`+attacker+`</Flow>`+strings.Repeat("</"+name+">", n))
	}
	for name, test := range map[string]struct {
		text   string
		reason string
	}{
		"deep":         {nest("EventData", 40), ""},
		"too deep":     {nest("EventData", 100), "it is deeper than 64 levels"},
		"deep inside":  {incidentXML("", "", `<AdditionalData dtype="xml">`+strings.Repeat("<a>", 1000)+strings.Repeat("</a>", 1000)+`</AdditionalData>`), "it is deeper than 64 levels"},
		"long":         {incidentXML("", "<Description>"+strings.Repeat("x", MaxIncident)+"</Description>", ""), "is longer than 16777216 octets"},
		"long between": {documentXML(strings.Repeat(" ", MaxIncident+1)), "is longer than 16777216 octets"},
		"long name":    {documentXML("<" + strings.Repeat("x", MaxIncident+1)), "is longer than 16777216 octets"},
		"many":         {documentXML(strings.Repeat(strings.TrimSuffix(strings.SplitN(goodXML["least"], "\n", 4)[3], "\n</IODEF-Document>\n"), 2000)), ""},
		"deep JSON":    {`{"version":"2.0","Incident":[` + strings.Repeat(`{"EventData":[`, 100) + strings.Repeat("]}", 100) + `]}`, "deeper than is allowed"},
		"long JSON":    {`{"version":"2.0","Incident":[{"purpose":"` + strings.Repeat("x", MaxIncident) + `"}]}`, "longer than is allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, bad, err := incidents(test.text)
			if len(bad) > 0 {
				err = errors.New(bad[0])
			}
			if (err == nil) != (test.reason == "") || err != nil && !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %.300v", err)
			}
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	doc, err := Read(strings.NewReader(goodXML["files"]))
	if err != nil {
		t.Fatal(err)
	}
	cert := &doc.Incident[0].EventData[0].Record.RecordData[0].CertificateData[0].Certificate[0]
	for _, opaque := range []string{"<a>", "</ds:X509Data><ds:X509Data>", "</x><x>", "<!DOCTYPE x>", "a & b", strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)} {
		cert.X509Data = Opaque(opaque)
		if err := WriteXML(io.Discard, doc); err == nil {
			t.Errorf("%q is written", opaque)
		}
	}
	doc.Incident[0].Purpose = ""
	for _, write := range []func(io.Writer, *Document) error{WriteXML, WriteJSON} {
		if err := write(io.Discard, doc); err == nil || !strings.Contains(err.Error(), "Incident.purpose: it is missing") {
			t.Errorf("got %v", err)
		}
	}
}

func TestReader(t *testing.T) {
	r, err := NewReader(strings.NewReader(goodXML["two incidents"]))
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, fmt.Sprintf("%s %.9s %s", r.Place(), r.Raw(), r.Raw()[len(r.Raw())-11:]))
	}
	if diff := cmp.Diff([]string{"incident 1, line 4 <Incident </Incident>", "incident 2, line 4 <Incident </Incident>"}, places); diff != "" {
		t.Error(diff)
	}
	if d := r.Document().AdditionalData; len(d) != 1 || d[0].Value != "both" {
		t.Errorf("the document: %+v", r.Document())
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range goodXML {
		f.Add([]byte(text))
	}
	for _, text := range goodJSON {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteJSON(&b, doc); err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		again, err := Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("written and not read: %v\n%s", err, b.Bytes())
		}
		var b2 bytes.Buffer
		if err := WriteJSON(&b2, again); err != nil || !bytes.Equal(b.Bytes(), b2.Bytes()) {
			t.Errorf("written differently: %v\n%s\n%s", err, b.Bytes(), b2.Bytes())
		}
		b.Reset()
		if err := WriteXML(&b, doc); err != nil {
			return // what is opaque in JSON may be no XML
		}
		if _, err := Read(bytes.NewReader(b.Bytes())); err != nil {
			t.Fatalf("written as XML and not read: %v\n%s", err, b.Bytes())
		}
	})
}
