package notice

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/xarf"
)

// kinds are the types of XARF that the classes of the RSIT are written as. A class without one goes out as CSV alone, and so
// does a line that lacks what its type wants: nothing is made up.
var kinds = map[string][2]string{
	"malicious-code/infected-system":             {"infrastructure", "botnet"},
	"malicious-code/malware-distribution":        {"content", "malware"},
	"intrusions/system-compromise":               {"infrastructure", "compromised_server"},
	"intrusions/application-compromise":          {"infrastructure", "compromised_server"},
	"intrusion-attempts/brute-force":             {"connection", "login_attack"},
	"information-gathering/scanner":              {"connection", "port_scan"},
	"availability/ddos":                          {"connection", "ddos"},
	"availability/dos":                           {"connection", "ddos"},
	"fraud/phishing":                             {"content", "phishing"},
	"vulnerable/ddos-amplifier":                  {"vulnerability", "open_service"},
	"vulnerable/potentially-unwanted-accessible": {"vulnerability", "open_service"},
	"vulnerable/information-disclosure":          {"vulnerability", "open_service"},
	"vulnerable/weak-crypto":                     {"vulnerability", "misconfiguration"},
	"vulnerable/vulnerable-system":               {"vulnerability", "misconfiguration"},
}

// reports writes lines as XARF, one report a line of text: one report is one incident there.
func reports(n Notice) []byte {
	var b []byte
	written := 0
	for _, c := range n.Cases {
		for _, e := range c.Lines {
			if written == mostReports {
				return b
			}
			r, ok := report(n.From, c, e)
			if !ok {
				continue
			}
			if text, err := r.Marshal(); err == nil { // else the type wants what the line does not have
				b = append(append(b, text...), '\n')
				written++
			}
		}
	}
	return b
}

// report gives a line as a report; ok is false where XARF has no type for it.
func report(from Sender, c Case, e *intelmq.Event) (r *xarf.Report, ok bool) {
	kind, ok := kinds[c.Class]
	if !ok {
		return nil, false
	}
	at, err := time.Parse(time.RFC3339, e.Text("time.source"))
	if err != nil {
		return nil, false
	}
	who := xarf.Contact(from)
	r = &xarf.Report{Version: xarf.Current, ID: reportID(e), Time: at, Reporter: who, Sender: who, Source: Source(e), Category: kind[0], Type: kind[1],
		Description: clip(fmt.Sprintf("case %d: %s", c.ID, e.Text("classification.identifier")), 1000), Fields: map[string]json.RawMessage{}}
	r.SourcePort, _ = strconv.Atoi(e.Text("source.port"))
	if tlp := e.Text("tlp"); tlp != "" {
		r.Tags = []string{"tlp:" + strings.ToLower(tlp)}
	}
	details(r, c, e, at)
	return r, true
}

// details puts in what the types want beside what all have.
func details(r *xarf.Report, c Case, e *intelmq.Event, at time.Time) {
	put := func(name string, v any) {
		if text, err := json.Marshal(v); err == nil && string(text) != `""` && string(text) != "0" {
			r.Fields[name] = text
		}
	}
	what := cmp.Or(e.Text("malware.name"), e.Text("classification.identifier"), c.Class)
	switch r.Category {
	case "connection":
		put("protocol", e.Text("protocol.transport"))
		put("first_seen", at.Format(time.RFC3339Nano))
		put("destination_ip", e.Text("destination.ip"))
		port, _ := strconv.Atoi(e.Text("destination.port"))
		put("destination_port", port)
	case "content":
		put("url", e.Text("source.url"))
	case "vulnerability":
		put("service", clip(cmp.Or(e.Text("protocol.application"), what), 200))
	case "infrastructure":
		if r.Type == "botnet" {
			put("malware_family", clip(e.Text("malware.name"), 200))
			put("c2_server", Destination(e))
			put("compromise_evidence", what)
		} else {
			put("compromise_method", what)
		}
	}
}

// reportID gives the id of a line's report: the same whenever it is written (a UUID of version 8, RFC 9562, of its hash).
func reportID(e *intelmq.Event) string {
	h := e.Hash()
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// clip cuts a text after so many characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
