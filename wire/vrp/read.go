package vrp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"pahra/wire/values"
)

// ErrFormat says that the input is none of the formats that Read knows.
var ErrFormat = errors.New("neither the JSON nor the CSV of an RPKI validator")

// Read reads one validator output and gives report each record that it refuses, with the reason; a nil report drops
// them. It fails where the input breaks off, since a part of the VRPs would turn valid routes invalid, where it is none
// of the formats (ErrFormat), and where it exceeds a bound of this package.
func Read(r io.Reader, report func(values.Problem)) (*Set, error) {
	b := newBuilder(report)
	br := bufio.NewReaderSize(r, 1<<16)
	first, err := firstByte(br)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading VRPs: %w", err)
	case first == '{':
		err = readJSON(newScanner(br), b)
	default:
		err = readCSV(br, b)
	}
	if err == nil {
		err = b.fatal
	}
	if err != nil {
		return nil, fmt.Errorf("reading VRPs: %w", err)
	}
	b.set.normalise()
	return &b.set, nil
}

// firstByte skips a byte order mark and gives the first byte that is not white space, without consuming it.
func firstByte(br *bufio.Reader) (byte, error) {
	if mark, _ := br.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		br.Discard(3)
	}
	for n := 1; n <= 1<<12; n++ {
		head, err := br.Peek(n)
		if len(head) < n {
			if err == io.EOF {
				return 0, fmt.Errorf("empty input: %w", ErrFormat)
			}
			return 0, err
		}
		if c := head[n-1]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, nil
		}
	}
	return 0, ErrFormat
}

// builder collects records, checks what all formats have in common, and interns trust anchors.
type builder struct {
	set     Set
	report  func(values.Problem)
	anchors map[string]string
	fatal   error
}

func newBuilder(report func(values.Problem)) *builder {
	if report == nil {
		report = func(values.Problem) {}
	}
	return &builder{report: report, anchors: map[string]string{}}
}

// addVRP adds one VRP after checking it. maxLength below 0 means that the record has none: the prefix's own length.
func (b *builder) addVRP(prefix netip.Prefix, maxLength int, v VRP) error {
	if maxLength < 0 {
		maxLength = prefix.Bits()
	}
	if maxLength < prefix.Bits() || maxLength > prefix.Addr().BitLen() {
		return fmt.Errorf("maxLength %d of %s is not within %d to %d", maxLength, prefix, prefix.Bits(), prefix.Addr().BitLen())
	}
	if len(b.set.VRPs) >= MaxVRPs {
		b.fatal = fmt.Errorf("more than %d VRPs", MaxVRPs)
		return b.fatal
	}
	if n := len(b.set.VRPs); n == cap(b.set.VRPs) { // append alone would copy a large slice five times over
		b.set.VRPs = slices.Grow(b.set.VRPs, max(n, 1<<10))
	}
	v.Prefix, v.MaxLength = prefix, uint8(maxLength)
	b.set.VRPs = append(b.set.VRPs, v)
	return nil
}

// addASPA adds one ASPA after checking it. It keeps providers.
func (b *builder) addASPA(a ASPA) error {
	switch {
	case a.Customer == 0:
		return errors.New("an ASPA of customer AS0")
	case len(a.Providers) == 0:
		return fmt.Errorf("the ASPA of AS%d has no providers", a.Customer)
	case len(b.set.ASPAs) >= MaxASPAs:
		b.fatal = fmt.Errorf("more than %d ASPAs", MaxASPAs)
		return b.fatal
	}
	for _, p := range a.Providers {
		if p == a.Customer {
			return fmt.Errorf("the ASPA of AS%d names it as its own provider", a.Customer)
		}
	}
	b.set.ASPAs = append(b.set.ASPAs, a)
	return nil
}

func (b *builder) addKey(k routerKey) error {
	if len(b.set.keys) >= maxKeys {
		b.fatal = fmt.Errorf("more than %d router keys", maxKeys)
		return b.fatal
	}
	b.set.keys = append(b.set.keys, k)
	return nil
}

// anchor gives the one copy of a trust anchor's name.
func (b *builder) anchor(name []byte) (string, error) {
	if known, ok := b.anchors[string(name)]; ok {
		return known, nil
	}
	if len(name) > maxAnchorLen {
		return "", fmt.Errorf("a trust anchor name of %d bytes; the limit is %d", len(name), maxAnchorLen)
	}
	if len(b.anchors) >= maxAnchors {
		return "", fmt.Errorf("more than %d trust anchors", maxAnchors)
	}
	kept := string(name)
	b.anchors[kept] = kept
	return kept, nil
}
