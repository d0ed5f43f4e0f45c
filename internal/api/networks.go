package api

import (
	"context"
	"net/url"
	"strconv"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/service"
)

// Network is a network on a line.
type Network struct {
	ASN     int64  `json:"asn" minimum:"0" maximum:"4294967295"`
	Holder  string `json:"holder" doc:"As registered; empty where not known, or where its source forbids passing it on"`
	Country string `json:"country" doc:"ISO 3166 code; empty where not known"`
	Actions []Band `json:"actions" nullable:"false" doc:"How it stands in each Action in the last month that is scored; empty where it was not scored"`
	// Counts are null where the viewer may not see them.
	Incidents *int     `json:"incidents" doc:"That it announced; null where not shown to you"`
	Findings  *int     `json:"findings" doc:"Norms not met; null where not shown to you"`
	ToMend    int      `json:"to_mend" doc:"Findings that ask for mending, of those that you may see"`
	Points    *float64 `json:"points" doc:"Percentage points that mending would bring the Action that rises most; null where none would"`
}

// Band is how a network stands in an Action.
type Band struct {
	Action   string   `json:"action" enum:"A1,A2,A3,A4"`
	Percent  *float64 `json:"percent" minimum:"0" maximum:"100" doc:"Null: no data, or not shown"`
	Band     string   `json:"band" enum:"ready,aspiring,lagging,no data"`
	AtMost   bool     `json:"at_most" doc:"Part of the input is missing; the true score can only be lower"`
	Withheld bool     `json:"withheld" doc:"Not shown to you"`
}

// Networks is a part of a list of networks.
type Networks struct {
	Run   Run       `json:"run"`
	Month string    `json:"month" doc:"The month of the scores"`
	List  []Network `json:"networks" nullable:"false"`
	Next  *string   `json:"next" doc:"Address of the next part; null on the last"`
}

// networksInput are the parameters of a list of networks.
type networksInput struct {
	Where
	ASNs
	Banded
	Part
	Form
}

func networkOf(l service.NetworkLine) Network {
	n := Network{ASN: int64(l.ASN), Holder: l.Holder, Country: l.Country, Actions: []Band{}, ToMend: l.ToMend}
	for _, s := range l.Scores {
		n.Actions = append(n.Actions, Band{s.Action.String(), s.Percent, string(s.Band), s.AtMost, s.Withheld})
	}
	if !l.Withheld {
		n.Incidents, n.Findings = &l.Announced, &l.Findings
	}
	if l.Points > 0 {
		n.Points = &l.Points
	}
	return n
}

// networks registers what is asked of networks.
func (a *API) networks() {
	get(a, endpoint{
		"list-networks", "/api/v1/networks", "Networks", "Networks",
		"Every network that is seen, by AS number, with how it stands in the last month that is scored. A part may be shorter than its limit, and even empty, where few fit a band; the list ends where next is null.",
	}, a.listNetworks, networkRows)
	get(a, endpoint{
		"get-network", "/api/v1/networks/{asn}", "Networks", "One network",
		"Who it is, its relations, its announced routes with what the authorities say of them, and how it stands by the rules of the programme that can be measured (its conformance).",
	}, a.oneNetwork, nil)
	get(a, endpoint{
		"get-findings", "/api/v1/networks/{asn}/findings", "Networks", "What a network has to mend",
		"Each norm that is not met with its evidence and what mends it, and what mending would gain. Findings about measures that are not public are for the holder and for analysts.",
	}, a.findings, findingRows)
	get(a, endpoint{
		"get-history", "/api/v1/networks/{asn}/history", "Networks", "A network's measures in every month", "The earliest month first.",
	}, a.history, func(h Scores) [][]string { return scoreRows(h) })
}

func (a *API) listNetworks(ctx context.Context, in *networksInput) (list Networks, err error) {
	q, err := selection(in.Where, in.ASNs, in.Banded, in.Part)
	if err != nil {
		return list, err
	}
	page, err := ask[*service.LinesPage](ctx, a, service.LinesQuestion{NetworkSelection: q})
	if err != nil {
		return list, err
	}
	list = Networks{Run: runOf(page.Run), Month: page.Month.String(), List: []Network{}}
	for _, l := range page.List {
		list.List = append(list.List, networkOf(l))
	}
	v := url.Values{}
	in.Where.add(v)
	in.ASNs.add(v)
	in.Banded.add(v)
	in.Part.add(v)
	list.Next = nextPart(ctx, "/api/v1/networks", v, asnCursor(page.Next))
	return list, nil
}

func networkRows(list Networks) [][]string {
	head := []string{"asn", "holder", "country", "month"}
	for _, action := range norms.Actions() {
		head = append(head, action.String()+"_percent", action.String()+"_band")
	}
	rows := [][]string{append(head, "incidents", "findings", "to_mend", "points")}
	for _, n := range list.List {
		row := []string{number(n.ASN), n.Holder, n.Country, list.Month}
		for _, action := range norms.Actions() {
			percent, band := "", string(norms.NoBand)
			for _, s := range n.Actions {
				if s.Action == action.String() {
					percent, band = figure(s.Percent), s.Band
				}
			}
			row = append(row, percent, band)
		}
		rows = append(rows, append(row, whole(n.Incidents), whole(n.Findings), count(n.ToMend), figure(n.Points)))
	}
	return rows
}

