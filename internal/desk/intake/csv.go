package intake

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/intelmq"
	"pahra/wire/rows"
)

// readCSV reads a table by the saved mapping of its columns.
func readCSV(r io.Reader, opt Options, out Out) error {
	if opt.Mapping == nil {
		return errors.New("a CSV is read with a mapping of its columns, which is not given")
	}
	t := &csvTable{mapping: opt.Mapping, rows: rows.NewReader(r, rows.Options{Comma: opt.Mapping.comma})}
	if err := t.begin(); err != nil {
		return err
	}
	var e intelmq.Event
	for {
		row, err := t.next()
		raw := row.Text
		if err == nil {
			if reason := t.event(row.Fields, &e); reason != nil {
				err = &rows.BadRow{Line: row.Line, Text: row.Text, Reason: reason}
			}
		}
		if t.header != "" {
			raw = t.header + "\n" + raw
		}
		if err := takeRow(&e, []byte(raw), err, out); err != nil {
			return end(err)
		}
	}
}

// csvTable is a table at work.
type csvTable struct {
	mapping *Mapping
	rows    *rows.Reader
	header  string   // as it stands; "" if there is none
	names   []string // of the columns
	width   int      // columns; 0 if not known yet
	columns []int    // of the mapping's fields, in their order
	others  []int    // columns that the mapping does not name
}

// next gives the next row that is no comment.
func (t *csvTable) next() (rows.Row, error) {
	for {
		row, err := t.rows.Next()
		if err != nil || t.mapping.Comment == "" || !strings.HasPrefix(row.Text, t.mapping.Comment) {
			return row, err
		}
	}
}

// begin reads the header, if the table has one, and finds the columns in it.
func (t *csvTable) begin() error {
	if !t.mapping.headless {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		if err != nil {
			return fmt.Errorf("its header: %w", err)
		}
		t.header = row.Text
		for _, name := range row.Fields {
			t.names = append(t.names, strings.TrimSpace(name))
		}
	}
	for _, f := range t.mapping.fields {
		at := slices.Index(t.names, f.Column)
		if t.mapping.headless {
			at = f.number - 1
		}
		if at < 0 {
			return fmt.Errorf("it has no column %q", f.Column)
		}
		t.columns = append(t.columns, at)
	}
	return nil
}

// widen takes the number of columns, once it is known, and the columns that the mapping does not name.
func (t *csvTable) widen(columns int) {
	t.width = columns
	for i := range columns {
		if !slices.Contains(t.columns, i) {
			t.others = append(t.others, i)
		}
	}
}

// name gives what a column is called in extra.
func (t *csvTable) name(column int) string {
	if column < len(t.names) && t.names[column] != "" {
		return t.names[column]
	}
	return "column_" + strconv.Itoa(column+1)
}

// event puts a row into e. An error says that the row is bad.
func (t *csvTable) event(row []string, e *intelmq.Event) error {
	if t.width == 0 {
		t.widen(max(len(row), len(t.names)))
	}
	if len(row) != t.width {
		return fmt.Errorf("the row has %d columns, the table %d", len(row), t.width)
	}
	e.Reset()
	for i, f := range t.mapping.fields {
		if t.columns[i] >= len(row) {
			return fmt.Errorf("the row has no column %d", t.columns[i]+1)
		}
		text := strings.TrimSpace(row[t.columns[i]])
		err := f.put(text, e)
		if err != nil && f.required {
			return err
		}
		if err != nil {
			e.Set(intelmq.Extra+t.name(t.columns[i]), intelmq.Value{Text: text})
		}
	}
	for _, i := range t.others {
		if text := strings.TrimSpace(row[i]); text != "" && t.mapping.Rest != "drop" {
			e.Set(intelmq.Extra+t.name(i), intelmq.Value{Text: text})
		}
	}
	for _, c := range t.mapping.constants {
		if _, told := e.Get(c.Key); !told {
			e.Set(c.Key, c.Value)
		}
	}
	return nil
}
