// Package tally puts together what is published of the desk: yearly and monthly tables, history sets, how well networks and
// neighbourhoods are.
//
// [New] gives a [Tally]; [Tally.Year] counts a year and suppresses what is small, once, in tables from which the page, CSV, JSON
// and pictures are all made; [Tally.History] gives what was loaded of past years; [Tally.Health] measures parties and
// [Tally.Risk] weighs what they could amplify. How things are counted is package health's; who may see what is decided by
// whoever asks.
package tally

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/health"
	"pahra/internal/store"
)

// Options are what a Tally works with.
type Options struct {
	Store    *store.Store
	Tenant   string // "" is the national one
	Smallest int64  // the smallest figure that is shown; 0: health.Smallest
	Window   int    // days of intake within which a line that repeats another is a duplicate; 0: 2
	Now      func() time.Time
}

// Tally counts. Safe for concurrent use.
type Tally struct {
	opt     Options
	classes *class.Tables
	rules   []health.Rule
	factors []health.Factor
	mu      sync.Mutex
	made    map[int]made // by year
}

// made is a year's tables, and what they were made of.
type made struct {
	of     [sha256.Size]byte
	tables []*health.Table
}

// New gives a Tally.
func New(opt Options) (*Tally, error) {
	t := &Tally{opt: opt, made: map[int]made{}}
	if t.opt.Tenant == "" {
		t.opt.Tenant = store.National
	}
	if t.opt.Smallest == 0 {
		t.opt.Smallest = health.Smallest
	}
	if t.opt.Window == 0 {
		t.opt.Window = 2
	}
	var err error
	if t.classes, err = class.Load(); err == nil {
		if t.rules, err = health.Rules(); err == nil {
			t.factors, err = health.Factors()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading what statistics are counted by: %w", err)
	}
	return t, nil
}

// Year is what is published of a year.
type Year struct {
	Year    int             `json:"year"`
	Tables  []*health.Table `json:"tables"` // one for each unit; none where nothing is there
	Caveats []string        `json:"caveats"`
}

// Year gives the tables of a year: its months that are over, quarters, and the year when all of it is there.
func (t *Tally) Year(ctx context.Context, year int) (*Year, error) {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	d, err := t.opt.Store.DeskTallies(ctx, t.opt.Tenant, from, from.AddDate(1, 0, 0))
	if err != nil {
		return nil, err
	}
	p := t.publication(year, d)
	y := &Year{Year: year, Caveats: t.caveats()}
	if len(p.Months) == 0 {
		return y, nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("counting %d: %w", year, err)
	}
	sum := sha256.Sum256(text)
	t.mu.Lock()
	defer t.mu.Unlock() // whoever asks meanwhile waits for the same
	if m := t.made[year]; m.of == sum {
		y.Tables = m.tables
		return y, nil
	}
	if y.Tables, err = p.Tables(); err != nil {
		return nil, fmt.Errorf("counting %d: %w", year, err)
	}
	t.made[year] = made{sum, y.Tables}
	return y, nil
}

// publication is what a year's tables are made of: all of its months that are over and have data.
func (t *Tally) publication(year int, d store.DeskTallies) health.Publication {
	rsit, _ := t.classes.Scheme(class.Namespace)
	p := health.Publication{Name: fmt.Sprintf("desk-%d", year), Title: fmt.Sprint(year), Units: []health.Unit{health.ReportLine, health.AddressDay, health.OneCase}}
	p.Basis = health.Basis{Taxonomy: rsit.Name, Version: rsit.Version, Sources: d.Sources, Smallest: t.opt.Smallest,
		Window: fmt.Sprintf("the same event of a source within %d days of intake is one event; lines count it each time", t.opt.Window)}
	for _, name := range []string{health.Everything, "without-spam", "without-services", "without-scans"} {
		if rule, known := health.RuleOf(t.rules, name); known {
			p.Rules = append(p.Rules, rule)
		}
	}
	for _, c := range t.classes.Codes() {
		p.Classes = append(p.Classes, c.String())
	}
	over := t.opt.Now().UTC().Format("2006-01")
	counts := map[health.Observed]int64{}
	for unit, list := range map[health.Unit][]store.DeskTally{health.ReportLine: d.Lines, health.AddressDay: d.Addresses, health.OneCase: d.Cases} {
		for _, n := range list {
			month, name := n.Day.Format("2006-01"), n.Class
			if month >= over {
				continue
			}
			if !slices.Contains(p.Classes, name) {
				name = "other/undetermined"
			}
			if !slices.Contains(p.Months, month) {
				p.Months = append(p.Months, month)
			}
			counts[health.Observed{Month: month, Class: name, Unit: unit}] += n.Count
		}
	}
	slices.Sort(p.Months)
	for _, month := range p.Months { // in one order, so that the same counts give the same text
		for _, name := range p.Classes {
			for _, unit := range p.Units {
				o := health.Observed{Month: month, Class: name, Unit: unit}
				if o.Count = counts[o]; o.Count > 0 {
					p.Rows = append(p.Rows, o)
				}
			}
		}
	}
	return p
}

// caveats are what stands beside every table.
func (t *Tally) caveats() []string {
	return []string{
		fmt.Sprintf("Figures below %d, and others from which they could be told, are suppressed: the same in every form and every period.", t.opt.Smallest),
		"A report line is not an incident: one host that is scanned every day gives a line every day.",
		"Addresses change hands (DHCP) and are shared (NAT): distinct addresses a day are neither hosts nor people.",
		"What is counted is what sources look for and report. A new source or kind of report raises figures where nothing changed.",
		"Reports that come after a month was published change it; the tables are counted anew each time.",
	}
}

// History gives the tables of every series that was loaded: as published, and restated by the RSIT where there is a mapping.
func (t *Tally) History(ctx context.Context) ([]*health.Table, error) {
	records, err := t.opt.Store.History(ctx)
	if err != nil {
		return nil, err
	}
	var series []string
	for _, r := range records {
		if !slices.Contains(series, r.Series) {
			series = append(series, r.Series)
		}
	}
	var tables []*health.Table
	for _, name := range series {
		one, err := health.Years(records, name, t.rules)
		if err != nil {
			return nil, err
		}
		tables = append(tables, one)
		if _, mapped := t.classes.Scheme(one.Basis.Taxonomy); !mapped || len(one.Lines) == 0 {
			continue
		}
		restated, err := health.Restate(records, name, t.rules, t.classes)
		if err != nil {
			return nil, err
		}
		tables = append(tables, restated)
	}
	return tables, nil
}
