// Package story writes events, cases and routing incidents as objects of STIX 2.1, and reads them back.
//
// [Events] makes items: small sets of objects that belong together, on which an agreement decides at once. An item of events has the identity
// of who told them, an incident with machine tags of the RSIT, an observation of each event with its observables, and where something
// can be looked for, an indicator and its sighting. [Routing] makes the items of a routing incident. [Read] and [ReadRouting] give back what
// was written, field by field. Ids are a function of what is told, so that the same gives the same. What has no place in the standard stands in
// Pahra's extension (docs/stix.md), which never leaves. The package decides nothing about who may see what.
package story

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"pahra/internal/exchange"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// MostObjects is how many objects an item has at most.
const MostObjects = 200

// Head says what the items of one case have in common.
type Head struct {
	Key         string // of the case or the event at home; the same key gives the same ids
	Name        string // of the incident; "": its class
	Description string
	Team        string    // who tells it: the sending team's own id
	At          time.Time // when it was made
}

// item is an item being made.
type item struct {
	head    Head
	part    string // which of a case's items, for ids
	objects []*stix.Object
	have    map[string]bool
	label   values.TLP
}

func newItem(h Head, part string, label values.TLP) *item {
	return &item{head: h, part: part, have: map[string]bool{}, label: label}
}

// id gives the id of an object that is no observable: a UUID in the form of version 4, the same for the same thing.
func id(typ string, of ...string) string {
	h := sha256.New()
	h.Write([]byte("pahra story 1 " + typ))
	for _, part := range of {
		h.Write(append([]byte{0}, part...))
	}
	sum := h.Sum(nil)
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	x := hex.EncodeToString(sum[:16])
	return typ + "--" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

func text(name, value string) jsontree.Member {
	return jsontree.Member{Name: name, Value: jsontree.Str(value)}
}

func number(name string, n int64) jsontree.Member {
	return jsontree.Member{Name: name, Value: jsontree.Int(n)}
}

func list(name string, of ...string) jsontree.Member {
	var items []jsontree.Value
	for _, s := range of {
		items = append(items, jsontree.Str(s))
	}
	return jsontree.Member{Name: name, Value: jsontree.List(items...)}
}

// stamp writes a time as STIX has it, to the millisecond.
func stamp(name string, t time.Time) jsontree.Member {
	return text(name, t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// add puts an object into the item, unless it is there, and gives its id.
func (i *item) add(o *stix.Object) string {
	if !i.have[o.ID()] {
		i.have[o.ID()] = true
		i.objects = append(i.objects, o)
	}
	return o.ID()
}

// object makes a domain or relationship object and gives its id.
func (i *item) object(typ, of string, members ...jsontree.Member) string {
	tree := jsontree.Dict(text("type", typ), text("spec_version", "2.1"), text("id", id(typ, i.head.Key, i.part, of)), text("created_by_ref", i.creator()),
		stamp("created", i.head.At), stamp("modified", i.head.At))
	for _, m := range members {
		if m.Value.Kind != jsontree.Null {
			tree.Members = append(tree.Members, m)
		}
	}
	if i.label != values.NoTLP {
		tree.Members = append(tree.Members, list("object_marking_refs", stix.TLPID(i.label)))
	}
	return i.add(&stix.Object{Tree: tree})
}

// observable makes an observable and gives its id, "" for one that has no value.
func (i *item) observable(typ string, members ...jsontree.Member) string {
	o := &stix.Object{Tree: jsontree.Dict(append([]jsontree.Member{text("type", typ), text("spec_version", "2.1"), text("id", "")}, members...)...)}
	id, err := stix.ObservableID(o)
	if err != nil || id == "" {
		return ""
	}
	o.Tree.Set("id", jsontree.Str(id))
	if len(o.Check()) > 0 {
		return "" // a value that is none of the standard's: it stands among the fields
	}
	return i.add(o)
}

func (i *item) creator() string { return id("identity", i.head.Team) }

// begin puts in what stands in front: who tells it, the marking, the extension's definition.
func (i *item) begin() {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	i.add(&stix.Object{Tree: jsontree.Dict(text("type", "identity"), text("spec_version", "2.1"), text("id", i.creator()), stamp("created", at), stamp("modified", at),
		text("name", i.head.Team), text("identity_class", "organization"))})
	if i.label != values.NoTLP {
		i.add(stix.TLPMarking(i.label))
	}
	i.add(exchange.Definition())
}

// extension gives Pahra's extension with some members.
func extension(members ...jsontree.Member) jsontree.Member {
	all := append([]jsontree.Member{text("extension_type", "property-extension")}, members...)
	return jsontree.Member{Name: "extensions", Value: jsontree.Dict(jsontree.Member{Name: exchange.StixExtension, Value: jsontree.Dict(all...)})}
}

// relate puts in a relationship.
func (i *item) relate(from, kind, to string) {
	i.object("relationship", from+kind+to, text("relationship_type", kind), text("source_ref", from), text("target_ref", to))
}
