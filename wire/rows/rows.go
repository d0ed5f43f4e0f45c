// Package rows reads tables of comma-separated values (RFC 4180), row by row and bounded, for files that strangers wrote.
//
// Make a [Reader] with [NewReader] and call [Reader.Next] until io.EOF; the first row is the header, if the table has one.
// A row that is no row is told as a [BadRow], and the next call goes on behind it: a quote that is never closed costs its
// own line, not those that follow. Blank lines are passed over, NUL octets left out, octets that are no UTF-8 replaced by
// U+FFFD. The package does not know what the columns mean, nor how many a row should have.
package rows

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"pahra/wire/lines"
)

// Options bound and shape what a Reader reads. The zero value is comma, 1 MiB a row, 1,000 columns.
type Options struct {
	Comma   byte // between fields; not a quote or the end of a line
	MaxRow  int  // octets of a row
	Columns int  // the most columns a row may have
}

// most is how many lines a row may have: more, and the quote that was opened is taken for a stray one.
const most = 100

// Row is one row of a table. Its strings stay as they are; Fields itself is valid until the next call of Next.
type Row struct {
	Line   int      // its first line, from 1
	Text   string   // as it stands, without the end of its last line
	Fields []string // without quotes
}

// BadRow is the error of Next for what is no row.
type BadRow struct {
	Line   int
	Text   string // what stands there; "" if it was too long to be kept
	Reason error
}

func (b *BadRow) Error() string { return fmt.Sprintf("line %d: %v", b.Line, b.Reason) }

// Unwrap gives the reason.
func (b *BadRow) Unwrap() error { return b.Reason }

// What is wrong with a row.
var (
	ErrOpen    = errors.New("a quote is not closed")
	ErrColumns = errors.New("too many columns")
)

// Reader reads rows. Not safe for concurrent use.
type Reader struct {
	lr      *lines.Reader
	opt     Options
	columns int    // of the first row
	queue   []line // read already, and not yet part of a row
	fields  []string
}

type line struct {
	text   string
	number int
	long   bool // too long to be kept
}

// NewReader reads a table from r.
func NewReader(r io.Reader, opt Options) *Reader {
	if opt.Comma == 0 {
		opt.Comma = ','
	}
	if opt.MaxRow == 0 {
		opt.MaxRow = 1 << 20
	}
	if opt.Columns == 0 {
		opt.Columns = 1000
	}
	return &Reader{lr: lines.NewReader(r, opt.MaxRow), opt: opt}
}

// Next gives the next row. Its errors are io.EOF behind the last one, a *BadRow after which one can go on, or that of
// the reader below.
func (r *Reader) Next() (Row, error) {
	l, err := r.take()
	for err == nil && !l.long && strings.TrimSpace(l.text) == "" {
		l, err = r.take()
	}
	if err != nil {
		return Row{}, err
	}
	if l.long {
		return Row{}, &BadRow{l.number, "", lines.ErrTooLong}
	}
	s := scan{comma: r.opt.Comma, most: r.opt.Columns, fields: r.fields[:0]}
	row := Row{Line: l.number, Text: l.text}
	err = s.row(l.text, 0)
	if err == nil && s.open {
		row.Text, err = r.join(&s, l)
	}
	r.fields, row.Fields = s.fields, s.fields
	switch {
	case errors.Is(err, ErrOpen) || errors.Is(err, ErrColumns):
		return Row{}, &BadRow{l.number, l.text, err}
	case err != nil:
		return Row{}, err
	case r.columns == 0:
		r.columns = len(s.fields)
	}
	return row, nil
}

// take gives the next line.
func (r *Reader) take() (line, error) {
	if len(r.queue) > 0 {
		l := r.queue[0]
		r.queue = r.queue[1:]
		return l, nil
	}
	b, err := r.lr.Next()
	if errors.Is(err, lines.ErrTooLong) {
		return line{number: r.lr.Number(), long: true}, nil
	}
	if err != nil {
		return line{}, err
	}
	text := string(b)
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "")
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	return line{text: text, number: r.lr.Number()}, nil
}

// join goes on with a row whose last field ends on a later line. If that turns out to be a quote which is never closed,
// the lines behind the first are read anew: one that is a whole row by itself is proof of that.
func (r *Reader) join(s *scan, first line) (string, error) {
	text := first.text
	var behind []line
	for s.open {
		l, err := r.take()
		if err == nil {
			behind = append(behind, l)
			text += "\n" + l.text
		}
		if err == io.EOF || l.long || len(behind) == most || len(text) > r.opt.MaxRow || r.whole(l.text) {
			err = ErrOpen
		}
		if err == nil {
			err = s.goOn(text)
		}
		if err != nil {
			r.queue = append(behind, r.queue...)
			return "", err
		}
	}
	return text, nil
}

// whole tells whether a line is a row of the table by itself.
func (r *Reader) whole(text string) bool {
	alone := scan{comma: r.opt.Comma, most: r.opt.Columns, strict: true}
	return r.columns > 1 && alone.row(text, 0) == nil && !alone.open && len(alone.fields) == r.columns
}
