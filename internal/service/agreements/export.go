package agreements

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/desk/intake"
	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/exchange/formats"
	"pahra/internal/exchange/story"
	"pahra/wire/intelmq"
	"pahra/wire/iodef"
	"pahra/wire/lines"
	"pahra/wire/misp"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// ExportFormats are the formats of [Export].
func ExportFormats() []string {
	return []string{"csv", "intelmq", "iodef", "iodef-json", "misp", "misp-feed", "stix", "xarf"}
}

// Export writes what a partner may have of events or of a bundle, in a format: never what they were made of.
type Export struct {
	Trial    *Trial
	Standing agreement.Standing // an agreement that is not in force lets nothing out
	At       time.Time
	Format   string
	Bad      func(what string) // of each line or object that cannot be read
	// File makes a file of a feed of MISP.
	File func(name string, write func(io.Writer) error) error
}

// Exported counts what became of the objects of an export.
type Exported struct {
	Objects  int                      `json:"objects"`  // events that were read, or stories of a bundle
	Released int                      `json:"released"` // of these
	Kept     map[agreement.Clause]int `json:"kept"`     // those that were not, by clause
	Unfit    int                      `json:"unfit"`    // released ones that the format has no place for
	Bad      int                      `json:"bad"`      // lines or objects that cannot be read
}

// released is what leaves: copies of events or of objects.
type released struct {
	events  []*intelmq.Event
	objects []*stix.Object
}

// mostCopies is how many copies one export has.
const mostCopies = 200_000

// Run reads events, one a line as IntelMQ writes them, or objects of STIX, told by their content, and writes the copies.
func (x *Export) Run(in io.Reader, out io.Writer) (Exported, error) {
	sums := Exported{Kept: map[agreement.Clause]int{}}
	if !slices.Contains(ExportFormats(), x.Format) {
		return sums, fmt.Errorf("there is no format %q to export", x.Format)
	}
	var counts agreement.Counts
	ask := agreement.Request{At: x.At, Standing: x.Standing, Charge: counts.Charge}
	in, isSTIX := Peek(in)
	var got released
	var err error
	if isSTIX {
		got, err = x.bundle(in, ask, &sums)
	} else {
		got, err = x.lines(in, ask, &sums)
	}
	if err != nil {
		return sums, err
	}
	if err := x.check(got); err != nil {
		return sums, err
	}
	return sums, x.write(out, got, &sums)
}

// lines decides on events.
func (x *Export) lines(in io.Reader, ask agreement.Request, sums *Exported) (got released, err error) {
	report := func(p values.Problem) { sums.Bad++; x.Bad(p.String()) }
	err = lines.Each(in, mostLine, errNoEvents, report, func(line []byte, _ int) (bad, fatal error) {
		e, err := intelmq.Parse(line)
		if err != nil {
			return err, nil
		}
		if x.Format == "stix" {
			c := x.Trial.Redactor.Objects(story.Event(e, x.Trial.Table.Direction().From, x.Trial.kinds), x.Trial.kinds, ask)
			got.objects = append(got.objects, c.Objects...)
			x.count(c.Stories, sums)
		} else {
			d := x.Trial.Table.Decide(exchange.EventFacts(e, x.Trial.kinds), ask)
			redacted, _ := x.Trial.Redactor.Event(e, &d)
			sums.count(&d)
			if redacted != nil {
				got.events = append(got.events, redacted)
			}
		}
		if len(got.events)+len(got.objects)/4 > mostCopies {
			return nil, fmt.Errorf("it has more than %d events that leave, which is more than one export holds", mostCopies)
		}
		return nil, nil
	})
	return got, err
}

// bundle decides on objects of STIX. For formats of events the copies are read as the partner's desk would read them.
func (x *Export) bundle(in io.Reader, ask agreement.Request, sums *Exported) (got released, err error) {
	objects, err := ReadObjects(in, func(b *stix.BadObject) { sums.Bad++; x.Bad(b.Error()) })
	if err != nil {
		return got, err
	}
	c := x.Trial.Redactor.Objects(objects, x.Trial.kinds, ask)
	x.count(c.Stories, sums)
	if x.Format == "stix" || c.Objects == nil {
		return released{objects: c.Objects}, nil
	}
	label := values.NoTLP
	for i := range c.Stories {
		label = max(label, c.Stories[i].Decision.TLP)
	}
	err = intake.Read("stix", bytes.NewReader(x.Trial.Redactor.Bundle(c.Objects)), intake.Options{}, intake.Out{
		Event: func(e *intelmq.Event, _ []byte) error {
			e = e.Clone()
			e.Set(exchange.SharedID, intelmq.Value{Text: exchange.EventID(e)})
			e.Set("tlp", intelmq.Value{Text: label.Label()})
			got.events = append(got.events, e)
			return nil
		},
		Bad: func(string, error, []byte) error { sums.Unfit++; return nil },
	})
	return got, err
}

