package replay_test

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/replay"
	"pahra/internal/source/rislive"
	wire "pahra/wire/rislive"
)

// counted is a feed of so many events, of a few records in turn.
type counted struct {
	records [][]byte
	n       int
}

func (c *counted) Next(context.Context) (replay.Event, error) {
	if c.n == 0 {
		return replay.Event{}, io.EOF
	}
	c.n--
	return replay.Event{Collector: "rrc00", Record: c.records[c.n%len(c.records)], Told: start}, nil
}

func manyRecords(b *testing.B) (list [][]byte) {
	for i := range 256 {
		list = append(list, announce(b, i, 0))
	}
	return list
}

// BenchmarkServer is how fast messages go to one client that throws them away unread; ns/op is for one message, and the
// client's share is in it.
func BenchmarkServer(b *testing.B) {
	s, address := server(b, replay.Options{Wait: true})
	c := dial(b, address, wire.Subscription{Raw: true})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			_, r, err := c.Reader(context.Background())
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				return
			}
		}
	}()
	feed := &counted{manyRecords(b), b.N}
	b.ReportAllocs()
	b.ResetTimer()
	must(b, s.Run(b.Context(), feed))
	b.StopTimer()
	b.SetBytes(s.Stats().Connections[0].Bytes / int64(b.N))
	must(b, s.Close())
	<-gone
}

// BenchmarkThrough is how fast messages go through the server and the true client, to a sink that only counts.
func BenchmarkThrough(b *testing.B) {
	s, address := server(b, replay.Options{Wait: true})
	sink := &countingSink{}
	src, err := rislive.New("bench", rislive.Config{URL: address}, sink, slog.New(slog.DiscardHandler))
	must(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- src.Run(ctx) }()
	feed := &counted{manyRecords(b), b.N}
	b.ReportAllocs()
	b.ResetTimer()
	must(b, s.Run(b.Context(), feed))
	for sink.n.Load() < int64(b.N) {
		runtime.Gosched()
	}
	b.StopTimer()
	cancel()
	must(b, <-done)
}

type countingSink struct{ n atomic.Int64 }

func (s *countingSink) Record(string, []byte) error { s.n.Add(1); return nil }
func (s *countingSink) Reached(string, time.Time)   {}
func (s *countingSink) Gap(source.Gap)              {}
