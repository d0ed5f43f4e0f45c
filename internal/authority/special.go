package authority

import "pahra/wire/bogons"

// iana is the source of what RFCs and IANA's registries set apart.
const iana = "iana"

// SpecialPrefixes gives the blocks that RFCs and IANA set apart, and those that IANA had not yet given to a registry,
// each with its dates: the tables of [bogons.Special] and [bogons.Unallocated] as one list, for [NewBogons].
func SpecialPrefixes() []BogonPrefix {
	return BogonPrefixes(iana, append(bogons.Special(), bogons.Unallocated()...))
}

// SpecialASNs gives the numbers that RFCs and IANA set apart, the table of [bogons.SpecialASNs]. AS 23456 stands in
// paths read from two-octet sessions for a number that did not fit; a caller that judges such paths must leave it out.
func SpecialASNs() []BogonASN {
	var out []BogonASN
	for _, r := range bogons.SpecialASNs() {
		out = append(out, BogonASN{From: r.From, To: r.To, Kind: kindOf(r.Kind), Since: r.Since, Until: r.Until,
			Source: iana, Rule: ruleOf(r.Name, r.Rule)})
	}
	return out
}

// BogonPrefixes gives the entries of a list under its source's name, for [NewBogons].
func BogonPrefixes(source string, entries []bogons.Entry) []BogonPrefix {
	out := make([]BogonPrefix, len(entries))
	for i, e := range entries {
		out[i] = BogonPrefix{Prefix: e.Prefix, Kind: kindOf(e.Kind), Since: e.Since, Until: e.Until, Source: source,
			Rule: ruleOf(e.Name, e.Rule)}
	}
	return out
}

// kindOf gives the weight of a list's kind.
func kindOf(k bogons.Kind) BogonKind {
	switch k {
	case bogons.Full:
		return BogonFull
	case bogons.Administrative:
		return BogonAdministrative
	}
	return BogonNone
}

// ruleOf joins what an entry is for and the document that says so: "Private-Use (RFC 1918)".
func ruleOf(name, document string) string {
	if name == "" {
		return document
	}
	return name + " (" + document + ")"
}
