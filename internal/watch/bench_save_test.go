package watch_test

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"pahra/internal/watch"
)

// BenchmarkSave saves and restores an engine with a million prefixes of ten peers, after some minutes of updates, and asks
// it what changed. See docs/operations.md.
func BenchmarkSave(b *testing.B) {
	net := newInternet()
	net.prefixes, net.nPeer = 1_000_000, 10
	facts := net.facts()
	judged := newJudgingSink(facts)
	taken := play(net, judged, 20_000, 120, nil)
	b.Logf("fed: %s", taken)
	path := filepath.Join(b.TempDir(), "checkpoint")
	for b.Loop() {
		size, peak, spent := saveTo(b, judged.engine, path)
		mib := float64(size) / (1 << 20)
		b.ReportMetric(mib, "MiB")
		b.ReportMetric(mib/spent.Seconds(), "save-MiB/cpu-s")
		b.ReportMetric(peak, "save-alloc-MiB")
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		start, cpu := time.Now(), processorTime()
		restored, err := watch.Restore(bufio.NewReaderSize(f, 1<<20), watch.Defaults(), facts)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(mib/(processorTime()-cpu).Seconds(), "restore-MiB/cpu-s")
		b.ReportMetric(time.Since(start).Seconds(), "restore-s")
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		start = time.Now()
		n := len(restored.Changed())
		b.ReportMetric(time.Since(start).Seconds()*1000, "told-all-ms")
		start = time.Now()
		restored.Changed()
		b.ReportMetric(float64(time.Since(start).Microseconds()), "told-none-us")
		vrpsOnly := facts
		vrpsOnly.VRPs = net.facts().VRPs
		start = time.Now()
		restored.SetFacts(vrpsOnly)
		b.ReportMetric(time.Since(start).Seconds(), "set-vrps-s")
		other := net.facts()
		start = time.Now()
		restored.SetFacts(other)
		b.ReportMetric(time.Since(start).Seconds(), "set-facts-s")
		b.Logf("%d incidents", n)
		runtime.KeepAlive(judged)
	}
}

// BenchmarkChanged asks four times a second of 20,000 announcements what changed, with a million prefixes of ten peers.
func BenchmarkChanged(b *testing.B) {
	net := newInternet()
	net.prefixes, net.nPeer = 1_000_000, 10
	facts := net.facts()
	for b.Loop() {
		asking := &askingSink{judgingSink: *newJudgingSink(facts)}
		play(net, asking, 20_000, 300, nil)
		b.ReportMetric(float64(asking.spent.Microseconds())/float64(asking.asked), "us/call")
		b.ReportMetric(float64(asking.longest.Microseconds()), "longest-us")
		b.ReportMetric(float64(asking.told)/float64(asking.asked), "told/call")
		b.Logf("%d calls, %d incidents told", asking.asked, asking.told)
	}
}

// askingSink asks the engine what changed, every 5,000 elements behind the first tables.
type askingSink struct {
	judgingSink
	asked, told    int
	spent, longest time.Duration
}

func (s *askingSink) take(list []update) {
	for len(list) > 0 {
		n := min(5000, len(list))
		s.judgingSink.take(list[:n])
		if list[0].kind != kindTable {
			start := time.Now()
			s.told += len(s.engine.Changed())
			took := time.Since(start)
			s.asked, s.spent, s.longest = s.asked+1, s.spent+took, max(s.longest, took)
		}
		list = list[n:]
	}
}

// saveTo gives the octets written, what Save allocated in all, in MiB, and the processor time it took.
func saveTo(b *testing.B, e *watch.Engine, path string) (size int64, allocated float64, spent time.Duration) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processorTime()
	if err := e.Save(f); err != nil {
		b.Fatal(err)
	}
	spent = processorTime() - start
	runtime.ReadMemStats(&after)
	size, err = f.Seek(0, io.SeekEnd)
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return size, float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20), spent
}
