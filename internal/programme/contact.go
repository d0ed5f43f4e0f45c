package programme

import (
	"fmt"
	"slices"
	"strings"

	"pahra/internal/norms"
)

// mendContact says which contacts the profile accepts of a network: those of its own regional registry where that is
// known and the profile has a rule for it, and those that any network can register.
func (by *Adviser) mendContact(who Network) string {
	own := who.RIR
	if own == "ripencc" {
		own = "ripe"
	}
	var ways []string
	for _, rule := range by.Profile.Contacts.Rules {
		if slices.Contains(rule.Sources, own) {
			ways = append([]string{acceptedBy(rule, who, own)}, ways...)
		}
	}
	for _, rule := range by.Profile.Contacts.Rules {
		for _, source := range rule.Sources {
			if source == own || own != "" && isRIR(source) {
				continue // another region's registry is not open to it
			}
			ways = append(ways, acceptedBy(rule, who, source))
		}
	}
	if ways == nil {
		return fmt.Sprintf("profile %s accepts no contact that AS%d could register", by.Profile.ID, who.ASN)
	}
	return "register " + strings.Join(ways, "; or ")
}

func isRIR(source string) bool {
	return slices.Contains([]string{"afrinic", "apnic", "arin", "lacnic", "ripe"}, source)
}

// acceptedBy writes a rule for one of its sources: "OrgTechRef or OrgNocRef for AS64500 with ARIN".
func acceptedBy(rule norms.ContactRule, who Network, source string) string {
	text := fmt.Sprintf("%s for AS%d ", strings.Join(rule.Roles, " or "), who.ASN)
	switch {
	case source == "peeringdb":
		text += "in PeeringDB"
	case source == "irr":
		text += "in its aut-num in another routing registry"
	case source == "ripe":
		text += "with RIPE NCC"
	default:
		text += "with " + strings.ToUpper(source)
	}
	if len(rule.ReachableBy) > 0 {
		text += ", reachable by " + strings.Join(rule.ReachableBy, " or ")
	}
	return text
}
