package registry

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// csvColumns are the columns of a neighbourhoods CSV; all but name and asns may be missing.
var csvColumns = []string{"name", "title", "asns", "source", "date"}

// AddNeighbourhoodsCSV adds named lists from CSV. The header names the columns name, title, asns, source and date, in any
// order; asns holds numbers between spaces, with or without AS. A name may stand on several lines, whose networks are
// then one list: title, source and date are those of the first line. Each record is one line. A bad line is reported
// and left out; a header with other columns is an error.
func (b *Builder) AddNeighbourhoodsCSV(src Source, r io.Reader, report func(values.Problem)) error {
	f := csvLists{at: map[string]int{}}
	err := lines.Each(r, maxFile, errors.New("no line is a neighbourhood"), orDrop(report), func(line []byte, number int) (bad, fatal error) {
		fields, err := csv.NewReader(strings.NewReader(string(line))).Read()
		if err != nil {
			return fmt.Errorf("reading CSV: %w", err), nil
		}
		if f.columns == nil {
			return lines.ErrSkip, f.header(fields)
		}
		return f.add(fields, number), nil
	})
	if err != nil {
		return fmt.Errorf("reading neighbourhoods: %w", err)
	}
	n := b.source(KindNeighbourhoods, src)
	for _, d := range f.lists {
		b.lists = append(b.lists, rawList{d, n})
	}
	return nil
}

// csvLists gathers the lists of one file.
type csvLists struct {
	columns []string
	lists   []Definition
	at      map[string]int
}

func (f *csvLists) header(fields []string) error {
	for _, name := range fields {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(csvColumns, name) || slices.Contains(f.columns, name) {
			return fmt.Errorf("header has the column %.40q, which is unknown or stands twice (known are %s)", name, strings.Join(csvColumns, ", "))
		}
		f.columns = append(f.columns, name)
	}
	if !slices.Contains(f.columns, "name") || !slices.Contains(f.columns, "asns") {
		return errors.New("header lacks the column name or asns")
	}
	return nil
}

func (f *csvLists) add(fields []string, line int) error {
	if len(fields) != len(f.columns) {
		return fmt.Errorf("%d columns where the header has %d", len(fields), len(f.columns))
	}
	d := Definition{Line: line, Expr: Expr{Op: OpASNs, Line: line}}
	for i, column := range f.columns {
		if err := d.setColumn(column, strings.TrimSpace(fields[i])); err != nil {
			return err
		}
	}
	if err := d.check(); err != nil {
		return err
	}
	i, ok := f.at[d.Name]
	if !ok {
		f.at[d.Name] = len(f.lists)
		f.lists = append(f.lists, d)
		return nil
	}
	list := &f.lists[i].Expr
	if len(list.ASNs)+len(d.Expr.ASNs) > maxMembers {
		return fmt.Errorf("list %q has more than %d networks", d.Name, maxMembers)
	}
	list.ASNs = append(list.ASNs, d.Expr.ASNs...)
	return nil
}

func (d *Definition) setColumn(column, text string) error {
	var err error
	switch column {
	case "name":
		d.Name = text
	case "title":
		d.Title = text
	case "source":
		d.URL = text
	case "date":
		if text != "" {
			d.Date, err = time.Parse("2006-01-02", text)
		}
		if err != nil {
			return fmt.Errorf("date %.40q is not in the form YYYY-MM-DD", text)
		}
	case "asns":
		for field := range strings.FieldsSeq(text) {
			asn, err := values.ParseASN(field)
			if err != nil || asn == 0 {
				return fmt.Errorf("%.40q is not the number of a network", field)
			}
			d.Expr.ASNs = append(d.Expr.ASNs, asn)
		}
	}
	return nil
}
