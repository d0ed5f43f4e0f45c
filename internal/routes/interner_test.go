package routes_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/routes"
	"pahra/wire/bgp"
	"pahra/wire/values"
)

// attr builds one attribute with a length of one octet.
func attr(flags, code byte, value ...byte) []byte {
	return append([]byte{flags, code, byte(len(value))}, value...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// path encodes an AS_PATH attribute of one sequence.
func path(as4 bool, asns ...uint32) []byte {
	return segments(as4, segment{2, asns})
}

type segment struct {
	kind byte
	asns []uint32
}

func segments(as4 bool, list ...segment) []byte { return attr(0x40, 2, segmentBytes(as4, list...)...) }

func segmentBytes(as4 bool, list ...segment) (b []byte) {
	for _, s := range list {
		b = append(b, s.kind, byte(len(s.asns)))
		for _, a := range s.asns {
			if as4 {
				b = binary.BigEndian.AppendUint32(b, a)
			} else {
				b = binary.BigEndian.AppendUint16(b, uint16(a))
			}
		}
	}
	return b
}

var (
	origin  = attr(0x40, 1, 0)
	nextHop = attr(0x40, 3, 192, 0, 2, 1)
)

func communities(list ...uint32) []byte {
	var v []byte
	for _, c := range list {
		v = binary.BigEndian.AppendUint32(v, c)
	}
	return attr(0xc0, 8, v...)
}

func pathOf(in *routes.Interner, id routes.AttrID) []values.ASN {
	return in.AppendPath(nil, in.Attr(id).Path)
}

func TestSetsThatDifferOnlyInPrefixesAreOne(t *testing.T) {
	in := routes.NewInterner()
	reach := func(last byte) []byte {
		v := append([]byte{0, 2, 1, 16}, make([]byte, 16)...)
		return attr(0x80, 14, append(v, 0, 32, 0x20, 1, 0xd, last)...)
	}
	unreach := attr(0x80, 15, 0, 2, 1, 32, 0x20, 1, 0xd, 0xb8)
	extended := append([]byte{0x90, 15, 0, 3}, 0, 2, 1)
	p := path(true, 64500, 64501)
	want := in.ID(join(origin, p), true, false)
	for name, raw := range map[string][]byte{
		"MP_REACH_NLRI last":    join(origin, p, reach(1)),
		"another prefix":        join(origin, p, reach(2)),
		"MP_REACH_NLRI first":   join(reach(1), origin, p),
		"both in the middle":    join(origin, reach(3), unreach, p),
		"with extended length":  join(origin, extended, p),
		"twice the same prefix": join(origin, p, reach(1), reach(1)),
	} {
		if got := in.ID(raw, true, false); got != want {
			t.Errorf("%s: set %d, want %d", name, got, want)
		}
	}
	if got := in.ID(join(origin, p, nextHop), true, false); got == want {
		t.Error("another NEXT_HOP is the same set")
	}
	if in.Len() != 2 || in.Paths() != 1 {
		t.Errorf("%d sets, %d paths; want 2 and 1", in.Len(), in.Paths())
	}
}

// TestPrefixAttributesDoNotTaint: what one UPDATE had wrong with its prefixes says nothing of other UPDATEs with the same
// attributes.
func TestPrefixAttributesDoNotTaint(t *testing.T) {
	in := routes.NewInterner()
	broken := attr(0x80, 14, 0, 2, 1, 99)
	in.ID(join(origin, path(true, 64500, 64501), broken), true, false)
	id := in.ID(join(origin, path(true, 64500, 64501)), true, false)
	if f := in.Attr(id).Flags; f&routes.Malformed != 0 {
		t.Error("a well-formed set is called malformed for another's MP_REACH_NLRI")
	}
}

func TestTwoAndFourOctetsAreKeptApart(t *testing.T) {
	in := routes.NewInterner()
	raw := segments(true, segment{2, []uint32{0x0002_0001, 0x0002_0002}}) // read with two octets: another path
	four, two := in.ID(raw, true, false), in.ID(raw, false, false)
	if four == two {
		t.Fatal("one set for both widths")
	}
	if in.Attr(four).Flags&routes.TwoOctet != 0 || in.Attr(two).Flags&routes.TwoOctet == 0 {
		t.Error("TwoOctet is wrong")
	}
	if in.Attr(four).Origin != 0x0002_0002 {
		t.Errorf("origin AS%d", in.Attr(four).Origin)
	}
}

func TestAttr(t *testing.T) {
	tests := []struct {
		name  string
		raw   []byte
		as4   bool
		path  []values.ASN
		want  routes.Attr // but for Path
		empty bool
	}{
		{name: "plain", raw: path(true, 64500, 64501, 64502), as4: true,
			path: []values.ASN{64500, 64501, 64502}, want: routes.Attr{Origin: 64502}},
		{name: "prepends are collapsed", raw: path(true, 64500, 64500, 64501, 64502, 64502, 64502), as4: true,
			path: []values.ASN{64500, 64501, 64502}, want: routes.Attr{Origin: 64502}},
		{name: "a path poisoned stays as it is", raw: path(true, 64500, 64501, 64500), as4: true,
			path: []values.ASN{64500, 64501, 64500}, want: routes.Attr{Origin: 64500}},
		{name: "prepends over two segments", raw: segments(true, segment{2, []uint32{1, 2}}, segment{2, []uint32{2, 3}}), as4: true,
			path: []values.ASN{1, 2, 3}, want: routes.Attr{Origin: 3}},
		{name: "ends in an AS_SET", raw: segments(true, segment{2, []uint32{1, 2}}, segment{1, []uint32{3}}), as4: true,
			path: []values.ASN{1, 2}, want: routes.Attr{Flags: routes.HasSet}},
		{name: "AS_SET in between", raw: segments(true, segment{2, []uint32{1}}, segment{1, []uint32{5, 6}}, segment{2, []uint32{3}}),
			as4: true, path: []values.ASN{1, 3}, want: routes.Attr{Origin: 3, Flags: routes.HasSet}},
		{name: "confederation", raw: segments(true, segment{3, []uint32{65001, 65002}}), as4: true,
			want: routes.Attr{Flags: routes.HasSet}, empty: true},
		{name: "confederation before a sequence", raw: segments(true, segment{3, []uint32{65001}}, segment{2, []uint32{7}}), as4: true,
			path: []values.ASN{7}, want: routes.Attr{Origin: 7, Flags: routes.HasSet}},
		{name: "empty path", raw: attr(0x40, 2), as4: true, empty: true},
		{name: "an empty segment", raw: path(true), as4: true, want: routes.Attr{Flags: routes.Malformed}, empty: true},
		{name: "no path at all", raw: origin, as4: true, empty: true},
		{name: "RFC 7999", raw: join(path(true, 1, 2), communities(0x00010002, 0xffff029a)), as4: true,
			path: []values.ASN{1, 2}, want: routes.Attr{Origin: 2, Flags: routes.Blackhole}},
		{name: "x:666", raw: join(path(true, 1, 2), communities(3356<<16|666)), as4: true,
			path: []values.ASN{1, 2}, want: routes.Attr{Origin: 2, Flags: routes.Blackhole}},
		{name: "666:x is none", raw: join(path(true, 1, 2), communities(666<<16|1)), as4: true,
			path: []values.ASN{1, 2}, want: routes.Attr{Origin: 2}},
		{name: "OTC", raw: join(path(true, 1, 2), attr(0xc0, 35, 0, 0, 0, 1)), as4: true,
			path: []values.ASN{1, 2}, want: routes.Attr{Origin: 2, OTC: 1}},
		{name: "a bad ORIGIN is to be taken as withdrawn", raw: join(attr(0x40, 1, 9), path(true, 1, 2)), as4: true,
			path: []values.ASN{1, 2}, want: routes.Attr{Origin: 2, Flags: routes.Malformed}},
		{name: "cut short", raw: join(path(true, 1, 2), []byte{0x40, 3, 4, 192}), as4: true,
			path: []values.ASN{1, 2}, want: routes.Attr{Origin: 2, Flags: routes.Malformed}},
		{name: "AS_TRANS without AS4_PATH stays", raw: path(false, 100, 23456),
			path: []values.ASN{100, 23456}, want: routes.Attr{Origin: 23456, Flags: routes.TwoOctet}},
		{name: "AS4_PATH is merged", raw: join(path(false, 100, 200, 23456), attr(0xc0, 17, segmentBytes(true, segment{2, []uint32{200, 196_700}})...)),
			path: []values.ASN{100, 200, 196_700}, want: routes.Attr{Origin: 196_700, Flags: routes.TwoOctet}},
		{name: "a longer AS4_PATH is ignored", raw: join(path(false, 23456), attr(0xc0, 17, segmentBytes(true, segment{2, []uint32{9, 8, 7}})...)),
			path: []values.ASN{23456}, want: routes.Attr{Origin: 23456, Flags: routes.TwoOctet}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := routes.NewInterner()
			id := in.ID(tt.raw, tt.as4, false)
			got := in.Attr(id)
			if diff := cmp.Diff(tt.path, pathOf(in, id)); diff != "" {
				t.Error("path:", diff)
			}
			if (got.Path == 0) != tt.empty {
				t.Errorf("path id %d", got.Path)
			}
			got.Path = 0
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestNoAttr(t *testing.T) {
	in := routes.NewInterner()
	if in.Attr(0) != (routes.Attr{}) || in.AppendPath(nil, 0) != nil || in.Len() != 0 {
		t.Error("AttrID 0 stands for something")
	}
	if s := routes.PathString([]values.ASN{701, 1299, 64500}); s != "701 1299 64500" {
		t.Errorf("PathString gives %q", s)
	}
}

// TestInternerAgainstDecoding interns random sets and compares what it keeps with a plain decoding of each.
func TestInternerAgainstDecoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := routes.NewInterner()
		known := map[string]routes.AttrID{}
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			as4 := rapid.Bool().Draw(t, "as4")
			asns := rapid.SliceOfN(rapid.Uint32Range(1, 5), 0, 5).Draw(t, "path")
			raw := path(as4, asns...)
			if rapid.Bool().Draw(t, "blackhole") {
				raw = append(raw, communities(666)...)
			}
			id := in.ID(raw, as4, false)
			key := string(raw) + map[bool]string{true: "4", false: "2"}[as4]
			if before, ok := known[key]; ok && before != id {
				t.Fatalf("%x was %d and is %d", raw, before, id)
			}
			known[key] = id
			var a bgp.Attrs
			bgp.DecodeAttrs(&a, raw, as4, false)
			var want []values.ASN
			for _, s := range a.Path {
				want = append(want, s.ASNs...)
			}
			if diff := cmp.Diff(collapse(want), pathOf(in, id)); diff != "" {
				t.Fatal(diff)
			}
		}
		if in.Len() != len(known) {
			t.Fatalf("%d sets, want %d", in.Len(), len(known))
		}
	})
}

func collapse(path []values.ASN) (out []values.ASN) {
	for i, a := range path {
		if i == 0 || a != path[i-1] {
			out = append(out, a)
		}
	}
	return out
}

// FuzzInterner: no octets make it panic, and the same octets are the same set.
func FuzzInterner(f *testing.F) {
	f.Add(join(origin, path(true, 1, 2), nextHop), true, false)
	f.Add([]byte{0x90, 14, 0xff, 0xff, 1}, false, true)
	f.Add([]byte{0x40}, true, true)
	f.Fuzz(func(t *testing.T, raw []byte, as4, rib bool) {
		in := routes.NewInterner()
		a := in.ID(raw, as4, rib)
		if b := in.ID(bytes.Clone(raw), as4, rib); a != b || in.Len() != 1 {
			t.Errorf("sets %d and %d of %d", a, b, in.Len())
		}
		pathOf(in, a)
	})
}

// rawSets makes n distinct attribute sets with paths of some four networks.
func rawSets(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([][]byte, n)
	for i := range list {
		a := bgp.Attrs{HasOrigin: true, NextHop: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}
		s := bgp.Segment{Kind: bgp.ASSequence}
		for range 2 + r.IntN(5) {
			s.ASNs = append(s.ASNs, values.ASN(1+r.IntN(70_000)))
		}
		a.Path, a.Communities = []bgp.Segment{s}, []uint32{uint32(i)}
		list[i] = bgp.AppendAttrs(nil, &a)
	}
	return list
}

func BenchmarkInterner(b *testing.B) {
	sets := rawSets(1 << 17)
	b.Run("new", func(b *testing.B) {
		in := routes.NewInterner()
		for i := range b.N {
			if i%len(sets) == 0 {
				in = routes.NewInterner()
			}
			in.ID(sets[i%len(sets)], true, true)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sets/s")
	})
	b.Run("known", func(b *testing.B) {
		in := routes.NewInterner()
		for _, s := range sets {
			in.ID(s, true, true)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			in.ID(sets[i*7919%len(sets)], true, true)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sets/s")
	})
}
