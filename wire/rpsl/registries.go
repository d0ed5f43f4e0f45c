package rpsl

import (
	"strings"
	"time"
)

// registry is one row of the table: from since (a date, or empty) on, a registry of this name lets nobody register a
// route unless the holder of the addresses agrees.
type registry struct{ name, since, why string }

// authenticated is the table of registries that bind route objects to the address holder, as known in September 2025.
//
// The list is that of the RIPE Labs study "The IRR landscape: data quality" (labs.ripe.net, 2025): the registries of
// the five RIRs and of the national registries that stand in for them. All others listed at irr.net are run by
// companies or associations that take anybody's word (RADB, ALTDB, NTTCOM, LEVEL3, BELL, BBOI, CANARIE, NESTEGG,
// PANIX, REACH, RGNET, TC and more), or hold what an RIR could not verify (RIPE-NONAUTH, ARIN-NONAUTH).
//
// The dates are those from which the name alone tells:
//   - RIPE: out-of-region objects moved to RIPE-NONAUTH on 2018-09-04 (ripe.net, "RIPE NWI-5"); before, they could be
//     made with a public password and stood beside verified ones under the same name.
//   - ARIN: verified and unverified objects were parted on 2020-06-10 (arin.net, "IRR-online implementation").
//   - AFRINIC: its registry opened in June 2013 with resource holders alone (afrinic.net, "About the IRR project").
//   - LACNIC: objects are made from its holders' ROAs, since the registry opened in 2020 (lacnic.net, "What is IRR").
//   - JPIRR: JPNIC began it in 2003 as a trial and in August 2006 as a service to its own address holders.
//   - APNIC: since its registry joined the whois database in 2002, a route needs the inetnum's maintainer; the national
//     registries under it (IRINN, CNNIC, KRNIC, TWNIC, VNNIC, IDNIC) publish under their own names or APNIC's.
func authenticated() []registry {
	return []registry{
		{"AFRINIC", "2013-06-01", "RIR"},
		{"APNIC", "2002-08-01", "RIR"},
		{"ARIN", "2020-06-10", "RIR"},
		{"LACNIC", "2020-01-01", "RIR"},
		{"RIPE", "2018-09-04", "RIR"},
		{"CNNIC", "2002-08-01", "NIR under APNIC"},
		{"IDNIC", "2002-08-01", "NIR under APNIC"},
		{"IRINN", "2012-03-01", "NIR under APNIC"},
		{"JPIRR", "2006-08-01", "registry of JPNIC, NIR under APNIC"},
		{"JPNIC", "2006-08-01", "NIR under APNIC"},
		{"KRNIC", "2002-08-01", "NIR under APNIC"},
		{"TWNIC", "2002-08-01", "NIR under APNIC"},
		{"VNNIC", "2003-01-01", "NIR under APNIC"},
		{"NIC.BR", "2020-01-01", "NIR under LACNIC"},
		{"NIC.MX", "2020-01-01", "NIR under LACNIC"},
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
