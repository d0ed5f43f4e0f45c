package compressed_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pahra/wire/compressed"
)

// TestHeadAgainstWhole holds Head against the beginning of what NewReader gives.
func TestHeadAgainstWhole(t *testing.T) {
	for kind, b := range streams(t, pattern()) {
		whole, err := read(t, bytes.NewReader(b), kind, compressed.Options{})
		must(t, err)
		for _, n := range []int{0, 1, 1000, 150_000, len(whole), len(whole) + 1} {
			got, err := compressed.Head(bytes.NewReader(b), n)
			if want := whole[:min(n, len(whole))]; err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v, %d octets: got %d, %v", kind, n, len(got), err)
			}
		}
	}
	if got, err := compressed.Head(bytes.NewReader(nil), 10); len(got) != 0 || err != nil {
		t.Errorf("nothing: %d octets, %v", len(got), err)
	}
}

// TestHeadReadsLittle: what lies behind the head is not looked at.
func TestHeadReadsLittle(t *testing.T) {
	for kind, b := range streams(t, pattern()) {
		if kind == compressed.XZ || kind == compressed.Zstd { // whose one block here holds everything
			continue
		}
		in := &counting{r: bytes.NewReader(bytes.Repeat(b, 40))}
		if _, err := compressed.Head(in, 10); err != nil || in.n > 32<<10 && in.n > len(b) {
			t.Errorf("%v: %d octets were read, %v", kind, in.n, err)
		}
	}
}

type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// TestHeadOfDamaged: what comes before the damage is given, with the error behind it.
func TestHeadOfDamaged(t *testing.T) {
	broken := errors.New("the disk is gone")
	for kind, b := range streams(t, pattern()) {
		if kind == compressed.Plain {
			continue
		}
		got, err := compressed.Head(bytes.NewReader(b[:len(b)-3]), 1<<20)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(pattern(), got) {
			t.Errorf("%v cut short: %d octets, %v", kind, len(got), err)
		}
		if _, err := compressed.Head(io.MultiReader(bytes.NewReader(b[:len(b)-3]), iotest.ErrReader(broken)), 1<<20); !errors.Is(err, broken) {
			t.Errorf("%v that cannot be read: %v", kind, err)
		}
	}
	if _, err := compressed.Head(bytes.NewReader([]byte{0x1f, 0x8b, 8, 0xff}), 10); err == nil {
		t.Error("a damaged gzip header goes unnoticed")
	}
}
