package service

import (
	"fmt"
	"slices"
	"time"

	"pahra/wire/values"
)

const (
	// maxStep is how far in seconds a record may lie ahead of those before it without being doubted.
	maxStep = 3600
	// jury is how many records behind a doubted one decide about it.
	jury = 15
	// loneStep is how far in seconds a file's first record may lie before all others.
	loneStep = 7 * 24 * 3600
)

// timekeeper gives records of a file the time that their neighbours speak for. The order of a file is that of time, but
// one damaged timestamp far ahead would draw all that follows with it, out of the window. So a record that lies far
// ahead is doubted until those behind it confirm its time or go on where it left them; then it gets their time.
type timekeeper struct {
	now     int64 // of the last record not doubted
	doubted []doubt
	back    bool // the last record lay far back
	report  func(values.Problem)
}

// doubt is a record whose time is doubted: the elements from a up to b of the batch at hand.
type doubt struct {
	from, to    int
	sec, before int64
	offset      int64
	seen, lower int // records behind it, and how many of them lie far before it
}

// take hears of a record whose elements begin at from in b.
func (k *timekeeper) take(b *batch, from int, sec, offset int64) {
	for i := range k.doubted {
		d := &k.doubted[i]
		if d.offset == offset { // it goes on in a batch of its own
			continue
		}
		d.seen++
		if sec < d.sec-maxStep {
			d.lower++
		}
	}
	k.decide(b, func(d doubt) (believed, done bool) {
		return d.lower < jury/2+1, max(d.lower, d.seen-d.lower) > jury/2
	})
	switch {
	case sec > k.now+maxStep:
		k.doubted = append(k.doubted, doubt{from: from, to: from, sec: sec, before: k.now, offset: offset})
	case sec < k.now-maxStep && !k.back:
		k.back = true
		k.report(values.Problem{Offset: offset, Reason: fmt.Sprintf(
			"time goes back to %s; it and what follows count as of %s", utc(sec), utc(k.now))})
	default:
		k.now, k.back = max(k.now, sec), sec < k.now-maxStep
	}
}

// grown hears that the record taken last has its elements up to n in the batch.
func (k *timekeeper) grown(n int, offset int64) {
	if last := len(k.doubted) - 1; last >= 0 && k.doubted[last].offset == offset {
		k.doubted[last].to = n
	}
}

// settle decides on all that is doubted by the majority so far, because the batch must be handed on. With nothing known
// of what follows a record is not believed, lest it draw that with it; at the file's end nothing can follow.
func (k *timekeeper) settle(b *batch, atEnd bool) {
	k.decide(b, func(d doubt) (believed, done bool) {
		upper := d.seen - d.lower
		return upper > d.lower || atEnd && upper == d.lower, true
	})
}

// decide ends those doubts that verdict says are done.
func (k *timekeeper) decide(b *batch, verdict func(doubt) (believed, done bool)) {
	k.doubted = slices.DeleteFunc(k.doubted, func(d doubt) bool {
		believed, done := verdict(d)
		switch {
		case done && believed, d.sec <= k.now+maxStep:
			k.now = max(k.now, d.sec)
			return true
		case done:
			for i := d.from; i < d.to; i++ {
				b.elems[i].Sec = uint32(d.before)
			}
			k.report(values.Problem{Offset: d.offset, Reason: fmt.Sprintf(
				"time %s is far ahead of the records around it; it counts as of %s", utc(d.sec), utc(d.before))})
		}
		return done
	})
}

// firstMoment gives the time at which a file begins, from those of its first records: the first that the others do not make
// look out of place.
func firstMoment(secs []int64) int64 {
	for i, sec := range secs {
		rest := secs[i+1:]
		lower := 0
		for _, r := range rest {
			if r < sec-maxStep {
				lower++
			}
		}
		lone := len(rest) > 1 && slices.Min(rest) > sec+loneStep && slices.Max(rest) < slices.Min(rest)+loneStep
		if lower*2 <= len(rest) && !lone {
			return sec
		}
	}
	return 0 // there are none
}

func utc(sec int64) string { return time.Unix(sec, 0).UTC().Format(time.RFC3339) }
