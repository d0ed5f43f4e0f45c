package vrp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"pahra/wire/lines"
	"pahra/wire/values"
)

const (
	maxLine    = 1 << 15 // bytes in one line of CSV
	maxColumns = 32
)

// columns says where in a line the fields stand; -1 is nowhere.
type columns struct{ asn, prefix, maxLength, ta, expires int }

// headings are the names that validators give their columns, in lower case.
var headings = map[string]func(*columns) *int{
	"asn":          func(c *columns) *int { return &c.asn },
	"origin as":    func(c *columns) *int { return &c.asn },
	"ip prefix":    func(c *columns) *int { return &c.prefix },
	"prefix":       func(c *columns) *int { return &c.prefix },
	"max length":   func(c *columns) *int { return &c.maxLength },
	"maxlength":    func(c *columns) *int { return &c.maxLength },
	"trust anchor": func(c *columns) *int { return &c.ta },
	"ta":           func(c *columns) *int { return &c.ta },
	"expires":      func(c *columns) *int { return &c.expires },
	"not after":    func(c *columns) *int { return &c.expires },
}

// readCSV reads lines of ASN, prefix, maxLength and more as the heading says. Without a heading the columns are those of
// rpki-client: ASN, prefix, maxLength, trust anchor, expiry.
func readCSV(r io.Reader, b *builder) error {
	var cols *columns
	var row [][]byte
	for in := lines.NewReader(r, maxLine); b.fatal == nil; {
		text, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, lines.ErrTooLong):
			b.problem(values.Problem{Line: in.Number()}, err)
			continue
		case err != nil:
			return err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 || text[0] == '#' {
			continue
		}
		row = splitRow(row[:0], text)
		isHeading := false
		if cols == nil {
			if cols, isHeading = findColumns(row); cols == nil {
				return fmt.Errorf("line %d: no columns ASN and prefix: %w", in.Number(), ErrFormat)
			}
		}
		if !isHeading {
			b.csvRow(in.Number(), cols, row)
		}
	}
	return b.fatal
}

// splitRow splits at commas outside double quotes and strips the quotes, as RFC 4180 without quotes inside quotes.
func splitRow(row [][]byte, text []byte) [][]byte {
	quoted, from := false, 0
	for i := 0; i <= len(text) && len(row) < maxColumns; i++ {
		switch {
		case i == len(text) || text[i] == ',' && !quoted:
			field := bytes.TrimSpace(text[from:i])
			if n := len(field); n >= 2 && field[0] == '"' && field[n-1] == '"' {
				field = field[1 : n-1]
			}
			row, from = append(row, field), i+1
		case text[i] == '"':
			quoted = !quoted
		}
	}
	return row
}

// findColumns judges the first line: a heading, or already a record. It gives nil where it is neither.
func findColumns(row [][]byte) (cols *columns, isHeading bool) {
	if len(row) >= 2 {
		_, errASN := values.ParseASN(string(row[0]))
		_, errPrefix := values.ParsePrefix(string(row[1]))
		if errASN == nil || errPrefix == nil {
			return &columns{asn: 0, prefix: 1, maxLength: 2, ta: 3, expires: 4}, false
		}
	}
	cols = &columns{-1, -1, -1, -1, -1}
	for i, name := range row {
		if at, ok := headings[strings.ToLower(string(name))]; ok && *at(cols) < 0 {
			*at(cols) = i
		}
	}
	if cols.asn < 0 || cols.prefix < 0 {
		return nil, false
	}
	return cols, true
}

// csvRow adds one record or reports why not.
func (b *builder) csvRow(line int, cols *columns, row [][]byte) {
	field := func(i int) []byte {
		if i < 0 || i >= len(row) {
			return nil
		}
		return row[i]
	}
	f := record{maxLength: -1}
	bad := f.setASN(field(cols.asn))
	if bad == nil {
		bad = f.setPrefix(field(cols.prefix))
	}
	if bad == nil {
		bad = f.setMaxLength(field(cols.maxLength))
	}
	if text := field(cols.expires); bad == nil && len(text) > 0 {
		t, err := parseTime(string(text))
		f.expires, bad = t.Unix(), err
	}
	if bad == nil {
		bad = b.setTA(&f, field(cols.ta))
	}
	if bad == nil {
		bad = b.addVRP(f.prefix, f.maxLength, VRP{ASN: f.asn, TA: f.ta, Expires: f.expires})
	}
	if bad != nil && b.fatal == nil {
		b.problem(values.Problem{Line: line}, bad)
	}
}
