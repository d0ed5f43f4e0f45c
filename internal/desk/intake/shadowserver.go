package intake

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
	"pahra/wire/rows"
	"pahra/wire/shadowserver"
)

// List says what a report of a format is a list of, if it is complete: what it does not name was not seen. Reports about single
// incidents, such as complaints by mail, are no such lists. Feed tells the lists of one source apart, and is "" where the events
// say that themselves; day is the one that the report is for, or the zero time where only its events tell.
func List(format, name string) (feed string, day time.Time, complete bool) {
	switch format {
	case "shadowserver":
		feed, day, err := shadowserver.TypeOf(name)
		return feed, day, err == nil
	case "csv", "intelmq", "n6":
		return "", time.Time{}, true
	}
	return "", time.Time{}, false
}

// KindOf gives an event with no more than what all events of a Shadowserver report have in common: what the report looks for.
func KindOf(schema *shadowserver.Schema, feed string) (*intelmq.Event, bool) {
	var e intelmq.Event
	if schema == nil {
		return nil, false
	}
	report, known := schema.Report(feed)
	classes, err := class.Load()
	if !known || err != nil {
		return nil, false
	}
	constants := maps.Clone(report.Constants)
	maps.Copy(constants, ownClass(classes, report, schema.Created))
	for key, text := range constants {
		if text != "" && e.Add(key, text) != nil {
			return nil, false
		}
	}
	return &e, true
}

// readShadowserver reads a report of Shadowserver, of the type that its file name tells.
func readShadowserver(r io.Reader, opt Options, out Out) error {
	if opt.Schema == nil {
		return errors.New("reports of Shadowserver are read with its schema, which is not given")
	}
	name, _, err := shadowserver.TypeOf(opt.Name)
	if err != nil {
		return err
	}
	report, known := opt.Schema.Report(name)
	if !known {
		return fmt.Errorf("the schema of %s has no report %s", opt.Schema.Created.Format("2006-01-02"), name)
	}
	classes, err := class.Load()
	if err != nil {
		return err
	}
	in, err := report.NewReader(r, ownClass(classes, report, opt.Schema.Created))
	if err != nil {
		return err
	}
	var e intelmq.Event
	for {
		raw, err := in.Next(&e)
		if err == nil && opt.Raw {
			e.Set("raw", intelmq.Value{Text: in.Base64()})
		}
		if err := takeRow(&e, raw, err, out); err != nil {
			return end(err)
		}
	}
}

// ownClass gives the class of the events of a report that the schema leaves open, or gives one that the RSIT does not have.
func ownClass(classes *class.Tables, report *shadowserver.Report, at time.Time) map[string]string {
	theirs := class.Code{Class: report.Constants["classification.taxonomy"], Type: report.Constants["classification.type"]}
	list := classes.Lookup("shadowserver", report.Name, at)
	if len(list) == 0 || classes.Valid(theirs) && theirs.Class != "other" {
		return nil
	}
	return map[string]string{"classification.taxonomy": list[0].Code.Class, "classification.type": list[0].Code.Type}
}

// takeRow gives what became of a row of a table on. The error is that which ends the reading.
func takeRow(e *intelmq.Event, raw []byte, err error, out Out) error {
	var bad *rows.BadRow
	switch {
	case err == nil:
		return out.Event(e, raw)
	case errors.As(err, &bad):
		return out.Bad(fmt.Sprintf("line %d", bad.Line), bad.Reason, cut(bad.Text))
	}
	return err
}

// end is nil for the end of a report.
func end(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// most is how many octets of what is bad are given on.
const most = 4 << 10

func cut(text string) []byte { return []byte(text[:min(len(text), most)]) }
