package world

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// YearParams say what a [Year] is like. The same give the same bytes.
type YearParams struct {
	Seed uint64
	// Start is the first of a month at midnight, UTC; Until is when the past ends, at a whole minute.
	Start, Until time.Time
	// Networks, Prefixes, Peers and Collectors are as in [Params].
	Networks, Prefixes, Peers int
	Collectors                []string
	// Members is how many networks the association has.
	Members int
	// Monthly is about how many deviations of each kind there are in a month of the past, Chapterly how many in each
	// Chapter of the present. A chapter divides a day.
	Monthly, Chapterly float64
	Chapter            time.Duration
}

// YearDefaults are those of the demonstration: a year of months before a moment, and an incident every few minutes
// after it.
func YearDefaults(seed uint64, until time.Time) YearParams {
	until = until.UTC().Truncate(time.Minute)
	return YearParams{
		Seed: seed, Start: time.Date(until.Year(), until.Month()-11, 1, 0, 0, 0, 0, time.UTC), Until: until,
		Networks: 2100, Prefixes: 4200, Peers: 16, Collectors: []string{"lantern", "harbour"}, Members: 60,
		Monthly: 1, Chapterly: 4, Chapter: 6 * time.Hour,
	}
}

func (p *YearParams) check() error {
	switch {
	case p.Start.Day() != 1 || !p.Start.Equal(p.Start.Truncate(day)):
		return errors.New("making a year: it starts at the first of a month")
	case !p.Until.After(p.Start.Add(time.Hour)) || p.Until.Sub(p.Start) > 366*day || !p.Until.Equal(p.Until.Truncate(time.Minute)):
		return errors.New("making a year: it ends at a whole minute, an hour to a year after the start")
	case p.Chapter < time.Hour || p.Chapter > day || day%p.Chapter != 0:
		return errors.New("making a year: a chapter takes an hour at least and divides a day")
	case p.Members < 0 || p.Members > p.Networks/4:
		return errors.New("making a year: a quarter of the networks at most are members")
	}
	return nil
}

// Year is a world with a past and a present: [Year.WritePast] writes what collectors heard in a year of months and the
// facts of each of them, [Year.Present] goes on from there for ever. In both, the networks are the same, and what goes
// wrong is a function of the seed and the time. Month by month more networks register what they announce; the members
// of an association do so after a workshop in particular. Not safe for concurrent use.
type Year struct {
	p       YearParams
	members map[node]bool
	// patients are the networks that reports are about.
	patients []patient
	// relations is what is known of them, the same in each chapter.
	relations []byte
	shared    *plain
	last      *world // the chapter made last
}

// NewYear makes the networks.
func NewYear(p YearParams) (*Year, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	y := &Year{p: p, shared: newPlain()}
	w, err := y.networks()
	if err != nil {
		return nil, err
	}
	y.join(w)
	y.admit(w)
	return y, y.recordRelations(w)
}

