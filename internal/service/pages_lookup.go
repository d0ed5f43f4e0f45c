package service

import (
	"fmt"

	"pahra/wire/values"
)

// Lookup says where a network's contacts can be looked up by hand: pages tell that there are some, never who they are.
type Lookup struct {
	ASN       values.ASN `json:"asn"`
	Whois     string     `json:"whois"`     // a command
	PeeringDB string     `json:"peeringdb"` // an address, to be opened by hand
}

// maxLookups bounds those of one page.
const maxLookups = 20

// lookups gives where to look networks up, each once, in the order given. Nobody is to be called for what is made up.
func (p *Pages) lookups(asns ...values.ASN) []Lookup {
	list := []Lookup{}
	seen := make(map[values.ASN]bool)
	for _, asn := range asns {
		if p.head.Synthetic || seen[asn] || len(list) == maxLookups {
			continue
		}
		seen[asn] = true
		list = append(list, Lookup{asn, whoisCommand(asn, p.parties[asn].RIR), peeringDB(asn)})
	}
	return list
}

// whoisCommand asks the regional registry that handed a number out, by its name in delegated statistics; where it is not
// known, whois finds its own way.
func whoisCommand(asn values.ASN, rir string) string {
	switch rir {
	case "ripencc":
		return fmt.Sprintf("whois -h whois.ripe.net AS%d", asn)
	case "apnic", "arin", "lacnic", "afrinic":
		return fmt.Sprintf("whois -h whois.%s.net AS%d", rir, asn)
	}
	return fmt.Sprintf("whois AS%d", asn)
}

// concerned gives who is told of on an incident's page: who announced it, who let it pass, whose it is.
func (page *IncidentPage) concerned() []values.ASN {
	list := []values.ASN{page.Incident.ASN}
	for _, x := range page.Alarm.LetPass {
		list = append(list, x.ASN)
	}
	for _, x := range page.Alarm.Victims {
		list = append(list, x.ASN)
	}
	return list
}

func peeringDB(asn values.ASN) string { return fmt.Sprintf("https://www.peeringdb.com/asn/%d", asn) }
