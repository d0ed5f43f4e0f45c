package desk

import (
	"testing"
	"time"
)

// TestGone: absence is measured on days for which the lists came, and on no others.
func TestGone(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 3, 1+n, 0, 0, 0, 0, time.UTC) } // days after it was last seen
	came := func(days ...int) Feed {
		f := Feed{Newest: at(0)}
		for _, n := range days {
			f.Days, f.Newest = append(f.Days, at(n)), at(n)
		}
		return f
	}
	three := Evidence{Days: 3, Silent: 60 * day}
	for name, test := range map[string]struct {
		feeds []Feed
		today int
		by    Evidence
		clean int // 0: it has not recovered
	}{
		"three reports without it":                     {[]Feed{came(1, 2, 3)}, 4, three, 1},
		"no report those days is not recovery":         {[]Feed{came()}, 30, three, 0},
		"two reports, and then none":                   {[]Feed{came(1, 2)}, 30, three, 0},
		"days between may be missing":                  {[]Feed{came(2, 5, 9)}, 10, three, 2},
		"today is not over":                            {[]Feed{came(1, 2, 3)}, 3, three, 0},
		"a weekly list takes three weeks":              {[]Feed{came(6, 13)}, 19, three, 0},
		"and then it is gone, by the first of them":    {[]Feed{came(6, 13, 20)}, 21, three, 6},
		"both lists that saw it must not any more":     {[]Feed{came(1, 2, 3), came(1)}, 5, three, 0},
		"the later of the first days counts":           {[]Feed{came(1, 2, 3), came(2, 3, 4)}, 5, three, 2},
		"a list that ended is not waited for":          {[]Feed{came(1, 2, 3), came(1)}, 63, three, 1},
		"unless it is the only one":                    {[]Feed{came(1)}, 100, three, 0},
		"nothing is known of what showed it":           {nil, 100, three, 0},
		"one report is enough where that is the rule":  {[]Feed{came(1)}, 2, Evidence{Days: 1}, 1},
		"a class that is not measured never recovers":  {[]Feed{came(1, 2, 3)}, 10, Evidence{}, 0},
		"without a limit it waits for a list for ever": {[]Feed{came(1, 2, 3), came()}, 1000, Evidence{Days: 3}, 0},
	} {
		clean, ok := Gone(test.feeds, at(test.today), test.by)
		if ok != (test.clean > 0) || ok && !clean.Equal(at(test.clean)) {
			t.Errorf("%s: %v, %v; want day %d", name, clean, ok, test.clean)
		}
	}
}
