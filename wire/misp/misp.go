// Package misp reads and writes what MISP exports: events in its core format (draft-dulaunoy-misp-core-format), single or many, as
// feeds and as other instances hand them on.
//
// [Reader] takes a text apart event by event and holds one. An [Event] and what is in it (attributes, objects, tags,
// galaxies, sharing groups, proposals) are views of the tree that was read, which keeps all of it: what the package does
// not know, and how things were written. Check tells what breaks the format. [ReadManifest] and [ReadHashes] read the two
// files around a feed's events; [WriteManifest], [WriteHashes] and Event.Append write a feed. Numbers and truths are taken as MISP writes them, which is as strings or not. The package
// does not follow references.
package misp

import (
	"strconv"
	"strings"
	"time"

	"pahra/wire/jsontree"
)

// Distribution is how far something may go.
type Distribution int8

// The distributions. Inherit is that of what an attribute or an object is in.
const (
	Organisation Distribution = iota
	Community
	Connected
	All
	Group
	Inherit
	unknown Distribution = -1
)

// node is a view of an object of JSON. Its Tree may be changed and is written as it is.
type node struct {
	Tree *jsontree.Value
}

// UUID gives the node's own UUID.
func (n node) UUID() string { return n.Tree.Get("uuid").Str() }

// Comment gives the comment.
func (n node) Comment() string { return n.Tree.Get("comment").Str() }

// Deleted tells whether it was deleted, which MISP keeps and hands on.
func (n node) Deleted() bool { return truth(n.Tree.Get("deleted")) }

// Time gives when it was last changed.
func (n node) Time() (time.Time, bool) { return moment(n.Tree.Get("timestamp")) }

// FirstSeen gives since when it was seen.
func (n node) FirstSeen() (time.Time, bool) { return moment(n.Tree.Get("first_seen")) }

// LastSeen gives when it was seen last.
func (n node) LastSeen() (time.Time, bool) { return moment(n.Tree.Get("last_seen")) }

// Distribution gives how far it may go; of an event that does not say, to its organisation alone, of all else as far as what
// it is in.
func (n node) distribution(none Distribution) Distribution {
	v := n.Tree.Get("distribution")
	if v == nil || v.Kind == jsontree.Null {
		return none
	}
	if d, ok := number(v); ok && d >= 0 && d <= int64(Inherit) {
		return Distribution(d)
	}
	return unknown
}

// Tags gives the tags.
func (n node) Tags() []Tag {
	var tags []Tag
	for _, v := range items(n.Tree.Get("Tag")) {
		tags = append(tags, Tag{node{v}})
	}
	return tags
}

// Galaxies gives the clusters of all galaxies.
func (n node) Galaxies() []Cluster {
	var list []Cluster
	for _, g := range items(n.Tree.Get("Galaxy")) {
		for _, c := range items(g.Get("GalaxyCluster")) {
			list = append(list, Cluster{node{c}, g.Get("type").Str()})
		}
	}
	return list
}

// SharingGroup gives the group of Distribution Group, if it is there.
func (n node) SharingGroup() (SharingGroup, bool) {
	v := n.Tree.Get("SharingGroup")
	return SharingGroup{node{v}}, v.Is(jsontree.Object)
}

func (n node) attributes(name string) []Attribute {
	var list []Attribute
	for _, v := range items(n.Tree.Get(name)) {
		list = append(list, Attribute{node{v}})
	}
	return list
}

// Event is a report: attributes and objects with what holds for all of them.
type Event struct{ node }

// Info says in a line what it is about.
func (e Event) Info() string { return e.Tree.Get("info").Str() }

// Date gives the day of what it tells of, as year-month-day.
func (e Event) Date() string { return e.Tree.Get("date").Str() }

// Published tells whether it was.
func (e Event) Published() bool { return truth(e.Tree.Get("published")) }

// ThreatLevel is from 1, high, to 4, undefined, which it is if it does not say.
func (e Event) ThreatLevel() int {
	if n, ok := number(e.Tree.Get("threat_level_id")); ok && n >= 1 && n <= 4 {
		return int(n)
	}
	return 4
}

// Analysis is 0 for initial, 1 for ongoing, 2 for completed.
func (e Event) Analysis() int {
	n, _ := number(e.Tree.Get("analysis"))
	return int(n)
}

// Distribution gives how far the event may go. If it does not say, to its organisation alone.
func (e Event) Distribution() Distribution { return e.distribution(Organisation) }

