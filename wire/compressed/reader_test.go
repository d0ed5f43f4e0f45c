package compressed_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"pahra/internal/testdata"
	"pahra/wire/compressed"
)

// pattern is what testdata/blocks.bz2 holds: four blocks of at most 100,000 octets.
func pattern() []byte {
	b := make([]byte, 350_000)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

// streams gives data, compressed in every way; bzip2, which Go cannot write, only for the pattern.
func streams(tb testing.TB, data []byte) map[compressed.Kind][]byte {
	tb.Helper()
	all := map[compressed.Kind][]byte{compressed.Plain: data}
	for kind, open := range map[compressed.Kind]func(io.Writer) (io.WriteCloser, error){
		compressed.Gzip: func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		compressed.Zstd: func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
		compressed.XZ:   func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
	} {
		var out bytes.Buffer
		w, err := open(&out)
		must(tb, err)
		_, err = w.Write(data)
		must(tb, err)
		must(tb, w.Close())
		all[kind] = out.Bytes()
	}
	if bytes.Equal(data, pattern()) {
		all[compressed.Bzip2] = file(tb, "blocks.bz2")
	}
	return all
}

func file(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	must(tb, err)
	return b
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// read gives all that the stream gives, and its error other than io.EOF.
func read(tb testing.TB, r io.Reader, want compressed.Kind, opt compressed.Options) ([]byte, error) {
	tb.Helper()
	c, kind, err := compressed.NewReader(r, opt)
	if kind != want {
		tb.Errorf("recognised as %v, want %v", kind, want)
	}
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return io.ReadAll(c)
}

func TestEveryKind(t *testing.T) {
	for _, size := range []int{1, 350_000, 5 << 20} {
		data := bytes.Repeat(pattern(), 15)[:size]
		for kind, b := range streams(t, data) {
			got, err := read(t, bytes.NewReader(b), kind, compressed.Options{})
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%v of %d octets: got %d, %v", kind, size, len(got), err)
			}
		}
	}
}

func TestJoinedStreams(t *testing.T) {
	data := pattern()
	for kind, b := range streams(t, data) {
		got, err := read(t, bytes.NewReader(bytes.Repeat(b, 3)), kind, compressed.Options{})
		if err != nil || !bytes.Equal(got, bytes.Repeat(data, 3)) {
			t.Errorf("%v: got %d, %v", kind, len(got), err)
		}
	}
}

func TestSlowSource(t *testing.T) {
	data := pattern()
	for kind, b := range streams(t, data) {
		got, err := read(t, iotest.OneByteReader(bytes.NewReader(b)), kind, compressed.Options{})
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%v: got %d, %v", kind, len(got), err)
		}
	}
}

func TestEmpty(t *testing.T) {
	got, err := read(t, bytes.NewReader(nil), compressed.Plain, compressed.Options{})
	if len(got) != 0 || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	_, err = read(t, bytes.NewReader(streams(t, []byte("x"))[compressed.Gzip][:9]), compressed.Gzip, compressed.Options{})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut in the header: %v", err)
	}
}

// TestCut cuts a stream everywhere: what comes must be a true beginning, and the error must say that the stream is cut.
func TestCut(t *testing.T) {
	data := pattern()
	for kind, b := range streams(t, data) {
		if kind == compressed.Plain {
			continue
		}
		for at := 14; at < len(b); at += 1 + len(b)/97 {
			got, err := read(t, bytes.NewReader(b[:at]), kind, compressed.Options{})
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%v cut at %d of %d: %v", kind, at, len(b), err)
			}
			if !bytes.HasPrefix(data, got) {
				t.Errorf("%v cut at %d gives %d octets that are not the data's first", kind, at, len(got))
			}
		}
	}
}

