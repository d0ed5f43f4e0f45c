package exchange

import (
	"syscall"
	"testing"
	"time"
)

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

// BenchmarkStories measures the copies of objects of STIX, a small story at a time: decided, redacted and searched, for each object.
func BenchmarkStories(b *testing.B) {
	red, _ := exampleRedactor(b)
	list, tables, ask := stories(b, 4000, 6), kinds(b), signedRequest()
	objects, octets := 0, 0
	start := processorTime(b)
	for i := 0; b.Loop(); i++ {
		story := list[i%len(list)]
		red.Objects(story, tables, ask)
		objects += len(story)
	}
	spent := processorTime(b) - start
	for _, story := range list {
		for _, o := range story {
			octets += len(o.Append(nil))
		}
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(objects), "cpu-µs/object")
	b.ReportMetric(float64(octets)/4000, "octets/object")
}

// processorTime gives how long the processors worked for this process, on whatever else they did beside.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
