package authority

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Kind is a kind of input that a judgement may rest on.
type Kind string

// The kinds, as `--allow-anachronism` and the snapshot spell them.
const (
	KindVRP           Kind = "vrp"
	KindIRR           Kind = "irr"
	KindRelations     Kind = "relations"
	KindOrganisations Kind = "organisations"
	KindRegistry      Kind = "registry"
	KindBogons        Kind = "bogons"
	KindPeeringDB     Kind = "peeringdb"
	KindSpoofer       Kind = "spoofer"
)

// Kinds lists all kinds in a fixed order.
func Kinds() []Kind {
	return []Kind{KindVRP, KindIRR, KindRelations, KindOrganisations, KindRegistry, KindBogons, KindPeeringDB, KindSpoofer}
}

// noun is how a sentence names objects of the kind.
func (k Kind) noun() string {
	nouns := map[Kind]string{KindVRP: "VRPs", KindIRR: "route objects", KindRelations: "relations",
		KindOrganisations: "organisations", KindRegistry: "registry files", KindBogons: "bogon lists",
		KindPeeringDB: "PeeringDB data", KindSpoofer: "Spoofer sessions"}
	if n, ok := nouns[k]; ok {
		return n
	}
	return string(k) + " data"
}

// Limits say how old an input of each kind may be at the time that it judges. They are settings.
type Limits struct {
	// VRP: a validator runs several times a day and routers drop what it withdraws within hours.
	VRP time.Duration
	// IRR: registries publish daily; filters are commonly rebuilt within a week.
	IRR time.Duration
	// Relations and Organisations: CAIDA publishes monthly and quarterly; contracts change slowly.
	Relations     time.Duration
	Organisations time.Duration
	// Registry, Bogons, PeeringDB: daily publications of slow facts; a month's file serves its month and a few days.
	Registry  time.Duration
	Bogons    time.Duration
	PeeringDB time.Duration
	// Spoofer: volunteers test seldom; a year is how long a result is shown as current.
	Spoofer time.Duration
}

// day is 24 hours: limits do not follow calendars.
const day = 24 * time.Hour

// DefaultLimits gives the limits in force unless the configuration says otherwise.
func DefaultLimits() Limits {
	return Limits{VRP: day, IRR: 7 * day, Relations: 90 * day, Organisations: 90 * day, Registry: 35 * day,
		Bogons: 35 * day, PeeringDB: 35 * day, Spoofer: 365 * day}
}

// Of gives the limit of one kind; an unknown kind has none, so nothing of it is usable but at its very moment.
func (l Limits) Of(k Kind) time.Duration {
	switch k {
	case KindVRP:
		return l.VRP
	case KindIRR:
		return l.IRR
	case KindRelations:
		return l.Relations
	case KindOrganisations:
		return l.Organisations
	case KindRegistry:
		return l.Registry
	case KindBogons:
		return l.Bogons
	case KindPeeringDB:
		return l.PeeringDB
	case KindSpoofer:
		return l.Spoofer
	}
	return 0
}

// Set changes the limit of one kind; an unknown kind changes nothing.
func (l *Limits) Set(k Kind, d time.Duration) {
	switch k {
	case KindVRP:
		l.VRP = d
	case KindIRR:
		l.IRR = d
	case KindRelations:
		l.Relations = d
	case KindOrganisations:
		l.Organisations = d
	case KindRegistry:
		l.Registry = d
	case KindBogons:
		l.Bogons = d
	case KindPeeringDB:
		l.PeeringDB = d
	case KindSpoofer:
		l.Spoofer = d
	}
}

// AsOf is the rule by which inputs are admitted to a judgement.
type AsOf struct {
	Limits Limits
	// AllowAnachronism lists kinds of which the nearest snapshot is used where none is admissible. Whatever it touches
	// is marked and never published.
	AllowAnachronism map[Kind]bool
}

// Dated is a value that was true, or published, at a time.
type Dated[T any] struct {
	Time   time.Time
	Value  T
	Source string // where it comes from, such as a file's name; it breaks ties of time
}

