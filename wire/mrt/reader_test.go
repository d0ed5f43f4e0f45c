package mrt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// updates makes n records, each announcing a prefix that tells its number, and says where each begins.
func updates(tb testing.TB, n int) (stream []byte, at []int) {
	tb.Helper()
	for i := range n {
		at = append(at, len(stream))
		nlri := fmt.Sprintf("18 0a%04x", i)
		stream = append(stream, record(tb, 16, mrt.BGP4MPMessage, session2+message("", attrs2, nlri))...)
	}
	return append(stream, record(tb, 16, mrt.BGP4MPStateChange, session2+"0006 0001")...), at
}

// frames gives the offsets of all records of a stream, the problems and the error.
func frames(r io.Reader) (at []int64, problems []values.Problem, stats mrt.Stats, err error) {
	reader := mrt.NewReader(r, func(p values.Problem) { problems = append(problems, p) })
	for {
		rec, err := reader.Next()
		if err != nil {
			return at, problems, reader.Stats(), err
		}
		at = append(at, rec.Offset)
	}
}

func TestReader(t *testing.T) {
	stream, want := updates(t, 5000) // more than one buffer
	for name, r := range map[string]io.Reader{
		"whole": bytes.NewReader(stream), "by octet": iotest.OneByteReader(bytes.NewReader(stream)),
		"error with the last octets": iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		at, problems, stats, err := frames(r)
		if err != io.EOF || problems != nil || len(at) != len(want)+1 {
			t.Fatalf("%s: %d records, %v, %v", name, len(at), problems, err)
		}
		for i, o := range want {
			if at[i] != int64(o) {
				t.Fatalf("%s: record %d at %d, want %d", name, i, at[i], o)
			}
		}
		if d := cmp.Diff(mrt.Stats{Records: 5001, Bytes: int64(len(stream))}, stats); d != "" {
			t.Error(name, d)
		}
	}
}

// TestDamagedFraming breaks one record in a row and expects all others.
func TestDamagedFraming(t *testing.T) {
	stream, at := updates(t, 20)
	const broken = 7
	put := func(offset int, b ...byte) []byte {
		s := bytes.Clone(stream)
		copy(s[at[broken]+offset:], b)
		return s
	}
	cut := func(from, to int) []byte {
		s := bytes.Clone(stream[:at[broken]+from])
		return append(s, stream[at[broken]+to:]...)
	}
	insert := func(b ...byte) []byte {
		s := append(bytes.Clone(stream[:at[broken]]), b...)
		return append(s, stream[at[broken]:]...)
	}
	for _, c := range []struct {
		name         string
		stream       []byte
		records      int
		skips, extra int // octets passed over; how much longer than the original the stream is
	}{
		{"length of 4 GiB", put(8, 0xff, 0xff, 0xff, 0xff), 20, 75, 0},
		{"length of 32 MiB", put(8, 2), 20, 75, 0},
		{"length too long by 10", put(8, 0, 0, 0, 85), 20, 75, 0},
		{"type unknown", put(4, 0x77), 21, 0, 0}, // the length is right: passed on as of an unknown type
		{"type and length wrong", put(4, 0x77, 0, 0, 0, 0, 0, 0, 9), 20, 75, 0},
		{"a stretch missing", cut(40, 60), 20, 55, -20},
		{"header missing", cut(0, 12), 20, 63, -12},
		{"zeros between", insert(make([]byte, 1000)...), 21, 1000, 1000},
		{"text between", insert([]byte("disk full, sorry")...), 21, 16, 16},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems, stats, err := frames(bytes.NewReader(c.stream))
			if err != io.EOF || len(got) != c.records || int(stats.Skipped) != c.skips {
				t.Errorf("%d records, %d octets skipped, %v; problems %v", len(got), stats.Skipped, err, problems)
			}
			if last := int64(len(stream) + c.extra - 32); got[len(got)-1] != last {
				t.Errorf("last record at %d, want %d", got[len(got)-1], last)
			}
			if (c.skips > 0) != (len(problems) == 1) {
				t.Errorf("problems %v", problems)
			}
			for _, p := range problems {
				if p.Offset != int64(at[broken]) {
					t.Errorf("problem at %d, want %d", p.Offset, at[broken])
				}
			}
		})
	}
}

