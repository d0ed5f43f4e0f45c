package service

import "time"

// maxSilence is the longest pause between two elements in which the collectors still count as listening. Files of
// updates cover 5 to 15 minutes, and a full peer is never silent for long; an hour without a word is missing data.
const maxSilence = time.Hour

// Span is a time in which something was heard all along.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// listening is when anything was heard, in order.
type listening []Span

// hear notes that something was heard at sec, which is not before what was heard last.
func (l *listening) hear(sec int64) {
	if n := len(*l); n > 0 && sec-(*l)[n-1].To.Unix() <= int64(maxSilence.Seconds()) {
		(*l)[n-1].To = time.Unix(sec, 0).UTC()
		return
	}
	at := time.Unix(sec, 0).UTC()
	*l = append(*l, Span{at, at})
}

// bound lets the first span begin at from and the last one end at to where only a short silence lies between.
func (l listening) bound(from, to time.Time) {
	if len(l) == 0 {
		return
	}
	first, last := &l[0], &l[len(l)-1]
	if pause := first.From.Sub(from); pause > 0 && pause <= maxSilence {
		first.From = from.UTC()
	}
	if pause := to.Sub(last.To); pause > 0 && pause <= maxSilence {
		last.To = to.UTC()
	}
}

// within gives how much was heard from one moment to another.
func (l listening) within(from, to time.Time) (sum time.Duration) {
	for _, span := range l {
		begin, end := span.From, span.To
		if from.After(begin) {
			begin = from
		}
		if to.Before(end) {
			end = to
		}
		sum += max(0, end.Sub(begin))
	}
	return sum
}
