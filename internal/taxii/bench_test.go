package taxii_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pahra/internal/store"
	"pahra/internal/taxii"
	wire "pahra/wire/taxii"
)

// BenchmarkPage asks for pages of 100 objects of a kilobyte from places drawn at random, without a network.
func BenchmarkPage(b *testing.B) {
	const objects = 20_000
	r := newRig(b)
	for n := 0; n < objects; n += 1000 {
		batch := make([]store.NewMember, 1000)
		for i := range batch {
			body := strings.Replace(indicator(n+i, "2016-01-01T00:00:00.000Z"), `"type"`, `"description":"`+strings.Repeat("x", 800)+`","type"`, 1)
			batch[i] = store.NewMember{Collection: commons, Object: indicatorID(n + i), Type: "indicator", Version: "2016-01-01T00:00:00.000Z", SpecVersion: "2.1", Digest: []byte{1}, Body: []byte(body)}
		}
		if _, err := r.store.AppendMembers(context.Background(), r.now(), batch); err != nil {
			b.Fatal(err)
		}
	}
	from := r.now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			after := wire.FormatTime(from.Add(time.Duration(rand.IntN(objects-200)) * time.Microsecond))
			q := httptest.NewRequest(http.MethodGet, fmt.Sprintf("%scollections/commons/objects/?limit=100&added_after=%s", taxii.RootPath, after), nil)
			as("ann")(q)
			w := httptest.NewRecorder()
			r.server.ServeHTTP(w, q)
			if w.Code != http.StatusOK || w.Body.Len() < 100_000 {
				b.Fatalf("%d with %d octets", w.Code, w.Body.Len())
			}
		}
	})
}
