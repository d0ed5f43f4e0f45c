package shadowserver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/intelmq"
)

// Plan turns the rows of one table into events: a mapping and a header, resolved once. It keeps room for one row, and so
// is not safe for concurrent use.
type Plan struct {
	width   int // columns of the header
	ops     []op
	slots   []slot              // the fields of the events, in the order of their names
	columns [columnCount]column // those that conversions look at
	float   intelmq.Format
}

// op puts the values of one column into one field.
type op struct {
	column     int
	conversion conversion
	required   bool
	check      intelmq.Format // of the conversion
	format     intelmq.Format // of the field; nil where it takes the value as it is
	extra      bool           // the field is one of extra
	slot       int            // -1: nowhere
	rest       int            // the slot of extra for a value that the field cannot have; -1: none
	name       string         // of the column
}

// slot is a field of the events, with its value in the row at hand.
type slot struct {
	key      string
	value    intelmq.Value
	constant bool
	set      bool
}

// column is the place of a column in a row, -1 if there is none.
type column int

func (c column) of(row []string) string {
	if c < 0 || int(c) >= len(row) {
		return ""
	}
	return row[c]
}

// The columns that conversions look at.
const (
	colCCDNS = iota
	colHTTPHost
	colHostname
	colIP
	colURL
	colHTTPURL
	colApplication
	colCategory
	colDetail
	columnCount
)

// Compile makes a plan for tables with a header. constants are put in place of the mapping's own, an empty one in place
// of none. A column that the mapping requires and the header does not have is an error.
func (r *Report) Compile(header []string, constants map[string]string) (*Plan, error) {
	r = r.as(header)
	c := compiler{plan: &Plan{width: len(header)}, header: header, index: map[string]int{}, keys: map[string]int{}}
	for i, name := range header { // of two by the same name the later counts
		c.index[name] = i
	}
	c.plan.float, _ = intelmq.FormatOf("source.geolocation.latitude")
	for i, name := range [columnCount]string{"cc_dns", "http_host", "hostname", "ip", "url", "http_url", "application", "category", "detail"} {
		c.plan.columns[i] = -1
		if at, there := c.index[name]; there {
			c.plan.columns[i] = column(at)
		}
	}
	all := maps.Clone(r.Constants)
	if all == nil {
		all = map[string]string{}
	}
	all["feed.name"], all["feed.documentation"] = r.Feed, r.URL
	maps.Copy(all, constants)
	for key, text := range all {
		if err := c.constant(key, text); err != nil {
			return nil, fmt.Errorf("report %s: %w", r.Name, err)
		}
	}
	for i, f := range slices.Concat(r.Required, r.Optional) {
		if err := c.field(f, i < len(r.Required)); err != nil {
			return nil, fmt.Errorf("report %s: %w", r.Name, err)
		}
	}
	c.others()
	return c.finish(), nil
}

// compiler is a plan in the making.
type compiler struct {
	plan   *Plan
	header []string
	index  map[string]int // columns by name
	keys   map[string]int // slots by key
}

// slot gives the place of a field, made where there is none.
func (c *compiler) slot(key string) int {
	at, there := c.keys[key]
	if !there {
		at = len(c.plan.slots)
		c.keys[key] = at
		c.plan.slots = append(c.plan.slots, slot{key: key})
	}
	return at
}

func (c *compiler) constant(key, text string) error {
	if text == "" {
		return nil
	}
	v := intelmq.Value{Text: text}
	if f, known := intelmq.FormatOf(key); known {
		var err error
		if v, err = f(text); err != nil {
			return fmt.Errorf("constant %s: %w", key, err)
		}
	} else if !strings.HasPrefix(key, intelmq.Extra) {
		key = intelmq.Extra + key
	}
	s := &c.plan.slots[c.slot(key)]
	s.value, s.constant = v, true
	return nil
}

