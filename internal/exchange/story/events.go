package story

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/stix/pattern"
	"pahra/wire/values"
)

// mostOfEvent is how many objects one event takes at most, beside a relationship to the incident.
const mostOfEvent = 17

// Event makes the item of one event.
func Event(e *intelmq.Event, team string, kinds *class.Tables) []*stix.Object {
	at := moment(e)
	if at.IsZero() {
		at = time.Unix(0, 0)
	}
	return Events(Head{Key: exchange.EventID(e), Description: e.Text("event_description.text"), Team: team, At: at}, []*intelmq.Event{e}, kinds)[0]
}

// Events makes the items of a case: as many as it takes, each of MostObjects at most, each an incident of its own that stands by itself.
// Events of different labels, or about which different things were agreed, are never in one item.
func Events(h Head, events []*intelmq.Event, kinds *class.Tables) (items [][]*stix.Object) {
	groups := map[string][]*intelmq.Event{}
	var order []string
	for _, e := range events {
		key := e.Text("tlp") + "\x00" + string(handling(e).Append(nil))
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], e)
	}
	for _, key := range order {
		for rest := groups[key]; len(rest) > 0; {
			objects, n := oneItem(h, strconv.Itoa(len(items)), rest, kinds)
			items, rest = append(items, objects), rest[n:]
		}
	}
	return items
}

// oneItem makes an item of as many of the events as fit, one at least, and tells how many these were.
func oneItem(h Head, part string, events []*intelmq.Event, kinds *class.Tables) (objects []*stix.Object, n int) {
	label, _ := values.ParseTLP(events[0].Text("tlp")) // what is none stays among the fields
	i := newItem(h, part, label)
	i.begin()
	var tags []string
	var observed []string
	for _, e := range events {
		if n > 0 && len(i.objects)+mostOfEvent+len(observed)+2 > MostObjects {
			break
		}
		code := kinds.Of(e)
		if tag := code.Tag(); !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
		observed = append(observed, i.event(e, n, code))
		n++
	}
	name := h.Name
	if name == "" {
		name = kinds.Title(kinds.Of(events[0]))
	}
	description := jsontree.Member{Name: "description"}
	if h.Description != "" {
		description = text("description", h.Description)
	}
	incident := i.object("incident", "", text("name", name), description, list("labels", tags...))
	for _, o := range observed {
		if !strings.HasPrefix(o, "note--") { // which refers to it
			i.relate(o, "related-to", incident)
		}
	}
	return i.objects, n
}

// incident gives the id of the item's incident.
func (i *item) incident() string { return id("incident", i.head.Key, i.part, "") }

// side is one side of an event as observables.
type side struct {
	e      *intelmq.Event
	name   string
	fields map[string]string // the observables that have the values of fields
	all    []string
	host   string // an address or a name
}

// event puts in an event and gives the id of its observation.
func (i *item) event(e *intelmq.Event, n int, code class.Code) string {
	src, dst := &side{e: e, name: "source.", fields: map[string]string{}}, &side{e: e, name: "destination.", fields: map[string]string{}}
	i.side(src)
	i.side(dst)
	refs := append(src.all, dst.all...)
	if traffic := i.traffic(e, src, dst); traffic != "" {
		refs = append(refs, traffic)
	}
	if file := i.file(e); file != "" {
		refs = append(refs, file)
	}
	slices.Sort(refs)
	refs = slices.Compact(refs)
	at := moment(e)
	if at.IsZero() {
		at = i.head.At
	}
	if len(refs) == 0 { // an observation is of something
		content := e.Text("event_description.text")
		if content == "" {
			content = code.Type
		}
		return i.object("note", strconv.Itoa(n)+exchange.EventID(e), text("content", content), list("object_refs", i.incident()), list("labels", code.Tag()), extension(fields(e, src, dst)...))
	}
	seen := i.object("observed-data", strconv.Itoa(n)+exchange.EventID(e), stamp("first_observed", at), stamp("last_observed", at), number("number_observed", 1), list("object_refs", refs...),
		list("labels", code.Tag()), extension(fields(e, src, dst)...))
	i.indicate(e, code, n, at, seen)
	return seen
}

// side puts in the observables of one side.
func (i *item) side(s *side) {
	put := func(field, id string) string {
		if id != "" {
			s.fields[s.name+field] = id
			s.all = append(s.all, id)
		}
		return id
	}
	get := func(field string) string {
		v, _ := s.e.Get(s.name + field)
		if (v.Kind == intelmq.Int) != (field == "asn") {
			return "" // it is not as the standard has it, and stays among the fields
		}
		return v.Text
	}
	if asn, err := values.ParseASN(get("asn")); err == nil && get("asn") == asn.String() {
		put("asn", i.observable("autonomous-system", number("number", int64(asn))))
	}
	address := ""
	if text := get("ip"); text != "" {
		address = put("ip", i.address(text))
	}
	if p, err := netip.ParsePrefix(get("network")); err == nil && p.String() == get("network") {
		put("network", i.address(p.String()))
	}
	name := ""
	if get("fqdn") != "" {
		name = put("fqdn", i.observable("domain-name", text("value", get("fqdn"))))
	}
	if get("url") != "" {
		put("url", i.observable("url", text("value", get("url"))))
	}
	if account := get("account"); strings.Contains(account, "@") {
		put("account", i.observable("email-addr", text("value", account)))
	} else if account != "" {
		put("account", i.observable("user-account", text("account_login", account)))
	}
	if s.host = address; s.host == "" {
		s.host = name
	}
}

// address puts in an address or a network.
func (i *item) address(value string) string {
	if strings.Contains(value, ":") {
		return i.observable("ipv6-addr", text("value", value))
	}
	return i.observable("ipv4-addr", text("value", value))
}

