package store

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/store.md anew")

// generatedMark begins the part of docs/store.md that the migrations' own words make.
const generatedMark = "<!-- From here on made of internal/store/sql by: go test ./internal/store -run TestSchemaIsDocumented -update -->\n"

// TestSchemaIsDocumented wants docs/store.md to be what the migrations say.
func TestSchemaIsDocumented(t *testing.T) {
	const path = "../../docs/store.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, have, _ := strings.Cut(string(text), generatedMark)
	want := described(t)
	if *update {
		if err := os.WriteFile(path, []byte(before+generatedMark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("docs/store.md is not what the migrations say; run this test with -update\n%s", diff)
	}
}

// described gives every table with its columns as Markdown. What tables and columns there are says the database; what
// they are for says the comment above the table and behind the column.
func described(t *testing.T) string {
	all, err := Migrations()
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := schemaOf(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, shape := range shapes {
		if shape.name == "migration" {
			b.WriteString("\n### migration\n\nThe migrations that the store has taken: number, name, SHA-256 of the text.\n")
			continue
		}
		migration, comment, body := sourceOf(t, all, shape.name)
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| column | type | |\n| --- | --- | --- |\n", shape.name, strings.TrimSpace(comment+" (Migration "+migration+".)"))
		for _, column := range shape.columns {
			line := regexp.MustCompile(`(?m)^\s+` + column + `\s+(\w+(?: PRECISION)?)([^-\n]*)(?:-- (.*))?$`).FindStringSubmatch(body)
			if line == nil {
				line = added(t, all, shape.name, column)
			}
			words := line[3]
			if strings.Contains(line[2], "PRIMARY KEY") {
				words = strings.TrimSuffix("the key; "+words, "; ")
			}
			if parent := regexp.MustCompile(`REFERENCES (\w+)`).FindStringSubmatch(line[2]); parent != nil {
				words = strings.TrimSuffix("of "+parent[1]+"; "+words, "; ")
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", column, line[1], words)
		}
		if key := regexp.MustCompile(`(?m)^    PRIMARY KEY \((.*)\)`).FindStringSubmatch(body); key != nil {
			fmt.Fprintf(&b, "\nKey: %s.\n", key[1])
		}
	}
	return b.String()
}

// sourceOf gives the migration that makes a table, the comment above it if there is one, and its text.
func sourceOf(t *testing.T, all []Migration, table string) (migration, comment, body string) {
	make := regexp.MustCompile(`(?ms)((?:^--[^\n]*\n)*)^CREATE TABLE ` + table + ` \((.*?)^\);`)
	for _, m := range all {
		if found := make.FindStringSubmatch(m.Text); found != nil {
			words := strings.Fields(strings.ReplaceAll(found[1], "--", ""))
			return fmt.Sprintf("%04d_%s", m.Number, m.Name), strings.Join(words, " "), found[2]
		}
	}
	t.Fatalf("no migration makes %s", table)
	return "", "", ""
}

// added finds a column that a later migration added: ALTER TABLE … ADD COLUMN …; -- what for.
func added(t *testing.T, all []Migration, table, column string) []string {
	alter := regexp.MustCompile(`(?m)^ALTER TABLE ` + table + ` ADD COLUMN ` + column + `\s+(\w+(?: PRECISION)?)([^-\n]*);(?:\s*-- (.*))?$`)
	for _, m := range all {
		if found := alter.FindStringSubmatch(m.Text); found != nil {
			return found
		}
	}
	t.Fatalf("no migration has column %s of %s on a line of its own", column, table)
	return nil
}
