package api

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Incident is an incident on a line.
type Incident struct {
	ID         string  `json:"id"`
	Kind       string  `json:"kind" enum:"hijack,rpki-invalid,bogon-prefix,bogon-asn,leak,path-anomaly"`
	ASN        int64   `json:"asn" doc:"The announcing network" minimum:"0" maximum:"4294967295"`
	Holder     string  `json:"holder"`
	Named      bool    `json:"named" doc:"The evidence shows that the announcing network did it; else it only announced"`
	Headline   string  `json:"headline"`
	Start      string  `json:"start" format:"date-time"`
	End        *string `json:"end" format:"date-time" doc:"Null while open"`
	Prefixes   int     `json:"prefixes"`
	Peers      int     `json:"peers" doc:"Sessions that saw it"`
	Confidence float64 `json:"confidence" minimum:"0" maximum:"1"`
}

// Incidents is a part of a list of incidents.
type Incidents struct {
	Run  Run        `json:"run"`
	List []Incident `json:"incidents" nullable:"false"`
	// Withheld is told only where that tells of no single network.
	Withheld *int    `json:"withheld" doc:"Among these, not shown to you; null where the question is about some networks alone, since the count would tell"`
	Next     *string `json:"next" doc:"Address of the next part; null on the last"`
}

// incidentsInput are the parameters of a list of incidents.
type incidentsInput struct {
	Monthly
	Since string `query:"since" maxLength:"40" doc:"Began at or after: a day or a moment (RFC 3339)." example:"2026-02-10"`
	Until string `query:"until" maxLength:"40" doc:"Began before." example:"2026-03-01"`
	Where
	Kind       string  `query:"kind" enum:"hijack,rpki-invalid,bogon-prefix,bogon-asn,leak,path-anomaly"`
	ASN        string  `query:"asn" pattern:"^([Aa][Ss])?[0-9]{1,10}$" maxLength:"12" doc:"A network with a part in it: announcing, letting pass, or suffering."`
	Prefix     string  `query:"prefix" maxLength:"60" doc:"A prefix or address: incidents with it, with one inside it or around it." example:"192.0.2.0/24"`
	Open       bool    `query:"open" doc:"Only those still open."`
	Named      bool    `query:"named" doc:"Only those in which the announcing network is named."`
	Confidence float64 `query:"confidence" minimum:"0" maximum:"1" doc:"At least."`
	Banded
	Part
	Form
}

// incidents registers what is asked of incidents.
func (a *API) incidents() {
	get(a, endpoint{
		"list-incidents", "/api/v1/incidents", "Incidents", "Incidents",
		"The latest first. country, region, neighbourhood and band are those of the announcing network. Who sees which is decided by the publication policy.",
	}, a.listIncidents, incidentRows)
	get(a, endpoint{
		"get-incident", "/api/v1/incidents/{id}", "Incidents", "One incident",
		"With the evidence, what the authorities said, the exclusions tried, the verdicts reached before and what its holder replied.",
	}, a.oneIncident, sightRows)
}

func (in *incidentsInput) query() (q service.IncidentQuery, err error) {
	q = service.IncidentQuery{Kind: watch.Kind(in.Kind), Open: in.Open, Named: in.Named, MinConfidence: in.Confidence, After: in.Cursor, Limit: in.Limit}
	q.By, q.Bands = in.bands()
	if q.Where, err = in.where(); err != nil {
		return q, err
	}
	if in.ASN != "" {
		if q.ASN, err = (OneASN{in.ASN}).asn(); err != nil {
			return q, wrongParameter("asn", in.ASN, "no AS number")
		}
	}
	if q.Prefix, err = prefixOf("prefix", in.Prefix); err != nil {
		return q, err
	}
	if q.Since, err = timeOf("since", in.Since); err != nil {
		return q, err
	}
	if q.Until, err = timeOf("until", in.Until); err != nil {
		return q, err
	}
	month, err := in.month()
	if err == nil && month != (values.Month{}) {
		if q.Since.Before(month.Start()) {
			q.Since = month.Start()
		}
		if q.Until.IsZero() || q.Until.After(month.End()) {
			q.Until = month.End()
		}
	}
	return q, err
}

