// Command floors checks that the packages of a module import one another only as floors.txt allows, that the domain
// stays pure, and that every package has a comment. It prints file:line and the reason of each breach, and ends with 1
// where there is one.
//
//	floors [-rules FILE] [DIR]      DIR is the module's folder, "." by default
//
// Test files are free to import what they like (a test may compose), but no other file may import a package of the
// tests line. Purity is checked on names, not on types: it stops carelessness, not cunning.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed floors.txt
var ownRules string

func main() {
	file := flag.String("rules", "", "read the rules from this file instead of the project's own")
	flag.Parse()
	dir := "."
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	breaches, err := run(dir, *file)
	for _, b := range breaches {
		fmt.Println(b)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "floors:", err)
		os.Exit(3)
	case len(breaches) > 0:
		os.Exit(1)
	}
}

func run(dir, rulesFile string) ([]string, error) {
	text := ownRules
	if rulesFile != "" {
		b, err := os.ReadFile(filepath.Clean(rulesFile))
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	rules, err := parseRules(text)
	if err != nil {
		return nil, err
	}
	packages, err := readModule(dir)
	if err != nil {
		return nil, err
	}
	return check(rules, packages), nil
}
