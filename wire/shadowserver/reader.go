package shadowserver

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"pahra/wire/intelmq"
	"pahra/wire/rows"
)

// Reader reads one report. Not safe for concurrent use.
type Reader struct {
	rows   *rows.Reader
	plan   *Plan
	header int    // octets of the header and its line's end
	raw    []byte // the header, and the row read last

	head64 int    // octets of base64 that are the same for all rows
	raw64  []byte // base64 of raw
}

// NewReader reads the header of a report and compiles its plan; constants are as for [Report.Compile]. A table of more
// than 1,000 columns, or without one that the mapping requires, is refused.
func (r *Report) NewReader(in io.Reader, constants map[string]string) (*Reader, error) {
	table := rows.NewReader(in, rows.Options{})
	header, err := table.Next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	plan, err := r.Compile(header.Fields, constants)
	if err != nil {
		return nil, err
	}
	raw := append(quoted(header.Fields), '\n')
	same := base64.StdEncoding.AppendEncode(nil, raw[:len(raw)/3*3])
	return &Reader{rows: table, plan: plan, header: len(raw), raw: raw, head64: len(same), raw64: same}, nil
}

// quoted writes a header as Shadowserver does, each name in quotes.
func quoted(header []string) []byte {
	var line []byte
	for i, name := range header {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(append(append(line, '"'), strings.ReplaceAll(name, `"`, `""`)...), '"')
	}
	return line
}

// Base64 gives what Next gave as raw last, in base64.
func (r *Reader) Base64() string {
	r.raw64 = base64.StdEncoding.AppendEncode(r.raw64[:r.head64], r.raw[r.header/3*3:])
	return string(r.raw64)
}

// Next puts the event of the next row into e. raw is the header and the row, a report by itself, valid until the next
// call. The errors are io.EOF behind the last row, a *rows.BadRow after which one can go on, or that of the reader below.
func (r *Reader) Next(e *intelmq.Event) (raw []byte, err error) {
	row, err := r.rows.Next()
	if err != nil {
		return nil, err
	}
	if err := r.plan.Apply(row.Fields, e); err != nil {
		return nil, &rows.BadRow{Line: row.Line, Text: row.Text, Reason: err}
	}
	r.raw = append(r.raw[:r.header], strings.TrimRight(row.Text, " \t")...)
	return r.raw, nil
}
