package service

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// networksPerBatch is how many networks are looked at in one reading of the run's files: it bounds the memory.
const networksPerBatch = 8192

// ASNs gives every network that has a page, ascending: those that the run scored, and those with a part in an incident.
func (p *Pages) ASNs() ([]values.ASN, error) {
	list := []values.ASN{}
	for asn := range p.of {
		list = append(list, asn)
	}
	head, last := []byte(`{"asn":`), values.ASN(0)
	err := p.run.lines(scoresFile, func(line []byte) error {
		number, _, _ := bytes.Cut(bytes.TrimPrefix(line, head), []byte(","))
		n, err := strconv.ParseUint(string(number), 10, 32)
		if asn := values.ASN(n); err == nil && asn != last {
			list, last = append(list, asn), asn
		}
		return err
	})
	slices.Sort(list)
	return slices.Compact(list), err
}

// Networks gives the page of each of the networks, which ascend, and what they come to together.
func (p *Pages) Networks(asns []values.ASN, yield func(*NetworkPage) error) (*Survey, error) {
	s, err := p.newSurvey(asns)
	if err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(asns, networksPerBatch) {
		m, beside, err := p.read(batch)
		if err != nil {
			return nil, err
		}
		for _, asn := range batch {
			own := *m
			own.incidents, own.explained = p.incidentsOf(asn), beside.explained[asn]
			page, err := p.network(asn, &own)
			if err != nil {
				return nil, err
			}
			page.Compared = beside.compared[asn]
			s.add(page)
			if err := yield(page); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// beside is what the run says of networks beside the material, by network.
type beside struct {
	explained map[values.ASN][]explainedRow
	compared  map[values.ASN]*norms.Comparison
}

// read gathers what the run says of a batch of networks, its incidents aside.
func (p *Pages) read(batch []values.ASN) (*material, *beside, error) {
	in := make(map[values.ASN]bool, len(batch))
	for _, asn := range batch {
		in[asn] = true
	}
	m := &material{
		at: p.run.Snapshot.Window.To, scores: make(map[values.ASN][]norms.Score), routes: make(map[values.ASN][]announcementRow),
		networks: make(map[values.ASN]networkRow), lists: make(map[values.ASN][]string),
	}
	b := &beside{make(map[values.ASN][]explainedRow), make(map[values.ASN]*norms.Comparison)}
	for _, step := range []func() error{
		func() error { return p.run.readScores(in, m) },
		func() error {
			return eachOf(p.run, "announcements.parquet", func(row announcementRow) {
				if asn := values.ASN(row.Origin); in[asn] {
					m.routes[asn] = append(m.routes[asn], row)
				}
			})
		},
		func() error {
			return eachOf(p.run, "explained.parquet", func(row explainedRow) {
				asn, victim := values.ASN(row.ASN), values.ASN(row.Victim)
				if in[asn] {
					b.explained[asn] = append(b.explained[asn], row)
				}
				if in[victim] && victim != asn {
					b.explained[victim] = append(b.explained[victim], row)
				}
			})
		},
		func() error { return p.run.readWho(in, m) },
		func() error { return p.readComparisons(in, b) },
	} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	return m, b, nil
}

// readComparisons keeps those of the last month.
func (p *Pages) readComparisons(in map[values.ASN]bool, b *beside) error {
	month := lastMonth(p.run.Snapshot.Window.To)
	return p.run.linesOf(comparisonFile, in, func(line []byte) error {
		var one norms.Comparison
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		if in[one.ASN] && one.Month == month {
			b.compared[one.ASN] = &one
		}
		return nil
	})
}

func (p *Pages) incidentsOf(asn values.ASN) []watch.Incident {
	list := make([]watch.Incident, 0, len(p.of[asn]))
	for _, n := range p.of[asn] {
		i := p.incidents[n]
		ownFirst(&i, asn)
		list = append(list, i)
	}
	return list
}

// network makes the page of a network from what is known of it alone.
func (p *Pages) network(asn values.ASN, m *material) (*NetworkPage, error) {
	page, c, err := p.outline(asn, m)
	if err != nil {
		return nil, err
	}
	return page, p.hold(page, c)
}

// outlined is network for a line of a list: without the programme, which takes long and which no line needs.
func (p *Pages) outlined(asn values.ASN, m *material) (*NetworkPage, error) {
	page, _, err := p.outline(asn, m)
	return page, err
}

// outline makes the page of a network without the programme.
func (p *Pages) outline(asn values.ASN, m *material) (*NetworkPage, *NetworkCheck, error) {
	c, err := p.run.check(asn, m, p.parties)
	if err != nil {
		return nil, nil, err
	}
	page := &NetworkPage{
		Run: p.head, Network: c.Who, Lookups: []Lookup{}, Earlier: []PageMonth{}, Suffered: c.Alarms[:min(len(c.Alarms), maxPageAlarms)],
		Incidents: []NetworkIncident{}, IncidentsTotal: len(c.Incidents), Findings: len(c.Findings), ToMend: programme.ToMend(c.Findings), Steps: []PageStep{},
		Missing: c.Missing, Routes: []PageRoute{}, Explained: c.Explained, Notes: c.Notes,
	}
	if !p.head.Synthetic {
		page.Lookups = append(page.Lookups, Lookup{asn, whoisCommand(asn, c.Who.RIR), peeringDB(asn)})
	}
	if w := m.networks[asn].Withheld; w != "" && w != withheldPerson {
		page.Network.Note = strings.ReplaceAll(w, ",", " and ") + ": known, but the source's terms do not let anybody pass it on"
	}
	for n, month := range c.Months {
		one := p.month(asn, month, m)
		if n == 0 {
			page.Month = &one
		} else {
			page.Earlier = append(page.Earlier, one)
		}
	}
	for _, i := range c.Incidents[:min(len(c.Incidents), maxPageIncidents)] {
		page.Incidents = append(page.Incidents, NetworkIncident{p.line(&i.Incident), i.Role, i.Counts, i.WhyNot})
	}
	for _, step := range c.Steps {
		page.Steps = append(page.Steps, PageStep{step, firstOfKind(c.Findings, step.Kind)})
	}
	routes := routesIn(m.routes[asn], c.latest().Month)
	page.RoutesTotal = len(routes)
	page.Routes, page.space = pageRoutes(routes), spaceOf(routes)
	return page, c, nil
}

// hold holds a network against what can be measured of its programme.
func (p *Pages) hold(page *NetworkPage, c *NetworkCheck) error {
	if err := c.Hold(p.rules, nil, nil); err != nil {
		return err
	}
	page.Programme = PageProgramme{RuleSet: p.rules.ID, Title: p.rules.Title, Rules: []PageRule{}}
	for _, rule := range c.Programme.Rules {
		switch {
		case rule.Evidence != programme.Measured:
			page.Programme.Others++
		case rule.Outcome() == programme.Unknown:
			page.Programme.Unknown++
		default:
			page.Programme.Rules = append(page.Programme.Rules, PageRule{rule.ID, rule.Title, rule.Clause, rule.Level, rule.Outcome(), rule.Why})
		}
	}
	return nil
}

func firstOfKind(all []Finding, kind FindingKind) []Finding {
	list := []Finding{}
	for _, f := range all {
		if f.Kind == kind && len(list) < maxPageFindings {
			list = append(list, f)
		}
	}
	return list
}

// pageRoutes gives the first routes, those that stand worst first.
func pageRoutes(rows []announcementRow) []PageRoute {
	rank := func(row announcementRow) int {
		switch {
		case row.Bogon != "none" && row.Bogon != noData:
			return 0
		case row.ROV == "invalid-origin" || row.ROV == "invalid-length":
			return 1
		case row.ROV == "not-found":
			return 2
		case row.IRR != "valid" && row.IRR != noData:
			return 3
		}
		return 4
	}
	slices.SortStableFunc(rows, func(a, b announcementRow) int { return cmp.Compare(rank(a), rank(b)) })
	list := []PageRoute{}
	for _, row := range rows[:min(len(rows), maxPageRoutes)] {
		list = append(list, PageRoute{
			row.Prefix, int(row.Sessions), time.UnixMicro(row.First).UTC(), time.UnixMicro(row.Last).UTC(), row.ROV, row.IRR, row.Bogon, row.Objects,
		})
	}
	return list
}

// month lays a month's scores open.
func (p *Pages) month(asn values.ASN, month MonthCheck, m *material) PageMonth {
	page := PageMonth{Month: month.Month, Actions: []PageAction{}}
	for _, a := range month.Actions {
		action := PageAction{PageScore: pageScore(a.Score, a.Arithmetic), Title: a.Title, Metrics: []PageScore{}}
		for _, k := range a.Metrics {
			s := pageScore(k.Score, k.Arithmetic)
			s.Weight = k.Weight
			for _, in := range k.Intervals {
				s.Addends = append(s.Addends, Addend{
					in.Start, in.End, in.End.Sub(in.Start), in.Weight, in.Contribution, p.step(in), p.madeOf(asn, k.Metric, in, m),
				})
			}
			action.Metrics = append(action.Metrics, s)
		}
		page.Actions = append(page.Actions, action)
	}
	return page
}

func pageScore(s norms.Score, arithmetic string) PageScore {
	return PageScore{
		Metric: s.Metric, Percent: s.Percent, Band: s.Band, AtMost: programme.AtMost(s), Raw: s.Raw, Fraction: s.Fraction,
		Why: s.NoDataReason, Arithmetic: arithmetic, Marks: s.Anachronism,
	}
}

// madeOf names the incidents that a span of a metric's penalty is made of.
func (p *Pages) madeOf(asn values.ASN, k norms.Metric, in norms.Interval, m *material) []string {
	ids := []string{}
	for _, inc := range m.incidents {
		penalties, _ := penaltiesOf(p.run.profile, inc, m.at)
		if slices.ContainsFunc(penalties, func(x norms.Penalty) bool {
			return x.ASN == asn && x.Metric == k && x.Weight == in.Weight && !x.Start.After(in.End) && !x.End.Before(in.Start)
		}) {
			ids = append(ids, inc.ID)
		}
	}
	return ids
}
