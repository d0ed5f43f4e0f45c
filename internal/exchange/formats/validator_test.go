package formats

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/exchange/story"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world/intel"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// TestValidator: OASIS's stix2-validator finds nothing wrong with what is written of events and routing incidents, with objects that are made
// up, and with the copies of all of them under the example agreement. It does find what is made wrong on purpose.
func TestValidator(t *testing.T) {
	program := testdata.Tool(t, "stix2_validator")
	kinds := tables(t)
	text, err := os.ReadFile("../../../docs/examples/agreement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, err := agreement.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	table, err := agreement.Compile(a, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := exchange.NewKeys([]byte(strings.Repeat("k", exchange.SecretSize)), a.ID, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	red := exchange.NewRedactor(table, keys)
	ask := agreement.Request{At: time.Date(2026, 4, 25, 9, 0, 0, 0, time.UTC), Standing: agreement.Standing{Signed: []string{"cert-nadia", "cert-atlantica"}}}
	dir := t.TempDir()
	write := func(name string, objects []*stix.Object) {
		if err := os.WriteFile(filepath.Join(dir, name+".json"), red.Bundle(objects), 0o600); err != nil {
			t.Fatal(err)
		}
		if copies := red.Objects(objects, kinds, ask).Objects; copies != nil {
			if err := os.WriteFile(filepath.Join(dir, name+"-copy.json"), red.Bundle(copies), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, kind := range []string{"phishing", "c2-server", "scanner", "malware-distribution", "infected-system"} {
		e := parse(t, fmt.Sprintf(`{"classification.type":%q,"source.ip":"198.51.100.7","source.fqdn":"login.bank.xu","source.asn":64496,"source.as_name":"HARBOUR","source.port":443,"source.account":"eve","source.geolocation.cc":"XU",
"destination.ip":"192.0.2.9","destination.network":"192.0.2.0/24","destination.url":"http://a.example/x?y=1","protocol.transport":"tcp","malware.hash.sha256":"%064x","time.source":"2026-03-24T12:34:56+00:00",
"event_description.text":"seen at 198.51.100.7","tlp":"GREEN","extra.list":[1,{"a":null}],"extra.pahra.consent":"everyone"}`, kind, i+1))
		write("event-"+kind, story.Event(e, "cert-nadia", kinds))
	}
	write("bare", story.Event(parse(t, `{"classification.type":"spam","event_description.text":"nothing to see"}`), "cert-nadia", kinds))
	victim := values.ASN(64497)
	in := &watch.Incident{ID: "abc", Kind: watch.Hijack, ASN: 64496, Victim: &victim, Start: ask.At.Add(-time.Hour), Prefixes: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/32")}, Status: watch.Open}
	items, err := story.Routing(in, story.Head{Team: "cert-nadia", At: ask.At}, values.TLPGreen)
	if err != nil {
		t.Fatal(err)
	}
	write("routing", items[0])
	m, err := intel.New(intel.Params{Objects: 120, Seed: 4, Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	var all []*stix.Object
	for s := m.Next(); s != nil; s = m.Next() {
		all = append(all, s...)
	}
	write("made-up", all)
	if said, ok := validate(t, program, dir); !ok {
		t.Errorf("%s", said)
	}
	wrong := t.TempDir()
	o := story.Event(parse(t, masked), "cert-nadia", kinds)
	o[len(o)-1].Tree.Delete("created")
	if err := os.WriteFile(filepath.Join(wrong, "wrong.json"), red.Bundle(o), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, ok := validate(t, program, wrong); ok {
		t.Errorf("the validator finds nothing wrong with an object without a time: %s", said)
	}
}

// validate runs the validator on a folder. Words of open vocabularies and kinds of UUIDs are what it only recommends.
func validate(t *testing.T, program, dir string) (said string, ok bool) {
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	run := exec.CommandContext(ctx, program, "--version", "2.1", "--no-cache", "--enforce-refs", "-r", dir)
	run.Env = append(os.Environ(), "HOME="+t.TempDir(), "http_proxy=http://127.0.0.1:9", "https_proxy=http://127.0.0.1:9") // it asks nobody
	out, err := run.CombinedOutput()
	return string(out), err == nil
}
