package norms

import "fmt"

// Conformance is whether a network meets one Action by [ConformanceRules], with the routes that decide it.
type Conformance struct {
	RouteTally
	// PercentGood and PercentBad are shares of all routes, rounded to 6 decimals; null without routes, and where the standing
	// of some is not known.
	PercentGood *float64 `json:"percent_good"`
	PercentBad  *float64 `json:"percent_bad"`
	// Conformant is null where the routes known do not decide it; NoDataReason then says why.
	Conformant   *bool   `json:"conformant"`
	NoDataReason *string `json:"no_data_reason"`
}

// Action4 judges registration from the routes that the network originates.
func (c *ConformanceRules) Action4(routes RouteTally, cdn bool) Conformance {
	line := c.Registration.Operators
	if cdn {
		line = c.Registration.CDN
	}
	out, total := tallied(routes), float64(routes.Total())
	switch {
	case total == 0:
		return out.undecided(noRoutes)
	case float64(routes.Good)/total >= line:
		return out.decided(true)
	case float64(routes.Good+routes.Unknown)/total < line:
		return out.decided(false)
	}
	return out.undecided(notStated(routes))
}

// Action1 judges filtering from the routes of direct customers that the network took. reason, where not empty, says
// what is missing for leaving out routes that the rules leave out: then bad ones decide nothing.
func (c *ConformanceRules) Action1(routes Input[RouteTally], reason string) Conformance {
	t, known := routes.Get()
	out := tallied(t)
	switch {
	case !known:
		return out.undecided(routes.Reason())
	case t.Bad+t.Unknown <= c.Filtering.MaxBad:
		return out.decided(true)
	case t.Bad > c.Filtering.MaxBad && reason == "":
		return out.decided(false)
	case t.Bad > c.Filtering.MaxBad:
		return out.undecided(reason)
	}
	return out.undecided(notStated(t))
}

func notStated(t RouteTally) string {
	return fmt.Sprintf("RPKI or IRR verdicts are missing for %d of %d routes", t.Unknown, t.Total())
}

// tallied fills in the shares.
func tallied(t RouteTally) Conformance {
	return Conformance{RouteTally: t, PercentGood: t.percent(t.Good), PercentBad: t.PercentBad()}
}

// PercentBad is the share of bad routes in percent, rounded to 6 decimals; nil without routes, and where the standing of
// some is not known.
func (t RouteTally) PercentBad() *float64 { return t.percent(t.Bad) }

func (t RouteTally) percent(part int) *float64 {
	if t.Total() == 0 || t.Unknown > 0 {
		return nil
	}
	percent := Curve{PercentDecimals: 6}.round(100 * float64(part) / float64(t.Total()))
	return &percent
}

func (c Conformance) decided(yes bool) Conformance {
	c.Conformant = &yes
	return c
}

func (c Conformance) undecided(reason string) Conformance {
	c.NoDataReason = &reason
	return c
}

// SizeClass is how large a network is by its direct customers.
type SizeClass string

// The size classes.
const (
	Small  SizeClass = "small"
	Medium SizeClass = "medium"
	Large  SizeClass = "large"
	NoSize SizeClass = "no data"
)

// SizeClasses are all of them in order, that of networks whose customers are not known last.
func SizeClasses() []SizeClass { return []SizeClass{Small, Medium, Large, NoSize} }

// Of gives the class of a network with so many direct customers.
func (s SizeRule) Of(customers Input[int]) SizeClass {
	n, known := customers.Get()
	switch {
	case !known:
		return NoSize
	case n <= s.Small:
		return Small
	case n <= s.Medium:
		return Medium
	}
	return Large
}
