package agreement

import (
	"testing"
	"time"

	"pahra/wire/values"
)

// BenchmarkTable measures policy evaluation alone: a decision on an object and on its fields, whatever the format.
func BenchmarkTable(b *testing.B) {
	table, err := Compile(read(b, example(b)), "cert-nadia", "cert-atlantica")
	if err != nil {
		b.Fatal(err)
	}
	f := &Facts{TLP: values.TLPGreen, Kind: someCodes()[2], Concerns: []Concern{{Side: "source", Country: "XN", Domain: "login.bank.example"}, {Side: "destination", ASN: 64496}}}
	ask := Request{At: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Standing: Standing{Signed: []string{"cert-nadia", "cert-atlantica"}}}
	paths := []string{"source.ip", "source.fqdn", "source.port", "classification.type", "time.source", "feed.provider", "extra.a", "raw", "unknown", "destination.ip"}
	b.ReportMetric(float64(len(paths)), "fields")
	b.ReportAllocs()
	for b.Loop() {
		d := table.Decide(f, ask)
		if d.Verdict != Released {
			b.Fatal(d.String())
		}
		for _, p := range paths {
			d.Field(Text, p)
		}
	}
}
