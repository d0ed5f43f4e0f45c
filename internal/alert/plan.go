package alert

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Item is an alert that waits to be told to a subscription.
type Item struct {
	Alert
	Roles  []Role    `json:"roles"`
	Queued time.Time `json:"queued"` // by the clock of the service
}

// Planned is a message that is due: what it tells, and how much it only counts.
type Planned struct {
	// Items are all that the message takes from what was waiting, by id. Each is told in full, as an earlier stand of a
	// later item, or in the counts.
	Items []string
	// Tell are told in full, the most urgent first; of each matter only where it stands now.
	Tell []Item
	// Omitted counts the matters beyond MaxTold by kind; Earlier counts stands of a matter that another one overtook.
	Omitted map[Kind]int
	Earlier int
	// Digest says that it is one, Combined that the limit made one message of several.
	Digest   bool
	Combined bool
}

// MaxTold is how many alerts a message tells in full.
const MaxTold = 20

// Plan says which messages are due now for a subscription, of what waits and of when messages were sent in the last
// hour, and when to look again (zero for not before something comes). In any sixty minutes it never gives more than the
// subscription's limit; what has to wait for that goes into one message as soon as there is room. A quarter of the
// limit is kept for critical alerts.
func (s *Subscription) Plan(waiting []Item, sent []time.Time, now time.Time) (due []Planned, next time.Time) {
	var ready []group
	for _, g := range s.groups(waiting) {
		if at := s.dueAt(g, now); at.After(now) {
			next = earlier(next, at)
		} else {
			ready = append(ready, g)
		}
	}
	if len(ready) == 0 {
		return nil, next
	}
	slices.SortStableFunc(ready, func(a, b group) int {
		return cmp.Or(b.severity().Rank()-a.severity().Rank(), a.first().Compare(b.first()), compareText(a.key, b.key))
	})
	critical := slices.IndexFunc(ready, func(g group) bool { return g.severity() != Critical })
	if critical < 0 {
		critical = len(ready)
	}
	room, opens := s.room(sent, now, s.perHour())
	lesser, opensLesser := s.room(sent, now, s.perHour()-s.perHour()/4)
	urgent := s.compose(ready[:critical], room)
	left := min(room-len(urgent), lesser-len(urgent))
	rest := s.compose(ready[critical:], left)
	if critical > 0 && len(urgent) == 0 {
		next = earlier(next, opens)
	}
	if critical < len(ready) && len(rest) == 0 {
		if len(urgent) > 0 { // the messages of this moment take the room of those to come
			opensLesser = later(opensLesser, now.Add(time.Minute))
		}
		next = earlier(next, later(opensLesser, now.Add(time.Second)))
	}
	return append(urgent, rest...), next
}

// room says how many messages may go now by a limit, and when there is room again.
func (s *Subscription) room(sent []time.Time, now time.Time, limit int) (n int, opens time.Time) {
	var recent []time.Time
	for _, t := range sent {
		if t.After(now.Add(-time.Hour)) {
			recent = append(recent, t)
		}
	}
	slices.SortFunc(recent, time.Time.Compare)
	n = limit - len(recent)
	if n <= 0 && limit > 0 {
		opens = recent[len(recent)-limit].Add(time.Hour)
	}
	return max(0, n), opens
}

// compose makes at most room messages of groups: one each, or where there are more groups than room, the last of all the
// rest together.
func (s *Subscription) compose(groups []group, room int) (list []Planned) {
	if room <= 0 || len(groups) == 0 {
		return nil
	}
	for i, g := range groups {
		if i == room-1 && i < len(groups)-1 {
			all := group{}
			for _, g := range groups[i:] {
				all.items = append(all.items, g.items...)
			}
			p := planned(all)
			p.Combined, p.Digest = true, s.Digest != NoDigest
			return append(list, p)
		}
		p := planned(g)
		p.Digest = s.Digest != NoDigest
		list = append(list, p)
	}
	return list
}

// group is what goes into one message.
type group struct {
	key   string
	items []Item
}

