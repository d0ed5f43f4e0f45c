package cli

import (
	"fmt"
	"strconv"

	"pahra/internal/norms"
	"pahra/internal/service"
)

// sizes draws the absolute figures beside those by size, and the second opinion: by size class, and of each network
// where they are few.
func (s *screen) sizes(c *service.NeighbourhoodCheck) {
	if len(c.Sizes) == 0 {
		return
	}
	s.head("BY SIZE (first the norm, which is absolute, then the same by size)")
	s.sizeRow("", "networks", "announced", "per 1,000 prefixes", "let pass", "per direct customer")
	for _, v := range c.Sizes {
		s.sizeRow(string(v.Class), strconv.Itoa(v.Networks), incidentsOf(v.Announced), bySizeOf(v.Announced), incidentsOf(v.Accepted), bySizeOf(v.Accepted))
	}
	few := c.Compared
	if len(few) > shownNetworks {
		few = nil
	}
	for _, one := range few {
		s.sizeRow("AS"+one.ASN.String(), string(one.Size.Class), incidentsOf(one.Announced), bySizeOf(one.Announced), incidentsOf(one.Accepted), bySizeOf(one.Accepted))
	}
	s.head("A SECOND OPINION, %s (conformant or not; no part of the score)", c.Compared[0].Rules)
	s.opinionRow("", "A1 filtering", "bad of customers' routes", "A4 routing information", "bad of own routes")
	for _, v := range c.Sizes {
		s.opinionRow(string(v.Class), networksOf(v.Action1), badOf(v.Action1.Routes), networksOf(v.Action4), badOf(v.Action4.Routes))
	}
	for _, one := range few {
		s.opinionRow("AS"+one.ASN.String(), conformantText(one.Action1), badOf(one.Action1.RouteTally), conformantText(one.Action4), badOf(one.Action4.RouteTally))
	}
	s.undecided(c.Compared)
}

func (s *screen) sizeRow(label string, cells ...string) {
	row := []string{"  " + label}
	for i, c := range cells {
		row = append(row, fmt.Sprintf("%*s", []int{10, 14, 20, 14, 21}[i], c))
	}
	s.cells([]int{11, 11, 15, 21, 15}, row...)
}

func (s *screen) opinionRow(label string, cells ...string) {
	row := []string{"  " + label}
	for i, c := range cells {
		row = append(row, fmt.Sprintf("%*s", []int{18, 24, 23, 20}[i], c))
	}
	s.cells([]int{11, 19, 25, 24}, row...)
}

// incidentsOf counts incidents; where a part of the month or an input is missing, it is the least there was.
func incidentsOf(b norms.BySize) string {
	switch {
	case b.Incidents == nil:
		return "no data"
	case b.NoDataReason != nil:
		return fmt.Sprintf(">= %d", *b.Incidents)
	}
	return strconv.Itoa(*b.Incidents)
}

func bySizeOf(b norms.BySize) string {
	switch {
	case b.Incidents == nil:
		return "no data"
	case b.IncidentsBySize == nil: // nothing to divide by
		return "-"
	case b.NoDataReason != nil:
		return fmt.Sprintf(">= %.2f", *b.IncidentsBySize)
	}
	return fmt.Sprintf("%.2f", *b.IncidentsBySize)
}

// networksOf counts the networks: "12 yes, 3 no, 4 ?".
func networksOf(v service.ConformanceView) string {
	return fmt.Sprintf("%d yes %d no %d ?", v.Conformant, v.NotConformant, v.NoData)
}

func conformantText(c norms.Conformance) string {
	switch {
	case c.Conformant == nil:
		return "?"
	case *c.Conformant:
		return "yes"
	}
	return "no"
}

// badOf shows the absolute number and the share.
func badOf(t norms.RouteTally) string {
	percent := t.PercentBad()
	switch {
	case percent == nil && t.Total() == 0:
		return "no routes"
	case percent == nil:
		return fmt.Sprintf(">= %d of %d", t.Bad, t.Total())
	}
	return fmt.Sprintf("%d of %d (%.1f %%)", t.Bad, t.Total(), *percent)
}

// undecided says why the second opinion has no data, each reason once.
func (s *screen) undecided(list []norms.Comparison) {
	type reason struct{ action, text string }
	counts := make(map[reason]int)
	var order []reason
	for _, one := range list {
		for _, r := range []struct {
			action string
			c      norms.Conformance
		}{{"A1", one.Action1}, {"A4", one.Action4}} {
			if r.c.NoDataReason == nil {
				continue
			}
			key := reason{r.action, *r.c.NoDataReason}
			if counts[key] == 0 {
				order = append(order, key)
			}
			counts[key]++
		}
	}
	const most = 3
	for _, key := range order[:min(len(order), most)] {
		s.line("  ? %s of %s: %s", key.action, count(counts[key], "network"), key.text)
	}
	if more := len(order) - most; more > 0 {
		s.line("  ? %d more reasons; --json lists all", more)
	}
}
