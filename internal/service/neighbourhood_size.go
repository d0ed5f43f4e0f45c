package service

import (
	"encoding/json"
	"fmt"
	"slices"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// AllSizes is the class of a [SizeView] that takes in all networks.
const AllSizes norms.SizeClass = "all"

// SizeView puts the absolute figures of a neighbourhood's networks of one size class beside those by size, and beside
// the second opinion.
type SizeView struct {
	Class    norms.SizeClass `json:"class"`    // small, medium, large, no data, or all
	Networks int             `json:"networks"` // of the members, those that the run scored
	// Announced and Accepted are sums over the networks that have a size, which Counted says; by size they are divided by
	// the sum of sizes. With a reason beside them they are the least that there was.
	Announced        norms.BySize    `json:"announced"`
	AnnouncedCounted int             `json:"announced_counted"`
	Accepted         norms.BySize    `json:"accepted"`
	AcceptedCounted  int             `json:"accepted_counted"`
	Action1          ConformanceView `json:"action1"`
	Action4          ConformanceView `json:"action4"`
}

// ConformanceView counts networks by the second opinion, and their routes.
type ConformanceView struct {
	Conformant    int `json:"conformant"`
	NotConformant int `json:"not_conformant"`
	NoData        int `json:"no_data"`
	// Routes are those of all these networks; a route that two of them took counts for both.
	Routes norms.RouteTally `json:"routes"`
	// PercentBad is the share of bad routes, which large and small networks can be compared by; null without routes and where
	// the standing of some is not known.
	PercentBad *float64 `json:"percent_bad"`
}

// addSizes reads the comparisons of the members in the month, and sums them up by size class.
func (r *Run) addSizes(c *NeighbourhoodCheck, in map[values.ASN]bool) error {
	if !slices.ContainsFunc(r.Snapshot.Outputs, func(o Output) bool { return o.Name == comparisonFile }) {
		return fmt.Errorf("the run in %s has no %s: it was made by another version; observe again", r.dir, comparisonFile)
	}
	err := r.linesOf(comparisonFile, in, func(line []byte) error {
		var one norms.Comparison
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		if in[one.ASN] && one.Month == c.Month {
			c.Compared = append(c.Compared, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.Sizes = append(c.Sizes, sizeViews(c.Compared)...)
	return nil
}

// sizeViews sums networks up by size class, and all of them where there is more than one class.
func sizeViews(compared []norms.Comparison) (views []SizeView) {
	for _, class := range norms.SizeClasses() {
		of := slices.DeleteFunc(slices.Clone(compared), func(one norms.Comparison) bool { return one.Size.Class != class })
		if len(of) > 0 {
			views = append(views, sizeView(class, of))
		}
	}
	if len(views) > 1 {
		views = append(views, sizeView(AllSizes, compared))
	}
	return views
}

// sizeView sums up networks.
func sizeView(class norms.SizeClass, of []norms.Comparison) SizeView {
	v := SizeView{Class: class, Networks: len(of)}
	var announced, accepted []norms.BySize
	for _, one := range of {
		announced, accepted = append(announced, one.Announced), append(accepted, one.Accepted)
		v.Action1.add(one.Action1)
		v.Action4.add(one.Action4)
	}
	v.Announced, v.AnnouncedCounted = norms.Together(announced)
	v.Accepted, v.AcceptedCounted = norms.Together(accepted)
	v.Action1.PercentBad, v.Action4.PercentBad = v.Action1.Routes.PercentBad(), v.Action4.Routes.PercentBad()
	return v
}

func (v *ConformanceView) add(c norms.Conformance) {
	switch {
	case c.Conformant == nil:
		v.NoData++
	case *c.Conformant:
		v.Conformant++
	default:
		v.NotConformant++
	}
	v.Routes = v.Routes.Plus(c.RouteTally)
}
