package registry

import (
	"errors"
	"fmt"
	"time"

	"pahra/wire/values"
)

// Definition is a named neighbourhood: a set of networks that results are aggregated to.
type Definition struct {
	Name  string // as Resolve knows it, unique: letters, digits, - _ .
	Title string // for people
	URL   string // where the list is published, or empty
	Date  time.Time
	Expr  Expr
	From  Source // the file that defined it
	Line  int    // where it begins there
}

// Op is how an [Expr] makes its set.
type Op uint8

// The operations.
const (
	OpASNs         Op = iota // the networks ASNs
	OpName                   // the neighbourhood Text, named or ad hoc as Resolve takes it
	OpUnion                  // the networks of any of Of
	OpIntersection           // the networks of all of Of
	OpDifference             // the networks of the first of Of that are in no other
)

// Expr is a set of networks: a list, a name, or an operation on others.
type Expr struct {
	Op   Op
	ASNs []values.ASN
	Text string
	Of   []Expr
	Line int // in the defining file, or 0
}

type rawList struct {
	def    Definition
	source uint32
}

// AddDefinition adds a named neighbourhood from plain values.
func (b *Builder) AddDefinition(src Source, d Definition) error {
	if err := d.check(); err != nil {
		return err
	}
	b.lists = append(b.lists, rawList{d, b.source(KindNeighbourhoods, src)})
	return nil
}

// check refuses what Resolve could not find again or could not bear.
func (d *Definition) check() error {
	if err := checkName(d.Name); err != nil {
		return err
	}
	return d.Expr.check(0)
}

// checkName refuses names that would be taken for an ad-hoc one.
func checkName(name string) error {
	if name == "" || len(name) > 64 {
		return fmt.Errorf("name %.70q of a neighbourhood is empty or longer than 64 bytes", name)
	}
	for _, c := range []byte(name) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' && c != '_' && c != '.' {
			return fmt.Errorf("name %q of a neighbourhood has more than letters, digits, hyphens, underscores and dots", name)
		}
	}
	if _, err := values.ParseASN(name); err == nil {
		return fmt.Errorf("name %q of a neighbourhood is an AS number", name)
	}
	return nil
}

func (e *Expr) check(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("expression is nested more than %d deep", maxDepth)
	}
	switch e.Op {
	case OpASNs:
		if len(e.ASNs) > maxMembers {
			return fmt.Errorf("list has %d networks, more than %d", len(e.ASNs), maxMembers)
		}
		return nil
	case OpName:
		if e.Text == "" || len(e.Text) > 256 {
			return fmt.Errorf("name %.70q is empty or longer than 256 bytes", e.Text)
		}
		return nil
	case OpUnion, OpIntersection, OpDifference:
	default:
		return fmt.Errorf("unknown operation %d", e.Op)
	}
	if len(e.Of) == 0 {
		return errors.New("union, intersection or difference of nothing")
	}
	for i := range e.Of {
		if err := e.Of[i].check(depth + 1); err != nil {
			return err
		}
	}
	return nil
}
