package agreement

import "time"

// Bounds gives from when until when the document is in force, as far as its text and a notice say: renewed as often as it may be,
// unless a party gave notice before the end that the renewal would move. The zero notice is none.
func (t *Term) Bounds(notice time.Time) (start, end time.Time) {
	end = t.End
	if t.Renewal.How == "automatic" {
		for i := range t.Renewal.Times {
			if !notice.IsZero() && notice.Before(end) {
				break
			}
			end = t.End.AddDate(0, (i+1)*t.Renewal.Months, 0)
		}
	}
	if !notice.IsZero() {
		if left := notice.AddDate(0, 0, t.Termination.NoticeDays); left.Before(end) {
			end = left
		}
	}
	if end.Before(t.Start) {
		end = t.Start
	}
	return t.Start, end
}

// next gives the next instant at which the term changes what holds; zero if there is none.
func (t *Term) next(now, notice time.Time) time.Time {
	start, end := t.Bounds(notice)
	return sooner(sooner(time.Time{}, start, now), end, now)
}

// InForce tells whether both parties have signed, nothing is suspended and the time lies inside the dates, and why not.
func (a *Agreement) InForce(at time.Time, s Standing) (bool, string) {
	c, stays := a.out(at, &s)
	return !stays, c.reason
}
