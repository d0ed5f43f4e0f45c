package intel

import (
	"fmt"
	"time"

	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// story is a story while it is told: its cast, and the objects made so far.
type story struct {
	m       *Maker
	objects []*stix.Object
	at      time.Time
	host    string // the attacker's address, of one story alone
	victim  string // an address in Atlantica
	domain  string // on the host
	url     string
	md5     string
	sha256  string
	family  string
	port    int
}

// begin draws a story's cast. Each story has another host, as long as there are any.
func (m *Maker) begin() *story {
	n := (m.story*2654435 + m.shift) & (1<<20 - 1) // odd: each number of 20 bits once, before one comes again
	s := &story{m: m, at: m.p.Start.Add(time.Duration(m.story%43200)*time.Minute + time.Duration(m.rand.IntN(60000))*time.Millisecond)}
	s.host = fmt.Sprintf("%d.%d.%d.%d", 240+n>>16, n>>8&255, n&255, 1+(m.story>>20*7+n%97)%254)
	s.victim = fmt.Sprintf("192.0.2.%d", 1+m.rand.IntN(254))
	s.domain = fmt.Sprintf("%s-%s-%x.%s.xu", pick(m, []string{"login", "secure", "update", "mail", "account"}), pick(m, []string{"bank", "post", "tax", "cloud", "telecom"}), n,
		pick(m, []string{"harbour", "lantern", "meadow"}))
	s.url = fmt.Sprintf("http://%s/%s/%x", s.domain, pick(m, []string{"wp-content", "invoice", "signin", "assets"}), m.rand.Uint32())
	s.md5 = fmt.Sprintf("%016x%016x", m.rand.Uint64(), m.rand.Uint64())
	s.sha256 = fmt.Sprintf("%016x%016x%016x%016x", m.rand.Uint64(), m.rand.Uint64(), m.rand.Uint64(), m.rand.Uint64())
	s.family = pick(m, []string{"Bluebottle", "Ratchet", "Copperhead", "Mistral", "Quillback"})
	s.port = pick(m, []int{22, 23, 443, 445, 3389, 8080, 8443})
	return s
}

func pick[T any](m *Maker, from []T) T { return from[m.rand.IntN(len(from))] }

// beacon: one indicator of traffic from a network in Atlantica to a host that commands.
func (s *story) beacon() {
	s.indicator("malicious-code=\"c2-server\"", "Traffic of "+s.family,
		fmt.Sprintf("[network-traffic:dst_ref.value = '%s' AND network-traffic:src_ref.value = '%s' AND network-traffic:dst_port = %d]", s.host, s.victim, s.port), 1500)
}

// phishing: a name and the host that it leads to, who saw them, and an indicator.
func (s *story) phishing() {
	host := s.observable("ipv4-addr", member("value", s.host))
	name := s.observable("domain-name", member("value", s.domain), refs("resolves_to_refs", host))
	seen := s.observed(host, name)
	ind := s.indicator("fraud=\"phishing\"", "Phishing against customers of a bank in Atlantica", fmt.Sprintf("[ipv4-addr:value = '%s']", s.host), 2200)
	s.object("relationship", member("relationship_type", "based-on"), member("source_ref", ind), member("target_ref", seen))
}

// scanner: traffic from one address to another, and who saw it.
func (s *story) scanner() {
	s.victim = s.address6("2001:db8:2")
	from := s.observable("ipv4-addr", member("value", s.host))
	to := s.observable("ipv6-addr", member("value", s.victim))
	traffic := s.observable("network-traffic", member("src_ref", from), member("dst_ref", to), jsontree.Member{Name: "dst_port", Value: jsontree.Int(int64(s.port))},
		jsontree.Member{Name: "protocols", Value: jsontree.List(jsontree.Str("tcp"))})
	seen := s.observed(traffic, from, to)
	s.object("note", member("content", s.prose(3800)), refs("object_refs", seen), labels("intrusion-attempts=\"brute-force\""))
}

// exposed: an address in Atlantica at which something answers that should not.
func (s *story) exposed() {
	at := s.observable("ipv4-addr", member("value", s.host))
	where := s.object("location", member("country", "XU"))
	s.object("note", member("abstract", "An open service at "+s.host), member("content", s.prose(2300)), refs("object_refs", at, where), labels("vulnerable=\"vulnerable-system\""))
}

// malware: a family, how to know its file and its host, and how the two belong together.
func (s *story) malware() {
	family := s.object("malware", member("name", s.family), jsontree.Member{Name: "is_family", Value: jsontree.Truth(true)}, member("description", s.prose(1100)),
		labels("malicious-code=\"malware-distribution\""))
	ind := s.indicator("malicious-code=\"malware-distribution\"", "Files and hosts of "+s.family,
		fmt.Sprintf("[file:hashes.'SHA-256' = '%s'] OR [ipv4-addr:value IN ('%s', '%s')]", s.sha256, s.host, s.victim), 1300)
	s.object("relationship", member("relationship_type", "indicates"), member("source_ref", ind), member("target_ref", family), member("description", s.prose(400)))
}

// download: a link to a file. Many agreements let none of it out.
func (s *story) download() {
	link := s.observable("url", member("value", s.url))
	file := s.observable("file", jsontree.Member{Name: "hashes", Value: jsontree.Dict(member("MD5", s.md5), member("SHA-256", s.sha256))}, member("name", s.family+".bin"))
	seen := s.observed(link, file)
	ind := s.indicator("malicious-code=\"malware-distribution\"", "A link to "+s.family, fmt.Sprintf("[url:value = '%s']", s.url), 2200)
	s.object("relationship", member("relationship_type", "based-on"), member("source_ref", ind), member("target_ref", seen))
}

// address6 draws an address of a prefix of 48 bits, each group with four digits.
func (s *story) address6(prefix string) string {
	n, m := s.m.rand.Uint64(), s.m.rand.Uint32()
	return fmt.Sprintf("%s:%x:%x:%x:%x:%x", prefix, m&0xffff|1<<12, n>>48|1<<12, n>>32&0xffff|1<<12, n>>16&0xffff|1<<12, n&0xffff|1<<12)
}

func member(name, text string) jsontree.Member {
	return jsontree.Member{Name: name, Value: jsontree.Str(text)}
}

func refs(name string, ids ...string) jsontree.Member {
	var list []jsontree.Value
	for _, id := range ids {
		list = append(list, jsontree.Str(id))
	}
	return jsontree.Member{Name: name, Value: jsontree.List(list...)}
}

// labels gives a machine tag of the RSIT.
func labels(tag string) jsontree.Member {
	return jsontree.Member{Name: "labels", Value: jsontree.List(jsontree.Str("rsit:" + tag))}
}

// indicator makes an indicator and gives its id.
func (s *story) indicator(tag, name, pattern string, length int) string {
	return s.object("indicator", member("name", name), member("description", s.prose(length)), labels(tag),
		jsontree.Member{Name: "indicator_types", Value: jsontree.List(jsontree.Str("malicious-activity"))}, member("pattern", pattern), member("pattern_type", "stix"),
		jsontree.Member{Name: "valid_from", Value: stamp(s.at)}, jsontree.Member{Name: "valid_until", Value: stamp(s.at.AddDate(0, 3, 0))},
		jsontree.Member{Name: "confidence", Value: jsontree.Int(int64(30 + s.m.rand.IntN(70)))})
}

// observed makes an observation and gives its id.
func (s *story) observed(ids ...string) string {
	return s.object("observed-data", jsontree.Member{Name: "first_observed", Value: stamp(s.at.Add(-2 * time.Hour))}, jsontree.Member{Name: "last_observed", Value: stamp(s.at.Add(-time.Minute))},
		jsontree.Member{Name: "number_observed", Value: jsontree.Int(int64(1 + s.m.rand.IntN(5000)))}, refs("object_refs", ids...))
}

// object makes a domain or relationship object and gives its id.
func (s *story) object(typ string, members ...jsontree.Member) string {
	id := typ + "--" + uuid(s.m.rand)
	tree := jsontree.Dict(append([]jsontree.Member{member("type", typ), member("spec_version", "2.1"), member("id", id),
		{Name: "created", Value: stamp(s.at)}, {Name: "modified", Value: stamp(s.at)}}, members...)...)
	tree.Set("object_marking_refs", jsontree.List(jsontree.Str(green())))
	s.objects = append(s.objects, &stix.Object{Tree: tree})
	return id
}

// observable makes an observable and gives its id.
func (s *story) observable(typ string, members ...jsontree.Member) string {
	o := &stix.Object{Tree: jsontree.Dict(append([]jsontree.Member{member("type", typ), member("spec_version", "2.1")}, members...)...)}
	id, err := stix.ObservableID(o)
	if err != nil || id == "" {
		panic(fmt.Sprintf("%s has no id: %v", typ, err)) // only types and properties of the standard come here
	}
	o.Tree.Members = append([]jsontree.Member{member("type", typ), member("id", id), member("spec_version", "2.1")}, members...)
	s.objects = append(s.objects, o)
	return id
}
