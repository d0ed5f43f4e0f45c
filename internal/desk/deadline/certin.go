package deadline

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/desk/class"
)

// Contact is the point of contact that an entity has named to CERT-In.
type Contact struct {
	Name  string `json:"name"`
	Mail  string `json:"mail,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// CERTIn is the report of an incident that an entity owes CERT-In: its own, under its name, and never the desk's.
type CERTIn struct {
	Directions string    `json:"directions"` // the legal text, and its version
	Entity     string    `json:"entity"`
	Contact    Contact   `json:"point_of_contact"`
	Types      []Type    `json:"annexure_i"` // that it may be; the entity keeps what is so
	Class      string    `json:"rsit"`
	Detected   time.Time `json:"detected_at,omitzero"` // when somebody found out
	Noticed    time.Time `json:"noticed_at,omitzero"`  // when the entity found out itself, or was told by others
	Told       time.Time `json:"told_at,omitzero"`     // when the desk told it
	Due        time.Time `json:"due_at,omitzero"`
	Addresses  []string  `json:"addresses"` // that reports named
	Events     int64     `json:"events"`
	Reference  string    `json:"reference"` // the desk's
	Written    time.Time `json:"written_at"`
}

// Type is a type of incident of Annexure I.
type Type struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
}

// Types gives the types of Annexure I that a class may be.
func Types(tables *class.Tables, of string) (types []Type) {
	scheme, _ := tables.Scheme("annexure-i")
	title := map[string]string{}
	for _, a := range scheme.Aliases {
		title[a.Value] = cmp.Or(title[a.Value], a.Note)
	}
	for _, a := range scheme.Aliases {
		if n, err := strconv.Atoi(a.Value); err == nil && a.Code.String() == of {
			types = append(types, Type{n, title[a.Value]})
		}
	}
	slices.SortFunc(types, func(a, b Type) int { return cmp.Compare(a.Number, b.Number) })
	return slices.Compact(types)
}

// ToCERTIn completes the report with what a clock and the tables say; the rest is given.
func ToCERTIn(k Clock, tables *class.Tables, c Case, r CERTIn) CERTIn {
	r.Directions = fmt.Sprintf("%s, as of %s", k.Law, k.TextVersion)
	r.Types, r.Class = Types(tables, c.Class), c.Class
	r.Detected, r.Noticed, r.Told, r.Due = c.Detected, c.Noticed, c.Notified, k.Due
	return r
}

// Text gives the report for people.
func (r CERTIn) Text() string {
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "%-22s %s\n", name, cmp.Or(text, "(to be filled in)")) }
	at := func(t time.Time) string {
		if t.IsZero() {
			return "not known"
		}
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	fmt.Fprintf(&b, "Report of a cyber incident to CERT-In\nunder the %s\n\n", r.Directions)
	line("Entity", r.Entity)
	line("Point of contact", r.Contact.Name)
	line("  mail", r.Contact.Mail)
	line("  phone", r.Contact.Phone)
	for _, t := range r.Types {
		line("Type (Annexure I)", fmt.Sprintf("%d. %s", t.Number, t.Title))
	}
	line("Class (RSIT)", r.Class)
	line("Detected", at(r.Detected))
	line("Noticed by the entity", at(r.Noticed))
	line("Told by the desk", at(r.Told))
	line("To be reported until", at(r.Due))
	line("Affected addresses", strings.Join(r.Addresses, ", "))
	line("Events in reports", strconv.FormatInt(r.Events, 10))
	line("Reference of the desk", r.Reference)
	line("Written", at(r.Written))
	return b.String()
}
