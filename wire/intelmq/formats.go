package intelmq

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Time is how the format writes a time: RFC 3339, UTC, its offset written out; a fraction follows the seconds if there is
// one.
const Time = "2006-01-02T15:04:05.999999-07:00"

// longest is how many octets the text of a field may have, but for raw and the JSON ones.
const longest = 64 << 10

// format gives a text as a field wants it, or says why it cannot be one.
type format func(text string) (Value, error)

// formats are the fields of an event (certtools/intelmq, harmonization.conf of 3.3) and what they want.
var formats = fieldFormats()

func fieldFormats() map[string]format {
	m := map[string]format{
		"classification.identifier": text, "classification.taxonomy": lower, "classification.type": lower,
		"comment": text, "event_description.target": text, "event_description.text": text, "event_description.url": link,
		"event_hash": upper, "extra": object, "feed.accuracy": percent, "feed.code": text, "feed.documentation": text,
		"feed.name": text, "feed.provider": text, "feed.url": link, "malware.hash.md5": text, "malware.hash.sha1": text,
		"malware.hash.sha256": text, "malware.name": lower, "malware.version": text, "misp.attribute_uuid": lower,
		"misp.event_uuid": lower, "output": object, "protocol.application": lower, "protocol.transport": lower,
		"raw": octets, "rtir_id": integer, "screenshot_url": link, "severity": oneOf(strings.ToLower, "critical", "high", "medium", "low", "info", "undefined"),
		"product.full_name": text, "product.name": text, "product.vendor": text, "product.version": text, "product.vulnerabilities": text,
		"status": text, "time.observation": moment, "time.source": moment,
		"tlp": oneOf(strings.ToUpper, "WHITE", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"),
	}
	side := map[string]format{
		"abuse_contact": lower, "account": text, "allocated": moment, "as_name": text, "asn": asn, "domain_suffix": name, "fqdn": name,
		"geolocation.cc": country, "geolocation.city": text, "geolocation.country": text, "geolocation.cymru_cc": country,
		"geolocation.geoip_cc": country, "geolocation.latitude": float, "geolocation.longitude": float, "geolocation.region": text,
		"geolocation.state": text, "ip": address, "local_hostname": text, "local_ip": address, "network": network, "port": port,
		"registry": oneOf(registry, "AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE"), "reverse_dns": name, "tor_node": truth, "url": link, "urlpath": text,
	}
	for key, f := range side {
		m["source."+key], m["destination."+key] = f, f
	}
	return m
}

func text(s string) (Value, error) {
	if len(s) > longest {
		return Value{}, fmt.Errorf("a text of %d octets", len(s))
	}
	return Value{Text: strings.ToValidUTF8(s, "\ufffd")}, nil
}

func lower(s string) (Value, error) { return text(strings.ToLower(s)) }

func upper(s string) (Value, error) { return text(strings.ToUpper(s)) }

func oneOf(norm func(string) string, list ...string) format {
	return func(s string) (Value, error) {
		if n := norm(s); slices.Contains(list, n) {
			return Value{Text: n}, nil
		}
		return Value{}, fmt.Errorf("%.40q is none of %s", s, strings.Join(list, ", "))
	}
}

func registry(s string) string {
	if s = strings.ToUpper(s); s == "RIPENCC" || s == "RIPE-NCC" {
		return "RIPE"
	}
	return s
}

func country(s string) (Value, error) {
	s = strings.ToUpper(s)
	if len(s) != 2 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return Value{}, fmt.Errorf("%.40q is no country's code", s)
	}
	return Value{Text: s}, nil
}

func number(s string, low, high int64) (Value, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		return Value{}, fmt.Errorf("%.40q is no number from %d to %d", s, low, high)
	}
	return Value{strconv.FormatInt(n, 10), Int}, nil
}

func integer(s string) (Value, error) { return number(s, -1<<63, 1<<63-1) }

func port(s string) (Value, error) { return number(s, 0, 1<<16-1) }

func asn(s string) (Value, error) {
	if len(s) > 2 && strings.EqualFold(s[:2], "AS") {
		s = s[2:]
	}
	return number(s, 1, 1<<32-1)
}

func float(s string) (Value, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f-f != 0 { // neither infinite nor none
		return Value{}, fmt.Errorf("%.40q is no number", s)
	}
	t := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(t, ".e") {
		t += ".0"
	}
	return Value{t, Float}, nil
}

func percent(s string) (Value, error) {
	v, err := float(s)
	if f, _ := strconv.ParseFloat(v.Text, 64); err == nil && (f < 0 || f > 100) {
		return Value{}, fmt.Errorf("%.40q is not from 0 to 100", s)
	}
	return v, err
}

func truth(s string) (Value, error) {
	switch strings.ToLower(s) {
	case "true", "1":
		return Value{"true", Bool}, nil
	case "false", "0":
		return Value{"false", Bool}, nil
	}
	return Value{}, fmt.Errorf("%.40q is neither true nor false", s)
}

func address(s string) (Value, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsUnspecified() && a.Is4() || a.Zone() != "" {
		return Value{}, fmt.Errorf("%.60q is no address", s)
	}
	return Value{Text: a.String()}, nil
}

func network(s string) (Value, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return Value{Text: netip.PrefixFrom(a, a.BitLen()).String()}, nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Masked() != p {
		return Value{}, fmt.Errorf("%.60q is no network", s)
	}
	return Value{Text: p.String()}, nil
}

// name takes a host's or a domain's name (RFC 1123, with the underscores that are in use), which is no address.
func name(s string) (Value, error) {
	s = strings.ToLower(strings.TrimRight(s, "."))
	bad := fmt.Errorf("%.60q is no domain name", s)
	if s == "" || len(s) > 253 {
		return Value{}, bad
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return Value{}, bad
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.ContainsAny(label, " /:@\\\"'<>?#[]") {
			return Value{}, bad
		}
	}
	return text(s)
}

// link takes a URL with a host (RFC 3986); hxxp stands for http.
func link(s string) (Value, error) {
	if rest, found := strings.CutPrefix(s, "hxxp"); found {
		s = "http" + rest
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return Value{}, fmt.Errorf("%.60q is no URL with a host", s)
	}
	return text(s)
}

// layouts are the times that are taken; one without an offset is in UTC.
var layouts = [...]string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05-07", "2006-01-02", time.RFC1123Z, time.RFC1123}

func moment(s string) (Value, error) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return Moment(t), nil
		}
	}
	return Value{}, fmt.Errorf("%.60q is no time", s)
}

// Moment gives a time as the format writes it.
func Moment(t time.Time) Value { return Value{Text: t.UTC().Format(Time)} }

func octets(s string) (Value, error) {
	if _, err := base64.StdEncoding.DecodeString(s); err != nil {
		return Value{}, errors.New("it is not base64")
	}
	return Value{Text: s}, nil
}
