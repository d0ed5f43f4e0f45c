package web

import (
	"bytes"
	"fmt"
	"strings"

	"pahra/internal/desk/statement"
	"pahra/internal/language"
	"pahra/internal/service/statements"
)

// FormView is the form for everybody, the receipt for what was sent, or how it stands: in the reader's language, whole in
// itself, without a script.
type FormView struct {
	language.Language
	Languages []language.Language // to choose from
	Style     string              // the address of the style sheet
	Synthetic bool
	Title     string
	Here      string // the page's own path
	Query     string // "?lang=hi", or ""
	Problem   string // what is wrong with all of it
	Done      string // what was done

	Said    statement.Statement // as entered
	Who     statement.Reporter
	Entered map[string]string // times and the port as entered
	Wrong   []statement.Wrong
	Offset  string
	Offsets []string

	Receipt statements.Receipt
	Outcome *statements.Outcome
}

// FormField is a field of the form as it is drawn.
type FormField struct {
	Name, Label, Kind, Value, Why string
	Most                          int
	Needed                        bool
}

// Types are the numbers of the types of incident.
func (v *FormView) Types() []int {
	list := make([]int, statement.Types)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// Modes are how somebody can report.
func (v *FormView) Modes() []statement.Mode {
	return []statement.Mode{statement.Anonymous, statement.Pseudonymous, statement.Named}
}

// Why says what is wrong with a field; "" for nothing.
func (v *FormView) Why(field string) string {
	for _, w := range v.Wrong {
		if w.Field == field {
			return v.Say(w.Why)
		}
	}
	return ""
}

// Fields names the fields in which something is wrong.
func (v *FormView) Fields() string {
	var names []string
	for _, w := range v.Wrong {
		key := "form." + w.Field
		if w.Field == "mode" {
			key = "form.who"
		}
		names = append(names, v.Say(key))
	}
	return strings.Join(names, ", ")
}

// Field gives a field to draw.
func (v *FormView) Field(name, kind string, needed bool) FormField {
	value := map[string]string{"address": v.Said.Address, "domain": v.Said.Domain, "url": v.Said.URL, "affected": v.Said.Affected, "system": v.Said.System,
		"sector": v.Said.Sector, "name": v.Who.Name, "organisation": v.Who.Organisation, "mail": v.Who.Mail, "phone": v.Who.Phone}[name]
	if entered, ok := v.Entered[name]; ok {
		value = entered
	}
	most := 200
	if name == "url" {
		most = 2000
	}
	return FormField{name, v.Say("form." + name), kind, value, v.Why(name), most, needed}
}

// Form gives a page of the form: form, thanks or receipt.
func (p *Portal) Form(page string, v *FormView) ([]byte, error) {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, page, v); err != nil {
		return nil, fmt.Errorf("rendering the form: %w", err)
	}
	return out.Bytes(), nil
}
