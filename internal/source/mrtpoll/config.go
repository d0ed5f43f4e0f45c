package mrtpoll

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pahra/internal/source/catalogue"
	"pahra/internal/source/fetch"
)

// Config is an archive in the configuration.
type Config struct {
	// Archive says whose layout the files have: ris or routeviews. Addresses, rhythm and terms are those of the catalogue's
	// ris-updates and ris-tables, or routeviews-updates and routeviews-tables.
	Archive string `yaml:"archive"`
	// Accept names those of the two whose terms were read and are accepted, where terms must be: both of ris.
	Accept []string `yaml:"accept"`
	// Base is a mirror in place of the archive's own address: a URL, or an absolute folder of this machine.
	Base string `yaml:"base"`
	// Collectors are those that are followed for ever, such as rrc00 or route-views2. None are needed for an archive that
	// only fills gaps.
	Collectors []string `yaml:"collectors"`
	// Patience is how long a file may be overdue before it is given up as a gap; 0 stands for two hours.
	Patience time.Duration `yaml:"patience"`
	// MaxBehind is how far back updates are caught up with; a collector further behind begins again with a table. 0
	// stands for a day.
	MaxBehind time.Duration `yaml:"max_behind"`
	// MaxUpdates and MaxTable bound the bytes of one file; 0 stands for 1 GiB and 4 GiB.
	MaxUpdates int64 `yaml:"max_updates"`
	MaxTable   int64 `yaml:"max_table"`
}

// plan is a Config that was checked, its defaults filled in.
type plan struct {
	Config
	updates, tables catalogue.Source
	local           bool // the base is a folder
}

// Check tells what is wrong with the configuration.
func (c Config) Check() error {
	_, err := c.plan()
	return err
}

func (c Config) plan() (*plan, error) {
	p := &plan{Config: c}
	switch {
	case c.Archive != "ris" && c.Archive != "routeviews":
		return nil, fmt.Errorf("archive %q is neither ris nor routeviews", c.Archive)
	case c.Patience < 0 || c.MaxBehind < 0 || c.MaxUpdates < 0 || c.MaxTable < 0:
		return nil, errors.New("patience, max_behind, max_updates and max_table must not be below 0")
	}
	for i, name := range c.Collectors {
		if !catalogue.ValidCollector(name) || slices.Contains(c.Collectors[:i], name) {
			return nil, fmt.Errorf("collectors: %q is no collector's name, or there twice", name)
		}
	}
	fill(&p.Patience, 2*time.Hour)
	fill(&p.MaxBehind, 24*time.Hour)
	fill(&p.MaxUpdates, 1<<30)
	fill(&p.MaxTable, 4<<30)
	list, err := catalogue.Embedded()
	if err != nil {
		return nil, err
	}
	for name, to := range map[string]*catalogue.Source{c.Archive + "-updates": &p.updates, c.Archive + "-tables": &p.tables} {
		at := slices.IndexFunc(list, func(s catalogue.Source) bool { return s.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("the catalogue has no %s", name)
		}
		*to = list[at]
		if to.Accept && !slices.Contains(c.Accept, name) {
			return nil, fmt.Errorf("%s has terms that are not accepted: %s (%s). Read them, then name it under accept", name, to.Terms, to.Statement)
		}
	}
	p.updates.MaxBytes, p.tables.MaxBytes = p.MaxUpdates, p.MaxTable
	return p, p.rebase()
}

func fill[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// rebase puts the base in place of the archive's own address.
func (p *plan) rebase() error {
	if p.Base == "" {
		return nil
	}
	base := strings.TrimSuffix(p.Base, "/")
	if p.local = filepath.IsAbs(base); p.local {
		base = "file://"
	} else if err := fetch.CheckURL(base, true); err != nil {
		return fmt.Errorf("base: %w, and no absolute folder", err)
	}
	for _, s := range []*catalogue.Source{&p.updates, &p.tables} {
		own, err := url.Parse(s.Files[0].URL[:strings.Index(s.Files[0].URL, "{")])
		if err != nil {
			return err
		}
		file := s.Files[0]
		file.URL = base + strings.TrimPrefix(file.URL, own.Scheme+"://"+own.Host)
		s.Files = []catalogue.File{file}
	}
	return nil
}

// client is what fetches.
func (p *plan) client() *http.Client {
	if !p.local {
		return fetch.NewClient()
	}
	transport := &http.Transport{}
	transport.RegisterProtocol("file", http.NewFileTransport(http.Dir(p.Base)))
	return &http.Client{Transport: transport}
}