// TestCutGivesAllBlocks holds bzip2 to every block that is whole, the last one included.
func TestCutGivesAllBlocks(t *testing.T) {
	b, data := file(t, "blocks.bz2"), pattern()
	ends := blockEnds(b)
	if len(ends) != 4 {
		t.Fatalf("%d blocks", len(ends))
	}
	for at := 14; at < len(b); at++ {
		if at%13 != 0 && !slices.ContainsFunc(ends, func(end int) bool { return at >= end/8-2 && at <= end/8+8 }) {
			continue
		}
		got, _ := read(t, bytes.NewReader(b[:at]), compressed.Bzip2, compressed.Options{})
		whole := 0
		for _, end := range ends {
			if at*8 >= end {
				whole++
			}
		}
		if want := min(whole*99_981, len(data)); len(got) != want { // bzip2 leaves 19 octets of a block unused
			t.Fatalf("cut at %d of %d: got %d octets, want %d", at, len(b), len(got), want)
		}
	}
}

// blockEnds gives the bit behind each block: where the magic of the next begins.
func blockEnds(b []byte) (ends []int) {
	const block, end = 0x314159265359, 0x177245385090
	var window uint64
	for bit := range len(b) * 8 {
		window = window<<1 | uint64(b[bit/8]>>(7-bit%8)&1)
		if w := window & (1<<48 - 1); bit > 80 && (w == block || w == end) {
			ends = append(ends, bit-47)
		}
	}
	return ends
}

// TestDamage flips every octet in turn: never a panic or a hang, and what comes without an error must be the data.
func TestDamage(t *testing.T) {
	data := pattern()
	for kind, b := range streams(t, data) {
		if kind == compressed.Plain {
			continue
		}
		for at := 10; at < len(b); at += 1 + len(b)/60 {
			bad := bytes.Clone(b)
			bad[at] ^= 0x55
			got, err := read(t, bytes.NewReader(bad), kind, compressed.Options{})
			if err == nil && !bytes.Equal(got, data) {
				t.Errorf("%v with octet %d changed reads as %d others, without an error", kind, at, len(got))
			}
		}
	}
}

func TestTrailingGarbage(t *testing.T) {
	data := pattern()
	for kind, b := range streams(t, data) {
		if kind == compressed.Plain {
			continue
		}
		got, err := read(t, bytes.NewReader(append(bytes.Clone(b), "garbage"...)), kind, compressed.Options{})
		if !bytes.Equal(got, data) || err == nil {
			t.Errorf("%v: got %d octets, %v", kind, len(got), err)
		}
	}
}

func TestSourceFails(t *testing.T) {
	broken := errors.New("disk on fire")
	for kind, b := range streams(t, pattern()) {
		r := io.MultiReader(bytes.NewReader(b[:len(b)/2]), iotest.ErrReader(broken))
		if _, err := read(t, r, kind, compressed.Options{}); !errors.Is(err, broken) {
			t.Errorf("%v: %v", kind, err)
		}
	}
}

func TestCloseEarly(t *testing.T) {
	for kind, b := range streams(t, pattern()) {
		r, _, err := compressed.NewReader(bytes.NewReader(bytes.Repeat(b, 50)), compressed.Options{})
		must(t, err)
		_, err = io.ReadFull(r, make([]byte, 10))
		must(t, err)
		must(t, r.Close())
		must(t, r.Close())
		if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
			t.Errorf("%v: read after close gives %d, %v", kind, n, err)
		}
	}
}

func TestMaxBytes(t *testing.T) {
	for kind, b := range streams(t, pattern()) {
		got, err := read(t, bytes.NewReader(b), kind, compressed.Options{MaxBytes: 1000})
		if len(got) != 1000 || !errors.Is(err, compressed.ErrTooLarge) {
			t.Errorf("%v: got %d, %v", kind, len(got), err)
		}
	}
}

