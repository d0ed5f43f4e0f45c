package exchange

import (
	"context"
	"testing"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/store"
)

// filled is an office whose partner sees some thousands of objects, and the first pages of them.
func filled(b *testing.B) (o *office, c Collection, pages [][]store.Member) {
	o = opened(b, "objects: 20000, per: hour", "objects: 1000000, per: hour", "objects: 200000, per: day", "objects: 1000000, per: day")
	o.offer(b, stories(b, 10_000, 1)...)
	after := time.Time{}
	for range 40 {
		members, _, err := o.store.Members(context.Background(), store.MemberQuery{Collection: o.collection, After: after, Limit: 100})
		if err != nil || len(members) < 100 {
			b.Fatalf("%d members, %v", len(members), err)
		}
		pages, after = append(pages, members), members[99].Added
	}
	return o, Collection{ID: o.collection, Partner: "cert-atlantica", Agreement: "nadia-atlantica"}, pages
}

// BenchmarkGate measures what deciding on a page of 100 objects takes: by stored decisions, and by decisions made at reading.
func BenchmarkGate(b *testing.B) {
	o, c, pages := filled(b)
	bothWays(b, o, len(pages), func(b *testing.B, n int) int {
		rows, err := o.x.Leave(context.Background(), Caller{}, c, pages[n], o.now())
		if err != nil {
			b.Fatal(err)
		}
		return len(rows)
	})
}

// BenchmarkPage measures a page of 100 objects as it is asked for, but for HTTP: rights, members, gate, record.
func BenchmarkPage(b *testing.B) {
	o, _, pages := filled(b)
	bothWays(b, o, len(pages), func(b *testing.B, n int) int { return len(o.page(b, pages[n][0].Added, 100).Rows) })
}

// bothWays measures what gives the rows of a page, by its number: by stored decisions, and by decisions made at reading.
func bothWays(b *testing.B, o *office, pages int, read func(b *testing.B, n int) int) {
	for _, mode := range []struct {
		name string
		live bool
	}{{"stored", false}, {"live", true}} {
		b.Run(mode.name, func(b *testing.B) {
			o.x.Live = mode.live
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if rows := read(b, n%pages); rows != 100 {
					b.Fatalf("%d rows", rows)
				}
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/object")
		})
	}
}

// BenchmarkPolicy measures what the evaluation of policy alone takes for an object: the decision on its item and the ruling on each of its
// properties, the copy, and the search of it for what is withheld.
func BenchmarkPolicy(b *testing.B) {
	o := opened(b)
	items := stories(b, 2000, 1)
	t, err := o.x.current(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	e, _ := t.accords["nadia-atlantica"].at(o.now())
	ask := agreement.Request{At: o.now(), Standing: e.standing}
	objects, n := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		it := items[n%len(items)]
		e.redactor.Item(it.Objects, agreement.Facts{}, o.x.kinds, ask)
		objects += len(it.Objects)
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(objects), "ns/object")
}