// field adds what the mapping does with a column, if the header has it.
func (c *compiler) field(f Field, required bool) error {
	at, there := c.index[f.Column]
	if !there {
		if required {
			return fmt.Errorf("the header has no column %s", f.Column)
		}
		return nil
	}
	o := op{column: at, conversion: conversions[f.Conversion], required: required, slot: -1, rest: -1, name: f.Column}
	if gives := o.conversion.gives(); gives != "" {
		o.check, _ = intelmq.FormatOf(gives)
	}
	format, known := intelmq.FormatOf(f.Target)
	switch {
	case f.Target == "":
	case f.Target == intelmq.Extra:
		o.slot, o.extra = c.slot(intelmq.Extra+f.Column), true
	case known:
		o.slot = c.slot(f.Target)
		if !o.conversion.fits(f.Target) {
			o.format = format
		}
	default:
		o.slot, o.extra = c.slot(intelmq.Extra+strings.TrimPrefix(f.Target, intelmq.Extra)), true
	}
	for i := range c.plan.ops { // what the last of a column's fields cannot have is left over
		if c.plan.ops[i].column == at {
			c.plan.ops[i].rest = -1
		}
	}
	if f.Target != "" {
		o.rest = c.slot(intelmq.Extra + f.Column)
	}
	c.plan.ops = append(c.plan.ops, o)
	return nil
}

// fits tells whether a field takes what the conversion gives as it is.
func (c conversion) fits(target string) bool {
	switch gives := c.gives(); gives {
	case "":
		return false
	case "time.source":
		return target == gives
	case "source.ip", "source.network", "source.fqdn":
		return strings.HasSuffix(target, strings.TrimPrefix(gives, "source"))
	}
	return false
}

// others puts the columns that the mapping does not name into extra.
func (c *compiler) others() {
	for i, name := range c.header {
		named := func(o op) bool { return o.column == i }
		if c.index[name] != i || slices.ContainsFunc(c.plan.ops, named) {
			continue
		}
		if name == "" {
			name = "column_" + strconv.Itoa(i+1)
		}
		c.plan.ops = append(c.plan.ops, op{column: i, slot: c.slot(intelmq.Extra + name), extra: true, rest: -1, name: name})
	}
}

// finish brings the slots into the order of their keys.
func (c *compiler) finish() *Plan {
	p := c.plan
	slices.SortFunc(p.slots, func(a, b slot) int { return strings.Compare(a.key, b.key) })
	now := make([]int, len(p.slots)) // where a slot is that was elsewhere
	for i, s := range p.slots {
		now[c.keys[s.key]] = i
	}
	for i := range p.ops {
		if o := &p.ops[i]; o.slot >= 0 {
			o.slot = now[o.slot]
		}
		if o := &p.ops[i]; o.rest >= 0 {
			o.rest = now[o.rest]
		}
	}
	return p
}

// Apply puts a row's fields into e, which is emptied first. An error says what is wrong with the row; e is then of no use.
func (p *Plan) Apply(row []string, e *intelmq.Event) error {
	if n := len(row); n > p.width || n < p.width-1 { // reports are about that leave the last column out
		return fmt.Errorf("the row has %d columns, the header %d", n, p.width)
	}
	for i := range p.slots {
		p.slots[i].set = p.slots[i].constant
	}
	for i := range p.ops {
		if o := &p.ops[i]; o.column < len(row) {
			if err := p.do(o, row[o.column], row); err != nil {
				return fmt.Errorf("column %.60s: %.60q: %w", o.name, row[o.column], err)
			}
		}
	}
	e.Reset()
	for i := range p.slots {
		if s := &p.slots[i]; s.set {
			e.Append(s.key, s.value)
		}
	}
	return nil
}

// do puts the value of one column into its field.
func (p *Plan) do(o *op, text string, row []string) error {
	v, has, err := p.convert(o, text, row)
	if err != nil {
		return err
	}
	if !has {
		if o.required {
			p.leave(o, text)
		}
		return nil
	}
	if o.slot < 0 {
		return nil
	}
	if !o.extra && intelmq.Ignored(v.Text) {
		return nil
	}
	if o.format != nil {
		if v, err = o.format(strings.TrimSpace(v.Text)); err != nil && o.required {
			return err
		}
		if err != nil {
			p.leave(o, text)
			return nil
		}
	}
	if s := &p.slots[o.slot]; !s.constant {
		s.value, s.set = v, true
	}
	return nil
}

// leave puts what the field cannot have into extra.
func (p *Plan) leave(o *op, text string) {
	if o.rest < 0 || text == "" || p.slots[o.rest].constant {
		return
	}
	s := &p.slots[o.rest]
	s.value, s.set = intelmq.Value{Text: text}, true
}
