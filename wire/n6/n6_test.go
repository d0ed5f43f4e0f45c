package n6

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// event gives an event of a category with further fields.
func event(category, fields string) string {
	if fields != "" {
		fields = "," + fields
	}
	return `{"id":"0f56ebba9129003dc6192e72eef50e70","source":"hidden.48","confidence":"medium","category":"` + category + `","time":"2026-02-03T04:05:06Z"` + fields + `}`
}

// good are events, written from n6sdk's data specification.
var good = map[string]string{
	"least":                  event("other", ""),
	"bot":                    event("bots", `"type":"event","origin":"sinkhole","name":"nothing","address":[{"ip":"192.0.2.7","cc":"PL","asn":64500}],"dport":80,"proto":"tcp","dip":"203.0.113.9"`),
	"hidden target":          event("bots", `"address":[{"ip":"192.0.2.7"}],"adip":"x.x.113.9","sport":0`),
	"many as one":            event("scanning", `"type":"hifreq","count":1500,"until":"2026-02-03T05:05:06Z","address":[{"ip":"192.0.2.7"},{"ip":"192.0.2.8","asn":"AS64501"}]`),
	"IPv6, names, direction": event("flow", `"restriction":"need-to-know","address":[{"ipv6":"2001:db8::7","dir":"src","rdns":"host.example"},{"ip":"203.0.113.9","dir":"dst","asn":"1.10"}]`),
	"blacklist":              event("cnc", `"type":"bl-new","status":"active","expires":"2026-02-04T00:00:00Z","fqdn":"c2.example","replaces":"0f56ebba9129003dc6192e72eef50e71"`),
	"phishing":               event("phish", `"url":"http://bank.example.test/","target":"Bank of Nowhere","fqdn":"bank.example.test","modified":"2026-02-03 06:00:00"`),
	"malware":                event("malurl", `"md5":"D41D8CD98F00B204E9800998ECF8427E","sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709","sha256":"`+strings.Repeat("0a", 32)+`","filename":"a.exe"`),
	"leak":                   event("leak", `"email":"user@shop.example","username":"user","restriction":"internal"`),
	"own fields":             event("vulnerable", `"tags":["a","b"],"dns_version":null,"injects":[{"url_pattern":"x"}],"min_amplification":"4.5"`),
	"what is null":           event("tor", `"url":null,"address":null`),
}

