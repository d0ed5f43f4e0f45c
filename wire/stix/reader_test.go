package stix_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"pahra/wire/stix"
)

const (
	v4  = `{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}`
	dom = `{"type":"domain-name","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"example.com"}`
)

// all gives the types of the objects of a text and what went wrong.
func all(r *stix.Reader) (got []string, err error) {
	for {
		o, err := r.Next()
		var bad *stix.BadObject
		switch {
		case errors.Is(err, io.EOF):
			return got, nil
		case errors.As(err, &bad):
			got = append(got, err.Error())
		case err != nil:
			return got, err
		default:
			got = append(got, fmt.Sprintf("%d %s", r.Number(), o.Type()))
			if !bytes.Contains(r.Text(), []byte(o.ID())) {
				return got, fmt.Errorf("the text of %s is %s", o.ID(), r.Text())
			}
		}
	}
}

func TestReader(t *testing.T) {
	for in, want := range map[string]string{
		``: ``, `{}`: ``, `{"more":false}`: ``, `{"type":"bundle","id":"bundle--28bb3599-77cd-4a82-a950-b5bc3caf07c4"}`: ``,
		`{"type":"bundle","id":"x","objects":[` + v4 + `,` + dom + `]}`:                                          `1 ipv4-addr|2 domain-name`,
		`{"objects":[` + v4 + `],"more":true,"next":"2"}`:                                                        `1 ipv4-addr`,
		`[` + v4 + `,` + dom + `]`:                                                                               `1 ipv4-addr|2 domain-name`,
		v4 + "\n" + dom + "\n[" + v4 + `]`:                                                                       `1 ipv4-addr|2 domain-name|3 ipv4-addr`,
		`{"objects":[` + v4 + `,7,{"type":"X"},{"a":1,,},` + dom + `]}`:                                          `1 ipv4-addr|object 2: it is a number|object 3: type: "X" is no name of a type|object 4: at octet 7: a name is missing|5 domain-name`,
		`{"id":"observed-data--28bb3599-77cd-4a82-a950-b5bc3caf07c4","objects":{"0":{}},"type":"observed-data"}`: `1 observed-data`,
		`{"a":1}`:       `object 1: type: "" is no name of a type`,
		`{"a":1,"a":2}`: `object 1: at octet 13: "a" stands twice in an object`,
		`[{"type":"tool","x":"` + strings.Repeat("a", 33<<20) + `"},` + v4 + `]`: `object 1: it is longer than is allowed|2 ipv4-addr`,
	} {
		got, err := all(stix.NewReader(strings.NewReader(in)))
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%.100s gives %q, %v", in, got, err)
		}
	}
}

func TestReaderStops(t *testing.T) {
	for in, want := range map[string]string{
		`{"objects":[` + v4 + `,`: "unexpected EOF", `{"objects":[` + v4 + ` 1]}`: "comma", `{"type":"bundle"`: "unexpected EOF", `7`: "missing", `[}`: "closes nothing",
		`{"x":"` + strings.Repeat("a", 33<<20) + `"}`: "longer", `{"a":1,` + strings.Repeat(`"b":"`+strings.Repeat("x", 20<<20)+`",`, 2) + `"c":1}`: "longer",
		`<?xml version="1.0"?>`: "missing", "\x00\x01": "missing",
	} {
		if got, err := all(stix.NewReader(strings.NewReader(in))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s gives %q, %v", in, got, err)
		}
	}
}

// many is a bundle of n indicators that is never held as a whole.
type many struct {
	n, i int
	left []byte
}

func (m *many) Read(p []byte) (int, error) {
	if len(m.left) == 0 {
		switch {
		case m.i == 0:
			m.left = []byte(`{"type":"bundle","id":"bundle--28bb3599-77cd-4a82-a950-b5bc3caf07c4","objects":[`)
		case m.i > m.n+1:
			return 0, io.EOF
		case m.i > m.n:
			m.left = []byte(`]}`)
		default:
			m.left = fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"indicator--28bb3599-77cd-4a82-a950-%012x","created":"2026-01-01T00:00:00.000Z",`+
				`"modified":"2026-01-01T00:00:00.000Z","pattern":"[ipv4-addr:value = '198.51.100.7']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"},`, m.i)
			if m.i == m.n {
				m.left = m.left[:len(m.left)-1]
			}
		}
		m.i++
	}
	n := copy(p, m.left)
	m.left = m.left[n:]
	return n, nil
}

func TestReaderHoldsOneObject(t *testing.T) {
	const n = 100_000
	r := stix.NewReader(&many{n: n})
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 1; ; i++ {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if i == n/2 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if grown := int64(now.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
				t.Errorf("after %d objects the heap has grown by %d octets", i, grown)
			}
		}
	}
	if r.Number() != n {
		t.Errorf("%d objects", r.Number())
	}
}

func BenchmarkReader(b *testing.B) {
	for b.Loop() {
		r := stix.NewReader(&many{n: 10_000})
		for {
			o, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || len(o.Check()) > 0 {
				b.Fatal(err, o.Check())
			}
		}
	}
	b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "objects/s")
}

// FuzzReader holds that reading ends, whatever the octets.
func FuzzReader(f *testing.F) {
	f.Add([]byte(`{"type":"bundle","id":"x","objects":[` + v4 + `,7,` + dom + `]}`))
	f.Add([]byte(`[` + v4 + `]{}` + dom))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := stix.NewReader(bytes.NewReader(data))
		for n := 0; ; n++ {
			_, err := r.Next()
			var bad *stix.BadObject
			if err != nil && !errors.As(err, &bad) {
				return
			}
			if n > len(data) {
				t.Fatal("there are more objects than octets")
			}
		}
	})
}
