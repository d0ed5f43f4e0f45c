package story

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/desk/class"
	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/watch"
	"pahra/wire/intelmq"
	"pahra/wire/stix"
	"pahra/wire/values"
)

func tables(t testing.TB) *class.Tables {
	t.Helper()
	k, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func parse(t testing.TB, line string) *intelmq.Event {
	t.Helper()
	e, err := intelmq.Parse([]byte(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return e
}

const phishing = `{"classification.taxonomy":"fraud","classification.type":"phishing","source.ip":"192.0.2.7","source.fqdn":"login.bank.xu","source.url":"http://login.bank.xu/it's","source.asn":64496,
"source.as_name":"HARBOUR","source.geolocation.cc":"XU","source.port":443,"destination.ip":"198.51.100.9","destination.port":8080,"protocol.transport":"tcp","protocol.application":"https",
"source.account":"eve@bank.xu","malware.hash.md5":"d41d8cd98f00b204e9800998ecf8427e","time.source":"2026-03-24T12:34:56+00:00","feed.name":"Hive","event_description.text":"a page as of a bank","tlp":"GREEN",
"extra.session":"sess-7f3a9c","extra.list":["a", 1],"extra.ratio":0.50,"extra.seen":true,"extra.pahra.consent":"government","extra.pahra.origin":"cert-third","extra.pahra.permits":"cert-atlantica"}`

// checkItem makes sure that objects are right by the standard, refer to what is there, and are not too many.
func checkItem(t interface{ Fatalf(string, ...any) }, objects []*stix.Object) {
	ids := map[string]bool{}
	for _, o := range objects {
		if faults := o.Check(); len(faults) > 0 || ids[o.ID()] {
			t.Fatalf("%s: %v, or it is there twice", o.Append(nil), faults)
		}
		if want, err := stix.ObservableID(o); err == nil && want != o.ID() {
			t.Fatalf("%s has not the id of its value, %s", o.Append(nil), want)
		}
		ids[o.ID()] = true
	}
	for _, o := range objects {
		for _, name := range []string{"object_refs", "observed_data_refs", "where_sighted_refs", "object_marking_refs"} {
			for _, id := range o.List(name) {
				if !ids[id] {
					t.Fatalf("%s refers to %s", o.Append(nil), id)
				}
			}
		}
		for _, name := range []string{"source_ref", "target_ref", "src_ref", "dst_ref", "sighting_of_ref"} {
			if id := o.Text(name); id != "" && !ids[id] {
				t.Fatalf("%s refers to %s", o.Append(nil), id)
			}
		}
	}
	if len(objects) > MostObjects {
		t.Fatalf("%d objects", len(objects))
	}
}

func TestEvent(t *testing.T) {
	e := parse(t, phishing)
	item := Event(e, "cert-nadia", tables(t))
	checkItem(t, item)
	types := map[string]int{}
	var all []byte
	for _, o := range item {
		types[o.Type()]++
		all = o.Append(append(all, '\n'))
	}
	want := map[string]int{"identity": 1, "marking-definition": 1, "extension-definition": 1, "ipv4-addr": 2, "domain-name": 1, "url": 1, "autonomous-system": 1, "email-addr": 1, "network-traffic": 1,
		"file": 1, "observed-data": 1, "indicator": 1, "sighting": 1, "incident": 1, "relationship": 1}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
	for _, part := range []string{`"labels":["rsit:fraud=\"phishing\""]`, `"pattern":"[url:value = 'http://login.bank.xu/it\\'s']"`, stix.TLPID(values.TLPGreen), `"dst_port":8080`, `"protocols":["tcp","https"]`} {
		if !bytes.Contains(all, []byte(part)) {
			t.Errorf("no %s in %s", part, all)
		}
	}
	back, err := Read(item)
	if err != nil || len(back) != 1 || !bytes.Equal(back[0].AppendJSON(nil), e.AppendJSON(nil)) {
		t.Errorf("%v: read back %s, want %s", err, back[0].AppendJSON(nil), e.AppendJSON(nil))
	}
}

func drawEvent(t *rapid.T) *intelmq.Event {
	e := new(intelmq.Event)
	set := func(key string, v *rapid.Generator[string]) {
		if rapid.Bool().Draw(t, key+" there") {
			if err := e.Add(key, v.Draw(t, key)); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
		}
	}
	address := rapid.SampledFrom([]string{"192.0.2.7", "198.51.100.9", "2001:db8::1"})
	word := rapid.StringMatching(`[a-zA-Zäß"'\\ ]{0,9}[a-z]`)
	for _, s := range []string{"source.", "destination."} {
		set(s+"ip", address)
		set(s+"network", rapid.SampledFrom([]string{"192.0.2.0/24", "2001:db8::/32"}))
		set(s+"fqdn", rapid.StringMatching(`[a-z]{1,8}\.example`))
		set(s+"url", rapid.StringMatching(`http://[a-z]{1,8}\.example/[a-z]{0,4}`))
		set(s+"asn", rapid.StringMatching(`[1-9][0-9]{0,8}`))
		set(s+"account", rapid.StringMatching(`[a-z]{1,5}(@bank\.example)?`))
		set(s+"port", rapid.StringMatching(`[1-9][0-9]{0,3}`))
	}
	set("classification.type", rapid.SampledFrom([]string{"phishing", "c2-server", "scanner", "malware-distribution", "spam", "blacklist"}))
	set("protocol.transport", rapid.SampledFrom([]string{"tcp", "udp"}))
	set("time.source", rapid.SampledFrom([]string{"2026-03-24T12:34:56+00:00", "2026-03-24T12:34:56.123456+00:00"}))
	set("malware.hash.sha256", rapid.StringMatching(`[0-9a-f]{64}`))
	set("tlp", rapid.SampledFrom([]string{"WHITE", "GREEN", "AMBER", "RED"}))
	set("event_description.text", word)
	set("extra.note", word)
	set("extra.pahra.consent", rapid.SampledFrom([]string{"none", "everyone"}))
	set("extra.pahra.embargo", rapid.SampledFrom([]string{"2027-03-24T12:34:56+00:00", "never"}))
	return e
}

// TestRoundTrip: what is written of any events is read back whole, and each item is right and small.
func TestRoundTrip(t *testing.T) {
	kinds := tables(t)
	rapid.Check(t, func(rt *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(drawEvent), 1, 60).Draw(rt, "events")
		seen := map[string]bool{}
		want := map[string]int{}
		for _, e := range events {
			want[string(e.AppendJSON(nil))]++
		}
		got := map[string]int{}
		for _, item := range Events(Head{Key: "case 7", Team: "cert-nadia", At: time.Date(2026, 3, 25, 0, 0, 0, 0, time.UTC)}, events, kinds) {
			checkItem(rt, item)
			back, err := Read(item)
			if err != nil {
				rt.Fatal(err)
			}
			for _, e := range back {
				got[string(e.AppendJSON(nil))]++
			}
			for _, o := range item {
				if o.Type() == "incident" && seen[o.ID()] {
					rt.Fatalf("two items have the incident %s", o.ID())
				}
				seen[o.ID()] = true
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatal(d)
		}
	})
}

// TestLargeCase: a case of very many addresses becomes many items, none too large, and all of it is read back.
func TestLargeCase(t *testing.T) {
	var events []*intelmq.Event
	for i := range 5000 {
		events = append(events, parse(t, fmt.Sprintf(`{"classification.type":"infected-system","source.ip":"10.1.%d.%d","source.asn":64496,"time.source":"2026-03-24T12:34:56+00:00"}`, i/250, i%250)))
	}
	read := 0
	for _, item := range Events(Head{Key: "case 8", Team: "cert-nadia", At: time.Unix(1e9, 0)}, events, tables(t)) {
		checkItem(t, item)
		back, err := Read(item)
		if err != nil {
			t.Fatal(err)
		}
		read += len(back)
	}
	if read != len(events) {
		t.Errorf("%d of %d are read back", read, len(events))
	}
}

// example compiles the example agreement.
func example(t *testing.T, change ...string) (*exchange.Redactor, *agreement.Table) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/examples/agreement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, err := agreement.Read([]byte(strings.NewReplacer(change...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	table, err := agreement.Compile(a, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := exchange.NewKeys(bytes.Repeat([]byte{7}, exchange.SecretSize), a.ID, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	return exchange.NewRedactor(table, keys), table
}

// TestDecidedAlike: an agreement decides on an item as it does on the event, whatever was noted of the event: consent, embargo, expiry,
// origin, recall, the label's version. And of what the event's other fields say nothing leaves.
func TestDecidedAlike(t *testing.T) {
	kinds := tables(t)
	ask := agreement.Request{At: time.Date(2026, 3, 25, 9, 0, 0, 0, time.UTC), Standing: agreement.Standing{Signed: []string{"cert-nadia", "cert-atlantica"}}}
	for name, change := range map[string][2]string{
		"as it is": {"", ""}, "no permit": {`"extra.pahra.permits":"cert-atlantica"`, `"extra.pahra.permits":"cert-other"`}, "embargo": {`"extra.pahra.origin"`, `"extra.pahra.embargo":"2026-04-01T00:00:00Z","extra.pahra.origin"`},
		"embargo over": {`"extra.pahra.origin"`, `"extra.pahra.embargo":"2026-03-01T00:00:00Z","extra.pahra.origin"`}, "expired": {`"extra.pahra.origin"`, `"extra.pahra.expires":"2026-03-25T00:00:00Z","extra.pahra.origin"`},
		"unreadable": {`"extra.pahra.origin"`, `"extra.pahra.expires":"soon","extra.pahra.origin"`}, "recalled": {`"extra.pahra.origin"`, `"extra.pahra.recalled":true,"extra.pahra.origin"`},
		"red": {`"GREEN"`, `"RED"`}, "amber of version 1": {`"GREEN"`, `"AMBER"`}, "consent unknown": {`"government"`, `"perhaps"`}, "another class": {`"phishing"`, `"spam"`},
	} {
		for _, version1 := range []string{"AMBER: TLP:AMBER,", "AMBER: TLP:RED,"} {
			red, table := example(t, "AMBER: TLP:AMBER,", version1)
			e := parse(t, strings.Replace(phishing, change[0], change[1], 1))
			want := table.Decide(exchange.EventFacts(e, kinds), ask)
			c := red.Objects(Event(e, "cert-nadia", kinds), kinds, ask)
			if len(c.Stories) != 1 {
				t.Fatalf("%s: %d stories", name, len(c.Stories))
			}
			got := c.Stories[0].Decision
			if got.Verdict != want.Verdict || got.Verdict != agreement.Released && got.Clause != want.Clause || got.TLP != want.TLP {
				t.Errorf("%s: %v by %s as %v; the event is %v by %s as %v", name, got.Verdict, got.Clause, got.TLP, want.Verdict, want.Clause, want.TLP)
			}
			text := red.Bundle(c.Objects)
			for _, secret := range []string{"sess-7f3a9c", "192.0.2.7", "Hive", "government", "cert-third", `"fields"`} {
				if bytes.Contains(text, []byte(secret)) {
					t.Errorf("%s: %s is in %s", name, secret, text)
				}
			}
			if want.Verdict == agreement.Released && !bytes.Contains(text, []byte("a page as of a bank")) {
				t.Errorf("%s: the description is not in %s", name, text)
			}
		}
	}
	e := parse(t, strings.Replace(phishing, "a page as of a bank", "session sess-7f3a9c of the bank", 1))
	red, _ := example(t)
	if text := red.Bundle(red.Objects(Event(e, "cert-nadia", kinds), kinds, ask).Objects); !bytes.Contains(text, []byte("session [withheld] of the bank")) {
		t.Errorf("a field's value is told by a text: %s", text)
	}
}

// TestRouting: a routing incident is read back whole, in items that are right and small.
func TestRouting(t *testing.T) {
	victim, end := values.ASN(64497), time.Date(2026, 3, 24, 13, 0, 0, 0, time.UTC)
	in := &watch.Incident{ID: "abc", Kind: watch.Hijack, ASN: 64500, Victim: &victim, Start: end.Add(-time.Hour), End: &end, Attribution: watch.Supported, Confidence: 0.9, Status: watch.Ended,
		Accomplices: []watch.Accomplice{{ASN: 64501}}, Reasons: []string{"no route object"}}
	for i := range 500 {
		in.Prefixes = append(in.Prefixes, netip.MustParsePrefix(fmt.Sprintf("10.%d.%d.0/24", i/250, i%250)))
	}
	in.Prefixes = append(in.Prefixes, netip.MustParsePrefix("2001:db8::/32"))
	items, err := Routing(in, Head{Team: "cert-nadia", At: end}, values.TLPGreen)
	if err != nil || len(items) != 3 {
		t.Fatalf("%d items: %v", len(items), err)
	}
	prefixes := 0
	for _, item := range items {
		checkItem(t, item)
		for _, o := range item {
			if strings.HasPrefix(o.Type(), "ipv") {
				prefixes++
			}
		}
	}
	if prefixes != len(in.Prefixes) {
		t.Errorf("%d of %d prefixes are there", prefixes, len(in.Prefixes))
	}
	back, err := ReadRouting(items[0])
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, back, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if none, err := ReadRouting(items[1]); none != nil || err != nil {
		t.Errorf("%v of %v", err, none)
	}
}

// TestStrip: what others say in Pahra's name is not heard.
func TestStrip(t *testing.T) {
	for _, o := range Event(parse(t, phishing), "cert-nadia", tables(t)) {
		exchange.StripHandling(o)
		if bytes.Contains(o.Append(nil), []byte("government")) || len(o.Check()) > 0 {
			t.Errorf("left is %s", o.Append(nil))
		}
	}
}

// FuzzRead: whatever lines are read as events comes back from what is written of them.
func FuzzRead(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(phishing, "\n", "")))
	f.Add([]byte(`{"source.network":"10.0.0.0/8","extra.a.b":[1,{"c":null}],"tlp":"WHITE"}`))
	kinds := tables(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := intelmq.Parse(line)
		if err != nil {
			return
		}
		item := Event(e, "cert-nadia", kinds)
		back, err := Read(item)
		if err != nil || len(back) != 1 || !bytes.Equal(back[0].AppendJSON(nil), e.AppendJSON(nil)) {
			t.Fatalf("%v: %v is read back of %s", err, back, e.AppendJSON(nil))
		}
		for _, o := range item {
			if again, err := stix.Parse(o.Append(nil)); err != nil || len(again.Check()) > 0 {
				t.Fatalf("%s: %v %v", o.Append(nil), err, again.Check())
			}
		}
	})
}
