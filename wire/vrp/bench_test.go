package vrp_test

import (
	"bytes"
	"compress/bzip2"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/vrp"
)

// BenchmarkRead reads the full output of rpki-client of July 2025: 75 MB, 723,521 VRPs.
func BenchmarkRead(b *testing.B) {
	f, err := os.Open(filepath.Join(testdata.Real(b), "routing/rpki/rpkiclient_summary_20250720T093135Z.json.bz2"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(bzip2.NewReader(f))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := vrp.Read(bytes.NewReader(data), nil); err != nil {
			b.Fatal(err)
		}
	}
}