func (x *Export) count(stories []exchange.Story, sums *Exported) {
	for i := range stories {
		sums.count(&stories[i].Decision)
	}
}

func (s *Exported) count(d *agreement.Decision) {
	s.Objects++
	if d.Verdict == agreement.Released {
		s.Released++
	} else {
		s.Kept[d.Clause]++
	}
}

// check makes sure that nothing leaves that a file must not have.
func (x *Export) check(got released) error {
	for _, o := range got.objects {
		if stix.TLPByID(o.ID()) == values.TLPRed {
			return errors.New("TLP:RED leaves by the hands of persons alone")
		}
	}
	return formats.CheckCopies(got.events)
}

// write writes copies in the format.
func (x *Export) write(out io.Writer, got released, sums *Exported) error {
	s := x.sender()
	switch x.Format {
	case "stix":
		_, err := out.Write(append(x.Trial.Redactor.Bundle(unique(got.objects)), '\n'))
		return err
	case "csv":
		return formats.CSV(out, got.events)
	case "iodef":
		return iodef.WriteXML(out, formats.IODEF(got.events, s, x.Trial.kinds))
	case "iodef-json":
		d := formats.IODEF(got.events, s, x.Trial.kinds)
		d.Version = "2.0"
		return iodef.WriteJSON(out, d)
	case "misp":
		return writeMISP(out, formats.MISP(got.events, s, x.Trial.kinds))
	case "misp-feed":
		return x.feed(formats.MISP(got.events, s, x.Trial.kinds))
	}
	return eachLine(out, got.events, x.Format, s, x.Trial.kinds, sums)
}

// eachLine writes an event a line, or a report.
func eachLine(out io.Writer, events []*intelmq.Event, format string, s formats.Sender, kinds *class.Tables, sums *Exported) error {
	for _, e := range events {
		line := e.AppendJSON(nil)
		if format == "xarf" {
			var err error
			if line, err = formats.XARF(e, s, kinds); errors.Is(err, formats.ErrNoXARF) {
				sums.Unfit++
				continue
			} else if err != nil {
				return err
			}
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// sender tells who sends, from the agreement.
func (x *Export) sender() formats.Sender {
	d := x.Trial.Table.Direction()
	p := x.Trial.Table.Party(d.From)
	_, domain, _ := strings.Cut(p.Profile.Email, "@")
	return formats.Sender{Team: d.From, Name: p.Name, Mail: p.Profile.Email, Domain: domain, At: x.At, Onward: d.Onward.To == "community"}
}

// unique leaves out objects that are there already: markings, the sender's identity, observables that several events have. These have the
// strictest label of all.
func unique(objects []*stix.Object) (list []*stix.Object) {
	have := map[string]*stix.Object{}
	for _, o := range objects {
		was := have[o.ID()]
		if was == nil {
			have[o.ID()] = o
			list = append(list, o)
			continue
		}
		if label := stix.TLPByID(mark(o)); label > stix.TLPByID(mark(was)) {
			was.Tree.Set("object_marking_refs", *o.Get("object_marking_refs"))
		}
	}
	return list
}

// mark gives the marking of a copy, which has one.
func mark(o *stix.Object) string {
	if marks := o.Marks(""); len(marks) > 0 {
		return marks[0]
	}
	return ""
}

func writeMISP(out io.Writer, events []misp.Event) error {
	b := []byte(`{"response":[`)
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.Append(b)
	}
	_, err := out.Write(append(b, "]}\n"...))
	return err
}

// feed writes a feed of MISP: each event, the hashes, and last the manifest by which readers find them.
func (x *Export) feed(events []misp.Event) error {
	for _, e := range events {
		if err := x.File(e.UUID()+".json", func(w io.Writer) error { _, err := w.Write(append(e.Append(nil), '\n')); return err }); err != nil {
			return err
		}
	}
	if err := x.File("hashes.csv", func(w io.Writer) error { return misp.WriteHashes(w, events) }); err != nil {
		return err
	}
	return x.File("manifest.json", func(w io.Writer) error { return misp.WriteManifest(w, events) })
}

// InForce says why an agreement lets nothing out at a time, "" where it is in force.
func (t *Trial) InForce(at time.Time, standing agreement.Standing) string {
	d := t.Table.Decide(&agreement.Facts{}, agreement.Request{At: at, Standing: standing})
	if slices.Contains([]agreement.Clause{agreement.FloorTerm, agreement.FloorSignatures, agreement.FloorSuspended}, d.Clause) {
		return d.String()
	}
	return ""
}
