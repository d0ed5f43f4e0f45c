package exchange

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/wire/stix"
)

// TestTombstones wants of each type that can be revoked a last version that the standard takes, and that is the next of the one before.
func TestTombstones(t *testing.T) {
	red, _ := redactor(t, stixText(t), 1)
	const created, modified = "2026-03-24T12:34:56.789Z", "2026-03-26T00:00:00.000Z"
	revocable := 0
	for _, name := range stix.TypeNames() {
		o := red.Tombstone(name+"--"+uuid(7), created, modified)
		typ, _ := stix.TypeOf(name)
		if (o != nil) != (typ.Class == stix.Domain || typ.Class == stix.Relationship) {
			t.Errorf("%s: a tombstone: %v", name, o != nil)
		}
		if o == nil {
			continue
		}
		revocable++
		if faults := o.Check(); len(faults) > 0 {
			t.Errorf("%s: %v\n%s", name, faults, o.Append(nil))
		}
		before := red.Tombstone(name+"--"+uuid(7), created, created)
		before.Tree.Delete("revoked")
		if err := stix.CheckVersion(before, o); err != nil || !o.Revoked() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if revocable < 18 {
		t.Errorf("only %d types", revocable)
	}
}

// TestSplit wants what refers to each other in one part, with creators and markings, and what stands alone in another.
func TestSplit(t *testing.T) {
	story := exampleHit.objects(t)
	by := object(t, `{"type":"identity","spec_version":"2.1","id":"identity--`+uuid(70)+`",`+stamps+`,"name":"Somebody"}`)
	alone := object(t, `{"type":"malware","spec_version":"2.1","id":"malware--`+uuid(71)+`",`+stamps+`,"is_family":false,"created_by_ref":"`+by.ID()+`"}`)
	silent := object(t, `{"type":"identity","spec_version":"2.1","id":"identity--`+uuid(72)+`",`+stamps+`,"name":"Nobody"}`)
	parts := Split(append(slices.Clone(story), by, silent, alone, stix.TLPMarking(2)))
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	if got, want := len(parts[0]), len(story)+1; got != want {
		t.Errorf("the story has %d objects with its marking, want %d", got, want)
	}
	if len(parts[1]) != 2 || parts[1][0] != alone || parts[1][1] != by {
		t.Errorf("beside it: %v", parts[1])
	}
}

// TestItemFacts wants what is known of an item to keep it by the floor, and permission of who told it to let it pass.
func TestItemFacts(t *testing.T) {
	red, _ := redactor(t, stixText(t), 1)
	ask := signedRequest()
	for _, test := range []struct {
		name  string
		known agreement.Facts
		want  agreement.Clause
		until time.Time
	}{
		{"nothing", agreement.Facts{}, "", time.Time{}},
		{"embargo", agreement.Facts{Embargo: ask.At.Add(time.Hour)}, agreement.FloorEmbargo, ask.At.Add(time.Hour)},
		{"expiry to come", agreement.Facts{Expires: ask.At.Add(time.Hour)}, "", ask.At.Add(time.Hour)},
		{"expired", agreement.Facts{Expires: ask.At}, agreement.FloorExpiry, time.Time{}},
		{"recalled", agreement.Facts{Recalled: true}, agreement.FloorRecall, time.Time{}},
		{"another's", agreement.Facts{Origin: "cert-x"}, "4.6", time.Time{}},
		{"another's, permitted", agreement.Facts{Origin: "cert-x", Permits: []string{"cert-atlantica"}}, "", time.Time{}},
		{"unsound", agreement.Facts{Unsound: "x"}, agreement.FloorUnsound, time.Time{}},
	} {
		c := red.Item(exampleHit.objects(t), test.known, kinds(t), ask)
		d := c.Stories[0].Decision
		if d.Clause != test.want || (d.Verdict == agreement.Released) != (test.want == "") || !test.until.IsZero() && !d.Until.Equal(test.until) {
			t.Errorf("%s: %s, until %v", test.name, d.String(), d.Until)
		}
		for _, o := range c.Objects {
			frame := o.Type() == "marking-definition" || o.Type() == "extension-definition" || o.ID() == red.identityID()
			if homes := c.Homes[o.ID()]; frame != (homes == nil) || len(homes) > 0 && !strings.HasPrefix(homes[0], o.Type()) {
				t.Errorf("%s: %s is a copy of %v", test.name, o.ID(), homes)
			}
		}
	}
}
