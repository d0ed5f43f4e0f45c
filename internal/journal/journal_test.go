package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/source"
)

// record gives a BGP4MP_ET record of a moment with a body that tells it from others.
func record(at int64, body string) []byte {
	rec := make([]byte, headerLen+4+len(body))
	binary.BigEndian.PutUint32(rec, uint32(at/1e6))
	binary.BigEndian.PutUint16(rec[4:], bgp4mpET)
	binary.BigEndian.PutUint16(rec[6:], 4)
	binary.BigEndian.PutUint32(rec[8:], uint32(4+len(body)))
	binary.BigEndian.PutUint32(rec[12:], uint32(at%1e6))
	copy(rec[16:], body)
	return rec
}

func open(t testing.TB, dir string, gap func(source.Gap)) *Journal {
	t.Helper()
	j, err := Open(Options{Dir: dir, Mark: dir + ".mark", Now: func() time.Time { return time.Unix(2e9, 0) }, Gap: gap})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func put(t testing.TB, j *Journal, collector string, rec []byte) {
	t.Helper()
	if err := j.Record(collector, rec); err != nil {
		t.Fatal(err)
	}
}

const base = int64(1.9e9) * 1e6

func TestWatermarkWaitsForTheSlower(t *testing.T) {
	j := open(t, t.TempDir(), nil)
	defer j.Close()
	put(t, j, "b", record(base, "1"))
	put(t, j, "a", record(base+5e6, "2"))
	if mark, parts, _ := j.Advance(); mark.UnixMicro() != base || len(parts) != 0 {
		t.Errorf("watermark %s with %v, want that of b and nothing before it", mark, parts)
	}
	j.Reached("b", time.UnixMicro(base+3e6))
	mark, parts, err := j.Advance()
	if err != nil {
		t.Fatal(err)
	}
	want := []Part{{"b", "b/live/" + fileName(base/3.6e9), 17, -1}}
	if d := gocmp.Diff(want, parts); d != "" || mark.UnixMicro() != base+3e6 {
		t.Errorf("watermark %s (-want +got):\n%s", mark, d)
	}
	put(t, j, "a", record(base+70e6, "3")) // b is not waited for any more
	if mark, _, _ := j.Advance(); mark.UnixMicro() != base+70e6 {
		t.Errorf("watermark %s, want that of a alone", mark)
	}
	put(t, j, "b", record(base+60e6, "4"))
	if s := j.Stats(); s.Late != 1 || s.Latest != 10*time.Second {
		t.Errorf("stats %+v, want one record 10 s late", s)
	}
}

func TestAheadCountsAsNow(t *testing.T) {
	j := open(t, t.TempDir(), nil)
	defer j.Close()
	put(t, j, "a", record(2e9*1e6+3600e6, "x"))
	if mark, _, _ := j.Advance(); mark.Unix() != 2e9 {
		t.Errorf("watermark %s: one false time moved it", mark)
	}
	if j.Stats().Ahead != 1 {
		t.Errorf("stats %+v", j.Stats())
	}
}

// TestOrder is the journal's promise: reading each byte once, as Advance tells, gives the very order that sorting the
// finished files by time, collector and place gives.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		j := open(t, dir, nil)
		read := make(map[string]int64)
		var live []event
		follow := func() {
			mark, parts, err := j.Advance()
			if err != nil {
				rt.Fatal(err)
			}
			var step []event
			for _, p := range parts {
				list := events(t, dir, p.Collector, p.Path)
				for _, e := range list {
					if e.offset >= read[p.Path] && e.offset < p.Bytes {
						if e.at >= mark.UnixMicro() {
							rt.Fatalf("told of %v before the watermark %s", e, mark)
						}
						step = append(step, e)
					}
				}
				read[p.Path] = p.Bytes
			}
			sortEvents(step)
			live = append(live, step...)
		}
		at := base
		for range rapid.IntRange(1, 120).Draw(rt, "steps") {
			name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "collector")
			at += rapid.Int64Range(0, 40e6).Draw(rt, "later")
			when := at - rapid.SampledFrom([]int64{0, 0, 1, 2e6, 59e6, 400e6}).Draw(rt, "back")
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				j.Reached(name, time.UnixMicro(when))
			case 1:
				follow()
			case 2:
				if err := j.Close(); err != nil {
					rt.Fatal(err)
				}
				j = open(t, dir, nil)
			default:
				put(t, j, name, record(when, rapid.StringN(1, 4, 8).Draw(rt, "body")))
			}
		}
		for _, name := range []string{"a", "b", "c"} {
			j.Reached(name, time.UnixMicro(at+3600e6))
		}
		follow()
		var all []event
		files, _ := filepath.Glob(filepath.Join(dir, "*", "live", "*"))
		for _, f := range files {
			path := relative(dir, f)
			all = append(all, events(t, dir, path[:1], path)...)
		}
		sortEvents(all)
		if d := gocmp.Diff(all, live, gocmp.AllowUnexported(event{})); d != "" {
			rt.Fatalf("order (-files +followed):\n%s", d)
		}
		if err := j.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

