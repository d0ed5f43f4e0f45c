package misp

import (
	"bufio"
	"fmt"
	"io"

	"pahra/wire/jsontree"
)

// NewEvent makes an event of a tree: the object that stands under "Event".
func NewEvent(tree jsontree.Value) Event { return Event{node{&tree}} }

// Append appends the event as its file in a feed has it.
func (e Event) Append(b []byte) []byte {
	return append(e.Tree.Append(append(b, `{"Event":`...)), '}')
}

// inManifest are the members of an event that a manifest repeats.
func inManifest() []string {
	return []string{"Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "timestamp"}
}

// WriteManifest writes a feed's manifest.json: what [ReadManifest] reads.
func WriteManifest(w io.Writer, events []Event) error {
	manifest := jsontree.Dict()
	for _, e := range events {
		if !ValidUUID(e.UUID()) || manifest.Get(e.UUID()) != nil {
			return fmt.Errorf("writing a manifest: %.60q is no UUID, or two events have it", e.UUID())
		}
		entry := jsontree.Dict()
		for _, name := range inManifest() {
			if v := e.Tree.Get(name); v != nil {
				entry.Members = append(entry.Members, jsontree.Member{Name: name, Value: v.Clone()})
			}
		}
		manifest.Members = append(manifest.Members, jsontree.Member{Name: e.UUID(), Value: entry})
	}
	_, err := w.Write(append(manifest.Append(nil), '\n'))
	return err
}

// WriteHashes writes a feed's hashes.csv: what [ReadHashes] reads.
func WriteHashes(w io.Writer, events []Event) error {
	out := bufio.NewWriter(w)
	for _, e := range events {
		for _, h := range e.Hashes() {
			if _, err := fmt.Fprintf(out, "%s,%s\n", h.MD5, h.Event); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
