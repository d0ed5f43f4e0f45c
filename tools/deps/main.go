// Command deps checks that docs/dependencies.md gives a reason for each module that the project imports directly, and
// for no other. It prints what is missing and what is too much, and ends with 1 where there is any.
//
//	deps [DIR]      DIR is the module's folder, "." by default
//
// What counts is what the code imports, by "go list": modules of the product (imported by a file that is no test) must
// stand in the document's first table, those of tests alone in its second. The packages that tools/floors/floors.txt
// gives to tests alone, in its "tests:" lines, are tests.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	document = "docs/dependencies.md"
	floors   = "tools/floors/floors.txt"
)

// most is the limit of conventions: direct modules of the product.
const most = 30

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	complaints, err := run(dir)
	for _, c := range complaints {
		fmt.Println(c)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "deps:", err)
		os.Exit(3)
	case len(complaints) > 0:
		os.Exit(1)
	}
}

func run(dir string) ([]string, error) {
	rules, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(floors)))
	if err != nil {
		return nil, err
	}
	kit, err := packages(dir, forTests(string(rules)))
	if err != nil {
		return nil, err
	}
	all, err := packages(dir, []string{"./..."})
	if err != nil {
		return nil, err
	}
	const plain = `{{join .Imports "\n"}}`
	product, err := modules(dir, plain, slices.DeleteFunc(slices.Clone(all), func(p string) bool { return slices.Contains(kit, p) }))
	if err != nil {
		return nil, err
	}
	tests, err := modules(dir, plain+`{{"\n"}}{{join .TestImports "\n"}}{{"\n"}}{{join .XTestImports "\n"}}`, all)
	if err != nil {
		return nil, err
	}
	tests = slices.DeleteFunc(tests, func(m string) bool { return slices.Contains(product, m) })
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(document)))
	if err != nil {
		return nil, err
	}
	tables := tables(string(text))
	if len(tables) < 2 {
		return nil, fmt.Errorf("%s has %d tables and needs two: the product's modules, those of tests", document, len(tables))
	}
	out := compare("the product", product, tables[0])
	out = append(out, compare("tests alone", tests, tables[1])...)
	if len(product) > most {
		out = append(out, fmt.Sprintf("%d direct modules; %d are the limit", len(product), most))
	}
	return out, nil
}

// forTests gives the packages of the "tests:" lines, as patterns below the module's folder.
func forTests(rules string) []string {
	var out []string
	for line := range strings.Lines(rules) {
		if rest, ok := strings.CutPrefix(line, "tests:"); ok {
			for _, p := range strings.Fields(rest) {
				out = append(out, "./"+p)
			}
		}
	}
	return out
}

// packages gives the import paths of the packages that patterns name.
func packages(dir string, patterns []string) ([]string, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	return goList(dir, patterns...)
}

// modules gives the modules of others whose packages appear in the go list template of packages.
func modules(dir, template string, packages []string) ([]string, error) {
	imports, err := goList(dir, append([]string{"-f", template}, packages...)...)
	if err != nil {
		return nil, err
	}
	var foreign []string
	for _, path := range imports {
		if strings.Contains(strings.Split(path, "/")[0], ".") {
			foreign = append(foreign, path)
		}
	}
	if len(foreign) == 0 {
		return nil, nil
	}
	slices.Sort(foreign)
	return goList(dir, append([]string{"-f", "{{with .Module}}{{.Path}}{{end}}"}, slices.Compact(foreign)...)...)
}

// goList runs go list in dir and gives its lines, sorted, each once.
func goList(dir string, args ...string) ([]string, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	lines := strings.Fields(string(out))
	slices.Sort(lines)
	return slices.Compact(lines), nil
}

var firstCell = regexp.MustCompile("^\\| *`([^`]+)` *\\|")

// tables gives the first cells in code font, table by table.
func tables(text string) [][]string {
	var out [][]string
	inside := false
	scanner := bufio.NewScanner(strings.NewReader(text))
	for scanner.Scan() {
		line := scanner.Text()
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		if !inside {
			out, inside = append(out, nil), true
		}
		if m := firstCell.FindStringSubmatch(line); m != nil {
			out[len(out)-1] = append(out[len(out)-1], m[1])
		}
	}
	return out
}

func compare(what string, imported, written []string) []string {
	var out []string
	for _, m := range imported {
		if !slices.Contains(written, m) {
			out = append(out, fmt.Sprintf("%s: %s imports %s, and no row gives its reason", document, what, m))
		}
	}
	for _, m := range written {
		if !slices.Contains(imported, m) {
			out = append(out, fmt.Sprintf("%s: %s has a row, and %s does not import it", document, m, what))
		}
	}
	return out
}
