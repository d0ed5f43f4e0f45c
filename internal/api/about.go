package api

import (
	"context"
	"strings"

	"pahra/internal/service"
)

// Snapshots says which inputs the figures rest on.
type Snapshots struct {
	Run     Run             `json:"run"`
	ID      string          `json:"id" doc:"Hash of the inputs, the program, the profile, the settings, the window and the overrides"`
	Digest  string          `json:"digest" doc:"Hash of the results"`
	Program string          `json:"program"`
	Version string          `json:"version"`
	Profile string          `json:"profile"`
	Hash    string          `json:"profile_sha256"`
	From    string          `json:"from" format:"date-time"`
	To      string          `json:"to" format:"date-time"`
	Signed  []string        `json:"overrides" nullable:"false" doc:"SHA-256 of the signed records that take judgements back"`
	Inputs  []Input         `json:"inputs" nullable:"false"`
	Outputs []Output        `json:"outputs" nullable:"false"`
	Months  []SnapshotMonth `json:"months" nullable:"false" doc:"The snapshot that each stored month comes from"`
}

// Input is one input.
type Input struct {
	Path      string  `json:"path"`
	Kind      string  `json:"kind"`
	Collector *string `json:"collector"`
	Source    *string `json:"source"`
	Time      *string `json:"time" format:"date-time" doc:"The moment that it is of; null where it has none"`
	Bytes     int64   `json:"bytes"`
	SHA256    string  `json:"sha256"`
}

// Output is one file of the results.
type Output struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// SnapshotMonth is a month and the snapshot that scored it.
type SnapshotMonth struct {
	Month    string `json:"month"`
	Snapshot string `json:"snapshot"`
	Profile  string `json:"profile"`
	Stored   string `json:"stored" format:"date-time"`
}

// about registers what is asked of the watch itself.
func (a *API) about() {
	get(a, endpoint{
		"get-snapshots", "/api/v1/snapshots", "Watch", "What the figures rest on",
		"The snapshot of the published run: its inputs by hash, and what came of them. As CSV: the inputs.",
	}, a.snapshots, inputRows)
	get(a, endpoint{
		"get-method", "/api/v1/method", "Watch", "How figures come about",
		"The profile in use: its bands, its curve, which measures make up which Action, and what an incident of each kind costs whom.",
	}, a.method, nil)
	get(a, endpoint{
		"list-disputes", "/api/v1/disputes", "Watch", "What became of disputes", "By kind of incident: how far each detector can be trusted.",
	}, a.disputes, disputeRows)
	get(a, endpoint{
		"search", "/api/v1/search", "Watch", "Search", "Networks, neighbourhoods and incidents by number, name, code or the beginning of an id.",
	}, a.search, hitRows)
}

func (a *API) snapshots(ctx context.Context, _ *struct{ Form }) (s Snapshots, err error) {
	page, err := ask[*service.SnapshotPage](ctx, a, service.SnapshotQuestion{})
	if err != nil {
		return s, err
	}
	p := page.Snapshot
	s = Snapshots{
		Run: runOf(page.Run), ID: p.ID, Digest: p.Digest, Program: p.Program.Name, Version: p.Program.Version, Profile: p.Profile.ID, Hash: p.Profile.SHA256,
		From: moment(p.Window.From), To: moment(p.Window.To), Signed: append([]string{}, p.Overrides...), Inputs: []Input{}, Outputs: []Output{}, Months: []SnapshotMonth{},
	}
	for _, in := range p.Inputs {
		one := Input{Path: in.Path, Kind: in.Kind, Collector: maybeText(in.Collector), Source: maybeText(in.Source), Bytes: in.Bytes, SHA256: in.SHA256}
		if in.Time != nil {
			one.Time = maybeText(moment(*in.Time))
		}
		s.Inputs = append(s.Inputs, one)
	}
	for _, out := range p.Outputs {
		s.Outputs = append(s.Outputs, Output{out.Name, out.Bytes, out.SHA256})
	}
	for _, m := range page.Months {
		s.Months = append(s.Months, SnapshotMonth{m.Month.String(), m.Snapshot, m.Profile, moment(m.Stored)})
	}
	return s, nil
}

func inputRows(s Snapshots) [][]string {
	rows := [][]string{{"snapshot", "path", "kind", "collector", "source", "time", "bytes", "sha256"}}
	for _, in := range s.Inputs {
		rows = append(rows, []string{s.ID, in.Path, in.Kind, text(in.Collector), text(in.Source), text(in.Time), number(in.Bytes), in.SHA256})
	}
	return rows
}

// Method says how figures come about.
type Method struct {
	Run           Run            `json:"run"`
	Profile       string         `json:"profile"`
	Title         string         `json:"title"`
	Effective     string         `json:"effective"`
	ReadyFrom     float64        `json:"ready_from" doc:"Percent"`
	AspiringFrom  float64        `json:"aspiring_from" doc:"Percent"`
	Formula       string         `json:"formula" doc:"From a penalty to a percentage"`
	Actions       []ActionMethod `json:"actions" nullable:"false"`
	Kinds         []KindMethod   `json:"kinds" nullable:"false"`
	MinConfidence float64        `json:"min_confidence" doc:"Below it an incident costs nobody anything"`
	MinPeers      int            `json:"min_peer_networks"`
	MinVisibility int            `json:"min_visibility"`
	MinSeconds    float64        `json:"min_duration_seconds"`
	Settings      []Setting      `json:"settings" nullable:"false"`
}

