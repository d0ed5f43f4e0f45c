package watch

import (
	"testing"

	"pahra/internal/registry"
	"pahra/wire/values"
)

// forged is a feed in which a stub claims the victim as its customer, for a prefix.
func forged(prefix string, facts Facts) *feed {
	f := newFeed(10).know(0, facts).table(block, carrier, victim)
	return f.announce(minute, span(0, 6), prefix, attacker, victim)
}

func TestForgedOrigin(t *testing.T) {
	for _, prefix := range []string{block, part} {
		inc := forged(prefix, Facts{}).run(t, hour).only(t, PathAnomaly)
		l := inc.Evidence.NewLink
		if inc.ASN != attacker || inc.Victim == nil || *inc.Victim != victim || l.Near != attacker || l.Far != victim || len(l.Why) == 0 {
			t.Errorf("%s: %+v, %+v", prefix, inc, l)
		}
	}
}

// New facts do not end what they do not speak of: whether a link is new does not hang on when its paths were looked at.
func TestAnomalyOutlivesNewFacts(t *testing.T) {
	f := forged(block, Facts{})
	if inc := f.run(t, 3*hour).only(t, PathAnomaly); inc.End != nil {
		t.Fatalf("it ends at %s without new facts", inc.End)
	}
	if inc := f.know(hour, Facts{}).run(t, 3*hour).only(t, PathAnomaly); inc.End != nil {
		t.Errorf("new facts end it at %s", inc.End)
	}
}

// A link stops being new, but what began while it was goes on.
func TestAnomalyOutlivesNovelty(t *testing.T) {
	f := forged(block, Facts{}).announce(30*hour, span(0, 6), block, carrier, attacker, victim)
	if inc := f.run(t, 40*hour).only(t, PathAnomaly); inc.End != nil {
		t.Errorf("it ends at %s, with another path over the same link", inc.End)
	}
	again := forged(block, Facts{}).withdraw(hour, span(0, 6), block).announce(30*hour, span(0, 6), block, attacker, victim)
	if o := again.run(t, 40*hour); o.only(t, PathAnomaly).End == nil {
		t.Errorf("a link of the day before counts as new: %s", o)
	}
}

// The victim's own attestation says who may stand next to it.
func TestForgedOriginASPA(t *testing.T) {
	says := func(provider values.ASN) Facts {
		return Facts{ASPAs: aspas(map[values.ASN][]values.ASN{victim: {carrier, provider}})}
	}
	plain := forged(block, Facts{}).run(t, hour).only(t, PathAnomaly)
	against := forged(block, says(3356)).run(t, hour).only(t, PathAnomaly)
	if against.Confidence <= plain.Confidence || len(against.Evidence.Objects) != 1 {
		t.Errorf("confidence %v with an attestation against it, %v without", against.Confidence, plain.Confidence)
	}
	forged(block, says(attacker)).run(t, hour).none(t)
}

// Who sells transit to others gains customers every day; one that carries nobody's routes does not look like that.
func TestNewProvider(t *testing.T) {
	f := forged(block, Facts{}).table("20.9.0.0/16", attacker, third)
	f.run(t, hour).none(t)
	f.set.Off = []string{"new-provider"}
	f.run(t, hour).only(t, PathAnomaly)
	// For a part of the prefix, first announced that very way, it is no excuse.
	forged(part, Facts{}).table("20.9.0.0/16", attacker, third).run(t, hour).only(t, PathAnomaly)
}

func TestKnownLink(t *testing.T) {
	org := func(b *registry.Builder, src registry.Source) {
		b.AddAutNum(src, registry.AutNum{ASN: victim, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
		b.AddAutNum(src, registry.AutNum{ASN: attacker, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
	}
	peers := func(b *registry.Builder, src registry.Source) { b.AddRelation(src, victim, registry.PeerOf, attacker) }
	for name, fill := range map[string]func(*registry.Builder, registry.Source){"same-organisation": org, "known-relation": peers} {
		f := forged(block, Facts{Registry: who(fill)})
		o := f.run(t, hour)
		o.none(t)
		if log := o.Log(); len(log) != 1 || log[0].By != name {
			t.Errorf("%s: %s", name, o)
		}
		f.set.Off = []string{name}
		f.run(t, hour).only(t, PathAnomaly)
	}
	forged(block, Facts{}).table("20.9.0.0/16", attacker, victim).run(t, hour).none(t) // stood before, for another prefix
	forged(block, Facts{}).table("20.9.0.0/16", victim, attacker).run(t, hour).none(t) // the other way round
}
