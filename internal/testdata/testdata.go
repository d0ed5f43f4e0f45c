// Package testdata finds what only some machines have for a test: the folder of real-world data and the programs of
// others. [Real] and [Tool] skip the test with a reason where it is missing. The package is for tests alone.
package testdata

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Real gives the folder of real-world data: $PAHRA_REALDATA, else ../shared/data beside the repository. It skips the
// test where neither is there.
func Real(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PAHRA_REALDATA")
	if dir == "" {
		dir = filepath.Join(root(t), "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST.md")); err != nil {
		t.Skipf("no real-world data: %v (set PAHRA_REALDATA to its folder)", err)
	}
	return dir
}

// Tool gives the path of a program of others, such as bgpdump. Where it is missing the test is skipped, or fails if
// PAHRA_NEED_TOOLS is 1, as in CI.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("PAHRA_NEED_TOOLS") == "1":
		t.Fatalf("%s is not installed, and PAHRA_NEED_TOOLS=1 says that it must be", name)
	default:
		t.Skipf("%s is not installed", name)
	}
	return ""
}

// root walks up from the test's folder to the one that holds go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's folder")
		}
	}
}
