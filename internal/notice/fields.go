package notice

import (
	"strings"

	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// Columns are the fields of an event that a notice may have, in the order in which the table has them.
func Columns() []string {
	return []string{
		"time.source", "source.ip", "source.port", "protocol.transport", "protocol.application",
		"classification.taxonomy", "classification.type", "classification.identifier",
		"source.asn", "source.network", "source.fqdn", "source.reverse_dns", "source.url", "malware.name",
		"destination.ip", "destination.port", "destination.fqdn", "tlp",
	}
}

// Outgoing gives what of an event may go to the party that is responsible for its source, and under which label; ok is
// false for an event that does not go out at all.
//
// TLP:RED is for named persons and TLP:AMBER+STRICT for the organisation it was given to: neither goes out by mail. What has
// no label goes out as TLP:AMBER. Of the destination only the port goes out, which tells who used a shared address: the
// rest may be a victim's. It is there in full where everybody may know it (TLP:CLEAR, TLP:GREEN), and where it is what
// finds an infected system: malicious code that calls home. Accounts, payloads and a source's own remarks never go out.
func Outgoing(e *intelmq.Event, class string) (out *intelmq.Event, label values.TLP, ok bool) {
	label = values.TLPAmber
	if text := e.Text("tlp"); text != "" {
		l, err := values.ParseTLP(text)
		if err != nil || l > values.TLPAmber {
			return nil, values.NoTLP, false
		}
		label = l
	}
	if e.Text("time.source") == "" || Source(e) == "" { // nobody could find what it is about
		return nil, values.NoTLP, false
	}
	whole := label < values.TLPAmber || strings.HasPrefix(class, "malicious-code/")
	out = new(intelmq.Event)
	for _, key := range Columns() {
		v, there := e.Get(key)
		if !there || key == "tlp" || !whole && (key == "destination.ip" || key == "destination.fqdn") {
			continue
		}
		out.Set(key, v)
	}
	out.Set("tlp", intelmq.Value{Text: label.Label()})
	return out, label, true
}
