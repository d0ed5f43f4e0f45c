package norms

import (
	"fmt"

	"pahra/wire/values"
)

// Comparison puts a network's absolute figures of a month, which are the norm, beside the same by its size, and beside a
// second opinion. An absolute rule is harder on large networks, a rate on small ones: so both are shown, and neither is
// a score. In JSON all keys are always there, but for anachronism.
type Comparison struct {
	ASN     values.ASN   `json:"asn"`
	Month   values.Month `json:"month"`
	Profile string       `json:"profile"` // that the penalties are of
	Rules   string       `json:"rules"`   // that the size classes and the conformance are of
	Size    Size         `json:"size"`
	// Announced are the incidents by the network itself, by announced prefixes; Accepted those that it let pass, by direct
	// customers. Together they are what Action 1 adds up.
	Announced BySize `json:"announced"`
	Accepted  BySize `json:"accepted"`
	// Action1 and Action4 are the second opinion.
	Action1 Conformance `json:"action1"`
	Action4 Conformance `json:"action4"`
	// Anachronism names the inputs used against their time or age; it bars the line from publication.
	Anachronism []string `json:"anachronism,omitempty"`
}

// Size is how large a network is.
type Size struct {
	Class     SizeClass `json:"class"`
	Customers *int      `json:"customers"` // direct ones; null without relations
	Prefixes  int       `json:"prefixes"`  // announced in the month
}

// BySize is a figure as it is, and by size.
type BySize struct {
	// Incidents counts the merged time spans that cost something, Raw is their weighted penalty. Null is no data.
	Incidents *int     `json:"incidents"`
	Raw       *float64 `json:"raw"`
	// Per is what the size is counted in: [ThousandPrefixes] or [Customer]; Units is the size in it.
	Per   string   `json:"per"`
	Units *float64 `json:"units"`
	// IncidentsBySize and RawBySize are Incidents and Raw for each unit, not rounded; null where there is no unit.
	IncidentsBySize *float64 `json:"incidents_by_size"`
	RawBySize       *float64 `json:"raw_by_size"`
	// NoDataReason says what is missing; figures beside it are the least that there was.
	NoDataReason *string `json:"no_data_reason"`
}

// What sizes are counted in.
const (
	ThousandPrefixes = "1000 announced prefixes"
	Customer         = "direct customer"
)

// Compare gives the absolute figures of one network and month from its metric scores, as [Profile.Assess] gives them
// with their intervals, beside those by size.
func (p *Profile) Compare(scores []Score, prefixes int, customers Input[int]) (announced, accepted BySize) {
	announced, accepted = p.gather(scores, false), p.gather(scores, true)
	units := float64(prefixes) / 1000
	announced = announced.by(ThousandPrefixes, Known(units))
	n, known := customers.Get()
	size := NoData[float64](customers.Reason())
	if known {
		size = Known(float64(n))
	}
	return announced, accepted.by(Customer, size)
}

// gather adds up the incident metrics that count in Action 1: those of the network, or those of what it accepted.
func (p *Profile) gather(scores []Score, ofOthers bool) (b BySize) {
	incidents, raw, known := 0, 0.0, false
	var missing gaps
	for _, s := range scores {
		weight := p.Actions.A1.Weights[s.Metric]
		if weight == 0 || !s.Metric.IsIncident() || s.Metric.IsAccepted() != ofOthers {
			continue
		}
		if s.NoDataReason != nil {
			missing.add(s.Metric, *s.NoDataReason)
		}
		if s.Raw == nil {
			continue
		}
		known = true
		raw += float64(weight * *s.Raw) // the conversion forbids a fused multiply-add
		for _, in := range s.Intervals {
			if in.Contribution > 0 {
				incidents++
			}
		}
	}
	gap := missing.String()
	if gap != "" {
		b.NoDataReason = &gap
	}
	if known && (gap == "" || incidents > 0) { // having found none proves nothing where something is missing
		b.Incidents, b.Raw = &incidents, &raw
	}
	return b
}

// by divides by the size.
func (b BySize) by(per string, size Input[float64]) BySize {
	b.Per = per
	units, known := size.Get()
	if !known {
		why := size.Reason()
		if b.NoDataReason != nil {
			why = both(*b.NoDataReason, why)
		}
		b.NoDataReason = &why
		return b
	}
	b.Units = &units
	if units > 0 && b.Raw != nil {
		incidents, raw := float64(*b.Incidents)/units, *b.Raw/units
		b.IncidentsBySize, b.RawBySize = &incidents, &raw
	}
	return b
}

// Together gives the same figures of several networks: the sums, and the sums by the sum of sizes; counted is how many
// networks have a size, the others are left out. Where something is missing for some, or one has no figure at all, the
// sums are the least that there was. To leave such networks out, but not those in which something was found all the
// same, would make the rate of the unlucky that of all.
func Together(list []BySize) (sum BySize, counted int) {
	incidents, raw, units, known, inPart := 0, 0.0, 0.0, 0, 0
	for _, b := range list {
		sum.Per = b.Per
		if b.Units == nil {
			continue
		}
		counted++
		units += *b.Units
		if b.NoDataReason != nil {
			inPart++
		}
		if b.Raw == nil {
			continue
		}
		known++
		incidents += *b.Incidents
		raw += *b.Raw
	}
	if known == 0 {
		why := "no network has both a figure and a size"
		return BySize{Per: sum.Per, NoDataReason: &why}, counted
	}
	sum.Incidents, sum.Raw = &incidents, &raw
	if inPart > 0 {
		why := fmt.Sprintf("a part is missing for %d of %d networks", inPart, counted)
		sum.NoDataReason = &why
	}
	return sum.by(sum.Per, Known(units)), counted
}
