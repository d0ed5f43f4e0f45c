package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/authority"
	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// IncidentPage is what an incident's page shows.
type IncidentPage struct {
	Run      PageRun        `json:"run"`
	Headline string         `json:"headline"`
	Named    bool           `json:"named"`
	Lasted   time.Duration  `json:"lasted_ns"` // up to the run's end for one still open
	Incident watch.Incident `json:"incident"`
	Alarm    Alarm          `json:"alarm"`
	// Advice is what can be done, by who can do it; the alarm's steps are those of the holder.
	Advice []RoleAdvice `json:"advice"`
	// Attribution says in words whether the announcing network is named, and why.
	Attribution string `json:"attribution"`
	// Burst is what a leak's attribution rests on beside its own paths; null for other kinds.
	Burst  *Burst     `json:"burst"`
	Counts []PageCost `json:"counts"`
	WhyNot string     `json:"why_not,omitempty"` // set where it costs nobody anything
	// Besides says where it counts beside that, as no incident.
	Besides string `json:"besides,omitempty"`
	// Parts are what Sum is the sum of; the confidence is Sum, cut to 0.05 … 0.99.
	Parts     []ConfidencePart      `json:"confidence_parts"`
	Sum       float64               `json:"confidence_sum"`
	Timeline  []Moment              `json:"timeline"`
	Sights    []Sight               `json:"sights"` // when each session first had it
	Paths     []PathSeen            `json:"paths"`  // those with most sessions first, at most maxPagePaths
	PathsAll  int                   `json:"paths_total"`
	Consulted []Consulted           `json:"consulted"`
	Holders   map[values.ASN]string `json:"holders"` // of the networks on the page, where known
	Lookups   []Lookup              `json:"lookups"` // of who has a part in it
	Commands  []Command             `json:"commands"`
	Barred    bool                  `json:"barred_from_publication"`
	// More is what a service adds; null in the pages of a run.
	More *IncidentMore `json:"more,omitempty"`
}

// ConfidencePart is a reason with what it adds to the confidence.
type ConfidencePart struct {
	Points float64 `json:"points"`
	Why    string  `json:"why"`
}

// Moment is something that happened to an incident.
type Moment struct {
	Time time.Time `json:"time"`
	Says string    `json:"says"`
}

// Sight is when a session first had what the incident is about.
type Sight struct {
	Time      time.Time  `json:"time"`
	Collector string     `json:"collector"`
	ASN       values.ASN `json:"asn"`
	IP        string     `json:"ip"`
}

// PathSeen is an AS path by which it was seen, from the vantage point to the origin, prepends left out.
type PathSeen struct {
	Path     []values.ASN `json:"path"`
	Sessions int          `json:"sessions"`
	Prefixes int          `json:"prefixes"`
	First    time.Time    `json:"first"`
}

// Consulted is a kind of authority and the inputs that spoke for it when the incident began.
type Consulted struct {
	Kind    string    `json:"kind"`
	Inputs  []string  `json:"inputs"`
	From    time.Time `json:"from"` // in use from then on
	NoData  string    `json:"no_data,omitempty"`
	Against bool      `json:"anachronism,omitempty"` // used against its time or age
}

// Command is what somebody can type, and what for.
type Command struct {
	For  string `json:"for"`
	Line string `json:"line"`
}

// maxPagePaths bounds the paths of an incident's page; the archive has all.
const maxPagePaths = 200

// maxTrail bounds the distinct paths, and sessions, that are kept of one incident while the evidence is read.
const maxTrail = 4096

// trail is what the archive holds of the paths and sessions of an incident.
type trail struct {
	paths  map[string]*PathSeen
	seen   map[trailKey]bool // sessions and prefixes by path
	sights map[string]Sight
}

type trailKey struct{ path, what string }

// EachIncident gives the page of every incident, in the order of the list.
func (p *Pages) EachIncident(yield func(*IncidentPage) error) error {
	trails, err := p.trails()
	if err != nil {
		return err
	}
	return p.run.lines(incidentsFile, func(line []byte) error {
		var i watch.Incident
		if err := json.Unmarshal(line, &i); err != nil {
			return err
		}
		return yield(p.incident(&i, trails[i.ID]))
	})
}

// trails reads the paths and sessions of every incident from the evidence.
func (p *Pages) trails() (map[string]*trail, error) {
	all := make(map[string]*trail)
	return all, eachOf(p.run, "evidence.parquet", func(row evidenceRow) {
		t := all[row.Incident]
		if t == nil {
			t = newTrail()
			all[row.Incident] = t
		}
		t.add(row)
	})
}

func newTrail() *trail {
	return &trail{paths: make(map[string]*PathSeen), seen: make(map[trailKey]bool), sights: make(map[string]Sight)}
}

