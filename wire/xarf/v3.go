package xarf

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// types3 are the types of version 3 in the words of version 4; those that are not here have no equal.
var types3 = map[string]string{
	"Activity/DOS": "connection/ddos", "Activity/LoginAttack": "connection/login_attack", "Activity/PortScan": "connection/port_scan",
	"Activity/WebCrawler": "connection/scraping", "Activity/Spam": "messaging/spam", "Activity/Malware": "infrastructure/botnet",
	"Content/Botnet": "infrastructure/botnet", "Content/ChildAbuse": "content/csam", "Content/ChildSexualAbuseMaterial": "content/csam",
	"Content/Copyright": "copyright/copyright", "Content/Malware": "content/malware", "Content/Phishing": "content/phishing",
	"Content/Trademark": "content/brand_infringement", "Vulnerability/OpenService": "vulnerability/open_service",
	// as the specification of version 4 writes them, with lower case and without hyphens
	"spam": "messaging/spam", "loginattack": "connection/login_attack", "portscan": "connection/port_scan", "ddos": "connection/ddos",
	"phishing": "content/phishing", "malware": "content/malware", "botnet": "infrastructure/botnet", "copyright": "copyright/copyright",
}

// names3 are fields of version 3 in the words of version 4.
var names3 = map[string]string{
	"DestinationIp": "destination_ip", "DestinationPort": "destination_port", "SmtpMailFromAddress": "smtp_from", "FromAddress": "smtp_from",
	"SmtpRcptToAddress": "smtp_to", "ToAddress": "smtp_to", "SmtpMessageSubject": "subject", "TransportProtocol": "protocol", "Protocol": "protocol",
	"ServiceName": "service", "ServiceVersion": "service_version", "FirstSeen": "first_seen", "ASN": "asn", "BotnetName": "malware_family",
	"MalwareName": "malware_family", "CVE": "cve_id", "SourceUrl": "url", "Url": "url", "InfringingUrl": "infringing_url", "UserAgent": "user_agent",
	"InfringedMaterial": "work_title",
}

// parse3 reads a report of version 3.
func parse3(m map[string]any, raw map[string]json.RawMessage) (*Report, error) {
	version := "alpha"
	if v, there := m["Version"]; there {
		version, _ = v.(string)
	}
	if version == "3.0" || version == "3.0.0" {
		if bad := rules3()["3"]["legacy"].check(m); bad != nil {
			return nil, bad
		}
		kind := strings.ToLower(strings.ReplaceAll(text(m["Report"].(map[string]any), "ReportType"), "-", ""))
		if _, known := types3[kind]; !known {
			return nil, &fault{"Report.ReportType", "there is no such type of version 3.0"}
		}
		return read3(m, raw, version, kind)
	}
	r, known := rules3()[version]
	if !known {
		return nil, &fault{"Version", fmt.Sprintf("%q is none that is read", clip(fmt.Sprint(m["Version"])))}
	}
	if bad := r["document"].check(m); bad != nil {
		return nil, bad
	}
	report := m["Report"].(map[string]any)
	if bad := r["base"].check(report); bad != nil {
		return nil, bad.within("Report")
	}
	kind := text(report, "ReportClass") + "/" + text(report, "ReportType")
	section, known := r[kind]
	if !known {
		return nil, &fault{"Report.ReportType", fmt.Sprintf("version %s has no type %q of the class %s", version, clip(text(report, "ReportType")), text(report, "ReportClass"))}
	}
	if bad := section.check(report); bad != nil {
		return nil, bad.within("Report")
	}
	return read3(m, raw, version, kind)
}

// read3 takes a report that the rules agree with.
func read3(m map[string]any, raw map[string]json.RawMessage, version, kind string) (*Report, error) {
	report := m["Report"].(map[string]any)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw["Report"], &fields); err != nil {
		return nil, err
	}
	r := &Report{Version: version, LegacyVersion: "3", Fields: map[string]json.RawMessage{}}
	r.Category, r.Type, _ = strings.Cut(types3[kind], "/")
	r.Time, _ = time.Parse(time.RFC3339, strings.ToUpper(text(report, "Date")))
	r.Description = text(report, "AttackDescription")
	r.Sender = organisation(m["ReporterInfo"], "Reporter")
	r.Reporter = r.Sender
	if of, there := m["OnBehalfOf"]; there {
		r.Reporter = organisation(of, "Complainant")
	}
	r.source3(report, fields)
	for _, name := range []string{"Samples", "Attachment"} {
		if list, ok := report[name].([]any); ok && !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(map[string]any); return !ok }) {
			for _, of := range list {
				r.Evidence = append(r.Evidence, evidence3(of.(map[string]any)))
			}
			delete(fields, name)
		}
	}
	for _, name := range []string{"Date", "AttackDescription"} {
		delete(fields, name)
	}
	for name, value := range fields {
		if now, known := names3[name]; known {
			name = now
		}
		r.Fields[name] = value
	}
	for _, name := range []string{"OnBehalfOf", "Disclosure"} {
		if value, there := raw[name]; there {
			r.Fields[name] = value
		}
	}
	return r, nil
}

// source3 finds out where the abuse comes from. What it uses is not a field any more, but for a URL beside an address.
func (r *Report) source3(report map[string]any, fields map[string]json.RawMessage) {
	names := []string{"SourceIp", "SourceUrl", "Url"}
	if of, ok := report["Source"].(map[string]any); ok {
		report, names = of, []string{"IP", "URL"}
		delete(fields, "Source")
	}
	for _, name := range names {
		if s := text(report, name); s != "" {
			r.Source = s
			delete(fields, name)
			break
		}
	}
	for _, name := range []string{"SourcePort", "Port"} {
		if n := int(number(report[name])); n != 0 && r.SourcePort == 0 {
			r.SourcePort = n
		}
	}
	delete(fields, "SourcePort")
	if account, ok := report["Account"].(map[string]any); ok && r.Source == "" {
		r.Source = text(account, "AccountEmail")
	}
}

func organisation(v any, of string) Contact {
	m, _ := v.(map[string]any)
	c := Contact{text(m, of+"Org"), text(m, of+"OrgEmail"), text(m, of+"OrgDomain")}
	if c.Org == "" {
		c.Org = text(m, of+"ContactName")
	}
	if c.Contact == "" {
		c.Contact = text(m, of+"ContactEmail")
	}
	return c
}

// evidence3 takes a sample: a payload, in base64 if it says so or is an attachment of version 3.0; or a file's name.
func evidence3(m map[string]any) Evidence {
	e := Evidence{ContentType: text(m, "ContentType"), Description: text(m, "Description"), Size: int(number(m["FileSize"]))}
	if e.Description == "" {
		e.Description = text(m, "FileName")
	}
	switch hash := m["FileHash"].(type) {
	case string:
		e.Hash = strings.ToLower(hash)
	case map[string]any:
		e.Hash = text(hash, "HashAlgorithm") + ":" + strings.ToLower(text(hash, "HashValue"))
	}
	payload, encoded := text(m, "Payload"), m["Base64Encoded"] == true
	if data, there := m["Data"].(string); there {
		payload, encoded = data, true
	}
	e.Payload = []byte(payload)
	if encoded {
		if b, err := unpack(payload); err == nil {
			e.Payload = b
		}
	}
	return e
}

// unpack reads base64 with line ends and without what fills it up.
func unpack(s string) ([]byte, error) {
	b := slices.DeleteFunc([]byte(s), func(c byte) bool { return c == '\n' || c == '\r' || c == '=' })
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(b)))
	n, err := base64.RawStdEncoding.Decode(out, b)
	return out[:n], err
}
