package rpsl

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// Dates are when an object came about and last changed, as far as it says. Zero is unknown.
type Dates struct {
	// Created is created:, or where that is missing the earliest date of changed:, at which it stood at the latest.
	Created time.Time
	// LastModified is last-modified:, or the latest date of changed:.
	LastModified time.Time
}

// dates reads created:, last-modified: and changed:. Dates that cannot be read count as missing; the mail addresses of
// changed: are passed over.
func (o *Object) dates() Dates {
	d := Dates{parseTime(o.Get("created")), parseTime(o.Get("last-modified"))}
	if !d.Created.IsZero() && !d.LastModified.IsZero() {
		return d
	}
	var first, last time.Time
	for value := range o.All("changed") {
		t := changedDate(value)
		if t.IsZero() {
			continue
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	if d.Created.IsZero() {
		d.Created = first
	}
	if d.LastModified.IsZero() {
		d.LastModified = last
	}
	return d
}

// changedDate finds the date in a changed: value: "mail 20040830", or LACNIC's "2011-05-03".
func changedDate(value []byte) time.Time {
	for w := range bytes.FieldsSeq(value) {
		if t := parseTime(w); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// parseTime reads 2002-05-21T15:33:55Z, 2011-05-03 or 20040830, in UTC; anything else, and what lies before 1985, gives
// zero: there were no registries.
func parseTime(b []byte) time.Time {
	var layout string
	switch {
	case len(b) == 8:
		layout = "20060102"
	case len(b) == 10:
		layout = time.DateOnly
	case len(b) >= 20 && len(b) <= 40:
		layout = time.RFC3339
	default:
		return time.Time{}
	}
	t, err := time.Parse(layout, string(b))
	if err != nil || t.Year() < 1985 {
		return time.Time{}
	}
	return t.UTC()
}

// parseASN reads "AS64500", "as64500", "64500" or asdot.
func parseASN(b []byte) (values.ASN, error) {
	digits := b
	if len(b) > 2 && (b[0] == 'A' || b[0] == 'a') && (b[1] == 'S' || b[1] == 's') {
		digits = b[2:]
	}
	var n uint64
	for _, c := range digits {
		if c < '0' || c > '9' || len(digits) > 10 {
			return values.ParseASN(string(b))
		}
		n = n*10 + uint64(c-'0')
	}
	if len(digits) == 0 || n > 1<<32-1 {
		return 0, fmt.Errorf("%q is not an AS number", lines.Clip(b))
	}
	return values.ASN(n), nil
}

// isASN tells whether a word is an AS number with AS before it, as sets and policies write them.
func isASN(w []byte) bool {
	return len(w) > 2 && (w[0] == 'A' || w[0] == 'a') && (w[1] == 'S' || w[1] == 's') && '0' <= w[2] && w[2] <= '9'
}

// parsePrefix reads a prefix in CIDR form; of IPv4 the trailing zero octets may be missing, as old registries wrote.
func parsePrefix(b []byte) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(string(b)); err == nil && p == p.Masked() && !p.Addr().Is4In6() {
		return p, nil
	}
	return values.ParsePrefix(expandShort(b))
}

// expandShort makes "24.232/16" "24.232.0.0/16" and leaves all else as it is.
func expandShort(b []byte) string {
	addr, bits, ok := bytes.Cut(b, []byte("/"))
	dots := bytes.Count(addr, []byte("."))
	if !ok || len(b) > 18 || dots >= 3 || bytes.IndexByte(addr, ':') >= 0 {
		return lines.Clip(b)
	}
	text := string(addr)
	for ; dots < 3; dots++ {
		text += ".0"
	}
	if _, err := strconv.Atoi(string(bits)); err != nil {
		return lines.Clip(b)
	}
	return text + "/" + string(bits)
}

// strings gives the elements of a list attribute as strings of their own, at most max.
func (o *Object) strings(name string, max int) []string {
	var out []string
	for w := range o.words(name) {
		if len(out) == max {
			break
		}
		out = append(out, string(w))
	}
	return out
}