func (a *API) listIncidents(ctx context.Context, in *incidentsInput) (list Incidents, err error) {
	q, err := in.query()
	if err != nil {
		return list, err
	}
	page, err := ask[*service.IncidentsPage](ctx, a, q)
	if err != nil {
		return list, err
	}
	list = Incidents{Run: runOf(page.Run), List: []Incident{}}
	for _, l := range page.List {
		list.List = append(list.List, incidentOf(l))
	}
	if !page.Untold {
		list.Withheld = &page.Withheld
	}
	v := url.Values{}
	in.Monthly.add(v)
	set(v, "since", in.Since)
	set(v, "until", in.Until)
	in.Where.add(v)
	set(v, "kind", in.Kind)
	set(v, "asn", in.ASN)
	set(v, "prefix", in.Prefix)
	for name, on := range map[string]bool{"open": in.Open, "named": in.Named} {
		if on {
			set(v, name, "true")
		}
	}
	if in.Confidence > 0 {
		set(v, "confidence", strconv.FormatFloat(in.Confidence, 'f', -1, 64))
	}
	in.Banded.add(v)
	in.Part.add(v)
	list.Next = nextPart(ctx, "/api/v1/incidents", v, page.Next)
	return list, nil
}

func incidentOf(l service.IncidentLine) Incident {
	i := Incident{
		ID: l.ID, Kind: string(l.Kind), ASN: int64(l.ASN), Holder: l.Holder, Named: l.Named, Headline: l.Headline, Start: moment(l.Start),
		Prefixes: l.Prefixes, Peers: l.Peers, Confidence: l.Confidence,
	}
	if l.End != nil {
		i.End = maybeText(moment(*l.End))
	}
	return i
}

func incidentRows(list Incidents) [][]string {
	rows := [][]string{{"id", "kind", "asn", "holder", "named", "start", "end", "prefixes", "peers", "confidence", "headline"}}
	for _, i := range list.List {
		rows = append(rows, []string{
			i.ID, i.Kind, number(i.ASN), i.Holder, strconv.FormatBool(i.Named), i.Start, text(i.End), count(i.Prefixes), count(i.Peers),
			strconv.FormatFloat(i.Confidence, 'f', 2, 64), i.Headline,
		})
	}
	return rows
}

// IncidentDetail is all that is said of an incident.
type IncidentDetail struct {
	Run         Run         `json:"run"`
	ID          string      `json:"id"`
	Kind        string      `json:"kind" enum:"hijack,rpki-invalid,bogon-prefix,bogon-asn,leak,path-anomaly"`
	ASN         int64       `json:"asn" minimum:"0" maximum:"4294967295" doc:"The announcing network"`
	Named       bool        `json:"named"`
	Attribution string      `json:"attribution" enum:"supported,single-path,possibly-forged"`
	Says        string      `json:"attribution_says"`
	Headline    string      `json:"headline"`
	Start       string      `json:"start" format:"date-time"`
	End         *string     `json:"end" format:"date-time" doc:"Null while open"`
	Confidence  float64     `json:"confidence" minimum:"0" maximum:"1"`
	Reasons     []string    `json:"reasons" nullable:"false" doc:"What the confidence and the exclusions rest on"`
	Victims     []int64     `json:"victims" nullable:"false"`
	Accomplices []Passed    `json:"accomplices" nullable:"false" doc:"Networks that took it straight from the announcing network, of those shown to you"`
	Prefixes    []string    `json:"prefixes" nullable:"false"`
	Sights      []Sight     `json:"sights" nullable:"false" doc:"When each session first had it"`
	Paths       []Path      `json:"paths" nullable:"false" doc:"From the vantage point to the origin, at most 200"`
	Objects     []Consulted `json:"consulted" nullable:"false" doc:"The inputs that spoke for each authority"`
	Commands    []Command   `json:"commands" nullable:"false" doc:"What recomputes it"`
	Versions    []Version   `json:"versions" nullable:"false" doc:"Verdicts reached, the latest first"`
	State       string      `json:"state" enum:"open,notified,confirmed,disputed,upheld,withdrawn" doc:"Where its publication stands"`
	Steps       []Step      `json:"steps" nullable:"false" doc:"Notices, replies, disputes and decisions"`
	Published   string      `json:"published_by" doc:"Why you see it"`
}

// Passed is a network that let it pass.
type Passed struct {
	ASN    int64   `json:"asn"`
	Weight float64 `json:"weight" doc:"0 where its place rests on the word of too few"`
}

// Sight is when a session first had it.
type Sight struct {
	Time      string `json:"time" format:"date-time"`
	Collector string `json:"collector"`
	ASN       int64  `json:"asn"`
	IP        string `json:"ip"`
}

