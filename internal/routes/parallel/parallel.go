// Package parallel decodes one MRT stream on several processors and hands the results on in the stream's order.
//
// [Decode] is all there is. One goroutine splits the stream into batches of records, workers decode the batches and
// turn each element into a part of a result of the caller's type (text, rows, a count), and the caller gets the results
// one after another in its own goroutine.
//
// Invariants: results and problems come in the order of the stream, whatever the number of workers; memory is bounded by
// a few batches; every goroutine has ended when Decode returns. The package opens nothing and formats nothing.
package parallel

import (
	"io"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// Options say how to decode.
type Options struct {
	Workers int  // how many goroutines decode; below 1 stands for 1
	Lenient bool // as [mrt.Decoder] has it
	// Report is told of each damaged or malformed place, in the caller's goroutine and in order. It may be nil.
	Report func(values.Problem)
}

// Sink is what becomes of elements. New is called once per worker; the function it gives is then called with each
// element of the worker's batches and the result to add to. Emit takes the results in order, in the goroutine that
// called Decode; an error from it ends the run. Reset empties a result for its next use.
type Sink[T any] struct {
	New   func() func(result *T, e *mrt.Elem)
	Emit  func(result *T) error
	Reset func(result *T)
}

// Decode reads the decompressed stream r to its end. It gives what Emit gave, or why r could not be read to its end
// (everything that arrived before has then been emitted); [mrt.ErrNotMRT] where r is something else.
func Decode[T any](r io.Reader, opt Options, sink Sink[T]) error {
	if opt.Report == nil {
		opt.Report = func(values.Problem) {}
	}
	opt.Workers = max(opt.Workers, 1)
	run := newRun(opt, sink)
	var readErr error
	framed := make(chan struct{})
	go func() {
		defer close(framed)
		readErr = run.frame(r)
	}()
	for range opt.Workers {
		go run.work()
	}
	err := run.emit()
	<-framed
	run.workers.Wait()
	if err != nil {
		return err
	}
	return readErr
}
