package service

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/routes"
	"pahra/internal/watch"
)

// Snapshot names everything that a run's results rest on, and what came of it. ID is the hash of the parts above the
// line below, Digest that of the results.
type Snapshot struct {
	ID      string  `json:"id"`
	Digest  string  `json:"digest"`
	Program Program `json:"program"`
	// Data is where the inputs lay; it takes no part in ID.
	Data             string            `json:"data"`
	Profile          ProfileRef        `json:"profile"`
	Window           Window            `json:"window"`
	Collectors       []string          `json:"collectors"`
	AllowAnachronism []string          `json:"allow_anachronism"`
	Relations        Relations         `json:"relations"` // what relations between networks rest on
	Settings         watch.Settings    `json:"settings"`
	Limits           map[string]string `json:"limits"`
	Overrides        []string          `json:"overrides"` // SHA-256 of the signed records that take judgements back
	Inputs           []Input           `json:"inputs"`
	// What follows describes the run.
	Accepted  json.RawMessage   `json:"accepted_terms,omitempty"` // what "pahra data pull" recorded
	Used      []Used            `json:"used"`
	NoData    map[string]string `json:"no_data"` // by input kind, at the window's end
	Files     []fileReport      `json:"files"`
	Heard     []Span            `json:"heard"` // when anything was heard; in between, nothing was watched
	Peers     []PeerHealth      `json:"peers"`
	Explained map[string]int    `json:"explained"`
	Leaks     watch.NaiveLeaks  `json:"leaks"`   // what a test for valley-free paths alone would find
	Pending   int               `json:"pending"` // possible deviations not seen by enough peers for long enough
	Outputs   []Output          `json:"outputs"`
}

// Program says what made a snapshot.
type Program struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ProfileRef is the profile of the norms that scored.
type ProfileRef struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	File   string `json:"file,omitempty"` // where it was read from, if it is not built in
}

// Window is the time observed.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Input is one file of the folder of data.
type Input struct {
	Path      string     `json:"path"`
	Kind      string     `json:"kind"`
	Collector string     `json:"collector,omitempty"`
	Source    string     `json:"source,omitempty"`
	Time      *time.Time `json:"time,omitempty"`
	Bytes     int64      `json:"bytes"`
	SHA256    string     `json:"sha256"`
}

// Output is one file of the results.
type Output struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// PeerHealth is how a session did during the run.
type PeerHealth struct {
	Collector string     `json:"collector"`
	ASN       uint32     `json:"asn"`
	IP        string     `json:"ip"`
	Table     *time.Time `json:"table"` // when its whole table was read; null where only updates are known
	First     time.Time  `json:"first"`
	Last      time.Time  `json:"last"`
	Resets    int        `json:"resets"`
	Down      bool       `json:"down"`
	Announced int64      `json:"announced"`
	Withdrawn int64      `json:"withdrawn"`
	Dumped    int64      `json:"dumped"`
}

func (r *run) snapshot(outputs []Output) (Snapshot, error) {
	data, err := filepath.Abs(r.opt.Data)
	if err != nil {
		return Snapshot{}, fmt.Errorf("naming the folder of data: %w", err)
	}
	profile, err := hashJSON(r.profile)
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{
		Program: Program{"pahra", Version()}, Data: data,
		Profile:    ProfileRef{ID: r.profile.ID, SHA256: profile},
		Window:     Window{r.opt.From.UTC(), r.opt.To.UTC()},
		Collectors: sorted(r.opt.Collectors), AllowAnachronism: sorted(r.opt.Allow), Relations: r.opt.Relations,
		Settings: r.opt.Settings, Limits: limitsOf(r.opt.Limits), Overrides: r.overrides.hashes(),
		Used: r.book.used, NoData: r.book.facts.NoData, Files: r.reports, Heard: append([]Span{}, r.heard...), Peers: r.harvested.peers,
		Explained: make(map[string]int), Leaks: r.harvested.leaks, Pending: r.harvested.pending, Outputs: outputs,
	}
	if r.profile.ID != r.opt.Profile && r.opt.Profile != "" {
		s.Profile.File = r.opt.Profile
	}
	for _, f := range r.dir.Files {
		in := Input{f.Path, string(f.Kind), f.Collector, f.Source, nil, f.Size, f.SHA256}
		if !f.Time.IsZero() {
			t := f.Time.UTC()
			in.Time = &t
		}
		s.Inputs = append(s.Inputs, in)
	}
	for _, x := range r.harvested.log {
		s.Explained[x.By]++
	}
	if s.Accepted, err = r.accepted(); err != nil {
		return s, err
	}
	if s.ID, err = s.identity(); err != nil {
		return s, err
	}
	s.Digest, err = hashJSON(outputs)
	return s, err
}

// identity gives the hash of all that decides what comes out.
func (s *Snapshot) identity() (string, error) {
	return hashJSON(s.Program, s.Profile.SHA256, s.Window, s.Collectors, s.AllowAnachronism, s.Relations, s.Settings,
		s.Limits, s.Overrides, s.Inputs)
}

// checkID compares the id with what it stands for. What another version wrote may have been hashed in another form.
func (s *Snapshot) checkID() error {
	id, err := s.identity()
	if err == nil && s.Program.Version == Version() && id != s.ID {
		err = &Difference{snapshotFile, "the id is not that of the window, settings and inputs it lists"}
	}
	return err
}

func sorted[T ~string](list []T) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, string(s))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func limitsOf(l authority.Limits) map[string]string {
	out := make(map[string]string)
	for _, k := range authority.Kinds() {
		out[string(k)] = l.Of(k).String()
	}
	return out
}

func (r *run) peers() []PeerHealth {
	list := []PeerHealth{}
	table := r.engine.Table()
	for i := range table.Peers.Len() {
		p := table.Peers.Get(routes.PeerID(i))
		h := PeerHealth{
			Collector: p.Collector, ASN: uint32(p.ASN), IP: p.IP.String(), First: time.Unix(p.First, 0).UTC(),
			Last: time.Unix(p.Last, 0).UTC(), Resets: p.Resets, Down: p.Down,
			Announced: p.Announced, Withdrawn: p.Withdrawn, Dumped: p.Dumped,
		}
		if p.Table != 0 {
			t := time.Unix(p.Table, 0).UTC()
			h.Table = &t
		}
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b PeerHealth) int {
		return cmp.Or(cmp.Compare(a.Collector, b.Collector), cmp.Compare(a.ASN, b.ASN), cmp.Compare(a.IP, b.IP))
	})
	return list
}

// hashJSON gives the SHA-256 of the parts' JSON forms, one a line. JSON of Go structs and sorted maps is canonical.
func hashJSON(parts ...any) (string, error) {
	h := sha256.New()
	for _, p := range parts {
		line, err := json.Marshal(p)
		if err != nil {
			return "", fmt.Errorf("hashing: %w", err)
		}
		h.Write(append(line, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
