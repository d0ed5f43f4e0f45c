package shadowserver

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"unicode"

	"pahra/wire/intelmq"
)

// conversion is what is done to a value before a field takes it.
type conversion uint8

const (
	asIs conversion = iota
	addUTC
	toBool
	toFloat
	toInt
	toDate
	hostAndURL
	cveOfTag
	toBase64
	nonZero
	exchangeTaxonomy
	exchangeType
	exchangeIdentifier
	categoryOrDetail
	validFQDN
	validIP
	validNetwork
	noneIfUnknown
)

// conversions are those that the published schema names.
var conversions = map[string]conversion{
	"": asIs, "add_UTC_to_timestamp": addUTC, "convert_bool": toBool, "convert_float": toFloat, "convert_int": toInt,
	"convert_date": toDate, "convert_date_utc": toDate, "convert_http_host_and_url": hostAndURL, "extract_cve_from_tag": cveOfTag,
	"force_base64": toBase64, "invalidate_zero": nonZero, "scan_exchange_taxonomy": exchangeTaxonomy,
	"scan_exchange_type": exchangeType, "scan_exchange_identifier": exchangeIdentifier, "category_or_detail": categoryOrDetail,
	"validate_fqdn": validFQDN, "validate_ip": validIP, "validate_network": validNetwork, "validate_to_none": noneIfUnknown,
}

// gives is the field of wire/intelmq whose format a conversion's values have.
func (c conversion) gives() string {
	switch c {
	case addUTC, toDate:
		return "time.source"
	case validFQDN:
		return "source.fqdn"
	case validIP:
		return "source.ip"
	case validNetwork:
		return "source.network"
	}
	return ""
}

// Why a value makes its row a bad one.
var (
	errInt   = errors.New("it is no whole number")
	errFloat = errors.New("it is no number")
	errTime  = errors.New("it is no time")
)

// convert gives the value that a column's text stands for, if it stands for one. An error says that the row is bad.
func (p *Plan) convert(o *op, text string, row []string) (v intelmq.Value, has bool, err error) {
	switch o.conversion {
	case asIs:
		return intelmq.Value{Text: text}, text != "", nil
	case noneIfUnknown:
		return intelmq.Value{Text: text}, text != "" && text != "0" && text != "unknown", nil
	case toInt, nonZero:
		if text == "" {
			return v, false, nil
		}
		v, err = whole(text)
		return v, err == nil && (o.conversion == toInt || v.Text != "0"), err
	case toFloat:
		if text == "" {
			return v, false, nil
		}
		if v, err = p.float(strings.TrimSpace(text)); err != nil {
			return v, false, errFloat
		}
		return v, true, nil
	case toBool:
		v, has = truth(text)
		return v, has, nil
	case addUTC, toDate, validFQDN, validIP, validNetwork:
		return p.checked(o, text)
	}
	text = p.derived(o.conversion, text, row)
	return intelmq.Value{Text: text}, text != "", nil
}

// checked gives a value in the format that its conversion checks for; one that has not is none.
func (p *Plan) checked(o *op, text string) (v intelmq.Value, has bool, err error) {
	slash := strings.IndexByte(text, '/') >= 0
	switch {
	case o.conversion == addUTC && o.required:
		if v, err = o.check(strings.TrimSpace(text)); err != nil {
			return v, false, errTime
		}
		return v, true, nil
	case text == "", text == "0.0.0.0" && o.conversion == validIP:
		return v, false, nil
	case o.conversion == validIP && slash, o.conversion == validNetwork && !slash:
		return v, false, nil
	}
	v, err = o.check(strings.TrimSpace(text))
	if o.extra && o.conversion != addUTC && o.conversion != toDate {
		v.Text = text // it is only looked at
	}
	return v, err == nil, nil
}

// derived gives the text of the conversions that look at several columns, or into a value.
func (p *Plan) derived(c conversion, text string, row []string) string {
	switch c {
	case hostAndURL:
		return p.link(text, row)
	case cveOfTag:
		return cves(text)
	case categoryOrDetail:
		if category := p.columns[colCategory].of(row); category != "" {
			return category
		}
		return p.columns[colDetail].of(row)
	case toBase64:
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			return base64.StdEncoding.EncodeToString([]byte(text))
		}
		return text
	}
	webshell := strings.Contains(text, "webshell")
	switch {
	case c == exchangeTaxonomy && webshell:
		return "intrusions"
	case c == exchangeTaxonomy:
		return "vulnerable"
	case c == exchangeType && webshell:
		return "system-compromise"
	case c == exchangeType:
		return "vulnerable-system"
	case webshell:
		return "exchange-server-webshell"
	}
	return "vulnerable-exchange-server"
}

// whole takes a whole number of any size, and writes it without zeros before it.
func whole(s string) (intelmq.Value, error) {
	s = strings.TrimSpace(s)
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	if s == "" {
		return intelmq.Value{}, errInt
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return intelmq.Value{}, errInt
		}
	}
	if s[0] == '0' {
		if s = strings.TrimLeft(s, "0"); s == "" {
			return intelmq.Value{Text: "0", Kind: intelmq.Int}, nil
		}
	}
	if sign != "" {
		s = sign + s
	}
	return intelmq.Value{Text: s, Kind: intelmq.Int}, nil
}

func truth(s string) (intelmq.Value, bool) {
	switch strings.ToLower(s) {
	case "y", "yes", "true", "enabled", "1":
		return intelmq.Value{Text: "true", Kind: intelmq.Bool}, true
	case "n", "no", "false", "disabled", "0":
		return intelmq.Value{Text: "false", Kind: intelmq.Bool}, true
	}
	return intelmq.Value{}, false
}

// cves gives the CVE numbers among the tags, in order and each once.
func cves(tags string) string {
	if !strings.Contains(tags, "cve-") {
		return ""
	}
	var list []string
	for tag := range strings.SplitSeq(tags, ";") {
		if isCVE(tag) {
			list = append(list, tag)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ";")
}

func isCVE(tag string) bool {
	rest, ok := strings.CutPrefix(tag, "cve-")
	year, number, both := strings.Cut(rest, "-")
	return ok && both && year != "" && number != "" && strings.Trim(year, "0123456789") == "" && strings.Trim(number, "0123456789") == ""
}

// link puts a URL together from the host and the path or the request line of an HTTP request. What is a whole URL already,
// or has no host, stands as it is.
func (p *Plan) link(text string, row []string) string {
	if scheme, rest, found := strings.Cut(text, "://"); found && (scheme == "http" || scheme == "https") && rest != "" && rest[0] != '/' {
		return text
	}
	host := ""
	for _, c := range [...]int{colCCDNS, colHTTPHost, colHostname, colIP} {
		if host = p.columns[c].of(row); host != "" {
			break
		}
	}
	path := p.columns[colURL].of(row)
	if p.columns[colURL] < 0 {
		path = p.columns[colHTTPURL].of(row)
	}
	if host == "" || path == "" {
		return text
	}
	path = path[max(0, strings.IndexByte(path, '/')):]
	if path[0] != '/' {
		path = ""
	}
	if end := strings.IndexFunc(path, unicode.IsSpace); end >= 0 {
		path = path[:end]
	}
	if p.columns[colApplication].of(row) == "https" {
		return "https://" + host + path
	}
	return "http://" + host + path
}
