package desk

import "time"

const day = 24 * time.Hour

// Feed is a list that showed a case: one kind of report of a source, which comes again and again. What it does not show any
// more has gone, on a day for which it came.
type Feed struct {
	// Days are the days for which it came after the last day on which anything showed the case, ascending, each once. Since
	// the case was not seen after that day, they are days without it.
	Days []time.Time
	// Newest is the last day for which it came at all; the zero time: none is known.
	Newest time.Time
}

// Evidence says what it takes to call a case recovered.
type Evidence struct {
	Days   int           // for which each list must have come without it; 0: it is not measured
	Silent time.Duration // a list that did not come for so long is not waited for, if another came
}

// Gone says whether a case has recovered: whether each list that showed it came for enough days since, without it. A day
// for which no list came says nothing, and neither does today, which is not over. A list that comes once a week takes as many
// weeks. Clean is the first day by whose end every list had come without it: the case recovered after it was last seen and not
// later than on that day.
func Gone(feeds []Feed, today time.Time, e Evidence) (clean time.Time, ok bool) {
	if e.Days <= 0 {
		return time.Time{}, false
	}
	for _, f := range feeds {
		over := 0
		for _, d := range f.Days {
			if d.Before(today) {
				over++
			}
		}
		if over < e.Days {
			if e.Silent > 0 && today.Sub(f.Newest) > e.Silent {
				continue // it came to an end, and says nothing any more
			}
			return time.Time{}, false
		}
		if f.Days[0].After(clean) {
			clean = f.Days[0]
		}
	}
	return clean, !clean.IsZero()
}
