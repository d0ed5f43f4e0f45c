package main

import (
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

// pkg is one folder of Go files.
type pkg struct {
	dir   string // below the module's folder, with slashes
	files []source
}

// source is one parsed file.
type source struct {
	path string // below the module's folder, with slashes
	test bool
	tree *ast.File
	set  *token.FileSet
}

// at gives "path:line: text".
func (s source) at(pos token.Pos, text string) string {
	return fmt.Sprintf("%s:%d: %s", s.path, s.set.Position(pos).Line, text)
}

// readModule parses all Go files below dir, whatever their build tags. It leaves out what the go command leaves out:
// testdata, names with a leading dot or underscore, and modules of their own.
func readModule(dir string) ([]pkg, error) {
	byDir := map[string]*pkg{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != dir && leftOut(path, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasPrefix(d.Name(), "_") || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		s, err := parse(dir, path)
		if err != nil {
			return err
		}
		at := filepath.ToSlash(filepath.Dir(s.path))
		if byDir[at] == nil {
			byDir[at] = &pkg{dir: at}
		}
		byDir[at].files = append(byDir[at].files, s)
		return nil
	})
	var packages []pkg
	for _, p := range byDir {
		packages = append(packages, *p)
	}
	slices.SortFunc(packages, func(a, b pkg) int { return strings.Compare(a.dir, b.dir) })
	return packages, err
}

func leftOut(path, name string) bool {
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		// The folder named testdata is left out by the go command too, unless it is a package that others import.
		return name != "testdata" || !holdsPackage(path)
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// holdsPackage tells a package called testdata from a folder of test data: the former has Go files at its top.
func holdsPackage(path string) bool {
	files, _ := filepath.Glob(filepath.Join(path, "*.go"))
	return len(files) > 0 && filepath.Base(filepath.Dir(path)) == "internal"
}

func parse(dir, path string) (source, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	rel, err := filepath.Rel(dir, path)
	return source{filepath.ToSlash(rel), strings.HasSuffix(path, "_test.go"), tree, set}, err
}
