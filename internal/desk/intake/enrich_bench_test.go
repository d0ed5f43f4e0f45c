//go:build unix

package intake

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/desk/party/partytest"
	"pahra/internal/testdata"
	"pahra/wire/intelmq"
)

// BenchmarkEnriched reads, classes and enriches reports on all processors, one report each: over a table of a million
// prefixes, of each type and of 40 % scan_dns, 30 % event4_sinkhole_http, 30 % scan_ssl by lines.
func BenchmarkEnriched(b *testing.B) {
	schema := realSchema(b, filepath.Join(testdata.Real(b), "cti", "shadowserver"))
	desk := partytest.Internet(b, time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC), 90_000)
	classes, err := class.Load()
	if err != nil {
		b.Fatal(err)
	}
	const lines = 20_000
	types := []string{"scan_dns", "event4_sinkhole_http", "scan_ssl"}
	made := map[string][]byte{}
	for _, name := range types {
		made[name], _ = generated(b, schema, name, lines)
		made["mix/"+name], _ = generated(b, schema, name, lines*map[string]int{"scan_dns": 40, "event4_sinkhole_http": 30, "scan_ssl": 30}[name]/100)
	}
	read := func(name string, text []byte) (events, found int64) {
		err := Read("shadowserver", bytes.NewReader(text), Options{Name: name + ".csv", Schema: schema, Observed: time.Unix(1, 0)}, Out{
			Event: func(e *intelmq.Event, _ []byte) error {
				if a := desk.Judge(context.Background(), classes.Of(e), e); a.Prefix.IsValid() {
					found++
				}
				events++
				return nil
			},
			Bad: func(string, error, []byte) error { return nil },
		})
		if err != nil {
			b.Error(err)
		}
		return events, found
	}
	runtime.GC() // what making it left is not what is measured
	for _, way := range []string{"scan_dns", "event4_sinkhole_http", "scan_ssl", "mix"} {
		b.Run(way, func(b *testing.B) {
			var events, found atomic.Int64
			before := processorTime(b)
			for b.Loop() {
				var all sync.WaitGroup
				for range runtime.GOMAXPROCS(0) {
					all.Go(func() {
						for _, name := range types {
							text := made["mix/"+name]
							if way == name {
								text = made[name]
							} else if way != "mix" {
								continue
							}
							n, known := read(name, text)
							events.Add(n)
							found.Add(known)
						}
					})
				}
				all.Wait()
			}
			if found.Load() < events.Load()/2 {
				b.Errorf("of %d events only %d have an address that was announced", events.Load(), found.Load())
			}
			b.ReportMetric((processorTime(b)-before).Seconds()*1e9/float64(events.Load()), "cpu-ns/event")
			b.ReportMetric(float64(events.Load())/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkJudge tells whom events with an address concern, on one processor.
func BenchmarkJudge(b *testing.B) {
	desk := partytest.Internet(b, time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC), 90_000)
	r := rand.New(rand.NewPCG(5, 5))
	events := make([]*intelmq.Event, 4096)
	for i := range events {
		events[i] = new(intelmq.Event)
		events[i].Set("source.ip", intelmq.Value{Text: netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}).String()})
		events[i].Set("time.source", intelmq.Value{Text: "2026-03-24T12:00:00+00:00"})
	}
	code := class.Code{Class: "vulnerable", Type: "vulnerable-system"}
	runtime.GC() // what making it left is not what is measured
	before, n := processorTime(b), 0
	for b.Loop() {
		e := *events[n%len(events)].Clone()
		desk.Judge(context.Background(), code, &e)
		n++
	}
	b.ReportMetric(float64(n)/(processorTime(b)-before).Seconds(), "lookups/cpu-s")
}
