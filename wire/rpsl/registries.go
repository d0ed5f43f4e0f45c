package rpsl

import (
	"strings"
	"time"
)

// registry is one row of the table: from the date since on, a registry of this name lets nobody register a
// route unless the holder of the addresses agrees.
type registry struct{ name, since string }

// authenticated is the table of registries that bind route objects to the address holder.
//
// The list is that of the RIPE Labs study "The IRR landscape: data quality" (labs.ripe.net, 2025): the registries of
// the five RIRs and of the national registries that stand in for them. All others listed at irr.net are run by
// companies or associations that take anybody's word (RADB, ALTDB, NTTCOM, LEVEL3, BELL, BBOI, CANARIE, NESTEGG,
// PANIX, REACH, RGNET, TC and more), or hold what an RIR could not verify (RIPE-NONAUTH, ARIN-NONAUTH).
//
// The dates are those from which the name alone tells, by these sources; where none was found, the date is that of the
// earliest document that shows the practice, which is late rather than early:
//   - RIPE: out-of-region objects moved to RIPE-NONAUTH on 2018-09-04 (ripe.net, "Impact Analysis for NWI-5
//     Implementation"); before, they could be made with a public password and stood beside verified ones.
//   - ARIN: verified and unverified objects were parted on 2020-06-10 (arin.net, "Implementation Notes for ARIN's
//     Web-Based IRR").
//   - AFRINIC: its registry opened in June 2013, for its own resources alone (afrinic.net, "About the IRR Project").
//   - LACNIC: objects are made from its holders' ROAs (lacnic.net, "What is IRR"); it opened in 2020.
//   - APNIC: document APNIC-101 of 2002-12-17 has routes protected by the maintainers of the addresses. The national
//     registries under it (CNNIC, IRINN, KRNIC, TWNIC, VNNIC) keep their objects in its database by its rules.
//   - JPIRR, of JPNIC: document JPNIC-01291, in force from 2024-03-18.
//   - IDNIC, NIC.BR, NIC.MX: the study itself.
func authenticated() []registry {
	return []registry{
		{"AFRINIC", "2013-06-01"},
		{"APNIC", "2002-12-17"},
		{"ARIN", "2020-06-10"},
		{"LACNIC", "2020-01-01"},
		{"RIPE", "2018-09-04"},
		{"CNNIC", "2002-12-17"},
		{"IRINN", "2002-12-17"},
		{"KRNIC", "2002-12-17"},
		{"TWNIC", "2002-12-17"},
		{"VNNIC", "2002-12-17"},
		{"JPIRR", "2024-03-18"},
		{"JPNIC", "2024-03-18"},
		{"IDNIC", "2025-01-01"},
		{"NIC.BR", "2025-01-01"},
		{"NIC.MX", "2025-01-01"},
	}
}

// Authenticated tells whether the registry of that name (the value of source:, in any case) let only the holders of
// addresses register routes for them at the time given; the zero time asks about the newest state known. A name that
// is not in the table is not authenticated.
func Authenticated(source string, at time.Time) bool {
	for _, r := range authenticated() {
		if !strings.EqualFold(r.name, source) {
			continue
		}
		since, err := time.Parse(time.DateOnly, r.since)
		if err != nil {
			panic(err) // a constant of the table above is not a date
		}
		return at.IsZero() || !at.Before(since)
	}
	return false
}
