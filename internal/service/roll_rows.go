package service

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"pahra/internal/archive"
	"pahra/internal/routes/parallel"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// writeObservations writes the elements of a journal file from an offset on into a segment at path. The file is read as
// far as it was when it was listed.
func (r *Roller) writeObservations(ctx context.Context, f journalFile, from int64, path string) (archive.Segment, error) {
	in, err := os.Open(filepath.Join(r.opt.Journal, filepath.FromSlash(f.name)))
	if err != nil {
		return archive.Segment{}, err
	}
	defer in.Close()
	out, err := archive.Create[archive.Observation](path)
	if err != nil {
		return archive.Segment{}, err
	}
	problems := 0
	opt := parallel.Options{Workers: 1, Report: func(values.Problem) { problems++ }}
	err = parallel.Decode(io.LimitReader(in, f.bytes), opt, parallel.Sink[[]archive.Observation]{
		New: func() func(*[]archive.Observation, *mrt.Elem) {
			var rows archive.Observer
			return func(list *[]archive.Observation, e *mrt.Elem) {
				if e.Offset >= from { // what comes before is there; a table of peers in it is still needed
					*list = append(*list, rows.Observe(e))
				}
			}
		},
		Emit: func(list *[]archive.Observation) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return out.Append(*list...)
		},
		Reset: func(list *[]archive.Observation) { clear(*list); *list = (*list)[:0] },
	})
	if errors.Is(err, mrt.ErrNotMRT) { // nothing in it can be read: an archive without its rows says so as well
		err = nil
	}
	if err != nil {
		out.Abandon()
		return archive.Segment{}, err
	}
	if problems > 0 {
		r.opt.Log.Warn("damaged places in the journal", "file", f.name, "problems", problems)
	}
	return out.Close()
}
