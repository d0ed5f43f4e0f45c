package asnames

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// csvForm reads CSV line by line, so that a stray quote costs one line and not the rest of the file.
type csvForm struct {
	columns []string // which field each column holds, by the header
	bare    bool     // there is no header: number, comma, and the name up to the end of the line
}

func (f *csvForm) read(line string, yield func(Entry) error) (bad, fatal error) {
	if f.bare {
		return yieldGood(bareEntry(line))(yield)
	}
	r := csv.NewReader(strings.NewReader(line))
	r.LazyQuotes = true
	fields, err := r.Read()
	isASN := func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), "asn") }
	switch {
	case f.columns == nil && (err != nil || !slices.ContainsFunc(fields, isASN)):
		f.bare = true
		return yieldGood(bareEntry(line))(yield)
	case err != nil:
		return fmt.Errorf("reading CSV: %w", err), nil
	case f.columns == nil:
		return f.header(fields), nil
	}
	return yieldGood(f.entry(fields))(yield)
}

// bareEntry reads `AS64500,name`. Such lists quote names with commas in ways that are not CSV, so all quotes go.
func bareEntry(line string) (Entry, error) {
	number, name, ok := strings.Cut(line, ",")
	if !ok {
		return Entry{}, fmt.Errorf("%.40q has no comma", line)
	}
	asn, err := values.ParseASN(strings.Trim(number, `" `))
	return Entry{ASN: asn, Name: unquote(name)}, err
}

func unquote(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, `"`, "")) }

// header takes the columns' names; those that are not known are passed over.
func (f *csvForm) header(fields []string) error {
	if len(fields) < 2 || len(fields) > 32 {
		return fmt.Errorf("header with %d columns", len(fields))
	}
	for _, name := range fields {
		f.columns = append(f.columns, strings.ToLower(strings.TrimSpace(name)))
	}
	return lines.ErrSkip
}

func (f *csvForm) entry(fields []string) (Entry, error) {
	if len(fields) < 2 || len(fields) != len(f.columns) {
		return Entry{}, fmt.Errorf("%d columns where there should be %d", len(fields), len(f.columns))
	}
	var e Entry
	for i, name := range f.columns {
		text := strings.TrimSpace(fields[i])
		switch name {
		case "asn":
			asn, err := values.ParseASN(text)
			if err != nil {
				return Entry{}, err
			}
			e.ASN = asn
		case "name":
			e.Name = unquote(text)
		case "class":
			e.Class = text
		case "source":
			e.Source = text
		case "cc":
			if isCountry(text) {
				e.Country = strings.ToUpper(text)
			}
		}
	}
	return e, nil
}
