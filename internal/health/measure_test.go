package health

import (
	"math"
	"testing"
	"time"
)

// TestMeasures is the worked example of docs/formulas.md: 30 days of a network that announces 65,536 addresses.
func TestMeasures(t *testing.T) {
	from := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	on := func(d int) time.Time { return from.AddDate(0, 0, d-1) }
	var covered []time.Time
	for d := 1; d <= 30; d++ {
		if d != 15 {
			covered = append(covered, on(d))
		}
	}
	gone := on(9)
	list := Measures(
		[]Sighting{{on(1), "a", 200}, {on(1), "a", 20}, {on(4), "a", 70}},
		[]Episode{{"a", on(1), on(4), &gone}, {"a", on(1), on(4), &gone}, {"a", on(-3), on(4), nil}},
		map[string][]time.Time{"a": covered}, from, on(31), 65536)
	if len(list) != 1 {
		t.Fatal(list)
	}
	m := list[0]
	if m.Incidence != 2 || m.AddressDays != 290 || m.CoveredDays != 29 || *m.Prevalence != 10 {
		t.Errorf("%+v", m)
	}
	if math.Abs(*m.Per100k-15.2588) > 0.0001 {
		t.Errorf("%v for each 100,000", *m.Per100k)
	}
	if c := m.Curve; len(c) != 30 || *c[0].Addresses != 220 || *c[1].Addresses != 0 || c[14].Addresses != nil {
		t.Errorf("the curve is %v", c)
	}
	r := m.Recovery
	if r.Cases != 3 || r.Recovered != 2 || *r.Earliest.At != 3*day || *r.Latest.At != 8*day {
		t.Errorf("recovery: %+v", r)
	}
}

// TestNoDenominator: of a network whose addresses are not known there is no rate, and of no covered day no prevalence.
func TestNoDenominator(t *testing.T) {
	from := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	m := Measures(nil, []Episode{{"a", from, from, nil}}, nil, from, from.AddDate(0, 0, 2), 0)[0]
	if m.Per100k != nil || m.Prevalence != nil || m.Curve[0].Addresses != nil {
		t.Errorf("%+v", m)
	}
}
