package agreements

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/service/reports"
	"pahra/wire/intelmq"
	"pahra/wire/lines"
	"pahra/wire/values"
)

// Trial is an agreement in one direction, with keys to try it.
type Trial struct {
	Agreement *agreement.Agreement
	Table     *agreement.Table
	Redactor  *exchange.Redactor
	partner   string
	secret    []byte
	kinds     *class.Tables
}

// Secret reads the secret of an agreement from a file, or draws one for this run where no file is named: what stands in for values is
// another then each time.
func Secret(path string) ([]byte, error) {
	if path == "" {
		secret := make([]byte, exchange.SecretSize)
		_, _ = rand.Read(secret) // it never fails
		return secret, nil
	}
	text, err := reports.ReadSmall(path)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimSpace(text)
	if len(text) < exchange.SecretSize {
		return nil, fmt.Errorf("%s: a secret has at least %d octets", path, exchange.SecretSize)
	}
	return text, nil
}

// NewTrial makes a trial of what the partner would get.
func NewTrial(a *agreement.Agreement, partner string, secret []byte) (*Trial, error) {
	from := ""
	for _, d := range a.Directions {
		if d.To == partner {
			from = d.From
		}
	}
	table, err := agreement.Compile(a, from, partner)
	if err != nil {
		return nil, err
	}
	keys, err := exchange.NewKeys(secret, a.ID, from, partner)
	if err != nil {
		return nil, err
	}
	kinds, err := class.Load()
	if err != nil {
		return nil, err
	}
	return &Trial{a, table, exchange.NewRedactor(table, keys), partner, secret, kinds}, nil
}

// Other makes a trial of another agreement for the same partner, with the same secret.
func (t *Trial) Other(a *agreement.Agreement) (*Trial, error) {
	return NewTrial(a, t.partner, t.secret)
}

// Event tries one event.
func (t *Trial) Event(e *intelmq.Event, ask agreement.Request) (*intelmq.Event, []exchange.Line, agreement.Decision) {
	return t.Redactor.Simulate(e, exchange.EventFacts(e, t.kinds), ask)
}

// Change is a line, and what the other agreement made of the field; nil where nothing is compared, or there was nothing.
type Change struct {
	exchange.Line
	Old *exchange.Line `json:"old,omitempty"`
}

// Sums count what a simulation found.
type Sums struct {
	Objects  int                       `json:"objects"`
	Verdicts map[string]int            `json:"verdicts"` // "release", "review", "refuse"
	Kept     map[agreement.Clause]int  `json:"kept"`     // objects that are not released, by clause
	Fields   map[string]map[string]int `json:"fields"`   // of released objects: by field and action
	Changed  int                       `json:"changed"`  // lines that differ from the old agreement's
	Bad      int                       `json:"bad"`      // lines of the input that are no events, or objects that are none
}

// Simulation is what to try, against what.
type Simulation struct {
	New, Old *Trial // Old is nil where nothing is compared: then all lines are told
	At       time.Time
	Line     func(Change) error
	Bad      func(what string) // of each line or object that cannot be read
}

var errNoEvents = errors.New("no line is an event as IntelMQ writes it")

// mostLine bounds an event's line, in octets.
const mostLine = 1 << 20

// Run reads events, one a line as IntelMQ writes them, or objects of STIX, told by their content, and tells what would become of each as if the agreements were signed. Quotas
// are charged as if all were asked for at once.
func (s *Simulation) Run(in io.Reader) (Sums, error) {
	sums := Sums{Verdicts: map[string]int{}, Kept: map[agreement.Clause]int{}, Fields: map[string]map[string]int{}}
	var counts, oldCounts agreement.Counts
	report := func(p values.Problem) { sums.Bad++; s.Bad(p.String()) }
	in, objects := Peek(in)
	if objects {
		err := s.objects(in, &sums)
		return sums, err
	}
	err := lines.Each(in, mostLine, errNoEvents, report, func(line []byte, _ int) (bad, fatal error) {
		e, err := intelmq.Parse(line)
		if err != nil {
			return err, nil
		}
		_, now, d := s.New.Event(e, agreement.Request{At: s.At, Standing: AsSigned(s.New.Agreement), Charge: counts.Charge})
		sums.add(now, &d)
		var was []*exchange.Line
		if s.Old != nil {
			_, old, _ := s.Old.Event(e, agreement.Request{At: s.At, Standing: AsSigned(s.Old.Agreement), Charge: oldCounts.Charge})
			now, was = exchange.Changed(old, now)
		}
		for i, l := range now {
			c := Change{Line: l}
			if s.Old != nil {
				c.Old = was[i]
				sums.Changed++
			}
			if err := s.Line(c); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return sums, err
}

func (s *Sums) add(lines []exchange.Line, d *agreement.Decision) {
	s.Objects++
	s.Verdicts[d.Verdict.String()]++
	if d.Verdict != agreement.Released {
		s.Kept[d.Clause]++
		return
	}
	for _, l := range lines {
		if s.Fields[l.Field] == nil {
			s.Fields[l.Field] = map[string]int{}
		}
		s.Fields[l.Field][l.Action]++
	}
}
