// Package deadline knows who owes what to whom about a case, and until when: rules as data, with the legal text that they come
// from and its version. [Default] gives the rules that come with the program, [Read] adds an operator's own; [Rules.Clocks] says
// how the clocks of a case stand at a time, [Next] which runs out first, [Reminders] of what to remind, and [ToCERTIn] writes an
// entity's own report.
package deadline

import (
	"bytes"
	_ "embed" // the rules
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pahra/internal/desk/class"
)

//go:embed data/deadlines.yaml
var embedded []byte

// Rules are deadlines and the calendars that they count by.
type Rules struct {
	Version   string
	Deadlines []Deadline // in the order of the file
}

// Deadline is a duty with a time limit.
type Deadline struct {
	ID          string        `yaml:"id"`
	Title       string        `yaml:"title"`
	Owes        string        `yaml:"owes"` // party or desk
	To          string        `yaml:"to"`
	Law         string        `yaml:"law"`
	TextVersion string        `yaml:"text_version"`
	InForce     string        `yaml:"in_force"` // cases that begin earlier are not under it
	Starts      []Start       `yaml:"starts"`   // the earliest of these that is known
	Within      time.Duration `yaml:"within"`   // as the calendar counts
	Calendar    string        `yaml:"calendar"`
	Remind      []Before      `yaml:"remind"` // so long before it runs out, by the clock
	Countries   []string      `yaml:"countries"`
	Classes     []string      `yaml:"classes"` // "fraud/phishing", or "fraud" for all of that class; empty: every one
	Scheme      string        `yaml:"scheme"`  // only classes that this scheme has
	Parties     []string      `yaml:"parties"` // how the party's id begins: "c:", "as:64500"
	Met         string        `yaml:"met"`     // by what it is met: reported (by hand), notified, acknowledged
	Export      string        `yaml:"export"`  // cert-in, or nothing

	calendar Calendar
	inForce  time.Time
	in       map[string]bool // the scheme's classes
}

// Before is how long before the end.
type Before = time.Duration

// Start is what sets a clock going. The times of a case are kept apart: see [Times].
type Start string

// What sets a clock going.
const (
	Detected Start = "detected" // somebody found out
	Noticed  Start = "noticed"  // the party itself found out, or was told by somebody else
	Received Start = "received" // the desk got the first report
	Notified Start = "notified" // the desk told the party
)

type file struct {
	Version   string              `yaml:"version"`
	Calendars map[string]Calendar `yaml:"calendars"`
	Deadlines []Deadline          `yaml:"deadlines"`
}

// Default gives the rules that come with the program.
func Default() (Rules, error) { return Read(nil) }

// Read gives the rules that come with the program, with an operator's own in YAML: calendars and deadlines of the same name stand
// in for those.
func Read(own []byte) (Rules, error) {
	all, err := parse(embedded)
	if err != nil {
		return Rules{}, fmt.Errorf("reading the program's deadlines: %w", err)
	}
	if own != nil {
		more, err := parse(own)
		if err != nil {
			return Rules{}, fmt.Errorf("reading deadlines: %w", err)
		}
		all = all.with(more)
	}
	tables, err := class.Load()
	if err != nil {
		return Rules{}, err
	}
	r := Rules{Version: all.Version, Deadlines: all.Deadlines}
	for i := range r.Deadlines {
		if err := r.Deadlines[i].finish(all.Calendars, tables); err != nil {
			return Rules{}, fmt.Errorf("reading deadlines: %s: %w", r.Deadlines[i].ID, err)
		}
	}
	return r, nil
}

func parse(text []byte) (f file, err error) {
	const most = 1 << 20
	if len(text) > most {
		return f, fmt.Errorf("more than %d octets", most)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return f, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return f, errors.New("something follows the rules")
	}
	if f.Version == "" {
		return f, errors.New("it has no version")
	}
	for name, c := range f.Calendars {
		if f.Calendars[name], err = c.read(); err != nil {
			return f, fmt.Errorf("calendar %s: %w", name, err)
		}
	}
	return f, nil
}

func (f file) with(own file) file {
	for name, c := range own.Calendars {
		f.Calendars[name] = c
	}
	for _, d := range own.Deadlines {
		if i := slices.IndexFunc(f.Deadlines, func(have Deadline) bool { return have.ID == d.ID }); i >= 0 {
			f.Deadlines[i] = d
		} else {
			f.Deadlines = append(f.Deadlines, d)
		}
	}
	f.Version += ", " + own.Version
	return f
}

func (d *Deadline) finish(calendars map[string]Calendar, tables *class.Tables) (err error) {
	if d.inForce, err = time.Parse(time.DateOnly, d.InForce); err != nil {
		return fmt.Errorf("in_force %q is no day", d.InForce)
	}
	var known bool
	if d.calendar, known = calendars[d.Calendar]; !known {
		return fmt.Errorf("there is no calendar %q", d.Calendar)
	}
	for what, bad := range map[string]bool{
		"id, title, to, law and text_version are needed":                 d.ID == "" || d.Title == "" || d.To == "" || d.Law == "" || d.TextVersion == "",
		"owes is party or desk":                                          d.Owes != "party" && d.Owes != "desk",
		"within is between a minute and a year":                          d.Within < time.Minute || d.Within > 366*24*time.Hour,
		"starts are of detected, noticed, received, notified":            len(d.Starts) == 0 || slices.ContainsFunc(d.Starts, Start.unknown),
		"met is reported, notified or acknowledged":                      !slices.Contains([]string{"reported", "notified", "acknowledged"}, d.Met),
		"export is cert-in, or left out":                                 d.Export != "" && d.Export != "cert-in",
		"a reminder comes before the end and after the beginning":        slices.ContainsFunc(d.Remind, func(b Before) bool { return b <= 0 || d.calendar.always() && b >= d.Within }),
		"there may be at most 10 reminders, and no two of the same time": len(d.Remind) > 10 || len(slices.Compact(slices.Sorted(slices.Values(d.Remind)))) < len(d.Remind),
	} {
		if bad {
			return errors.New(what)
		}
	}
	if d.Scheme == "" {
		return nil
	}
	scheme, known := tables.Scheme(d.Scheme)
	if !known {
		return fmt.Errorf("there is no scheme %q", d.Scheme)
	}
	d.in = map[string]bool{}
	for _, a := range scheme.Aliases {
		d.in[a.Code.String()] = true
	}
	return nil
}

func (s Start) unknown() bool {
	return !slices.Contains([]Start{Detected, Noticed, Received, Notified}, s)
}

// Case is what a deadline needs to know of a case.
type Case struct {
	Party, Class, Country string
	Times
	Met map[string]time.Time // when something was reported, by the deadline's id
}

// Times are what clocks begin with and what they are met by; the zero time: not known, or it has not come.
type Times struct{ Detected, Noticed, Received, Notified, Acknowledged time.Time }

// applies says whether a case is under a deadline at all.
func (d *Deadline) applies(c Case) bool {
	fits := func(list []string, value string, same func(value, of string) bool) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(of string) bool { return same(value, of) })
	}
	equal := func(value, of string) bool { return value == of }
	under := func(value, of string) bool { return value == of || strings.HasPrefix(value, of+"/") }
	return fits(d.Countries, c.Country, equal) && fits(d.Classes, c.Class, under) && fits(d.Parties, c.Party, strings.HasPrefix) &&
		(d.in == nil || d.in[c.Class])
}
