package delegated_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/delegated"
	"pahra/wire/values"
)

// TestReal reads the registries' own files; each summary line is held against the records by ReadAll itself. The split
// IPv4 ranges were counted with Python's ipaddress.summarize_address_range too: 613 of RIPE's 795 are no power of two,
// the others start unaligned.
func TestReal(t *testing.T) {
	type counts struct{ ASN, IPv4, IPv6, Undelegated, India, SplitIPv4 int }
	tests := []struct {
		file     string
		registry string
		want     counts
	}{
		{"2019-delegated-afrinic-extended-latest.gz", "afrinic", counts{2302, 3994, 3647, 3608, 1, 69}},
		{"2019-delegated-lacnic-extended-latest.gz", "lacnic", counts{10461, 17013, 38175, 29930, 0, 0}},
		{"2022-delegated-apnic-latest.gz", "apnic", counts{10860, 47067, 11899, 0, 9097, 0}},
		{"delegated-apnic-extended-latest.gz", "apnic", counts{5483, 22204, 18909, 16966, 2032, 0}},
		{"delegated-ripencc-extended-latest.gz", "ripencc", counts{28184, 49504, 33535, 29774, 1, 795}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			f, err := os.Open(filepath.Join(testdata.Real(t), "routing/registry", tt.file))
			if err != nil {
				t.Skipf("real data is incomplete: %v", err)
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			var got counts
			var head delegated.Header
			err = delegated.ReadAll(z, func(p values.Problem) { t.Error(p) }, func(h delegated.Header) error { head = h; return nil },
				func(r delegated.Record) error {
					switch r.Type {
					case delegated.ASN:
						got.ASN++
					case delegated.IPv4:
						got.IPv4++
						if len(r.Prefixes()) > 1 {
							got.SplitIPv4++
						}
					case delegated.IPv6:
						got.IPv6++
					}
					if !r.Status.Delegated() {
						got.Undelegated++
					}
					if r.Country == "IN" {
						got.India++
					}
					return nil
				})
			if err != nil || head.Registry != tt.registry || head.End.IsZero() {
				t.Errorf("%+v, %v", head, err)
			}
			t.Logf("%+v %+v", head, got)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
