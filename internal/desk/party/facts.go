package party

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// Own is what begins the names of fields that the desk itself puts in.
const Own = intelmq.Extra + "pahra."

// strip takes out what a report claims in the desk's own name.
func strip(e *intelmq.Event) {
	fields := e.Fields()
	i, _ := slices.BinarySearchFunc(fields, Own, func(f intelmq.Field, key string) int { return strings.Compare(f.Key, key) })
	for i < len(e.Fields()) && strings.HasPrefix(e.Fields()[i].Key, Own) {
		e.Delete(e.Fields()[i].Key)
	}
}

// FactsOf gives what an event says of whom it concerns.
func FactsOf(e *intelmq.Event) Facts {
	var f Facts
	for _, v := range e.Fields() {
		text := v.Value.Text
		switch v.Key {
		case "time.source", "time.observation": // in this order, as the fields stand: observation comes first
			if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
				f.At = at
			}
		case "source.ip":
			if a, err := netip.ParseAddr(text); err == nil {
				f.Addr = a.Unmap().WithZone("")
			}
		case "source.asn", "extra.pahra.asn":
			if n, err := strconv.ParseUint(text, 10, 32); err == nil && (f.ASN == 0 || v.Key == "extra.pahra.asn") {
				f.ASN = values.ASN(n)
			}
		case "extra.pahra.cc", "source.geolocation.cc": // what is known comes before what the report says
			if f.Country == "" {
				f.Country = text
			}
		case "source.fqdn":
			f.Name = strings.ToLower(text)
		case "source.url":
			f.Host = hostOf(text)
		case "extra.sector", "extra.source.sector", "extra.source_sector":
			f.Sector = strings.ToLower(text)
		case "extra.registrar", "extra.source.registrar":
			f.Registrar = text
		}
	}
	if f.Host != "" {
		if a, err := netip.ParseAddr(f.Host); err == nil {
			if f.Host = ""; !f.Addr.IsValid() {
				f.Addr = a.Unmap().WithZone("")
			}
		} else {
			f.Name = f.Host
		}
	}
	return f
}

func hostOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	for i := range len(host) {
		if host[i] >= 0x80 {
			return asciiName(host)
		}
	}
	return host
}
