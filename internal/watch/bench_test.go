package watch_test

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"syscall"
	"testing"
	"time"

	"pahra/internal/routes"
	"pahra/internal/watch"
)

// BenchmarkRate feeds a whole table and then updates at 50,000 announcements a second, through interner and table alone
// and then through the engine with all detectors. What the engine takes more is the judgement: in processor time, so
// that the garbage collector counts and other programs do not. See docs/operations.md.
func BenchmarkRate(b *testing.B) {
	const rate, seconds = 50_000, 120
	net := newInternet()
	facts := net.facts()
	for b.Loop() {
		bare, judged := newBareSink(), newJudgingSink(facts)
		without := play(net, bare, rate, seconds, nil)
		bare = nil
		with := play(net, judged, rate, seconds, nil)
		b.ReportMetric(float64(with.announced)/with.wall.Seconds(), "announcements/s")
		judgement := perAnnouncement(with) - perAnnouncement(without)
		b.ReportMetric(judgement, "judgement-ns/announcement")
		b.ReportMetric(perAnnouncement(without), "table-ns/announcement")
		b.ReportMetric(judgement*50_000/1e9*100, "core-%@50k")
		b.ReportMetric(100*float64(without.sets)/float64(without.announced), "new-sets-%")
		b.Logf("table alone: %s\nwith the judgement: %s\n%v", without, with, judged.finish())
	}
}

// BenchmarkDay feeds a whole table and then a day of updates at 60 a second, and looks at the heap after each hour. The
// slope is that of the last twelve hours, of the engine with its table; a table and interner that never forget are logged
// beside it.
func BenchmarkDay(b *testing.B) {
	const rate, seconds = 60, 86_400
	net := newInternet()
	facts := net.facts()
	for b.Loop() {
		var bareHeap, heap []float64
		without := play(net, newBareSink(), rate, seconds, &bareHeap)
		judged := newJudgingSink(facts)
		with := play(net, judged, rate, seconds, &heap)
		b.ReportMetric(perAnnouncement(with)-perAnnouncement(without), "judgement-ns/announcement")
		b.ReportMetric(heap[len(heap)-1], "heap-MiB")
		b.ReportMetric(slope(heap[12:]), "growth-MiB/h")
		b.ReportMetric(100*float64(without.sets)/float64(without.announced), "new-sets-%")
		b.Logf("table alone: %s\nwith the judgement: %s\n%v\nheap after each hour, MiB: table alone, never forgetting %.0f\nwith the judgement %.0f", without, with, judged.finish(), bareHeap, heap)
	}
}

// taken is what feeding a stream came to; without the first table.
type taken struct {
	announced, withdrawn int
	sets                 int // new attribute sets, less those forgotten whose numbers were given again
	cpu, wall            time.Duration
}

func (t taken) String() string {
	return fmt.Sprintf("%d announcements, %d withdrawals, %d new attribute sets in %s (%s of processors)",
		t.announced, t.withdrawn, t.sets, t.wall.Round(time.Millisecond), t.cpu.Round(time.Millisecond))
}

func perAnnouncement(t taken) float64 { return float64(t.cpu.Nanoseconds()) / float64(t.announced) }

// slope gives the least-squares slope of values an hour apart.
func slope(y []float64) float64 {
	n := float64(len(y))
	var sx, sy, sxx, sxy float64
	for i, v := range y {
		x := float64(i)
		sx, sy, sxx, sxy = sx+x, sy+v, sxx+x*x, sxy+x*v
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// sink takes a stream.
type sink interface {
	peer(key routes.PeerKey) routes.PeerID
	take(list []update)
	interned() int
}

// play feeds the table and then seconds of updates; heap, if not nil, gets the live heap in MiB after each hour.
func play(net *internet, to sink, rate, seconds int, heap *[]float64) (t taken) {
	peers := make([]routes.PeerID, net.peers())
	for i := range peers {
		peers[i] = to.peer(net.peerKey(i))
	}
	g := net.generator(peers)
	for g.table() {
		to.take(g.list)
	}
	runtime.GC()
	before := to.interned()
	for hour := 3600; g.sec < benchStart+int64(seconds); {
		g.updates(rate, benchStart+int64(seconds))
		cpu, wall := processorTime(), time.Now()
		pprof.Do(context.Background(), pprof.Labels("part", "updates"), func(context.Context) { to.take(g.list) })
		t.cpu += processorTime() - cpu
		t.wall += time.Since(wall)
		for ; heap != nil && g.sec >= benchStart+int64(hour); hour += 3600 {
			g.list, g.buf = nil, nil // lest they be counted: a session's whole table makes them grow
			*heap = append(*heap, liveHeap())
		}
	}
	t.announced, t.withdrawn, t.sets = g.announced, g.withdrawn, to.interned()-before
	return t
}

func liveHeap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// processorTime is what the program has used of all processors.
func processorTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// bareSink keeps the table and judges nothing.
type bareSink struct{ table *routes.Table }

func newBareSink() *bareSink { return &bareSink{routes.NewTable(routes.NewInterner())} }

func (s *bareSink) interned() int { return s.table.Interner().Len() }

func (s *bareSink) peer(key routes.PeerKey) routes.PeerID {
	id, _ := s.table.Peers.ID(key)
	return id
}

func (s *bareSink) take(list []update) {
	in := s.table.Interner()
	for i := range list {
		switch u := &list[i]; u.kind {
		case kindTable:
			s.table.Load(u.peer, u.prefix, 0, in.ID(u.raw, true, true), u.sec)
		case kindAnnounce:
			s.table.Announce(u.peer, u.prefix, 0, in.ID(u.raw, true, false), u.sec)
		case kindWithdraw:
			s.table.Withdraw(u.peer, u.prefix, 0, u.sec)
		case kindState:
			s.table.SetState(u.peer, u.state, u.sec)
		}
	}
}

// judgingSink is the engine.
type judgingSink struct {
	bareSink
	engine *watch.Engine
	last   int64
}

func newJudgingSink(facts watch.Facts) *judgingSink {
	s := &judgingSink{bareSink: *newBareSink()}
	s.engine = watch.New(watch.Defaults(), s.table)
	s.engine.SetFacts(facts)
	s.engine.ForgetUnused(func(func(routes.AttrID) bool) {}) // elements are fed as soon as they are numbered
	return s
}

func (s *judgingSink) take(list []update) {
	in := s.table.Interner()
	for i := range list {
		u := &list[i]
		ev := watch.Event{Sec: u.sec, Kind: elemKinds()[u.kind], Peer: u.peer, Prefix: u.prefix, State: u.state, File: "bench", Raw: u.raw}
		if u.kind <= kindAnnounce {
			ev.Attr = in.ID(u.raw, true, u.kind == kindTable)
		}
		s.engine.Feed(&ev)
		s.last = u.sec
	}
}

// finish gives the number of incidents by kind.
func (s *judgingSink) finish() map[watch.Kind]int {
	count := make(map[watch.Kind]int)
	for _, i := range s.engine.Finish(s.last + 600) {
		count[i.Kind]++
	}
	return count
}
