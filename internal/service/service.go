// Package service composes: it wires sources, facts, detectors, norms and the archive into the runs that the doors ask
// for.
//
// [Observe] reads a folder of data and writes incidents, scores, their snapshot and an archive; [Verify] does it again
// from the snapshot and compares; [OpenRun] reads what a run wrote, for [Run.Check] and [Run.Neighbourhood].
//
// A run's bytes depend on its inputs, its settings and the program alone: not on the clock, the machine, the order of
// files, or how many processors there are.
package service

import (
	"fmt"
	"time"

	"pahra/internal/authority"
	"pahra/internal/watch"
)

// Version is the program's version, part of every snapshot's identity.
const Version = "0.1.0"

// Options say what to observe. From, To, Data and Out are needed.
type Options struct {
	Data       string    // the folder of inputs
	Out        string    // the folder of results; created, and must be empty or hold an earlier run
	From, To   time.Time // the window in which incidents may begin; what the data hold before From is the baseline
	Collectors []string  // only these; all where empty
	Profile    string    // of the norms: an id, or the path of a YAML file
	Allow      []authority.Kind
	Settings   watch.Settings
	Limits     authority.Limits
	// Say is told of what a person should know: a file that is not recognised, a damaged record. Nil says nothing.
	Say func(format string, args ...any)
	// Progress is told now and then how far the reading has come. Nil for none.
	Progress func(at time.Time, elements int64)
}

func (o *Options) check() error {
	switch {
	case o.From.IsZero() || o.To.IsZero():
		return fmt.Errorf("the window needs both a beginning and an end")
	case !o.From.Before(o.To):
		return fmt.Errorf("the window ends at %s, not after its beginning %s",
			o.To.Format(time.RFC3339), o.From.Format(time.RFC3339))
	}
	if err := o.Settings.Check(); err != nil {
		return err
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.Progress == nil {
		o.Progress = func(time.Time, int64) {}
	}
	return nil
}
