package bogons

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// The bounds on one list. Team Cymru's IPv6 list has some 150,000 lines.
const (
	MaxEntries = 4_000_000
	maxLine    = 4096
)

// List is a list of bogons as published.
type List struct {
	Updated time.Time // when it was made, by its own header; zero where it does not say
	Entries []Entry   // sorted by prefix, none twice; Since is Updated
}

// Read reads a list of prefixes, one a line, with # or ; before comments. Team Cymru's header "# last updated
// 1730984101 (…)" gives Updated. A bad line is reported and left out; a nil report drops it. It fails where nothing was
// a prefix, and where the list exceeds a bound.
//
// Each entry is Full where it lies within a Full block of [Special], or touches nothing that IANA had given to a
// registry when the list was made (today, where it does not say); it is Administrative otherwise.
func Read(r io.Reader, report func(values.Problem)) (*List, error) {
	if report == nil {
		report = func(values.Problem) {}
	}
	out := &List{}
	prefixes, err := readLines(r, &out.Updated, report)
	if err != nil {
		return nil, fmt.Errorf("reading bogons: %w", err)
	}
	slices.SortFunc(prefixes, values.ComparePrefix)
	judge := newClassifier(out.Updated)
	for _, p := range slices.Compact(prefixes) {
		out.Entries = append(out.Entries, judge.entry(p))
	}
	return out, nil
}

func readLines(r io.Reader, updated *time.Time, report func(values.Problem)) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for in := lines.NewReader(r, maxLine); ; {
		text, err := in.Next()
		switch {
		case errors.Is(err, io.EOF) && len(prefixes) == 0 && updated.IsZero():
			return nil, errors.New("no line is a prefix")
		case errors.Is(err, io.EOF):
			return prefixes, nil
		case err != nil && !errors.Is(err, lines.ErrTooLong):
			return nil, err
		}
		var prefix netip.Prefix
		if err == nil {
			prefix, err = parseLine(string(text), updated)
		}
		switch {
		case err != nil:
			report(values.Problem{Line: in.Number(), Reason: err.Error()})
		case len(prefixes) >= MaxEntries:
			return nil, fmt.Errorf("more than %d prefixes", MaxEntries)
		case prefix.IsValid():
			prefixes = append(prefixes, prefix)
		}
	}
}

// parseLine gives the prefix of a line, invalid where the line has none and need not.
func parseLine(line string, updated *time.Time) (netip.Prefix, error) {
	at := strings.IndexAny(line, "#;")
	if at >= 0 {
		if stamp, ok := strings.CutPrefix(strings.TrimLeft(line[at:], "#; "), "last updated "); ok && updated.IsZero() {
			digits, _, _ := strings.Cut(strings.TrimSpace(stamp), " ")
			seconds, err := strconv.ParseInt(digits, 10, 64)
			if err != nil || seconds <= 0 || seconds >= 1<<38 {
				return netip.Prefix{}, fmt.Errorf("%.40q is not a time in Unix seconds", digits)
			}
			*updated = time.Unix(seconds, 0).UTC()
		}
		line = line[:at]
	}
	line = strings.TrimSpace(line)
	if line == "" {
		return netip.Prefix{}, nil
	}
	prefix, err := values.ParsePrefix(line)
	if err == nil && prefix.Bits() == 0 {
		err = errors.New("the default route would make everything a bogon")
	}
	return prefix, err
}

// classifier tells full from merely administrative bogons at one time.
type classifier struct {
	at        time.Time
	special   []netip.Prefix // full by Special
	allocated []netip.Prefix // given to a registry, IPv6
	pending   []netip.Prefix // not yet given to a registry, IPv4
}

func newClassifier(at time.Time) *classifier {
	c := &classifier{at: at}
	for _, e := range Special() {
		if e.Kind == Full && e.Holds(at) {
			c.special = append(c.special, e.Prefix)
		}
	}
	for _, e := range Unallocated() {
		switch {
		case e.Prefix.Addr().Is4() && !at.IsZero() && e.Holds(at):
			c.pending = append(c.pending, e.Prefix)
		case e.Kind == Exempt && e.Holds(at):
			c.allocated = append(c.allocated, e.Prefix)
		}
	}
	return c
}

func (c *classifier) entry(p netip.Prefix) Entry {
	e := Entry{Prefix: p, Kind: Administrative, Rule: "bogon list", Since: c.at}
	covers := func(q netip.Prefix) bool { return q.Bits() <= p.Bits() && q.Contains(p.Addr()) }
	switch {
	case slices.ContainsFunc(c.special, covers), slices.ContainsFunc(c.pending, covers):
		e.Kind = Full
	case p.Addr().Is6() && !slices.ContainsFunc(c.allocated, p.Overlaps):
		e.Kind = Full
	}
	return e
}
