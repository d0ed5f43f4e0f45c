package party

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/desk/class"
	"pahra/internal/registry/abuse"
	"pahra/internal/routes/origins"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// book resolves names by heart.
type book map[string]string

func (b book) Resolve(_ context.Context, name string) ([]netip.Addr, time.Time) {
	if a, err := netip.ParseAddr(b[name]); err == nil {
		return []netip.Addr{a}, on(2026, 3, 2)
	}
	return nil, time.Time{}
}

const policyText = `
version: "2026-03-01"
home: [IN]
tell:
  - name: host of a site
    when: {found: [host, domain]}
    tell: network
  - name: sector CSIRT
    when: {sector: finance, class: "vulnerable/*"}
    tell: [c:isp, national-cert]
  - name: registrar of phishing
    when: {class: fraud/phishing}
    tell: [registrar, national-cert]
rules:
  - name: sinkhole of our own
    when: {fields: {source.ip: {in: [198.51.100.7]}}}
    then: {notify: never, tag: sinkhole}
    reason: it is ours
  - name: critical first
    when: {criticality: [high, critical]}
    then: {priority: 20, escalate: true, tag: [critical, first]}
  - name: noise
    when: {class: "vulnerable/*", fields: {source.port: {min: 1, max: 1024}, protocol.transport: udp, extra.sure: {present: false}}}
    then: {notify: digest, priority: -5}
    reason: many of them
  - name: of last year
    to: 2026-01-01
    then: {tag: old}
`

const contactText = `kind,value,name,contact,from
asn,64502,NOC,noc@as64502.example,
registrar,Names Ltd,Abuse desk,abuse@names.example,
prefix,198.51.100.0/25,Lab,lab@as64502.example,2026-01-01
`

const certText = `country,team,email
NP,npCERT,cert@example.np
IN,Ours,us@example.in
`

