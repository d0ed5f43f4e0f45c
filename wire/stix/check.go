package stix

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/wire/jsontree"
	"pahra/wire/stix/pattern"
)

// Fault is a MUST of the standard that an object breaks.
type Fault struct {
	Path string // the property, such as "external_references.[0].url"; "" for the object itself
	Rule string
}

// String gives "path: rule".
func (f Fault) String() string {
	if f.Path == "" {
		return f.Rule
	}
	return f.Path + ": " + f.Rule
}

// mostFaults is how many faults of an object are told.
const mostFaults = 20

// Check tells which MUSTs of the standard the object breaks by itself, twenty at most: properties that are missing, are not
// what they have to be or contradict one another, selectors that select nothing, patterns that are none. An object of STIX
// 2.0 is held to that version. References are checked for the type that they name alone.
func (o *Object) Check() []Fault {
	c := checker{object: o, old: o.IsVersion20()}
	t, known := tables.types[o.Type()]
	if !known {
		t = c.custom()
	}
	if v := o.Get("spec_version"); v != nil && v.Str() != "2.1" && v.Str() != "2.0" {
		c.fault("spec_version", "it is neither 2.0 nor 2.1")
	}
	c.members(&o.Tree, t, "")
	c.rules()
	return c.faults
}

type checker struct {
	object *Object
	old    bool            // it is one of STIX 2.0
	among  *jsontree.Value // inside observed-data of that version, the objects that references are to
	faults []Fault
}

func (c *checker) fault(path, rule string, args ...any) {
	if len(c.faults) < mostFaults {
		c.faults = append(c.faults, Fault{path, fmt.Sprintf(rule, args...)})
	}
}

// custom gives the common properties of the class that a type which the standard does not know seems to be of.
func (c *checker) custom() *Type {
	t := &Type{Name: c.object.Type(), Class: Observable}
	if c.object.Get("created") != nil || c.object.Get("modified") != nil {
		t.Class = Domain
	}
	if t.Name == "action" {
		c.fault("type", "action is reserved")
	}
	t.take(&Type{Properties: tables.common(t.Class)})
	t.orders = tables.types["tool"].orders
	return t
}

// common gives the properties that all types of a class have.
func (t typeTables) common(class Class) []Property {
	like := t.types["incident"]
	if class == Observable {
		like = t.types["mac-addr"]
	}
	return slices.DeleteFunc(slices.Clone(like.Properties), func(p Property) bool {
		return p.Name == "name" || p.Name == "description" || p.Name == "value"
	})
}

