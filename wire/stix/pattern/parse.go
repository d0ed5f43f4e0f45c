package pattern

import (
	"fmt"
	"strings"
)

// Parse reads a pattern.
func Parse(s string) (*Pattern, error) {
	if len(s) > maxLength {
		return nil, ErrTooLong
	}
	p := parser{lexer: lexer{s: s}}
	if err := p.step(); err != nil {
		return nil, err
	}
	root, err := p.observations(0)
	if err != nil {
		return nil, err
	}
	if p.t.kind != end {
		return nil, p.unexpected("the end")
	}
	return &Pattern{root}, nil
}

type parser struct {
	lexer
	t     token // the next
	depth int
}

func (p *parser) step() (err error) {
	p.t, err = p.next()
	return err
}

func (p *parser) unexpected(wanted string) error {
	if p.t.kind == end {
		return p.wrong(p.t.at, wanted+" is missing")
	}
	return p.wrong(p.t.at, fmt.Sprintf("%.40q stands where %s should", p.t.text, wanted))
}

// is tells whether the next token is that mark or keyword.
func (p *parser) is(text string) bool {
	return p.t.text == text && (p.t.kind == mark || p.t.kind == word)
}

// take passes over a mark or a keyword that must be there.
func (p *parser) take(text string) error {
	if !p.is(text) {
		return p.unexpected(text)
	}
	return p.step()
}

// down counts a parenthesis that is open.
func (p *parser) down() error {
	if p.depth++; p.depth > maxDepth {
		return ErrTooLong
	}
	return nil
}

// joints are what joins observations, the loosest first.
var joints = [...]Op{FollowedBy, Or, And}

func (p *parser) observations(level int) (*Observation, error) {
	if level == len(joints) {
		return p.observation()
	}
	first, err := p.observations(level + 1)
	if err != nil || !p.is(string(joints[level])) {
		return first, err
	}
	o := &Observation{Op: joints[level], Parts: []*Observation{first}}
	for p.is(string(joints[level])) {
		if err := p.step(); err != nil {
			return nil, err
		}
		part, err := p.observations(level + 1)
		if err != nil {
			return nil, err
		}
		o.Parts = append(o.Parts, part)
	}
	return o, nil
}

func (p *parser) observation() (*Observation, error) {
	o, closing := &Observation{Op: One}, "]"
	var err error
	switch {
	case p.is("["):
		if err = p.step(); err == nil {
			o.Comparison, err = p.comparisons(Or)
		}
	case p.is("("):
		o.Op, closing = Group, ")"
		if err = p.down(); err == nil {
			err = p.step()
		}
		if err == nil {
			o.Parts = make([]*Observation, 1)
			o.Parts[0], err = p.observations(0)
		}
		p.depth--
	default:
		return nil, p.unexpected("an observation, [ or (")
	}
	if err == nil {
		err = p.take(closing)
	}
	if err != nil {
		return nil, err
	}
	return o, p.qualifiers(o)
}

func (p *parser) qualifiers(o *Observation) error {
	for p.is("START") || p.is("WITHIN") || p.is("REPEATS") {
		q := Qualifier{Name: p.t.text}
		for _, before := range o.Qualifiers {
			if o.Op == One && before.Name == q.Name {
				return p.wrong(p.t.at, q.Name+" stands twice at one observation")
			}
		}
		if err := p.step(); err != nil {
			return err
		}
		var err error
		switch q.Name {
		case "START":
			if err = p.operand(&q, "a timestamp", Timestamp); err == nil {
				err = p.take("STOP")
			}
			if err == nil {
				err = p.operand(&q, "a timestamp", Timestamp)
			}
		case "WITHIN":
			if err = p.operand(&q, "a number of seconds", Integer, Float); err == nil {
				err = p.take("SECONDS")
			}
		default:
			if err = p.operand(&q, "a count", Integer); err == nil {
				err = p.take("TIMES")
			}
		}
		if err != nil {
			return err
		}
		o.Qualifiers = append(o.Qualifiers, q)
	}
	return nil
}

// operand takes a literal of one of the kinds that is not negative.
func (p *parser) operand(q *Qualifier, wanted string, kinds ...LiteralKind) error {
	for _, k := range kinds {
		if p.t.kind == literal && p.t.lit.Kind == k && !strings.HasPrefix(p.t.text, "-") {
			q.Operands = append(q.Operands, p.t.lit)
			return p.step()
		}
	}
	return p.unexpected(wanted)
}

