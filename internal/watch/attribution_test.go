package watch

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/registry"
	"pahra/wire/values"
)

func TestAttribution(t *testing.T) {
	six := span(0, 6)
	tests := []struct {
		name string
		feed func() *feed
		want Attribution
	}{
		{"independent paths", func() *feed { return settled().announce(at2, six, block, attacker) }, Supported},
		{"two upstreams", func() *feed {
			return settled().announce(at2, span(0, 3), block, carrier, attacker).announce(at2, span(3, 6), block, third, attacker)
		}, Supported},
		{"one upstream, long known", func() *feed {
			return settled().table("20.8.0.0/16", carrier, attacker).announce(at2, six, block, carrier, attacker)
		}, SinglePath},
		{"one upstream, never seen", func() *feed { return settled().announce(at2, six, block, carrier, attacker) }, PossiblyForged},
		{"one upstream far from the origin", func() *feed {
			return settled().table("20.8.0.0/16", third, attacker).table("20.9.0.0/16", 40100, attacker).
				announce(at2, span(0, 3), block, carrier, third, attacker).announce(at2, span(3, 6), block, carrier, 40100, attacker)
		}, PossiblyForged},
		{"one upstream, seen only with the forged path by one peer before", func() *feed {
			return settled().announce(at2, span(0, 1), block, carrier, attacker).announce(at2+20*minute, span(1, 6), block, carrier, attacker)
		}, PossiblyForged},
		{"two peer networks", func() *feed {
			f := newFeed(6)
			f.peers = []values.ASN{1001, 1001, 1001, 1002, 1002, 1002}
			return f.table(block, victim).announce(at2, six, part, attacker)
		}, SinglePath},
		{"the announcing network is itself a peer", func() *feed {
			f := settled().announce(at2, span(0, 5), block, attacker)
			f.peers[6] = attacker
			return f.path(at2, 6, block)
		}, Supported},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := tt.feed().run(t, 4*hour).only(t, Hijack)
			if i.Attribution != tt.want {
				t.Errorf("%s, want %s", i.Attribution, tt.want)
			}
			if named := !strings.Contains(strings.Join(i.Reasons, "\n"), "not named") && i.Attribution == SinglePath; named {
				t.Errorf("reasons: %q", i.Reasons)
			}
		})
	}
}

// TestFraming: whoever writes another's number behind his own on the path cannot make that network look guilty, however
// many neighbours he has, and whether or not the two are known to be neighbours.
func TestFraming(t *testing.T) {
	frame := map[string]func() *feed{
		"through all his upstreams": func() *feed {
			return settled().announce(at2, span(0, 10), part, attacker, framed)
		},
		"with different hops made up behind him": func() *feed {
			f := settled()
			for i := range 10 {
				f.announce(at2, []int{i}, part, attacker, values.ASN(40000+100*i), framed)
			}
			return f
		},
		"as a peer of the collector": func() *feed {
			f := settled()
			f.peers[0] = attacker
			return f.path(at2, 0, part, framed).announce(at2, span(1, 10), part, attacker, framed)
		},
		"next to his real neighbour": func() *feed {
			return settled().table("20.8.0.0/16", attacker, framed).announce(at2, span(0, 10), part, attacker, framed)
		},
		"who is known well and independently": func() *feed {
			return settled().table("20.8.0.0/16", framed).announce(at2, span(0, 10), part, attacker, framed)
		},
		"again and again": func() *feed {
			return settled().announce(at2, span(0, 10), part, attacker, framed).withdraw(at2+hour, span(0, 10), part).
				announce(at2+2*hour, span(0, 10), part, attacker, framed)
		},
	}
	for name, feed := range frame {
		t.Run(name, func(t *testing.T) {
			got := feed().run(t, 6*hour)
			if len(got.incidents) == 0 {
				t.Fatalf("nothing is seen: %s", got)
			}
			for _, i := range got.incidents {
				if i.Attribution == Supported {
					t.Errorf("AS%d is named: %s", i.ASN, got)
				}
			}
		})
	}
}

// TestOwnHistory: what independent paths showed before is the network's own history, even where one path shows it
// now. That it stood in the baseline is not enough: who frames another can have begun early. A hijack has no history.
func TestOwnHistory(t *testing.T) {
	wrong := func(tail ...values.ASN) *feed {
		return newFeed(10).know(0, Facts{VRPs: vrps("20.1.0.0/16 16 41234")}).table("20.2.0.0/16", victim).table(block, tail...)
	}
	if i := wrong(victim).run(t, hour).only(t, RPKIInvalid); i.Attribution != Supported {
		t.Errorf("from the table on: %s", i.Attribution)
	}
	got := wrong(victim).withdraw(at2, span(0, 10), block).announce(at2+hour, span(0, 10), block, carrier, victim).run(t, 6*hour)
	if list := got.of(RPKIInvalid); len(list) != 2 || list[1].Attribution != Supported {
		t.Errorf("back over one network: %s", got)
	}
	if i := wrong(carrier, victim).run(t, hour).only(t, RPKIInvalid); i.Attribution == Supported {
		t.Errorf("from the table on, through one network: %s", i.Attribution)
	}
	f := newFeed(10).know(0, Facts{VRPs: vrps("20.1.0.0/16 16 41234")}).table("20.2.0.0/16", victim).
		announce(at2, span(0, 6), block, carrier, victim)
	if i := f.run(t, 3*hour).only(t, RPKIInvalid); i.Attribution == Supported {
		t.Errorf("new, through one network: %s", i.Attribution)
	}
}

// TestAccomplices: only who took the announcement straight from the announcing network is one, whatever comes after.
func TestAccomplices(t *testing.T) {
	facts := Facts{Registry: who(func(r *registry.Builder, src registry.Source) {
		r.AddRelation(src, carrier, registry.ProviderOf, attacker)
		r.AddRelation(src, third, registry.PeerOf, attacker)
	})}
	f := settled().know(0, facts).
		announce(at2, span(0, 2), block, 40100, carrier, attacker).
		announce(at2, span(2, 4), block, third, attacker).
		announce(at2, span(4, 6), block, 40200, attacker).
		announce(at2, span(6, 7), block, third, attacker, attacker, attacker). // prepends are not hops
		path(at2, 7, block, 40300, carrier, 40200, attacker)
	i := f.run(t, 3*hour).only(t, Hijack)
	yes, no := true, false
	want := []Accomplice{{carrier, &yes, 0}, {40200, nil, 1}, {third, &no, 1}} // all paths to the carrier pass AS40100
	if diff := cmp.Diff(want, i.Accomplices); diff != "" {
		t.Error(diff)
	}
	for _, forwarder := range i.Evidence.Forwarders {
		for _, a := range i.Accomplices {
			if a.ASN == forwarder {
				t.Errorf("AS%d is accomplice and forwarder", forwarder)
			}
		}
	}
	i = settled().announce(at2, span(0, 6), block, carrier, attacker).run(t, 3*hour).only(t, Hijack)
	if diff := cmp.Diff([]Accomplice{{carrier, nil, 1}}, i.Accomplices); diff != "" {
		t.Error("without relations:", diff)
	}
}
