package bmp

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"pahra/internal/source"
)

// counter is a sink that keeps nothing.
type counter struct{ records int }

func (c *counter) Record(string, []byte) error { c.records++; return nil }

func (c *counter) Reached(string, time.Time) {}

func (c *counter) Gap(source.Gap) {}

// BenchmarkSession measures how fast a router is heard: entries of its table, and news.
func BenchmarkSession(b *testing.B) {
	for name, table := range map[string]bool{"table": true, "news": false} {
		b.Run(name, func(b *testing.B) {
			hello := say(initiation("core1"), up(neighbour))
			if !table {
				hello = append(hello, say(route(neighbour, endOfRIB(v4)))...)
			}
			one := say(route(at(neighbour, 0), announce(b, "64500 64501 64502 64503", "198.51.100.0/24", "198.51.101.0/24")))
			var batch []byte
			const many = 100
			for range many {
				batch = append(batch, one...)
			}
			r := newRig(b, Config{})
			sink := &counter{}
			r.sink = sink
			here, there := net.Pipe()
			done := make(chan struct{})
			addr := netip.MustParseAddr("192.0.2.250")
			if err := r.admit(addr); err != nil {
				b.Fatal(err)
			}
			go func() { defer close(done); r.serve(b.Context(), there, addr) }()
			if _, err := here.Write(hello); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(one)))
			b.ReportAllocs()
			for i := 0; i < b.N; i += many {
				if _, err := here.Write(batch[:min(many, b.N-i)*len(one)]); err != nil {
					b.Fatal(err)
				}
			}
			here.Close()
			<-done
			if sink.records < b.N {
				b.Fatalf("%d records of %d messages", sink.records, b.N)
			}
		})
	}
}
