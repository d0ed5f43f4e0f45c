// Package pattern reads and writes patterns of STIX 2.1 (section 9 of its text), such as
//
//	[ipv4-addr:value = '198.51.100.7' AND ipv4-addr:resolves_to_refs[*].value = '00:00:5e:00:53:01'] WITHIN 300 SECONDS
//
// as a tree of what they are written of: [Parse] gives the tree, String writes it again, [Pattern.Tests] goes through the
// comparisons with their object paths and values. Length and depth are bounded. The package does not match patterns
// against anything.
package pattern

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Op is an operator as it is written.
type Op string

// What joins observations and comparisons, and what compares. Group is a pair of parentheses, One a bracket with its
// comparison.
const (
	One        Op = "[]"
	Group      Op = "()"
	And        Op = "AND"
	Or         Op = "OR"
	FollowedBy Op = "FOLLOWEDBY"

	Equal      Op = "="
	Unequal    Op = "!="
	Less       Op = "<"
	AtMost     Op = "<="
	Greater    Op = ">"
	AtLeast    Op = ">="
	In         Op = "IN"
	Like       Op = "LIKE"
	Matches    Op = "MATCHES"
	IsSubset   Op = "ISSUBSET"
	IsSuperset Op = "ISSUPERSET"
	Exists     Op = "EXISTS"
)

// Pattern is a whole pattern.
type Pattern struct{ Root *Observation }

// Observation is what has to be observed: One has a comparison, Group one part, And, Or and FollowedBy two or more.
type Observation struct {
	Op         Op
	Parts      []*Observation
	Comparison *Comparison
	Qualifiers []Qualifier // of One and Group, in the order they were written in
}

// Qualifier narrows an observation: START t'…' STOP t'…', WITHIN n SECONDS, REPEATS n TIMES.
type Qualifier struct {
	Name     string    // START, WITHIN or REPEATS
	Operands []Literal // two of START, one of the others
}

// Comparison is what one object has to fulfil: Group has one part, And and Or have two or more, all else is a test.
type Comparison struct {
	Op      Op
	Parts   []*Comparison
	Negated bool // by NOT
	Path    Path
	Values  []Literal // one; of In any number, of Exists none
}

// Path is an object path, such as file:hashes.'SHA-256'.
type Path struct {
	Type  string
	Steps []Step // the first is a name
}

// Step is one step of a path: a name, or an index if Name is "".
type Step struct {
	Name  string
	Index string // a number, or "*" for any
}

// LiteralKind is what kind of value a pattern compares with.
type LiteralKind byte

// The kinds of literals.
const (
	Text      LiteralKind = 's'
	Integer   LiteralKind = 'i'
	Float     LiteralKind = 'f'
	Truth     LiteralKind = 'T'
	Timestamp LiteralKind = 't' // t'2026-01-02T03:04:05Z'
	Binary    LiteralKind = 'b' // b'…' base64
	Hex       LiteralKind = 'h' // h'…'
)

// Literal is a value: a text as it is meant, all else as it is written between its quotes.
type Literal struct {
	Kind LiteralKind
	Text string
}

// The bounds.
const (
	maxLength = 1 << 20
	maxDepth  = 100
)

// ErrTooLong says that a pattern passes a bound.
var ErrTooLong = errors.New("the pattern is longer or deeper than is allowed")

// Tests goes through the tests of the pattern, from left to right.
func (p *Pattern) Tests() iter.Seq[*Comparison] {
	return func(yield func(*Comparison) bool) { p.Root.tests(yield) }
}

func (o *Observation) tests(yield func(*Comparison) bool) bool {
	if o.Op == One {
		return o.Comparison.tests(yield)
	}
	for _, part := range o.Parts {
		if !part.tests(yield) {
			return false
		}
	}
	return true
}

func (c *Comparison) tests(yield func(*Comparison) bool) bool {
	if len(c.Parts) == 0 {
		return yield(c)
	}
	for _, part := range c.Parts {
		if !part.tests(yield) {
			return false
		}
	}
	return true
}

// String writes the pattern with single spaces, every operator in its first spelling.
func (p *Pattern) String() string {
	var b strings.Builder
	p.Root.write(&b)
	return b.String()
}

