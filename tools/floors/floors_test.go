package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const testRules = `
module example
floor doors: internal/cli internal/web
floor facts pure: internal/authority internal/routes
floor formats pure codec: wire/mrt wire/bgp
floor values pure codec: wire/values
tests: internal/testdata
third github.com/x/y: internal/...
`

// module writes a synthetic module and checks it.
func module(t *testing.T, files map[string]string) []string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("floors.txt", testRules)
	for name, text := range files {
		write(name, text)
	}
	breaches, err := run(dir, filepath.Join(dir, "floors.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return breaches
}

// file gives a commented package of that name with the given imports and body.
func file(name, imports, body string) string {
	return "// Package " + name + " is there to be checked by a test.\npackage " + name + "\n" + imports + "\n" + body + "\n"
}

func TestBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		path, text string
		want       string // "" for none
	}{
		"downward":          {"internal/cli/a.go", file("cli", `import _ "example/internal/routes"`, ""), ""},
		"to the right":      {"internal/cli/a.go", file("cli", `import _ "example/internal/web"`, ""), ""},
		"skipping floors":   {"internal/cli/a.go", file("cli", `import _ "example/wire/values"`, ""), ""},
		"upward":            {"internal/routes/a.go", file("routes", `import _ "example/internal/cli"`, ""), "internal/routes/a.go:3: upward"},
		"sideways":          {"internal/routes/a.go", file("routes", `import _ "example/internal/authority"`, ""), "internal/routes/a.go:3: sideways"},
		"wire to internal":  {"wire/mrt/a.go", file("mrt", `import _ "example/internal/routes"`, ""), "wire/mrt/a.go:3: wire/mrt is public"},
		"wire sideways":     {"wire/bgp/a.go", file("bgp", `import _ "example/wire/mrt"`, ""), "sideways"},
		"wire to the right": {"wire/mrt/a.go", file("mrt", `import _ "example/wire/bgp"`, ""), ""},
		"unknown target":    {"internal/cli/a.go", file("cli", `import _ "example/internal/new"`, ""), "internal/new stands on no floor"},
		"unknown package":   {"internal/new/a.go", file("new", "", ""), "internal/new/a.go: the package internal/new stands on no floor"},
		"a floor's child":   {"internal/routes/sub/a.go", file("sub", "", ""), "stands on no floor"},
		"test helper":       {"internal/cli/a.go", file("cli", `import _ "example/internal/testdata"`, ""), "for tests alone"},
		"in a test":         {"wire/mrt/a_test.go", file("mrt", `import _ "example/internal/testdata"`, ""), ""},
		"third, listed":     {"internal/cli/a.go", file("cli", `import _ "github.com/x/y/z"`, ""), ""},
		"third, elsewhere":  {"wire/mrt/a.go", file("mrt", `import _ "github.com/x/y"`, ""), "wire/mrt may not use github.com/x/y"},
		"third, unlisted":   {"internal/cli/a.go", file("cli", `import _ "github.com/x/yy"`, ""), "floors.txt does not name"},
		"domain and os":     {"internal/routes/a.go", file("routes", `import _ "os"`, ""), "a.go:3: the domain is pure: no os"},
		"domain and exec":   {"internal/routes/a.go", file("routes", `import _ "os/exec"`, ""), "no os/exec"},
		"domain and http":   {"internal/routes/a.go", file("routes", `import _ "net/http"`, ""), "no net/http"},
		"domain and net":    {"internal/routes/a.go", file("routes", `import _ "net"`, ""), "no net"},
		"domain and netip":  {"internal/routes/a.go", file("routes", `import _ "net/netip"`, ""), ""},
		"doors and os":      {"internal/cli/a.go", file("cli", `import _ "os"`, ""), ""},
		"clock":             {"internal/routes/a.go", file("routes", `import "time"`, "var x = time.Now()"), "a.go:4: the domain is pure: time.Now"},
		"clock, renamed":    {"internal/routes/a.go", file("routes", `import t "time"`, "var x = t.Since"), "time.Since"},
		"clock, dot":        {"internal/routes/a.go", file("routes", `import . "time"`, "var x = Now()"), "dot import"},
		"clock in a test":   {"internal/routes/a_test.go", file("routes", `import "time"`, "var x = time.Now()"), ""},
		"a time of one's":   {"internal/routes/a.go", file("routes", "", "func f(time struct{ Now int }) int { return time.Now }"), ""},
		"a moment":          {"internal/routes/a.go", file("routes", `import "time"`, "var x = time.Unix(0, 0)"), ""},
		"chance":            {"internal/routes/a.go", file("routes", `import "math/rand/v2"`, "var x = rand.IntN(3)"), "rand.IntN"},
		"chance, injected":  {"internal/routes/a.go", file("routes", `import "math/rand/v2"`, "func f(r *rand.Rand) int { return r.IntN(3) }"), ""},
		"no comment":        {"internal/cli/a.go", "package cli\n", "internal/cli/a.go:1: the package has no comment"},
		"build tags":        {"internal/routes/a.go", "//go:build ignore\n\n" + file("routes", `import _ "os"`, ""), "no os"},
		"own module":        {"tools/x/a.go", "package x", "tools/x/a.go: the package tools/x stands on no floor"},
		"test data":         {"internal/cli/testdata/a.go", "package x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := module(t, map[string]string{c.path: c.text})
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("breaches where there is none: %q", got)
			case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
				t.Errorf("got %q, want one with %q", got, c.want)
			}
		})
	}
}

func TestModuleOfItsOwnIsLeftOut(t *testing.T) {
	got := module(t, map[string]string{"tools/go.mod": "module tools", "tools/x/a.go": "package x", "internal/testdata/a.go": file("testdata", `import _ "os"`, "")})
	if len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestBadRules(t *testing.T) {
	for _, text := range []string{"", "module x", "module x\nfloor a b: c", "module x\nfloor a: p p", "module x\nfoor a: p", "third x:"} {
		if _, err := parseRules(text); err == nil {
			t.Errorf("%q passes", text)
		}
	}
}

// The project's own rules hold each floor that the design names, in its order.
func TestOwnRules(t *testing.T) {
	r, err := parseRules(ownRules)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.floors {
		names = append(names, f.name)
	}
	want := []string{"main", "doors", "composition", "adapters", "action", "judgement", "facts", "truth", "formats", "values"}
	if !slices.Equal(names, want) {
		t.Errorf("floors are %v", names)
	}
	for _, f := range r.floors[4:] {
		if !f.pure {
			t.Errorf("floor %s is not pure", f.name)
		}
	}
}
