package cli

import (
	"fmt"
	"io"

	"pahra/internal/routes/parallel"
	"pahra/internal/routes/query"
	"pahra/wire/bgp"
	"pahra/wire/bgpdump"
	"pahra/wire/bgpkit"
	"pahra/wire/mrt"
)

// textOutput writes lines, or their number alone.
type textOutput struct {
	w       io.Writer
	file    *outputFile // nil for standard output
	lenient bool
	format  func() func(dst []byte, e *mrt.Elem) []byte // nil to count
	total   int64
}

// openText writes in format to the file output, or to stdout where that is "".
func openText(output string, stdout io.Writer, format string) (routesOutput, error) {
	out, err := openLines(output, stdout)
	if err != nil {
		return nil, err
	}
	out.format, out.lenient = bgpdumpLines, true
	if format == "json" {
		out.format, out.lenient = jsonLines, false
	}
	return out, nil
}

// openCount writes a number in the end.
func openCount(output string, stdout io.Writer, lenient bool) (routesOutput, error) {
	out, err := openLines(output, stdout)
	if err != nil {
		return nil, err
	}
	out.lenient = lenient
	return out, nil
}

func openLines(output string, stdout io.Writer) (*textOutput, error) {
	if output == "" || output == "-" {
		return &textOutput{w: stdout}, nil
	}
	file, err := createOutput(output)
	if err != nil {
		return nil, &exitError{exitFail, fmt.Errorf("creating the output: %w", err)}
	}
	return &textOutput{w: file, file: file}, nil
}

func bgpdumpLines() func([]byte, *mrt.Elem) []byte { return bgpdump.NewPrinter().Append }

func jsonLines() func([]byte, *mrt.Elem) []byte {
	var attrs bgp.Attrs
	return func(dst []byte, e *mrt.Elem) []byte {
		if e.Kind == mrt.Announce || e.Kind == mrt.RIBEntry {
			bgp.DecodeAttrs(&attrs, e.RawAttrs, e.AS4, e.RIB)
		}
		return bgpkit.Append(dst, e, &attrs)
	}
}

func (o *textOutput) read(plain io.Reader, q *query.Query, opt parallel.Options) error {
	opt.Lenient = o.lenient
	if o.format == nil {
		return o.count(plain, q, opt)
	}
	return decode(plain, opt, parallel.Sink[[]byte]{
		New: func() func(*[]byte, *mrt.Elem) {
			line := o.format()
			return matching(q, func(text *[]byte, e *mrt.Elem) { *text = line(*text, e) })
		},
		Emit: func(text *[]byte) error {
			_, err := o.w.Write(*text)
			return err
		},
		Reset: func(text *[]byte) { *text = (*text)[:0] },
	})
}

func (o *textOutput) count(plain io.Reader, q *query.Query, opt parallel.Options) error {
	return decode(plain, opt, parallel.Sink[int64]{
		New: func() func(*int64, *mrt.Elem) {
			return matching(q, func(n *int64, _ *mrt.Elem) { *n++ })
		},
		Emit:  func(n *int64) error { o.total += *n; return nil },
		Reset: func(n *int64) { *n = 0 },
	})
}

func (o *textOutput) close() error {
	if o.format == nil {
		if _, err := fmt.Fprintln(o.w, o.total); err != nil {
			o.abandon()
			return fmt.Errorf("writing the count: %w", err)
		}
	}
	if o.file == nil {
		return nil
	}
	if err := o.file.commit(); err != nil {
		return fmt.Errorf("finishing the output: %w", err)
	}
	return nil
}

func (o *textOutput) abandon() {
	if o.file != nil {
		o.file.abandon()
	}
}
