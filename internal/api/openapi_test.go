package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/api"
)

// TestOpenAPI: the document is the one that was looked at last; -update takes a new one.
func TestOpenAPI(t *testing.T) {
	got := get(t, apiOf(t, api.Config{}), "/api/openapi.json")
	if got.Code != 200 || got.Header().Get("Content-Type") != "application/openapi+json;version=3.1" {
		t.Fatalf("%d %s", got.Code, got.Header())
	}
	golden := filepath.Join("testdata", "openapi.json")
	if *update {
		if err := os.WriteFile(golden, got.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.Body.String()); diff != "" {
		t.Errorf("testdata/openapi.json (-want +got), see -update:\n%s", diff)
	}
}
