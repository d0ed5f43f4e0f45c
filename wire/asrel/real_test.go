package asrel_test

import (
	"compress/bzip2"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/asrel"
	"pahra/wire/values"
)

func open(t *testing.T, name string) io.Reader {
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing/relations", name))
	if err != nil {
		t.Skipf("real data is incomplete: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	if filepath.Ext(name) == ".bz2" {
		return bzip2.NewReader(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestReal(t *testing.T) {
	type counts struct{ ProviderCustomer, Peer, Networks, Clique, IXPs int }
	tests := []struct {
		file string
		want counts
	}{
		{"20080101.as-rel.txt.gz", counts{52_311, 22_783, 27_320, 15, 25}},
		{"20180101.as-rel.txt.gz", counts{117_703, 143_637, 60_006, 19, 28}},
		{"20220501.as-rel.txt.bz2", counts{147_622, 230_237, 73_963, 19, 28}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			var got counts
			seen := map[values.ASN]bool{}
			err := asrel.ReadWithHeader(open(t, tt.file), func(p values.Problem) { t.Error(p) },
				func(h asrel.Header) error { got.Clique, got.IXPs = len(h.Clique), len(h.IXPs); return nil },
				func(e asrel.Edge) error {
					seen[e.A], seen[e.B] = true, true
					if e.Code == asrel.Peer {
						got.Peer++
					} else {
						got.ProviderCustomer++
					}
					return nil
				})
			if err != nil {
				t.Fatal(err)
			}
			got.Networks = len(seen)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRealCones(t *testing.T) {
	cones, members := 0, 0
	err := asrel.ReadCones(open(t, "20160101.ppdc-ases.txt.gz"), func(p values.Problem) { t.Error(p) },
		func(c asrel.Cone) error { cones++; members += len(c.Members); return nil })
	if err != nil || cones != 52_838 || members != 396_136 {
		t.Errorf("%d cones with %d members, %v; want 52,838 with 396,136", cones, members, err)
	}
}
