package api

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/service"
)

// Scores is a part of a list of measures by network and month.
type Scores struct {
	Run  Run            `json:"run"`
	List []NetworkMonth `json:"scores" nullable:"false"`
	Next *string        `json:"next" doc:"Address of the next part; null on the last"`
}

// NetworkMonth are a network's measures of a month.
type NetworkMonth struct {
	ASN      int64     `json:"asn" minimum:"0" maximum:"4294967295"`
	Holder   string    `json:"holder"`
	Country  string    `json:"country"`
	Month    string    `json:"month"`
	Profile  *string   `json:"profile" doc:"Id of the profile that scored; null where nothing was"`
	Measures []Measure `json:"measures" nullable:"false"`
}

// Measure is one of them.
type Measure struct {
	Metric   string   `json:"metric" enum:"M1,M1C,M2,M2C,M3,M3C,M4,M4C,M5,M5C,M6,M7IRR,M7RPKI,M7RPKIN,M8,M9,A1,A2,A3,A4"`
	Percent  *float64 `json:"percent" minimum:"0" maximum:"100" doc:"The score; null: no data, for the reason beside it"`
	Band     string   `json:"band" enum:"ready,aspiring,lagging,no data"`
	AtMost   bool     `json:"at_most" doc:"Part of the input is missing; the true score can only be lower"`
	Raw      *float64 `json:"raw" doc:"The penalty, of measures made of penalties"`
	Fraction *float64 `json:"fraction" doc:"The share, of measures that are shares"`
	Reason   *string  `json:"reason" doc:"Why there is no percentage, or which part of its input is missing"`
	Withheld bool     `json:"withheld" doc:"Not shown to you"`
}

// scoresInput are the parameters of a list of measures.
type scoresInput struct {
	Monthly
	Where
	ASNs
	Metric string `query:"metric" pattern:"^[AM][0-9][A-Z]*(,[AM][0-9][A-Z]*)*$" maxLength:"200" doc:"Measures to give, separated by commas, such as A1,A4,M7RPKI; all unless given." example:"A1,A4"`
	Banded
	Part
	Form
}

// scores registers what is asked of measures.
func (a *API) scores() {
	get(a, endpoint{
		"list-scores", "/api/v1/scores", "Networks", "Measures by network and month",
		"Every measure of each network in a month. A measure without data has a reason; it is never 0 for that. A part may be shorter than its limit where few fit a band.",
	}, a.listScores, scoreRows)
	get(a, endpoint{
		"get-summary", "/api/v1/scores/summary", "Neighbourhoods", "How neighbourhoods stand",
		"How many networks are in which band in each Action, and their mean, in one month: for each neighbourhood, country and region asked for, or for all networks. Regions are sums over their countries that are shown.",
	}, a.summary, summaryRows)
}

func (a *API) listScores(ctx context.Context, in *scoresInput) (list Scores, err error) {
	sel, err := selection(in.Where, in.ASNs, in.Banded, in.Part)
	if err != nil {
		return list, err
	}
	q := service.ScoresQuestion{NetworkSelection: sel}
	if q.Month, err = in.month(); err != nil {
		return list, err
	}
	for _, w := range words(in.Metric) {
		m, err := norms.ParseMetric(w)
		if err != nil {
			return list, wrongParameter("metric", w, "no measure")
		}
		q.Metrics = append(q.Metrics, m)
	}
	page, err := ask[*service.ScoresPage](ctx, a, q)
	if err != nil {
		return list, err
	}
	list = scoresOf(page)
	v := url.Values{}
	in.Monthly.add(v)
	in.Where.add(v)
	in.ASNs.add(v)
	set(v, "metric", in.Metric)
	in.Banded.add(v)
	in.Part.add(v)
	list.Next = nextPart(ctx, "/api/v1/scores", v, asnCursor(page.Next))
	return list, nil
}

func (a *API) history(ctx context.Context, in *struct {
	OneASN
	Form
},
) (list Scores, err error) {
	asn, err := in.asn()
	if err != nil {
		return list, err
	}
	if _, err := ask[*service.NetworkPage](ctx, a, service.NetworkQuestion{ASN: asn}); err != nil {
		return list, err // there is no such network
	}
	q := service.ScoresQuestion{Every: true}
	q.ASNs = append(q.ASNs, asn)
	page, err := ask[*service.ScoresPage](ctx, a, q)
	if err != nil {
		return list, err
	}
	return scoresOf(page), nil
}

func scoresOf(page *service.ScoresPage) Scores {
	list := Scores{Run: runOf(page.Run), List: []NetworkMonth{}}
	for _, n := range page.List {
		m := NetworkMonth{int64(n.ASN), n.Holder, n.Country, n.Month.String(), maybeText(n.Profile), []Measure{}}
		for _, s := range n.Scores {
			m.Measures = append(m.Measures, Measure{
				s.Metric.String(), s.Percent, string(s.Band), s.AtMost, s.Raw, s.Fraction, maybeText(s.Reason), s.Withheld,
			})
		}
		list.List = append(list.List, m)
	}
	return list
}

