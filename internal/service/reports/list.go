package reports

import (
	"cmp"
	"time"

	"pahra/internal/desk/intake"
	"pahra/internal/desk/party"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// list is what a report is a list of, and for which days: what recovery is measured by.
type list struct {
	feed     string
	day      time.Time // as its name says; the zero time: it does not
	complete bool
	days     map[feedKey]bool
}

type feedKey struct {
	feed string
	day  int64
}

func listOf(r store.DeskReport) list {
	feed, day, complete := intake.List(r.Format, r.Name)
	return list{feed, day, complete, map[feedKey]bool{}}
}

// of gives the list that an event stands on.
func (l *list) of(e *intelmq.Event) string {
	if l.feed != "" {
		return l.feed
	}
	name := cmp.Or(e.Text("feed.code"), e.Text("feed.name"))
	return name[:min(len(name), 200)]
}

// covers notes the day of an event, new or not: the report is for that.
func (p *piece) covers(e *place) {
	if p.list.complete {
		p.list.days[feedKey{p.list.of(&e.event), dayOf(e.seen)}] = true
	}
}

// shows notes that a list showed a case.
func (p *piece) shows(e *place, id int64) {
	if p.list.complete {
		key := shownKey{id, p.list.of(&e.event)}
		p.changes.shown[key] = max(p.changes.shown[key], dayOf(e.seen))
	}
}

// seen puts into the batch what the lists showed, and at the end of a report the days that it was for. A report that names
// its day is for that, if an event does not say otherwise; one without any event is for the day that it names, or that it came.
func (p *piece) seen(state store.ReportState) {
	p.batch.Tenant = p.report.Tenant
	for key := range p.changes.also {
		for _, other := range party.Also(key.list) {
			p.batch.Also = append(p.batch.Also, store.CaseAlso{Case: key.id, Party: other})
		}
	}
	for key, day := range p.changes.shown {
		p.batch.Feeds = append(p.batch.Feeds, store.CaseFeed{Case: key.id, Source: p.report.Source, Feed: key.feed, Day: timeOf(day)})
	}
	if state != store.ReportRead || !p.list.complete {
		return
	}
	add := func(k feedKey) {
		p.batch.FeedDays = append(p.batch.FeedDays, store.FeedDay{Source: p.report.Source, Feed: k.feed, Day: timeOf(k.day)})
	}
	named := feedKey{p.list.feed, dayOf(p.list.day)}
	if p.list.day.IsZero() {
		named.day = dayOf(p.report.Day)
	}
	switch {
	case len(p.list.days) == 0 && p.bad > 0: // what it says could not be read
	case len(p.list.days) == 0:
		add(named)
		p.nothing(named)
	case !p.list.day.IsZero() && p.list.days[named]:
		add(named)
	default:
		for k := range p.list.days {
			add(k)
		}
	}
}

// nothing says of a report without any event that what it looks for was looked for.
func (p *piece) nothing(named feedKey) {
	e, known := intake.KindOf(p.d.opt.Schema, named.feed)
	if !known || p.report.Format != "shadowserver" {
		return
	}
	p.batch.Coverage = append(p.batch.Coverage, store.DeskCoverage{Tenant: p.report.Tenant, Source: p.report.Source,
		Class: p.d.opt.Classes.Of(e).String(), Identifier: e.Text("classification.identifier"), Day: timeOf(named.day)})
}
