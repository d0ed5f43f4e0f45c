package cli

import (
	"io"

	"pahra/internal/archive"
	"pahra/internal/routes/parallel"
	"pahra/internal/routes/query"
	"pahra/wire/mrt"
)

// parquetOutput writes rows into one file, which appears when it is complete.
type parquetOutput struct {
	rows *archive.Writer[archive.Observation]
}

func openParquet(path string) (routesOutput, error) {
	rows, err := archive.Create[archive.Observation](path)
	if err != nil {
		return nil, &exitError{exitFail, err}
	}
	return &parquetOutput{rows}, nil
}

func (o *parquetOutput) read(plain io.Reader, q *query.Query, opt parallel.Options) error {
	return decode(plain, opt, parallel.Sink[[]archive.Observation]{
		New: func() func(*[]archive.Observation, *mrt.Elem) {
			var maker archive.Observer
			return matching(q, func(rows *[]archive.Observation, e *mrt.Elem) { *rows = append(*rows, maker.Observe(e)) })
		},
		Emit:  func(rows *[]archive.Observation) error { return o.rows.Append(*rows...) },
		Reset: func(rows *[]archive.Observation) { clear(*rows); *rows = (*rows)[:0] },
	})
}

func (o *parquetOutput) close() error {
	_, err := o.rows.Close()
	return err
}

func (o *parquetOutput) abandon() { o.rows.Abandon() }
