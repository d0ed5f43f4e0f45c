package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type row struct {
	Prefix string   `parquet:"prefix,dict"`
	ASN    uint32   `parquet:"asn"`
	Seen   int64    `parquet:"seen,delta"`
	MED    *uint32  `parquet:"med,optional"`
	Path   []uint32 `parquet:"path,list"`
	Valid  bool     `parquet:"valid"`
}

func rows(n int) []row {
	out := make([]row, n)
	for i := range out {
		med := uint32(i)
		out[i] = row{"192.0.2.0/24", uint32(64496 + i%16), int64(i), nil, []uint32{64500, uint32(i)}, i%2 == 0}
		if i%3 == 0 {
			out[i].MED = &med
		}
	}
	return out
}

func collect[T any](seq iter.Seq2[T, error]) (out []T, err error) {
	for r, e := range seq {
		if e != nil {
			return out, e
		}
		out = append(out, r)
	}
	return out, nil
}

func TestRoundTripOverSeveralRowGroups(t *testing.T) {
	dir, want := t.TempDir(), rows(rowsPerGroup+5000)
	s, err := WriteSegment(filepath.Join(dir, "a.parquet"), slices.Values(want))
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "a.parquet" || s.Rows != int64(len(want)) {
		t.Errorf("segment %+v", s)
	}
	got, err := collect(ReadSegment[row](dir, s))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff[:min(len(diff), 2000)])
	}
}

func TestRoundTripOfAnyRows(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
			return row{
				Prefix: rapid.String().Draw(t, "prefix"), ASN: rapid.Uint32().Draw(t, "asn"),
				Seen: rapid.Int64().Draw(t, "seen"), MED: rapid.Ptr(rapid.Uint32(), true).Draw(t, "med"),
				Path: rapid.SliceOfN(rapid.Uint32(), 1, 5).Draw(t, "path"), Valid: rapid.Bool().Draw(t, "valid"),
			}
		}), 0, 40).Draw(t, "rows")
		s, err := WriteSegment(filepath.Join(dir, "r.parquet"), slices.Values(want))
		if err != nil {
			t.Fatal(err)
		}
		got, err := collect(ReadSegment[row](dir, s))
		if err != nil || int64(len(want)) != s.Rows {
			t.Fatalf("%d rows written, %d in the segment: %v", len(want), s.Rows, err)
		}
		if diff := cmp.Diff(want, append([]row{}, got...)); diff != "" {
			t.Fatalf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestEqualRowsGiveEqualBytes(t *testing.T) {
	dir := t.TempDir()
	a, errA := WriteSegment(filepath.Join(dir, "a", "x.parquet"), slices.Values(rows(3000)))
	w, errB := Create[row](filepath.Join(dir, "b", "x.parquet"))
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows(3000) { // one by one, where WriteSegment writes batches
		if err := w.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	b, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Errorf("the same rows gave %+v and %+v", a, b)
	}
}

func TestAbandonLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := Create[row](filepath.Join(dir, "x.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(rows(10)...); err != nil {
		t.Fatal(err)
	}
	w.Abandon()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestChangedByteIsFound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.parquet")
	s, err := WriteSegment(path, slices.Values(rows(500)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if got, err := collect(ReadSegment[row](dir, s)); len(got) != 0 || !errors.As(err, &corrupt) {
		t.Errorf("%d rows, %v", len(got), err)
	}
	if err := Check(dir, s); !errors.As(err, &corrupt) {
		t.Errorf("Check: %v", err)
	}
}

// TestDamageBehindAGoodChecksum changes one byte after another and gives the reader the matching checksum, as a writer
// with a fault would: every outcome is allowed but a panic.
func TestDamageBehindAGoodChecksum(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.parquet")
	s, err := WriteSegment(path, slices.Values(rows(50)))
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	step := 5
	if testing.Short() {
		step = 17
	}
	for i := 0; i < len(good); i += step {
		bad := slices.Clone(good)
		bad[i] ^= 0xFF
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(bad)
		s.SHA256 = hex.EncodeToString(sum[:])
		_, _ = collect(ReadSegment[row](dir, s))
	}
}

func TestManifestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	b, errB := WriteSegment(filepath.Join(dir, "b.parquet"), slices.Values(rows(2)))
	a, errA := WriteSegment(filepath.Join(dir, "a.parquet"), slices.Values(rows(1)))
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unfinished archive: %v", err)
	}
	if err := WriteManifest(dir, Manifest{Snapshot: "snap", Segments: []Segment{b, a}}); err != nil {
		t.Fatal(err)
	}
	got, err := ReadManifest(dir)
	if diff := cmp.Diff(Manifest{Snapshot: "snap", Segments: []Segment{a, b}}, got); err != nil || diff != "" {
		t.Errorf("%v, manifest (-want +got):\n%s", err, diff)
	}
}

func TestManifestRefusals(t *testing.T) {
	const sum = `"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"`
	for name, text := range map[string]string{
		"other format": `{"format":"x","segments":[]}`,
		"unknown key":  `{"format":"pahra-archive/1","segments":[],"extra":1}`,
		"leads out":    `{"format":"pahra-archive/1","segments":[{"name":"../x","rows":0,"bytes":0,"sha256":` + sum + `}]}`,
		"no hash":      `{"format":"pahra-archive/1","segments":[{"name":"x","rows":0,"bytes":0,"sha256":""}]}`,
		"negative":     `{"format":"pahra-archive/1","segments":[{"name":"x","rows":-1,"bytes":0,"sha256":` + sum + `}]}`,
		"cut":          `{"format":"pahra-archive/1","segments":[`,
		"trailing":     `{"format":"pahra-archive/1","segments":[]} {}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, manifestName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var corrupt *CorruptError
		if _, err := ReadManifest(dir); !errors.As(err, &corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
