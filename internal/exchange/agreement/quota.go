package agreement

import "time"

// Counts counts objects against quotas in memory, for those who look what would happen. The zero value has counted nothing. Not safe
// for concurrent use.
type Counts struct{ counts map[counted]int64 }

type counted struct {
	clause Clause
	window int64
}

// Charge is a [Charge].
func (c *Counts) Charge(clause Clause, window time.Time) int64 {
	if c.counts == nil {
		c.counts = map[counted]int64{}
	}
	at := counted{clause, window.Unix()}
	c.counts[at]++
	return c.counts[at]
}