// groups puts together what belongs to one burst: incidents of one announcing network, checks of one network, sources,
// deadlines of cases.
// A digest is one group.
func (s *Subscription) groups(waiting []Item) (list []group) {
	at := map[string]int{}
	for _, it := range waiting {
		key := "digest"
		if s.Digest == NoDigest {
			switch {
			case it.Incident != "":
				key = "incidents of " + it.Network.String()
			case it.Kind.ofSources():
				key = "sources"
			case it.Case != 0:
				key = "cases"
			default:
				key = "routes of " + it.Network.String()
			}
		}
		i, known := at[key]
		if !known {
			i, at[key] = len(list), len(list)
			list = append(list, group{key: key})
		}
		list[i].items = append(list[i].items, it)
	}
	return list
}

func (g group) severity() Severity {
	worst := Info
	for _, it := range g.items {
		if it.Severity.Rank() > worst.Rank() {
			worst = it.Severity
		}
	}
	return worst
}

func (g group) first() time.Time {
	t := g.items[0].Queued
	for _, it := range g.items {
		t = earlier(t, it.Queued)
	}
	return t
}

// dueAt says when a group may go out.
func (s *Subscription) dueAt(g group, now time.Time) time.Time {
	first := g.first()
	at := first.Add(s.gather())
	switch s.Digest {
	case Hourly:
		at = first.Truncate(time.Hour).Add(time.Hour)
	case Daily:
		at = s.nextHour(first)
	}
	if at.Before(now) {
		at = now
	}
	if g.severity() != Critical && s.Digest == NoDigest {
		at = s.afterQuiet(at)
	}
	return at
}

// nextHour gives the next moment at which the digest's hour begins in the subscription's zone.
func (s *Subscription) nextHour(t time.Time) time.Time {
	local := t.In(s.zone())
	for day := 0; ; day++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+day, s.DigestHour, 0, 0, 0, local.Location())
		if at.After(t) {
			return at
		}
	}
}

// afterQuiet gives t, or the end of the quiet hours that it lies in.
func (s *Subscription) afterQuiet(t time.Time) time.Time {
	if s.Quiet == nil {
		return t
	}
	local := t.In(s.zone())
	minute := local.Hour()*60 + local.Minute()
	q := *s.Quiet
	quiet := q.From <= minute && minute < q.To
	if q.From > q.To {
		quiet = minute >= q.From || minute < q.To
	}
	if !quiet {
		return t
	}
	day := local.Day()
	if minute >= q.To {
		day++
	}
	return time.Date(local.Year(), local.Month(), day, q.To/60, q.To%60, 0, 0, local.Location())
}

// planned settles what a group's message tells and what it counts.
func planned(g group) Planned {
	p := Planned{Omitted: map[Kind]int{}}
	latest := map[string]Item{}
	for _, it := range g.items {
		p.Items = append(p.Items, it.ID)
		old, known := latest[it.Subject]
		if known {
			p.Earlier++
			it = overtake(old, it)
		}
		latest[it.Subject] = it
	}
	slices.Sort(p.Items)
	for _, it := range latest {
		p.Tell = append(p.Tell, it)
	}
	slices.SortFunc(p.Tell, func(a, b Item) int {
		return cmp.Or(b.Severity.Rank()-a.Severity.Rank(), a.Time.Compare(b.Time), compareText(a.Subject, b.Subject))
	})
	for _, it := range p.Tell[min(len(p.Tell), MaxTold):] {
		p.Omitted[it.Kind]++
	}
	p.Tell = p.Tell[:min(len(p.Tell), MaxTold)]
	return p
}

// overtake gives the later of two stands of one matter. Where the first is the opening and was not sent, the later one
// opens, unless it is the end.
func overtake(a, b Item) Item {
	if b.Time.Before(a.Time) || b.Time.Equal(a.Time) && b.Phase != Ended && a.Phase == Ended {
		a, b = b, a
	}
	if b.Phase == Changed && a.Phase == Opened {
		b.Phase = Opened
	}
	return b
}

// ID names a planned message by what it takes: the same items make the same message.
func (p Planned) ID(subscription string) string {
	return hash(append([]string{"message", subscription, fmt.Sprint(len(p.Items))}, p.Items...)...)
}

// earlier gives the earlier of two times, of which a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
