package service

import (
	"cmp"
	"fmt"
	"slices"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// comparisonFile has a line for each network and month: its absolute figures beside those by size, and beside a second
// opinion.
const comparisonFile = "comparison.jsonl"

// compare takes stock of what customers handed over, while the table still shows it.
func (m *monthly) compare(r *run) {
	m.members = m.membersBy(r.rules)
	m.taken = m.takenFromCustomers(r.engine.Table(), r.rules, m.leavesOut(r.rules, m.members), r.opt.Settings.MinPeerASNs)
}

// comparison gives a network's line.
func (m *monthly) comparison(r *run, asn values.ASN, scores []norms.Score, list []announcement) norms.Comparison {
	customers := m.customersOf(asn)
	c := norms.Comparison{
		ASN: asn, Month: m.month, Profile: r.profile.ID, Rules: r.rules.ID,
		Size: norms.Size{Class: r.rules.Sizes.Of(customers), Prefixes: len(list)}, // of one network each route is a prefix
	}
	if n, known := customers.Get(); known {
		c.Size.Customers = &n
	}
	c.Announced, c.Accepted = r.profile.Compare(scores, len(list), customers)
	c.Action1 = r.rules.Action1(m.takenBy(asn, customers), m.members.reason)
	c.Action4 = r.rules.Action4(m.registration(r.rules, list), m.members.cdn[asn])
	used := append(usesOf(r.profile)[norms.A1], "vrp", "irr", "relations")
	for _, kind := range m.facts.Anachronism {
		if slices.Contains(used, kind) {
			c.Anachronism = append(c.Anachronism, kind)
		}
	}
	return c
}

// customersOf counts the direct customers by the relations of the month's end.
func (m *monthly) customersOf(asn values.ASN) norms.Input[int] {
	if why := m.noRelations(); why != "" {
		return norms.NoData[int](why)
	}
	return norms.Known(len(m.facts.Registry.Customers(asn)))
}

// takenBy gives the routes of direct customers that the network took. One that has customers of which no route is shown
// is not known to filter well.
func (m *monthly) takenBy(asn values.ASN, customers norms.Input[int]) norms.Input[norms.RouteTally] {
	n, known := customers.Get()
	t := m.taken[asn]
	switch {
	case !known:
		return norms.NoData[norms.RouteTally](customers.Reason())
	case n > 0 && t.Total() == 0:
		return norms.NoData[norms.RouteTally]("no route of its customers is shown as taken by it")
	}
	return norms.Known(t)
}

// registration counts the routes that the network originates as the rules judge them.
func (m *monthly) registration(rules *norms.ConformanceRules, list []announcement) (t norms.RouteTally) {
	for _, a := range list {
		if countsFamily(rules, a.prefix) {
			t.Add(rules.Registered(a.rov, a.irr))
		}
	}
	return t
}

func (r *run) writeComparisons() ([]Output, error) {
	slices.SortStableFunc(r.comparisons, func(a, b norms.Comparison) int {
		return cmp.Or(cmp.Compare(a.ASN, b.ASN), a.Month.Start().Compare(b.Month.Start()))
	})
	return writeLines(r.opt.Out, comparisonFile, func(put func(any) error) error {
		for i := range r.comparisons {
			if err := put(&r.comparisons[i]); err != nil {
				return fmt.Errorf("writing AS%d: %w", r.comparisons[i].ASN, err)
			}
		}
		return nil
	})
}
