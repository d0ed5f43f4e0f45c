package exchange

import "testing"

// BenchmarkObjects measures the copies of a story of 13 objects of STIX, decided, redacted and searched; and what of that the decision alone takes.
func BenchmarkObjects(b *testing.B) {
	red, _ := redactor(b, stixText(b), 1)
	objects, tables, ask := exampleHit.objects(b), kinds(b), signedRequest()
	b.Run("copies", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			red.Objects(objects, tables, ask)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(objects)), "ns/object")
	})
}
