package taxii

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The bounds of what one request may ask for.
const (
	maxIDs      = 1000
	maxTypes    = 64
	maxVersions = 100
)

// Filter is what the query of a URL asks for. The zero value asks for everything that the standard gives by default.
type Filter struct {
	Limit        int       // 0: the server's own; what is asked for beyond MaxLimit is MaxLimit
	AddedAfter   time.Time // in whole microseconds; the zero time: from the beginning
	Next         string    // "" from the beginning
	IDs          []string
	Types        []string
	Versions     Versioning
	SpecVersions []string // none: the latest of each object
	Matches      []string // the names of the fields in match[…] that the query has, known or not
}

// Versioning says which versions of an object are wanted; the zero value stands for the last.
type Versioning struct {
	First, Last, All bool
	Exact            []string // times as they were written
}

// MaxLimit is the highest limit there is; higher ones are as good as this.
const MaxLimit = 1 << 30

// FilterError says why a filter is refused.
type FilterError struct{ Parameter, Reason string }

// Error gives "limit: reason".
func (e *FilterError) Error() string { return e.Parameter + ": " + e.Reason }

// ParseFilter reads the query of a URL. The error is a [*FilterError]. Parameters that it does not know are ignored.
func ParseFilter(query string) (Filter, error) {
	var f Filter
	values, err := url.ParseQuery(query)
	if err != nil {
		return f, &FilterError{"the query", "it cannot be read"}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given := values[name]
		field, isMatch := strings.CutPrefix(name, "match[")
		field, closed := strings.CutSuffix(field, "]")
		isMatch = isMatch && closed
		if isMatch {
			f.Matches = append(f.Matches, field)
		}
		read := f.reader(name)
		if read == nil {
			continue
		}
		if len(given) > 1 {
			return Filter{}, &FilterError{name, "it is there " + strconv.Itoa(len(given)) + " times; once is allowed"}
		}
		if err := read(given[0]); err != nil {
			return Filter{}, &FilterError{name, err.Error()}
		}
	}
	return f, nil
}

// reader gives what reads a parameter, nil for one that is not known.
func (f *Filter) reader(name string) func(string) error {
	switch name {
	case "limit":
		return f.readLimit
	case "added_after":
		return f.readAfter
	case "next":
		return func(s string) error { f.Next = s; return nil } // an empty one is none: clients send it
	case "match[id]":
		return list(&f.IDs, maxIDs)
	case "match[type]":
		return list(&f.Types, maxTypes)
	case "match[spec_version]":
		return list(&f.SpecVersions, maxVersions)
	case "match[version]":
		return f.readVersions
	}
	return nil
}

func (f *Filter) readLimit(s string) error {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return fmt.Errorf("%.40q is no whole number above 0", s)
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > MaxLimit { // all digits: too many of them
		n = MaxLimit
	}
	if n == 0 {
		return errors.New("0 is not above 0")
	}
	f.Limit = n
	return nil
}

func (f *Filter) readAfter(s string) error {
	t, err := parseTime(s)
	f.AddedAfter = t.Truncate(time.Microsecond)
	return err
}

// parseTime reads a time of TAXII or STIX: UTC with a Z, any number of digits of a second.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil || strings.ContainsRune(s, ',') {
		return time.Time{}, fmt.Errorf("%.60q is no time such as 2026-01-31T12:00:00.000000Z", s)
	}
	return t, nil
}

func (f *Filter) readVersions(s string) error {
	var all []string
	if err := list(&all, maxVersions)(s); err != nil {
		return err
	}
	for _, v := range all {
		switch v {
		case "first":
			f.Versions.First = true
		case "last":
			f.Versions.Last = true
		case "all":
			f.Versions.All = true
		default:
			if _, err := parseTime(v); err != nil {
				return err
			}
			f.Versions.Exact = append(f.Versions.Exact, v)
		}
	}
	if f.Versions.All && len(all) > 1 {
		return errors.New("all stands alone")
	}
	return nil
}

// list reads values between commas.
func list(into *[]string, most int) func(string) error {
	return func(s string) error {
		if strings.Count(s, ",") >= most {
			return fmt.Errorf("more than %d values", most)
		}
		for v := range strings.SplitSeq(s, ",") {
			if v == "" {
				return errors.New("a value is empty")
			}
			if strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
				return fmt.Errorf("%.60q is no value", v)
			}
			*into = append(*into, v)
		}
		return nil
	}
}
