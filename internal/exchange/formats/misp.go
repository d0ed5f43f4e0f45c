package formats

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange"
	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
	"pahra/wire/misp"
	"pahra/wire/values"
)

// mostOfMISP is how many copies one event of MISP has at most.
const mostOfMISP = 500

// MISP makes events of MISP: copies of one class, label and day are one, of at most mostOfMISP.
func MISP(copies []*intelmq.Event, s Sender, kinds *class.Tables) []misp.Event {
	groups := map[string][]*intelmq.Event{}
	var order []string
	for _, e := range copies {
		key := e.Text("tlp") + " " + kinds.Of(e).String() + " " + day(e, s)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], e)
	}
	var list []misp.Event
	for _, key := range order {
		for chunk := range slices.Chunk(groups[key], mostOfMISP) {
			list = append(list, mispEvent(chunk, s, kinds))
		}
	}
	return list
}

func day(e *intelmq.Event, s Sender) string {
	if t := when(e); !t.IsZero() {
		return t.Format(time.DateOnly)
	}
	return s.At.UTC().Format(time.DateOnly)
}

func text(name, value string) jsontree.Member {
	return jsontree.Member{Name: name, Value: jsontree.Str(value)}
}

func mispEvent(copies []*intelmq.Event, s Sender, kinds *class.Tables) misp.Event {
	first := copies[0]
	code := kinds.Of(first)
	ids := make([]string, 0, len(copies))
	var attributes []jsontree.Value
	for _, e := range copies {
		ids = append(ids, copyID(e))
		attributes = append(attributes, mispAttributes(e, code, s)...)
	}
	distribution := "0" // the receiver's own organisation
	if s.Onward {
		distribution = "1"
	}
	org := jsontree.Dict(text("name", s.Name), text("uuid", uuid("org", s.Team)))
	tags := []jsontree.Value{tag("tlp:" + strings.ToLower(first.Text("tlp"))), tag(code.Tag())}
	if pap := first.Text(exchange.SharedPAP); pap != "" {
		tags = append(tags, tag(pap))
	}
	tree := jsontree.Dict(text("uuid", uuid(ids...)), text("info", kinds.Title(code)+", "+strconv.Itoa(len(copies))+" reported by "+s.Name), text("date", day(first, s)),
		text("threat_level_id", "4"), text("analysis", "2"), jsontree.Member{Name: "published", Value: jsontree.Truth(true)}, text("timestamp", strconv.FormatInt(s.At.Unix(), 10)),
		text("publish_timestamp", strconv.FormatInt(s.At.Unix(), 10)), text("distribution", distribution), text("sharing_group_id", "0"),
		jsontree.Member{Name: "Orgc", Value: org}, jsontree.Member{Name: "Org", Value: org}, jsontree.Member{Name: "Tag", Value: jsontree.List(tags...)},
		jsontree.Member{Name: "Attribute", Value: jsontree.List(attributes...)})
	return misp.NewEvent(tree)
}

func tag(name string) jsontree.Value { return jsontree.Dict(text("name", name)) }

// mispFields are the fields that have a type in MISP. What hosts something is told as a destination of those that go there.
func mispFields() [][3]string {
	return [][3]string{
		{"source.ip", "Network activity", "ip-src"}, {"source.network", "Network activity", "ip-src"}, {"source.fqdn", "Network activity", "domain"}, {"source.url", "Network activity", "url"},
		{"source.asn", "Network activity", "AS"}, {"source.account", "Targeting data", "target-user"}, {"source.reverse_dns", "Network activity", "hostname"},
		{"destination.ip", "Network activity", "ip-dst"}, {"destination.network", "Network activity", "ip-dst"}, {"destination.fqdn", "Network activity", "domain"},
		{"destination.url", "Network activity", "url"}, {"destination.asn", "Network activity", "AS"}, {"destination.account", "Targeting data", "target-user"},
		{"malware.hash.md5", "Payload delivery", "md5"}, {"malware.hash.sha1", "Payload delivery", "sha1"}, {"malware.hash.sha256", "Payload delivery", "sha256"},
		{"malware.name", "Antivirus detection", "text"}, {"event_description.text", "Other", "comment"}, {"event_description.url", "External analysis", "link"}, {"comment", "Other", "comment"},
	}
}

// hosting are the types of the RSIT of which what is the source is what others should look for.
func hosting(kind string) bool {
	return slices.Contains([]string{"c2-server", "phishing", "malware-distribution", "malware-configuration"}, kind)
}

func mispAttributes(e *intelmq.Event, code class.Code, s Sender) (list []jsontree.Value) {
	put := func(field, category, typ, value string, look bool) {
		a := jsontree.Dict(text("uuid", uuid("attribute", copyID(e), field)), text("type", typ), text("category", category), text("value", value),
			jsontree.Member{Name: "to_ids", Value: jsontree.Truth(look)}, text("distribution", "5"), text("timestamp", strconv.FormatInt(s.At.Unix(), 10)), text("comment", field),
			jsontree.Member{Name: "deleted", Value: jsontree.Truth(false)}, jsontree.Member{Name: "disable_correlation", Value: jsontree.Truth(!look)})
		if t := when(e); !t.IsZero() {
			a.Members = append(a.Members, text("first_seen", t.Format("2006-01-02T15:04:05.000000+00:00")), text("last_seen", t.Format("2006-01-02T15:04:05.000000+00:00")))
		}
		list = append(list, a)
	}
	for _, f := range mispFields() {
		value := e.Text(f[0])
		if value == "" {
			continue
		}
		field, category, typ := f[0], f[1], f[2]
		look := hosting(code.Type) && strings.HasPrefix(field, "source.") || strings.HasPrefix(field, "malware.hash.")
		switch {
		case typ == "ip-src" && hosting(code.Type):
			typ = "ip-dst"
		case typ == "AS":
			if asn, err := values.ParseASN(value); err == nil {
				value = "AS" + asn.String()
			}
		case typ == "target-user" && strings.Contains(value, "@"):
			typ = "target-email"
		}
		// of a network, a group of others' hosts, nobody should look for all
		put(field, category, typ, value, look && typ != "AS" && typ != "target-user" && typ != "target-email" && !strings.HasSuffix(field, ".network"))
	}
	for _, f := range standIns(e) {
		put(f.Key, "Other", "text", f.Value.Text, false)
	}
	return list
}