func whole(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// NetworkDetail is all that is said of a network but its measures and findings.
type NetworkDetail struct {
	Run            Run        `json:"run"`
	ASN            int64      `json:"asn" minimum:"0" maximum:"4294967295"`
	Holder         string     `json:"holder"`
	ASName         string     `json:"as_name"`
	Organisation   string     `json:"organisation"`
	Country        string     `json:"country"`
	RIR            string     `json:"rir"`
	Neighbourhoods []string   `json:"neighbourhoods" nullable:"false"`
	Contacts       []Contact  `json:"contacts" nullable:"false" doc:"Roles that are registered; who fills them is in the registry"`
	Upstreams      []Relation `json:"upstreams" nullable:"false" doc:"At most 25; inferred from AS paths"`
	Peers          []Relation `json:"peers" nullable:"false"`
	Customers      []Relation `json:"customers" nullable:"false"`
	Routes         []Route    `json:"routes" nullable:"false" doc:"Announced in the last month, those to mend first, at most 50"`
	RoutesTotal    int        `json:"routes_total"`
	Conformance    Programme  `json:"conformance"`
	Notes          []string   `json:"notes" nullable:"false"`
}

// Contact is a role with a contact.
type Contact struct {
	Role    string `json:"role"`
	Source  string `json:"source"`
	Updated string `json:"updated" doc:"The day of the last change according to the source, such as 2026-02-09; empty where it does not say"`
}

// Relation is a network that another is connected to.
type Relation struct {
	ASN        int64   `json:"asn"`
	Holder     string  `json:"holder"`
	Country    string  `json:"country"`
	Confidence float64 `json:"confidence" minimum:"0" maximum:"1"`
}

// Route is an announced route.
type Route struct {
	Prefix   string `json:"prefix"`
	Sessions int    `json:"sessions" doc:"The most that had it at once"`
	First    string `json:"first" format:"date-time"`
	Last     string `json:"last" format:"date-time"`
	RPKI     string `json:"rpki"`
	IRR      string `json:"irr"`
	Bogon    string `json:"bogon"`
}

// Programme is how a network stands by a programme.
type Programme struct {
	RuleSet string `json:"rule_set"`
	Title   string `json:"title"`
	Rules   []Rule `json:"rules" nullable:"false" doc:"Those that are measured and have an outcome"`
	NoData  int    `json:"no_data" doc:"Rules without data"`
	Others  int    `json:"others" doc:"Rules that what a network declares or proves decides"`
}

// Rule is a rule and how the network stands by it.
type Rule struct {
	ID      string            `json:"id"`
	Title   string            `json:"title"`
	Clause  string            `json:"clause"`
	Level   string            `json:"level"`
	Outcome programme.Outcome `json:"outcome"`
	Why     string            `json:"why"`
}

func (a *API) oneNetwork(ctx context.Context, in *struct {
	OneASN
	Form
},
) (d NetworkDetail, err error) {
	asn, err := in.asn()
	if err != nil {
		return d, err
	}
	page, err := ask[*service.NetworkPage](ctx, a, service.NetworkQuestion{ASN: asn})
	if err != nil {
		return d, err
	}
	who := page.Network
	d = NetworkDetail{
		Run: runOf(page.Run), ASN: int64(asn), Holder: who.Holder, ASName: who.ASName, Organisation: who.Organisation, Country: who.Country, RIR: who.RIR,
		Neighbourhoods: append([]string{}, who.Neighbourhoods...), Contacts: []Contact{}, Routes: []Route{}, RoutesTotal: page.RoutesTotal,
		Upstreams: relationsOf(page.More.Upstreams), Peers: relationsOf(page.More.Peers), Customers: relationsOf(page.More.Customers),
		Conformance: Programme{page.Programme.RuleSet, page.Programme.Title, []Rule{}, page.Programme.Unknown, page.Programme.Others},
		Notes:       append([]string{}, page.Notes...),
	}
	for _, c := range who.Contacts {
		d.Contacts = append(d.Contacts, Contact{c.Role, c.Source, c.Updated})
	}
	for _, r := range page.Routes {
		d.Routes = append(d.Routes, Route{r.Prefix, r.Sessions, moment(r.First), moment(r.Last), r.RPKI, r.IRR, r.Bogon})
	}
	for _, r := range page.Programme.Rules {
		d.Conformance.Rules = append(d.Conformance.Rules, Rule{r.ID, r.Title, r.Clause, string(r.Level), r.Outcome, r.Why})
	}
	return d, nil
}

func relationsOf(list []service.Neighbour) []Relation {
	out := []Relation{}
	for _, n := range list {
		out = append(out, Relation{int64(n.ASN), n.Holder, n.Country, n.Confidence})
	}
	return out
}