// ActionMethod is what makes up an Action.
type ActionMethod struct {
	Action  string   `json:"action"`
	Title   string   `json:"title"`
	Combine string   `json:"combine"`
	Metrics []string `json:"metrics" nullable:"false"`
}

// KindMethod is where a kind of incident counts.
type KindMethod struct {
	Kind       string `json:"kind"`
	Announcer  string `json:"announcer"`
	Accomplice string `json:"accomplice"`
}

// Setting is a value and where it comes from.
type Setting struct {
	Path   string `json:"path"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

func (a *API) method(ctx context.Context, _ *struct{ Form }) (m Method, err error) {
	page, err := ask[*service.MethodPage](ctx, a, service.MethodQuestion{})
	if err != nil {
		return m, err
	}
	m = Method{
		Run: runOf(page.Run), Profile: page.Profile, Title: page.Title, Effective: page.Effective, ReadyFrom: page.ReadyFrom, AspiringFrom: page.AspiringFrom,
		Formula: page.Formula, Actions: []ActionMethod{}, Kinds: []KindMethod{}, MinConfidence: page.MinConfidence, MinPeers: page.MinPeerASNs,
		MinVisibility: page.MinVisibility, MinSeconds: page.MinDuration.Seconds(), Settings: []Setting{},
	}
	for _, x := range page.Actions {
		one := ActionMethod{x.Action.String(), x.Title, x.Combine, []string{}}
		for _, metric := range x.Metrics {
			one.Metrics = append(one.Metrics, metric.String())
		}
		m.Actions = append(m.Actions, one)
	}
	for _, k := range page.Kinds {
		m.Kinds = append(m.Kinds, KindMethod{string(k.Kind), k.Announcer, k.Accomplice})
	}
	for _, s := range page.Sources {
		m.Settings = append(m.Settings, Setting{s.Path, s.Value, s.Source})
	}
	return m, nil
}

// Disputes counts what became of disputes.
type Disputes struct {
	Run    Run       `json:"run"`
	List   []Dispute `json:"disputes" nullable:"false" doc:"Kinds that were disputed or taken back"`
	Reason *string   `json:"reason" doc:"Why there are no figures; null where there are"`
}

// Dispute counts those about one kind of incident.
type Dispute struct {
	Kind      string `json:"kind"`
	Disputed  int    `json:"disputed"`
	Undecided int    `json:"undecided"`
	Upheld    int    `json:"upheld"`
	Rejected  int    `json:"rejected"`
	Retracted int    `json:"retracted"`
	Withdrawn int    `json:"withdrawn" doc:"Taken back by the watch itself"`
}

func (a *API) disputes(ctx context.Context, _ *struct{ Form }) (d Disputes, err error) {
	page, err := ask[*service.MethodPage](ctx, a, service.MethodQuestion{})
	if err != nil {
		return d, err
	}
	d = Disputes{Run: runOf(page.Run), List: []Dispute{}}
	if page.Disputes == nil {
		d.Reason = maybeText("this watch keeps no record of disputes")
	}
	for _, t := range page.Disputes {
		d.List = append(d.List, Dispute{string(t.Kind), t.Disputed, t.Undecided, t.Upheld, t.Rejected, t.Retracted, t.Withdrawn})
	}
	return d, nil
}

func disputeRows(d Disputes) [][]string {
	rows := [][]string{{"kind", "disputed", "undecided", "upheld", "rejected", "retracted", "withdrawn"}}
	for _, t := range d.List {
		rows = append(rows, []string{t.Kind, count(t.Disputed), count(t.Undecided), count(t.Upheld), count(t.Rejected), count(t.Retracted), count(t.Withdrawn)})
	}
	return rows
}

// Hits is what a search finds.
type Hits struct {
	Run   Run    `json:"run"`
	Query string `json:"query"`
	Total int    `json:"total"`
	List  []Hit  `json:"hits" nullable:"false" doc:"At most 50, the best first"`
}

// Hit is something found: a network, a neighbourhood, an incident or a prefix.
type Hit struct {
	What  string `json:"what" enum:"network,neighbourhood,incident,prefix"`
	Name  string `json:"name" doc:"As the endpoints of its kind take it"`
	Title string `json:"title"`
}

func (a *API) search(ctx context.Context, in *struct {
	Query string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"An AS number, a prefix, a name, a country, the beginning of an incident's id."`
	Form
},
) (h Hits, err error) {
	page, err := ask[*service.SearchPage](ctx, a, service.SearchQuestion{Query: in.Query})
	if err != nil {
		return h, err
	}
	h = Hits{Run: runOf(page.Run), Query: strings.ToValidUTF8(in.Query, "\uFFFD"), Total: page.Total, List: []Hit{}}
	if page.Prefix != "" {
		h.Total++
		h.List = append(h.List, Hit{"prefix", page.Prefix, page.Prefix})
	}
	for _, x := range page.Hits {
		one := Hit{Title: x.Title}
		switch {
		case x.Incident != "":
			one.What, one.Name = "incident", x.Incident
		case x.Neighbourhood != "":
			one.What, one.Name = "neighbourhood", x.Neighbourhood
		default:
			one.What, one.Name = "network", "AS"+x.ASN.String()
		}
		h.List = append(h.List, one)
	}
	return h, nil
}

func hitRows(h Hits) [][]string {
	rows := [][]string{{"what", "name", "title"}}
	for _, x := range h.List {
		rows = append(rows, []string{x.What, x.Name, x.Title})
	}
	return rows
}
