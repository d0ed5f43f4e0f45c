package service

import (
	"context"
	"errors"
	"sync"

	"pahra/internal/routes"
	"pahra/internal/source/folder"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// stream decodes one MRT file in a goroutine of its own and hands its elements over in batches. That goroutine does of
// interning what can be done beside others; the numbers are given by [stream.advance], in the order of the feed.
type stream struct {
	section
	in      *routes.Interner
	order   int // among all files of the run
	first   int64
	batches chan *batch
	empty   chan *batch
	done    chan struct{}
	stop    context.CancelFunc
	head    *batch
	next    int
	clock   int64 // no element of a file goes back in time behind one before it
	report  fileReport
	started bool
	keeper  timekeeper
}

// fileReport is what reading a file came to.
type fileReport struct {
	Path     string   `json:"path"`
	Records  int64    `json:"records"`
	Elements int64    `json:"elements"`
	Problems int64    `json:"problems"`
	Examples []string `json:"examples,omitempty"` // the first problems
	Error    string   `json:"error,omitempty"`    // why reading ended before the file did
}

// maxExamples bounds how many problems of a file are told.
const maxExamples = 3

// batch holds elements whose records point into its own storage. Their attributes are in sets, and nowhere else.
type batch struct {
	elems []mrt.Elem
	raw   [][]byte // of each element, its record
	set   []uint32 // of each route, the place of its attributes in sets
	sets  routes.Sets
	attrs []routes.AttrID // by place in sets, once the batch has come to its turn
	buf   []byte
}

const (
	batchElems = 2048
	batchBytes = 1 << 20
)

func newStream(sec section, first int64, in *routes.Interner) *stream {
	s := &stream{section: sec, first: first, clock: first, in: in, report: fileReport{Path: sec.file.Path}}
	s.keeper = timekeeper{now: first, report: s.problem}
	return s
}

// start begins to decode; wait must be called in the end.
func (s *stream) start(ctx context.Context, dir *folder.Folder) {
	s.started = true
	ctx, s.stop = context.WithCancel(ctx)
	s.batches, s.empty, s.done = make(chan *batch, 2), make(chan *batch, 4), make(chan struct{})
	for range 4 {
		s.empty <- batches.Get().(*batch)
	}
	go func() {
		defer close(s.done)
		defer close(s.batches)
		if err := s.decode(ctx, dir); err != nil && !errors.Is(err, context.Canceled) {
			s.report.Error = err.Error()
		}
	}()
}

// wait ends the decoding.
func (s *stream) wait() {
	if s.started {
		s.stop()
		<-s.done
		s.recycle()
	}
}

// recycle gives the batches that are empty to other streams. The decoding has ended.
func (s *stream) recycle() {
	for {
		select {
		case b := <-s.empty:
			batches.Put(b)
		default:
			return
		}
	}
}

// batches are those of streams that ended: a live feed is read as many short ones.
var batches = sync.Pool{New: func() any { return &batch{} }}

func (s *stream) problem(p values.Problem) {
	s.report.Problems++
	if len(s.report.Examples) < maxExamples {
		s.report.Examples = append(s.report.Examples, p.String())
	}
}

func (s *stream) decode(ctx context.Context, dir *folder.Folder) error {
	in, base, err := s.open(dir)
	if err != nil {
		return err
	}
	defer in.Close()
	var b *batch
	var lastRec *mrt.Record
	lastOffset := int64(-1)
	err = mrt.Scan(in, func(p values.Problem) { p.Offset += base; s.problem(p) }, func(e *mrt.Elem, rec *mrt.Record) error {
		offset := base + rec.Offset
		if b != nil && b.isFull(s.keeper.doubted) {
			s.keeper.settle(b, false)
			if err := s.send(ctx, b); err != nil {
				return err
			}
			b = nil
		}
		if b == nil {
			if b, err = s.blank(ctx); err != nil {
				return err
			}
			lastRec = nil
		}
		if lastRec == nil || offset != lastOffset {
			lastRec, lastOffset = rec, offset
			s.report.Records++
			s.keeper.take(b, len(b.elems), int64(rec.Sec), offset)
		}
		b.add(s.in, e, rec, offset)
		s.keeper.grown(len(b.elems), offset)
		s.report.Elements++
		return nil
	})
	if b != nil {
		s.keeper.settle(b, true)
		if sent := s.send(ctx, b); sent != nil {
			return sent
		}
	}
	return err
}

// isFull says whether it is time to hand a batch on. It waits for what is behind a doubted record, but not for long.
func (b *batch) isFull(doubted []doubt) bool {
	n := 1
	if len(doubted) > 0 {
		n = 2
	}
	return len(b.elems) >= n*batchElems || len(b.buf) > n*batchBytes
}

func (s *stream) blank(ctx context.Context) (*batch, error) {
	select {
	case b := <-s.empty:
		b.elems, b.raw, b.set, b.buf = b.elems[:0], b.raw[:0], b.set[:0], b.buf[:0]
		b.sets.Reset()
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *stream) send(ctx context.Context, b *batch) error {
	select {
	case s.batches <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// add copies an element. The attributes and records of neighbours are shared where they are the same bytes.
func (b *batch) add(in *routes.Interner, e *mrt.Elem, rec *mrt.Record, offset int64) {
	c := *e
	c.Offset = offset
	c.RawAttrs, c.NextHop = nil, nil // they lie in the decoder's storage
	n := len(b.elems)
	var raw []byte
	switch {
	case e.Kind == mrt.RIBEntry: // proved by its place
	case n > 0 && b.elems[n-1].Offset == offset && b.raw[n-1] != nil:
		raw = b.raw[n-1]
	default:
		raw = b.keep(rec.Raw())
	}
	b.elems = append(b.elems, c)
	b.raw = append(b.raw, raw)
	b.set = append(b.set, b.addSet(in, e))
}

func (b *batch) addSet(in *routes.Interner, e *mrt.Elem) uint32 {
	if e.Kind != mrt.Announce && e.Kind != mrt.RIBEntry {
		return 0
	}
	known := len(b.sets.List)
	at := b.sets.Add(in, e.PeerIndex, e.RawAttrs, e.AS4, e.RIB)
	if int(at) == known {
		b.sets.List[at].Raw = b.keep(e.RawAttrs)
	}
	return at
}

func (b *batch) keep(p []byte) []byte {
	if len(b.buf)+len(p) > cap(b.buf) { // what was kept stays in the old storage
		b.buf = make([]byte, 0, max(2*batchBytes, len(p)))
	}
	from := len(b.buf)
	b.buf = append(b.buf, p...)
	return b.buf[from:len(b.buf):len(b.buf)]
}

// advance moves to the next element; false at the end.
func (s *stream) advance() bool {
	s.next++
	if s.head != nil && s.next < len(s.head.elems) {
		s.clock = max(s.clock, int64(s.head.elems[s.next].Sec))
		return true
	}
	if s.head != nil {
		s.empty <- s.head
		s.head = nil
	}
	b, ok := <-s.batches
	if !ok {
		s.recycle()
		return false
	}
	b.attrs = s.in.IDs(b.attrs[:0], b.sets.List)
	s.head, s.next = b, 0
	s.clock = max(s.clock, int64(b.elems[0].Sec))
	return true
}

// elem gives the element at hand and its record, which is nil for a table's.
func (s *stream) elem() (*mrt.Elem, []byte) { return &s.head.elems[s.next], s.head.raw[s.next] }

// attr gives the number of the attributes of the route at hand.
func (s *stream) attr() routes.AttrID { return s.head.attrs[s.head.set[s.next]] }
