package agreements

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"

	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/wire/stix"
)

// The bounds of a set of objects that is tried at once.
const (
	mostObjects = 100_000
	mostOctets  = 256 << 20
	mostBegin   = 64 << 10 // octets by which it is told what a file holds
)

var (
	stixType = regexp.MustCompile(`"type"\s*:\s*"[a-z0-9-]+"`)
	stixID   = regexp.MustCompile(`"id"\s*:\s*"[a-z0-9-]+--[0-9a-fA-F]{8}-`)
)

// Peek tells by the begin of a text whether it holds objects of STIX, and gives a reader that begins there as well.
func Peek(in io.Reader) (io.Reader, bool) {
	r := bufio.NewReaderSize(in, mostBegin)
	begin, _ := r.Peek(mostBegin) // what cannot be read further is told by who reads
	return r, stixType.Match(begin) && stixID.Match(begin)
}

// ReadObjects reads the objects of a bundle, a list or an envelope of TAXII. What is no object is told and left out.
func ReadObjects(in io.Reader, bad func(*stix.BadObject)) ([]*stix.Object, error) {
	var list []*stix.Object
	limited := &io.LimitedReader{R: in, N: mostOctets + 1}
	r := stix.NewReader(limited)
	for {
		o, err := r.Next()
		var broken *stix.BadObject
		switch {
		case limited.N <= 0:
			return nil, fmt.Errorf("it is longer than %d MiB, which are tried at once at most", mostOctets>>20)
		case errors.Is(err, io.EOF) && len(list) == 0:
			return nil, errors.New("it has no object of STIX")
		case errors.Is(err, io.EOF):
			return list, nil
		case errors.As(err, &broken):
			bad(broken)
			continue
		case err != nil:
			return nil, err
		}
		if list = append(list, o); len(list) > mostObjects {
			return nil, fmt.Errorf("it has more than %d objects, which are tried at once at most", mostObjects)
		}
	}
}

// Objects tries a set of objects of STIX.
func (t *Trial) Objects(objects []*stix.Object, ask agreement.Request) exchange.Copies {
	return t.Redactor.SimulateObjects(objects, t.kinds, ask)
}

// objects runs a simulation against objects of STIX.
func (s *Simulation) objects(in io.Reader, sums *Sums) error {
	objects, err := ReadObjects(in, func(b *stix.BadObject) { sums.Bad++; s.Bad(b.Error()) })
	if err != nil {
		return err
	}
	old := map[[2]string]exchange.Line{}
	if s.Old != nil {
		var counts agreement.Counts
		for _, story := range s.Old.Objects(objects, agreement.Request{At: s.At, Standing: AsSigned(s.Old.Agreement), Charge: counts.Charge}).Stories {
			for _, l := range story.Lines {
				old[[2]string{l.Object, l.Field}] = l
			}
		}
	}
	var counts agreement.Counts
	for _, story := range s.New.Objects(objects, agreement.Request{At: s.At, Standing: AsSigned(s.New.Agreement), Charge: counts.Charge}).Stories {
		sums.story(&story)
		for _, l := range story.Lines {
			c := Change{Line: l}
			if was, there := old[[2]string{l.Object, l.Field}]; s.Old != nil {
				if there && l.Same(was) {
					continue
				}
				if there {
					c.Old = &was
				}
				sums.Changed++
			}
			if err := s.Line(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// story counts the objects of a story. One that is withheld counts as refused.
func (s *Sums) story(story *exchange.Story) {
	if story.Decision.Verdict != agreement.Released {
		for range story.IDs {
			s.add(nil, &story.Decision)
		}
		return
	}
	byObject := map[string][]exchange.Line{}
	for _, l := range story.Lines {
		byObject[l.Object] = append(byObject[l.Object], l)
	}
	for _, id := range story.IDs {
		d := story.Decision
		if list := byObject[id]; len(list) == 1 && list[0].Field == "*" {
			d.Verdict, d.Clause = agreement.Refuse, list[0].Clause
		}
		s.add(byObject[id], &d)
	}
}
