// Package duty says what a desk owes those whose data it holds: on what legal basis and for what purpose data of a source and a
// category is kept, for how long, to whom it may go; and what is a secret that is never stored.
//
// [Load] gives a profile, of those that are built in or an operator's own; [Profile.For] the rule for a source and a class.
// [Secrets] takes passwords and tokens out of events and text. A profile is data that a lawyer can read; it is no legal advice. The
// package erases nothing itself: see internal/service/duties.
package duty

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*
var data embed.FS

// Law is a text that a profile rests on.
type Law struct {
	Name string `yaml:"name"`
	Says string `yaml:"says"`
}

// Rule is what holds for what comes from a source, of a category. An empty source or category is any.
type Rule struct {
	Source   string `yaml:"source"`
	Category string `yaml:"category"` // a class of the RSIT, or class/type
	Basis    string `yaml:"basis"`
	Purpose  string `yaml:"purpose"`
	// Days from intake after which events, raw reports and what is in quarantine are erased. 0: never.
	Events     int `yaml:"events"`
	Raw        int `yaml:"raw"`
	Quarantine int `yaml:"quarantine"`
	// DeleteBy is the last day on which any of it may be there, whatever the rest says: what a source's terms may demand.
	DeleteBy       string `yaml:"delete_by"`
	Redistribution string `yaml:"redistribution"`
	CrossBorder    string `yaml:"cross_border"`
}

// Profile is the rules of one legal order.
type Profile struct {
	Name      string `yaml:"name"`
	Version   string `yaml:"version"`
	Date      string `yaml:"date"`
	Title     string `yaml:"title"`
	Laws      []Law  `yaml:"laws"`
	AccessLog int    `yaml:"access_log"` // days for which who looked at what is kept, at least
	Rules     []Rule `yaml:"rules"`
}

// Load gives a profile that is built in by its name: cert-in, eu.
func Load(name string) (*Profile, error) {
	text, err := data.ReadFile("data/" + name + ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no legal profile %q: cert-in, eu, or a file of your own", name)
	}
	if err != nil {
		return nil, err
	}
	return Read(text)
}

// Read reads a profile; unknown keys are errors.
func Read(text []byte) (*Profile, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	p := new(Profile)
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("reading a legal profile: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("legal profile %s: %w", p.Name, err)
	}
	return p, nil
}

func (p *Profile) check() error {
	errs := []error{}
	if p.Name == "" || p.Version == "" || len(p.Laws) == 0 || p.AccessLog < 1 {
		errs = append(errs, errors.New("name, version, laws and access_log are needed"))
	}
	general := false
	for n, r := range p.Rules {
		general = general || r.Source == "" && r.Category == ""
		if r.Basis == "" || r.Purpose == "" || r.Redistribution == "" || r.CrossBorder == "" {
			errs = append(errs, fmt.Errorf("rule %d: basis, purpose, redistribution and cross_border are needed", n+1))
		}
		if r.Events < 0 || r.Raw < 0 || r.Quarantine < 0 {
			errs = append(errs, fmt.Errorf("rule %d: days are not below 0", n+1))
		}
		if _, err := time.Parse(time.DateOnly, r.DeleteBy); r.DeleteBy != "" && err != nil {
			errs = append(errs, fmt.Errorf("rule %d: delete_by is a day such as 2027-01-31", n+1))
		}
	}
	if !general {
		errs = append(errs, errors.New("it needs a rule without source and category, for all the rest"))
	}
	return errors.Join(errs...)
}

// For gives the rule for a source and a class of events: the one that names both, the source, or the longest part of the class.
func (p *Profile) For(source, class string) Rule {
	best, weight := Rule{}, -1
	for _, r := range p.Rules {
		w := 0
		switch {
		case r.Source != "" && r.Source != source:
			continue
		case r.Category != "" && r.Category != class && !strings.HasPrefix(class, r.Category+"/"):
			continue
		}
		if r.Source != "" {
			w += 1000
		}
		if w += len(r.Category); w > weight {
			best, weight = r, w
		}
	}
	return best
}

// Kept is a kind of data that has its own time.
type Kept int

// The kinds of data.
const (
	Events Kept = iota
	Raw
	Quarantine
)

// Over says whether what was taken in on a day is to be erased by now.
func (r Rule) Over(kind Kept, intake, now time.Time) bool {
	if by, err := time.Parse(time.DateOnly, r.DeleteBy); err == nil && r.DeleteBy != "" && now.After(by.AddDate(0, 0, 1)) {
		return true
	}
	days := [...]int{Events: r.Events, Raw: r.Raw, Quarantine: r.Quarantine}[kind]
	return days > 0 && !now.Before(intake.AddDate(0, 0, days+1))
}
