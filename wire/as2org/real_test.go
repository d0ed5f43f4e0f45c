package as2org_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/as2org"
	"pahra/wire/values"
)

func TestReal(t *testing.T) {
	tests := []struct {
		file     string
		as, orgs int
	}{
		{"20080402.as-org2info.jsonl.gz", 42_178, 37_602},
		{"20211001.as-org2info.jsonl.gz", 106_546, 87_682},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			f, err := os.Open(filepath.Join(testdata.Real(t), "routing/relations", tt.file))
			if err != nil {
				t.Skipf("real data is incomplete: %v", err)
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			as, orgs, refused := 0, map[string]bool{}, 0
			var wanting []string
			err = as2org.Read(z, func(p values.Problem) { refused++; t.Log(p) }, as2org.Sink{
				Organization: func(o as2org.Organization) error { orgs[o.ID] = true; return nil },
				AS:           func(a as2org.AS) error { as++; wanting = append(wanting, a.OrgID); return nil },
			})
			if err != nil || as != tt.as || len(orgs) != tt.orgs || refused != 0 {
				t.Errorf("%d networks, %d organisations, %d refused, %v; want %d, %d, 0", as, len(orgs), refused, err, tt.as, tt.orgs)
			}
			lost := 0
			for _, id := range wanting {
				if !orgs[id] {
					lost++
				}
			}
			if lost > 0 {
				t.Errorf("%d networks name an organisation that is not there", lost)
			}
		})
	}
}
