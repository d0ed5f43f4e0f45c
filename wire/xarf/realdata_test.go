package xarf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
)

// reports gives the reports in a folder by their names, the folders below among them.
func reports(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		found[name], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d reports: %v", len(found), err)
	}
	return found
}

// TestPublishedSamples: what the two specifications publish as good is read, and what they publish as bad is refused.
func TestPublishedSamples(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "cti/xarf")
	for _, set := range []struct {
		folder string
		count  int
		good   bool
	}{{"v4/samples/v4", 32, true}, {"v4/samples/v3", 4, true}, {"v3/positive", 50, true}, {"v3/negative", 100, false}} {
		found := reports(t, filepath.Join(dir, set.folder))
		if len(found) != set.count {
			t.Errorf("%s: %d reports, expected %d", set.folder, len(found), set.count)
		}
		for name, b := range found {
			r, err := Parse(b)
			switch {
			case set.good && err != nil:
				t.Errorf("%s/%s: %v", set.folder, name, err)
			case !set.good && err == nil:
				t.Errorf("%s/%s is read", set.folder, name)
			case !set.good:
				t.Logf("%s/%s: %v", set.folder, name, err)
			case r.Source == "" || r.Time.IsZero() || r.Reporter.Contact == "" && !strings.Contains(name, "reporter_info_person"):
				t.Errorf("%s/%s: %+v", set.folder, name, r)
			}
		}
	}
}
