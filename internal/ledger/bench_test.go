package ledger

import (
	"fmt"
	"testing"
)

// BenchmarkAppend: leaves a second that 64 writers get onto the disk.
func BenchmarkAppend(b *testing.B) {
	l, err := Open(b.TempDir(), Options{Origin: origin})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	leaf := Leaf{Kind: KindResponse, Time: leafTime(), Partner: "cert-atlantica", Agreement: "nadia-atlantica", Version: 3,
		Collection: "91a7b528-80eb-42ed-a74d-c6fbd5a26116", Request: Key("k").Root(nil), Root: Key("k").Root(nil), Objects: 100}
	text, err := leaf.Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(32) // on two processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := l.Append(b.Context(), text); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}

// BenchmarkLeaf: the leaf of a response of 100 objects.
func BenchmarkLeaf(b *testing.B) {
	list := make([]Release, 100)
	for i := range list {
		list[i] = Release{fmt.Sprintf("indicator--%036d", i), "2026-01-01T00:00:00.000000Z", "5.1", []string{"source.ip", "source.fqdn", "description"}}
	}
	key := Key("a key of the agreement, of 32 octets")
	for b.Loop() {
		leaf := Leaf{Kind: KindResponse, Time: leafTime(), Partner: "cert-atlantica", Root: key.Root(list), Objects: len(list)}
		if _, err := leaf.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen: a log of 100,000 leaves is read and hashed anew when it is opened.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	l, err := Open(dir, Options{Origin: origin})
	if err != nil {
		b.Fatal(err)
	}
	text := make([]byte, 400)
	bt := &batch{}
	for range 100_000 {
		bt.frames = appendFrame(bt.frames, text)
		bt.leaves, bt.lengths = append(bt.leaves, [32]byte{}), append(bt.lengths, int64(frameHead+len(text)))
	}
	if err := l.commit(bt); err != nil {
		b.Fatal(err)
	}
	if err := l.rehash(); err != nil {
		b.Fatal(err)
	}
	if err := l.shut(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, err := Open(dir, Options{Origin: origin})
		if err != nil {
			b.Fatal(err)
		}
		if err := l.shut(); err != nil {
			b.Fatal(err)
		}
	}
}
