package values

import (
	"fmt"
	"time"
)

// Month is a calendar month in UTC, the reporting period of the MANRS measures. The zero value is January of year 1.
type Month struct {
	year  int
	month time.Month
}

// MonthOf gives the month that t lies in, in UTC.
func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month{t.Year(), t.Month()}
}

// ParseMonth reads "2018-04".
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Month{}, fmt.Errorf("%q is not a month in the form YYYY-MM", s)
	}
	return MonthOf(t), nil
}

// Start is the month's first instant.
func (m Month) Start() time.Time { return time.Date(m.year, max(m.month, 1), 1, 0, 0, 0, 0, time.UTC) }

// End is the first instant of the next month.
func (m Month) End() time.Time { return m.Start().AddDate(0, 1, 0) }

// Next is the month that follows.
func (m Month) Next() Month { return MonthOf(m.End()) }

// String gives "2018-04".
func (m Month) String() string { return m.Start().Format("2006-01") }

// MarshalText writes the month as "2018-04".
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads "2018-04".
func (m *Month) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMonth(string(b))
	return err
}
