package delegated

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pahra/wire/values"
)

// parseHeader reads `version|registry|serial|records|startdate|enddate|UTCoffset`.
func parseHeader(fields []string) (Header, error) {
	if len(fields) < 7 {
		return Header{}, fmt.Errorf("version line has %d fields and should have 7", len(fields))
	}
	if fields[0] != "2" && !strings.HasPrefix(fields[0], "2.") {
		return Header{}, fmt.Errorf("version %.20q of the format is not 2", fields[0])
	}
	n, err := parseCount(fields[3], 1<<31)
	if err != nil {
		return Header{}, err
	}
	end, err := parseDate(fields[5])
	if err != nil {
		return Header{}, err
	}
	if len(fields[2]) > 64 || len(fields[6]) > 16 || !isName(fields[1]) {
		return Header{}, fmt.Errorf("version line names no registry or has a field that is too long")
	}
	return Header{fields[0], strings.ToLower(fields[1]), fields[2], int(n), end, fields[6]}, nil
}

// parseRecord reads `registry|cc|type|start|value|date|status[|opaque-id[|extensions…]]`.
func parseRecord(fields []string) (Record, error) {
	if len(fields) < 7 {
		return Record{}, fmt.Errorf("record has %d fields and should have at least 7", len(fields))
	}
	if !isName(fields[0]) {
		return Record{}, fmt.Errorf("%.20q is not a registry's name", fields[0])
	}
	rec := Record{Registry: strings.ToLower(fields[0])}
	var err error
	if rec.Country, err = parseCountry(fields[1]); err != nil {
		return Record{}, err
	}
	if rec.Type, err = parseType(fields[2]); err != nil {
		return Record{}, err
	}
	if rec.Date, err = parseDate(fields[5]); err != nil {
		return Record{}, err
	}
	if rec.Status, err = parseStatus(fields[6]); err != nil {
		return Record{}, err
	}
	if len(fields) > 7 {
		rec.OpaqueID = fields[7]
	}
	if rec.Type == ASN {
		err = rec.setASNs(fields[3], fields[4])
	} else {
		err = rec.setAddresses(fields[3], fields[4])
	}
	return rec, err
}

func (rec *Record) setASNs(start, value string) error {
	first, err := strconv.ParseUint(start, 10, 32)
	if err != nil || start[0] == '+' {
		return fmt.Errorf("%.20q is not an AS number", start)
	}
	if rec.Count, err = parseCount(value, 1<<32-first); err != nil {
		return err
	}
	if rec.Count == 0 {
		return fmt.Errorf("range from AS%d is empty", first)
	}
	rec.FirstASN = values.ASN(first)
	return nil
}

func (rec *Record) setAddresses(start, value string) error {
	addr, err := netip.ParseAddr(start)
	if err != nil || addr.Zone() != "" || addr.Is4() != (rec.Type == IPv4) {
		return fmt.Errorf("%.60q is not an %s address", start, rec.Type)
	}
	rec.First = addr
	if rec.Type == IPv4 {
		if rec.Count, err = parseCount(value, 1<<32-v4(addr)); err == nil && rec.Count == 0 {
			err = fmt.Errorf("range from %s is empty", addr)
		}
		return err
	}
	if rec.Count, err = parseCount(value, 128); err != nil {
		return err
	}
	if p := netip.PrefixFrom(addr, int(rec.Count)); p != p.Masked() {
		return fmt.Errorf("%s has bits set behind its length", p)
	}
	return nil
}

// parseCount reads a decimal number up to max.
func parseCount(s string, max uint64) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > max || s[0] == '+' {
		return 0, fmt.Errorf("%.20q is not a number from 0 to %d", s, max)
	}
	return n, nil
}

// parseDate reads YYYYMMDD; nothing and zeros give the zero time.
func parseDate(s string) (time.Time, error) {
	if strings.Trim(s, "0") == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse("20060102", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.20q is not a date in the form YYYYMMDD", s)
	}
	return t, nil
}

func parseCountry(s string) (string, error) {
	if s == "" || len(s) == 2 && isLetter(s[0]) && isLetter(s[1]) {
		return strings.ToUpper(s), nil
	}
	return "", fmt.Errorf("%.20q is not a country code", s)
}

func parseType(s string) (Type, error) {
	for t := ASN; t <= IPv6; t++ {
		if s == t.String() {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%.20q is not a type of resource (asn, ipv4, ipv6)", s)
}

func parseStatus(s string) (Status, error) {
	for st := Allocated; st <= Available; st++ {
		if strings.EqualFold(s, st.String()) {
			return st, nil
		}
	}
	return 0, fmt.Errorf("%.20q is not a status (allocated, assigned, reserved, available)", s)
}

// isName tells whether s can be a registry's name.
func isName(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) {
			return false
		}
	}
	return s != "" && len(s) <= 16
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
