// Package testdata finds what only some machines have for a test: the folder of real-world data and the programs of
// others. [Real], [Tool] and [Axe] skip the test with a reason where it is missing; what can be installed must be there in
// CI. [Folder] takes a world that is made up. The package is for tests alone.
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

// Tool gives the path of a program of others, such as bgpdump; where it is not installed, [Lacking].
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Lacking(t, name+" is not installed")
	}
	return path
}

// Lacking skips the test for want of something that can be installed. Where CI is true or PAHRA_NEED_TOOLS is 1 it fails
// instead: what is not tried there is tried nowhere.
func Lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("PAHRA_NEED_TOOLS") == "1" || os.Getenv("CI") == "true" {
		t.Fatalf("%s, and CI=true or PAHRA_NEED_TOOLS=1 says that it must be", what)
	}
	t.Skip(what)
}

// Axe gives the script of axe-core, which npm fetches.
func Axe(t testing.TB) string {
	t.Helper()
	const place = "internal/web/testdata/axe"
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(place), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		Lacking(t, "axe-core is not installed: npm ci --ignore-scripts --prefix "+place+" fetches it")
	}
	return string(text)
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
