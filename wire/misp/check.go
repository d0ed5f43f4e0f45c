package misp

import (
	"fmt"
	"strings"
	"time"

	"pahra/wire/jsontree"
)

// Fault is what breaks the format.
type Fault struct {
	Path string // the member, such as "distribution"
	Rule string
}

// String gives "path: rule".
func (f Fault) String() string { return f.Path + ": " + f.Rule }

type checker struct {
	tree   *jsontree.Value
	faults []Fault
}

func (c *checker) fault(path, rule string, args ...any) {
	c.faults = append(c.faults, Fault{path, fmt.Sprintf(rule, args...)})
}

// text wants a string that is not empty, if there is anything or it must be there.
func (c *checker) text(name string, required bool) {
	v := c.tree.Get(name)
	switch {
	case v == nil || v.Kind == jsontree.Null:
		if required {
			c.fault(name, "it is missing")
		}
	case v.Kind != jsontree.String:
		c.fault(name, "it is %v, not a string", v.Kind)
	case required && strings.TrimSpace(v.Text) == "":
		c.fault(name, "it is empty")
	}
}

func (c *checker) number(name string, low, high int64) {
	v := c.tree.Get(name)
	if v == nil || v.Kind == jsontree.Null || v.Is(jsontree.String) && v.Text == "" {
		return
	}
	if n, ok := number(v); !ok || n < low || n > high {
		c.fault(name, "%.40q is no number from %d to %d", v.Text, low, high)
	}
}

func (c *checker) uuid(name string) {
	v := c.tree.Get(name)
	if v == nil || v.Kind == jsontree.Null || v.Is(jsontree.String) && v.Text == "" {
		return
	}
	if !ValidUUID(v.Str()) {
		c.fault(name, "%.60q is no UUID", v.Text)
	}
}

func (c *checker) moment(name string) {
	v := c.tree.Get(name)
	if n, isNumber := number(v); v == nil || v.Kind == jsontree.Null || v.Text == "" || isNumber && n == 0 {
		return
	}
	if _, ok := moment(v); !ok {
		c.fault(name, "%.40q is no time", v.Text)
	}
}

func (c *checker) truth(names ...string) {
	for _, name := range names {
		v := c.tree.Get(name)
		if n, ok := number(v); v != nil && v.Kind != jsontree.Null && v.Kind != jsontree.Bool && !(ok && (n == 0 || n == 1)) &&
			!strings.EqualFold(v.Str(), "true") && !strings.EqualFold(v.Str(), "false") {
			c.fault(name, "%.40q is neither true nor false", v.Text)
		}
	}
}

func (c *checker) list(names ...string) {
	for _, name := range names {
		if v := c.tree.Get(name); v != nil && v.Kind != jsontree.Null && v.Kind != jsontree.Array {
			c.fault(name, "it is %v, not a list", v.Kind)
		}
	}
}

// distribution checks how far something may go: of Group the group must be told.
func (c *checker) distribution(most Distribution) {
	c.number("distribution", 0, int64(most))
	group, _ := number(c.tree.Get("sharing_group_id"))
	if d, ok := number(c.tree.Get("distribution")); ok && Distribution(d) == Group && group == 0 && !c.tree.Get("SharingGroup").Is(jsontree.Object) {
		c.fault("sharing_group_id", "it is missing, and the distribution is to a sharing group")
	}
}

// Check tells what breaks the format in the event itself; its attributes and objects have their own.
func (e Event) Check() []Fault {
	c := checker{tree: e.Tree}
	c.text("info", true)
	c.uuid("uuid")
	c.uuid("extends_uuid")
	if date := e.Date(); e.Tree.Get("date") != nil {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			c.fault("date", "%.40q is no day, such as 2026-01-02", date)
		}
	}
	c.number("threat_level_id", 1, 4)
	c.number("analysis", 0, 2)
	c.distribution(Group)
	c.moment("timestamp")
	c.moment("publish_timestamp")
	c.truth("published", "locked", "disable_correlation")
	c.list("Attribute", "Object", "Tag", "Galaxy", "ShadowAttribute", "RelatedEvent", "EventReport")
	for i, t := range items(e.Tree.Get("Tag")) {
		if t.Get("name").Str() == "" {
			c.fault(fmt.Sprintf("Tag.[%d].name", i), "it is missing")
		}
	}
	return c.faults
}

// Check tells what breaks the format in the object itself.
func (o Object) Check() []Fault {
	c := checker{tree: o.Tree}
	c.text("name", true)
	c.uuid("uuid")
	c.uuid("template_uuid")
	c.distribution(Inherit)
	c.moment("timestamp")
	c.moment("first_seen")
	c.moment("last_seen")
	c.truth("deleted")
	c.list("Attribute", "ObjectReference")
	return c.faults
}

// Check tells what breaks the format in the attribute.
func (a Attribute) Check() []Fault {
	c := checker{tree: a.Tree}
	c.text("type", true)
	c.text("category", false)
	if v := a.Tree.Get("value"); v.Is(jsontree.Bool) || v.Is(jsontree.Number) { // of the types boolean, counter and the like
		if a.Type() == "" {
			c.fault("value", "it is %v, not a string", v.Kind)
		}
	} else {
		c.text("value", true)
	}
	if !Fits(a.Type(), a.Category()) {
		c.fault("type", "%s cannot stand in the category %s", a.Type(), a.Category())
	}
	if (strings.Contains(a.Type(), "|") || a.Type() == "malware-sample") && len(a.Parts()) == 1 {
		c.fault("value", "%.60q has one side, %s wants two", a.Value(), a.Type())
	}
	c.uuid("uuid")
	c.distribution(Inherit)
	c.moment("timestamp")
	c.moment("first_seen")
	c.moment("last_seen")
	c.truth("to_ids", "deleted", "disable_correlation")
	c.list("Tag", "ShadowAttribute", "Galaxy")
	return c.faults
}

// ValidUUID tells whether s has the form of a UUID.
func ValidUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