// traffic puts in what went from one side to the other, if the event tells of it.
func (i *item) traffic(e *intelmq.Event, src, dst *side) string {
	var protocols []string
	for _, name := range [...]string{"protocol.transport", "protocol.application"} {
		if p := strings.ToLower(e.Text(name)); p != "" && !slices.Contains(protocols, p) {
			protocols = append(protocols, p)
		}
	}
	if protocols == nil || src.host == "" && dst.host == "" {
		return ""
	}
	var members []jsontree.Member
	if src.host != "" {
		members = append(members, text("src_ref", src.host))
	}
	if dst.host != "" {
		members = append(members, text("dst_ref", dst.host))
	}
	for _, port := range [...][2]string{{"source.port", "src_port"}, {"destination.port", "dst_port"}} {
		if n, err := strconv.ParseUint(e.Text(port[0]), 10, 16); err == nil {
			members = append(members, number(port[1], int64(n)))
		}
	}
	return i.observable("network-traffic", append(members, list("protocols", protocols...))...)
}

// file puts in the file whose hashes an event has.
func (i *item) file(e *intelmq.Event) string {
	hashes := jsontree.Dict()
	for _, h := range [...][2]string{{"malware.hash.md5", "MD5"}, {"malware.hash.sha1", "SHA-1"}, {"malware.hash.sha256", "SHA-256"}} {
		if sum := e.Text(h[0]); sum != "" {
			hashes.Members = append(hashes.Members, text(h[1], sum))
		}
	}
	if hashes.Members == nil {
		return ""
	}
	return i.observable("file", jsontree.Member{Name: "hashes", Value: hashes})
}

// indicate puts in an indicator of what others can look for, and its sighting: where something commands, is fetched or is phished with.
func (i *item) indicate(e *intelmq.Event, code class.Code, n int, at time.Time, seen string) {
	if !slices.Contains([]string{"c2-server", "phishing", "malware-distribution", "malware-configuration"}, code.Type) {
		return
	}
	var tests []string
	for _, t := range [...][2]string{{"source.url", "url:value"}, {"source.fqdn", "domain-name:value"}, {"source.ip", "ipv4-addr:value"}, {"malware.hash.sha256", "file:hashes.'SHA-256'"}} {
		value, path := e.Text(t[0]), t[1]
		if value == "" || len(tests) > 0 && (t[0] == "source.fqdn" || t[0] == "source.ip") {
			continue // a link names its host
		}
		if t[0] == "source.ip" && strings.Contains(value, ":") {
			path = "ipv6-addr:value"
		}
		tests = append(tests, "["+path+" = "+pattern.Literal{Kind: pattern.Text, Text: value}.String()+"]")
	}
	if tests == nil {
		return
	}
	key := strconv.Itoa(n)
	ind := i.object("indicator", key, text("name", code.Type), list("indicator_types", "malicious-activity"), list("labels", code.Tag()),
		text("pattern", strings.Join(tests, " OR ")), text("pattern_type", "stix"), stamp("valid_from", at))
	i.object("sighting", key, stamp("first_seen", at), stamp("last_seen", at), number("count", 1), text("sighting_of_ref", ind), list("observed_data_refs", seen), list("where_sighted_refs", i.creator()))
}

// moment is when an event was so, zero if it tells no time.
func moment(e *intelmq.Event) time.Time {
	for _, name := range [...]string{"time.source", "time.observation"} {
		if t, err := time.Parse(time.RFC3339, e.Text(name)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// handling gives what agreements ask of an event.
func handling(e *intelmq.Event) *jsontree.Value {
	h := jsontree.Dict()
	for _, f := range e.Fields() {
		if name, internal := strings.CutPrefix(f.Key, agreement.Internal); internal {
			h.Members = append(h.Members, jsontree.Member{Name: name, Value: jsonOf(f.Value)})
		}
	}
	if label := e.Text("tlp"); label != "" && label != "CLEAR" && label != "AMBER+STRICT" {
		h.Members = append(h.Members, jsontree.Member{Name: "tlp_1", Value: jsontree.Truth(true)})
	}
	return &h
}

// fields gives the members of the extension of an event's observation: all of its fields, those that an observable has by its id.
func fields(e *intelmq.Event, sides ...*side) []jsontree.Member {
	var items []jsontree.Value
	for _, f := range e.Fields() {
		if strings.HasPrefix(f.Key, agreement.Internal) {
			continue
		}
		one := jsontree.Dict(text("name", f.Key))
		ref := ""
		for _, s := range sides {
			ref += s.fields[f.Key]
		}
		switch {
		case ref != "":
			one.Members = append(one.Members, text("ref", ref))
		case f.Value.Kind == intelmq.Raw:
			one.Members = append(one.Members, text("json", f.Value.Text))
		default:
			one.Members = append(one.Members, jsontree.Member{Name: "value", Value: jsonOf(f.Value)})
		}
		items = append(items, one)
	}
	members := []jsontree.Member{{Name: exchange.Fields, Value: jsontree.List(items...)}}
	if h := handling(e); len(h.Members) > 0 {
		members = append(members, jsontree.Member{Name: exchange.Handling, Value: *h})
	}
	return members
}

func jsonOf(v intelmq.Value) jsontree.Value {
	switch v.Kind {
	case intelmq.Int, intelmq.Float:
		return jsontree.Value{Kind: jsontree.Number, Text: v.Text}
	case intelmq.Bool:
		return jsontree.Value{Kind: jsontree.Bool, Text: v.Text}
	}
	return jsontree.Str(v.Text)
}