type event struct {
	at              int64
	collector, path string
	offset          int64
}

func sortEvents(list []event) {
	slices.SortStableFunc(list, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.collector, b.collector), cmp.Compare(a.path, b.path), cmp.Compare(a.offset, b.offset))
	})
}

func events(t testing.TB, dir, collector, path string) (list []event) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	for offset := int64(0); offset < int64(len(raw)); {
		n := headerLen + int64(binary.BigEndian.Uint32(raw[offset+8:]))
		list = append(list, event{headerOf(raw[offset : offset+n]).at, collector, path, offset})
		offset += n
	}
	return list
}

func TestTornRecordIsTakenOff(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, nil)
	put(t, j, "rrc00", record(base, "whole"))
	put(t, j, "rrc00", record(base+1e6, "torn"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "rrc00", "live", fileName(base/3.6e9))
	for cut := range len(record(base, "torn")) - 1 {
		whole := record(base, "whole")
		if err := os.WriteFile(path, append(bytes.Clone(whole), record(base+1e6, "torn")[:cut+1]...), 0o644); err != nil {
			t.Fatal(err)
		}
		var gaps []source.Gap
		j = open(t, dir, func(g source.Gap) { gaps = append(gaps, g) })
		put(t, j, "rrc00", record(base+20e6, "next"))
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if raw, _ := os.ReadFile(path); !bytes.Equal(raw, append(whole, record(base+20e6, "next")...)) {
			t.Fatalf("cut at %d: the file is %q", cut, raw)
		}
		if len(gaps) != 1 || gaps[0].To.Sub(gaps[0].From) != 20*time.Second {
			t.Errorf("gaps %v, want one of 20 s", gaps)
		}
	}
}

func TestTableStaysInOneFile(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, nil)
	defer j.Close()
	entry := func(at int64, subtype uint16) []byte {
		rec := make([]byte, headerLen)
		binary.BigEndian.PutUint32(rec, uint32(at/1e6))
		binary.BigEndian.PutUint16(rec[4:], tableDumpV2)
		binary.BigEndian.PutUint16(rec[6:], subtype)
		return rec
	}
	end := (base/3.6e9 + 1) * 3.6e9
	put(t, j, "a", entry(end-1e6, 1))
	put(t, j, "a", entry(end+1e6, 2))
	put(t, j, "a", record(end+2e6, "update"))
	put(t, j, "a", record(end+3e6, "update"))
	files, _ := os.ReadDir(filepath.Join(dir, "a", "live"))
	if len(files) != 2 {
		t.Fatalf("%d files", len(files))
	}
	if n := len(events(t, dir, "a", "a/live/"+files[0].Name())); n != 2 {
		t.Errorf("%d records in the first file, want the table's two", n)
	}
}

func TestBadRecordsAndNames(t *testing.T) {
	j := open(t, t.TempDir(), nil)
	defer j.Close()
	for _, rec := range [][]byte{nil, record(base, "x")[:10], append(record(base, "x"), 0)} {
		if err := j.Record("a", rec); !errors.Is(err, ErrRecord) {
			t.Errorf("%q: error %v", rec, err)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", "a\\b", "a\x00"} {
		if err := j.Record(name, record(base, "x")); err == nil {
			t.Errorf("the name %q passed", name)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	j := open(b, b.TempDir(), nil)
	defer j.Close()
	rec := record(base, string(make([]byte, 120)))
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		put(b, j, "rrc00", rec)
	}
}
