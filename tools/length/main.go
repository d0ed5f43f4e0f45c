// Command length reports the Go files past 400 lines, tests apart, and the functions past 60, longest first: each
// deserves a hard look. It ends with 1 only where a file passes 700 lines.
//
//	length [DIR]
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The limits, in lines.
const (
	longFile     = 400
	longFunction = 60
	tooLong      = 700
)

// finding is a file or function with its length.
type finding struct {
	lines int
	what  string
}

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	found, longest, err := measure(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "length:", err)
		os.Exit(3)
	}
	slices.SortStableFunc(found, func(a, b finding) int { return b.lines - a.lines })
	for _, f := range found {
		fmt.Printf("%5d lines  %s\n", f.lines, f.what)
	}
	if longest > tooLong {
		os.Exit(1)
	}
}

func measure(dir string) (found []finding, longest int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n := bytes.Count(text, []byte("\n"))
		longest = max(longest, n)
		if n > longFile {
			found = append(found, finding{n, rel})
		}
		functions, err := longFunctions(rel, text)
		found = append(found, functions...)
		return err
	})
	return found, longest, err
}

func longFunctions(name string, text []byte) ([]finding, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []finding
	for _, d := range tree.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			at := set.Position(f.Pos())
			if n := set.Position(f.End()).Line - at.Line + 1; n > longFunction {
				out = append(out, finding{n, fmt.Sprintf("%s:%d: func %s", name, at.Line, f.Name.Name)})
			}
		}
	}
	return out, nil
}
