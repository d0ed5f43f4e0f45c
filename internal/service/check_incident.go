package service

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// MinIncidentPrefix is how many hexadecimal digits of an incident's id [Run.CheckIncident] asks for at least.
const MinIncidentPrefix = 6

// IncidentCheck is an incident whole.
type IncidentCheck struct {
	Run      RunRef         `json:"run"`
	AsOf     time.Time      `json:"as_of"`
	Incident watch.Incident `json:"incident"`
	Alarm    Alarm          `json:"alarm"`
	// Attribution says in words whether the announcing network is named, and why.
	Attribution string `json:"attribution"`
	// Counts are the penalties; where there are none, WhyNot says why.
	Counts []Cost `json:"counts"`
	WhyNot string `json:"why_not,omitempty"`
	// BarredFromPublication is set where inputs were used against their time or age.
	BarredFromPublication bool `json:"barred_from_publication"`
	// Recompute is the command that comes to the same incident from the inputs, or tells what differs.
	Recompute string `json:"recompute"`
	// Records say where its raw records lie.
	Records []string `json:"records"`
	Notes   []string `json:"notes"`
}

// Cost is that an incident counts against a network.
type Cost struct {
	ASN    values.ASN   `json:"asn"`
	Metric norms.Metric `json:"metric"`
	Weight float64      `json:"weight"`
}

// CheckIncident gives the incident whose id begins with the digits, as of a moment; the zero time is the run's end.
func (r *Run) CheckIncident(digits string, at time.Time) (*IncidentCheck, error) {
	at, err := r.moment(at)
	if err != nil {
		return nil, err
	}
	digits = strings.ToLower(digits)
	if len(digits) < MinIncidentPrefix {
		return nil, &WrongUse{fmt.Sprintf("%q is too short for an incident's id: at least %d digits", digits, MinIncidentPrefix)}
	}
	list, err := r.readIncidents(at, true, func(i *watch.Incident) bool { return strings.HasPrefix(i.ID, digits) })
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, &WrongUse{notOne(digits, list)}
	}
	who, err := r.partiesOf(list)
	if err != nil {
		return nil, err
	}
	i := list[0]
	c := &IncidentCheck{
		Run: r.ref(), AsOf: at, Incident: i, Alarm: programme.Tell(i, r.partiesIn(list, who)), Attribution: programme.Attributed(i), Counts: []Cost{},
		BarredFromPublication: len(i.Anachronism) > 0, Recompute: "pahra verify " + r.dir, Records: r.recordsOf(i), Notes: []string{},
	}
	penalties, why := penaltiesOf(r.profile, i, at)
	for _, p := range penalties {
		c.Counts = append(c.Counts, Cost{p.ASN, p.Metric, p.Weight})
	}
	if len(penalties) == 0 {
		c.WhyNot = why
	}
	if !at.Equal(r.Snapshot.Window.To) {
		c.Notes = append(c.Notes, asOfNotes(at, r.Snapshot.Window.To)...)
	}
	return c, nil
}

// notOne says why digits do not name one incident.
func notOne(digits string, list []watch.Incident) string {
	if len(list) == 0 {
		return fmt.Sprintf("no incident of this run has an id that begins with %s", digits)
	}
	var ids []string
	for _, i := range list {
		ids = append(ids, i.ID)
	}
	return fmt.Sprintf("%s begins the ids of %d incidents: %s", digits, len(list), listOf(ids, 5))
}

// recordsOf says where the raw records lie that prove an incident.
func (r *Run) recordsOf(i watch.Incident) []string {
	list := []string{
		fmt.Sprintf("%s: %d of %d updates, each with its MRT record in hexadecimal (evidence.updates[].raw)",
			filepath.Join(r.dir, incidentsFile), len(i.Evidence.Updates), i.Evidence.UpdatesTotal),
		filepath.Join(r.dir, archiveDir, "evidence.parquet") + ": all of them",
	}
	var files []string
	for _, u := range i.Evidence.Updates {
		if u.File != "" && !slices.Contains(files, u.File) {
			files = append(files, u.File)
		}
	}
	slices.Sort(files)
	if len(files) > 0 {
		list = append(list, fmt.Sprintf("the inputs in %s: %s", r.Snapshot.Data, listOf(files, 4)))
	}
	return list
}
