package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pahra/wire/intelmq"
)

// Mapping says where the columns of a CSV go. Its form is the YAML that docs/desk.md shows.
type Mapping struct {
	Delimiter string                 `yaml:"delimiter"` // one octet; default a comma
	Comment   string                 `yaml:"comment"`   // lines that begin so are passed over
	Header    *bool                  `yaml:"header"`    // false: the first line is data, and columns go by number
	Fields    map[string]MappedField `yaml:"fields"`    // by the event's field
	Constants map[string]string      `yaml:"constants"` // fields that are the same in all events, where no column gives them
	Required  []string               `yaml:"required"`  // fields without which a row is bad
	Rest      string                 `yaml:"rest"`      // columns that are not named: extra (default) or drop
	Files     []string               `yaml:"files"`     // patterns of the names of reports that a saved one is for: honeypot-*.csv

	comma     byte
	headless  bool
	fields    []MappedField // in the order of their keys
	constants []intelmq.Field
}

// MappedField says where one field of an event comes from.
type MappedField struct {
	Column string            `yaml:"column"` // its name in the header, or its number from 1
	Empty  []string          `yaml:"empty"`  // texts that stand for no value
	Values map[string]string `yaml:"values"` // what to put in place of a text
	Times  []string          `yaml:"times"`  // layouts, as Go writes them (02/01/2006 15:04), or unix, unix-ms
	Offset string            `yaml:"offset"` // of times that do not say: +05:30

	key      string
	number   int
	required bool
	zone     *time.Location
}

// UnmarshalYAML takes the name of a column alone as well.
func (f *MappedField) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		f.Column = node.Value
		return nil
	}
	type plain MappedField // without this method
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key := node.Content[i].Value; !slices.Contains([]string{"column", "empty", "values", "times", "offset"}, key) {
			return fmt.Errorf("line %d: there is no key %q", node.Content[i].Line, key)
		}
	}
	return node.Decode((*plain)(f))
}

// ReadMapping reads a mapping, strictly: unknown keys and fields are errors.
func ReadMapping(text []byte) (*Mapping, error) {
	const most = 1 << 20
	if len(text) > most {
		return nil, fmt.Errorf("reading a mapping: more than %d octets", most)
	}
	m := &Mapping{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("reading a mapping: %w", err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading a mapping: something follows it")
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("reading a mapping: %w", err)
	}
	return m, nil
}

func (m *Mapping) check() error {
	if m.Delimiter == "" {
		m.Delimiter = ","
	}
	m.comma, m.headless = m.Delimiter[0], m.Header != nil && !*m.Header
	switch {
	case len(m.Delimiter) != 1 || strings.Contains("\"\r\n", m.Delimiter):
		return fmt.Errorf("delimiter %q is not one octet between fields", m.Delimiter)
	case m.Rest != "" && m.Rest != "extra" && m.Rest != "drop":
		return fmt.Errorf("rest %q is neither extra nor drop", m.Rest)
	case len(m.Fields) == 0:
		return errors.New("fields is missing")
	}
	for _, pattern := range m.Files {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return fmt.Errorf("files: %q is no pattern of names such as honeypot-*.csv", pattern)
		}
	}
	for _, key := range m.Required {
		if _, there := m.Fields[key]; !there {
			return fmt.Errorf("%s is required, and no column gives it", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m.Fields)) {
		f := m.Fields[key]
		f.key, f.required = key, slices.Contains(m.Required, key)
		if err := f.check(m.headless); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		m.fields = append(m.fields, f)
	}
	var e intelmq.Event
	for key, text := range m.Constants {
		if err := e.Add(key, text); err != nil {
			return fmt.Errorf("constants: %w", err)
		}
	}
	m.constants = e.Fields()
	return nil
}

func (f *MappedField) check(headless bool) (err error) {
	if _, known := intelmq.FormatOf(f.key); !known && (!strings.HasPrefix(f.key, intelmq.Extra) || f.key == intelmq.Extra) {
		return intelmq.ErrUnknown
	}
	if headless {
		if f.number, err = strconv.Atoi(f.Column); err != nil || f.number < 1 || f.number > 1000 {
			return fmt.Errorf("column %q is no number from 1 to 1000, and there is no header", f.Column)
		}
	}
	if f.Column == "" {
		return errors.New("column is missing")
	}
	f.zone = time.UTC
	if f.Offset != "" {
		at, err := time.Parse("-07:00", f.Offset)
		if err != nil {
			return fmt.Errorf("offset %q is not one like +05:30", f.Offset)
		}
		_, seconds := at.Zone()
		f.zone = time.FixedZone(f.Offset, seconds)
	}
	for _, layout := range f.Times {
		if layout != "unix" && layout != "unix-ms" && !strings.Contains(layout, "06") {
			return fmt.Errorf("times: %q has no year; a layout is the time 2006-01-02 15:04:05 written so", layout)
		}
	}
	return nil
}

// put puts a text into its field of e.
func (f *MappedField) put(text string, e *intelmq.Event) error {
	if by, there := f.Values[text]; there {
		text = by
	}
	if slices.Contains(f.Empty, text) || text == "" {
		if f.required {
			return fmt.Errorf("%s: it is empty", f.key)
		}
		return nil
	}
	if len(f.Times) > 0 || f.Offset != "" {
		t, err := f.time(text)
		if err != nil {
			return err
		}
		e.Set(f.key, intelmq.Moment(t))
		return nil
	}
	return e.Add(f.key, text)
}

// time reads a time by the layouts.
func (f *MappedField) time(text string) (time.Time, error) {
	layouts := f.Times
	if len(layouts) == 0 {
		layouts = []string{time.DateTime, time.RFC3339, "2006-01-02T15:04:05"}
	}
	for _, layout := range layouts {
		if layout == "unix" || layout == "unix-ms" {
			n, err := strconv.ParseInt(text, 10, 64)
			switch {
			case err != nil || n < 0 || n > 1<<48:
			case layout == "unix":
				return time.Unix(n, 0), nil
			default:
				return time.UnixMilli(n), nil
			}
			continue
		}
		if t, err := time.ParseInLocation(layout, text, f.zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s: %.60q is no time of the mapping's layouts", f.key, text)
}