// maybeText gives null for an empty text.
func maybeText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func scoreRows(list Scores) [][]string {
	rows := [][]string{{"asn", "holder", "country", "month", "metric", "percent", "band", "at_most", "raw", "fraction", "reason", "withheld"}}
	for _, n := range list.List {
		for _, m := range n.Measures {
			rows = append(rows, []string{
				number(n.ASN), n.Holder, n.Country, n.Month, m.Metric, figure(m.Percent), m.Band, strconv.FormatBool(m.AtMost),
				figure(m.Raw), figure(m.Fraction), text(m.Reason), strconv.FormatBool(m.Withheld),
			})
		}
	}
	return rows
}

// Findings is what a network has to mend.
type Findings struct {
	Run     Run        `json:"run"`
	ASN     int64      `json:"asn" minimum:"0" maximum:"4294967295"`
	Month   string     `json:"month"`
	List    []Finding  `json:"findings" nullable:"false"`
	Steps   []MendStep `json:"steps" nullable:"false" doc:"What mends them, the largest win first"`
	Missing []Missing  `json:"missing" nullable:"false" doc:"Measures without data, and what would give them some"`
}

// Finding is a norm that is not met.
type Finding struct {
	Kind      string   `json:"kind"`
	Subject   string   `json:"subject"`
	Metric    *string  `json:"metric" doc:"The measure that it counts in; null for none"`
	Action    *string  `json:"action"`
	Says      string   `json:"says"`
	Evidence  []string `json:"evidence" nullable:"false"`
	Mend      string   `json:"mend"`
	AgesOut   string   `json:"ages_out" doc:"When it leaves the score"`
	AgesOutAt *string  `json:"ages_out_at" format:"date-time"`
	Incident  *string  `json:"incident" doc:"The incident's id; null for findings about registration"`
}

// MendStep is what mends findings of one kind, and what that gains. The scores are null where none would rise.
type MendStep struct {
	Kind     string   `json:"kind"`
	Step     string   `json:"step"`
	Findings int      `json:"findings"`
	Metric   *string  `json:"metric"`
	From     *float64 `json:"from"`
	To       *float64 `json:"to"`
	Points   *float64 `json:"points" doc:"Percentage points that the Action rises; null where none does, or it has no data"`
	When     *string  `json:"when"`
}

// Missing is a measure without data.
type Missing struct {
	Metric string `json:"metric"`
	Why    string `json:"why"`
	Supply string `json:"supply"`
}

func (a *API) findings(ctx context.Context, in *struct {
	OneASN
	Form
},
) (f Findings, err error) {
	asn, err := in.asn()
	if err != nil {
		return f, err
	}
	page, err := ask[*service.FindingsPage](ctx, a, service.FindingsQuestion{ASN: asn})
	if err != nil {
		return f, err
	}
	f = Findings{Run: runOf(page.Run), ASN: int64(asn), Month: page.Month.String(), List: []Finding{}, Steps: []MendStep{}, Missing: []Missing{}}
	for _, x := range page.Findings {
		one := Finding{
			Kind: string(x.Kind), Subject: x.Subject, Metric: metricName(x.Metric), Action: metricName(x.Action), Says: x.Says,
			Evidence: append([]string{}, x.Evidence...), Mend: x.Mend, AgesOut: x.AgesOut, Incident: maybeText(x.Incident),
		}
		if x.AgesOutAt != nil {
			one.AgesOutAt = maybeText(moment(*x.AgesOutAt))
		}
		f.List = append(f.List, one)
	}
	for _, s := range page.Steps {
		step := MendStep{Kind: string(s.Kind), Step: s.Step, Findings: s.Findings}
		if r := s.Raise; r != nil {
			step.Metric, step.From, step.To, step.When = metricName(&r.Metric), &r.From, &r.To, maybeText(r.When)
			if r.ActionFrom != nil && r.ActionTo != nil {
				points := r.Points()
				step.Points = &points
			}
		}
		f.Steps = append(f.Steps, step)
	}
	for _, m := range page.Missing {
		f.Missing = append(f.Missing, Missing{m.Metric.String(), m.Why, m.Supply})
	}
	return f, nil
}

func metricName(m *norms.Metric) *string {
	if m == nil {
		return nil
	}
	return maybeText(m.String())
}

func findingRows(f Findings) [][]string {
	rows := [][]string{{"asn", "kind", "subject", "metric", "action", "says", "mend", "ages_out", "ages_out_at", "incident", "evidence"}}
	for _, x := range f.List {
		rows = append(rows, []string{
			number(f.ASN), x.Kind, x.Subject, text(x.Metric), text(x.Action), x.Says, x.Mend, x.AgesOut, text(x.AgesOutAt), text(x.Incident),
			strings.Join(x.Evidence, "; "),
		})
	}
	return rows
}
