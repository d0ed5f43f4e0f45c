// Package intake turns reports of all formats into events: one reader for each format, all called the same way. It reads
// and normalises, and stores nothing.
package intake

import (
	"fmt"
	"io"
	"time"

	"pahra/wire/intelmq"
)

// Out takes what a reader finds. An error of either function ends the reading and is given back.
type Out struct {
	// Event takes an event; it and its fields belong to the reader again when the function returns. raw is the line or
	// the object it came from.
	Event func(e *intelmq.Event, raw []byte) error
	// Bad takes what could not be read: where it stands (such as "line 12"), why, and what stands there, cut if it is long.
	Bad func(place string, reason error, raw []byte) error
}

// Options say how a report is read.
type Options struct {
	Name     string    // the report's file name, which tells a Shadowserver report's type
	Observed time.Time // time.observation of the events
	Schema   []byte    // Shadowserver's published schema (intelmq.json)
	Mapping  []byte    // for csv: the saved mapping
}

// reader reads one report. An error says that the report as a whole cannot be read.
type reader func(r io.Reader, opt Options, out Out) error

// formats are the formats by name.
func formats() map[string]reader {
	return map[string]reader{}
}

// Read reads a report in one of Formats. What is bad in it goes to out.Bad; an error says that the report as a whole cannot be
// read, or is one of out's.
func Read(format string, r io.Reader, opt Options, out Out) error {
	f, known := formats()[format]
	if !known {
		return fmt.Errorf("reading %s: there is no format %q", opt.Name, format)
	}
	if err := f(r, opt, out); err != nil {
		return fmt.Errorf("reading %s: %w", opt.Name, err)
	}
	return nil
}
