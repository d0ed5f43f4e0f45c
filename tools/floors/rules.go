package main

import (
	"fmt"
	"slices"
	"strings"
)

// rules is the content of floors.txt.
type rules struct {
	module string
	floors []floor
	places map[string]place    // package → where it stands
	tests  []string            // packages for tests alone
	third  map[string][]string // module of others → patterns of packages
}

// floor is one line; index 0 of a rules' floors is the highest.
type floor struct {
	name        string
	pure, codec bool
}

// place is a floor and the position from the left on it.
type place struct{ floor, pos int }

func parseRules(text string) (rules, error) {
	r := rules{places: map[string]place{}, third: map[string][]string{}}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := r.line(line); err != nil {
			return rules{}, fmt.Errorf("floors.txt line %d: %w", i+1, err)
		}
	}
	if r.module == "" || len(r.floors) == 0 {
		return rules{}, fmt.Errorf("floors.txt names no module or no floor")
	}
	return r, nil
}

func (r *rules) line(line string) error {
	head, tail, _ := strings.Cut(line, ":")
	words, items := strings.Fields(head), strings.Fields(tail)
	switch {
	case words[0] == "module" && len(words) == 2:
		r.module = words[1]
	case words[0] == "tests" && len(words) == 1:
		r.tests = append(r.tests, items...)
	case words[0] == "third" && len(words) == 2 && len(items) > 0:
		r.third[words[1]] = append(r.third[words[1]], items...)
	case words[0] == "floor" && len(words) >= 2:
		return r.floor(words[1], words[2:], items)
	default:
		return fmt.Errorf("%q is no rule", line)
	}
	return nil
}

func (r *rules) floor(name string, marks, packages []string) error {
	f := floor{name: name}
	for _, m := range marks {
		switch m {
		case "pure":
			f.pure = true
		case "codec":
			f.codec = true
		default:
			return fmt.Errorf("%q is no mark of a floor (pure, codec)", m)
		}
	}
	for i, p := range packages {
		if _, twice := r.places[p]; twice {
			return fmt.Errorf("%s stands twice", p)
		}
		r.places[p] = place{len(r.floors), i}
	}
	r.floors = append(r.floors, f)
	return nil
}

// mayImport says why the package from must not import the package to, both without the module's name; "" if it may.
func (r *rules) mayImport(from, to string) string {
	if slices.Contains(r.tests, to) {
		return to + " is for tests alone"
	}
	a, b := r.places[from], r.places[to]
	if _, known := r.places[to]; !known {
		return to + " stands on no floor"
	}
	switch {
	case a.floor > b.floor:
		return fmt.Sprintf("upward: %s (%s) must not import %s (%s)", from, r.floors[a.floor].name, to, r.floors[b.floor].name)
	case a.floor == b.floor && a.pos >= b.pos:
		return fmt.Sprintf("sideways: on floor %s, %s does not stand to the right of %s", r.floors[a.floor].name, to, from)
	}
	return ""
}

// mayUse says why the package must not import the path of another module; "" if it may.
func (r *rules) mayUse(pkg, path string) string {
	for module, patterns := range r.third {
		if path != module && !strings.HasPrefix(path, module+"/") {
			continue
		}
		for _, p := range patterns {
			below, tree := strings.CutSuffix(p, "/...")
			if p == pkg || tree && (pkg == below || strings.HasPrefix(pkg, below+"/")) {
				return ""
			}
		}
		return fmt.Sprintf("%s may not use %s (see third in floors.txt)", pkg, module)
	}
	return fmt.Sprintf("%s comes from a module that floors.txt does not name (third)", path)
}
