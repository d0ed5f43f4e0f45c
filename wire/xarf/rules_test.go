package xarf

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRules: what the rules name is there, and they know all types of both versions.
func TestRules(t *testing.T) {
	sets := maps.Clone(rules3())
	sets["4"] = rules4()
	for version, r := range sets {
		file := "rules/v3.txt"
		if version == "4" {
			file = "rules/v4.txt"
		}
		text, _ := texts.ReadFile(file)
		for line := range strings.Lines(string(text)) {
			for _, m := range regexp.MustCompile(`\bobject ([a-z]\S*)`).FindAllStringSubmatch(line, -1) {
				if line[0] != '#' && r[m[1]] == nil {
					t.Errorf("version %s has no %s", version, m[1])
				}
			}
		}
	}
	count := func(r rules) int {
		return len(slices.DeleteFunc(slices.Collect(maps.Keys(r)), func(name string) bool { return !strings.Contains(name, "/") }))
	}
	if got := count(sets["4"]); got != 32 {
		t.Errorf("version 4 has %d types, expected 32", got)
	}
	for version, want := range map[string]int{"alpha": 11, "1": 12, "2": 12, "3": 16, "development": 16} {
		if got := count(sets[version]); got != want {
			t.Errorf("version %s has %d types, expected %d", version, got, want)
		}
	}
}
