package grade

import "math"

// Wilson gives the share k of n with its 95 % interval (E. B. Wilson, "Probable inference, the law of succession, and
// statistical inference", 1927): unlike the plain one it holds for small n and for shares of 0 and 1.
func Wilson(k, n int) Interval {
	if n == 0 {
		return Interval{Low: 0, High: 1}
	}
	const z = 1.959963984540054 // of the normal distribution, 2.5 % on each side
	p, m := float64(k)/float64(n), float64(n)
	centre := p + z*z/(2*m)
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	scale := 1 + z*z/m
	low, high := max(0, (centre-half)/scale), min(1, (centre+half)/scale)
	if k == 0 {
		low = 0 // where rounding leaves a trace
	}
	if k == n {
		high = 1
	}
	return Interval{&p, low, high}
}
