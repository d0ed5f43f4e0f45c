// Package asrel reads AS relationship files in CAIDA's pipe form, and its customer cone files.
//
// [Read] reads serial-1 (`a|b|code`) and serial-2 (`a|b|code|source`) alike; [ReadWithHeader] also gives what the
// comments say (the clique and the exchanges' ASNs); [ReadCones] reads ppdc-ases files. The format is CAIDA's README of
// https://data.caida.org/datasets/as-relationships/: code -1 says that the first AS is the provider of the second, 0 that
// they are peers. Code 1, which CAIDA does not publish, is the sibling code of files of the same form made by others
// (ProbLink, TopoScope). Code 2, the sibling code of the space-separated files before 2012, is refused, as in those
// files -1 and 1 meant the opposite of today.
//
// Every good line is yielded in file order, duplicates included; the package keeps nothing between lines.
package asrel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// Code is the relation of an edge's first AS to its second.
type Code int8

// The relations of an edge.
const (
	ProviderCustomer Code = -1 // A is the provider, B the customer
	Peer             Code = 0
	Sibling          Code = 1 // the same organisation
)

// Edge is one line: how A and B relate.
type Edge struct {
	A, B values.ASN
	Code Code
	// Source is how the relation was inferred (serial-2: bgp, mlp, ark), or empty.
	Source string
}

// Header is what the comments before the first edge say, as far as it is there.
type Header struct {
	Clique []values.ASN // the inferred or given clique of networks without providers
	IXPs   []values.ASN // the ASNs of exchanges' route servers, taken out of the paths
}

const (
	maxLine   = 1 << 20  // an edge takes some 30 bytes; the clique's comment 200
	maxCone   = 16 << 20 // a cone of a million ASNs with 10 digits each is 11 MB
	maxSource = 64
)

// ErrFormat says that the input is not of this format at all.
var ErrFormat = errors.New("not an AS relationships file (a|b|code lines)")

// Read yields each edge of r and reports each malformed line. It returns the error of r or of yield, or ErrFormat where
// no line is an edge.
func Read(r io.Reader, report func(values.Problem), yield func(Edge) error) error {
	return ReadWithHeader(r, report, func(Header) error { return nil }, yield)
}

// ReadWithHeader is Read and calls header once, before the first edge.
func ReadWithHeader(r io.Reader, report func(values.Problem), header func(Header) error, yield func(Edge) error) error {
	var head Header
	comment := func(text []byte) { head.add(text) }
	started := false
	return eachLine(r, maxLine, report, comment, func(line []byte) (error, error) {
		e, bad := parseEdge(line)
		if bad != nil {
			return bad, nil
		}
		if !started {
			started = true
			if err := header(head); err != nil {
				return nil, err
			}
		}
		return nil, yield(e)
	})
}

// eachLine gives each comment's text and each other line. data returns what is wrong with the line, and a fatal error.
func eachLine(r io.Reader, max int, report func(values.Problem), comment func([]byte), data func([]byte) (bad, fatal error)) error {
	return lines.Each(r, max, ErrFormat, report, func(line []byte, _ int) (bad, fatal error) {
		if line[0] == '#' {
			comment(bytes.TrimSpace(line[1:]))
			return lines.ErrSkip, nil
		}
		return data(line)
	})
}

// parseEdge reads `a|b|code` or `a|b|code|source`.
func parseEdge(line []byte) (Edge, error) {
	a, rest, ok1 := bytes.Cut(line, []byte("|"))
	b, rest, ok2 := bytes.Cut(rest, []byte("|"))
	if !ok1 || !ok2 {
		return Edge{}, fmt.Errorf("%q has fewer than 3 fields", lines.Clip(line))
	}
	code, source, _ := bytes.Cut(rest, []byte("|"))
	if bytes.IndexByte(source, '|') >= 0 || len(source) > maxSource {
		return Edge{}, fmt.Errorf("%q has more than 4 fields or a source of more than %d bytes", lines.Clip(line), maxSource)
	}
	e := Edge{Source: string(source)}
	var err error
	if e.A, err = parseASN(a); err != nil {
		return Edge{}, err
	}
	if e.B, err = parseASN(b); err != nil {
		return Edge{}, err
	}
	switch string(code) {
	case "-1":
		e.Code = ProviderCustomer
	case "0":
		e.Code = Peer
	case "1":
		e.Code = Sibling
	default:
		return Edge{}, fmt.Errorf("%q is not a relation (-1 provider-customer, 0 peer, 1 sibling)", lines.Clip(code))
	}
	if e.A == e.B {
		return Edge{}, fmt.Errorf("AS%d relates to itself", e.A)
	}
	return e, nil
}

// parseASN reads an asplain number without sign; zero is no network (RFC 7607).
func parseASN(b []byte) (values.ASN, error) {
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil || n == 0 || b[0] == '+' {
		return 0, fmt.Errorf("%q is not an AS number", lines.Clip(b))
	}
	return values.ASN(n), nil
}

// add takes in one comment. A malformed list is not an error: comments are free text.
func (h *Header) add(text []byte) {
	key, list, ok := bytes.Cut(text, []byte(":"))
	if !ok {
		return
	}
	switch string(key) {
	case "input clique", "inferred clique":
		h.Clique = parseList(list)
	case "IXP ASes":
		h.IXPs = parseList(list)
	}
}

// parseList reads AS numbers between spaces and leaves out what is none.
func parseList(list []byte) (asns []values.ASN) {
	for field := range bytes.FieldsSeq(list) {
		if a, err := parseASN(field); err == nil {
			asns = append(asns, a)
		}
	}
	return asns
}
