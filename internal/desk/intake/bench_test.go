//go:build unix

package intake

import (
	"bytes"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"pahra/internal/testdata"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

// generated makes a report of a type up, with the columns of the published schema in the order of their names but for the
// first.
func generated(tb testing.TB, schema *shadowserver.Schema, name string, lines int) (text []byte, bad int) {
	report, known := schema.Report(name)
	if !known {
		tb.Fatalf("there is no report %s", name)
	}
	var b bytes.Buffer
	bad, err := testdata.Report{Columns: report.Columns(), Lines: lines, Seed: 1, Duplicates: 0.05, Bad: 0.01,
		Day: time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC)}.Write(&b)
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes(), bad
}

// processorTime is what all threads have used: beside other programs the clock on the wall says little.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkShadowserver reads reports of 20,000 lines, of them 5 % duplicates and 1 % bad, on one processor.
func BenchmarkShadowserver(b *testing.B) {
	schema := realSchema(b, filepath.Join(testdata.Real(b), "cti", "shadowserver"))
	const lines = 20000
	for _, name := range []string{"scan_dns", "event4_sinkhole_http", "scan_ssl"} {
		text, bad := generated(b, schema, name, lines)
		for _, way := range []struct {
			name string
			raw  bool
			json bool
		}{{"parse", false, false}, {"raw", true, false}, {"json", true, true}} {
			b.Run(name+"/"+way.name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				var line []byte
				before := processorTime(b)
				for b.Loop() {
					events, refused := 0, 0
					err := Read("shadowserver", bytes.NewReader(text), Options{Name: name + ".csv", Schema: schema, Observed: time.Unix(1, 0), Raw: way.raw}, Out{
						Event: func(e *intelmq.Event, _ []byte) error {
							if way.json {
								line = e.AppendJSON(line[:0])
							}
							events++
							return nil
						},
						Bad: func(string, error, []byte) error { refused++; return nil },
					})
					if err != nil || events != lines-bad || refused != bad {
						b.Fatalf("%d events, %d bad, want %d: %v", events, refused, bad, err)
					}
				}
				b.ReportMetric((processorTime(b)-before).Seconds()*1e9/lines/float64(b.N), "cpu-ns/event")
				b.ReportMetric(float64(b.N)*lines/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
