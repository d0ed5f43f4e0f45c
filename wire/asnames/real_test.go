package asnames_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/asnames"
	"pahra/wire/values"
)

// count reads a real list and counts the entries, those with a country, with a class, and the refused.
func count(t *testing.T, path string) (all, countries, classes, refused int, err error) {
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("real data is incomplete: %v", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	err = asnames.Read(r, func(p values.Problem) { refused++ }, func(e asnames.Entry) error {
		all++
		if e.Country != "" {
			countries++
		}
		if e.Class != "" {
			classes++
		}
		return nil
	})
	return all, countries, classes, refused, err
}

func TestReal(t *testing.T) {
	tests := []struct {
		file                             string
		all, countries, classes, refused int
	}{
		{"asnames.json.gz", 77_586, 77_586, 0, 0},
		{"asns.csv.gz", 120_793, 120_761, 120_793, 0},
		{"asn2org-asns.csv.gz", 103_861, 0, 0, 0},
		{"tags-ddosm.csv", 75, 0, 0, 0},
		{"tags-anycast.csv", 818, 0, 0, 0},
		{"tags-jv6.csv", 7_396, 0, 0, 0},
	}
	for _, tt := range tests {
		all, countries, classes, refused, err := count(t, filepath.Join(testdata.Real(t), "routing/registry", tt.file))
		if err != nil || all != tt.all || countries != tt.countries || classes != tt.classes || refused != tt.refused {
			t.Errorf("%s: %d entries, %d countries, %d classes, %d refused, %v", tt.file, all, countries, classes, refused, err)
		}
	}
}

// TestRealTags reads every tag list; one of them was scraped awry and holds no network.
func TestRealTags(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(testdata.Real(t), "routing/registry/tags-*.csv"))
	for _, file := range files {
		all, _, _, refused, err := count(t, file)
		if filepath.Base(file) == "tags-feeder.csv" {
			if !errors.Is(err, asnames.ErrFormat) {
				t.Errorf("%s: %v, want ErrFormat", file, err)
			}
			continue
		}
		if err != nil || refused != 0 || all == 0 {
			t.Errorf("%s: %d entries, %d refused, %v", file, all, refused, err)
		}
	}
}
