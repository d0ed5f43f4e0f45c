// Package health measures how well a neighbourhood is, as public health does: how much is new (incidence), how much there is
// (prevalence), how long it takes to recover (survival), and what of it may be shown without telling of single networks
// (suppression). docs/formulas.md has each measure in words, with its bias.
//
// The package counts what it is given. What a case is, and when it recovered, is decided in internal/desk.
package health

import "math"

// PerAddresses is how many announced addresses rates are given for.
const PerAddresses = 100_000

// Rate gives a count for each 100,000 announced addresses; ok is false where none are announced, which is "no data".
func Rate(count, addresses float64) (rate float64, ok bool) {
	if addresses <= 0 {
		return 0, false
	}
	return count / addresses * PerAddresses, true
}

// Prevalence gives the mean of distinct addresses a day over the days that were covered, from address-days; ok is false
// where no day was covered.
func Prevalence(addressDays int64, coveredDays int) (mean float64, ok bool) {
	if coveredDays <= 0 {
		return 0, false
	}
	return float64(addressDays) / float64(coveredDays), true
}

// z95 is the normal distribution's 97.5 % point: intervals are of 95 %.
const z95 = 1.959963984540054

// PoissonInterval gives a 95 % interval of the mean of a count (Byar's approximation, within 1 % of the exact one from 1
// up). Of 0 the upper bound is 3.69, as the exact one is.
func PoissonInterval(count int64) (low, high float64) {
	n := float64(count)
	if count > 0 {
		low = n * cube(1-1/(9*n)-z95/(3*math.Sqrt(n)))
	}
	n++
	high = n * cube(1-1/(9*n)+z95/(3*math.Sqrt(n)))
	return max(low, 0), high
}

func cube(x float64) float64 { return x * x * x }
