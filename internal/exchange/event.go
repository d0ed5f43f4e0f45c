package exchange

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// The fields in which Pahra notes of an event what agreements ask. Reports cannot set them: intake takes them out.
const (
	FieldConsent  = agreement.Internal + "consent"  // "none", "government", "everyone": to whom who told it may be named
	FieldOrigin   = agreement.Internal + "origin"   // the team of a third party that told it
	FieldPermits  = agreement.Internal + "permits"  // the teams that it lets it be passed to, between spaces
	FieldEmbargo  = agreement.Internal + "embargo"  // a time before which it must not leave
	FieldExpires  = agreement.Internal + "expires"  // a time from which on it must not leave any more
	FieldRecalled = agreement.Internal + "recalled" // true: it was taken back
)

// EventID is what an event is known by at home.
func EventID(e *intelmq.Event) string {
	h := e.Hash()
	return hex.EncodeToString(h[:])
}

// EventFacts says of an event what an agreement asks of an object. Labels are those of TLP version 1, as IntelMQ has them, but for
// the two that only version 2.0 has.
func EventFacts(e *intelmq.Event, kinds *class.Tables) *agreement.Facts {
	f := &agreement.Facts{Kind: kinds.Of(e), Origin: e.Text(FieldOrigin), Permits: strings.Fields(e.Text(FieldPermits))}
	if label := e.Text("tlp"); label != "" {
		var err error
		if f.TLP, err = values.ParseTLP(label); err != nil {
			f.Unsound = "its tlp is no label"
		}
		f.Version1 = label != "CLEAR" && f.TLP != values.TLPAmberStrict
	}
	if c := e.Text(FieldConsent); c != "" {
		var known bool
		if f.Consent, known = agreement.ParseConsent(c); !known {
			f.Unsound = FieldConsent + " is no consent"
		}
	}
	f.Embargo, f.Expires = moment(e, FieldEmbargo, f), moment(e, FieldExpires, f)
	switch e.Text(FieldRecalled) {
	case "", "false":
	case "true":
		f.Recalled = true
	default:
		f.Unsound = FieldRecalled + " is neither true nor false"
	}
	for _, side := range [...]string{"source", "destination"} {
		f.Concerns = append(f.Concerns, concerns(e, side)...)
	}
	return f
}

func moment(e *intelmq.Event, key string, f *agreement.Facts) time.Time {
	text := e.Text(key)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		f.Unsound = key + " is no time"
	}
	return t
}

// concerns gives what one side of an event is about.
func concerns(e *intelmq.Event, side string) []agreement.Concern {
	first := agreement.Concern{Side: side, Country: e.Text(side + ".geolocation.cc"), Domain: e.Text(side + ".fqdn")}
	first.ASN, _ = values.ParseASN(e.Text(side + ".asn")) // none is 0
	if a, err := netip.ParseAddr(e.Text(side + ".ip")); err == nil {
		first.Address = netip.PrefixFrom(a, a.BitLen())
	}
	list := []agreement.Concern{first}
	if p, err := netip.ParsePrefix(e.Text(side + ".network")); err == nil {
		list = append(list, agreement.Concern{Side: side, Address: p})
	}
	if name := e.Text(side + ".reverse_dns"); name != "" {
		list = append(list, agreement.Concern{Side: side, Domain: name})
	}
	if u, err := url.Parse(e.Text(side + ".url")); err == nil && u.Host != "" {
		host := strings.ToLower(strings.Trim(u.Hostname(), "."))
		if a, err := netip.ParseAddr(host); err == nil {
			list = append(list, agreement.Concern{Side: side, Address: netip.PrefixFrom(a.WithZone(""), a.BitLen())})
		} else {
			list = append(list, agreement.Concern{Side: side, Domain: host})
		}
	}
	return list
}

// eventKind gives what the value of a field is.
func eventKind(key string, v intelmq.Value) agreement.Kind {
	if rest, side := strings.CutPrefix(key, "source."); side {
		return sideKind(rest)
	}
	if rest, side := strings.CutPrefix(key, "destination."); side {
		return sideKind(rest)
	}
	switch key {
	case "time.source", "time.observation":
		return agreement.Time
	case "feed.url", "feed.documentation", "event_description.url", "screenshot_url":
		return agreement.URL
	case "feed.name", "feed.provider", "feed.code", "malware.name", "malware.version", "product.full_name", "product.name", "product.vendor", "product.version":
		return agreement.Name
	case "raw":
		return agreement.Blob
	case "event_hash", "malware.hash.md5", "malware.hash.sha1", "malware.hash.sha256", "misp.event_uuid", "misp.attribute_uuid":
		return agreement.Hash
	case "classification.identifier", "classification.taxonomy", "classification.type", "feed.accuracy", "protocol.application", "protocol.transport", "rtir_id", "severity", "status", "tlp":
		return agreement.Word
	}
	if v.Kind == intelmq.Int || v.Kind == intelmq.Float || v.Kind == intelmq.Bool {
		return agreement.Word
	}
	return guess(v.Text)
}

func sideKind(rest string) agreement.Kind {
	switch rest {
	case "ip", "local_ip":
		return agreement.Address
	case "network":
		return agreement.Network
	case "fqdn", "reverse_dns", "local_hostname", "domain_suffix":
		return agreement.Domain
	case "url", "urlpath":
		return agreement.URL
	case "asn":
		return agreement.ASN
	case "abuse_contact":
		return agreement.Mail
	case "account":
		return agreement.Account
	case "as_name":
		return agreement.Name
	case "allocated":
		return agreement.Time
	case "port", "registry", "tor_node":
		return agreement.Word
	case "geolocation.latitude", "geolocation.longitude":
		return agreement.Coordinate
	}
	if strings.HasPrefix(rest, "geolocation.") {
		return agreement.Place
	}
	return agreement.Text
}

// guess tells the kind of what has no name of its own by what it looks like.
func guess(text string) agreement.Kind {
	if len(text) > 64 || strings.Contains(text, " ") || !strings.ContainsAny(text, ".:") {
		return agreement.Text // none of these, and trying costs
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return agreement.Address
	}
	if _, err := netip.ParsePrefix(text); err == nil {
		return agreement.Network
	}
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return agreement.Time
	}
	return agreement.Text
}
