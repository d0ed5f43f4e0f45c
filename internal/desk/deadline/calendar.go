package deadline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Calendar says which time counts. The zero value counts all of it.
type Calendar struct {
	Zone     string            `yaml:"zone"`
	Days     []string          `yaml:"days"`     // of the week
	Hours    string            `yaml:"hours"`    // "09:30-18:00"
	Holidays map[string]string `yaml:"holidays"` // day: name

	zone     *time.Location
	week     [7]bool
	from, to time.Duration // since midnight
}

func (c Calendar) always() bool { return c.zone == nil }

// read makes sense of what was written.
func (c Calendar) read() (Calendar, error) {
	if c.Zone == "" && len(c.Days) == 0 && c.Hours == "" && len(c.Holidays) == 0 {
		return c, nil
	}
	var err error
	if c.zone, err = time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
		return c, fmt.Errorf("zone %q is not known", c.Zone)
	}
	for _, name := range c.Days {
		i := slices.IndexFunc(weekdays, func(d time.Weekday) bool { return strings.EqualFold(d.String(), name) })
		if i < 0 {
			return c, fmt.Errorf("%q is no day of the week", name)
		}
		c.week[weekdays[i]] = true
	}
	if len(c.Days) == 0 {
		return c, errors.New("no day counts")
	}
	first, last, _ := strings.Cut(c.Hours, "-")
	from, err1 := time.Parse("15:04", first)
	to, err2 := time.Parse("15:04", last)
	if err1 != nil || err2 != nil || !from.Before(to) {
		return c, fmt.Errorf("hours %q are not like 09:30-18:00", c.Hours)
	}
	midnight := from.Truncate(24 * time.Hour)
	c.from, c.to = from.Sub(midnight), to.Sub(midnight)
	for day := range c.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return c, fmt.Errorf("holiday %q is no day", day)
		}
	}
	return c, nil
}

var weekdays = []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}

// mostDays bounds how far an end may lie away: a year of working hours are some five years.
const mostDays = 20 * 366

// Add gives when a time has passed since, as far as it counts. What begins outside of the hours begins with the next of them.
func (c Calendar) Add(since time.Time, within time.Duration) time.Time {
	if c.always() {
		return since.Add(within)
	}
	local := since.In(c.zone)
	for n := range mostDays {
		begin, end, open := c.hours(local.Year(), local.Month(), local.Day()+n)
		if !open || !end.After(since) {
			continue
		}
		if begin.Before(since) {
			begin = since
		}
		if left := end.Sub(begin); left < within {
			within -= left
			continue
		}
		return begin.Add(within).UTC()
	}
	return since.AddDate(20, 0, 0) // a calendar of holidays alone
}

// hours gives the working hours of a day.
func (c Calendar) hours(year int, month time.Month, day int) (begin, end time.Time, open bool) {
	at := func(d time.Duration) time.Time {
		return time.Date(year, month, day, int(d/time.Hour), int(d%time.Hour/time.Minute), 0, 0, c.zone)
	}
	noon := time.Date(year, month, day, 12, 0, 0, 0, c.zone)
	_, holiday := c.Holidays[noon.Format(time.DateOnly)]
	return at(c.from), at(c.to), c.week[noon.Weekday()] && !holiday
}
