package peeringdb_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/peeringdb"
	"pahra/wire/values"
)

func open(t *testing.T, path string) io.Reader {
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing/peeringdb", path))
	if err != nil {
		t.Skipf("real data is incomplete: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReal(t *testing.T) {
	fail := func(p values.Problem) { t.Error(p) }
	got := map[string]int{}
	err := peeringdb.ReadNets(open(t, "PDB_net_asn_name.json"), fail, func(n peeringdb.Net) error { got["names"]++; return nil })
	if err != nil {
		t.Error(err)
	}
	for _, page := range []string{"page-1.json", "page-2.json"} {
		dir := "testdata/visibility-baseline/prod/anon/api/"
		err := peeringdb.ReadNets(open(t, dir+"net/"+page), fail, func(n peeringdb.Net) error {
			got["nets"]++
			if n.IRRASSet != "" {
				got["as-sets"]++
			}
			if n.ID == 0 || n.OrgID == 0 || n.Created.IsZero() || n.Updated.IsZero() || n.Status != "ok" {
				t.Errorf("%+v", n)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		err = peeringdb.ReadOrgs(open(t, dir+"org/"+page), fail, func(o peeringdb.Org) error {
			got["orgs"]++
			if o.Country != "" {
				got["countries"]++
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		err = peeringdb.ReadPocs(open(t, dir+"poc/"+page), peeringdb.Hasher{}, fail, func(p peeringdb.Poc) error {
			got["pocs"]++
			got[p.Role]++
			if p.HasEmail != (p.EmailHash != "") || p.Updated.IsZero() {
				t.Errorf("%+v", p)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	want := map[string]int{"names": 34_139, "nets": 500, "as-sets": 392, "orgs": 500, "countries": 217, "pocs": 40,
		"NOC": 18, "Policy": 10, "Technical": 10, "Sales": 2}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
