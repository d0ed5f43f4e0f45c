package web

import (
	"pahra/internal/norms"
	"pahra/internal/watch"
)

// kindWord names a kind of incident.
func kindWord(k watch.Kind) string {
	switch k {
	case watch.Hijack:
		return "Mis-origination"
	case watch.RPKIInvalid:
		return "RPKI-invalid"
	case watch.BogonPrefix:
		return "Bogon prefix"
	case watch.BogonASN:
		return "Bogon ASN"
	case watch.Leak:
		return "Route leak"
	case watch.PathAnomaly:
		return "Path anomaly"
	}
	return string(k)
}

// KindWord names a kind of incident.
func KindWord(k watch.Kind) string { return kindWord(k) }

// kindAbout says in a few words what a kind of incident is.
func kindAbout(k watch.Kind) string {
	switch k {
	case watch.Hijack:
		return "a network announces what another holds"
	case watch.RPKIInvalid:
		return "an announcement that signed authorisations contradict"
	case watch.BogonPrefix:
		return "a prefix that nobody may announce"
	case watch.BogonASN:
		return "a path with a number that must not appear in it"
	case watch.Leak:
		return "routes passed on to where they must not go (RFC 7908)"
	case watch.PathAnomaly:
		return "a new neighbour next to the rightful origin: informs, never scores"
	}
	return ""
}

// attributionWord says how far the announcing network is known to have done it.
func attributionWord(a watch.Attribution) string {
	switch a {
	case watch.Supported:
		return "named: independent paths show it"
	case watch.SinglePath:
		return "not named: all evidence comes by one way"
	case watch.PossiblyForged:
		return "not named: the path may be forged"
	}
	return "not named: " + string(a)
}

func metricWord(m norms.Metric) string {
	switch m {
	case norms.M1:
		return "leaked routes"
	case norms.M1C:
		return "accepted leaks"
	case norms.M2:
		return "announced what others hold"
	case norms.M2C:
		return "accepted mis-originations"
	case norms.M3:
		return "announced bogons"
	case norms.M3C:
		return "accepted bogons"
	case norms.M4:
		return "let bogon ASNs out"
	case norms.M4C:
		return "accepted bogon ASNs"
	case norms.M5:
		return "spoofed packets let out"
	case norms.M5C:
		return "spoofed packets of customers"
	case norms.M6:
		return "routing policy registered"
	case norms.M7IRR:
		return "routes with route objects"
	case norms.M7RPKI:
		return "routes with valid ROAs"
	case norms.M7RPKIN:
		return "routes that are not RPKI-invalid"
	case norms.M8:
		return "contacts registered"
	case norms.M9:
		return "RPKI deployment"
	}
	return ""
}

// exclusionWord is the question that an exclusion asks.
func exclusionWord(name string) string {
	words := map[string]string{
		"roa-valid":            "Does a ROA authorise it?",
		"route-object":         "Does a route object name it?",
		"same-organisation":    "Do both belong to one organisation?",
		"customer-or-provider": "Is one the other's customer or provider?",
		"covering-origin":      "Does it originate the covering prefix?",
		"victim-on-path":       "Does the holder itself pass it on?",
		"neighbours":           "Did they stand next to each other before?",
		"prepend-typo":         "Is it a mistyped number of prepends?",
		"asn-typo":             "Is it a mistyped AS number?",
		"blackhole":            "Is it a blackhole request?",
		"too-specific":         "Is it longer than networks exchange?",
		"anycast":              "Is it an anycast service?",
		"ddos-protection":      "Is it a known protection service?",
		"transfer":             "Had the holder given it up before?",
		"moved":                "Did the holder stop everywhere at once?",
		"carried-before":       "Did they pass such routes on all along?",
		"customer-cone":        "Is a neighbour a customer of a customer?",
		"customer-prefix":      "Are all prefixes of its own customers?",
		"relation-change":      "Did a peer become a customer that day?",
		"one-origin":           "Is it one network that may have bought transit?",
		"aspa-provider":        "Does a signed ASPA name it as a provider?",
		"known-relation":       "Did sources know them as neighbours before?",
		"standing":             "Did it stand before judging began?",
		"unsure-relation":      "Are the relations too unsure to tell?",
		"new-provider":         "Does it sell transit, and gain customers every day?",
	}
	if w, ok := words[name]; ok {
		return w
	}
	return name
}

func authorityWord(kind string) string {
	switch kind {
	case "vrp":
		return "RPKI (ROAs, ASPAs)"
	case "irr":
		return "Routing registries (route objects)"
	case "bogons":
		return "Bogon lists"
	case "relations":
		return "AS relations"
	case "organisations":
		return "Organisations"
	case "aspa":
		return "RPKI (ASPA)"
	}
	return kind
}

// leakType says what a type of RFC 7908, section 3, is.
func leakType(n int) string {
	switch n {
	case 1:
		return "type 1: a hairpin turn, from a provider to a provider"
	case 2:
		return "type 2: from a peer to a peer"
	case 3:
		return "type 3: from a provider to a peer"
	case 4:
		return "type 4: from a peer to a provider"
	}
	return "of a type that is not known"
}

// leakRule says by which rule it is a leak.
func leakRule(name string) string {
	switch name {
	case "aspa":
		return "signed ASPA objects: neither neighbour has the leaker as a provider"
	case "otc":
		return "the Only to Customer mark (RFC 9234)"
	case "tier-1":
		return "two networks without providers stand on both sides of one that has some"
	case "valley-free":
		return "the relations: a route of a provider or peer goes to customers only"
	}
	return name
}
