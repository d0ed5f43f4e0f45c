package watch

import (
	_ "embed"
	"encoding/csv"
	"net/netip"
	"strings"
	"time"

	"pahra/wire/values"
)

// protectionCSV lists networks that announce the prefixes of those they protect from denial of service, each with the
// date since when it is known to.
//
//go:embed ddos-protection.csv
var protectionCSV string

type protector struct {
	name  string
	since int64
}

// readProtectors reads the embedded list. It panics where the list is malformed, which is a programmer's error.
func readProtectors() map[values.ASN]protector {
	rows, err := csv.NewReader(strings.NewReader(protectionCSV)).ReadAll()
	if err != nil {
		panic("the embedded list of protection networks: " + err.Error())
	}
	list := make(map[values.ASN]protector)
	for _, row := range rows[1:] {
		asn, errASN := values.ParseASN(row[0])
		since, errTime := time.Parse("2006-01-02", row[2])
		if errASN != nil || errTime != nil {
			panic("the embedded list of protection networks: bad row " + row[0])
		}
		list[asn] = protector{row[1], since.Unix()}
	}
	return list
}

// protection gives the name of a network that protects others from denial of service now.
func (e *Engine) protection(asn values.ASN) (string, bool) {
	p, ok := e.protectors[asn]
	return p.name, ok && e.now >= p.since
}

type sharedPrefix struct {
	prefix netip.Prefix
	why    string
}

// sharedPrefixes are those that anybody may originate by their RFC.
func sharedPrefixes() []sharedPrefix {
	return []sharedPrefix{
		{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay anycast (RFC 3068)"},
		{netip.MustParsePrefix("2002::/16"), "6to4 (RFC 3056)"},
		{netip.MustParsePrefix("2001::/32"), "Teredo (RFC 4380)"},
		{netip.MustParsePrefix("192.175.48.0/24"), "AS112 (RFC 7534)"},
		{netip.MustParsePrefix("2620:4f:8000::/48"), "AS112 (RFC 7534)"},
		{netip.MustParsePrefix("192.31.196.0/24"), "AS112 by DNAME (RFC 7535)"},
		{netip.MustParsePrefix("2001:4:112::/48"), "AS112 by DNAME (RFC 7535)"},
		{netip.MustParsePrefix("192.52.193.0/24"), "AMT relays (RFC 7450)"},
		{netip.MustParsePrefix("2001:3::/32"), "AMT relays (RFC 7450)"},
	}
}
