package formats

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange"
	"pahra/wire/intelmq"
	"pahra/wire/xarf"
)

// ErrNoXARF is wrapped where XARF has no place for a copy: no type for its class, or no source that is told whole.
var ErrNoXARF = errors.New("XARF has no place for it")

// xarfTypes are the types of the RSIT that XARF has.
func xarfTypes() map[string][2]string {
	return map[string][2]string{"phishing": {"content", "phishing"}, "infected-system": {"infrastructure", "botnet"}, "c2-server": {"infrastructure", "botnet"}, "malware-distribution": {"content", "malware"},
		"scanner": {"connection", "port_scan"}, "brute-force": {"connection", "login_attack"}, "ddos": {"connection", "ddos"}, "dos": {"connection", "ddos"}, "spam": {"messaging", "spam"}}
}

// XARF makes the report of a copy, as XARF writes it. One incident is one report, and a masked address is no source: the error wraps ErrNoXARF.
func XARF(e *intelmq.Event, s Sender, kinds *class.Tables) ([]byte, error) {
	kind, known := xarfTypes()[kinds.Of(e).Type]
	source := ""
	for _, name := range [...]string{"source.ip", "source.url", "source.fqdn"} {
		if source == "" {
			source = e.Text(name)
		}
	}
	if kind[1] == "phishing" && e.Text("source.url") != "" {
		source = e.Text("source.url")
	}
	at := when(e)
	if !known || source == "" || at.IsZero() {
		return nil, fmt.Errorf("copy %s: %w", copyID(e), ErrNoXARF)
	}
	me := xarf.Contact{Org: s.Name, Contact: s.Mail, Domain: s.Domain}
	r := &xarf.Report{Version: xarf.Current, ID: uuid("xarf", copyID(e)), Time: at, Reporter: me, Sender: me, Source: source, Category: kind[0], Type: kind[1],
		Description: e.Text("event_description.text"), Tags: []string{"rsit:" + kinds.Of(e).Type, "tlp:" + strings.ToLower(e.Text("tlp"))}, Fields: map[string]json.RawMessage{}}
	if port, err := strconv.ParseUint(e.Text("source.port"), 10, 16); err == nil {
		r.SourcePort = int(port)
	}
	xarfFields(e, r, at)
	b, err := r.Marshal()
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w: %w", copyID(e), ErrNoXARF, err)
	}
	return b, nil
}

// xarfFields puts in what the types want beside.
func xarfFields(e *intelmq.Event, r *xarf.Report, at time.Time) {
	put := func(name, text string) {
		if text != "" {
			r.Fields[name], _ = json.Marshal(text) // a text can be written
		}
	}
	transport := e.Text("protocol.transport")
	switch r.Category {
	case "connection":
		put("protocol", transport)
		put("first_seen", at.Format(time.RFC3339))
		if a, err := netip.ParseAddr(e.Text("destination.ip")); err == nil {
			put("destination_ip", a.String())
		}
		if port, err := strconv.ParseUint(e.Text("destination.port"), 10, 16); err == nil && port > 0 {
			r.Fields["destination_port"] = json.RawMessage(strconv.FormatUint(port, 10))
		}
	case "content":
		if url := e.Text("source.url"); url != "" {
			put("url", url)
		}
	case "infrastructure":
		put("malware_family", e.Text("malware.name"))
		put("compromise_evidence", "reported by "+r.Reporter.Org+" under an agreement, as copy "+e.Text(exchange.SharedID))
	case "messaging":
		put("protocol", e.Text("protocol.application"))
	}
}
