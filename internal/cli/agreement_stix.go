package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"pahra/internal/exchange"
	"pahra/internal/service/agreements"
	"pahra/wire/intelmq"
	"pahra/wire/stix"
)

// mostEvent bounds the text of one event, in octets.
const mostEvent = 1 << 20

// readObject reads an event, or objects of STIX.
func readObject(stdin io.Reader, path string) (e *intelmq.Event, objects []*stix.Object, err error) {
	in, err := openEvents(path, stdin)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	text, isSTIX := agreements.Peek(in)
	if isSTIX {
		var broken error
		objects, err = agreements.ReadObjects(text, func(b *stix.BadObject) {
			if broken == nil {
				broken = b
			}
		})
		if err = errors.Join(err, broken); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		return nil, objects, nil
	}
	line, err := io.ReadAll(io.LimitReader(text, mostEvent))
	if err != nil {
		return nil, nil, err
	}
	if e, err = intelmq.Parse(line); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil, nil
}

// explainedSet is what explain says of objects of STIX.
type explainedSet struct {
	Stories []*explained    `json:"stories"`
	Copy    json.RawMessage `json:"copy"` // the bundle that the partner would get
}

// stories explains what became of each story.
func (p *agreementExplain) stories(out io.Writer, trial *agreements.Trial, c exchange.Copies) error {
	x := explainedSet{Stories: []*explained{}, Copy: trial.Redactor.Bundle(c.Objects)}
	for i := range c.Stories {
		story := &c.Stories[i]
		told := explain(story.Lines, &story.Decision)
		x.Stories = append(x.Stories, told)
		if p.json {
			continue
		}
		fmt.Fprintf(out, "%d objects from %s on: ", len(story.IDs), story.IDs[0])
		fields, last := told.Fields, ""
		told.Fields = nil
		if err := told.print(out); err != nil {
			return err
		}
		for _, f := range fields {
			if f.Object != last {
				last = f.Object
				fmt.Fprintln(out, last)
			}
			after := ""
			if f.After != nil {
				after = ": " + *f.After
			}
			fmt.Fprintln(out, "  "+harmless(f.Text+after))
		}
	}
	switch {
	case p.json:
		return printJSON(out, x)
	case len(c.Stories) == 0:
		fmt.Fprintln(out, "nothing leaves: markings and identities alone tell nothing")
	}
	return nil
}
