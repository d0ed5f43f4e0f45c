package api

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/wire/values"
)

// Where chooses networks by where they belong. Several of one kind are one or the other; different kinds must all fit.
type Where struct {
	Country       string `query:"country" pattern:"^[A-Za-z]{2}(,[A-Za-z]{2})*$" maxLength:"600" doc:"Countries by ISO 3166 code, separated by commas." example:"IN,NP"`
	Region        string `query:"region" pattern:"^[a-z-]+(,[a-z-]+)*$" maxLength:"600" doc:"Regions of the UN's M49, such as southern-asia, africa, world." example:"southern-asia"`
	Neighbourhood string `query:"neighbourhood" maxLength:"600" doc:"Neighbourhoods by name, as /api/v1/neighbourhoods lists them, separated by commas." example:"all"`
}

func (p Where) where() (w service.Where, err error) {
	w = service.Where{Neighbourhoods: words(p.Neighbourhood), Countries: words(strings.ToUpper(p.Country)), Regions: words(p.Region)}
	for _, r := range w.Regions {
		if !slices.Contains(service.Regions(), r) {
			return w, wrongParameter("region", r, "there is no such region; there are "+strings.Join(service.Regions(), ", "))
		}
	}
	return w, nil
}

func (p Where) add(v url.Values) {
	set(v, "country", p.Country)
	set(v, "region", p.Region)
	set(v, "neighbourhood", p.Neighbourhood)
}

// Part chooses a part of a list.
type Part struct {
	Cursor string `query:"cursor" maxLength:"600" doc:"Where the part begins: taken from the next of the part before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many entries a part has at most; of scores an entry is a network with all its measures. A part may have fewer though others follow: the list ends where next is null."`
}

func (p Part) add(v url.Values) { set(v, "limit", strconv.Itoa(p.Limit)) }

// Banded chooses networks by how they stand.
type Banded struct {
	Band string `query:"band" pattern:"^(ready|aspiring|lagging|no data)(,(ready|aspiring|lagging|no data))*$" maxLength:"60" doc:"Bands that the measure named by \"by\" must lie in, separated by commas: ready, aspiring, lagging, no data. What is not shown to you counts as no data."`
	By   string `query:"by" enum:"A1,A2,A3,A4" default:"A4" doc:"The Action that \"band\" is about."`
}

func (p Banded) bands() (by norms.Metric, list []norms.Band) {
	by, _ = norms.ParseMetric(p.By) // one of the enumeration
	for _, w := range words(p.Band) {
		list = append(list, norms.Band(w))
	}
	return by, list
}

func (p Banded) add(v url.Values) {
	if p.Band != "" {
		set(v, "band", p.Band)
		set(v, "by", p.By)
	}
}

// ASNs chooses networks one by one.
type ASNs struct {
	ASN string `query:"asn" pattern:"^([Aa][Ss])?[0-9]{1,10}(,([Aa][Ss])?[0-9]{1,10})*$" maxLength:"12000" doc:"AS numbers, with or without AS before them, separated by commas." example:"AS64500,64501"`
}

func (p ASNs) asns() (list []values.ASN, err error) {
	for _, w := range words(p.ASN) {
		asn, err := values.ParseASN(w)
		if err != nil {
			return nil, wrongParameter("asn", w, "no AS number")
		}
		list = append(list, asn)
	}
	return list, nil
}

func (p ASNs) add(v url.Values) { set(v, "asn", p.ASN) }

// Monthly chooses a month.
type Monthly struct {
	Month string `query:"month" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"A month; the last one that is scored unless given." example:"2026-10"`
}

func (p Monthly) month() (m values.Month, err error) {
	if p.Month == "" {
		return m, nil
	}
	if m, err = values.ParseMonth(p.Month); err != nil {
		return m, wrongParameter("month", p.Month, "no month such as 2026-10")
	}
	return m, nil
}

func (p Monthly) add(v url.Values) { set(v, "month", p.Month) }

// OneASN names a network in a path.
type OneASN struct {
	ASN string `path:"asn" pattern:"^([Aa][Ss])?[0-9]{1,10}$" maxLength:"12" doc:"The AS number, with or without AS before it." example:"AS64500"`
}

func (p OneASN) asn() (values.ASN, error) {
	asn, err := values.ParseASN(p.ASN)
	if err != nil {
		return 0, wrongParameter("asn", p.ASN, "no AS number")
	}
	return asn, nil
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

// words cuts a list at its commas.
func words(text string) (list []string) {
	for w := range strings.SplitSeq(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			list = append(list, w)
		}
	}
	return list
}

// timeOf reads a day or a moment.
func timeOf(name, text string) (t time.Time, err error) {
	if text == "" {
		return t, nil
	}
	if t, err = time.Parse(time.DateOnly, text); err != nil {
		if t, err = time.Parse(time.RFC3339, text); err != nil {
			return t, wrongParameter(name, text, "neither a day such as 2026-02-10 nor a moment (RFC 3339)")
		}
	}
	if t.UTC().Year() < 1970 || t.UTC().Year() > 9999 {
		return t, wrongParameter(name, text, "no year from 1970 to 9999")
	}
	return t.UTC(), nil
}

func prefixOf(name, text string) (p netip.Prefix, err error) {
	if text == "" {
		return p, nil
	}
	if p, err = service.ParsePrefixOrAddress(text); err != nil {
		return p, wrongParameter(name, text, "neither a prefix nor an address")
	}
	return p, nil
}

// asnCursor writes where a part of a list of networks begins; empty after the last.
func asnCursor(after values.ASN) string {
	if after == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte("asn:" + after.String()))
}

func (p Part) afterASN() (values.ASN, error) {
	if p.Cursor == "" {
		return 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	number, ok := strings.CutPrefix(string(text), "asn:")
	asn, wrong := values.ParseASN(number)
	if err != nil || !ok || wrong != nil {
		return 0, wrongParameter("cursor", p.Cursor, "not one that this list gave")
	}
	return asn, nil
}

// selection puts together which networks a list is about.
func selection(w Where, n ASNs, b Banded, p Part) (q service.NetworkSelection, err error) {
	if q.Where, err = w.where(); err != nil {
		return q, err
	}
	if q.ASNs, err = n.asns(); err != nil {
		return q, err
	}
	q.By, q.Bands = b.bands()
	q.Limit = p.Limit
	q.After, err = p.afterASN()
	return q, err
}

// nameCursor writes where a part of a list of neighbourhoods begins.
func nameCursor(after string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("name:" + after))
}

func (p Part) afterName() (string, error) {
	if p.Cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	name, ok := strings.CutPrefix(string(text), "name:")
	if err != nil || !ok || name == "" {
		return "", wrongParameter("cursor", p.Cursor, "not one that this list gave")
	}
	return name, nil
}