func (t *trail) add(row evidenceRow) {
	at, session := time.UnixMicro(row.Time).UTC(), row.Collector+" "+row.PeerIP
	if s, ok := t.sights[session]; (!ok || at.Before(s.Time)) && (ok || len(t.sights) < maxTrail) {
		t.sights[session] = Sight{at, row.Collector, values.ASN(row.PeerASN), row.PeerIP}
	}
	path := t.paths[row.Path]
	if path == nil {
		if len(t.paths) >= maxTrail {
			return
		}
		path = &PathSeen{Path: fullPath(row), First: at}
		t.paths[row.Path] = path
	}
	if at.Before(path.First) {
		path.First = at
	}
	if key := (trailKey{row.Path, session}); !t.seen[key] {
		t.seen[key], path.Sessions = true, path.Sessions+1
	}
	if key := (trailKey{row.Path, row.Prefix}); !t.seen[key] {
		t.seen[key], path.Prefixes = true, path.Prefixes+1
	}
}

// fullPath gives a row's path, with the peer before it where that leaves its own number out.
func fullPath(row evidenceRow) []values.ASN {
	path := []values.ASN{values.ASN(row.PeerASN)}
	for _, word := range strings.FieldsFunc(row.Path, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.ParseUint(word, 10, 32)
		if asn := values.ASN(n); err == nil && asn != path[len(path)-1] {
			path = append(path, asn)
		}
	}
	return path
}

func (p *Pages) incident(i *watch.Incident, t *trail) *IncidentPage {
	return p.incidentWith(i, t.told())
}

func (p *Pages) incidentWith(i *watch.Incident, t toldTrail) *IncidentPage {
	line := p.line(i)
	page := &IncidentPage{
		Run: p.head, Headline: line.Headline, Named: line.Named, Lasted: line.Lasted, Incident: *i, Alarm: programme.Tell(*i, p.run.partiesIn([]watch.Incident{*i}, p.parties)),
		Attribution: programme.Attributed(*i), Burst: p.burst(i), Besides: besides(i), Parts: []ConfidencePart{}, Sights: []Sight{}, Paths: []PathSeen{},
		Consulted: p.consulted(i), Holders: make(map[values.ASN]string), Commands: p.run.commands(i), Barred: line.Barred,
	}
	page.Counts, page.WhyNot = p.costs(i)
	for _, reason := range i.Reasons {
		points, text, _ := strings.Cut(reason, " ")
		n, err := strconv.ParseFloat(points, 64)
		if err != nil {
			n, text = 0, reason
		}
		page.Parts = append(page.Parts, ConfidencePart{n, text})
		page.Sum += n
	}
	page.Sum = math.Round(page.Sum*100) / 100
	page.Sights, page.Paths, page.PathsAll = append(page.Sights, t.Sights...), append(page.Paths, t.Paths...), t.PathsAll
	page.Advice, page.Lookups = page.advise(), p.lookups(page.concerned()...)
	page.Timeline = p.timeline(i, page.Sights)
	for _, asn := range page.asns() {
		if h := p.parties[asn].Holder; h != "" {
			page.Holders[asn] = h
		}
	}
	return page
}

// toldTrail is a trail in the order and length of a page.
type toldTrail struct {
	Sights   []Sight
	Paths    []PathSeen
	PathsAll int
}

func (t *trail) told() (out toldTrail) {
	if t == nil {
		return out
	}
	for _, s := range t.sights {
		out.Sights = append(out.Sights, s)
	}
	slices.SortFunc(out.Sights, func(a, b Sight) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Collector+" "+a.IP, b.Collector+" "+b.IP)
	})
	for _, path := range t.paths {
		out.Paths = append(out.Paths, *path)
	}
	slices.SortFunc(out.Paths, func(a, b PathSeen) int {
		if a.Sessions != b.Sessions {
			return b.Sessions - a.Sessions
		}
		return slices.Compare(a.Path, b.Path)
	})
	out.PathsAll = len(out.Paths)
	out.Paths = out.Paths[:min(len(out.Paths), maxPagePaths)]
	return out
}

