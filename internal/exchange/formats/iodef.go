package formats

import (
	"net/netip"
	"strconv"
	"strings"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
	"pahra/wire/iodef"
)

// IODEF makes a document with an incident for each copy.
func IODEF(copies []*intelmq.Event, s Sender, kinds *class.Tables) *iodef.Document {
	d := &iodef.Document{Version: "2.00", Lang: "en"}
	for _, e := range copies {
		d.Incident = append(d.Incident, incident(e, s, kinds))
	}
	return d
}

// restriction writes a label: IODEF has none for AMBER+STRICT, which is never the less restricted AMBER.
func restriction(label string) string {
	switch label {
	case "CLEAR", "WHITE":
		return "white"
	case "GREEN", "AMBER":
		return strings.ToLower(label)
	}
	return "private"
}

func incident(e *intelmq.Event, s Sender, kinds *class.Tables) iodef.Incident {
	code := kinds.Of(e)
	in := iodef.Incident{Purpose: "reporting", Lang: "en", Restricted: iodef.Restricted{Restriction: restriction(e.Text("tlp"))},
		IncidentID: iodef.IncidentID{ID: copyID(e), Name: s.Domain}, GenerationTime: s.At.UTC(), DetectTime: when(e),
		Contact:        []iodef.Contact{{Role: "creator", Type: "organization", ContactName: []iodef.Text{{Value: s.Name}}, Email: []iodef.Email{{EmailTo: s.Mail}}}},
		AdditionalData: []iodef.Extension{extra("tlp", "TLP:"+e.Text("tlp")), extra("rsit", code.Tag())}}
	if text := e.Text("event_description.text"); text != "" {
		in.Description = []iodef.Text{{Value: text}}
	}
	in.Method = []iodef.Method{{Description: []iodef.Text{{Value: code.String()}}}}
	data := iodef.EventData{DetectTime: when(e)}
	for _, side := range [...][2]string{{"source", "source."}, {"target", "destination."}} {
		if system, is := systemOf(e, side[0], side[1]); is {
			if data.Flow == nil {
				data.Flow = []iodef.Flow{{}}
			}
			data.Flow[0].System = append(data.Flow[0].System, system)
		}
	}
	for _, f := range e.Fields() {
		if strings.HasPrefix(f.Key, "malware.") || f.Key == "comment" || strings.HasPrefix(f.Key, "protocol.") {
			data.AdditionalData = append(data.AdditionalData, extra(f.Key, f.Value.Text))
		}
	}
	for _, f := range standIns(e) {
		data.AdditionalData = append(data.AdditionalData, extra(f.Key, f.Value.Text))
	}
	if data.Flow != nil || data.AdditionalData != nil {
		in.EventData = []iodef.EventData{data}
	}
	return in
}

func extra(name, value string) iodef.Extension {
	return iodef.Extension{Name: name, Value: value, DType: "string"}
}

// systemOf makes a system of one side, if that names one.
func systemOf(e *intelmq.Event, category, side string) (iodef.System, bool) {
	system := iodef.System{Category: category}
	for _, name := range [...]string{"ip", "network"} {
		if a, is := address(e.Text(side+name), name == "network"); is {
			system.Node.Address = append(system.Node.Address, a)
		}
	}
	if asn := e.Text(side + "asn"); asn != "" {
		system.Node.Address = append(system.Node.Address, iodef.Address{Value: asn, Category: "asn"})
	}
	if url := e.Text(side + "url"); url != "" {
		system.Node.Address = append(system.Node.Address, iodef.Address{Value: url, Category: "site-uri"})
	}
	if name := e.Text(side + "fqdn"); name != "" {
		system.Node.DomainData = []iodef.DomainData{{Name: name}}
	}
	if country := e.Text(side + "geolocation.cc"); country != "" {
		system.Node.Location = []iodef.Text{{Value: country}}
	}
	if port, err := strconv.ParseInt(e.Text(side+"port"), 10, 32); err == nil {
		system.Service = []iodef.Service{{Port: &port}}
	}
	return system, system.Node.Address != nil || system.Node.DomainData != nil
}

// address writes an address, or a network that stands in place of one.
func address(text string, masked bool) (iodef.Address, bool) {
	if !masked {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return iodef.Address{}, false
		}
		if a.Is4() {
			return iodef.Address{Value: text, Category: "ipv4-addr"}, true
		}
		return iodef.Address{Value: text, Category: "ipv6-addr"}, true
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return iodef.Address{}, false
	case p.Addr().Is4():
		return iodef.Address{Value: text, Category: "ipv4-net-masked"}, true
	}
	return iodef.Address{Value: text, Category: "ipv6-net-masked"}, true
}
