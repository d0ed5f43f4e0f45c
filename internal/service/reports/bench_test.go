//go:build unix

package reports

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/store"
	"pahra/internal/testdata"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

// BenchmarkIntake takes reports in, from a file to stored cases with every write synced: by lines 40 % scan_dns, 30 %
// event4_sinkhole_http and 30 % scan_ssl, of them 5 % duplicates and 1 % bad. It tells processor time beside that of the
// clock, for machines that have other things to do.
func BenchmarkIntake(b *testing.B) {
	const lines = 100_000
	text, err := os.ReadFile(filepath.Join(testdata.Real(b), "cti", "shadowserver", "schema", "intelmq.json"))
	if err != nil {
		b.Fatal(err)
	}
	schema, err := shadowserver.ReadSchema(text)
	if err != nil {
		b.Fatal(err)
	}
	r := newRig(b)
	r.opt.Schema, r.opt.Now = schema, time.Now
	r.opt.Own = func(_ context.Context, _ string, _ class.Code, e *intelmq.Event) string { // of a country with 2,000 networks
		n, _ := strconv.Atoi(e.Text("source.asn"))
		return "as:" + strconv.Itoa(n%2000)
	}
	made := func(seed uint64, name string, lines int) []byte {
		report, _ := schema.Report(name)
		var text bytes.Buffer
		if _, err := (testdata.Report{Columns: report.Columns(), Lines: lines, Seed: seed, Duplicates: 0.05, Bad: 0.01,
			Day: time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC)}).Write(&text); err != nil {
			b.Fatal(err)
		}
		return text.Bytes()
	}
	var used time.Duration
	var seed uint64
	for b.Loop() {
		b.StopTimer()
		for name, share := range map[string]int{"scan_dns": 40, "event4_sinkhole_http": 30, "scan_ssl": 30} {
			seed++
			_, err := r.Accept(context.Background(), bytes.NewReader(made(seed, name, lines*share/100)), Meta{Source: "shadowserver",
				Name: name + ".csv", Format: "shadowserver"})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		before := processorTime(b)
		if err := r.Drain(context.Background()); err != nil {
			b.Fatal(err)
		}
		used += processorTime(b) - before
	}
	all, err := r.store.Reports(context.Background(), store.ReportRead, store.DeskReport{}, 1000)
	if err != nil || len(all) != 3*b.N {
		b.Fatalf("%d reports were read, %v", len(all), err)
	}
	b.ReportMetric(used.Seconds()*1e6/lines/float64(b.N), "cpu-µs/line")
	b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// processorTime is what all threads have used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