// asns gives the networks on the page, ascending.
func (page *IncidentPage) asns() []values.ASN {
	list := partsIn(&page.Incident)
	for _, path := range page.Paths {
		list = append(list, path.Path...)
	}
	if l := page.Incident.Evidence.Leak; l != nil {
		list = append(list, l.From, l.To)
	}
	if n := page.Incident.Evidence.NewLink; n != nil {
		list = append(list, n.Near, n.Far)
	}
	for _, b := range page.Incident.Evidence.Baseline {
		list = append(list, b.Origin)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// maxMoments bounds the baseline origins of a timeline.
const maxMoments = 3

// timeline tells what happened, in order.
func (p *Pages) timeline(i *watch.Incident, sights []Sight) []Moment {
	list := []Moment{}
	for _, b := range i.Evidence.Baseline[:min(len(i.Evidence.Baseline), maxMoments)] {
		source := "updates show"
		if b.Source == "table" {
			source = "a whole table shows"
		}
		list = append(list, Moment{b.Since, fmt.Sprintf("%s %s as the origin of %s", source, p.named(b.Origin), b.Prefix)})
	}
	from := p.run.Snapshot.Window.From
	switch {
	case len(sights) > 0 && sights[0].Time.Before(i.Start):
		list = append(list, Moment{sights[0].Time, "the first session has it"},
			Moment{i.Start, "it counts from here: enough sessions come to have it"})
	default:
		list = append(list, Moment{i.Start, fmt.Sprintf("first seen from AS%d", i.ASN)})
	}
	if i.Start.Before(from) {
		list = append(list, Moment{from, "the observed window begins"})
	}
	if n := len(sights); n > 1 && sights[n-1].Time.After(i.Start) {
		list = append(list, Moment{sights[n-1].Time, fmt.Sprintf("the last of %d sessions comes to have it; %d sessions were heard in all", n, p.head.Sessions)})
	}
	if i.End != nil {
		list = append(list, Moment{*i.End, "too few sessions still have it: it counts as ended"})
	} else if !p.live {
		list = append(list, Moment{p.run.Snapshot.Window.To, "the run ends, and it is still seen"})
	}
	slices.SortStableFunc(list, func(a, b Moment) int { return a.Time.Compare(b.Time) })
	return list
}

// consulted says which inputs spoke for each kind of authority when an incident began.
func (p *Pages) consulted(i *watch.Incident) []Consulted {
	list := []Consulted{}
	for _, kind := range []string{"vrp", "irr", "bogons", "relations", "organisations"} {
		c := Consulted{Kind: kind, Inputs: []string{}}
		for _, u := range p.run.Snapshot.Used {
			if u.Kind != kind || u.From.After(laterOf(i.Start, p.run.firstUse())) || u.From.Before(c.From) {
				continue
			}
			if u.From.After(c.From) {
				c.Inputs, c.From, c.Against = []string{}, u.From, false
			}
			c.Inputs, c.Against = append(c.Inputs, u.Path), c.Against || u.Anachronism
		}
		if len(c.Inputs) == 0 {
			if c.NoData = p.run.Snapshot.NoData[kind]; c.NoData == "" {
				c.NoData = "no input that was known by then"
			}
		}
		list = append(list, c)
	}
	return list
}

// firstUse is when the run first used any input.
func (r *Run) firstUse() (first time.Time) {
	for _, u := range r.Snapshot.Used {
		if first.IsZero() || u.From.Before(first) {
			first = u.From
		}
	}
	return first
}

// commands say how to come to an incident again.
func (r *Run) commands(i *watch.Incident) []Command {
	s := r.Snapshot
	observe := fmt.Sprintf("pahra observe --data DIR --from %s --to %s", s.Window.From.Format(time.RFC3339), s.Window.To.Format(time.RFC3339))
	if len(s.Collectors) > 0 {
		observe += " --collector " + strings.Join(s.Collectors, ",")
	}
	observe += " --profile " + shellWord(profileName(s.Profile))
	if len(s.AllowAnachronism) > 0 {
		observe += " --allow-anachronism " + strings.Join(s.AllowAnachronism, ",")
	}
	if s.Relations != "" && s.Relations != RelationsAll {
		observe += " --relations " + string(s.Relations)
	}
	if len(s.Settings.Off) > 0 {
		observe += " --without-exclusion " + strings.Join(s.Settings.Off, ",")
	}
	for _, set := range s.Settings.Changed() {
		observe += " --set " + set
	}
	usual := limitsOf(authority.DefaultLimits())
	for _, kind := range slices.Sorted(maps.Keys(s.Limits)) {
		if s.Limits[kind] != usual[kind] {
			observe += " --limit " + kind + "=" + s.Limits[kind]
		}
	}
	dir := "OUT" // pages may be published: where a run lies on somebody's disk is nobody's business
	if filepath.IsLocal(r.dir) {
		dir = shellWord(filepath.ToSlash(r.dir))
	}
	return []Command{
		{"Recompute the whole run from its inputs and compare it byte for byte", "pahra verify " + dir},
		{"See this incident in a terminal", fmt.Sprintf("pahra check %.12s --from-run %s", i.ID, dir)},
		{"Come to it from the public inputs alone; snapshot.json lists them with their hashes", observe + " -o OUT"},
	}
}

func profileName(p ProfileRef) string {
	if p.File != "" {
		return p.File
	}
	return p.ID
}

// shellWord quotes a word for a shell, where it needs that.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:+=,@", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
