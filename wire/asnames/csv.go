package asnames

import (
	"encoding/csv"
	"fmt"
	"strings"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// csvForm reads CSV line by line, so that a stray quote costs one line and not the rest of the file. columns maps each
// column to a field; it is set by the first line.
type csvForm struct {
	columns []string
}

func (f *csvForm) read(line string, yield func(Entry) error) (bad, fatal error) {
	r := csv.NewReader(strings.NewReader(line))
	r.LazyQuotes = true
	fields, err := r.Read()
	if err != nil {
		return fmt.Errorf("reading CSV: %w", err), nil
	}
	if f.columns == nil {
		if strings.EqualFold(strings.TrimSpace(fields[0]), "asn") {
			return f.header(fields), nil
		}
		f.columns = []string{"asn", "name"}
	}
	return yieldGood(f.entry(fields))(yield)
}

// header takes the columns' names; those that are not known are passed over.
func (f *csvForm) header(fields []string) error {
	if len(fields) < 2 || len(fields) > 32 {
		return fmt.Errorf("header with %d columns", len(fields))
	}
	for _, name := range fields {
		f.columns = append(f.columns, strings.ToLower(strings.TrimSpace(name)))
	}
	return lines.Skip
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
			e.Name = strings.TrimSpace(strings.ReplaceAll(text, `"`, ""))
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