// TestBomb feeds 100 MiB of zeros (bzip2: 300). gzip packs them a thousandfold, which is allowed; the others far more.
// Memory must stay bounded meanwhile.
func TestBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	all := streams(t, make([]byte, 100<<20))
	all[compressed.Bzip2] = file(t, "zeros.bz2")
	delete(all, compressed.Plain)
	for kind, b := range all {
		debug.FreeOSMemory()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, _, err := compressed.NewReader(bytes.NewReader(b), compressed.Options{})
		must(t, err)
		n, err := io.Copy(io.Discard, r)
		r.Close()
		if kind == compressed.Gzip {
			if n != 100<<20 || err != nil {
				t.Errorf("gzip: %d, %v", n, err)
			}
		} else if !errors.Is(err, compressed.ErrTooLarge) || n > 128<<20 {
			t.Errorf("%v: %d of %d, %v", kind, n, len(b), err)
		}
		runtime.ReadMemStats(&after)
		if grown := int64(after.Sys) - int64(before.Sys); grown > 768<<20 {
			t.Errorf("%v: memory grew by %d MiB", kind, grown>>20)
		} else {
			t.Logf("%v: memory grew by %d MiB", kind, grown>>20)
		}
	}
}

// TestXZDictionary joins streams of several blocks with one that asks for a dictionary of 1 GiB.
func TestXZDictionary(t *testing.T) {
	var big, small bytes.Buffer
	for w, c := range map[*bytes.Buffer]xz.WriterConfig{&big: {DictCap: 1 << 30}, &small: {BlockSize: 70_000, CheckSum: xz.SHA256}} {
		x, err := c.NewWriter(w)
		must(t, err)
		_, err = x.Write(pattern())
		must(t, err)
		must(t, x.Close())
	}
	two := append(bytes.Clone(small.Bytes()), make([]byte, 8)...)
	two = append(two, small.Bytes()...)
	if got, err := read(t, bytes.NewReader(two), compressed.XZ, compressed.Options{}); err != nil || len(got) != 2*len(pattern()) {
		t.Errorf("small ones: %d octets, %v", len(got), err)
	}
	got, err := read(t, bytes.NewReader(append(two, big.Bytes()...)), compressed.XZ, compressed.Options{})
	if !errors.Is(err, compressed.ErrTooLarge) || !bytes.HasPrefix(append(pattern(), pattern()...), got) {
		t.Errorf("big one: %d octets, %v", len(got), err)
	}
	if _, err := read(t, bytes.NewReader(big.Bytes()), compressed.XZ, compressed.Options{}); !errors.Is(err, compressed.ErrTooLarge) {
		t.Errorf("big one alone: %v", err)
	}
}

func TestDetect(t *testing.T) {
	for s, want := range map[string]compressed.Kind{
		"": compressed.Plain, "BZh9 is text": compressed.Plain, "BZh91AY&SY": compressed.Bzip2,
		"BZh9\x17\x72\x45\x38\x50\x90": compressed.Bzip2, "\x1f\x8b\x08": compressed.Gzip, "\x1f\x8b\x07": compressed.Plain,
		"\x28\xb5\x2f\xfd": compressed.Zstd, "\x50\x2a\x4d\x18": compressed.Zstd, "\xfd7zXZ\x00": compressed.XZ,
	} {
		if got := compressed.Detect([]byte(s)); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

// TestRealCut reads real tables whose bzip2 stream is cut: every octet of every whole block must come.
func TestRealCut(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "routing", "mrt", "parsers")
	for name, want := range map[string]int{
		"rib.20080501.0644_firstMB.bz2":  9_876_188,
		"rib.20140523.0600_firstMB.bz2":  15_274_550,
		"rib6.20151101.0600_firstMB.bz2": 12_132_997,
	} {
		f, err := os.Open(filepath.Join(dir, name))
		must(t, err)
		got, err := read(t, f, compressed.Bzip2, compressed.Options{})
		f.Close()
		if len(got) != want || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d octets, want %d; %v", name, len(got), want, err)
		}
	}
}

// FuzzCompressed holds reading of any octets to bounds; what package authors promise is theirs, that nothing hangs,
// panics or grows is ours.
func FuzzCompressed(f *testing.F) {
	for _, b := range streams(f, []byte("198.51.100.0/24")) {
		f.Add(b)
	}
	f.Add(file(f, "blocks.bz2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, _, err := compressed.NewReader(bytes.NewReader(b), compressed.Options{MaxBytes: 8 << 20})
		if err != nil {
			return
		}
		defer r.Close()
		if n, _ := io.Copy(io.Discard, r); n > 8<<20 {
			t.Fatalf("%d octets", n)
		}
	})
}
