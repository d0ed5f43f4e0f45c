package depot

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Shrink is a part of a fact that shrank too far.
type Shrink struct {
	Part   string `json:"part"`
	Before int    `json:"before"`
	Now    int    `json:"now"`
}

// shrunk gives the parts that lost more than a share of their entries, the worst first. A part that is gone lost all.
// Where no part of a fact shrank too far, its total did not either.
func shrunk(before, now map[string]int, share float64) []Shrink {
	perMillion := int64(math.Round(share * 1e6)) // in whole numbers, so that exactly 5 % is never over 5 %
	var out []Shrink
	for part, had := range before {
		lost := int64(had) - int64(now[part])
		if had > 0 && lost*1e6 > perMillion*int64(had) {
			out = append(out, Shrink{part, had, now[part]})
		}
	}
	slices.SortFunc(out, func(a, b Shrink) int {
		return cmp.Or(cmp.Compare(a.kept(), b.kept()), strings.Compare(a.Part, b.Part))
	})
	return out
}

func (s Shrink) kept() float64 { return float64(s.Now) / float64(s.Before) }
