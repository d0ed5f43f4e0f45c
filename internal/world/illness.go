package world

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// Report is what one source of security reports saw in a time: IntelMQ's events as JSON, one a line.
type Report struct {
	Source string
	Text   []byte
}

// illness is one thing that hosts suffer from, and who sees it.
type illness struct {
	source, kind, identifier string
	malware                  string
	transport                string
	port                     string
	each                     float64 // hosts of a stub that are prone to it, on average; of others more
	days                     float64 // that it lasts where nobody cares
	web                      bool    // it is of a site: there are a name and a page
	late                     bool    // first seen in the last quarter of the year: an outbreak
}

func illnesses() []illness {
	return []illness{
		{source: "scan-project", kind: "vulnerable-system", identifier: "open-dns", transport: "udp", port: "53", each: 1.6, days: 60},
		{source: "scan-project", kind: "vulnerable-system", identifier: "open-ntp", transport: "udp", port: "123", each: 0.9, days: 70},
		{source: "scan-project", kind: "vulnerable-system", identifier: "open-snmp", transport: "udp", port: "161", each: 0.6, days: 80},
		{source: "scan-project", kind: "vulnerable-system", identifier: "exposed-rdp", transport: "tcp", port: "3389", each: 0.7, days: 45},
		{source: "sinkhole", kind: "infected-system", identifier: "lanternbot", malware: "lanternbot", transport: "tcp", port: "443", each: 1.4, days: 25},
		{source: "sinkhole", kind: "infected-system", identifier: "mossworm", malware: "mossworm", transport: "tcp", port: "8080", each: 0.8, days: 20, late: true},
		{source: "honeypots", kind: "brute-force", identifier: "ssh", transport: "tcp", port: "22", each: 0.5, days: 8},
		{source: "honeypots", kind: "scanner", identifier: "telnet", transport: "tcp", port: "23", each: 0.6, days: 6},
		{source: "phish-list", kind: "phishing", identifier: "phishing-site", transport: "tcp", port: "443", each: 0.12, days: 5, web: true},
		{source: "web-watch", kind: "system-compromise", identifier: "defacement", transport: "tcp", port: "80", each: 0.08, days: 12, web: true},
		{source: "web-watch", kind: "malware-distribution", identifier: "drive-by", transport: "tcp", port: "80", each: 0.06, days: 9, web: true},
		{source: "flow-watch", kind: "ddos", identifier: "flood", transport: "udp", port: "53", each: 0.03, days: 2},
	}
}

// ReportSources gives the names of the sources of reports.
func ReportSources() (list []string) {
	for _, i := range illnesses() {
		if len(list) == 0 || list[len(list)-1] != i.source {
			list = append(list, i.source)
		}
	}
	return list
}

// patient is what is remembered of a network whose hosts fall ill.
type patient struct {
	node   int
	asn    values.ASN
	domain string
	block  netip.Prefix
	hosts  float64 // how many it has beside those of a stub
	member bool
}

// admit remembers the networks at home, and one in twelve abroad.
func (y *Year) admit(w *world) {
	for i, n := range w.networks {
		home := n.org.country.code == countries()[0].code
		if len(n.blocks) == 0 || !n.blocks[0].Addr().Is4() || n.tier <= large || !home && fixed(i, 20) > 1.0/12 {
			continue
		}
		hosts := map[int]float64{small: 12, regional: 5, stub: 1}[n.tier]
		y.patients = append(y.patients, patient{i, n.asn, n.org.domain, n.blocks[0], hosts, y.members[node(i)]})
	}
}

// Reports gives what each source saw from one moment to before another. What is seen is a function of the seed and
// the time. A source sees a host once a day, and now and then nothing at all for a day.
func (y *Year) Reports(from, until time.Time) []Report {
	var list []Report
	for _, name := range ReportSources() {
		r := Report{Source: name}
		for at := from.UTC().Truncate(day); at.Before(until); at = at.Add(day) {
			if fixed(int(at.Unix()/86400)+len(name)*100_003, 21) < 0.04 {
				continue // it was down
			}
			r.Text = y.report(r.Text, name, at, from, until)
		}
		list = append(list, r)
	}
	return list
}

func (y *Year) report(b []byte, source string, at, from, until time.Time) []byte {
	for k, ill := range illnesses() {
		if ill.source != source {
			continue
		}
		for _, p := range y.patients {
			slots := int(ill.each*p.hosts*2*fixed(p.node*31+k, 22) + fixed(p.node*31+k, 23))
			for slot := range slots {
				id := (p.node*31+k)*64 + slot
				seen := at.Add(time.Duration(fixed(id+int(at.Unix()/86400)*7919, 24) * float64(day)))
				if y.ill(&ill, p, id, at) && !seen.Before(from) && seen.Before(until) {
					b = append(ill.event(p, id, seen).AppendJSON(b), '\n')
				}
			}
		}
	}
	return b
}

