//go:build unix

package reports

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/desk/party/partytest"
	"pahra/internal/service"
	"pahra/internal/store"
	"pahra/internal/testdata"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

// blend writes reports of Shadowserver: by lines 40 % scan_dns, 30 % event4_sinkhole_http and 30 % scan_ssl, of them 5 %
// duplicates and 1 % bad.
type blend struct {
	schema *shadowserver.Schema
	seed   uint64
}

func newBlend(b *testing.B) *blend {
	text, err := os.ReadFile(filepath.Join(testdata.Real(b), "cti", "shadowserver", "schema", "intelmq.json"))
	if err != nil {
		b.Fatal(err)
	}
	schema, err := shadowserver.ReadSchema(text)
	if err != nil {
		b.Fatal(err)
	}
	return &blend{schema: schema}
}

// write writes so many lines to files of a folder, one for each kind of report.
func (m *blend) write(b *testing.B, folder string, lines int) {
	for name, share := range map[string]int{"scan_dns": 40, "event4_sinkhole_http": 30, "scan_ssl": 30} {
		m.seed++
		report, _ := m.schema.Report(name)
		made := testdata.Report{Columns: report.Columns(), Lines: lines * share / 100, Seed: m.seed, Duplicates: 0.05, Bad: 0.01,
			Day: time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC)}
		f, err := os.Create(filepath.Join(folder, name+".csv"))
		if err == nil {
			_, err = made.Write(f)
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// takeIn takes the files of a folder in, from the first octet to stored cases, with every write synced.
func takeIn(b *testing.B, d *Desk, folder string) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.csv"))
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		_, err = d.Accept(context.Background(), f, Meta{Source: "shadowserver", Name: filepath.Base(path), Format: "shadowserver"})
		if err := errors.Join(err, f.Close()); err != nil {
			b.Fatal(err)
		}
	}
	if err := d.Drain(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// busyDesk is a desk that knows a table of a million prefixes of 2,000 networks.
func busyDesk(b *testing.B, m *blend) *rig {
	r := newRig(b)
	r.opt.Schema, r.opt.Now = m.schema, time.Now
	who := partytest.Internet(b, time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC), 2000)
	r.opt.Own = func(ctx context.Context, _ string, code class.Code, e *intelmq.Event) string {
		a := who.Judge(ctx, code, e)
		if a.Prefix.IsValid() {
			return a.Party
		}
		n, _ := strconv.Atoi(e.Text("source.asn")) // nobody announced it: one of those that the report makes up
		return "as:" + strconv.Itoa(n%2000)
	}
	return r
}

// BenchmarkIntake takes reports in. It tells processor time beside that
// of the clock, for machines that have other things to do.
func BenchmarkIntake(b *testing.B) {
	const lines = 100_000
	m := newBlend(b)
	r, folder := busyDesk(b, m), b.TempDir()
	var used time.Duration
	for b.Loop() {
		b.StopTimer()
		m.write(b, folder, lines)
		before := processorTime(b)
		b.StartTimer()
		takeIn(b, r.Desk, folder)
		used += processorTime(b) - before
	}
	all, err := r.store.Reports(context.Background(), store.ReportRead, store.DeskReport{}, 1000)
	if err != nil || len(all) != 3*b.N {
		b.Fatalf("%d reports were read, %v", len(all), err)
	}
	b.ReportMetric(used.Seconds()*1e6/lines/float64(b.N), "cpu-µs/line")
	b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkIntakeLong is BenchmarkIntake for ten million lines of one day: how fast the last million is beside the first, and
// how much memory it came to. It runs once, with -benchtime 1x and PAHRA_SOAK=1.
func BenchmarkIntakeLong(b *testing.B) {
	if os.Getenv("PAHRA_SOAK") == "" {
		b.Skip("ten million lines: set PAHRA_SOAK=1")
	}
	const million = 1_000_000
	defer service.LeanHeap(HeapGrowth)()
	m := newBlend(b)
	r, folder := busyDesk(b, m), b.TempDir()
	var took []time.Duration
	for range 10 {
		m.write(b, folder, million)
		began := time.Now()
		takeIn(b, r.Desk, folder)
		took = append(took, time.Since(began))
		b.Logf("a million lines in %s", took[len(took)-1])
	}
	all := time.Duration(0)
	for _, t := range took {
		all += t
	}
	b.ReportMetric(10*million/all.Seconds(), "lines/s")
	b.ReportMetric(took[0].Seconds()/took[9].Seconds(), "last/first")
	b.ReportMetric(peak(b), "peak-MiB")
}

// peak is the most memory that the process had, in MiB; 0 where the system does not tell.
func peak(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(n) / 1024
		}
	}
	return 0
}

// processorTime is what all threads have used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