// Path is an AS path by which it was seen.
type Path struct {
	Path     []int64 `json:"path" nullable:"false"`
	Sessions int     `json:"sessions"`
	Prefixes int     `json:"prefixes"`
	First    string  `json:"first" format:"date-time"`
}

// Consulted is an authority and its inputs.
type Consulted struct {
	Kind   string   `json:"kind"`
	Inputs []string `json:"inputs" nullable:"false"`
	NoData *string  `json:"no_data" doc:"Why there were none; null where there were"`
}

// Command is what somebody can type.
type Command struct {
	For  string `json:"for"`
	Line string `json:"line"`
}

// Version is a verdict.
type Version struct {
	Version    int     `json:"version"`
	Reached    string  `json:"reached" format:"date-time"`
	Kind       string  `json:"kind"`
	Confidence float64 `json:"confidence"`
	Status     string  `json:"status"`
	Digest     string  `json:"digest" doc:"SHA-256 of the verdict"`
}

// Step is something that happened since it was found.
type Step struct {
	At     string `json:"at" format:"date-time"`
	Action string `json:"action"`
	By     string `json:"by"`
	Reason string `json:"reason"`
	To     string `json:"to"`
}

func (a *API) oneIncident(ctx context.Context, in *struct {
	ID string `path:"id" pattern:"^[0-9a-f]+$" maxLength:"100" doc:"The incident's id, whole."`
	Form
},
) (d IncidentDetail, err error) {
	page, err := ask[*service.IncidentPage](ctx, a, service.IncidentQuestion{ID: in.ID})
	if err != nil {
		return d, err
	}
	i, more := &page.Incident, page.More
	d = IncidentDetail{
		Run: runOf(page.Run), ID: i.ID, Kind: string(i.Kind), ASN: int64(i.ASN), Named: page.Named, Attribution: string(i.Attribution),
		Says: page.Attribution, Headline: page.Headline, Start: moment(i.Start), Confidence: i.Confidence, Reasons: append([]string{}, i.Reasons...),
		Victims: numbers(i.Evidence.Victims), Accomplices: []Passed{}, Prefixes: []string{}, Sights: []Sight{}, Paths: []Path{}, Objects: []Consulted{},
		Commands: []Command{}, Versions: []Version{}, Steps: []Step{}, State: string(more.Record.Standing()), Published: more.Why.Says,
	}
	if i.End != nil {
		d.End = maybeText(moment(*i.End))
	}
	for _, x := range i.Accomplices {
		d.Accomplices = append(d.Accomplices, Passed{int64(x.ASN), x.Weight})
	}
	for _, p := range i.Prefixes {
		d.Prefixes = append(d.Prefixes, netip.Prefix.String(p))
	}
	d.evidence(page)
	for _, v := range more.Versions {
		d.Versions = append(d.Versions, Version{v.Version, moment(v.Reached), string(v.Kind), v.Confidence, string(v.Status), v.Digest})
	}
	for _, s := range more.Record.Steps {
		d.Steps = append(d.Steps, Step{moment(s.At), string(s.Action), string(s.By), s.Reason, string(s.To)})
	}
	return d, nil
}

// evidence adds what it was seen by and held against.
func (d *IncidentDetail) evidence(page *service.IncidentPage) {
	for _, s := range page.Sights {
		d.Sights = append(d.Sights, Sight{moment(s.Time), s.Collector, int64(s.ASN), s.IP})
	}
	for _, p := range page.Paths {
		d.Paths = append(d.Paths, Path{numbers(p.Path), p.Sessions, p.Prefixes, moment(p.First)})
	}
	for _, c := range page.Consulted {
		d.Objects = append(d.Objects, Consulted{c.Kind, append([]string{}, c.Inputs...), maybeText(c.NoData)})
	}
	for _, c := range page.Commands {
		d.Commands = append(d.Commands, Command{c.For, c.Line})
	}
}

func numbers(list []values.ASN) []int64 {
	out := []int64{}
	for _, n := range list {
		out = append(out, int64(n))
	}
	return out
}

func sightRows(d IncidentDetail) [][]string {
	rows := [][]string{{"incident", "kind", "asn", "prefixes", "time", "collector", "peer_asn", "peer_ip"}}
	for _, s := range d.Sights {
		rows = append(rows, []string{d.ID, d.Kind, number(d.ASN), strings.Join(d.Prefixes, " "), s.Time, s.Collector, number(s.ASN), s.IP})
	}
	return rows
}