func TestCutStream(t *testing.T) {
	stream, at := updates(t, 10)
	got, problems, stats, err := frames(bytes.NewReader(stream[:at[9]+50]))
	if err != io.EOF || len(got) != 9 || len(problems) != 1 || problems[0].Offset != int64(at[9]) || stats.Skipped != 50 {
		t.Errorf("%d records, %v, %+v, %v", len(got), problems, stats, err)
	}
	r := io.MultiReader(bytes.NewReader(stream[:at[9]+50]), iotest.ErrReader(io.ErrUnexpectedEOF))
	if got, _, _, err = frames(r); len(got) != 9 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%d records, %v", len(got), err)
	}
}

func TestNotMRT(t *testing.T) {
	random := make([]byte, 1<<20)
	rand.New(rand.NewSource(1)).Read(random)
	for name, b := range map[string][]byte{
		"text": bytes.Repeat([]byte("route: 198.51.100.0/24\n"), 1000), "zeros": make([]byte, 1<<20), "random": random, "short": []byte("x"),
	} {
		if _, problems, _, err := frames(bytes.NewReader(b)); !errors.Is(err, mrt.ErrNotMRT) {
			t.Errorf("%s: %v, %v", name, problems, err)
		}
	}
	endless := io.LimitReader(zeros{}, 1<<40)
	if _, _, stats, err := frames(endless); !errors.Is(err, mrt.ErrNotMRT) || stats.Bytes > 64<<20 {
		t.Errorf("endless zeros: %v after %d octets", err, stats.Bytes)
	}
	if _, problems, _, err := frames(bytes.NewReader(nil)); err != io.EOF || problems != nil {
		t.Errorf("empty: %v, %v", problems, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestMemory feeds headers that promise far more than comes.
func TestMemory(t *testing.T) {
	good, _ := updates(t, 3)
	for _, length := range []uint32{1<<32 - 1, 1 << 31, mrt.DefaultMaxRecord, mrt.DefaultMaxRecord - 1} {
		bad := bytes.Clone(good[:12])
		binary.BigEndian.PutUint32(bad[8:], length)
		stream := append(append(bytes.Clone(good), bad...), make([]byte, 1000)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, problems, _, err := frames(bytes.NewReader(stream))
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
			t.Errorf("length %d: %d octets allocated", length, grown)
		}
		if len(got) != 4 || len(problems) != 1 || err != io.EOF {
			t.Errorf("length %d: %d records, %v, %v", length, len(got), problems, err)
		}
	}
}

func TestYieldError(t *testing.T) {
	stream, _ := updates(t, 3)
	enough, n := errors.New("enough"), 0
	err := mrt.Scan(bytes.NewReader(stream), nil, func(*mrt.Elem, *mrt.Record) error { n++; return enough })
	if err != enough || n != 1 {
		t.Errorf("%d elements, %v", n, err)
	}
}

func TestNoAllocations(t *testing.T) {
	stream := benchTable(t)
	var rec mrt.Record
	d := mrt.NewDecoder(nil)
	r := mrt.NewReader(bytes.NewReader(stream), nil)
	first, err := r.Next()
	must(t, err)
	must(t, d.Decode(first, nil))
	second, err := r.Next()
	must(t, err)
	raw := bytes.Clone(second.Raw())
	n := 0
	count := func(*mrt.Elem) error { n++; return nil }
	if got := testing.AllocsPerRun(100, func() {
		mrt.ParseRecord(&rec, raw)
		must(t, d.Decode(&rec, count))
	}); got != 0 || n == 0 {
		t.Errorf("%v allocations for %d routes", got, benchPeers)
	}
}
