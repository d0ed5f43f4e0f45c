package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"pahra/internal/desk/class"
	"pahra/wire/arf"
	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
	"pahra/wire/objects"
	"pahra/wire/values"
	"pahra/wire/xarf"
)

// readXARF reads XARF reports: one, a list, one after the other, or in the JSON parts of a mail.
func readXARF(r io.Reader, _ Options, out Out) error {
	classes, err := class.Load()
	if err != nil {
		return err
	}
	br := bufio.NewReader(r)
	start, _ := br.Peek(512)
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(start) == 0 || start[0] == '{' || start[0] == '[' {
		return readReports(br, "", classes, out)
	}
	m, err := arf.ReadMail(br)
	if err != nil {
		return fmt.Errorf("it is neither JSON nor a mail: %w", err)
	}
	found := false
	for i := range m.Parts {
		p := &m.Parts[i]
		if !strings.HasSuffix(p.Type, "json") && !strings.HasSuffix(strings.ToLower(p.Filename()), ".json") {
			continue
		}
		found = true
		err := readReports(bytes.NewReader(p.Body), fmt.Sprintf("part %d, ", i+1), classes, out)
		if errors.Is(err, objects.ErrFormat) {
			err = out.Bad(fmt.Sprintf("part %d", i+1), err, cut(string(p.Body[:min(len(p.Body), most)])))
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return errors.New("the mail has no part of JSON")
	}
	return nil
}

// readReports reads the reports of one text.
func readReports(r io.Reader, place string, classes *class.Tables, out Out) error {
	in := objects.NewReader(r, xarf.MaxSize)
	for {
		text, err := in.Next()
		var report *xarf.Report
		switch {
		case err == nil:
			report, err = xarf.Parse(text)
		case !errors.Is(err, objects.ErrObject):
			return end(err)
		}
		if err == nil {
			err = out.Event(xarfEvent(report, classes), text)
		} else {
			err = out.Bad(fmt.Sprintf("%sline %d, report %d", place, in.Line(), in.Number()), err, cut(string(text[:min(len(text), most)])))
		}
		if err != nil {
			return err
		}
	}
}

// xarfFields are the fields of the types of reports that have one among an event's.
var xarfFields = map[string]string{
	"destination_ip": "destination.ip", "destination_port": "destination.port", "target_url": "destination.url", "smtp_to": "destination.account",
	"url": "source.url", "infringing_url": "source.url", "domain": "source.fqdn", "asn": "source.asn", "country_code": "source.geolocation.cc",
	"smtp_from": "source.account", "malware_family": "malware.name", "screenshot_url": "screenshot_url", "service_version": "product.version",
	"target_brand": "event_description.target", "AttackerIp": "destination.ip", "AttackerPort": "destination.port", "RpzDomain": "destination.fqdn",
}

// xarfEvent gives the event of a report.
func xarfEvent(r *xarf.Report, classes *class.Tables) *intelmq.Event {
	var e intelmq.Event
	if r.ID != "" {
		e.Set(intelmq.ReportID, intelmq.Value{Text: r.ID})
	}
	e.Set("time.source", intelmq.Moment(r.Time))
	kind := r.Category + "/" + r.Type
	if r.Category == "" { // of version 3, without an equal in version 4
		kind = fieldText(r, "ReportClass") + "/" + fieldText(r, "ReportType")
	}
	setClass(&e, classes, []hint{{"xarf", kind}})
	pairs := xarfSource(r)
	pairs = append(pairs, textPair("classification.identifier", "", xarfIdentifier(r)), textPair("event_description.text", "xarf.description", r.Description),
		textPair("", "xarf.version", r.Version), textPair("", "xarf.category", r.Category), textPair("", "xarf.type", r.Type),
		textPair("", "xarf.legacy_version", r.LegacyVersion), textPair("", "xarf.evidence_source", r.EvidenceFrom),
		pair{"", "xarf.tags", textsOf(r.Tags)}, xarfEvidence(r.Evidence))
	for name, c := range map[string]xarf.Contact{"reporter": r.Reporter, "sender": r.Sender} {
		pairs = append(pairs, textPair("", "xarf."+name+".org", c.Org), textPair("", "xarf."+name+".contact", c.Contact), textPair("", "xarf."+name+".domain", c.Domain))
	}
	if r.Confidence != nil {
		v, _ := json.Marshal(*r.Confidence) // it is a number
		pairs = append(pairs, pair{"", "xarf.confidence", intelmq.Value{Text: string(v), Kind: intelmq.Float}})
	}
	for _, tag := range r.Tags {
		if label, found := strings.CutPrefix(tag, "tlp:"); found {
			if tlp, err := values.ParseTLP(label); err == nil {
				pairs = append(pairs, textPair("tlp", "", tlp.Label()))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		pairs = append(pairs, xarfField(r, name)...)
	}
	fill(&e, pairs)
	return &e
}

// fieldText gives a field of a report that is a text.
func fieldText(r *xarf.Report, name string) string {
	var s string
	_ = json.Unmarshal(r.Fields[name], &s) // what is no text is none
	return s
}

// xarfSource gives where the abuse comes from: an address, a network, a URL, an address of mail or a name.
func xarfSource(r *xarf.Report) []pair {
	pairs := []pair{addressPair("source", "xarf.source_identifier", r.Source)}
	var e intelmq.Event
	if !place(&e, pairs[0]) {
		field := "source.fqdn"
		switch {
		case strings.Contains(r.Source, "://"):
			field = "source.url"
		case strings.Contains(r.Source, "@"):
			field = "source.account"
		}
		pairs = []pair{textPair(field, "xarf.source_identifier", r.Source), textPair("source.fqdn", "", hostOf(r.Source))}
	}
	if r.SourcePort != 0 {
		pairs = append(pairs, textPair("source.port", "xarf.source_port", fmt.Sprint(r.SourcePort)))
	}
	return append(pairs, textPair("source.fqdn", "", hostOf(fieldText(r, "url"))))
}

// hostOf gives the name of the host of a URL; "" if that is an address, or there is none.
func hostOf(link string) string {
	u, err := url.Parse(fang(link))
	if err != nil || !strings.Contains(link, "://") {
		return ""
	}
	var e intelmq.Event
	if e.Add("source.fqdn", u.Hostname()) != nil {
		return ""
	}
	return e.Text("source.fqdn")
}

// xarfIdentifier says what a report is about more closely than its class does: the vulnerability, the service, the type.
func xarfIdentifier(r *xarf.Report) string {
	name := map[string]string{"vulnerability/cve": "cve_id", "vulnerability/open_service": "service"}[r.Category+"/"+r.Type]
	if s := strings.ToLower(fieldText(r, name)); s != "" {
		return s
	}
	return strings.ReplaceAll(r.Type, "_", "-")
}

// xarfField gives what one field of a type of reports says.
func xarfField(r *xarf.Report, name string) []pair {
	v, err := jsontree.Parse(r.Fields[name], jsontree.Limits{Size: xarf.MaxSize, Depth: 100, Values: 1_000_000})
	if err != nil {
		return []pair{textPair("", "xarf."+name, string(r.Fields[name]))}
	}
	field, own := xarfFields[name], "xarf."+name
	switch name {
	case "service_port":
		if r.SourcePort == 0 {
			field = "source.port"
		}
	case "protocol":
		if field = "protocol.application"; slices.Contains([]string{"tcp", "udp", "icmp", "sctp"}, strings.ToLower(v.Str())) {
			field = "protocol.transport"
		}
	case "service":
		if field = "product.name"; r.Type == "open_service" {
			field = "protocol.application"
		}
	case "cve_id":
		field = "product.vulnerabilities"
	case "severity", "risk_level", "ReporterSeverity":
		if v.Text == "informational" {
			v.Text = "info"
		}
		field = "severity"
	case "c2_server":
		pairs := []pair{addressPair("destination", own, v.Str())}
		var e intelmq.Event
		if !place(&e, pairs[0]) {
			pairs = []pair{textPair("destination.fqdn", own, v.Str())}
		}
		return pairs
	case "ReporterCaseID":
		field = intelmq.ReportID
	case "file_hashes":
		return append(flatten(own, &v, 0), hashesOf(&v)...)
	}
	if field != "" && v.Kind != jsontree.Object && v.Kind != jsontree.Array {
		return []pair{jsonPair(field, own, &v)}
	}
	return flatten(own, &v, 0)
}

// hashesOf gives the hashes of a file, by the names of their methods.
func hashesOf(v *jsontree.Value) (pairs []pair) {
	for _, m := range v.Members {
		if field := hashFields[strings.ToUpper(m.Name)]; field != "" {
			pairs = append(pairs, textPair(field, "", m.Value.Str()))
		}
	}
	return pairs
}

// flatten gives a value of JSON as extra ones: what is in an object has its name behind a dot. Deep or wide objects stay
// whole.
func flatten(name string, v *jsontree.Value, depth int) []pair {
	if v.Kind != jsontree.Object || depth == 4 || len(v.Members) > 100 {
		return []pair{jsonPair("", name, v)}
	}
	var pairs []pair
	for i := range v.Members {
		pairs = append(pairs, flatten(name+"."+v.Members[i].Name, &v.Members[i].Value, depth+1)...)
	}
	return pairs
}

// xarfEvidence says which evidence a report brings: what it is, its size and hash. The evidence itself is in the raw report.
func xarfEvidence(list []xarf.Evidence) pair {
	all := jsontree.List()
	for i := range list {
		e := &list[i]
		item := jsontree.Dict()
		for _, m := range []struct{ name, text string }{{"content_type", e.ContentType}, {"description", e.Description}, {"hash", e.Hash}} {
			if m.text != "" {
				item.Set(m.name, jsontree.Str(m.text))
			}
		}
		item.Set("size", jsontree.Int(int64(len(e.Payload))))
		item.Set("sha256", jsontree.Str(e.SHA256()))
		if stated, found := strings.CutPrefix(e.Hash, "sha256:"); found {
			item.Set("hash_holds", jsontree.Truth(strings.EqualFold(stated, e.SHA256())))
		}
		all.Items = append(all.Items, item)
	}
	if len(list) == 0 {
		return pair{}
	}
	return jsonPair("", "xarf.evidence", &all)
}
