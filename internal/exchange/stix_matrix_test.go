package exchange

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pahra/internal/exchange/agreement"
)

// drawStixMatrix draws a field matrix for the stories of hits: by names of events, of STIX, and patterns of both.
func drawStixMatrix(t *rapid.T) []agreement.FieldRule {
	names := []string{"source.ip", "destination.ip", "ipv4-addr.value", "ipv4-addr.*", "source.fqdn", "domain-name.value", "source.*", "*", "time.source", "time.observation", "indicator.created",
		"indicator.modified", "indicator.*", "indicator.pattern", "observed-data.first_observed", "observed-data.last_observed", "observed-data.object_refs", "file.*", "file.name", "file.size",
		"identity.name", "identity.contact_information", "relationship.*", "network-traffic.*", "network-traffic.dst_port", "protocol.*", "destination.port", "event_description.text", "comment",
		"note.content", "note.*", "sighting.*", "classification.*"}
	var rules []agreement.FieldRule
	for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, len(names), rapid.ID[string]).Draw(t, "patterns") {
		rules = append(rules, agreement.FieldRule{Clause: "5.1", Patterns: []string{p}, Action: drawAction(t)})
	}
	if rapid.Bool().Draw(t, "most") { // else little is left to look at
		rules = slices.DeleteFunc(rules, func(r agreement.FieldRule) bool { return r.Patterns[0] == "*" })
		rules = append(rules, agreement.FieldRule{Clause: "5.2", Patterns: []string{"*"}, Action: agreement.Action{Do: agreement.Release}})
	}
	return rules
}

// left1 gives what is told of each property of each object at home.
func left1(c Copies) map[string]Line {
	told := map[string]Line{}
	for _, s := range c.Stories {
		for _, l := range s.Lines {
			if l.After != nil {
				told[l.Object+" "+l.Field] = l
			}
		}
	}
	return told
}

// TestStixRandomMatrix: under any matrix copies keep the standard, are the same each time and tell no value that is withheld; no
// pseudonym is an observable's value; and a step down releases no property of no object more.
func TestStixRandomMatrix(t *testing.T) {
	a, err := agreement.Read([]byte(stixText(t)))
	if err != nil {
		t.Fatal(err)
	}
	tables := kinds(t)
	standIn := regexp.MustCompile(`"(value|name|key|path|user_id|account_login)":"[po]:`)
	released, full := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		rules := drawStixMatrix(rt)
		h := drawHit(rt)
		in := h.objects(t)
		red, _ := withMatrix(t, a, rules)
		c := red.Objects(in, tables, signedRequest())
		if c.Objects != nil {
			checkCopies(rt, c.Objects)
			full++
		}
		text := red.Bundle(c.Objects)
		if again := red.Objects(h.objects(t), tables, signedRequest()); !bytes.Equal(text, red.Bundle(again.Objects)) {
			rt.Fatal("the same is released in two ways")
		}
		for _, o := range c.Objects {
			if regexp.MustCompile(`^(ipv4-addr|domain-name|file)$`).MatchString(o.Type()) && standIn.Match(o.Append(nil)) {
				rt.Fatalf("a name stands in an observable: %s", o.Append(nil))
			}
		}
		wide := left1(c)
		released += len(wide)
		for _, o := range in {
			for _, m := range o.Tree.Members {
				l, told := wide[o.ID()+" "+o.Type()+"."+m.Name]
				if prop := o.Type() + "." + m.Name; !told && (prop == "ipv4-addr.value" || prop == "domain-name.value") && whole(c, o.ID()) && told1(text, m.Value.Text) {
					rt.Fatalf("%s (%s) is told by %s", prop, m.Value.Text, text)
				} else if told && *l.After != m.Value.Text && len(m.Value.Text) > leastLong && bytes.Contains(text, []byte(`"`+m.Value.Text+`"`)) && !strings.HasSuffix(m.Name, "_ref") {
					rt.Fatalf("%s (%s by %s) is told by %s", prop, l.Action, l.Clause, text)
				}
			}
		}
		lower, _ := withMatrix(t, a, stepDown(rt, rules))
		for key, l := range left1(lower.Objects(in, tables, signedRequest())) {
			if _, was := wide[key]; !was {
				rt.Fatalf("%s: %s by %s after a step down", key, l.Action, l.Clause)
			}
		}
	})
	if released == 0 || full == 0 {
		t.Error("nothing was released")
	}
}

// whole tells whether an object stays as a whole because of its own value.
func whole(c Copies, id string) bool {
	for _, s := range c.Stories {
		for _, l := range s.Lines {
			if l.Object == id && l.Field == "*" {
				return l.Clause == "5.1" || l.Clause == "5.2" || l.Clause == agreement.FloorDefault
			}
		}
	}
	return false
}

// TestStixStricter: a stricter agreement releases no property of no object more.
func TestStixStricter(t *testing.T) {
	base := stixText(t)
	red, _ := redactor(t, base, 7)
	tables := kinds(t)
	for _, change := range [][2]string{
		{"max: TLP:AMBER ", "max: TLP:CLEAR "}, {"forbid: [malicious-code/", "forbid: [fraud, malicious-code/"}, {"prefixes: [192.0.2.0/24, ", "prefixes: ["}, {"v4: 24", "v4: 12"},
		{"action: release, fields: [event_description.*, comment]", "action: drop, fields: [event_description.*, comment]"}, {"action: bucket, to: hour", "action: bucket, to: day"},
		{"action: bucket, to: hour", "action: drop"}, {`action: pseudonymise, key: "2026", fields`, "action: drop, fields"}, {"destination.port]", "source.local_ip]"}, {"unlabelled: TLP:AMBER ", "unlabelled: refuse "},
	} {
		if !strings.Contains(base, change[0]) {
			t.Fatalf("%q does not stand in the example", change[0])
		}
		strict, _ := redactor(t, strings.Replace(base, change[0], change[1], 1), 7)
		rapid.Check(t, func(rt *rapid.T) {
			in := drawHit(rt).objects(t)
			wide := left1(red.Objects(in, tables, signedRequest()))
			for key, l := range left1(strict.Objects(in, tables, signedRequest())) {
				if _, was := wide[key]; !was {
					rt.Fatalf("%s: %s leaves by %s, and did not", change[1], key, l.Clause)
				}
			}
		})
	}
}
