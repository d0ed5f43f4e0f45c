package exchange

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
)

// drawMatrix draws a field matrix for the events of drawEvent.
func drawMatrix(t *rapid.T) []agreement.FieldRule {
	names := []string{"source.ip", "source.fqdn", "source.url", "source.port", "source.account", "source.network", "destination.ip", "destination.asn", "extra.session", "extra.*",
		"feed.provider", "time.source", "time.observation", "comment", "classification.*", "source.geolocation.cc", "source.geolocation.city", "source.*", "*", "raw", "destination.url"}
	var rules []agreement.FieldRule
	for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, len(names), rapid.ID[string]).Draw(t, "patterns") {
		rules = append(rules, agreement.FieldRule{Clause: "5.1", Patterns: []string{p}, Action: drawAction(t)})
	}
	return rules
}

func drawAction(t *rapid.T) agreement.Action {
	a := agreement.Action{Do: rapid.SampledFrom([]agreement.Do{agreement.Drop, agreement.Mask, agreement.Pseudonymise, agreement.Bucket, agreement.Generalise, agreement.Replace,
		agreement.Release, agreement.Release, agreement.Release}).Draw(t, "do")}
	switch a.Do {
	case agreement.Mask:
		a.V4, a.V6 = rapid.SampledFrom([]uint8{8, 12, 20, 24, 30}).Draw(t, "v4"), uint8(rapid.IntRange(16, 64).Draw(t, "v6")) // not that of the network
	case agreement.Bucket:
		a.To = rapid.SampledFrom([]string{"hour", "day"}).Draw(t, "to")
	case agreement.Generalise:
		a.To = rapid.SampledFrom([]string{"region", "country"}).Draw(t, "to")
	case agreement.Pseudonymise:
		a.Key = "k"
	}
	return a
}

// richEvent draws an event in which values stand in one another.
func richEvent(t *rapid.T) *intelmq.Event {
	e := drawEvent(t)
	set := func(key, value string) { e.Set(key, intelmq.Value{Text: value}) }
	set("comment", "seen "+e.Text(rapid.SampledFrom([]string{"source.ip", "source.fqdn", "source.account", "extra.session", "destination.ip"}).Draw(t, "told"))+" today")
	set("time.observation", e.Text(rapid.SampledFrom([]string{"time.source", "time.source"}).Draw(t, "observed")))
	set("source.network", "198.51.0.0/16")
	set("source.geolocation.cc", "XN")
	set("source.geolocation.city", "Nadipur")
	set("destination.url", "https://"+e.Text(rapid.SampledFrom([]string{"source.fqdn", "destination.ip"}).Draw(t, "linked"))+"/")
	set("extra.ip", e.Text("source.ip"))
	set("raw", "c2Vlbg==")
	return e
}

func withMatrix(t testing.TB, a *agreement.Agreement, rules []agreement.FieldRule) (*Redactor, *agreement.Table) {
	b := *a
	b.Directions = slices.Clone(a.Directions)
	b.Directions[0].Fields = rules
	table, err := agreement.Compile(&b, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys(bytes.Repeat([]byte{7}, SecretSize), a.ID, "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	return NewRedactor(table, keys), table
}

// stepDown draws a rule and puts its action a step down the order, or adds a rule that drops.
func stepDown(t *rapid.T, rules []agreement.FieldRule) []agreement.FieldRule {
	rules = slices.Clone(rules)
	i := rapid.IntRange(0, len(rules)-1).Draw(t, "rule")
	switch a := &rules[i].Action; a.Do {
	case agreement.Release:
		*a = drawAction(t)
	case agreement.Mask:
		a.V4 = max(a.V4-4, 1)
	default:
		*a = agreement.Action{}
	}
	return rules
}

// TestRandomMatrix: under any matrix the copy tells no value that is withheld, every address in it is true but for the length of its
// prefix, the same is released the same, and a step down releases no field more.
func TestRandomMatrix(t *testing.T) {
	a, err := agreement.Read([]byte(exampleText(t)))
	if err != nil {
		t.Fatal(err)
	}
	tables := kinds(t)
	released := 0
	rapid.Check(t, func(rt *rapid.T) {
		rules := drawMatrix(rt)
		e := richEvent(rt)
		f := EventFacts(e, tables)
		red, _ := withMatrix(t, a, rules)
		out, lines, _ := red.Simulate(e, f, signedRequest())
		again, _, _ := red.Simulate(e, f, signedRequest())
		text := out.AppendJSON(nil)
		if !bytes.Equal(text, again.AppendJSON(nil)) {
			rt.Fatal("the same is released in two ways")
		}
		if len(lines) != len(e.Fields()) {
			rt.Fatalf("%d lines for %d fields", len(lines), len(e.Fields()))
		}
		for _, l := range lines {
			was := e.Text(l.Field)
			if l.After != nil {
				released++
			}
			if (l.After == nil || *l.After != was) && len(was) >= leastLong && l.Action != "relabel" && told1(text, was) {
				rt.Fatalf("%s (%s by %s) is told by %s", l.Field, l.Action, l.Clause, text)
			}
		}
		trueAddresses(rt, e, text)
		lower, _ := withMatrix(t, a, stepDown(rt, rules))
		_, fewer, _ := lower.Simulate(e, f, signedRequest())
		for i, l := range fewer {
			if l.After != nil && lines[i].After == nil {
				rt.Fatalf("%s: %s by %s after a step down, was %s by %s", l.Field, l.Action, l.Clause, lines[i].Action, lines[i].Clause)
			}
		}
	})
	if released == 0 {
		t.Error("nothing was released")
	}
}

// told1 says whether a copy tells a value as a whole, as a word or as the host of a link.
func told1(text []byte, value string) bool {
	low := bytes.ToLower(text)
	return bytes.Contains(low, []byte(`"`+strings.ToLower(value)+`"`)) || bytes.Contains(low, []byte(" "+strings.ToLower(value)+" ")) || bytes.Contains(low, []byte("//"+strings.ToLower(value)))
}

// trueAddresses makes sure that each address and network in a copy holds one that is in the event.
func trueAddresses(t *rapid.T, e *intelmq.Event, text []byte) {
	var copied map[string]any
	if err := json.Unmarshal(text, &copied); err != nil {
		t.Fatal(err)
	}
	for key, v := range copied {
		s, _ := v.(string)
		p, err := netip.ParsePrefix(s)
		if a, addrErr := netip.ParseAddr(s); addrErr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			continue
		}
		if !slices.ContainsFunc(e.Fields(), func(f intelmq.Field) bool { return within(p, f.Value.Text) }) {
			t.Fatalf("%s is %s, which is nobody's in the event", key, s)
		}
	}
}

func within(p netip.Prefix, text string) bool {
	a, err := netip.ParseAddr(text)
	if err == nil {
		return p.Contains(a)
	}
	o, err := netip.ParsePrefix(text)
	return err == nil && p.Contains(o.Addr()) && p.Bits() <= o.Bits()
}