// Pick is what a timeline has for one moment.
type Pick[T any] struct {
	Dated[T]
	// Usable tells that Value may be used. Where it is false there is no data, and Reason says why.
	Usable bool
	// Anachronism marks a value used only because it was allowed though Reason speaks against it.
	Anachronism bool
	Reason      string
}

// Timeline holds the dated snapshots of one kind of input. The zero value holds none.
type Timeline[T any] struct {
	kind      Kind
	rule      AsOf
	snapshots []Dated[T] // ascending in time, then source
}

// NewTimeline orders the snapshots; the slice is not kept.
func NewTimeline[T any](kind Kind, rule AsOf, snapshots ...Dated[T]) *Timeline[T] {
	sorted := slices.Clone(snapshots)
	slices.SortStableFunc(sorted, func(a, b Dated[T]) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Source, b.Source))
	})
	return &Timeline[T]{kind, rule, sorted}
}

// Snapshots gives all snapshots in order of time.
func (t *Timeline[T]) Snapshots() []Dated[T] { return t.snapshots }

// At gives the newest snapshot at or before the moment that is no older than the limit. Where there is none it says
// so, unless anachronism is allowed for the kind: then it gives the snapshot nearest in time, marked.
func (t *Timeline[T]) At(at time.Time) Pick[T] {
	if len(t.snapshots) == 0 {
		return Pick[T]{Reason: fmt.Sprintf("no %s are at hand", t.kind.noun())}
	}
	after, _ := slices.BinarySearchFunc(t.snapshots, at, func(d Dated[T], at time.Time) int {
		if d.Time.After(at) {
			return 1
		}
		return -1
	})
	limit := t.rule.Limits.Of(t.kind)
	if after > 0 && at.Sub(t.snapshots[after-1].Time) <= limit {
		return Pick[T]{Dated: t.snapshots[after-1], Usable: true}
	}
	pick := Pick[T]{Reason: t.reason(at, after, limit)}
	if t.rule.AllowAnachronism[t.kind] {
		pick.Dated, pick.Usable, pick.Anachronism = t.nearest(at, after), true, true
	}
	return pick
}

// nearest gives the snapshot with the least distance; of two equally near the earlier. Those from after on are later.
func (t *Timeline[T]) nearest(at time.Time, after int) Dated[T] {
	switch {
	case after == 0:
		return t.snapshots[0]
	case after == len(t.snapshots) || at.Sub(t.snapshots[after-1].Time) <= t.snapshots[after].Time.Sub(at):
		return t.snapshots[after-1]
	}
	return t.snapshots[after]
}

// reason says why nothing is admissible, naming the nearest snapshot on either side.
func (t *Timeline[T]) reason(at time.Time, after int, limit time.Duration) string {
	noun := t.kind.noun()
	if after == 0 {
		first := t.snapshots[0].Time
		if len(t.snapshots) == 1 {
			return fmt.Sprintf("only %s of %s are at hand; %s lies before them", noun, when(first, at), when(at, first))
		}
		return fmt.Sprintf("the earliest %s at hand are of %s; %s lies before them", noun, when(first, at), when(at, first))
	}
	newest := t.snapshots[after-1].Time
	text := fmt.Sprintf("the newest %s before %s are of %s, older than the limit of %s",
		noun, when(at, newest), when(newest, at), days(limit))
	if after < len(t.snapshots) {
		text += fmt.Sprintf("; the next are of %s", when(t.snapshots[after].Time, at))
	}
	return text
}

// when writes t as a date, or with the time of day where other falls on the same date.
func when(t, other time.Time) string {
	t, other = t.UTC(), other.UTC()
	if t.Format(time.DateOnly) == other.Format(time.DateOnly) {
		return t.Format("2006-01-02T15:04Z")
	}
	return t.Format(time.DateOnly)
}

// days writes a duration in days where it is whole days beyond one, else in Go's form without idle zeros.
func days(d time.Duration) string {
	if d > day && d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return d.String()
}