func newDesk(t testing.TB) *Desk {
	t.Helper()
	directory, err := NewDirectory(constituents(t, registry))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := ReadPolicy([]byte(policyText))
	if err != nil {
		t.Fatal(err)
	}
	contacts := &Contacts{Claims: map[values.ASN]string{64501: "claimed@as64501.example"}}
	for _, text := range []string{contactText, certText} {
		table, err := ReadContacts(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		contacts.Tables = append(contacts.Tables, table)
	}
	var dumps abuse.Builder
	dumps.AddPeeringDB(64500, "noc@isp.example", "NOC")
	dumps.AddPeeringDB(64501, "pdb@as64501.example", "NOC")
	contacts.Registry = dumps.Build()
	var space origins.Builder
	for prefix, asn := range map[string]values.ASN{"192.0.2.0/24": 64500, "198.51.100.0/24": 64502, "203.0.113.0/24": 64501} {
		space.Add(netip.MustParsePrefix(prefix), asn)
	}
	space.Add(netip.MustParsePrefix("203.0.113.0/24"), 64510)
	space.Add(netip.MustParsePrefix("203.0.113.0/24"), 64501)
	return &Desk{Directory: directory, Policy: policy, Contacts: contacts, Space: origins.NewSeries(48*time.Hour, false, space.Build(on(2026, 3, 1))),
		Networks: map[values.ASN]*Network{64500: NewNetwork(64500, "ISP-AS", "IN"), 64501: NewNetwork(64501, "NEPAL-AS", "NP"), 64502: NewNetwork(64502, "LAB", "IN")},
		Resolver: book{"shop.example.org": "192.0.2.77"}}
}

func event(t testing.TB, pairs ...string) *intelmq.Event {
	t.Helper()
	var e intelmq.Event
	e.Set("time.source", intelmq.Value{Text: "2026-03-01T12:00:00+00:00"})
	for i := 0; i < len(pairs); i += 2 {
		if err := e.Add(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return &e
}

func TestJudge(t *testing.T) {
	open, phishing := class.Code{Class: "vulnerable", Type: "vulnerable-system"}, class.Code{Class: "fraud", Type: "phishing"}
	for _, test := range []struct {
		name   string
		code   class.Code
		event  []string
		party  string
		found  Found
		also   string
		rules  string
		fields map[string]string
	}{
		{"bank by prefix, inside the ISP", open, []string{"source.ip", "192.0.2.20"}, "c:bank-a", "prefix", "c:isp", "critical first", map[string]string{
			"source.asn": "64500", "source.network": "192.0.2.0/24", "source.as_name": "ISP-AS", "source.geolocation.cc": "IN", "source.abuse_contact": "abuse@bank.example",
			"extra.pahra.also": `["c:isp"]`, "extra.pahra.tags": `["critical","first"]`, "extra.pahra.priority": "20", "extra.pahra.escalate": "true"}},
		{"ISP by prefix", open, []string{"source.ip", "192.0.2.40", "source.port", "53", "protocol.transport", "udp"}, "c:isp", "prefix", "", "noise", map[string]string{
			"extra.pahra.notify": "digest", "extra.pahra.priority": "-5", "source.abuse_contact": "noc@isp.example"}},
		{"bank by name, elsewhere", phishing, []string{"source.url", "https://WWW.bank.example/x", "source.ip", "203.0.113.5"}, "c:bank-a", "host", "as:64501 cert:NP", "critical first", nil},
		{"bank by name below its domain", phishing, []string{"source.fqdn", "a.bank.example", "source.ip", "203.0.113.5"}, "c:bank-a", "domain", "as:64501 cert:NP", "critical first", nil},
		{"a name in Unicode", phishing, []string{"source.url", "http://bücher.example.org/"}, "none", "nothing", "", "", nil},
		{"a reverse name owns nothing", open, []string{"source.reverse_dns", "a.bank.example", "source.ip", "198.51.100.200"}, "as:64502", "network", "", "", map[string]string{
			"source.abuse_contact": "noc@as64502.example"}},
		{"the lab's own prefix, a sinkhole", open, []string{"source.ip", "198.51.100.7"}, "as:64502", "network", "", "sinkhole of our own", map[string]string{
			"source.abuse_contact": "lab@as64502.example", "extra.pahra.notify": "never", "extra.pahra.tags": `["sinkhole"]`}},
		{"abroad", open, []string{"source.ip", "203.0.113.5"}, "cert:NP", "country", "", "", map[string]string{"source.abuse_contact": "claimed@as64501.example"}},
		{"one of two that announced it", open, []string{"source.ip", "203.0.113.5", "source.asn", "64510"}, "as:64510", "network", "", "", map[string]string{"source.asn": "64510", "extra.pahra.asn": ""}},
		{"the report says something else", open, []string{"source.ip", "198.51.100.200", "source.asn", "64999", "source.geolocation.cc", "US"}, "as:64502", "network", "", "", map[string]string{
			"source.asn": "64999", "extra.pahra.asn": "64502", "source.geolocation.cc": "US", "extra.pahra.cc": "IN"}},
		{"before the table", open, []string{"source.ip", "198.51.100.200", "source.asn", "64999", "time.source", "2026-02-20T00:00:00Z"}, "as:64999", "network", "", "", map[string]string{"extra.pahra.asn": ""}},
		{"too long after the table", open, []string{"source.ip", "198.51.100.200", "time.source", "2026-03-20T00:00:00Z"}, "none", "nothing", "", "", map[string]string{"source.asn": ""}},
		{"a name resolved", phishing, []string{"source.url", "http://shop.example.org/"}, "c:isp", "prefix", "", "", map[string]string{"source.ip": "192.0.2.77", "extra.pahra.resolved": "2026-03-02T00:00:00Z"}},
		{"a name of nobody", phishing, []string{"source.fqdn", "gone.example.org", "extra.registrar", "Names Ltd"}, "reg:Names Ltd", "registrar", "", "", map[string]string{"source.ip": ""}},
		{"an address in a URL", phishing, []string{"source.url", "http://192.0.2.20:8080/"}, "c:bank-a", "prefix", "", "critical first", nil},
		{"a report in our name", open, []string{"source.ip", "198.51.100.200", "extra.pahra.notify", "never", "extra.pahra.asn", "64500"}, "as:64502", "network", "", "", map[string]string{"extra.pahra.notify": "", "extra.pahra.asn": ""}},
		{"nothing known", open, []string{"source.ip", "100.64.0.1"}, "none", "nothing", "", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, e := newDesk(t), event(t, test.event...)
			again := e.Clone()
			a := d.Judge(t.Context(), test.code, e)
			var also []string
			for _, told := range a.Also {
				also = append(also, told.Party)
			}
			if a.Party != test.party || a.Found != test.found || strings.Join(also, " ") != test.also || strings.Join(a.Rules, " ") != test.rules {
				t.Errorf("%s found by %s, also %v, rules %v", a.Party, a.Found, also, a.Rules)
			}
			for key, want := range test.fields {
				if got := e.Text(key); got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			explained := d.Explain(t.Context(), test.code, again)
			if len(a.Why) > 0 || len(explained.Why) < 4 || !slices.Equal(again.Fields(), e.Fields()) {
				t.Errorf("explained otherwise: %q", explained.Why)
			}
		})
	}
}

// TestFactsOf: names are in ASCII, what is known goes before what the report says.
func TestFactsOf(t *testing.T) {
	f := FactsOf(event(t, "source.url", "https://BÜCHER.example./x", "source.asn", "1", "extra.pahra.asn", "64500", "source.geolocation.cc", "US", "extra.pahra.cc", "IN",
		"time.observation", "2026-04-01T00:00:00Z", "extra.source.sector", "Health"))
	want := Facts{At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Host: "xn--bcher-kva.example", Name: "xn--bcher-kva.example", ASN: 64500, Country: "IN", Sector: "health"}
	if f.At = f.At.UTC(); f != want {
		t.Errorf("%+v", f)
	}
}

// TestExplain: one explanation word by word.
func TestExplain(t *testing.T) {
	a := newDesk(t).Explain(t.Context(), class.Code{Class: "fraud", Type: "phishing"}, event(t, "source.url", "https://x.bank.example/", "source.ip", "203.0.113.5", "source.asn", "1"))
	want := []string{
		"203.0.113.5 is in 203.0.113.0/24, announced by AS64501 (2 routes, and by AS64510) as of 2026-03-01T00:00:00Z",
		"the report says that source.asn is 1; 64501 stands beside it",
		"AS64501 is NEPAL-AS, NP",
		"domain bank.example belongs to constituent bank-a (Bank A, Ltd), says form 12, confirmed 2026-02-01: the most specific selector valid at 2026-03-01T12:00:00Z",
		`rule "critical first" holds`,
		"as:64501 is told as well: host of a site",
		"cert:NP is told as well: registrar of phishing",
		"contact: the constituent's contacts: abuse@bank.example (constituent bank-a, role abuse)",
	}
	if diff := cmp.Diff(want, a.Why); diff != "" {
		t.Error(diff)
	}
}

// asks answers for a place that is asked over the network.
type asks string

func (a asks) Ask(context.Context, *Facts) (address, source, none string) {
	if a == "" {
		return "", "", "it does not answer"
	}
	return string(a), "asked", ""
}

// TestChoose: the places in their order, and why the others were not taken.
func TestChoose(t *testing.T) {
	c := newDesk(t).Contacts
	f := Facts{At: on(2026, 3, 1), ASN: 64500, Country: "NP"}
	for _, test := range []struct {
		asn    values.ASN
		askers map[Place]Asker
		want   string
		tried  int
	}{
		{64500, nil, "noc@isp.example", 6}, {64500, map[Place]Asker{FromRDAP: asks("rdap@isp.example")}, "rdap@isp.example", 5},
		{64500, map[Place]Asker{FromRDAP: asks("")}, "noc@isp.example", 6}, {64501, map[Place]Asker{FromRDAP: asks("x@y.example")}, "claimed@as64501.example", 2},
		{1, map[Place]Asker{FromSecurityTxt: asks("security@site.example")}, "security@site.example", 7}, {1, nil, "cert@example.np", 8},
	} {
		f.ASN = test.asn
		ch := c.Choose(t.Context(), &f, nil, test.askers)
		if ch.Address != test.want || len(ch.Why) != test.tried {
			t.Errorf("AS%d: %+v", test.asn, ch)
		}
	}
	if ch := (*Contacts)(nil).Choose(t.Context(), &f, nil, nil); ch.Address != "" || len(ch.Why) != len(Places()) {
		t.Errorf("%+v", ch)
	}
}

func TestReadContactsBad(t *testing.T) {
	for text, want := range map[string]string{
		"": "empty", "kind,value\n": "needs the column contact", "kind,value,contact\nasn,x,a@b.example\n": "line 2, column value",
		"kind,value,contact\nhost,a.example,a@b.example\n": "line 2, column kind", "country,email\nIndia,a@b.example\n": "line 2, column value",
		"country,email\nIN,nobody\n": "line 2, column contact",
	} {
		if _, err := ReadContacts(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestReplay: what a new table would have moved.
func TestReplay(t *testing.T) {
	d := newDesk(t)
	after, err := NewDirectory(constituents(t, strings.ReplaceAll(registry, "192.0.2.16/28", "198.51.100.0/28")))
	if err != nil {
		t.Fatal(err)
	}
	r := NewReplay(d, after)
	for _, address := range []string{"192.0.2.20", "192.0.2.21", "198.51.100.3", "203.0.113.1", "192.0.2.99"} {
		e := event(t, "source.ip", address)
		d.Judge(t.Context(), class.Code{}, e)
		r.See(e)
	}
	want := []Moved{{"c:bank-a", "c:isp", 2}, {"as:64502", "c:bank-a", 1}}
	if diff := cmp.Diff(want, r.Moved()); diff != "" || r.Events != 5 {
		t.Error(r.Events, diff)
	}
}

func FuzzReadContacts(f *testing.F) {
	f.Add(contactText)
	f.Add(certText)
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ReadContacts(strings.NewReader(text))
		if err != nil {
			return
		}
		facts := Facts{At: on(2026, 1, 1), Addr: netip.MustParseAddr("198.51.100.7"), ASN: 64502, Name: "a.example", Country: "NP"}
		c := Contacts{Tables: []*ContactTable{table}}
		if ch := c.offline(&facts, nil, false); table.Len() == 0 && ch.Address != "" {
			t.Errorf("%+v of an empty table", ch)
		}
	})
}
