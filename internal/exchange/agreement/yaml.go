package agreement

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pahra/internal/desk/class"
	"pahra/wire/jsontree"
)

// The bounds of a document.
const (
	mostText  = 1 << 20 // octets
	mostDepth = 16
	mostItems = 10_000 // of a list
	mostFault = 50     // that are told
)

// Fault is what is wrong at one place of a document.
type Fault struct {
	Line, Column int // from 1
	Text         string
}

// String gives "line 12, column 5: text".
func (f Fault) String() string {
	return fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Text)
}

// Faults are all that is wrong with a document, by place.
type Faults []Fault

// Error gives the faults, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return strings.Join(lines, "\n")
}

// reader reads a tree of YAML and keeps what is wrong.
type reader struct {
	faults Faults
	kinds  *class.Tables
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	if len(r.faults) < mostFault {
		r.faults = append(r.faults, Fault{n.Line, n.Column, fmt.Sprintf(format, args...)})
	}
}

// openToReading are plain texts that YAML 1.1 takes for true, false or a number to the base of 60; Norway is one of them.
var openToReading = regexp.MustCompile(`^((?i:y|n|yes|no|on|off)|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9]*)?)$`)

// document takes a text apart.
func document(text []byte) (*yaml.Node, error) {
	if len(text) > mostText {
		return nil, fmt.Errorf("it has more than %d octets", mostText)
	}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("a second document follows, or what is no YAML")
	}
	return doc.Content[0], nil
}

// tree gives a document's data as JSON. Only what means the same to every reader of YAML is taken: texts, whole decimal numbers,
// true and false.
func (r *reader) tree(n *yaml.Node, depth int) jsontree.Value {
	switch {
	case depth > mostDepth:
		r.fault(n, "it is nested more than %d deep", mostDepth)
	case n.Anchor != "" || n.Kind == yaml.AliasNode:
		r.fault(n, "anchors and aliases are not taken")
	case n.Style&yaml.TaggedStyle != 0:
		r.fault(n, "tags are not taken")
	case n.Kind == yaml.MappingNode:
		return r.dict(n, depth)
	case n.Kind == yaml.SequenceNode:
		if len(n.Content) > mostItems {
			r.fault(n, "the list has more than %d entries", mostItems)
			return jsontree.Value{}
		}
		items := make([]jsontree.Value, 0, len(n.Content))
		for _, c := range n.Content {
			items = append(items, r.tree(c, depth+1))
		}
		return jsontree.List(items...)
	default:
		return r.scalar(n)
	}
	return jsontree.Value{}
}

func (r *reader) dict(n *yaml.Node, depth int) jsontree.Value {
	v := jsontree.Dict()
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag != "!!str" || key.Anchor != "":
			r.fault(key, "a key is a plain text")
			continue
		case seen[key.Value]:
			r.fault(key, "the key %q is there twice", key.Value)
			continue
		}
		seen[key.Value] = true
		v.Members = append(v.Members, jsontree.Member{Name: key.Value, Value: r.tree(n.Content[i+1], depth+1)})
	}
	return v
}

func (r *reader) scalar(n *yaml.Node) jsontree.Value {
	switch n.Tag {
	case "!!str":
		if n.Style == 0 && openToReading.MatchString(n.Value) {
			r.fault(n, "%.40q stands in quotes: not every reader of YAML takes it for a text", n.Value)
		}
		return jsontree.Str(n.Value)
	case "!!timestamp":
		r.fault(n, "%.40q: a date or a time stands in quotes", n.Value)
	case "!!bool":
		if n.Value == "true" || n.Value == "false" {
			return jsontree.Truth(n.Value == "true")
		}
		r.fault(n, "%q: write true or false", n.Value)
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 10, 53); err == nil && strconv.FormatInt(i, 10) == n.Value {
			return jsontree.Int(i)
		}
		r.fault(n, "%.40q is no whole decimal number; a text stands in quotes", n.Value)
	case "!!float":
		r.fault(n, "%.40q is read as a number: the number of a clause stands in quotes, \"4.2\"", n.Value)
	default:
		r.fault(n, "a value is missing here")
	}
	return jsontree.Value{}
}

// keys says how the value of each key of a mapping is read.
type keys map[string]func(*yaml.Node)

// object reads a mapping that has these keys and no others; those that begin with ? may be missing.
func (r *reader) object(n *yaml.Node, known keys) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, "keys with values are wanted here: %s", strings.Join(known.names(), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		seen[key] = true
		read, there := known[key]
		if !there {
			read, there = known["?"+key]
		}
		if !there || strings.HasPrefix(key, "?") {
			r.fault(n.Content[i], "there is no key %.60q here; there are %s", key, strings.Join(known.names(), ", "))
			continue
		}
		read(n.Content[i+1])
	}
	for _, name := range known.names() {
		if _, needed := known[name]; needed && !seen[name] {
			r.fault(n, "%s is missing", name)
		}
	}
}

func (k keys) names() []string {
	names := make([]string, 0, len(k))
	for name := range k {
		names = append(names, strings.TrimPrefix(name, "?"))
	}
	slices.Sort(names)
	return names
}

// list reads each entry of a list.
func (r *reader) list(each func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			r.fault(n, "a list is wanted here")
			return
		}
		for _, c := range n.Content {
			each(c)
		}
	}
}

// text reads a text that says something.
func (r *reader) text(into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" || n.Tag != "!!str" {
			r.fault(n, "a text is wanted here")
			return
		}
		*into = n.Value
	}
}

// checked reads a text and makes a value of it.
func checked[T any](r *reader, into *T, parse func(string) (T, error)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var s string
		if r.text(&s)(n); s == "" {
			return
		}
		v, err := parse(s)
		if err != nil {
			r.fault(n, "%s", err)
			return
		}
		*into = v
	}
}

// many reads a list of texts and makes values of them.
func many[T any](r *reader, into *[]T, parse func(string) (T, error)) func(*yaml.Node) {
	return r.list(func(n *yaml.Node) {
		var v T
		before := len(r.faults)
		checked(r, &v, parse)(n)
		if len(r.faults) == before {
			*into = append(*into, v)
		}
	})
}

// word makes a text of those that are allowed.
func word(allowed ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(allowed, s) {
			return "", fmt.Errorf("%.60q is none of %s", s, strings.Join(allowed, ", "))
		}
		return s, nil
	}
}

// whole reads a number between bounds.
func whole[T int | int64 | uint8](r *reader, into *T, low, high int64) func(*yaml.Node) {
	return func(n *yaml.Node) {
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil || n.Tag != "!!int" || i < low || i > high {
			r.fault(n, "a whole number from %d to %d is wanted here", low, high)
			return
		}
		*into = T(i)
	}
}

func (r *reader) truth(into *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Tag != "!!bool" {
			r.fault(n, "true or false is wanted here")
			return
		}
		*into = n.Value == "true"
	}
}

// moment makes an instant of a text; a date alone would leave open whose.
func moment(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !strings.HasSuffix(s, "Z") {
		return time.Time{}, fmt.Errorf("%.40q is no instant in UTC such as 2026-03-01T00:00:00Z", s)
	}
	return t, nil
}