// networks makes the networks of every chapter.
func (y *Year) networks() (*world, error) {
	p := Params{
		Rand: rand.New(rand.NewPCG(y.p.Seed, 0x79656172)), Start: y.p.Start, Window: day, Networks: y.p.Networks, Prefixes: y.p.Prefixes,
		Peers: y.p.Peers, Collectors: y.p.Collectors, BenignRatio: 0.5,
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	w := newWorld(p, &story{year: y, from: y.p.Start, length: day})
	if err := w.lay(); err != nil {
		return nil, fmt.Errorf("making a year: %w", err)
	}
	w.shared = y.shared
	return w, nil
}

// join draws the association's members: networks at home, four in ten of which have customers.
func (y *Year) join(w *world) {
	var transit, others []node
	for i, n := range w.networks {
		switch {
		case n.org.country.code != countries()[0].code || n.tier <= large:
		case n.tier < stub:
			transit = append(transit, node(i))
		default:
			others = append(others, node(i))
		}
	}
	byChance := func(a, b node) int {
		if fixed(int(a), 9) < fixed(int(b), 9) {
			return -1
		}
		return 1
	}
	slices.SortFunc(transit, byChance)
	slices.SortFunc(others, byChance)
	y.members = make(map[node]bool)
	for _, n := range transit[:min(len(transit), y.p.Members*4/10)] {
		y.members[n] = true
	}
	for _, n := range others[:min(len(others), y.p.Members-len(y.members))] {
		y.members[n] = true
	}
}

func (y *Year) member(n node) bool { return y.members[n] }

// chapter makes the world of a time: its networks as they are then, and what happens in it, about each deviations of
// each kind.
func (y *Year) chapter(from, until time.Time, each float64) (*world, error) {
	w, err := y.networks()
	if err != nil {
		return nil, err
	}
	w.story.from, w.story.length = from, until.Sub(from)
	w.p.Start, w.p.Window = from, until.Sub(from)
	w.p.Events = each / w.p.Window.Hours() * 24
	w.rand = rand.New(rand.NewPCG(y.p.Seed, uint64(from.Unix())))
	w.adopt(from)
	if err := w.direct(); err != nil {
		return nil, fmt.Errorf("making a year: %w", err)
	}
	return w, nil
}

// WritePast writes the year as "pahra observe" reads it: the table at its start, the updates of each day, and the facts.
// While one chapter is written the next is made.
func (y *Year) WritePast(sink Sink) error {
	if err := y.writeOnce(sink); err != nil {
		return err
	}
	chapters, stop := make(chan past), make(chan struct{})
	var making sync.WaitGroup
	defer making.Wait()
	defer close(stop)
	making.Go(func() { y.makePast(chapters, stop) })
	for c := range chapters {
		if c.err != nil {
			return c.err
		}
		if err := y.writeChapter(sink, c.w, c.until); err != nil {
			return err
		}
	}
	return nil
}

// past is a chapter of the past, or why it could not be made.
type past struct {
	w     *world
	until time.Time
	err   error
}

// makePast makes the chapters of the past one after the other until they are no longer wanted.
func (y *Year) makePast(chapters chan<- past, stop <-chan struct{}) {
	defer close(chapters)
	bounds := y.bounds()
	for i, until := range bounds[1:] {
		from := bounds[i]
		each := y.p.Monthly * max(1.0/30, until.Sub(from).Hours()/24/30)
		if length := until.Sub(from); length < 2*y.p.Chapter {
			each = y.p.Chapterly * float64(length) / float64(y.p.Chapter)
		}
		w, err := y.chapter(from, until, each)
		select {
		case chapters <- past{w, until, err}:
		case <-stop:
			return
		}
	}
}

func (y *Year) writeChapter(sink Sink, w *world, until time.Time) error {
	if w.p.Start.Equal(y.p.Start) {
		if err := w.writeTables(sink); err != nil {
			return err
		}
	}
	if err := y.writeMonth(sink, w, until); err != nil {
		return err
	}
	return newFeed(w).run(sink)
}

// shortest is how long a chapter of the past takes at least.
const shortest = 20 * time.Minute

// bounds gives where the chapters of the past begin and end: months, and for its last day as much as the present's, so that
// the present does not begin with an empty day.
func (y *Year) bounds() []time.Time {
	var list []time.Time
	for at := y.p.Start; at.Before(y.p.Until); at = at.AddDate(0, 1, 0) {
		list = append(list, at)
	}
	for at := y.p.Until.Truncate(y.p.Chapter).Add(-day); at.Before(y.p.Until); at = at.Add(y.p.Chapter) {
		if at.After(y.p.Start) {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	list = slices.CompactFunc(list, time.Time.Equal)
	if last := len(list) - 1; last > 0 && y.p.Until.Sub(list[last]) < shortest {
		list = list[:last]
	}
	return append(list, y.p.Until)
}

// presently gives the chapter of the present that a moment lies in.
func (y *Year) presently(at time.Time) (*world, error) {
	from := at.UTC().Truncate(y.p.Chapter)
	if y.last != nil && y.last.p.Start.Equal(from) {
		return y.last, nil
	}
	w, err := y.chapter(from, from.Add(y.p.Chapter), y.p.Chapterly)
	if err != nil {
		return nil, err
	}
	y.last = w
	return w, nil
}

// VRPs writes what a validator finds at a moment of the present, as rpki-client does.
func (y *Year) VRPs(out io.Writer, at time.Time) error {
	w, err := y.presently(at)
	if err != nil {
		return err
	}
	return writeVRPsOf(out, w, at)
}

// Chapter is how long a chapter of the present takes; facts change with each.
func (y *Year) Chapter() time.Duration { return y.p.Chapter }
