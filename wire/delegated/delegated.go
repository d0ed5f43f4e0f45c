// Package delegated reads the statistics files in which the regional Internet registries say which AS numbers and
// addresses they gave to whom: delegated-<registry>-latest and delegated-<registry>-extended-latest, and the NRO's joint
// file.
//
// [Read] yields what is delegated. [ReadAll] also yields the header and what is reserved or available: space that no
// one may announce by the registry's book, the merely administrative bogons. A [Record] covers a range; use
// [Record.Prefixes] and [Record.ASNs] to expand it. The format is the RIR statistics exchange format
// (https://www.apnic.net/about-apnic/corporate-documents/documents/resource-guidelines/rir-statistics-exchange-format/).
//
// The package does not join records: an opaque id links the resources of one holder within one registry, but
// under a national registry it may be that registry's own.
package delegated

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// Type is what kind of resource a record is about.
type Type uint8

// The types of resource.
const (
	ASN Type = iota
	IPv4
	IPv6
)

// String gives the type's name as the files have it.
func (t Type) String() string { return [...]string{"asn", "ipv4", "ipv6"}[t] }

// Status is what the registry did with the resource.
type Status uint8

// The statuses. Reserved and Available resources belong to no one.
const (
	Allocated Status = iota
	Assigned
	Reserved
	Available
)

// String gives the status's name as the files have it.
func (s Status) String() string {
	return [...]string{"allocated", "assigned", "reserved", "available"}[s]
}

// Delegated tells whether the resource has a holder.
func (s Status) Delegated() bool { return s == Allocated || s == Assigned }

// Header is the version line.
type Header struct {
	Version   string // "2" or "2.3"
	Registry  string // such as "apnic"
	Serial    string
	Records   int       // how many records the file should hold, summaries aside
	End       time.Time // the last day that the file covers, or zero
	UTCOffset string    // of the registry's local time, which days are in: "+1000"
}

// Record is one line: a range of AS numbers or addresses.
type Record struct {
	Registry string // lower case: afrinic, apnic, arin, iana, lacnic, ripencc
	Country  string // ISO 3166 alpha-2 with the registries' own EU, AP and ZZ, or empty
	Type     Type
	Status   Status
	FirstASN values.ASN // of an ASN record
	First    netip.Addr // of an address record
	// Count is how many AS numbers or IPv4 addresses the range holds, which for IPv4 need not be a power of two; for
	// IPv6 it is the prefix length.
	Count    uint64
	Date     time.Time // of the delegation, or zero
	OpaqueID string    // extended files only; unique within Registry
	Line     int
}

const maxLine = 4096

// ErrFormat says that the input is not of this format at all.
var ErrFormat = errors.New("not an RIR statistics file (registry|cc|type|start|value|date|status lines)")

// Read yields each allocated or assigned record of r and reports each malformed line. It returns the error of r or of
// yield, or ErrFormat where no line is well formed.
func Read(r io.Reader, report func(values.Problem), yield func(Record) error) error {
	return ReadAll(r, report, nil, func(rec Record) error {
		if !rec.Status.Delegated() {
			return nil
		}
		return yield(rec)
	})
}

// ReadAll is Read, but yields reserved and available records too, and calls header with each version line. At the end
// it reports where the file holds another number of records than its summary lines promise: a file cut short.
func ReadAll(r io.Reader, report func(values.Problem), header func(Header) error, yield func(Record) error) error {
	p := parser{header: header, yield: yield}
	err := lines.Each(r, maxLine, ErrFormat, report, p.line)
	if err != nil {
		return err
	}
	p.checkSummary(report)
	return nil
}

type parser struct {
	header         func(Header) error
	yield          func(Record) error
	promised, seen [3]int
	hasSummary     [3]bool
	last           int
}

func (p *parser) line(line []byte, number int) (bad, fatal error) {
	p.last = number
	if line[0] == '#' {
		return lines.ErrSkip, nil
	}
	fields := strings.Split(string(line), "|")
	switch {
	case line[0] >= '0' && line[0] <= '9':
		h, err := parseHeader(fields)
		if err != nil || p.header == nil {
			return err, nil
		}
		return nil, p.header(h)
	case len(fields) >= 6 && fields[1] == "*":
		return p.summary(fields), nil
	}
	rec, err := parseRecord(fields)
	if err != nil {
		return err, nil
	}
	rec.Line = number
	p.seen[rec.Type]++
	return nil, p.yield(rec)
}

// summary takes in `registry|*|type|*|count|summary`.
func (p *parser) summary(fields []string) error {
	typ, err := parseType(fields[2])
	if err != nil {
		return err
	}
	n, err := parseCount(fields[4], 1<<31)
	if err != nil || fields[5] != "summary" {
		return fmt.Errorf("%.60q is not a summary line", strings.Join(fields, "|"))
	}
	p.promised[typ] += int(n)
	p.hasSummary[typ] = true
	return nil
}

// checkSummary compares the number of good records with the promise.
func (p *parser) checkSummary(report func(values.Problem)) {
	for typ, want := range p.promised {
		if p.hasSummary[typ] && p.seen[typ] != want {
			report(values.Problem{Line: p.last, Reason: fmt.Sprintf(
				"file ends after %d good %s records where its summary promises %d", p.seen[typ], Type(typ), want)})
		}
	}
}
