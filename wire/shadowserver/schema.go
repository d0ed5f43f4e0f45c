// Package shadowserver reads the daily reports of the Shadowserver Foundation: CSV files of some 170 types, whose columns
// a schema that Shadowserver publishes (intelmq.json) maps to the fields of wire/intelmq.
//
// [ReadSchema] reads that file, which is given, never built in; built in are, dated, what it says no more: types that are
// gone, and the fields that columns went to before a change of the reports' layout. [TypeOf] takes a report's type from
// its file name, [Schema.Report] finds its mapping, and a [Reader] gives its lines as events. [Report.Compile] turns a
// mapping and a header into a [Plan] for those who read the lines themselves.
//
// Where the schema leaves something open the package does as IntelMQ 3.3's parser does. It differs on purpose: a row
// that has another number of columns than the header (but for a last one that is left out) is an error, and an empty value
// is no value, in extra too.
package shadowserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// most bounds the reports of a schema, and the fields of a report.
const most = 5000

// Schema is what there is to know of all reports. It is not changed by reading, and safe for concurrent use.
type Schema struct {
	Created time.Time // when the schema was made; the zero time if it does not say
	reports map[string]*Report
	former  *layout
}

// Report is the mapping of one type of report.
type Report struct {
	Name      string            // as in file names
	Feed      string            // feed.name of its events
	URL       string            // feed.documentation of its events; may be empty
	Required  []Field           // a header must have the columns of these
	Optional  []Field           // may be missing
	Constants map[string]string // fields that are the same in all events
	Until     string            // day by which it was in the schema no more, 2006-01-02; "" if it is there
	former    *layout
}

// Field says where the values of a column go.
type Field struct {
	Target     string // a field of wire/intelmq; "extra." stands for extra. and the column's name, "" for nowhere
	Column     string
	Conversion string // what is done to a value first; "" for nothing
}

// UnmarshalJSON reads ["source.ip", "ip", "validate_ip"]; the name of the conversion may be missing, the target be false.
func (f *Field) UnmarshalJSON(b []byte) error {
	var list []any
	if err := json.Unmarshal(b, &list); err != nil || len(list) < 2 || len(list) > 4 {
		return fmt.Errorf("%.60s is no field, column and conversion", b)
	}
	var ok [3]bool
	f.Target, ok[0] = list[0].(string)
	ok[0] = ok[0] || list[0] == false
	f.Column, ok[1] = list[1].(string)
	if ok[2] = len(list) == 2; !ok[2] {
		f.Conversion, ok[2] = list[2].(string)
	}
	if ok != [3]bool{true, true, true} || f.Column == "" {
		return fmt.Errorf("%.60s is no field, column and conversion", b)
	}
	if _, known := conversions[f.Conversion]; !known {
		return fmt.Errorf("there is no conversion %.40q", f.Conversion)
	}
	return nil
}

// report is a Report as it stands in JSON.
type report struct {
	Feed      string            `json:"feed_name"`
	Name      string            `json:"file_name"`
	URL       string            `json:"url"`
	Required  []Field           `json:"required_fields"`
	Optional  []Field           `json:"optional_fields"`
	Constants map[string]string `json:"constant_fields"`
}

// ReadSchema reads the published schema. It is taken as a whole or not at all.
func ReadSchema(data []byte) (*Schema, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("reading the schema of Shadowserver's reports: %w", err)
	}
	if len(raw) == 0 || len(raw) > most {
		return nil, fmt.Errorf("reading the schema of Shadowserver's reports: it has %d reports", len(raw))
	}
	s := &Schema{reports: make(map[string]*Report, len(raw)+1)}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		text := raw[key]
		var err error
		if key == "_meta" {
			var meta struct {
				Created time.Time `json:"date_created"`
			}
			err = json.Unmarshal(text, &meta)
			s.Created = meta.Created
		} else {
			err = s.add(text, "")
		}
		if err != nil {
			return nil, fmt.Errorf("reading the schema of Shadowserver's reports: %.60s: %w", key, err)
		}
	}
	if err := s.addFormer(); err != nil {
		return nil, fmt.Errorf("reading what the schema of Shadowserver's reports had: %w", err)
	}
	return s, nil
}

// add takes a report in, unless there is one of that name.
func (s *Schema) add(text []byte, until string) error {
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	switch {
	case !validName.MatchString(r.Name) || r.Feed == "":
		return errors.New("file_name or feed_name is missing; Shadowserver publishes several schemas, and this takes the one for IntelMQ, intelmq.json")
	case len(r.Required)+len(r.Optional) > most || len(r.Constants) > most:
		return errors.New("too many fields")
	case len(r.Required) == 0:
		return errors.New("required_fields is missing")
	case s.reports[r.Name] != nil:
		if until != "" {
			return nil // it has come back
		}
		return fmt.Errorf("file_name %s is there twice", r.Name)
	}
	s.reports[r.Name] = &Report{Name: r.Name, Feed: r.Feed, URL: r.URL, Required: r.Required, Optional: r.Optional, Constants: r.Constants, Until: until}
	return nil
}

// Report gives the mapping of a type, if there is one.
func (s *Schema) Report(name string) (*Report, bool) {
	r, known := s.reports[name]
	return r, known
}

// Columns gives the columns that the mapping names, each once, in its order.
func (r *Report) Columns() []string {
	var names []string
	for _, f := range slices.Concat(r.Required, r.Optional) {
		if !slices.Contains(names, f.Column) {
			names = append(names, f.Column)
		}
	}
	return names
}

// Types gives the names of all types in order, of those too that are in the published schema no more.
func (s *Schema) Types() []string {
	names := make([]string, 0, len(s.reports))
	for name := range s.reports {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var (
	validName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	fileName  = regexp.MustCompile(`^(?:(\d{4}-\d{2}-\d{2})-)?([A-Za-z0-9_]+)(?:-[^/]*?)?(?:\.csv)?(?:\.(?:gz|bz2|zst|xz))?$`)
)

// TypeOf takes the type of a report and its day from a file name such as 2026-03-24-scan_dns-example-asn.csv, and the type
// alone from scan_dns.csv, of which the day is the zero time. A folder may stand before it, the ending of a compressed
// file behind it.
func TypeOf(path string) (name string, day time.Time, err error) {
	for i := len(path); i > 0; i-- {
		if path[i-1] == '/' || path[i-1] == '\\' {
			path = path[i:]
			break
		}
	}
	m := fileName.FindStringSubmatch(path)
	if m == nil {
		return "", day, fmt.Errorf("%.80q is no name of a Shadowserver report, such as 2026-03-24-scan_dns-example.csv", path)
	}
	if m[1] != "" {
		if day, err = time.Parse(time.DateOnly, m[1]); err != nil {
			return "", day, fmt.Errorf("%.80q has no date in its name", path)
		}
	}
	return m[2], day, nil
}
