package parallel

import (
	"cmp"
	"io"
	"slices"
	"sync"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

const (
	// batchBytes is how many octets of records make a batch: large beside what handing it over costs, small beside
	// the caches of a processor.
	batchBytes = 256 << 10
	// batchRecords bounds the records of a batch, for their positions are kept.
	batchRecords = 16 << 10
)

// batch is a run of records on its way through.
type batch[T any] struct {
	raw      []byte  // the records, one behind another
	ends     []int   // where each ends in raw
	offsets  []int64 // where each began in the stream
	peers    *mrt.PeerTable
	problems []values.Problem
	result   T
	done     chan struct{} // the worker is through; one value each time
}

// run is one call of Decode.
type run[T any] struct {
	opt     Options
	sink    Sink[T]
	free    chan *batch[T] // empty batches
	todo    chan *batch[T] // for the workers
	order   chan *batch[T] // the same batches for emit, in order
	quit    chan struct{}  // closed when emit gives up
	workers sync.WaitGroup
}

func newRun[T any](opt Options, sink Sink[T]) *run[T] {
	flight := 2*opt.Workers + 2
	x := &run[T]{
		opt: opt, sink: sink, quit: make(chan struct{}),
		free: make(chan *batch[T], flight), todo: make(chan *batch[T], flight), order: make(chan *batch[T], flight),
	}
	for range flight {
		x.free <- &batch[T]{done: make(chan struct{}, 1)}
	}
	x.workers.Add(opt.Workers)
	return x
}

// framing is the state of the goroutine that splits the stream.
type framing[T any] struct {
	*run[T]
	b     *batch[T]
	peers *mrt.PeerTable
}

// frame fills batches until the stream ends. A peer table holds for the batches that begin behind it.
func (x *run[T]) frame(r io.Reader) error {
	defer close(x.order)
	defer close(x.todo)
	f := &framing[T]{run: x}
	if !f.take() {
		return nil
	}
	report := func(p values.Problem) { f.b.problems = append(f.b.problems, p) }
	reader, decoder := mrt.NewReader(r, report), mrt.NewDecoder(report)
	for {
		rec, err := reader.Next()
		if err != nil {
			f.hand()
			if err == io.EOF {
				err = nil
			}
			return err
		}
		if rec.Type == mrt.TypeTableDumpV2 && rec.Subtype == mrt.PeerIndexTable {
			_ = decoder.Decode(rec, func(*mrt.Elem) error { return nil })
			f.peers = decoder.Peers()
			if !f.next() {
				return nil
			}
			continue
		}
		f.b.raw = append(f.b.raw, rec.Raw()...)
		f.b.ends = append(f.b.ends, len(f.b.raw))
		f.b.offsets = append(f.b.offsets, rec.Offset)
		if (len(f.b.raw) >= batchBytes || len(f.b.ends) >= batchRecords) && !f.next() {
			return nil
		}
	}
}

// take gets an empty batch, or gives false when the run is over.
func (f *framing[T]) take() bool {
	select {
	case f.b = <-f.free:
	case <-f.quit:
		return false
	}
	b := f.b
	b.raw, b.ends, b.offsets, b.problems = b.raw[:0], b.ends[:0], b.offsets[:0], b.problems[:0]
	if cap(b.raw) > 4*batchBytes {
		b.raw = nil // one huge record must not be held for ever
	}
	b.peers = f.peers
	return true
}

// hand gives the batch to the workers and to emit; both channels have room for every batch there is.
func (f *framing[T]) hand() {
	f.todo <- f.b
	f.order <- f.b
}

func (f *framing[T]) next() bool {
	f.hand()
	return f.take()
}

// work decodes batches until there are no more.
func (x *run[T]) work() {
	defer x.workers.Done()
	add := x.sink.New()
	var b *batch[T]
	decoder := mrt.NewDecoder(func(p values.Problem) { b.problems = append(b.problems, p) })
	decoder.Lenient = x.opt.Lenient
	yield := func(e *mrt.Elem) error { add(&b.result, e); return nil }
	var rec mrt.Record
	for b = range x.todo {
		decoder.SetPeers(b.peers)
		start := 0
		for i, end := range b.ends {
			if mrt.ParseRecord(&rec, b.raw[start:end]) {
				rec.Offset = b.offsets[i]
				_ = decoder.Decode(&rec, yield)
			}
			start = end
		}
		b.done <- struct{}{}
	}
}

// emit takes the batches in order as they are done.
func (x *run[T]) emit() error {
	for b := range x.order {
		<-b.done
		slices.SortStableFunc(b.problems, func(a, b values.Problem) int { return cmp.Compare(a.Offset, b.Offset) })
		for _, p := range b.problems {
			x.opt.Report(p)
		}
		if err := x.sink.Emit(&b.result); err != nil {
			close(x.quit)
			return err
		}
		x.sink.Reset(&b.result)
		x.free <- b
	}
	return nil
}
