package intake

import (
	"errors"
	"fmt"
	"io"
	"time"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
	"pahra/wire/rows"
	"pahra/wire/shadowserver"
)

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
