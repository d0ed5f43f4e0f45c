package main

import (
	"os"
	"testing"
)

// BenchmarkDecode is for profiles: TABLE=file go test -bench Decode -cpuprofile cpu.out ./judge
func BenchmarkDecode(b *testing.B) { bench(b, decode1) }

// BenchmarkFull needs VRPS and IRR besides.
func BenchmarkFull(b *testing.B) {
	var r result
	f, err := load(os.Getenv("VRPS"), os.Getenv("IRR"), &r)
	if err != nil {
		b.Skip(err)
	}
	bench(b, func(r *result) error { return timed(os.Getenv("TABLE"), r, f.judge) })
}

func decode1(r *result) error { return timed(os.Getenv("TABLE"), r, decode) }

func bench(b *testing.B, pass func(*result) error) {
	if os.Getenv("TABLE") == "" {
		b.Skip("TABLE names no file")
	}
	for b.Loop() {
		if err := pass(&result{}); err != nil {
			b.Fatal(err)
		}
	}
}
