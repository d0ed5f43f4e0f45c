package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *Spool {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "desk"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAccept: a report is read back as it came, the same one lies there once, and one that is too large or from a source
// without a proper name leaves nothing.
func TestAccept(t *testing.T) {
	s := open(t)
	content := strings.Repeat("a line\n", 10_000)
	a, err := s.Accept(strings.NewReader(content), "shadowserver", noon, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Accept(strings.NewReader(content), "shadowserver", noon.Add(time.Hour), 1<<20)
	if err != nil || again != a {
		t.Errorf("the same report: %+v, %v; was %+v", again, err, a)
	}
	r, err := s.Report(a)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || string(got) != content {
		t.Errorf("%d octets are read back, %v", len(got), err)
	}
	if _, err := s.Accept(strings.NewReader(content), "shadowserver", noon, 100); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := s.Accept(strings.NewReader(content), "../x", noon, 1<<20); err == nil {
		t.Error("a source's name left the folder")
	}
	files, _ := filepath.Glob(filepath.Join(s.dir, "reports", "*", "*", "*"))
	hidden, _ := filepath.Glob(filepath.Join(s.dir, "reports", "*", "*", ".*"))
	if len(files) != 1 || len(hidden) != 0 {
		t.Errorf("%v and %v lie there", files, hidden)
	}
}

// made makes n lines and their entries.
func made(r *rand.Rand, n int) (lines []byte, entries []Entry) {
	for range n {
		lines = fmt.Appendf(lines, "{\"n\":%d}\n", r.Uint64())
		e := Entry{Case: r.Uint64(), Address: r.Uint64()}
		for i := range e.Hash {
			e.Hash[i] = byte(r.Uint32())
		}
		entries = append(entries, e)
	}
	return lines, entries
}

// TestSegment: whatever was appended behind the mark is gone when the segment is opened again, the rest is there.
func TestSegment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, err := Open(t.TempDir())
		if err != nil {
			rt.Fatal(err)
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		var mark Mark
		var want []byte
		var index []Entry
		for range rapid.IntRange(1, 4).Draw(rt, "runs") {
			g, err := s.Segment("x", noon, mark)
			if err != nil {
				rt.Fatal(err)
			}
			for range rapid.IntRange(0, 3).Draw(rt, "batches") {
				lines, entries := made(random, rapid.IntRange(0, 50).Draw(rt, "events"))
				to, err := g.Append(lines, entries)
				if err != nil {
					rt.Fatal(err)
				}
				if !rapid.Bool().Draw(rt, "killed before the mark is held") {
					mark, want, index = to, append(want, lines...), append(index, entries...)
					continue
				}
				break
			}
			if err := g.Close(); err != nil {
				rt.Fatal(err)
			}
		}
		var got []byte
		var seen []Entry
		err = s.Events("x", noon, mark, func(Entry) bool { return true }, func(e Entry, line []byte) error {
			got, seen = append(append(got, line...), '\n'), append(seen, e)
			return nil
		})
		if err != nil || !bytes.Equal(got, want) || fmt.Sprint(seen) != fmt.Sprint(index) {
			rt.Fatalf("%d octets and %d entries, %v; want %d and %d", len(got), len(seen), err, len(want), len(index))
		}
		if mark.Events == 0 {
			return
		}
		wanted := index[len(index)/2].Case
		err = s.Events("x", noon, mark, func(e Entry) bool { return e.Case == wanted }, func(e Entry, line []byte) error {
			if e != index[len(index)/2] {
				return fmt.Errorf("%v was not asked for", e)
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// TestSegmentLost: a file that is shorter than what was acknowledged is an error.
func TestSegmentLost(t *testing.T) {
	s := open(t)
	g, err := s.Segment("x", noon, Mark{})
	if err != nil {
		t.Fatal(err)
	}
	lines, entries := made(rand.New(rand.NewPCG(1, 2)), 100)
	mark, err := g.Append(lines, entries)
	if err = errors.Join(err, g.Close()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x.jsonl.zst", "x.index", "x.frames"} {
		path := filepath.Join(s.dir, "events", noon.Format(day), name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, whole[:len(whole)-1], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Segment("x", noon, mark); !errors.Is(err, ErrLost) {
			t.Errorf("%s cut: %v", name, err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSet holds the sets against a map.
func TestSet(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	hashes, numbers := NewHashes(), NewNumbers()
	seen, seenNumbers := map[Hash]bool{}, map[uint64]bool{}
	for i := range 200_000 {
		var h Hash
		h[0], h[7], h[11] = byte(random.Uint32()), byte(random.Uint32()), byte(1+random.UintN(3)) // not as random as hashes are
		if hashes.Add(h) == seen[h] {
			t.Fatalf("key %d: %v", i, h)
		}
		seen[h] = true
		n := 1 + uint64(random.UintN(100_000))
		if numbers.Add(n) == seenNumbers[n] {
			t.Fatalf("key %d: %d", i, n)
		}
		seenNumbers[n] = true
	}
	if hashes.Len() != len(seen) || numbers.Len() != len(seenNumbers) {
		t.Errorf("%d and %d keys; want %d and %d", hashes.Len(), numbers.Len(), len(seen), len(seenNumbers))
	}
}

func BenchmarkSet(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	s := NewHashes()
	b.ReportAllocs()
	for b.Loop() {
		var h Hash
		for i := range h {
			h[i] = byte(random.Uint32())
		}
		s.Add(h)
	}
	b.ReportMetric(float64(s.Len()), "keys")
}