func TestParse(t *testing.T) {
	base := func() *Event {
		return &Event{ID: "0f56ebba9129003dc6192e72eef50e70", Source: "hidden.48", Confidence: "medium", Time: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), SPort: -1, DPort: -1}
	}
	want := map[string]func(e *Event){
		"least": func(e *Event) { e.Category = "other" },
		"bot": func(e *Event) {
			e.Category, e.Type, e.Origin, e.Name, e.DPort, e.Proto, e.DIP = "bots", "event", "sinkhole", "nothing", 80, "tcp", netip.MustParseAddr("203.0.113.9")
			e.Address = []Address{{IP: netip.MustParseAddr("192.0.2.7"), CC: "PL", ASN: 64500}}
		},
		"many as one": func(e *Event) {
			e.Category, e.Type, e.Count, e.Until = "scanning", "hifreq", 1500, time.Date(2026, 2, 3, 5, 5, 6, 0, time.UTC)
			e.Address = []Address{{IP: netip.MustParseAddr("192.0.2.7")}, {IP: netip.MustParseAddr("192.0.2.8"), ASN: 64501}}
		},
		"IPv6, names, direction": func(e *Event) {
			e.Category, e.Restriction = "flow", "need-to-know"
			e.Address = []Address{{IP: netip.MustParseAddr("2001:db8::7"), Dir: "src", RDNS: "host.example"}, {IP: netip.MustParseAddr("203.0.113.9"), Dir: "dst", ASN: 1<<16 + 10}}
		},
		"own fields": func(e *Event) {
			e.Category = "vulnerable"
			e.Fields = map[string]json.RawMessage{"tags": json.RawMessage(`["a","b"]`), "injects": json.RawMessage(`[{"url_pattern":"x"}]`), "min_amplification": json.RawMessage(`"4.5"`)}
		},
		"what is null": func(e *Event) { e.Category = "tor" },
	}
	for name, doc := range good {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			if fill := want[name]; fill != nil {
				e := base()
				fill(e)
				if diff := cmp.Diff(e, got, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, of, old, new, reason string }{
		{"a list", "least", good["least"], "[]", "cannot unmarshal"},
		{"no object", "least", good["least"], "null", "it is no object"},
		{"no ID", "least", `"id"`, `"nr"`, "id: it is missing"},
		{"empty ID", "least", "0f56ebba9129003dc6192e72eef50e70", "", "id: it is missing"},
		{"long ID", "least", "0f56ebba", strings.Repeat("0", 60), "id: it has 84 characters"},
		{"ID as a number", "least", `"0f56ebba9129003dc6192e72eef50e70"`, "7", "id: it is no text"},
		{"source", "least", "hidden.48", "Hidden", `source: "Hidden" is not the name of a source`},
		{"confidence", "least", "medium", "80", `confidence: "80" is none of low, medium, high`},
		{"no confidence", "least", `"confidence"`, `"sure"`, "confidence: it is missing"},
		{"category", "least", `"other"`, `"malware"`, `category: "malware" is none of`},
		{"restriction", "leak", "internal", "red", `restriction: "red" is none of`},
		{"time", "least", "2026-02-03T04:05:06Z", "1770091506", `time: "1770091506" is no time`},
		{"time as a number", "least", `"2026-02-03T04:05:06Z"`, "1770091506", "time: it is no text"},
		{"type", "bot", `"type":"event"`, `"type":"news"`, `type: "news" is none of`},
		{"address as an object", "bot", `[{"ip":"192.0.2.7","cc":"PL","asn":64500}]`, `{"ip":"192.0.2.7"}`, "address: it is no list of objects"},
		{"no address", "bot", `[{"ip":"192.0.2.7","cc":"PL","asn":64500}]`, `[]`, "address: it has 0 elements"},
		{"address that is none", "bot", "192.0.2.7", "192.0.2", `address: element 1: ip: "192.0.2" is no address`},
		{"address twice", "many as one", "192.0.2.8", "192.0.2.7", "address: element 2: 192.0.2.7 is there twice"},
		{"two addresses in one", "bot", `"cc":"PL"`, `"ipv6":"2001:db8::1"`, "it has not one of ip and ipv6"},
		{"IPv6 as ip", "bot", "192.0.2.7", "2001:db8::7", "ip is to be IPv4"},
		{"field of an address", "bot", `"cc":"PL"`, `"city":"Krakow"`, `"city": there is no such field`},
		{"country", "bot", `"PL"`, `"Poland"`, `cc: "Poland" is not a country's code`},
		{"AS number", "bot", "64500", "4294967296", "asn: 4294967296 is no AS number"},
		{"dotted AS number", "IPv6, names, direction", "1.10", "1.65536", "is no AS number"},
		{"direction", "IPv6, names, direction", `"src"`, `"source"`, `dir: "source" is none of src, dst`},
		{"port", "bot", `"dport":80`, `"dport":65536`, "dport: 65536 is no number from 0 to 65535"},
		{"protocol", "bot", `"tcp"`, `"TCP"`, `proto: "TCP" is none of tcp, udp, icmp`},
		{"hidden address", "hidden target", "x.x.113.9", "192.0.x.x", "adip"},
		{"count", "many as one", "1500", "-1", "count: -1 is no number"},
		{"hash", "malware", "D41D8CD98F00B204", "Z", "md5"},
		{"name", "blacklist", "c2.example", "203.0.113.9", "fqdn"},
		{"mail", "leak", "user@shop.example", "user", "email"},
		{"long URL", "phishing", "http://", "http://" + strings.Repeat("a", 2048), "url: it has"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := strings.Replace(good[test.of], test.old, test.new, 1)
			if doc == good[test.of] {
				t.Fatal("nothing is replaced")
			}
			if e, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %+v, %v", e, err)
			}
		})
	}
	if _, err := Parse(make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "octets") {
		t.Errorf("too large: %v", err)
	}
	if n := len(Categories()); n != 27 {
		t.Errorf("%d categories", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, doc := range good {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Parse(data)
		if err == nil && (e.ID == "" || e.Time.IsZero() || e.SPort > 65535 || e.DPort > 65535) {
			t.Errorf("read: %+v", e)
		}
	})
}
