// Package rota knows who is on duty when, who is paged about what, and when somebody else is because nobody answered: the rota as
// data. [Read] reads it, [Plan.On] says who is on duty at a time, [Plan.Worth] which cases are worth a page, [Plan.Escalates] when a
// page goes on to the next.
package rota

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Plan is who is on duty, and what they are paged about.
type Plan struct {
	Version string            `yaml:"version"`
	Zone    string            `yaml:"zone"`
	People  map[string]Person `yaml:"people"` // by account
	Rotas   []Rota            `yaml:"rotas"`  // the first is paged first
	Swaps   []Swap            `yaml:"swaps"`
	Page    Page              `yaml:"page"`
	Surge   Surge             `yaml:"surge"`

	zone *time.Location
}

// Person is somebody who can be paged.
type Person struct {
	Name string `yaml:"-" json:"name"`
	Mail string `yaml:"mail" json:"mail"`
}

// Rota is people who take turns.
type Rota struct {
	Name   string   `yaml:"name"`
	Start  string   `yaml:"start"` // of the first turn, by the clock of the zone: 2026-03-02 09:00
	Days   int      `yaml:"days"`  // of a turn
	People []string `yaml:"people"`

	start time.Time
}

// Swap has somebody else do a part of a turn.
type Swap struct {
	Rota   string `yaml:"rota"`
	From   string `yaml:"from"`
	To     string `yaml:"to"`
	Person string `yaml:"person"`

	from, to time.Time
}

// Page says what is worth a page, and how long it may lie.
type Page struct {
	Priority int           `yaml:"priority"` // of a case that nobody works on, from which on; 0: nothing is paged
	Escalate time.Duration `yaml:"escalate"` // after so long without an answer the next rota is paged
}

// Surge is when there are too many: pages then come as one digest an hour, but for the most pressing cases.
type Surge struct {
	Cases    int `yaml:"cases"`    // opened within an hour, above which it is one; 0: never
	Priority int `yaml:"priority"` // from which on a case is still paged by itself
}

const clock = "2006-01-02 15:04"

// Read reads a plan, strictly: unknown keys and people are errors.
func Read(text []byte) (p Plan, err error) {
	d := yaml.NewDecoder(bytes.NewReader(text[:min(len(text), 1<<20)]))
	d.KnownFields(true)
	if err = d.Decode(&p); err == nil {
		if err = d.Decode(new(yaml.Node)); errors.Is(err, io.EOF) {
			err = p.finish()
		} else {
			err = errors.New("something follows it")
		}
	}
	if err != nil {
		return Plan{}, fmt.Errorf("reading a duty plan: %w", err)
	}
	return p, nil
}

func (p *Plan) finish() (err error) {
	if p.zone, err = time.LoadLocation(p.Zone); err != nil || p.Zone == "" {
		return fmt.Errorf("zone %q is not known", p.Zone)
	}
	at := func(text string) time.Time {
		t, wrong := time.ParseInLocation(clock, text, p.zone)
		if wrong != nil && err == nil {
			err = fmt.Errorf("%q is no time like %s", text, clock)
		}
		return t
	}
	known := func(name string) {
		if _, is := p.People[name]; !is && err == nil {
			err = fmt.Errorf("nothing is said of %q under people", name)
		}
	}
	for i := range p.Rotas {
		r := &p.Rotas[i]
		r.start = at(r.Start)
		if err == nil && (r.Name == "" || r.Days < 1 || r.Days > 366 || len(r.People) == 0) {
			err = fmt.Errorf("rota %q takes a name, days from 1 to 366, and people", r.Name)
		}
		for _, name := range r.People {
			known(name)
		}
	}
	for i := range p.Swaps {
		w := &p.Swaps[i]
		w.from, w.to = at(w.From), at(w.To)
		known(w.Person)
		if err == nil && (!w.from.Before(w.to) || !slices.ContainsFunc(p.Rotas, func(r Rota) bool { return r.Name == w.Rota })) {
			err = fmt.Errorf("the swap of %s from %s is of no rota, or ends before it begins", w.Person, w.From)
		}
	}
	if err == nil && (p.Version == "" || p.Page.Priority < 0 || p.Surge.Cases < 0 || p.Page.Priority > 0 && (len(p.Rotas) == 0 || p.Page.Escalate < time.Minute)) {
		err = errors.New("it takes a version, and for pages a rota and an escalate of a minute at least")
	}
	return err
}

// Turn is who is on duty for a rota, from when until when.
type Turn struct {
	Rota   string    `json:"rota"`
	Person Person    `json:"person"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// On gives who is on duty at a time, one for each rota that has begun.
func (p Plan) On(at time.Time) (turns []Turn) {
	for _, r := range p.Rotas {
		if at.Before(r.start) {
			continue
		}
		n := int(at.Sub(r.start).Hours()/24) / r.Days
		begin := func(n int) time.Time { return r.start.AddDate(0, 0, n*r.Days) }
		for begin(n).After(at) { // days of 23 or 25 hours
			n--
		}
		for !begin(n + 1).After(at) {
			n++
		}
		t := Turn{Rota: r.Name, Person: p.person(r.People[n%len(r.People)]), From: begin(n).UTC(), Until: begin(n + 1).UTC()}
		for _, w := range p.Swaps {
			switch {
			case w.Rota != r.Name || !w.from.Before(t.Until) || !w.to.After(t.From):
			case at.Before(w.from):
				t.Until = w.from.UTC()
			case at.Before(w.to):
				t = Turn{Rota: r.Name, Person: p.person(w.Person), From: w.from.UTC(), Until: w.to.UTC()}
			default:
				t.From = w.to.UTC()
			}
		}
		turns = append(turns, t)
	}
	return turns
}

func (p Plan) person(name string) Person { return Person{Name: name, Mail: p.People[name].Mail} }

// Worth gives from which priority on a case is paged by itself, when so many were opened within the last hour, and whether that is a
// surge. A priority of 0 is none: nothing is paged.
func (p Plan) Worth(opened int64) (priority int, surge bool) {
	if p.Surge.Cases > 0 && opened > int64(p.Surge.Cases) {
		return max(p.Page.Priority, p.Surge.Priority), p.Page.Priority > 0
	}
	return p.Page.Priority, false
}

// Escalates says whom a page goes to now that was sent to the rota of a level (0 is the first) at a time and not answered; false where
// it is not time yet, or there is nobody further.
func (p Plan) Escalates(level int, sent, now time.Time) (Person, bool) {
	turns := p.On(now)
	if now.Sub(sent) < p.Page.Escalate || level+1 >= len(turns) {
		return Person{}, false
	}
	return turns[level+1].Person, true
}
