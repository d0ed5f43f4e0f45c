package exchange

import "testing"

// BenchmarkDecision measures a decision on an object and on all of its fields.
func BenchmarkDecision(b *testing.B) {
	_, table := exampleRedactor(b)
	e := parse(b, phishing)
	tables := kinds(b)
	f := EventFacts(e, tables)
	ask := signedRequest()
	b.ReportMetric(float64(len(e.Fields())), "fields")
	b.ReportAllocs()
	for b.Loop() {
		d := table.Decide(f, ask)
		for _, field := range e.Fields() {
			d.Field(eventKind(field.Key, field.Value), field.Key)
		}
	}
}

// BenchmarkFacts measures what an event says of itself.
func BenchmarkFacts(b *testing.B) {
	e := parse(b, phishing)
	tables := kinds(b)
	b.ReportAllocs()
	for b.Loop() {
		EventFacts(e, tables)
	}
}

// BenchmarkEvent measures the copy of an event, decided, redacted and searched.
func BenchmarkEvent(b *testing.B) {
	red, table := exampleRedactor(b)
	e := parse(b, phishing)
	f := EventFacts(e, kinds(b))
	ask := signedRequest()
	b.ReportAllocs()
	for b.Loop() {
		d := table.Decide(f, ask)
		red.Event(e, &d)
	}
}
