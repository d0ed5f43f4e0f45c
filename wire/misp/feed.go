package misp

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"pahra/wire/jsontree"
	"pahra/wire/lines"
	"pahra/wire/values"
)

// Entry is what a feed's manifest says of one event, whose file is UUID with .json behind it.
type Entry struct {
	UUID string
	Event
}

// ReadManifest reads a feed's manifest.json: its events by UUID, in their order. What is wrong with one goes to bad, which
// may be nil; the rest is read.
func ReadManifest(r io.Reader, bad func(uuid string, reason error)) ([]Entry, error) {
	s := jsontree.NewStream(r, 1<<20)
	if err := s.Enter('{'); err != nil {
		return nil, fmt.Errorf("reading a manifest: %w", err)
	}
	var list []Entry
	for {
		more, err := s.More()
		if err != nil {
			return nil, fmt.Errorf("reading a manifest: %w", err)
		}
		if !more {
			return list, nil
		}
		e, err := readEntry(s)
		if errors.Is(err, errEntry) {
			if bad != nil {
				bad(e.UUID, err)
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading a manifest: %w", err)
		}
		if list = append(list, e); len(list) > mostEntries {
			return nil, fmt.Errorf("reading a manifest: it has more than %d events", mostEntries)
		}
	}
}

// mostEntries is how many events a manifest may have.
const mostEntries = 1_000_000

// errEntry is wrapped by what is wrong with one entry.
var errEntry = errors.New("bad entry")

func readEntry(s *jsontree.Stream) (e Entry, err error) {
	if e.UUID, err = s.Key(); err != nil {
		return e, err
	}
	raw, err := s.Raw()
	if err != nil && !errors.Is(err, jsontree.ErrTooLong) {
		return e, err
	}
	var tree jsontree.Value
	if err == nil {
		tree, err = jsontree.Parse(raw, jsontree.Limits{Size: 1 << 20, Depth: 10, Values: 10_000})
	}
	if e.Event = (Event{node{&tree}}); err == nil && !ValidUUID(e.UUID) {
		err = fmt.Errorf("%.60q is no UUID", e.UUID)
	}
	if err == nil {
		if f := e.Check(); len(f) > 0 {
			err = errors.New(f[0].String())
		}
	}
	if err != nil {
		return e, fmt.Errorf("%w: %w", errEntry, err)
	}
	return e, nil
}

// TLP gives the label that the entry's tags say.
func (e Entry) TLP() values.TLP { return TLPOf(e.Tags()) }

// Hash is one line of a feed's hashes.csv: the MD5 of a value, or of one side of it, and an event that has it.
type Hash struct{ MD5, Event string }

// ReadHashes reads a feed's hashes.csv line by line. An error of take ends the reading; what is wrong with a line goes to
// bad, which may be nil.
func ReadHashes(r io.Reader, take func(Hash) error, bad func(values.Problem)) error {
	in := lines.NewReader(r, 200)
	for {
		line, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, lines.ErrTooLong) {
			return fmt.Errorf("reading hashes: %w", err)
		}
		if err == nil && len(line) == 0 {
			continue
		}
		sum, event, found := strings.Cut(string(line), ",")
		if err == nil && found && len(sum) == 32 && strings.Trim(sum, "0123456789abcdefABCDEF") == "" && ValidUUID(event) {
			if err := take(Hash{strings.ToLower(sum), event}); err != nil {
				return err
			}
		} else if bad != nil {
			bad(values.Problem{Line: in.Number(), Reason: "it is not a hash, a comma and an event's UUID"})
		}
	}
}

// Hashes gives the lines that a feed's hashes.csv has of an event, in order.
func (e Event) Hashes() []Hash {
	var list []Hash
	add := func(attributes []Attribute) {
		for _, a := range attributes {
			for _, h := range a.Hashes() {
				list = append(list, Hash{h, e.UUID()})
			}
		}
	}
	add(e.Attributes())
	for _, o := range e.Objects() {
		add(o.Attributes())
	}
	slices.SortFunc(list, func(a, b Hash) int { return strings.Compare(a.MD5, b.MD5) })
	return slices.Compact(list)
}
