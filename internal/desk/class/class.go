// Package class knows what kinds of incident there are: the Reference Security Incident Taxonomy (RSIT, version 1003), and
// what the words of others mean in it.
//
// [Load] reads the tables that are built in, each with its version and date: the RSIT itself, and the schemes whose values
// [Tables.Lookup] turns into it: IntelMQ, eCSIRT, VERIS, the categories of CERT-In's annual reports and of Annexure I of its
// directions, n6, XARF, and the types of Shadowserver's reports that its schema leaves open. One value may mean several
// types; the first is what it is counted as. A value may be dated, and says where it cannot be compared with what was
// counted before. [Tables.Of] tells the class of an event. The package counts nothing itself.
package class

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/wire/intelmq"
)

//go:embed data/*.csv
var data embed.FS

// Namespace is that of the RSIT's machine tags.
const Namespace = "rsit"

// Code is a type of the RSIT, in its class.
type Code struct{ Class, Type string }

// String gives class/type.
func (c Code) String() string { return c.Class + "/" + c.Type }

// Tag gives the machine tag, such as rsit:fraud="phishing".
func (c Code) Tag() string { return Namespace + ":" + c.Class + `="` + c.Type + `"` }

// Alias is what a value of a scheme means.
type Alias struct {
	Value        string
	Code         Code
	Since, Until time.Time // in force from the one until before the other; the zero time is no bound
	Comparable   bool      // false: counts since then say nothing beside counts of before
	Note         string
}

// Scheme is a classification of others, in one version.
type Scheme struct {
	Name, Version string
	Date          time.Time
	Title, Source string
	Aliases       []Alias // in the order of the table
}

// Tables are all schemes. They are not changed, and safe for concurrent use.
type Tables struct {
	schemes []Scheme
	titles  map[Code]string
}

// Load reads the tables.
func Load() (*Tables, error) {
	rows, err := table("schemes", 5)
	if err != nil {
		return nil, err
	}
	t := &Tables{titles: map[Code]string{}}
	for _, row := range rows {
		s := Scheme{Name: row[0], Version: row[1], Title: row[3], Source: row[4]}
		if s.Date, err = time.Parse(time.DateOnly, row[2]); err == nil {
			s.Aliases, err = aliases(s.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the table of %s: %w", s.Name, err)
		}
		if s.Name == Namespace {
			for _, a := range s.Aliases {
				t.titles[a.Code] = a.Note
			}
		}
		t.schemes = append(t.schemes, s)
	}
	return t, t.check()
}

// check demands that every alias leads to a type of the RSIT.
func (t *Tables) check() error {
	for _, s := range t.schemes {
		for _, a := range s.Aliases {
			if !t.Valid(a.Code) {
				return fmt.Errorf("the table of %s: %s: there is no type %s", s.Name, a.Value, a.Code)
			}
		}
	}
	return nil
}

func table(name string, columns int) ([][]string, error) {
	text, err := data.ReadFile("data/" + name + ".csv")
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	return rows[1:], nil
}

func aliases(scheme string) ([]Alias, error) {
	rows, err := table(scheme, 6)
	if err != nil {
		return nil, err
	}
	list := make([]Alias, len(rows))
	for i, row := range rows {
		a := &list[i]
		a.Value, a.Comparable, a.Note = row[0], row[4] == "yes", row[5]
		a.Code.Class, a.Code.Type, _ = strings.Cut(row[1], "/")
		for _, day := range []struct {
			to   *time.Time
			text string
		}{{&a.Since, row[2]}, {&a.Until, row[3]}} {
			if day.text == "" {
				continue
			}
			if *day.to, err = time.Parse(time.DateOnly, day.text); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// Schemes gives all schemes; the first is the RSIT itself.
func (t *Tables) Schemes() []Scheme { return slices.Clone(t.schemes) }

// Scheme gives a scheme by its name.
func (t *Tables) Scheme(name string) (Scheme, bool) {
	for _, s := range t.schemes {
		if s.Name == name {
			return s, true
		}
	}
	return Scheme{}, false
}

// Codes gives all types in the order of the RSIT.
func (t *Tables) Codes() []Code {
	codes := make([]Code, 0, len(t.titles))
	for _, a := range t.schemes[0].Aliases {
		codes = append(codes, a.Code)
	}
	return codes
}

// Valid tells whether there is such a type in such a class.
func (t *Tables) Valid(c Code) bool { return t.titles[c] != "" }

// Title gives a type's name for people, in English; "" if there is no such type.
func (t *Tables) Title(c Code) string { return t.titles[c] }

// ByType gives the class of a type; there is one type of each name.
func (t *Tables) ByType(name string) (Code, bool) {
	for c := range t.titles {
		if c.Type == name {
			return c, true
		}
	}
	return Code{}, false
}

// ParseTag reads a machine tag; the quotes may be missing, the case be any.
func (t *Tables) ParseTag(tag string) (Code, bool) {
	space, rest, found := strings.Cut(strings.ToLower(tag), ":")
	class, kind, both := strings.Cut(rest, "=")
	c := Code{class, strings.Trim(kind, `"`)}
	return c, found && both && space == Namespace && t.Valid(c)
}

// Lookup gives what a value of a scheme means at a time, what it is counted as first; the zero time asks for all times.
// Values are compared without regard to case.
func (t *Tables) Lookup(scheme, value string, at time.Time) []Alias {
	s, _ := t.Scheme(scheme)
	var list []Alias
	for _, a := range s.Aliases {
		if strings.EqualFold(a.Value, value) && (at.IsZero() || !at.Before(a.Since) && (a.Until.IsZero() || at.Before(a.Until))) {
			list = append(list, a)
		}
	}
	return list
}

// Values gives the values of a scheme that may mean a type at a time: the way back, which need not be the same.
func (t *Tables) Values(scheme string, c Code, at time.Time) []Alias {
	s, _ := t.Scheme(scheme)
	var list []Alias
	for _, a := range s.Aliases {
		if a.Code == c && (at.IsZero() || !at.Before(a.Since) && (a.Until.IsZero() || at.Before(a.Until))) {
			list = append(list, a)
		}
	}
	return list
}

// Breaks gives the aliases of a scheme from whose day on counts cannot be compared with those before.
func (t *Tables) Breaks(scheme string) []Alias {
	s, _ := t.Scheme(scheme)
	return slices.DeleteFunc(slices.Clone(s.Aliases), func(a Alias) bool { return a.Comparable })
}

// Of gives the type of an event by its classification.type, or other/undetermined if it has none that is known.
func (t *Tables) Of(e *intelmq.Event) Code {
	kind := e.Text("classification.type")
	if c := (Code{e.Text("classification.taxonomy"), kind}); t.Valid(c) {
		return c
	}
	if c, known := t.ByType(kind); known {
		return c
	}
	if list := t.Lookup("intelmq", kind, time.Time{}); len(list) > 0 {
		return list[0].Code
	}
	return Code{"other", "undetermined"}
}