// Creator gives the organisation that made the event.
func (e Event) Creator() Org { return Org{node{e.Tree.Get("Orgc")}} }

// Owner gives the organisation whose instance it was read from.
func (e Event) Owner() Org { return Org{node{e.Tree.Get("Org")}} }

// Attributes gives the attributes that are in no object.
func (e Event) Attributes() []Attribute { return e.attributes("Attribute") }

// Proposals gives what others propose to add.
func (e Event) Proposals() []Attribute { return e.attributes("ShadowAttribute") }

// Objects gives the objects.
func (e Event) Objects() []Object {
	var list []Object
	for _, v := range items(e.Tree.Get("Object")) {
		list = append(list, Object{node{v}})
	}
	return list
}

// Org is an organisation.
type Org struct{ node }

// Name gives its name.
func (o Org) Name() string { return o.Tree.Get("name").Str() }

// Object is a group of attributes that tell of one thing, by a template.
type Object struct{ node }

// Name gives the template's name, such as "domain-ip".
func (o Object) Name() string { return o.Tree.Get("name").Str() }

// MetaCategory gives what kind of thing it is, such as "network".
func (o Object) MetaCategory() string { return o.Tree.Get("meta-category").Str() }

// Attributes gives its attributes.
func (o Object) Attributes() []Attribute { return o.attributes("Attribute") }

// Distribution gives how far it may go.
func (o Object) Distribution() Distribution { return o.distribution(Inherit) }

// References gives what the object says of others.
func (o Object) References() []Reference {
	var list []Reference
	for _, v := range items(o.Tree.Get("ObjectReference")) {
		list = append(list, Reference{v.Get("referenced_uuid").Str(), v.Get("relationship_type").Str()})
	}
	return list
}

// Reference is what an object says of another object or of an attribute.
type Reference struct{ To, Type string }

// Cluster is an entry of a galaxy: a threat actor, malware, a technique.
type Cluster struct {
	node
	Galaxy string // the galaxy's type, such as "threat-actor"
}

// Value gives its name.
func (c Cluster) Value() string { return c.Tree.Get("value").Str() }

// TagName gives the tag that stands for it.
func (c Cluster) TagName() string { return c.Tree.Get("tag_name").Str() }

// SharingGroup is a list of organisations that something may go to.
type SharingGroup struct{ node }

// Name gives its name.
func (g SharingGroup) Name() string { return g.Tree.Get("name").Str() }

// Releasability says to whom what is in it may be given on, in words.
func (g SharingGroup) Releasability() string { return g.Tree.Get("releasability").Str() }

// Roaming tells whether its members may use any instance, and not only those of Servers.
func (g SharingGroup) Roaming() bool { return truth(g.Tree.Get("roaming")) }

// Members gives its organisations by their UUIDs, and for each whether it may take others in.
func (g SharingGroup) Members() map[string]bool {
	members := map[string]bool{}
	for _, v := range items(g.Tree.Get("SharingGroupOrg")) {
		if id := v.Get("Organisation").Get("uuid").Str(); id != "" {
			members[id] = truth(v.Get("extend"))
		}
	}
	return members
}

// Servers gives the addresses of its instances.
func (g SharingGroup) Servers() []string {
	var list []string
	for _, v := range items(g.Tree.Get("SharingGroupServer")) {
		if address := v.Get("Server").Get("url").Str(); address != "" {
			list = append(list, address)
		}
	}
	return list
}

// items gives the objects of a list.
func items(v *jsontree.Value) []*jsontree.Value {
	if !v.Is(jsontree.Array) {
		return nil
	}
	list := make([]*jsontree.Value, 0, len(v.Items))
	for i := range v.Items {
		if v.Items[i].Kind == jsontree.Object {
			list = append(list, &v.Items[i])
		}
	}
	return list
}

// number reads a whole number, or a string of one.
func number(v *jsontree.Value) (int64, bool) {
	if s := v.Str(); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil
	}
	return v.Int()
}

// truth reads a boolean, or 1 or "1" for true.
func truth(v *jsontree.Value) bool {
	n, ok := number(v)
	return v.True() || ok && n == 1 || strings.EqualFold(v.Str(), "true")
}

// moment reads a time: seconds since 1970, or a date and time with its offset.
func moment(v *jsontree.Value) (time.Time, bool) {
	if n, ok := number(v); ok {
		return time.Unix(n, 0).UTC(), n > 0 && n < 1<<36
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, v.Str()); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
