package n6

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func text(to *string, most int) reader {
	return func(v json.RawMessage) error {
		if err := str(v, to); err != nil {
			return err
		}
		if n := utf8.RuneCountInString(*to); n > most {
			return fmt.Errorf("it has %d characters, %d are allowed", n, most)
		}
		return nil
	}
}

// str takes a text.
func str(v json.RawMessage, to *string) error {
	if v[0] != '"' {
		return errors.New("it is no text")
	}
	return json.Unmarshal(v, to)
}

func oneOf(to *string, words ...string) reader {
	return func(v json.RawMessage) error {
		if err := str(v, to); err != nil {
			return err
		}
		if !slices.Contains(words, *to) {
			return fmt.Errorf("%.40q is none of %s", *to, strings.Join(words, ", "))
		}
		return nil
	}
}

func matching(to *string, is func(s string) bool, what string) reader {
	return func(v json.RawMessage) error {
		if err := str(v, to); err != nil {
			return err
		}
		if !is(*to) {
			return fmt.Errorf("%.60q is not %s", *to, what)
		}
		return nil
	}
}

func hash(to *string, digits int) reader {
	return func(v json.RawMessage) error {
		if err := str(v, to); err != nil {
			return err
		}
		if *to = strings.ToLower(*to); len(*to) != digits || strings.Trim(*to, "0123456789abcdef") != "" {
			return fmt.Errorf("%.70q is no hash of %d digits", *to, digits)
		}
		return nil
	}
}

// moments are the forms of ISO 8601 that times come in; without an offset they are in UTC.
var moments = [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04"}

func moment(to *time.Time) reader {
	return func(v json.RawMessage) error {
		var s string
		if err := str(v, &s); err != nil {
			return err
		}
		for _, layout := range moments {
			if t, err := time.Parse(layout, s); err == nil {
				*to = t.UTC()
				return nil
			}
		}
		return fmt.Errorf("%.40q is no time", s)
	}
}

// whole takes a whole number, which may be written as a text.
func whole(v json.RawMessage, least, most int64) (int64, error) {
	s := strings.Trim(string(v), `"`)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%.40s is no number from %d to %d", v, least, most)
	}
	return n, nil
}

func port(to *int) reader {
	return func(v json.RawMessage) error {
		n, err := whole(v, 0, 1<<16-1)
		*to = int(n)
		return err
	}
}

func count(to *int64) reader {
	return func(v json.RawMessage) (err error) {
		*to, err = whole(v, 0, 1<<53-1)
		return err
	}
}

func address(to *netip.Addr) reader {
	return func(v json.RawMessage) error {
		var s string
		if err := str(v, &s); err != nil {
			return err
		}
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return fmt.Errorf("%.60q is no address", s)
		}
		*to = a
		return nil
	}
}

// mostAddresses is how many addresses an event may have.
const mostAddresses = 10_000

// addresses takes the list of addresses: each has either ip or ipv6, none twice.
func (e *Event) addresses(v json.RawMessage) error {
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(v, &list); err != nil {
		return errors.New("it is no list of objects")
	}
	if len(list) == 0 || len(list) > mostAddresses {
		return fmt.Errorf("it has %d elements", len(list))
	}
	seen := map[netip.Addr]bool{}
	for i, m := range list {
		a, err := parseAddress(m)
		if err == nil && seen[a.IP] {
			err = fmt.Errorf("%s is there twice", a.IP)
		}
		if err != nil {
			return fmt.Errorf("element %d: %w", i+1, err)
		}
		seen[a.IP] = true
		e.Address = append(e.Address, a)
	}
	return nil
}

func parseAddress(m map[string]json.RawMessage) (a Address, err error) {
	_, four := m["ip"]
	_, six := m["ipv6"]
	if four == six {
		return a, errors.New("it has not one of ip and ipv6")
	}
	readers := map[string]reader{"ip": address(&a.IP), "ipv6": address(&a.IP), "cc": matching(&a.CC, isCountry, "a country's code"),
		"dir": oneOf(&a.Dir, "src", "dst"), "rdns": matching(&a.RDNS, isName, "a domain name"), "asn": number(&a.ASN)}
	for name, v := range m {
		read, known := readers[name]
		if !known {
			return a, fmt.Errorf("%.40q: there is no such field", name)
		}
		if string(v) == "null" {
			continue
		}
		if err := read(v); err != nil {
			return a, fmt.Errorf("%s: %w", name, err)
		}
	}
	if !a.IP.IsValid() || a.IP.Is4() != four {
		return a, errors.New("ip is to be IPv4 and ipv6 IPv6")
	}
	a.CC = strings.ToUpper(a.CC)
	return a, nil
}

// number takes an AS number: plain, with "AS" before it, or as two numbers of 16 bits.
func number(to *uint32) reader {
	return func(v json.RawMessage) error {
		s := strings.ToUpper(strings.Trim(string(v), `"`))
		s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, "AS"), "N"))
		high, low, dotted := strings.Cut(s, ".")
		if !dotted {
			high, low = "0", s
		}
		h, err := strconv.ParseUint(high, 10, 16)
		l, err2 := strconv.ParseUint(low, 10, 32)
		if err != nil || err2 != nil || dotted && (l > 1<<16-1 || v[0] != '"') {
			return fmt.Errorf("%.40s is no AS number", v)
		}
		*to = uint32(h<<16 + l)
		return nil
	}
}

func isSource(s string) bool {
	group, channel, found := strings.Cut(s, ".")
	const in = "abcdefghijklmnopqrstuvwxyz0123456789-"
	return found && len(s) <= 32 && group != "" && channel != "" && strings.Trim(group, in) == "" && strings.Trim(channel, in) == ""
}

func isCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ12") == "" && s[0] >= 'A'
}

func isMail(s string) bool {
	user, domain, found := strings.Cut(s, "@")
	return found && user != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n") && !strings.Contains(domain, "@") && len(s) <= 254
}

// isName takes a domain's name, with underscores, for that is what malice registers; no address.
func isName(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil || s == "" || len(s) > 255 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.ContainsAny(label, " /:@\\\"'<>?#[]") {
			return false
		}
	}
	return true
}

// isHidden takes an IPv4 address of which the first octet, and perhaps others, is "x".
func isHidden(s string) bool {
	octets := strings.Split(s, ".")
	if len(octets) != 4 || octets[0] != "x" {
		return false
	}
	for _, o := range octets {
		if n, err := strconv.ParseUint(o, 10, 8); o != "x" && (err != nil || strconv.FormatUint(n, 10) != o) {
			return false
		}
	}
	return true
}
