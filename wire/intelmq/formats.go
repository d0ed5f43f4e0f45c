package intelmq

import (
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// longest is how many octets the text of a field may have, but for raw and the JSON ones.
const longest = 64 << 10

// Format gives a text as a field wants it, or says why it cannot be one. The text is trimmed and not empty.
type Format func(text string) (Value, error)

// FormatOf gives the format of a field that has a name of its own.
func FormatOf(key string) (Format, bool) {
	f, known := formats[key]
	return f, known
}

// Ignored tells whether a text stands for no value: IntelMQ passes over these in the fields that have names of their own.
func Ignored(text string) bool { return text == "" || text == "-" || text == "N/A" }

// formats are the fields of an event (certtools/intelmq, harmonization.conf of 3.3, and severity and product.* of 3.5) and
// what they want.
var formats = fieldFormats()

func fieldFormats() map[string]Format {
	m := map[string]Format{
		"classification.identifier": text, "classification.taxonomy": taxonomy, "classification.type": kind,
		"comment": text, "event_description.target": text, "event_description.text": text, "event_description.url": link,
		"event_hash": hexadecimal, "feed.accuracy": percent, "feed.code": atMost(100, text), "feed.documentation": text,
		"feed.name": text, "feed.provider": text, "feed.url": link, "malware.hash.md5": digest, "malware.hash.sha1": digest,
		"malware.hash.sha256": digest, "malware.name": printable(lower), "malware.version": printable(text), "misp.attribute_uuid": uuid,
		"misp.event_uuid": uuid, "output": document, "protocol.application": atMost(100, printable(lower)), "protocol.transport": transport,
		"raw": octets, "rtir_id": integer, "screenshot_url": link, "severity": oneOf(strings.ToLower, "critical", "high", "medium", "low", "info", "undefined"),
		"product.full_name": text, "product.name": text, "product.vendor": text, "product.version": text, "product.vulnerabilities": text,
		"status": text, "time.observation": moment, "time.source": moment,
		"tlp": oneOf(label, "WHITE", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"),
	}
	side := map[string]Format{
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

// unfit says that a text is not what a field wants.
type unfit struct{ text, want string }

func (u *unfit) Error() string {
	if len(u.text) > 60 {
		return strconv.Quote(u.text[:60]) + "... " + u.want
	}
	return strconv.Quote(u.text) + " " + u.want
}

// bad says that a text is not what is wanted: "is no address".
func bad(text, want string) (Value, error) { return Value{}, &unfit{text, want} }

func text(s string) (Value, error) {
	if len(s) > longest {
		return bad(s, "is longer than 65,536 octets")
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return Value{Text: s}, nil
}

func lower(s string) (Value, error) { return text(strings.ToLower(s)) }

// atMost bounds the octets of what f gives.
func atMost(most int, f Format) Format {
	return func(s string) (Value, error) {
		v, err := f(s)
		if err == nil && len(v.Text) > most {
			return bad(s, "is longer than "+strconv.Itoa(most)+" octets")
		}
		return v, err
	}
}

// printable lets ASCII that can be seen through to f.
func printable(f Format) Format {
	return func(s string) (Value, error) {
		for i := range len(s) {
			if s[i] < ' ' || s[i] > '~' {
				return bad(s, "is not printable ASCII")
			}
		}
		return f(s)
	}
}

func digest(s string) (Value, error) { return atMost(200, printable(text))(s) }

// ofAlphabet takes a text of so many octets of an alphabet.
func ofAlphabet(s, alphabet string, least, most int, want string) (Value, error) {
	if len(s) < least || len(s) > most || strings.Trim(s, alphabet) != "" {
		return bad(s, want)
	}
	return Value{Text: s}, nil
}

func hexadecimal(s string) (Value, error) {
	return ofAlphabet(strings.ToUpper(s), "0123456789ABCDEF./", 1, 40, "is no hash")
}

func country(s string) (Value, error) {
	return ofAlphabet(strings.ToUpper(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 2, 2, "is no country's code")
}

func uuid(s string) (Value, error) {
	s = strings.ToLower(s)
	if parts := strings.Split(s, "-"); len(parts) != 5 || len(parts[0]) != 8 || len(parts[1]) != 4 || len(parts[2]) != 4 || len(parts[3]) != 4 {
		return bad(s, "is no UUID")
	}
	return ofAlphabet(s, "-abcdefghijklmnopqrstuvwxyz0123456789", 36, 36, "is no UUID")
}

func oneOf(norm func(string) string, list ...string) Format {
	want := "is none of " + strings.Join(list, ", ")
	return func(s string) (Value, error) {
		if n := norm(s); slices.Contains(list, n) {
			return Value{Text: n}, nil
		}
		return bad(s, want)
	}
}

func registry(s string) string {
	if s = strings.ToUpper(s); s == "RIPENCC" || s == "RIPE-NCC" {
		return "RIPE"
	}
	return s
}

// label takes the Traffic Light Protocol's labels with "TLP:" and without, and the YELLOW that was AMBER.
func label(s string) string {
	s = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(s), "TLP"), ":"), " ")
	if s == "YELLOW" {
		return "AMBER"
	}
	return s
}

// number takes a decimal number; one that is written as it shall be is not written anew.
func number(s string, low, high int64) (Value, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		return bad(s, "is no number from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
	}
	if s[0] == '+' || s[0] == '0' && len(s) > 1 || s[0] == '-' && (n == 0 || s[1] == '0') {
		s = strconv.FormatInt(n, 10)
	}
	return Value{s, Int}, nil
}

func integer(s string) (Value, error) { return number(s, math.MinInt64, math.MaxInt64) }

func port(s string) (Value, error) { return number(s, 0, 1<<16-1) }

func asn(s string) (Value, error) {
	if len(s) > 2 && strings.EqualFold(s[:2], "AS") {
		s = s[2:]
	}
	return number(s, 1, 1<<32-1)
}

func float(s string) (Value, error) {
	if t, ok := plainFloat(s); ok {
		return Value{t, Float}, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f-f != 0 { // neither infinite nor none
		return bad(s, "is no number")
	}
	return FloatOf(f), nil
}

// plainFloat takes 37.25: up to 15 digits around a point are the shortest way to write what they stand for, but for zeros
// at their end.
func plainFloat(s string) (string, bool) {
	point := strings.IndexByte(s, '.')
	if point < 1 || point+1 == len(s) || len(s) > 16 || s[0] == '0' && point > 1 || s[0] == '0' && s != "0.0" {
		return "", false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && i != point {
			return "", false
		}
	}
	for len(s) > point+2 && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	return s, true
}

// FloatOf gives a number that is neither infinite nor none as IntelMQ writes it: with a point or an exponent, the exponent
// from 1e16 on and below 1e-4.
func FloatOf(f float64) Value {
	form := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		form = 'e'
	}
	t := strconv.FormatFloat(f, form, -1, 64)
	if !strings.ContainsAny(t, ".e") {
		t += ".0"
	}
	return Value{t, Float}
}

func percent(s string) (Value, error) {
	v, err := float(s)
	if f, _ := strconv.ParseFloat(v.Text, 64); err == nil && (f < 0 || f > 100) {
		return bad(s, "is not from 0 to 100")
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
	return bad(s, "is neither true nor false")
}

func octets(s string) (Value, error) {
	if _, err := base64.StdEncoding.DecodeString(s); err != nil {
		return Value{}, errors.New("it is not base64")
	}
	return Value{Text: s}, nil
}
