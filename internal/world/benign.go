package world

import (
	"errors"
	"math"
)

// lookAlike is a kind of benign event and how much of all it makes up.
type lookAlike struct {
	weight float64
	plan   func(*cast) error
}

// lookAlikes plans benign events, about as many as asked for and two of each kind at least.
func (w *world) lookAlikes(c *cast, total int) error {
	list := []lookAlike{
		{20, w.engineering}, {12, w.backupTransit}, {10, w.newProvider}, {10, w.newPeering}, {4, w.upgrade},
		{8, w.siblings}, {10, w.providerSpace}, {4, w.anycast}, {10, w.blackhole}, {3, w.prependTypo}, {7, w.ddosSwing},
		{6, w.transfer}, {2, w.siblingTransit}, {3, w.partialTransit},
	}
	if w.story != nil {
		list = w.storyLookAlikes()
	}
	sum := 0.0
	for _, l := range list {
		sum += l.weight
	}
	before := len(w.truth.Events)
	for _, l := range list {
		for range max(w.fewest(), int(math.Round(float64(total)*l.weight/sum))) {
			if err := l.plan(c); err != nil && !errors.Is(err, errNobody) {
				return err
			}
		}
	}
	w.sessionResets()
	return w.fill(c, total-(len(w.truth.Events)-before))
}

// fill plans more of those kinds that a network can be in several times, where others ran out of networks.
func (w *world) fill(c *cast, missing int) error {
	list := []func(*cast) error{w.engineering, w.providerSpace, w.blackhole, w.siblings, w.ddosSwing, w.transfer}
	if w.story != nil {
		list = list[:len(list)-1] // a transfer is for good
	}
	for i := range max(0, missing) {
		if err := list[i%len(list)](c); err != nil && !errors.Is(err, errNobody) {
			return err
		}
	}
	return nil
}

// sessionResets: now and then a peer's session goes down and it tells everything again.
func (w *world) sessionResets() {
	if w.seconds() < 3600 {
		return
	}
	for range w.howManyResets() {
		peer := w.rand.IntN(len(w.speakers))
		from := w.between(w.seconds()/2, w.seconds()-900)
		until := from + w.between(60, 200)
		if w.resetNear(peer, from) {
			continue
		}
		w.resets = append(w.resets, reset{peer, w.at(from), w.at(until)})
		w.note(Event{Kind: SessionReset, Benign: true, ASN: w.net(w.speakers[peer].node).asn, Peers: 1,
			Note: "down for some minutes, then the whole table again"}, from, until)
	}
}

func (w *world) howManyResets() int {
	if w.story != nil {
		return 1 // each repeats a whole table
	}
	return max(1, int(w.p.Window.Hours()*float64(len(w.speakers))/240))
}

// resetNear tells whether a peer's session is down within an hour.
func (w *world) resetNear(peer, from int) bool {
	for _, r := range w.resets {
		if r.speaker == peer && max(r.down-w.at(from), w.at(from)-r.down) < 3600 {
			return true
		}
	}
	return false
}
