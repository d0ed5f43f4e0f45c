package infer

import (
	"io"

	"pahra/internal/routes"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// Reader takes the paths out of MRT streams, tables and updates alike. Each distinct path is added once, whichever
// stream it stands in. Not safe for concurrent use.
type Reader struct {
	paths *Paths
	in    *routes.Interner
	added []bool // by PathID
	hops  []values.ASN
	count ReadCount
}

// ReadCount tells what the streams held.
type ReadCount struct {
	Routes int64 `json:"routes"` // routes in tables and announcements, all families
	// Sets counts distinct attribute sets whose path has an AS_SET or a confederation before its end; they are left out.
	// A set at the end is cut off: what stands before it did pass the route on.
	Sets int `json:"sets"`
	// Malformed counts distinct attribute sets that could not be decoded; they are left out.
	Malformed int `json:"malformed"`
}

// NewReader gives a reader that adds to paths.
func NewReader(paths *Paths) *Reader { return &Reader{paths: paths, in: routes.NewInterner()} }

// Count gives the counts so far.
func (r *Reader) Count() ReadCount { return r.count }

// Read adds the paths of one decompressed stream. report, which may be nil, is told of each malformed place; the error
// is why the stream could not be read to its end.
func (r *Reader) Read(stream io.Reader, report func(values.Problem)) error {
	return mrt.Scan(stream, report, func(e *mrt.Elem, _ *mrt.Record) error {
		if e.Kind != mrt.RIBEntry && e.Kind != mrt.Announce {
			return nil
		}
		r.count.Routes++
		known := r.in.Len()
		id := r.in.ID(e.RawAttrs, e.AS4, e.RIB)
		if r.in.Len() > known {
			r.fresh(r.in.Attr(id))
		}
		return nil
	})
}

// fresh takes the path of an attribute set that was not seen before.
func (r *Reader) fresh(a routes.Attr) {
	switch unfit(a) {
	case malformed:
		r.count.Malformed++
		return
	case inSets:
		r.count.Sets++
		return
	}
	for int(a.Path) >= len(r.added) {
		r.added = append(r.added, false)
	}
	if a.Path == 0 || r.added[a.Path] {
		return
	}
	r.added[a.Path] = true
	r.hops = r.in.AppendPath(r.hops[:0], a.Path)
	r.paths.Add(r.hops)
}
