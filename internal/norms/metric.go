package norms

import (
	"fmt"
	"strings"
)

// Metric is a measure of the MANRS Observatory, or an Action that sums some of them up. Metrics order as they are
// declared; the zero value is none.
type Metric uint8

// The metrics, in the order of every output. A "C" metric is about what a network let pass from its neighbour.
const (
	M1      Metric = iota + 1 // route leak by the network
	M1C                       // route leak by a neighbour, accepted
	M2                        // mis-origination (hijack) by the network
	M2C                       // mis-origination by a neighbour, accepted
	M3                        // bogon prefix announced
	M3C                       // bogon prefix accepted
	M4                        // bogon ASN announced
	M4C                       // bogon ASN accepted
	M5                        // prefixes that leaked spoofed packets
	M5C                       // prefixes of direct customers that leaked spoofed packets
	M6                        // routing policy registered
	M7IRR                     // announced routes with a route object
	M7RPKI                    // announced routes with a valid ROA, invalid ones counted against it
	M7RPKIN                   // announced routes that are RPKI-invalid
	M8                        // contacts registered
	M9                        // RPKI deployment
	A1                        // Action 1, filtering
	A2                        // Action 2, anti-spoofing
	A3                        // Action 3, coordination
	A4                        // Action 4, routing information
	metricEnd
)

// names are indexed by metric.
func names() [metricEnd]string {
	return [metricEnd]string{
		M1: "M1", M1C: "M1C", M2: "M2", M2C: "M2C", M3: "M3", M3C: "M3C", M4: "M4", M4C: "M4C", M5: "M5", M5C: "M5C",
		M6: "M6", M7IRR: "M7IRR", M7RPKI: "M7RPKI", M7RPKIN: "M7RPKIN", M8: "M8", M9: "M9", A1: "A1", A2: "A2", A3: "A3", A4: "A4",
	}
}

// String gives the metric's name as MANRS writes it: "M2C", "M7IRR", "A1".
func (m Metric) String() string {
	if m == 0 || m >= metricEnd {
		return "none"
	}
	return names()[m]
}

// ParseMetric reads a metric's name in upper or lower case.
func ParseMetric(s string) (Metric, error) {
	upper := strings.ToUpper(s)
	for m, name := range names() {
		if m > 0 && name == upper {
			return Metric(m), nil
		}
	}
	return 0, fmt.Errorf("%q is not a metric (M1 to M9, A1 to A4)", s)
}

// MarshalText writes the metric's name.
func (m Metric) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the metric's name.
func (m *Metric) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMetric(string(b))
	return err
}

// IsIncident says whether the metric is made of incidents with a start and an end (M1 to M4C).
func (m Metric) IsIncident() bool { return m >= M1 && m <= M4C }

// IsAccepted says whether an incident metric is about what the network let pass from a neighbour: M1C, M2C, M3C, M4C.
func (m Metric) IsAccepted() bool { return m == M1C || m == M2C || m == M3C || m == M4C }

// IsPenalty says whether the metric has a raw penalty that the curve turns into a percentage (M1 to M5C).
func (m Metric) IsPenalty() bool { return m >= M1 && m <= M5C }

// IsOurs says whether the definition is this project's: MANRS names the metric and publishes no rule for it.
func (m Metric) IsOurs() bool { return m == M5C || m == M9 }

// IsAction says whether it is an Action rather than a metric.
func (m Metric) IsAction() bool { return m >= A1 && m <= A4 }

// IncidentMetrics are M1 to M4C in order.
func IncidentMetrics() []Metric { return between(M1, M4C) }

// Actions are A1 to A4 in order.
func Actions() []Metric { return between(A1, A4) }

// between lists the metrics from first to last.
func between(first, last Metric) (ms []Metric) {
	for m := first; m <= last; m++ {
		ms = append(ms, m)
	}
	return ms
}
