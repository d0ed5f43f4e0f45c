package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// check gives every breach, by package and file.
func check(r rules, packages []pkg) []string {
	var out []string
	for _, p := range packages {
		if slices.Contains(r.tests, p.dir) {
			out = append(out, comment(p)...)
			continue
		}
		at, known := r.places[p.dir]
		if !known {
			out = append(out, fmt.Sprintf("%s: the package %s stands on no floor (tools/floors/floors.txt)", p.files[0].path, p.dir))
			continue
		}
		out = append(out, comment(p)...)
		for _, s := range p.files {
			if s.test {
				continue
			}
			out = append(out, imports(r, p.dir, s)...)
			if r.floors[at.floor].pure {
				out = append(out, purity(s)...)
			}
		}
	}
	return out
}

// comment asks for a package comment of at least a sentence on the package or command.
func comment(p pkg) []string {
	var first *source
	for i, s := range p.files {
		if s.test {
			continue
		}
		if first == nil {
			first = &p.files[i]
		}
		if s.tree.Doc != nil && len(strings.Fields(s.tree.Doc.Text())) > 4 {
			return nil
		}
	}
	if first == nil {
		return nil // tests of the module as a whole
	}
	return []string{first.at(first.tree.Package, "the package has no comment that says what it is for")}
}

// imports checks each import against the floors and the list of others' modules.
func imports(r rules, dir string, s source) []string {
	var out []string
	codec := r.floors[r.places[dir].floor].codec
	for _, spec := range s.tree.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		to, own := strings.CutPrefix(path, r.module+"/")
		reason := ""
		switch {
		case own && codec && strings.HasPrefix(to, "internal/"):
			reason = fmt.Sprintf("%s is public and must not import %s", dir, to)
		case own:
			reason = r.mayImport(dir, to)
		case strings.Contains(strings.Split(path, "/")[0], "."):
			reason = r.mayUse(dir, path)
		}
		if reason != "" {
			out = append(out, s.at(spec.Pos(), reason))
		}
	}
	return out
}

// outward are the standard packages that reach the machine, with what lies below them.
var outward = []string{"os", "net", "syscall", "plugin", "log", "database", "crypto/rand", "io/ioutil", "testing", "expvar"}

// harmless are exceptions from outward: plain values.
var harmless = []string{"net/netip", "net/url"}

// clock are the names of package time that read the clock or wait on it.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Local"}

// injectable are the names of math/rand and math/rand/v2 that draw from a source one is given.
var injectable = []string{"Rand", "Source", "Source64", "New", "NewSource", "NewPCG", "NewChaCha8", "NewZipf", "PCG", "ChaCha8", "Zipf"}

// purity checks that a file of the domain reaches nothing but its arguments.
func purity(s source) []string {
	var out []string
	names := map[string]string{} // the file's name for a package → its path
	for _, spec := range s.tree.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		if isOutward(path) {
			out = append(out, s.at(spec.Pos(), "the domain is pure: no "+path))
		}
		name := strings.TrimSuffix(path, "/v2")
		name = name[strings.LastIndex(name, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." && (path == "time" || strings.HasPrefix(path, "math/rand")) {
			out = append(out, s.at(spec.Pos(), "a dot import of "+path+" hides the clock or chance"))
		}
		names[name] = path
	}
	ast.Inspect(s.tree, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok || id.Obj != nil { // Obj: a local variable of that name, no package
			return true
		}
		switch path := names[id.Name]; {
		case path == "time" && slices.Contains(clock, sel.Sel.Name):
			out = append(out, s.at(sel.Pos(), "the domain is pure: time."+sel.Sel.Name+" is to be injected"))
		case strings.HasPrefix(path, "math/rand") && !slices.Contains(injectable, sel.Sel.Name):
			out = append(out, s.at(sel.Pos(), "the domain is pure: rand."+sel.Sel.Name+" draws from a source that is not injected"))
		}
		return true
	})
	return out
}

func isOutward(path string) bool {
	if slices.Contains(harmless, path) {
		return false
	}
	for _, o := range outward {
		if path == o || strings.HasPrefix(path, o+"/") {
			return true
		}
	}
	return false
}
