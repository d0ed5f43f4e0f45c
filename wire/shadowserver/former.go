package shadowserver

import (
	"embed"
	"encoding/json"
	"slices"
)

// former holds what the published schema says no more, a file each, with the day until which it said so.
//
//go:embed former/*.json
var former embed.FS

// layout is how columns were mapped before a change of the layout of all reports.
type layout struct {
	Until   string `json:"until"`
	Why     string `json:"why"`
	Without string `json:"without"` // a column that the reports have since
	All     change `json:"all"`
	Reports map[string]change
}

// change is what was different in a report.
type change struct {
	Fields    []Field            `json:"fields"`    // in place of those of the same columns
	Targets   map[string]string  `json:"targets"`   // in place of those targets
	Constants map[string]*string `json:"constants"` // null: there was none
	Without   []string           `json:"without"`   // columns that the report has since
}

// addFormer takes in the types that are gone, and the layout that was.
func (s *Schema) addFormer() error {
	entries, err := former.ReadDir("former")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		text, err := former.ReadFile("former/" + entry.Name())
		if err != nil {
			return err
		}
		var gone struct {
			Until  string          `json:"until"`
			Report json.RawMessage `json:"report"`
		}
		if err = json.Unmarshal(text, &gone); err == nil && gone.Report != nil {
			err = s.add(gone.Report, gone.Until)
		} else if err == nil {
			s.former = new(layout)
			err = json.Unmarshal(text, s.former)
		}
		if err != nil {
			return err
		}
	}
	for _, r := range s.reports {
		r.former = s.former
	}
	return nil
}

// as gives the mapping as it was when reports had such a header: its own if the header has the layout of today.
func (r *Report) as(header []string) *Report {
	l := r.former
	sign := func(f Field) bool { return l != nil && f.Column == l.Without }
	if l == nil || slices.Contains(header, l.Without) || !slices.ContainsFunc(r.Optional, sign) {
		return r
	}
	old := *r
	old.Constants = map[string]string{}
	for key, value := range r.Constants {
		old.Constants[key] = value
	}
	old.change(l.All, header)
	old.change(l.Reports[r.Name], header)
	return &old
}

// change puts fields in place of others, where the header has their columns.
func (r *Report) change(c change, header []string) {
	replaced := func(f Field) bool {
		return slices.ContainsFunc(c.Fields, func(by Field) bool { return by.Column == f.Column }) || slices.Contains(c.Without, f.Column)
	}
	r.Required = slices.DeleteFunc(slices.Clone(r.Required), replaced)
	r.Optional = slices.DeleteFunc(slices.Clone(r.Optional), replaced)
	for i, f := range r.Optional {
		if target, changed := c.Targets[f.Target]; changed {
			r.Optional[i].Target = target
		}
	}
	for _, f := range c.Fields {
		if slices.Contains(header, f.Column) {
			r.Optional = append(r.Optional, f)
		}
	}
	for key, value := range c.Constants {
		if value == nil {
			delete(r.Constants, key)
		} else {
			r.Constants[key] = *value
		}
	}
}