// ill tells whether a host is ill on a day. It is so again and again: for longer where nobody cares, and less long among
// the association's members once they went to a workshop.
func (y *Year) ill(i *illness, p patient, id int, at time.Time) bool {
	const least = 3
	through := at.Sub(y.p.Start).Hours() / y.p.Until.Sub(y.p.Start).Hours()
	lasts := i.days * (0.3 + 1.4*fixed(p.node, 25))
	if p.member && through > 0.5 {
		lasts *= 0.5
	}
	if i.late && through < 0.75+0.2*fixed(id, 28) {
		return false
	}
	well := 40 + 200*fixed(id, 26)
	return math.Mod(float64(at.Unix()/86400)+1000*fixed(id, 27), lasts+well+least) < lasts+least
}

// event writes what is seen of a host.
func (i *illness) event(p patient, id int, seen time.Time) *intelmq.Event {
	var e intelmq.Event
	set := func(key, value string) { e.Set(key, intelmq.Value{Text: value}) }
	set("classification.type", i.kind)
	set("classification.identifier", i.identifier)
	set("feed.name", i.source)
	set("protocol.transport", i.transport)
	set("source.ip", p.host(id))
	set("time.source", seen.Format("2006-01-02T15:04:05+00:00"))
	if i.malware != "" {
		set("malware.name", i.malware)
	}
	ephemeral := 1024 + int(fixed(id, 29)*60000)
	if i.kind == "vulnerable-system" || i.web {
		set("source.port", i.port)
	} else {
		set("source.port", strconv.Itoa(ephemeral)) // who it was behind a shared address
		set("destination.port", i.port)
	}
	if i.web {
		name := "shop" + strconv.Itoa(id%977) + "." + p.domain
		set("source.fqdn", name)
		set("source.url", "http://"+name+"/"+strings.ReplaceAll(i.identifier, "-", "/"))
	}
	return &e
}

// host gives an address of a network.
func (p patient) host(id int) string {
	base := p.block.Addr().As4()
	room := uint32(1) << (32 - p.block.Bits())
	at := binary.BigEndian.Uint32(base[:]) + uint32(fixed(id, 30)*float64(room))
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, at))).String()
}

// Constituents writes a table of organisations at home that hold a part of some network's addresses, or a name, as "pahra
// desk constituents import" reads it.
func (y *Year) Constituents() []byte {
	bodies := []struct{ id, name, sector, criticality string }{
		{"ministry-lights", "Ministry of Lighthouses", "government", "critical"}, {"harbour-bank", "Harbour Bank", "finance", "critical"},
		{"st-brendan", "St Brendan's Hospital", "health", "critical"}, {"tide-power", "Tide Power", "energy", "critical"},
		{"coast-rail", "Coast Railways", "transport", "high"}, {"moss-university", "Moss University", "education", "medium"},
		{"lantern-post", "Lantern Post", "government", "high"}, {"gull-insurance", "Gull Insurance", "finance", "high"},
	}
	confirmed := y.p.Until.AddDate(0, -3, 0).Format(time.DateOnly)
	from := y.p.Start.Format(time.DateOnly)
	b := []byte("id,record,kind,value,name,sector,criticality,languages,source,from,confirmed\n")
	at := 0
	for _, p := range y.patients {
		if at == len(bodies) {
			break
		}
		if p.hosts != 5 || fixed(p.node, 31) > 0.5 {
			continue
		}
		body := bodies[at]
		row := func(record, kind, value, name, sector, criticality, languages string) {
			b = append(b, strings.Join([]string{body.id, record, kind, value, name, sector, criticality, languages, "made up", from, confirmed}, ",")+"\n"...)
		}
		row("constituent", "", "", body.name, body.sector, body.criticality, []string{"en", "hi"}[at%2])
		row("selector", "prefix", sub(p.block, min(32, p.block.Bits()+2), 1).String(), "", "", "", "")
		row("selector", "domain", p.domain, "", "", "", "")
		row("contact", "abuse", "mailto:security@"+body.id+".example", "", "", "", "")
		at++
	}
	return b
}

// HomePolicy is the policy of a desk at home: networks there are told themselves, those abroad by their national CERTs.
func (y *Year) HomePolicy() []byte {
	return []byte("version: \"made up\"\nhome: [" + countries()[0].code + "]\nabroad: cert\n")
}
