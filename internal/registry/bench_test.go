package registry

import (
	"testing"

	"pahra/wire/values"
)

// hierarchy is a synthetic Internet of 80,000 networks and 400,000 relations: each network buys from two of the
// lower-numbered and peers with three.
func hierarchy() *Builder {
	b := NewBuilder()
	state := uint32(1)
	draw := func(n int) int {
		state = state*1664525 + 1013904223
		return int(uint64(state) * uint64(n) >> 32)
	}
	for i := 1; i < 80_000; i++ {
		for k := range 5 {
			rel, other := ProviderOf, draw(min(i, 1+i/5))
			if k >= 2 {
				rel, other = PeerOf, draw(80_000)
			}
			b.AddRelation(Source{}, values.ASN(1+other), rel, values.ASN(1+i))
		}
	}
	return b
}

func BenchmarkBuild(b *testing.B) {
	builder := hierarchy()
	b.ReportAllocs()
	for b.Loop() {
		builder.Build()
	}
}

func BenchmarkRelation(b *testing.B) {
	r := hierarchy().Build()
	i := uint32(0)
	for b.Loop() {
		i++
		r.Relation(values.ASN(1+i*2654435761%80_000), values.ASN(1+i%80_000))
	}
}

func BenchmarkInCone(b *testing.B) {
	r := hierarchy().Build()
	i := uint32(0)
	for b.Loop() {
		i++
		r.InCone(values.ASN(1+i%1000), values.ASN(1+i*2654435761%80_000))
	}
}

func BenchmarkInConeWithoutMemory(b *testing.B) {
	r := hierarchy().Build()
	r.cones.left.Store(0)
	i := uint32(0)
	for b.Loop() {
		i++
		r.InCone(values.ASN(1+i%1000), values.ASN(1+i*2654435761%80_000))
	}
}

func BenchmarkSibling(b *testing.B) {
	builder := hierarchy()
	for i := range 80_000 {
		builder.AddAutNum(Source{}, AutNum{ASN: values.ASN(1 + i), OrgID: values.ASN(i / 3).String(), Registry: "RIPE", Authenticated: true})
	}
	r := builder.Build()
	i := uint32(0)
	for b.Loop() {
		i++
		r.Sibling(values.ASN(1+i%80_000), values.ASN(1+i*2654435761%80_000))
	}
}
