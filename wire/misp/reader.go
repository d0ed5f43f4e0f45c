package misp

import (
	"errors"
	"fmt"
	"io"

	"pahra/wire/jsontree"
)

// limits bound one event.
var limits = jsontree.Limits{Size: 32 << 20, Depth: 64, Values: 1_500_000}

// BadRecord is a record that could not be read. Reading goes on behind it.
type BadRecord struct {
	Number int    // which one it is, from 1
	Reason error  // why
	Text   []byte // what stands there, if it is not too long
}

// Error gives "record 3: reason".
func (b *BadRecord) Error() string { return fmt.Sprintf("record %d: %v", b.Number, b.Reason) }

// Unwrap gives the reason.
func (b *BadRecord) Unwrap() error { return b.Reason }

// Record is one thing of an export.
type Record struct {
	Number int    // which one it is, from 1
	Kind   string // Event, or what else MISP hands on: GalaxyCluster, Note, Opinion, Relationship, ShadowAttribute, SharingGroup, …; "" for what has no name
	Tree   jsontree.Value
}

// Event gives the event that the record is, if it is one.
func (r *Record) Event() (Event, bool) { return Event{node{&r.Tree}}, r.Kind == "Event" }

// Append appends the record as JSON, as it stood but for its wrapping.
func (r *Record) Append(b []byte) []byte { return r.Tree.Append(b) }

// Reader takes records out of a text: {"Event": …}, {"response": […]}, a list of these, a bare event, or several one
// behind the other. It holds one record, of at most 32 MiB.
type Reader struct {
	s       *jsontree.Stream
	number  int
	inList  bool
	inOuter bool   // inside an object
	given   bool   // a record was in it
	name    string // what the records of the list are
	rest    []byte // the members around them
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{s: jsontree.NewStream(r, limits.Size)} }

// kinds are the names that records are wrapped in.
var kinds = map[string]bool{"Event": true, "GalaxyCluster": true, "Note": true, "Opinion": true, "Relationship": true, "ShadowAttribute": true,
	"SharingGroup": true, "Galaxy": true, "Object": true, "Attribute": true, "EventReport": true}

// Next gives the next record. It gives io.EOF behind the last, a *BadRecord for one that cannot be read, and any other
// error for a text that cannot be read further.
func (r *Reader) Next() (*Record, error) {
	for {
		var rec *Record
		var err error
		switch {
		case r.inList:
			rec, err = r.item()
		case r.inOuter:
			rec, err = r.member()
		default:
			err = r.begin()
		}
		if rec != nil || err != nil {
			return rec, err
		}
	}
}

func (r *Reader) begin() error {
	c, err := r.s.Peek()
	if err != nil {
		return err
	}
	if c == '[' {
		r.inList, r.name = true, ""
		return r.s.Enter(c)
	}
	r.inOuter, r.given, r.rest = true, false, append(r.rest[:0], '{')
	return r.s.Enter('{')
}

// item takes the next record of a list.
func (r *Reader) item() (*Record, error) {
	more, err := r.s.More()
	if err != nil || !more {
		r.inList = false
		return nil, err
	}
	raw, err := r.s.Raw()
	return r.record(r.name, raw, err)
}

// record reads one record and takes it out of its wrapping.
func (r *Reader) record(kind string, raw []byte, err error) (*Record, error) {
	if err != nil && !errors.Is(err, jsontree.ErrTooLong) {
		return nil, err
	}
	r.number++
	var tree jsontree.Value
	if err == nil {
		tree, err = jsontree.Parse(raw, limits)
	}
	if err == nil && tree.Kind != jsontree.Object {
		err = fmt.Errorf("it is %v", tree.Kind)
	}
	if err != nil {
		return nil, &BadRecord{r.number, err, raw}
	}
	if len(tree.Members) == 1 && kinds[tree.Members[0].Name] && tree.Members[0].Value.Kind == jsontree.Object {
		return &Record{r.number, tree.Members[0].Name, tree.Members[0].Value}, nil
	}
	if e := tree.Get("Event"); e.Is(jsontree.Object) && tree.Get("uuid") == nil {
		return &Record{r.number, "Event", *e}, nil
	}
	if g := tree.Get("SharingGroup"); kind == "" && g.Is(jsontree.Object) && tree.Get("uuid") == nil {
		kind = "SharingGroup"
	}
	if kind == "" && tree.Get("info") != nil {
		kind = "Event"
	}
	return &Record{r.number, kind, tree}, nil
}

// member takes the next member of an object. At its end it gives the object, if nothing in it was a record.
func (r *Reader) member() (*Record, error) {
	more, err := r.s.More()
	if err != nil {
		return nil, err
	}
	if !more {
		r.inOuter = false
		if r.rest = append(r.rest, '}'); r.given || len(r.rest) == 2 {
			return nil, nil
		}
		return r.record("", r.rest, nil)
	}
	key, err := r.s.Key()
	if err != nil {
		return nil, err
	}
	c, err := r.s.Peek()
	if err == nil && c == '[' && key == "response" {
		r.inList, r.name, r.given = true, "", true
		return nil, r.s.Enter('[')
	}
	raw, err := r.s.Raw()
	if err == nil && c == '{' && kinds[key] && len(r.rest) == 1 || c == '{' && key == "response" {
		r.given = true
		if key == "response" {
			key = ""
		}
		return r.record(key, raw, err)
	}
	if err == nil && len(r.rest)+len(raw) > limits.Size {
		err = errors.New("it is longer than is allowed")
	}
	if err != nil {
		return nil, fmt.Errorf("%.60q: %w", key, err)
	}
	if len(r.rest) > 1 {
		r.rest = append(r.rest, ',')
	}
	r.rest = append(append(jsontree.AppendString(r.rest, key), ':'), raw...)
	return nil, nil
}
