//go:build unix

package intake

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/routes/origins"
	"pahra/internal/testdata"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// internet makes a desk that knows a table of over a million prefixes, as many networks as there are, and 20,000
// constituents with a prefix and a domain each.
func internet(tb testing.TB, at time.Time) *party.Desk {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 9))
	var space origins.Builder
	networks := map[values.ASN]*party.Network{}
	var list []party.Constituent
	for n := 0; n < 850_000; n++ {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), 0}), 12+r.IntN(13)).Masked()
		asn := values.ASN(1 + r.IntN(90_000))
		space.Add(p, asn)
		if networks[asn] == nil {
			networks[asn] = party.NewNetwork(asn, fmt.Sprintf("NETWORK-%d", asn), "IN")
		}
		if n < 20_000 {
			inside := netip.PrefixFrom(p.Addr(), 28).String()
			list = append(list, party.Constituent{ID: fmt.Sprint(n), Name: "Name", Selectors: []party.Selector{{Kind: party.ByPrefix, Value: inside},
				{Kind: party.ByDomain, Value: fmt.Sprintf("c%d.example", n)}}})
		}
	}
	for n := 0; n < 250_000; n++ {
		p := netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}), 28+r.IntN(21)).Masked()
		space.Add(p, values.ASN(1+r.IntN(90_000)))
	}
	for n := 0; ; n++ { // some of those that were made are the same
		if n%4096 == 0 && space.Len() >= 1_000_000 {
			break
		}
		space.Add(netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), 0}), 24), values.ASN(1+r.IntN(90_000)))
	}
	directory, err := party.NewDirectory(list)
	if err != nil {
		tb.Fatal(err)
	}
	policy, err := party.DefaultPolicy()
	if err != nil {
		tb.Fatal(err)
	}
	table := space.Build(at)
	if table.Len() < 1_000_000 {
		tb.Fatalf("%d prefixes", table.Len())
	}
	return &party.Desk{Directory: directory, Policy: policy, Space: origins.NewSeries(48*time.Hour, false, table), Networks: networks, Contacts: &party.Contacts{}}
}

// BenchmarkEnriched reads, classes and enriches reports on all processors, one report each: over a table of a million
// prefixes, of each type and of 40 % scan_dns, 30 % event4_sinkhole_http, 30 % scan_ssl by lines.
func BenchmarkEnriched(b *testing.B) {
	schema := realSchema(b, filepath.Join(testdata.Real(b), "cti", "shadowserver"))
	desk := internet(b, time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC))
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
	desk := internet(b, time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC))
	r := rand.New(rand.NewPCG(5, 5))
	events := make([]*intelmq.Event, 4096)
	for i := range events {
		events[i] = new(intelmq.Event)
		events[i].Set("source.ip", intelmq.Value{Text: netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}).String()})
		events[i].Set("time.source", intelmq.Value{Text: "2026-03-24T12:00:00+00:00"})
	}
	code := class.Code{Class: "vulnerable", Type: "vulnerable-system"}
	before, n := processorTime(b), 0
	for b.Loop() {
		e := *events[n%len(events)].Clone()
		desk.Judge(context.Background(), code, &e)
		n++
	}
	b.ReportMetric(float64(n)/(processorTime(b)-before).Seconds(), "lookups/cpu-s")
}