func (p *parser) comparisons(op Op) (*Comparison, error) {
	below := func() (*Comparison, error) {
		if op == Or {
			return p.comparisons(And)
		}
		return p.test()
	}
	first, err := below()
	if err != nil || !p.is(string(op)) {
		return first, err
	}
	c := &Comparison{Op: op, Parts: []*Comparison{first}}
	for p.is(string(op)) {
		if err := p.step(); err != nil {
			return nil, err
		}
		part, err := below()
		if err != nil {
			return nil, err
		}
		c.Parts = append(c.Parts, part)
	}
	return c, nil
}

func (p *parser) test() (*Comparison, error) {
	c := &Comparison{}
	if p.is("(") {
		return c, p.group(c)
	}
	err := error(nil)
	if p.is("NOT") {
		c.Negated = true
		if err = p.step(); err == nil && !p.is("EXISTS") {
			err = p.unexpected("EXISTS")
		}
	}
	if err == nil && p.is("EXISTS") {
		c.Op = Exists
		err := p.step()
		if err == nil {
			err = p.path(&c.Path)
		}
		return c, err
	}
	if err == nil {
		err = p.path(&c.Path)
	}
	if err == nil && p.is("NOT") {
		c.Negated = true
		err = p.step()
	}
	if err == nil {
		err = p.operator(c)
	}
	return c, err
}

func (p *parser) group(c *Comparison) error {
	c.Op, c.Parts = Group, make([]*Comparison, 1)
	err := p.down()
	if err == nil {
		err = p.step()
	}
	if err == nil {
		c.Parts[0], err = p.comparisons(Or)
	}
	if err == nil {
		err = p.take(")")
	}
	p.depth--
	return err
}

// spellings are the second ways to write an operator.
var spellings = map[string]Op{"==": Equal, "<>": Unequal}

func (p *parser) operator(c *Comparison) error {
	c.Op = Op(p.t.text)
	if op, second := spellings[p.t.text]; second {
		c.Op = op
	}
	switch c.Op {
	case Equal, Unequal, Less, AtMost, Greater, AtLeast, Like, Matches, IsSubset, IsSuperset, In:
	default:
		return p.unexpected("an operator")
	}
	if err := p.step(); err != nil {
		return err
	}
	switch c.Op {
	case Equal, Unequal:
		return p.value(c, "a value", "sifTtbh")
	case Less, AtMost, Greater, AtLeast:
		return p.value(c, "a value that has an order", "siftbh")
	case Like, Matches, IsSubset, IsSuperset:
		return p.value(c, "a string", "s")
	}
	return p.set(c)
}

// value takes one value of the kinds.
func (p *parser) value(c *Comparison, wanted, kinds string) error {
	if p.t.kind != literal || strings.IndexByte(kinds, byte(p.t.lit.Kind)) < 0 {
		return p.unexpected(wanted)
	}
	c.Values = append(c.Values, p.t.lit)
	return p.step()
}

func (p *parser) set(c *Comparison) error {
	if err := p.take("("); err != nil {
		return err
	}
	for !p.is(")") {
		if len(c.Values) > 0 {
			if err := p.take(","); err != nil {
				return err
			}
		}
		if err := p.value(c, "a value", "sifTtbh"); err != nil {
			return err
		}
	}
	return p.step()
}

func (p *parser) path(to *Path) error {
	if p.t.kind != identifier && p.t.kind != hyphenated {
		return p.unexpected("an object path")
	}
	to.Type = p.t.text
	if err := p.step(); err != nil {
		return err
	}
	if err := p.take(":"); err != nil {
		return err
	}
	if err := p.name(to); err != nil {
		return err
	}
	for {
		switch {
		case p.is("."):
			if err := p.step(); err != nil {
				return err
			}
			if err := p.name(to); err != nil {
				return err
			}
		case p.is("["):
			if err := p.index(to); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (p *parser) name(to *Path) error {
	switch {
	case p.t.kind == identifier:
		to.Steps = append(to.Steps, Step{Name: p.t.text})
	case p.t.kind == literal && p.t.lit.Kind == Text:
		to.Steps = append(to.Steps, Step{Name: p.t.lit.Text})
	default:
		return p.unexpected("a property")
	}
	return p.step()
}

func (p *parser) index(to *Path) error {
	if err := p.step(); err != nil {
		return err
	}
	if !p.is("*") && (p.t.kind != literal || p.t.lit.Kind != Integer) {
		return p.unexpected("an index or *")
	}
	to.Steps = append(to.Steps, Step{Index: p.t.text})
	if err := p.step(); err != nil {
		return err
	}
	return p.take("]")
}
