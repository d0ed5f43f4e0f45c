package registry

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pahra/wire/values"
)

const maxFile = 8 << 20

// AddNeighbourhoodsYAML adds the neighbourhoods of a YAML file. A file is one definition, or a list of them under the key
// neighbourhoods:
//
//	neighbourhoods:
//	  - name: example-members
//	    title: Members of the Example Association
//	    source: https://example.net/members
//	    date: 2024-01-31
//	    asns: [64500, AS64501]
//	  - name: example-transit
//	    title: Indian networks behind AS64500 that are not members
//	    difference:
//	      - intersection: [country:IN, cone:AS64500]
//	      - example-members
//
// Each definition has exactly one of asns, union, intersection, difference and of; of is a name as Resolve takes it.
// The terms of an operation are names or, again, one of these. Unknown and repeated keys, aliases and anchors are
// refused. A bad definition is reported with its line and left out; only a file that is no YAML, or larger than 8 MiB,
// is an error. Whether the names in it exist is seen by Resolve.
func (b *Builder) AddNeighbourhoodsYAML(src Source, r io.Reader, report func(values.Problem)) error {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return fmt.Errorf("reading neighbourhoods: %w", err)
	}
	if len(text) > maxFile {
		return fmt.Errorf("neighbourhoods file is larger than %d bytes", maxFile)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("reading YAML: %w", err)
	}
	n := b.source(KindNeighbourhoods, src)
	seen := map[string]int{}
	for _, node := range definitionsIn(&doc, orDrop(report)) {
		d, err := readDefinition(node)
		if err == nil && seen[d.Name] > 0 {
			err = lineErr(node, "neighbourhood %q is defined on line %d already", d.Name, seen[d.Name])
		}
		if err != nil {
			orDrop(report)(problemOf(err, node.Line))
			continue
		}
		seen[d.Name] = d.Line
		b.lists = append(b.lists, rawList{d, n})
	}
	return nil
}

// definitionsIn finds the mappings that should be definitions.
func definitionsIn(doc *yaml.Node, report func(values.Problem)) []*yaml.Node {
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil // an empty file
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode || len(top.Content) != 2 || top.Content[0].Value != "neighbourhoods" {
		return []*yaml.Node{top}
	}
	list := top.Content[1]
	if list.Kind != yaml.SequenceNode {
		report(problemOf(lineErr(list, "neighbourhoods is not a list"), list.Line))
		return nil
	}
	return list.Content
}

// positioned is an error with the line that it is about.
type positioned struct {
	line int
	err  error
}

func (p *positioned) Error() string { return p.err.Error() }

func lineErr(n *yaml.Node, format string, args ...any) error {
	return &positioned{n.Line, fmt.Errorf(format, args...)}
}

func problemOf(err error, line int) values.Problem {
	var p *positioned
	if errors.As(err, &p) {
		line = p.line
	}
	return values.Problem{Line: line, Reason: err.Error()}
}

// pairs gives a mapping's keys and values, and refuses repeated keys and what is no mapping.
func pairs(n *yaml.Node, what string) (keys []string, of map[string]*yaml.Node, err error) {
	if n.Kind != yaml.MappingNode || n.Anchor != "" {
		return nil, nil, lineErr(n, "%s is not a plain mapping", what)
	}
	of = map[string]*yaml.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if of[key] != nil {
			return nil, nil, lineErr(n.Content[i], "key %q stands twice", key)
		}
		of[key] = n.Content[i+1]
		keys = append(keys, key)
	}
	return keys, of, nil
}

func readDefinition(n *yaml.Node) (Definition, error) {
	keys, of, err := pairs(n, "neighbourhood")
	if err != nil {
		return Definition{}, err
	}
	d := Definition{Line: n.Line}
	expr := *n
	expr.Content = nil
	for _, key := range keys {
		v := of[key]
		switch key {
		case "name":
			d.Name, err = scalar(v)
		case "title":
			d.Title, err = scalar(v)
		case "source":
			d.URL, err = scalar(v)
		case "date":
			d.Date, err = dateOf(v)
		default:
			expr.Content = append(expr.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key, Line: v.Line}, v)
		}
		if err != nil {
			return Definition{}, err
		}
	}
	if err := checkName(d.Name); err != nil {
		return Definition{}, lineErr(n, "%w", err)
	}
	if d.Expr, err = readExpr(&expr, 0); err != nil {
		return Definition{}, err
	}
	return d, d.check()
}

func scalar(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Anchor != "" || len(n.Value) > 1024 {
		return "", lineErr(n, "not a plain value of at most 1024 bytes")
	}
	return strings.TrimSpace(n.Value), nil
}

func dateOf(n *yaml.Node) (time.Time, error) {
	text, err := scalar(n)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse("2006-01-02", text)
	if err != nil {
		return time.Time{}, lineErr(n, "date %.40q is not in the form YYYY-MM-DD", text)
	}
	return t, nil
}

// readExpr reads a name, or a mapping with one of the keys that make a set.
func readExpr(n *yaml.Node, depth int) (Expr, error) {
	if depth > maxDepth {
		return Expr{}, lineErr(n, "expression is nested more than %d deep", maxDepth)
	}
	if n.Kind == yaml.ScalarNode {
		name, err := scalar(n)
		return Expr{Op: OpName, Text: name, Line: n.Line}, err
	}
	keys, of, err := pairs(n, "expression")
	if err != nil {
		return Expr{}, err
	}
	if len(keys) != 1 {
		return Expr{}, lineErr(n, "needs exactly one of asns, union, intersection, difference and of, and has %d keys for it: %.200q", len(keys), keys)
	}
	v := of[keys[0]]
	e := Expr{Line: v.Line}
	switch keys[0] {
	case "asns":
		e.Op = OpASNs
		e.ASNs, err = readASNs(v)
		return e, err
	case "of":
		return readExpr(v, depth+1)
	case "union":
		e.Op = OpUnion
	case "intersection":
		e.Op = OpIntersection
	case "difference":
		e.Op = OpDifference
	default:
		return Expr{}, lineErr(v, "unknown key %.60q", keys[0])
	}
	e.Of, err = readTerms(v, depth)
	return e, err
}

func readTerms(n *yaml.Node, depth int) ([]Expr, error) {
	if n.Kind != yaml.SequenceNode || n.Anchor != "" || len(n.Content) == 0 {
		return nil, lineErr(n, "terms are not a plain list of at least one")
	}
	terms := make([]Expr, len(n.Content))
	for i, c := range n.Content {
		var err error
		if terms[i], err = readExpr(c, depth+1); err != nil {
			return nil, err
		}
	}
	return terms, nil
}

func readASNs(n *yaml.Node) ([]values.ASN, error) {
	if n.Kind != yaml.SequenceNode || n.Anchor != "" || len(n.Content) > maxMembers {
		return nil, lineErr(n, "asns is not a plain list of at most %d", maxMembers)
	}
	out := make([]values.ASN, 0, len(n.Content))
	for _, c := range n.Content {
		text, err := scalar(c)
		if err != nil {
			return nil, err
		}
		asn, err := values.ParseASN(text)
		if err != nil || asn == 0 {
			return nil, lineErr(c, "%.40q is not the number of a network", text)
		}
		out = append(out, asn)
	}
	return out, nil
}
