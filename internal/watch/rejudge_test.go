package watch

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/wire/values"
)

// turned is an open incident, and facts that come an hour later.
type turned struct {
	name    string
	kind    Kind
	open    func(Facts) *feed // what is announced, by some facts
	by      Facts             // at first
	then    Facts
	outcome Outcome // "" where the verdict does not change
	ends    bool
	reason  string // what refutes it
	changed string
}

// others gives the facts with others in their place.
func others(f Facts, change func(*Facts)) Facts {
	change(&f)
	return f
}

func turns() []turned {
	hijacked := func(facts Facts) *feed { return settled().know(0, facts).announce(at2, span(0, 6), block, attacker) }
	invalid := func(facts Facts) *feed { return newFeed(10).know(0, facts).table(block, victim) }
	leaky := func(facts Facts) *feed { return leaked(facts, up, over) }
	anomaly := func(facts Facts) *feed { return forged(block, facts) }
	bogon := func(facts Facts) *feed {
		return newFeed(10).know(0, facts).table("20.9.0.0/16", victim).announce(at2, span(0, 6), "20.9.0.0/16", carrier, 64777, victim)
	}
	listed := specialBogons(authority.BogonPrefix{Prefix: netip.MustParsePrefix("20.9.0.0/16"), Kind: authority.BogonFull, Source: "kit", Rule: "not given out"})
	related := func(fill func(*registry.Builder, registry.Source)) Facts { return Facts{Registry: who(fill)} }
	object := authority.RouteObject{Prefix: netip.MustParsePrefix(block), Origin: attacker, Source: "RIPE", Authenticated: true}
	young := authority.RouteObject{Prefix: object.Prefix, Origin: attacker, Source: "RADB", Created: time.Date(2021, 3, 1, 2, 30, 0, 0, time.UTC)}
	tiered := linked(nil)
	stranger := related(func(b *registry.Builder, src registry.Source) {
		b.AddRelation(src, third, registry.SiblingOf, carrier)
		b.AddRelation(src, 3356, registry.ProviderOf, carrier)
	})
	attested := others(tiered, func(f *Facts) { f.ASPAs = aspas(map[values.ASN][]values.ASN{up: {3356}, over: {3356}}) })
	return []turned{
		{"hijack: a ROA", Hijack, hijacked, Facts{VRPs: vrps()}, Facts{VRPs: vrps("20.1.0.0/16 16 47777")}, Refuted, true, "roa-valid", "vrp"},
		{"hijack: found invalid", Hijack, hijacked, Facts{}, Facts{VRPs: vrps("20.1.0.0/16 16 33010")}, Stands, false, "", "vrp"},
		{"hijack: a route object", Hijack, hijacked, Facts{IRR: irr()}, Facts{IRR: irr(object)}, Refuted, true, "route-object", "irr"},
		{"hijack: a route object made since", Hijack, hijacked, Facts{}, Facts{IRR: irr(young)}, Stands, false, "", "irr"},
		{"hijack: one organisation", Hijack, hijacked, stranger, related(func(b *registry.Builder, src registry.Source) {
			b.AddRelation(src, attacker, registry.SiblingOf, victim)
		}), Refuted, true, "same-organisation", "registry"},
		{"hijack: data are lost", Hijack, hijacked, Facts{VRPs: vrps("20.1.0.0/16 16 33010"), IRR: irr()}, Facts{}, "", false, "", ""},
		{"invalid: valid", RPKIInvalid, invalid, Facts{VRPs: vrps("20.1.0.0/16 24 41234")}, Facts{VRPs: vrps("20.1.0.0/16 24 33010")}, Refuted, true, "rpki", "vrp"},
		{"invalid: by another VRP", RPKIInvalid, invalid, Facts{VRPs: vrps("20.1.0.0/16 24 41234")}, Facts{VRPs: vrps("20.1.0.0/16 24 41235")}, Stands, false, "", "vrp"},
		{"invalid: by the same VRP", RPKIInvalid, invalid, Facts{VRPs: vrps("20.1.0.0/16 24 41234")}, Facts{VRPs: vrps("20.1.0.0/16 24 41234")}, "", false, "", ""},
		{"invalid: no data", RPKIInvalid, invalid, Facts{VRPs: vrps("20.1.0.0/16 24 41234")}, Facts{}, "", false, "", ""},
		{"leak: relations", Leak, leaky, tiered, related(func(b *registry.Builder, src registry.Source) {
			b.AddRelation(src, leaker, registry.ProviderOf, up)
			b.AddRelation(src, over, registry.ProviderOf, leaker)
		}), Refuted, true, "no-rule", "registry"},
		{"leak: its customers' after all", Leak, leaky, tiered, linked(func(b *registry.Builder, src registry.Source) {
			b.AddRelation(src, leaker, registry.ProviderOf, origin)
			b.AddRelation(src, leaker, registry.ProviderOf, another)
		}), Refuted, true, "customer-prefix", "registry"},
		{"leak: organisations are known", Leak, leaky, tiered, linked(func(b *registry.Builder, src registry.Source) {
			b.AddAutNum(src, registry.AutNum{ASN: third, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
		}), Stands, false, "", "registry"},
		{"leak: attested", Leak, leaky, tiered, attested, Stands, false, "", "aspa"},
		{"leak: no longer attested", Leak, leaky, attested, tiered, Stands, false, "", "aspa"},
		{"leak: attested otherwise", Leak, leaky, attested,
			others(attested, func(f *Facts) { f.ASPAs = aspas(map[values.ASN][]values.ASN{up: {3356}, over: {3356, leaker}}) }), Stands, false, "", "aspa"},
		{"leak: no data", Leak, leaky, tiered, Facts{}, "", false, "", ""},
		{"anomaly: attested provider", PathAnomaly, anomaly, Facts{ASPAs: aspas(nil)}, Facts{ASPAs: aspas(map[values.ASN][]values.ASN{victim: {attacker}})}, Refuted, true, "aspa-provider", "aspa"},
		{"anomaly: attested others", PathAnomaly, anomaly, Facts{}, Facts{ASPAs: aspas(map[values.ASN][]values.ASN{victim: {carrier}})}, Stands, false, "", "aspa"},
		{"anomaly: known relation", PathAnomaly, anomaly, stranger, related(func(b *registry.Builder, src registry.Source) {
			b.AddRelation(src, attacker, registry.ProviderOf, victim)
		}), Refuted, true, "known-relation", "registry"},
		{"bogon prefix", BogonPrefix, func(f Facts) *feed { return newFeed(10).know(0, f).announce(7*hour, span(0, 6), "20.9.0.0/16", victim) },
			Facts{Bogons: listed}, Facts{Bogons: specialBogons()}, Refuted, true, "bogons", "bogons"},
		{"bogon ASN", BogonASN, bogon, Facts{Bogons: specialBogons()}, Facts{Bogons: authority.NewBogons(authority.SpecialPrefixes(), nil)}, Refuted, true, "bogons", "bogons"},
		{"bogon ASN: no data", BogonASN, bogon, Facts{Bogons: specialBogons()}, Facts{}, "", false, "", ""},
	}
}

// turnAt is when the new facts come; far enough behind the start of each incident.
const turnAt = 9 * hour

// TestNewFactsJudgeAgain: of an incident of each kind that is open, new facts say that it stands, on which grounds, or that
// it is refuted; what was said before stays beside it.
func TestNewFactsJudgeAgain(t *testing.T) {
	for _, tt := range turns() {
		t.Run(tt.name, func(t *testing.T) {
			was := tt.open(tt.by).run(t, turnAt-minute).only2(t, tt.kind)
			f := tt.open(tt.by).know(turnAt, tt.then)
			is := f.run(t, turnAt+hour).only2(t, tt.kind)
			if is.ID != was.ID || is.Confidence != was.Confidence && tt.outcome != Stands {
				t.Errorf("it was %v, now %v: %v", was.Confidence, is.Confidence, is.Reasons)
			}
			if ended := is.End != nil && is.End.Equal(f.at(turnAt)); ended != tt.ends || is.End != nil && !tt.ends {
				t.Errorf("it ends at %v", is.End)
			}
			if !slices.Equal(is.Evidence.Objects, was.Evidence.Objects) || !slices.Equal(is.Evidence.Exclusions, was.Evidence.Exclusions) {
				t.Errorf("what it was opened by changed: %+v, %+v", is.Evidence.Objects, is.Evidence.Exclusions)
			}
			list := is.Evidence.Rejudged
			if tt.outcome == "" {
				if len(list) > 0 {
					t.Errorf("%+v", list)
				}
				return
			}
			if len(list) != 1 {
				t.Fatalf("%+v", list)
			}
			r := list[0]
			if r.Outcome != tt.outcome || r.By != tt.reason || !slices.Contains(r.Changed, tt.changed) || !r.Time.Equal(f.at(turnAt)) {
				t.Errorf("%+v", r)
			}
			if r.Before.Confidence != was.Confidence || !slices.Equal(r.Before.Reasons, was.Reasons) || r.PrefixesTotal != len(was.Prefixes) {
				t.Errorf("before: %+v, was %v %v", r, was.Confidence, was.Reasons)
			}
			if (r.Outcome == Refuted) != (r.Detail != "") {
				t.Errorf("detail %q", r.Detail)
			}
		})
	}
}

// only2 gives the one incident of a kind that there must be; others may come of it.
func (o outcome) only2(t testing.TB, kind Kind) Incident {
	t.Helper()
	list := o.of(kind)
	if len(list) != 1 {
		t.Fatalf("want one %s; got %s", kind, o)
	}
	return list[0]
}

// TestFactsChangeBack: what is refuted for less than the hold-down goes on, and its record says so; what ended begins no
// more than once anew.
func TestFactsChangeBack(t *testing.T) {
	for _, tt := range turns() {
		if tt.outcome != Refuted {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			f := tt.open(tt.by).know(turnAt, tt.then).know(turnAt+2*minute, tt.by)
			is := f.run(t, turnAt+hour).only2(t, tt.kind)
			list := is.Evidence.Rejudged
			if is.End != nil || len(list) != 2 || list[1].Outcome != Again || list[1].PrefixesTotal != list[0].PrefixesTotal {
				t.Errorf("%s, %+v", is.End, list)
			}
			lost := tt.open(tt.by).know(turnAt, tt.then).know(turnAt+2*minute, Facts{}).run(t, turnAt+hour).only2(t, tt.kind)
			if lost.End == nil || !lost.End.Equal(f.at(turnAt)) || len(lost.Evidence.Rejudged) != 1 {
				t.Errorf("once there are no data: %v, %+v", lost.End, lost.Evidence.Rejudged)
			}
			late := tt.open(tt.by).know(turnAt, tt.then).know(turnAt+20*minute, tt.by).run(t, turnAt+hour)
			n := len(late.of(tt.kind))
			if stays := tt.kind == Hijack || tt.kind == PathAnomaly; n > 2 || stays && n != 1 {
				t.Errorf("%s", late)
			}
		})
	}
}

// TestEndedStaysAsJudged: what ended before the facts changed is not touched by them.
func TestEndedStaysAsJudged(t *testing.T) {
	for _, tt := range turns() {
		t.Run(tt.name, func(t *testing.T) {
			prefixes := []string{block, "20.9.0.0/16", "20.7.0.0/16"}
			ended := func() *feed {
				f := tt.open(tt.by)
				for _, p := range prefixes {
					f.withdraw(8*hour, span(0, 10), p)
				}
				return f
			}
			was := ended().run(t, turnAt-minute).only2(t, tt.kind)
			is := ended().know(turnAt, tt.then).run(t, turnAt+hour).only2(t, tt.kind)
			if sumOf(was) != sumOf(is) || was.End == nil {
				t.Errorf("%+v, was %+v", is, was)
			}
		})
	}
}

// TestAttestationMakesLeak: a step that was explained, since all that it was about is of one network, is a leak once both
// neighbours attest their providers, and none any more when they change that; the table alone is told again.
func TestAttestationMakesLeak(t *testing.T) {
	plain := linked(nil)
	with := func(providers ...values.ASN) Facts {
		return others(plain, func(f *Facts) {
			f.ASPAs = aspas(map[values.ASN][]values.ASN{up: {3356}, over: append(providers, 3356)})
		})
	}
	feed := func() *feed {
		return newFeed(10).know(0, plain).table("20.9.0.0/16", 9999, origin).announce(minute, span(0, 10), "20.9.0.0/16", over, leaker, up, origin)
	}
	if o := feed().run(t, hour); len(o.of(Leak)) != 0 || !strings.Contains(o.String(), "one-origin") {
		t.Fatal(o)
	}
	f := feed().know(hour, with())
	inc := f.run(t, 2*hour).only2(t, Leak)
	if inc.Evidence.Leak.Rule != "aspa" || inc.End != nil || !inc.Start.After(f.at(0)) {
		t.Errorf("%+v from %s to %v", inc.Evidence.Leak, inc.Start, inc.End)
	}
	inc = feed().know(hour, with()).know(2*hour, with(leaker)).run(t, 3*hour).only2(t, Leak)
	if inc.End == nil || !inc.End.Equal(f.at(2*hour)) || inc.Evidence.Rejudged[0].By != "one-origin" {
		t.Errorf("to %v: %+v", inc.End, inc.Evidence.Rejudged)
	}
}

// TestRejudgedOften: facts that change for ever leave the first and the latest times behind.
func TestRejudgedOften(t *testing.T) {
	f := newFeed(10).know(0, Facts{VRPs: vrps("20.1.0.0/16 24 41234")}).table(block, victim)
	for i := range int64(100) {
		f.know(hour+i*minute, Facts{VRPs: vrps([]string{"20.1.0.0/16 24 41235", "20.1.0.0/16 24 41236"}[i%2])})
	}
	list := f.run(t, 4*hour).only(t, RPKIInvalid).Evidence.Rejudged
	if len(list) != maxRejudged || !list[0].Time.Equal(f.at(hour)) || !list[maxRejudged-1].Time.Equal(f.at(hour+99*minute)) {
		t.Errorf("%d times", len(list))
	}
}

// TestOrganisationsSettleALeak: what was doubtful for want of data is less so once they are there.
func TestOrganisationsSettleALeak(t *testing.T) {
	known := linked(func(b *registry.Builder, src registry.Source) {
		b.AddAutNum(src, registry.AutNum{ASN: third, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
	})
	was := leaked(linked(nil), up, over).run(t, turnAt).only2(t, Leak)
	is := leaked(linked(nil), up, over).know(turnAt, known).run(t, turnAt+hour).only2(t, Leak)
	if is.Confidence-was.Confidence < 0.29 || tried(is, "same-organisation") != NoData {
		t.Errorf("%v, then %v: %v", was.Confidence, is.Confidence, is.Reasons)
	}
}

// TestSameRPKIAgain: validators say the same every few minutes; nothing is looked at again for that, and nothing comes of it.
func TestSameRPKIAgain(t *testing.T) {
	for _, tt := range turns() {
		t.Run(tt.name, func(t *testing.T) {
			by := others(tt.by, func(f *Facts) {
				f.VRPs, f.ASPAs = vrps("20.1.0.0/16 24 33010"), aspas(map[values.ASN][]values.ASN{up: {3356, 3320}})
			})
			once, again := tt.open(by), tt.open(by)
			for sec := int64(8 * hour); sec < turnAt; sec += 10 * minute {
				again.know(sec, others(by, func(f *Facts) {
					f.VRPs, f.ASPAs = vrps("20.1.0.0/16 24 33010"), aspas(map[values.ASN][]values.ASN{up: {3320, 3356}})
				}))
			}
			was, is := once.run(t, turnAt), again.run(t, turnAt)
			if was.String() != is.String() {
				t.Errorf("%s, told once %s", is, was)
			}
			if is.heldFacts != 1 {
				t.Errorf("all paths were looked at %d times", is.heldFacts)
			}
		})
	}
}
