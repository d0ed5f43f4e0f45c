package as2org

import (
	"errors"
	"fmt"
	"strings"

	"pahra/wire/lines"
)

// textForm reads the pipe form: comments of the form `# format: aut|changed|…` rule the lines behind them.
type textForm struct {
	columns []string
}

// The columns' names, as CAIDA wrote them over the years, by the field they fill.
func (e *entry) column(name string) *string {
	switch name {
	case "aut":
		return &e.ASN
	case "changed":
		return &e.Changed
	case "name", "aut_name", "org_name":
		return &e.Name
	case "org_id":
		return &e.OrganizationID
	case "opaque_id":
		return &e.OpaqueID
	case "country":
		return &e.Country
	case "source":
		return &e.Source
	}
	return nil
}

func (f *textForm) read(line []byte, sink Sink) (bad, fatal error) {
	if line[0] == '#' {
		format, ok := strings.CutPrefix(strings.TrimSpace(string(line[1:])), "format:")
		if !ok {
			return lines.ErrSkip, nil
		}
		return f.setColumns(strings.TrimSpace(format)), nil
	}
	if f.columns == nil {
		return fmt.Errorf("%q stands before the line that names the format", lines.Clip(line)), nil
	}
	fields := strings.Split(string(line), "|")
	if len(fields) != len(f.columns) {
		return fmt.Errorf("%d fields where the format names %d", len(fields), len(f.columns)), nil
	}
	var e entry
	for i, name := range f.columns {
		if p := e.column(name); p != nil {
			*p = strings.ToValidUTF8(strings.TrimSpace(fields[i]), "\ufffd")
		}
	}
	if f.columns[0] == "aut" {
		return e.yieldAS(sink)
	}
	return e.yieldOrganization(sink)
}

// setColumns takes a format line. A bad one is refused, and so are all lines up to the next.
func (f *textForm) setColumns(format string) error {
	f.columns = nil
	columns := strings.Split(format, "|")
	if len(columns) > 16 || columns[0] != "aut" && columns[0] != "org_id" {
		return fmt.Errorf("format %.60q does not begin with aut or org_id", format)
	}
	if columns[0] == "aut" && !strings.Contains(format, "|org_id") {
		return errors.New("format of an AS line has no org_id")
	}
	f.columns = columns
	return lines.ErrSkip
}