func join(path, name string) string {
	if strings.HasPrefix(name, "extension-definition--") || strings.Contains(name, ".") {
		name = "'" + name + "'"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// members checks an object of JSON against what its type says.
func (c *checker) members(v *jsontree.Value, t *Type, path string) {
	for i := range v.Members {
		m := &v.Members[i]
		at := join(path, m.Name)
		switch p := t.Property(m.Name); {
		case m.Value.Kind == jsontree.Null:
			c.fault(at, "it is null")
		case p != nil && p.List:
			c.list(&m.Value, p, at)
		case p != nil:
			c.value(&m.Value, p, at)
		case m.Name == "type" || m.Name == "id" || m.Name == "spec_version":
		default:
			c.unknown(m, t, at)
		}
	}
	c.required(v, t, path)
	for _, o := range t.orders {
		first, errFirst := pattern.ParseTime(v.Get(o.first).Str())
		last, errLast := pattern.ParseTime(v.Get(o.last).Str())
		if errFirst == nil && errLast == nil && (last.Before(first) || !o.equal && last.Equal(first)) {
			c.fault(join(path, o.last), "it is not later than %s", o.first)
		}
	}
}

func (c *checker) required(v *jsontree.Value, t *Type, path string) {
	needed := func(p Property) bool { return p.Required }
	groups := t.need
	if old, differs := required20[t.Name]; c.old && c.among == nil && path == "" {
		if differs {
			needed = func(p Property) bool {
				return slices.Contains(old, p.Name) || p.Name == "created" || p.Name == "modified"
			}
		}
		groups = nil
	}
	for _, p := range t.Properties {
		if needed(p) && v.Get(p.Name) == nil {
			c.fault(join(path, p.Name), "it is missing")
		}
	}
	for _, names := range groups {
		if !slices.ContainsFunc(names, func(name string) bool { return v.Get(name) != nil }) {
			c.fault(path, "one of %s is required", strings.Join(names, ", "))
		}
	}
	if path == "" && !c.old && t.Class != Observable && v.Get("spec_version") == nil {
		c.fault("spec_version", "it is missing")
	}
}

// required20 is what STIX 2.0 requires where that differs.
var required20 = map[string][]string{
	"identity": {"name", "identity_class"}, "indicator": {"labels", "pattern", "valid_from"}, "malware": {"labels", "name"},
	"observed-data": {"first_observed", "last_observed", "number_observed", "objects"}, "report": {"labels", "name", "object_refs", "published"},
	"threat-actor": {"labels", "name"}, "tool": {"labels", "name"}, "marking-definition": {"definition", "definition_type"},
}

// unknown checks a property that the type does not know.
func (c *checker) unknown(m *jsontree.Member, t *Type, at string) {
	switch {
	case t.Class == "part" || t.Class == "ext":
	case !validPropertyName(m.Name):
		c.fault(at, "this is no name of a property")
		return
	case slices.Contains(reserved, m.Name) && t.Class != Meta && at == m.Name:
		c.fault(at, "the name is reserved")
	}
	if m.Value.Kind == jsontree.Array && len(m.Value.Items) == 0 {
		c.fault(at, "the list is empty")
	}
	for end, kind := range map[string]string{"_hex": "hex", "_bin": "bin"} {
		if strings.HasSuffix(m.Name, end) && m.Value.Kind == jsontree.String {
			c.value(&m.Value, &Property{Kind: kind}, at)
		}
	}
}

// reserved are names that the standard keeps for itself (section 11.1).
var reserved = []string{"severity", "action", "username", "phone_numbers"}

// validPropertyName tells whether s can name a property: from 3 to 250 of a–z, 0–9 and underscores, a small letter first.
// Capitals, which the standard forbids those who write, are in use and taken.
func validPropertyName(s string) bool {
	return len(s) >= 3 && len(s) <= 250 && s[0] >= 'a' && s[0] <= 'z' && validKey(strings.ReplaceAll(s, "-", "."))
}

func (c *checker) list(v *jsontree.Value, p *Property, at string) {
	switch {
	case v.Kind != jsontree.Array:
		c.fault(at, "it is %v, not a list", v.Kind)
	case len(v.Items) == 0:
		c.fault(at, "the list is empty")
	}
	for i := range v.Items {
		c.value(&v.Items[i], p, fmt.Sprintf("%s.[%d]", at, i))
	}
}

// value checks a value that is no list.
func (c *checker) value(v *jsontree.Value, p *Property, at string) {
	if part, known := tables.parts[p.Kind]; known {
		if c.is(v, jsontree.Object, at) {
			c.members(v, part, at)
		}
		return
	}
	switch p.Kind {
	case "bool":
		c.is(v, jsontree.Bool, at)
	case "int", "float", "number":
		c.number(v, p, at)
	case "dict", "texts", "scalars", "hashes", "extensions", "objects":
		if c.is(v, jsontree.Object, at) {
			c.dict(v, p.Kind, at)
		}
	default:
		if c.is(v, jsontree.String, at) {
			c.text(v.Text, p, at)
		}
	}
}

func (c *checker) is(v *jsontree.Value, k jsontree.Kind, at string) bool {
	if v.Kind != k {
		c.fault(at, "it is %v, not %v", v.Kind, k)
	}
	return v.Kind == k
}

func (c *checker) number(v *jsontree.Value, p *Property, at string) {
	if !c.is(v, jsontree.Number, at) {
		return
	}
	f, ok := v.Float()
	if _, whole := v.Int(); !ok || !whole && (p.Kind == "int" || p.whole) {
		c.fault(at, "it is no whole number")
	} else if p.Kind == "number" && (f < p.low || f > p.high) {
		c.fault(at, "%s is out of range", v.Text)
	}
}

// text checks a string against its kind.
func (c *checker) text(s string, p *Property, at string) {
	switch p.Kind {
	case "time", "stamp":
		if _, err := pattern.ParseTime(s); err != nil {
			c.fault(at, "%v", err)
		} else if p.Kind == "stamp" && len(s) < len("2006-01-02T15:04:05.000Z") {
			c.fault(at, "%s is not precise to the millisecond", s)
		}
	case "ref":
		c.ref(s, p, at)
	case "enum":
		if !slices.Contains(p.words, s) {
			c.fault(at, "%.60q is none of %s", s, strings.Join(p.words, ", "))
		}
	default:
		if check := textChecks[p.Kind]; check != nil && !(p.Kind == "url" && c.object.Get("defanged").True()) && !check(s) {
			c.fault(at, "%.60q is no %s", s, textNames[p.Kind])
		}
	}
}

// ref checks a reference for the type that it names.
func (c *checker) ref(id string, p *Property, at string) {
	typ, _, err := SplitID(id)
	if c.among != nil && typ != "marking-definition" {
		to := c.among.Get(id)
		if typ = to.Get("type").Str(); to == nil {
			c.fault(at, "%.60q refers to nothing in objects", id)
			return
		}
	} else if err != nil {
		c.fault(at, "%v", err)
		return
	}
	if p.types == nil || slices.Contains(p.types, typ) != p.not {
		return
	}
	if _, known := tables.types[typ]; !known && !p.not && c.among == nil && typ != "bundle" {
		return // a custom type may stand in for one of the standard's
	}
	c.fault(at, "it refers to an object of type %s", typ)
}

// Since tells since when an object of this version has been: its modification, its creation if it has none, in UTC.
func (o *Object) Since() (time.Time, bool) {
	if t, ok := o.Time("modified"); ok {
		return t, true
	}
	return o.Time("created")
}
