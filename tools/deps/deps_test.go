package main

import (
	"slices"
	"strings"
	"testing"
)

func TestTables(t *testing.T) {
	got := tables("# x\n\n| module | why |\n| --- | --- |\n| `a/b` | c |\n| `d` | e |\n\ntext\n\n| module | why |\n|---|---|\n| `f` | g |\n")
	if len(got) != 2 || !slices.Equal(got[0], []string{"a/b", "d"}) || !slices.Equal(got[1], []string{"f"}) {
		t.Errorf("got %q", got)
	}
}

func TestCompare(t *testing.T) {
	got := compare("the product", []string{"a", "b"}, []string{"b", "c"})
	if len(got) != 2 || !strings.Contains(got[0], "imports a") || !strings.Contains(got[1], "c has a row") {
		t.Errorf("got %q", got)
	}
}

func TestForTests(t *testing.T) {
	got := forTests("# tests: no\nfloor a: b\ntests: internal/x internal/y/z   \nthird m: c\n")
	if !slices.Equal(got, []string{"./internal/x", "./internal/y/z"}) {
		t.Errorf("got %q", got)
	}
}
