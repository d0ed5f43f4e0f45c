package exchange

import (
	"bytes"
	"slices"
	"testing"

	"pahra/internal/exchange/agreement"
	"pahra/internal/world/intel"
	"pahra/wire/stix"
)

// stories makes stories of objects that are made up.
func stories(t testing.TB, objects int, seed uint64) (list [][]*stix.Object) {
	t.Helper()
	p := intel.Defaults(seed)
	p.Objects = objects
	m, err := intel.New(p)
	if err != nil {
		t.Fatal(err)
	}
	for story := m.Next(); story != nil; story = m.Next() {
		list = append(list, story)
	}
	return list
}

// TestIntel: what "pahra world stix" promises of its objects, under the example agreement.
func TestIntel(t *testing.T) {
	red, _ := exampleRedactor(t)
	const objects = 6000
	var made, size, released, copied, copiedSize, covered, about, largest int
	ids, types := map[string]bool{}, map[string]int{}
	for _, story := range stories(t, objects, 6) {
		largest = max(largest, len(story))
		for _, o := range story {
			if faults := o.Check(); len(faults) > 0 || ids[o.ID()] {
				t.Fatalf("%s: %v, or it is there twice", o.Append(nil), faults)
			}
			if id, err := stix.ObservableID(o); err == nil && id != o.ID() {
				t.Fatalf("%s has not the id of its value, %s", o.Append(nil), id)
			}
			ids[o.ID()] = true
			types[o.Type()]++
			made, size = made+1, size+len(o.Append(nil))
		}
		c := red.Objects(story, kinds(t), signedRequest())
		if len(c.Stories) != 1 {
			t.Fatalf("%d stories in one", len(c.Stories))
		}
		if c.Stories[0].Decision.Verdict == agreement.Released {
			released += len(story)
			about++
		}
		for _, o := range c.Objects {
			if o.Type() != "marking-definition" && !(o.Type() == "identity") {
				copied, copiedSize = copied+1, copiedSize+len(o.Append(nil))
			}
		}
		hidden := map[string]bool{}
		for _, l := range c.Stories[0].Lines {
			if l.Action == "mask" || l.Action == "pseudonymise" || l.Field == "*" && l.Clause == "5.6" {
				hidden[l.Object] = true
			}
		}
		covered += len(hidden)
	}
	t.Logf("%d objects of %d octets, %d released, %d copies of %d octets, %d masked or pseudonymised, largest story %d, %v",
		made, size/made, released, copied, copiedSize/copied, covered, largest, types)
	if made != objects || size < 1000*made || copiedSize < 1000*copied || largest > 5 {
		t.Error("there are too few or they are too small, or a story is too large")
	}
	if covered*2 < made || released < made*94/100 || copied < made*3/4 || len(types) < 9 {
		t.Error("too few are masked, in scope or leave, or of too few types")
	}
}

// TestIntelSame: the same seed gives the same bytes, and a bundle of any number can be read back.
func TestIntelSame(t *testing.T) {
	p := intel.Defaults(3)
	p.Objects = 777
	var one, two bytes.Buffer
	if err := intel.Write(&one, p); err != nil {
		t.Fatal(err)
	}
	if err := intel.Write(&two, p); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Fatalf("two runs differ: %v", err)
	}
	var from []string
	for _, s := range stories(t, 777, 3) {
		for _, o := range s {
			from = append(from, o.ID())
		}
	}
	r := stix.NewReader(&one)
	for i := 0; ; i++ {
		o, err := r.Next()
		if err != nil {
			if i != 777 {
				t.Fatalf("%d objects are read: %v", i, err)
			}
			return
		}
		if i > len(from) || slices.Index(from, o.ID()) < 0 {
			t.Fatalf("%s is in the bundle alone", o.ID())
		}
	}
}
