package exchange

import (
	"net/netip"
	"strings"
	"time"

	"pahra/internal/exchange/agreement"
)

// Transform does an action to a value of a kind. It gives false where it cannot be done: then the value stays. Places need what
// they lie in, which only the object knows: see [Redactor.Event].
func (k *Keys) Transform(a agreement.Action, kind agreement.Kind, value string) (after string, done bool) {
	switch a.Do {
	case agreement.Release:
		return value, true
	case agreement.Mask:
		return mask(a, value)
	case agreement.Bucket:
		return bucket(a, value)
	case agreement.Pseudonymise:
		return k.Pseudonym(a.Key, kind, value), true
	case agreement.Replace:
		return k.Opaque(value), true
	}
	return "", false
}

// mask gives the network of an address's first bits, of a network the shorter one: never a host.
func mask(a agreement.Action, value string) (string, bool) {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		addr, err := netip.ParseAddr(value)
		if err != nil {
			return "", false
		}
		addr = addr.WithZone("").Unmap()
		p = netip.PrefixFrom(addr, addr.BitLen())
	}
	bits := int(a.V4)
	if p.Addr().Is6() {
		if p.Addr().Is4In6() {
			return "", false // its bits count otherwise
		}
		bits = int(a.V6)
	}
	return netip.PrefixFrom(p.Addr(), min(bits, p.Bits())).Masked().String(), true
}

// bucket gives the hour or the day that a time lies in, in UTC, as IntelMQ writes times.
func bucket(a agreement.Action, value string) (string, bool) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return "", false
	}
	start, _ := agreement.Span(a.To).Window(t)
	return start.Format("2006-01-02T15:04:05+00:00"), true
}

// generalise gives the region or the country that a place lies in: "country:XN". The word in front keeps it from being read as the
// place itself.
func generalise(a agreement.Action, field string, text func(key string) string) (string, bool) {
	at := strings.LastIndexByte(field, '.')
	if at < 0 {
		return "", false
	}
	in := text(field[:at] + ".region")
	if a.To == "country" {
		in = text(field[:at] + ".cc")
	}
	return a.To + ":" + in, in != ""
}