func (o *Observation) write(b *strings.Builder) {
	switch o.Op {
	case One:
		b.WriteByte('[')
		o.Comparison.write(b)
		b.WriteByte(']')
	case Group:
		b.WriteByte('(')
		o.Parts[0].write(b)
		b.WriteByte(')')
	default:
		for i, part := range o.Parts {
			if i > 0 {
				b.WriteString(" " + string(o.Op) + " ")
			}
			part.write(b)
		}
	}
	for _, q := range o.Qualifiers {
		b.WriteString(" " + q.Name + " " + q.Operands[0].String())
		switch q.Name {
		case "START":
			b.WriteString(" STOP " + q.Operands[1].String())
		case "WITHIN":
			b.WriteString(" SECONDS")
		default:
			b.WriteString(" TIMES")
		}
	}
}

func (c *Comparison) write(b *strings.Builder) {
	switch c.Op {
	case Group:
		b.WriteByte('(')
		c.Parts[0].write(b)
		b.WriteByte(')')
		return
	case And, Or:
		for i, part := range c.Parts {
			if i > 0 {
				b.WriteString(" " + string(c.Op) + " ")
			}
			part.write(b)
		}
		return
	case Exists:
		if c.Negated {
			b.WriteString("NOT ")
		}
		b.WriteString("EXISTS " + c.Path.String())
		return
	}
	b.WriteString(c.Path.String())
	if c.Negated {
		b.WriteString(" NOT")
	}
	b.WriteString(" " + string(c.Op) + " ")
	if c.Op != In {
		b.WriteString(c.Values[0].String())
		return
	}
	b.WriteByte('(')
	for i, v := range c.Values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.String())
	}
	b.WriteByte(')')
}

// String writes the path; a name that is no identifier or a word of the language stands in quotes.
func (p Path) String() string {
	var b strings.Builder
	b.WriteString(p.Type + ":")
	for i, s := range p.Steps {
		switch {
		case s.Name == "" && s.Index != "":
			b.WriteString("[" + s.Index + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if isIdentifier(s.Name) && !keywords[s.Name] {
			b.WriteString(s.Name)
		} else {
			b.WriteString(Literal{Text, s.Name}.String())
		}
	}
	return b.String()
}

// String writes the literal as it stands in a pattern.
func (l Literal) String() string {
	switch l.Kind {
	case Text:
		return "'" + strings.ReplaceAll(strings.ReplaceAll(l.Text, `\`, `\\`), `'`, `\'`) + "'"
	case Timestamp, Binary, Hex:
		return string(l.Kind) + "'" + l.Text + "'"
	}
	return l.Text
}

// ParseTime reads a timestamp of STIX (section 2.16): RFC 3339 in UTC, its offset Z. A leap second is the second before it.
func ParseTime(s string) (time.Time, error) {
	const shape = "dddd-dd-ddTdd:dd:dd"
	wrong := notTime(s)
	if len(s) <= len(shape) || s[len(s)-1] != 'Z' {
		return time.Time{}, wrong
	}
	for i, c := range []byte(s[:len(s)-1]) {
		digit := c >= '0' && c <= '9'
		if i < len(shape) && (shape[i] == 'd') != digit || i < len(shape) && !digit && c != shape[i] || i > len(shape) && !digit {
			return time.Time{}, wrong
		}
	}
	if fraction := s[len(shape) : len(s)-1]; fraction != "" && (fraction[0] != '.' || len(fraction) == 1) {
		return time.Time{}, wrong
	}
	if s[17:19] == "60" {
		s = s[:17] + "59" + s[19:]
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, wrong
	}
	return t, nil
}

// notTime is the error of ParseTime for a text.
type notTime string

func (s notTime) Error() string {
	return fmt.Sprintf("%.60q is no timestamp, such as 2026-01-02T03:04:05.678Z", string(s))
}

// Timed tells whether an observation, or a part of it, is narrowed to a span of time by START and STOP.
func (o *Observation) Timed() bool {
	return slices.ContainsFunc(o.Qualifiers, func(q Qualifier) bool { return q.Name == "START" }) || slices.ContainsFunc(o.Parts, (*Observation).Timed)
}
