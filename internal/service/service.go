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
	"runtime/debug"
	"time"

	"pahra/internal/authority"
	"pahra/internal/watch"
)

// release is the version of the program's last release.
const release = "0.1.0"

// Version is the program's version, part of every snapshot's identity: the release, and the commit that it was built
// from where the build knows it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = "+" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = ".changed"
		}
	}
	if commit == "" {
		return release
	}
	return release + commit + dirty
}

// Options say what to observe. From, To, Data and Out are needed.
type Options struct {
	Data       string    // the folder of inputs
	Out        string    // the folder of results; created, and must be empty or hold an earlier run
	From, To   time.Time // the window in which incidents may begin; what the data hold before From is the baseline
	Collectors []string  // only these; all where empty
	Profile    string    // of the norms: an id, or the path of a YAML file
	Allow      []authority.Kind
	Relations  Relations // what relations between networks rest on; "" is all
	// only names the inputs to read, for a run that is repeated; all of them where nil.
	only     map[string]bool
	Settings watch.Settings
	Limits   authority.Limits
	// Say is told of what a person should know: a file that is not recognised, a damaged record. Nil says nothing.
	Say func(format string, args ...any)
	// Progress is told now and then how far the reading has come. Nil for none.
	Progress func(at time.Time, elements int64)
}

// maxWindow bounds the window: each of its months is scored, whether there are data or not.
const maxWindow = 3660 * 24 * time.Hour

func (o *Options) check() error {
	switch {
	case o.From.IsZero() || o.To.IsZero():
		return &WrongUse{"the window needs both a beginning and an end"}
	case !o.From.Before(o.To):
		return &WrongUse{fmt.Sprintf("the window ends at %s, not after its beginning %s",
			o.To.Format(time.RFC3339), o.From.Format(time.RFC3339))}
	case o.To.Sub(o.From) > maxWindow: // which also holds where the difference overflows
		return &WrongUse{fmt.Sprintf("the window is longer than %d days", maxWindow/(24*time.Hour))}
	}
	if err := o.Relations.check(); err != nil {
		return err
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
