// Package world makes a synthetic Internet: networks with relations, holders, prefixes and authorisations, what
// collectors heard of it in a table and the updates after it, and a list of what truly went wrong.
//
// [Write] is the only entry point. It writes the layout that `pahra observe --data` reads, through a [Sink] that the
// caller provides, and gives the [Truth]: every scheduled deviation, every attack that makes another look guilty and
// every benign look-alike, with its time. Detectors are held against it (package grade).
//
// Invariants: the same parameters with the same random source give the same bytes; every name of a holder is made up,
// while AS numbers and prefixes are taken from the ranges that registries hand out, because bogon tests would refuse
// any others. Routes spread valley-free (Gao and Rexford): a customer's route goes to all neighbours, any other only to
// customers; of several the customer's wins, then the peer's, then the shortest, then the lowest AS number. Only a leak
// breaks the rule, at one network. The facts in the folder are as bad as real ones: wrong and missing relations, unknown
// siblings, stale objects, a peer that lies and one that tells little (see [Facts]); Params.Flawless makes them right.
//
// Memory grows with networks × peers and with the prefixes, never with the routes: a table is written prefix by prefix.
// The package does not model router timers, partial visibility of a session, or ROV filtering.
package world

import (
	"errors"
	"fmt"
	"io"
)

// Sink takes the files of the world. Paths use forward slashes and stay below the folder; each is created once, written
// from beginning to end and closed before the next.
type Sink interface {
	Create(path string) (io.WriteCloser, error)
}

// Write makes a world and writes its folder. The truth is not in it.
func Write(sink Sink, p Params) (Truth, error) {
	if err := p.check(); err != nil {
		return Truth{}, err
	}
	p.Start = p.Start.UTC()
	w := newWorld(p, nil)
	if err := w.build(); err != nil {
		return Truth{}, fmt.Errorf("making a world: %w", err)
	}
	for _, f := range w.files() {
		if err := writeFile(sink, f); err != nil {
			return Truth{}, err
		}
	}
	if err := w.writeRoutes(sink); err != nil {
		return Truth{}, err
	}
	return w.truth, nil
}

// file is one small file of the folder and what writes its content.
type file struct {
	path  string
	write func(io.Writer) error
}

func writeFile(sink Sink, f file) error {
	out, err := sink.Create(f.path)
	if err != nil {
		return fmt.Errorf("creating %s: %w", f.path, err)
	}
	if err := f.write(out); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", f.path, err), out.Close())
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", f.path, err)
	}
	return nil
}
