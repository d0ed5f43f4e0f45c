package watch

import (
	"fmt"
	"slices"
	"strings"
)

// exclusionNames gives the names of all exclusions, of every kind of incident, in the order in which they are tried.
func exclusionNames() []string {
	names := []string{"standing", "unsure-relation", "new-provider"} // before there is a candidate
	for _, x := range exclusions() {
		names = append(names, x.name)
	}
	for _, x := range leakExclusions() {
		names = append(names, x.name)
	}
	for _, x := range linkExclusions() {
		names = append(names, x.name)
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(names, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

// Exclusions checks names of exclusions and gives them sorted, each once.
func Exclusions(names []string) ([]string, error) {
	known := exclusionNames()
	out := []string{}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%q is none of %s", name, strings.Join(known, ", "))
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
