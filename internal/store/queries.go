package store

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed sql/*.sql
var texts embed.FS

// queryMark begins a query: the rest of the line is its name.
const queryMark = "-- name: "

// loadQueries reads the named queries of every file that is no migration. A name of a file *_postgres.sql stands in for
// the same name elsewhere, with PostgreSQL.
func loadQueries(e engine) (map[string]string, error) {
	queries, own := map[string]string{}, map[string]string{}
	names, err := fs.Glob(texts, "sql/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if isMigration(name) {
			continue
		}
		into := queries
		if strings.HasSuffix(name, "_postgres.sql") {
			into = own
		}
		if err := readQueries(name, into); err != nil {
			return nil, err
		}
	}
	for name, text := range own {
		if _, known := queries[name]; !known {
			return nil, fmt.Errorf("query %s is PostgreSQL's alone", name)
		}
		if e == postgresEngine {
			queries[name] = text
		}
	}
	return queries, nil
}

func readQueries(file string, into map[string]string) error {
	text, err := texts.ReadFile(file)
	if err != nil {
		return err
	}
	for _, part := range strings.Split("\n"+string(text), "\n"+queryMark)[1:] {
		name, body, _ := strings.Cut(part, "\n")
		if _, twice := into[name]; twice {
			return fmt.Errorf("%s: query %s is there twice", file, name)
		}
		into[name] = withoutComments(body)
	}
	return nil
}

// withoutComments gives the lines that are no comment: what stands above the next query belongs to that.
func withoutComments(text string) string {
	var kept []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if !strings.HasPrefix(line, "--") {
			kept = append(kept, line)
		}
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}

// builder puts a query together from named parts, whose parameters count from $1 in each.
type builder struct {
	queries map[string]string
	text    strings.Builder
	args    []any
}

// add appends a part. Its $1 becomes the next free number, and so on.
func (b *builder) add(name string, args ...any) {
	text, known := b.queries[name]
	if !known {
		panic("store: no query " + name) // a programmer's error
	}
	b.raw(text, args...)
}

// raw appends text of this package's own making.
func (b *builder) raw(text string, args ...any) {
	shift := len(b.args)
	for {
		before, after, found := strings.Cut(text, "$")
		b.text.WriteString(before)
		if !found {
			break
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		n, err := strconv.Atoi(after[:digits])
		if err != nil {
			panic("store: a $ without a number: " + text) // a programmer's error
		}
		b.text.WriteString("$" + strconv.Itoa(n+shift))
		text = after[digits:]
	}
	b.text.WriteByte('\n')
	b.args = append(b.args, args...)
}
