package exchange

import (
	"bytes"
	"fmt"
	"net/mail"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/desk/class"
	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
)

func kinds(t testing.TB) *class.Tables {
	t.Helper()
	k, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sorted(list []string) []string { slices.Sort(list); return list }

func exampleText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/examples/agreement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func redactor(t testing.TB, text string, secret byte) (*Redactor, *agreement.Table) {
	t.Helper()
	a, err := agreement.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	table, err := agreement.Compile(a, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys(bytes.Repeat([]byte{secret}, SecretSize), a.ID, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	return NewRedactor(table, keys), table
}

func exampleRedactor(t testing.TB) (*Redactor, *agreement.Table) {
	return redactor(t, exampleText(t), 7)
}

func signedRequest() agreement.Request {
	return agreement.Request{At: time.Date(2026, 3, 25, 9, 0, 0, 0, time.UTC), Standing: agreement.Standing{Signed: []string{"cert-nadia", "cert-atlantica"}}}
}

func parse(t testing.TB, line string) *intelmq.Event {
	t.Helper()
	e, err := intelmq.Parse([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const phishing = `{"classification.taxonomy":"fraud","classification.type":"phishing","comment":"from 198.51.100.237 (AS64511) to 192.0.2.9","destination.account":"alice",
"destination.asn":64496,"destination.ip":"192.0.2.9","event_description.text":"kit at login.bank.example","extra.count":3,"extra.note":"c633 is no address","extra.pahra.consent":"government",
"extra.password":"hunter2","extra.strange":"x198.51.100.237x","feed.name":"Nadia sensors","feed.provider":"Bank of Nadia","raw":"MTk4LjUxLjEwMC4yMzc=","rtir_id":77,"source.asn":64511,
"source.fqdn":"login.bank.example","source.geolocation.cc":"XN","source.geolocation.city":"Nadipur","source.ip":"198.51.100.237","source.network":"198.51.96.0/20","source.port":4444,
"source.url":"http://login.bank.example/","time.source":"2026-03-24T12:34:56+00:00","tlp":"GREEN"}`

// TestEvent: an event under the example agreement, field by field.
func TestEvent(t *testing.T) {
	red, table := exampleRedactor(t)
	e := parse(t, phishing)
	d := table.Decide(EventFacts(e, kinds(t)), signedRequest())
	out, lines, _ := red.Simulate(e, EventFacts(e, kinds(t)), signedRequest())
	got := map[string]string{}
	for _, l := range lines {
		after := "-"
		if l.After != nil {
			after = *l.After
		}
		got[l.Field] = fmt.Sprintf("%s %s %s", l.Action, l.Clause, after)
		if l.Version != 3 || len(l.BeforeHash) != 32 || l.Object != EventID(e) {
			t.Errorf("%+v", l)
		}
	}
	k := red.keys
	for field, want := range map[string]string{
		"classification.type": "release 5.1 phishing", "comment": "rewrite floor: leak from [withheld] (AS64511) to 192.0.2.9", "destination.account": "pseudonymise 5.6 " + k.Pseudonym("2026", agreement.Account, "alice"),
		"destination.ip": "release 5.3 192.0.2.9", "event_description.text": "rewrite floor: leak kit at [withheld]", "extra.count": "release 5.11 3", "extra.password": "drop 5.12 -",
		"extra.pahra.consent": "drop floor: internal -", "extra.strange": "rewrite floor: leak [withheld]", "feed.name": "replace 5.9 " + k.Opaque("Nadia sensors"), "feed.provider": "release 5.10 Bank of Nadia",
		"raw": "drop 5.12 -", "rtir_id": "drop floor: not named -", "source.asn": "release 5.4 64511", "source.fqdn": "pseudonymise 5.6 " + k.Pseudonym("2026", agreement.Domain, "login.bank.example"),
		"source.geolocation.city": "generalise 5.5 country:XN", "source.ip": "mask 5.2 198.51.100.0/24", "source.network": "mask 5.2 198.51.96.0/20", "source.url": "drop floor: not named -",
		"time.source": "bucket 5.7 2026-03-24T12:00:00+00:00", "tlp": "relabel 4.1 AMBER+STRICT",
	} {
		if got[field] != want {
			t.Errorf("%s: %s, want %s", field, got[field], want)
		}
	}
	for field, want := range map[string]string{"tlp": "AMBER+STRICT", "source.network": "198.51.96.0/20", "extra.shared.source.ip": "198.51.100.0/24", "source.ip": "", "source.fqdn": "", "feed.name": k.Opaque("Nadia sensors"),
		"extra.shared.source.fqdn": k.Pseudonym("2026", agreement.Domain, "login.bank.example"), "extra.shared.pap": "PAP:AMBER", "extra.shared.id": k.ID(EventID(e)), "source.geolocation.city": "country:XN"} {
		if out.Text(field) != want {
			t.Errorf("the copy's %s is %q, want %q", field, out.Text(field), want)
		}
	}
	if _, err := intelmq.Parse(out.AppendJSON(nil)); err != nil {
		t.Errorf("the copy is no event: %v", err)
	}
	e.Delete("source.network")
	out, _ = red.Event(e, &d)
	if out.Text("source.network") != "198.51.100.0/24" || out.Text("extra.shared.source.ip") != "" {
		t.Errorf("the masked address is not where a network belongs: %s", out.AppendJSON(nil))
	}
}

// TestFacts: what agreements ask of an event; what cannot be read lets nothing leave.
func TestFacts(t *testing.T) {
	red, table := exampleRedactor(t)
	for change, want := range map[string]string{
		`"extra.pahra.recalled":true`: "floor: recall", `"extra.pahra.recalled":"perhaps"`: "floor: unsound", `"extra.pahra.embargo":"2026-03-25T09:00:01Z"`: "floor: embargo",
		`"extra.pahra.embargo":"tomorrow"`: "floor: unsound", `"extra.pahra.expires":"2026-03-25T09:00:00Z"`: "floor: expiry", `"extra.pahra.consent":"some"`: "floor: unsound",
		`"tlp":"RED"`: "floor: TLP:RED", `"extra.pahra.origin":"cert-third"`: "4.6", `"extra.pahra.origin":"cert-third","extra.pahra.permits":"cert-x cert-atlantica"`: "",
		`"tlp":"AMBER+STRICT"`: "4.1", `"classification.type":"spam"`: "4.4", `"classification.type":"copyright"`: "floor: not named", `"extra.pahra.embargo":"2026-03-25T09:00:00Z"`: "",
		`"destination.asn":64499,"destination.ip":"203.0.113.1"`: "4.5", `"destination.asn":64499,"destination.ip":"203.0.113.1","source.url":"https://a.b.XU:8/"`: "",
		`"destination.asn":64499,"destination.ip":"203.0.113.1","destination.url":"https://192.0.2.1/"`: "", `"destination.asn":64499,"destination.ip":"203.0.113.1","source.reverse_dns":"x.atlantica.example"`: "",
	} {
		e := parse(t, strings.TrimSuffix(phishing, "}")+","+change+"}") // of two members of a name the last counts
		d := table.Decide(EventFacts(e, kinds(t)), signedRequest())
		out, lines := red.Event(e, &d)
		if string(d.Clause) != want || (out == nil) != (want != "") {
			t.Errorf("%s: %s, want %q", change, &d, want)
		}
		if want != "" && (len(lines) != 1 || lines[0].Field != "*" || lines[0].Action != "refuse" || lines[0].After != nil || string(lines[0].Clause) != want) {
			t.Errorf("%s: the lines are %+v", change, lines)
		}
	}
}

// TestLabels: labels that both versions have are of version 1, the others of version 2.0.
func TestLabels(t *testing.T) {
	_, table := redactor(t, strings.Replace(exampleText(t), "version_1: {WHITE: TLP:CLEAR, GREEN: TLP:GREEN, AMBER: TLP:AMBER,", "version_1: {WHITE: TLP:RED, GREEN: TLP:AMBER+STRICT, AMBER: TLP:AMBER,", 1), 7)
	for label, want := range map[string]agreement.Clause{"WHITE": agreement.FloorTLP, "CLEAR": "", "GREEN": "4.1", "AMBER": "", "AMBER+STRICT": "4.1"} {
		e := parse(t, strings.Replace(phishing, `"tlp":"GREEN"`, `"tlp":"`+label+`"`, 1))
		if d := table.Decide(EventFacts(e, kinds(t)), signedRequest()); d.Clause != want {
			t.Errorf("%s: %s, want %q", label, &d, want)
		}
	}
}

// TestPlaces: a place becomes what it lies in, if that is known and no clause withholds it.
func TestPlaces(t *testing.T) {
	for change, want := range map[[2]string]string{
		{"", ""}: "country:XN", {"destination.geolocation.cc]", "destination.geolocation.cc, source.geolocation.country]"}: "country:XN",
		{"[raw,", "[source.geolocation.cc, raw,"}: "", {"[raw,", "[source.geolocation.*, raw,"}: "", {"to: country", "to: region"}: "",
	} {
		text := strings.Replace(exampleText(t), "source.geolocation.cc, ", "", 1)
		red, _ := redactor(t, strings.Replace(text, change[0], change[1], 1), 7)
		e := parse(t, phishing)
		out, _, _ := red.Simulate(e, EventFacts(e, kinds(t)), signedRequest())
		if got := out.Text("source.geolocation.city"); got != want {
			t.Errorf("%v: the city is %q, want %q", change, got, want)
		}
	}
}

// TestStandIns: what stands in for a value is no address, no domain, no mail address; the same for the same value and partner, another
// for every other.
func TestStandIns(t *testing.T) {
	domain := regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$`)
	other, err := NewKeys(bytes.Repeat([]byte{8}, SecretSize), "a", "x", "y")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		k, err := NewKeys(bytes.Repeat([]byte{9}, SecretSize), "a", rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "from"), "y")
		if err != nil {
			rt.Fatal(err)
		}
		value := rapid.String().Draw(rt, "value")
		kind := agreement.Kind(rapid.IntRange(0, int(agreement.Blob)).Draw(rt, "kind"))
		for _, name := range []string{k.Pseudonym("1", kind, value), k.Opaque(value)} {
			_, addr := netip.ParseAddr(name)
			_, prefix := netip.ParsePrefix(name)
			_, letter := mail.ParseAddress(name)
			_, number := fmt.Sscanf(name, "%d", new(int))
			if addr == nil || prefix == nil || letter == nil || number == nil || domain.MatchString(name) || len(name) != 28 {
				rt.Fatalf("%q may be taken for something", name)
			}
		}
		same, err := NewKeys(bytes.Repeat([]byte{9}, SecretSize), "a", "y", "y")
		if err != nil {
			rt.Fatal(err)
		}
		again, err := NewKeys(bytes.Repeat([]byte{9}, SecretSize), "a", "y", "y")
		if err != nil || same.Pseudonym("1", kind, value) != again.Pseudonym("1", kind, value) || k.Pseudonym("1", kind, value) == k.Pseudonym("2", kind, value) ||
			k.Pseudonym("1", kind, value) == k.Pseudonym("1", kind, value+"x") || k.Pseudonym("1", kind, value) == other.Pseudonym("1", kind, value) ||
			k.Opaque(value) == other.Opaque(value) || k.ID(value) == other.ID(value) || k.Before(value) == other.Before(value) {
			rt.Fatal("names are not as different as they should be")
		}
		if id := k.ID(value); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
			rt.Fatalf("%s is no UUID of version 4", id)
		}
	})
	if _, err := NewKeys([]byte("short"), "a", "x", "y"); err == nil {
		t.Error("a short secret is taken")
	}
}

func drawEvent(t *rapid.T) *intelmq.Event {
	e := new(intelmq.Event)
	set := func(key, value string) {
		if err := e.Add(key, value); err != nil {
			t.Fatal(err)
		}
	}
	host := func(name string) string {
		return fmt.Sprintf("198.51.%d.%d", rapid.IntRange(100, 255).Draw(t, name), rapid.IntRange(100, 254).Draw(t, name+" host"))
	}
	domain := rapid.StringMatching(`[a-z]{6,9}\.[a-z]{5,8}-x\.example`).Draw(t, "domain")
	set("classification.taxonomy", "fraud")
	set("classification.type", "phishing")
	set("destination.asn", "64496")
	set("destination.ip", "192.0.2.99")
	set("source.ip", host("source"))
	set("source.fqdn", domain)
	set("source.url", "http://"+rapid.StringMatching(`[a-z]{6,8}`).Draw(t, "host")+"."+domain+"/"+rapid.StringMatching(`[a-z0-9]{1,9}`).Draw(t, "path"))
	set("source.port", fmt.Sprint(rapid.IntRange(1024, 65535).Draw(t, "port")))
	set("source.account", rapid.StringMatching(`[a-z]{4,12}`).Draw(t, "account"))
	set("extra.session", rapid.StringMatching(`[a-z0-9]{8}\.[a-z0-9]{8}`).Draw(t, "session"))
	set("feed.provider", "provider "+rapid.StringMatching(`[a-z]{5,9}`).Draw(t, "provider"))
	set("time.source", time.Date(2026, 3, 1, rapid.IntRange(0, 500).Draw(t, "hour"), 0, rapid.IntRange(1, 3599).Draw(t, "second"), 0, time.UTC).Format(time.RFC3339))
	set("comment", rapid.StringMatching(`[a-z ]{0,30}`).Draw(t, "comment"))
	return e
}

// TestStricterEvents: a stricter agreement releases no field of an event that the other did not, and in no more detail; the same
// is released the same.
func TestStricterEvents(t *testing.T) {
	base := exampleText(t)
	red, table := redactor(t, base, 7)
	tables := kinds(t)
	for _, change := range [][2]string{
		{"max: TLP:AMBER ", "max: TLP:CLEAR "}, {"forbid: [malicious-code/", "forbid: [fraud, malicious-code/"}, {"asns: [64496, 64497]", "asns: [64497]"}, {"v4: 24", "v4: 12"},
		{"action: release, fields: [extra.*]", "action: drop, fields: [extra.*]"}, {"action: release, fields: [event_description.*, comment]", "action: drop, fields: [event_description.*, comment]"},
		{"action: bucket, to: hour", "action: drop"}, {`action: pseudonymise, key: "2026", fields`, "action: drop, fields"}, {"without_consent: replace", "without_consent: drop"},
		{"action: release, fields: [source.asn,", "action: drop, fields: [source.asn,"}, {"source.geolocation.cc, ", ""}, {"government: true", "government: false"},
	} {
		if !strings.Contains(base, change[0]) {
			t.Fatalf("%q does not stand in the example", change[0])
		}
		strict, strictTable := redactor(t, strings.Replace(base, change[0], change[1], 2), 7)
		rapid.Check(t, func(rt *rapid.T) {
			e := drawEvent(rt)
			e.Set("extra.note", intelmq.Value{Text: "seen with " + e.Text("source.account") + " and " + e.Text("source.ip")})
			f := EventFacts(e, tables)
			wide, wideLines, _ := red.Simulate(e, f, signedRequest())
			again, _, _ := red.Simulate(e, f, signedRequest())
			_, lines, _ := strict.Simulate(e, f, signedRequest())
			if (wide == nil) != (again == nil) || wide != nil && !bytes.Equal(wide.AppendJSON(nil), again.AppendJSON(nil)) {
				rt.Fatal("the same is released in two ways")
			}
			_ = strictTable
			for _, l := range lines {
				i := slices.IndexFunc(wideLines, func(w Line) bool { return w.Field == l.Field })
				if l.After != nil && (i < 0 || wideLines[i].After == nil) {
					rt.Fatalf("%s: %s leaves by clause %s, and did not", change[1], l.Field, l.Clause)
				}
			}
		})
	}
	_ = table
}

// TestTwoPartners: what two partners get has nothing in common of what is withheld from either.
func TestTwoPartners(t *testing.T) {
	one, _ := redactor(t, exampleText(t), 7)
	two, _ := redactor(t, strings.Replace(exampleText(t), "id: nadia-atlantica", "id: nadia-oceania", 1), 7) // even with the same secret
	rapid.Check(t, func(rt *rapid.T) {
		e := drawEvent(rt)
		f := EventFacts(e, kinds(t))
		a, linesA, _ := one.Simulate(e, f, signedRequest())
		b, _, _ := two.Simulate(e, f, signedRequest())
		if a.Text(SharedID) == b.Text(SharedID) {
			rt.Fatal("both have the same id")
		}
		for _, l := range linesA {
			if l.Action == "pseudonymise" || l.Action == "replace" {
				if bytes.Contains(b.AppendJSON(nil), []byte(*l.After)) {
					rt.Fatalf("the name for %s is the same for both", l.Field)
				}
			}
		}
	})
}

// TestMaskedAddresses: no address leaves that differs from the truth but by the length of its prefix, and none whole.
func TestMaskedAddresses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := agreement.Action{Do: agreement.Mask, V4: uint8(rapid.IntRange(1, 31).Draw(rt, "v4")), V6: uint8(rapid.IntRange(1, 127).Draw(rt, "v6"))}
		octets := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "octets")
		addr := netip.AddrFrom16([16]byte(octets))
		bits := int(a.V6)
		if rapid.Bool().Draw(rt, "IPv4") {
			addr, bits = netip.AddrFrom4([4]byte(octets[:4])), int(a.V4)
		}
		if addr.Is4In6() {
			return
		}
		after, done := mask(a, addr.String())
		p, err := netip.ParsePrefix(after)
		if !done || err != nil || p.Bits() != bits || !p.Contains(addr) || p != p.Masked() || p.IsSingleIP() {
			rt.Fatalf("%s under %s is %q", addr, a, after)
		}
	})
	for _, bad := range []string{"", "x", "192.0.2.1/99", "::ffff:192.0.2.0/112"} {
		if after, done := mask(agreement.Action{Do: agreement.Mask, V4: 8, V6: 8}, bad); done {
			t.Errorf("%q is masked to %q", bad, after)
		}
	}
}
