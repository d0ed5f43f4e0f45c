// Package intake turns reports of all formats into events: one reader for each format, all called the same way. It reads
// and normalises, and stores nothing.
//
// [Read] is the one entry, [Formats] the names it knows. A reader has a file of its own, named after its format, and a
// line in formats; what all events get (time.observation, raw) Read adds. A reader holds one record at a time and bounds
// it; what is bad in a report is told and passed over.
package intake

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
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
	Name     string               // the report's file name, which tells a Shadowserver report's type
	Observed time.Time            // time.observation of the events that do not say; the zero time adds none
	Raw      bool                 // events that have no field raw get one: what they came from, in base64
	Schema   *shadowserver.Schema // for shadowserver
	Mapping  *Mapping             // for csv
}

// reader reads one report. An error says that the report as a whole cannot be read.
type reader func(r io.Reader, opt Options, out Out) error

// formats are the formats by name.
func formats() map[string]reader {
	return map[string]reader{
		"arf":          readARF,
		"csv":          readCSV,
		"intelmq":      readIntelMQ,
		"iodef":        readIODEF,
		"misp":         readMISP,
		"n6":           readN6,
		"shadowserver": readShadowserver,
		"stix":         readSTIX,
		"xarf":         readXARF,
	}
}

// Formats gives the names of the formats in order.
func Formats() []string { return slices.Sorted(maps.Keys(formats())) }

// Known tells whether there is a format of that name.
func Known(format string) bool {
	_, known := formats()[format]
	return known
}

// Read reads a report in one of [Formats]. What is bad in it goes to out.Bad; an error says that the report as a whole
// cannot be read, or is one of out's.
func Read(format string, r io.Reader, opt Options, out Out) error {
	f, known := formats()[format]
	if !known {
		return fmt.Errorf("reading %s: there is no format %q", opt.Name, format)
	}
	if err := f(r, opt, opt.complete(out)); err != nil {
		return fmt.Errorf("reading %s: %w", opt.Name, err)
	}
	return nil
}

// complete adds what all events get to those that lack it.
func (opt Options) complete(out Out) Out {
	give := out.Event
	observed := intelmq.Moment(opt.Observed.Truncate(time.Second))
	out.Event = func(e *intelmq.Event, raw []byte) error {
		if _, told := e.Get("time.observation"); !told && !opt.Observed.IsZero() {
			e.Set("time.observation", observed)
		}
		if _, told := e.Get("raw"); !told && opt.Raw {
			e.Set("raw", intelmq.Value{Text: base64.StdEncoding.EncodeToString(raw)})
		}
		return give(e, raw)
	}
	return out
}
