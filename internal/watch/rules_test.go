package watch

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/values"
)

func TestRPKIInvalid(t *testing.T) {
	tests := []struct {
		name   string
		vrps   []string
		says   string // "" is no incident
		victim values.ASN
	}{
		{"valid", []string{"20.1.0.0/16 24 33010"}, "", 0},
		{"not found", []string{"20.2.0.0/16 24 33010"}, "", 0},
		{"origin", []string{"20.1.0.0/16 24 41234"}, "invalid-origin", third},
		{"length", []string{"20.1.0.0/16 16 33010"}, "invalid-length", 0},
		{"AS0", []string{"20.1.0.0/16 32 0"}, "invalid-origin", 0},
		{"AS0 beside a ROA", []string{"20.1.0.0/16 32 0", "20.1.0.0/16 24 33010"}, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFeed(10).know(0, Facts{VRPs: vrps(tt.vrps...)}).announce(7*hour, span(0, 6), part, victim)
			got := f.run(t, 8*hour)
			if tt.says == "" {
				got.none(t)
				return
			}
			i := got.only(t, RPKIInvalid)
			if i.ASN != victim || !i.Start.Equal(f.at(7*hour)) {
				t.Errorf("AS%d from %s", i.ASN, i.Start)
			}
			if len(i.Evidence.Objects) == 0 || i.Evidence.Objects[0].Kind != "vrp" || i.Evidence.Objects[0].Says != tt.says {
				t.Errorf("objects: %+v", i.Evidence.Objects)
			}
			switch {
			case tt.victim == 0 && i.Victim != nil:
				t.Errorf("victim AS%d", *i.Victim)
			case tt.victim != 0 && (i.Victim == nil || *i.Victim != tt.victim):
				t.Errorf("victim %v", i.Victim)
			}
		})
	}
}

// TestNewFactsTurnAVerdict: new VRPs begin and end incidents; what was judged before stays.
func TestNewFactsTurnAVerdict(t *testing.T) {
	good, bad := Facts{VRPs: vrps("20.1.0.0/16 24 33010")}, Facts{VRPs: vrps("20.1.0.0/16 24 41234")}
	t.Run("invalid from then on", func(t *testing.T) {
		f := settled().know(0, good).know(9*hour, bad)
		i := f.run(t, 12*hour).only(t, RPKIInvalid)
		if !i.Start.Equal(f.at(9*hour)) || i.End != nil || len(i.Peers) != 10 {
			t.Errorf("%s to %v, %d peers", i.Start, i.End, len(i.Peers))
		}
	})
	t.Run("valid from then on", func(t *testing.T) {
		f := settled().know(0, bad).know(9*hour, good)
		i := f.run(t, 12*hour).only(t, RPKIInvalid)
		if !i.Start.Equal(f.at(0)) || i.End == nil || !i.End.Equal(f.at(9*hour)) {
			t.Errorf("%s to %v", i.Start, i.End)
		}
		if i.Evidence.Objects[0].Says != "invalid-origin" || i.Attribution != Supported {
			t.Errorf("the past verdict changed: %+v", i.Evidence.Objects)
		}
	})
	t.Run("valid for a while", func(t *testing.T) {
		f := settled().know(0, bad).know(9*hour, good).know(12*hour, bad)
		got := f.run(t, 15*hour)
		if len(got.incidents) != 2 || !got.incidents[1].Start.Equal(f.at(12*hour)) || len(got.incidents[1].Peers) != 10 {
			t.Error(got)
		}
	})
	t.Run("no data ends nothing", func(t *testing.T) {
		f := settled().know(0, bad).know(9*hour, Facts{NoData: map[string]string{"vrp": "too old"}})
		if i := f.run(t, 12*hour).only(t, RPKIInvalid); i.End != nil {
			t.Errorf("it ended at %s for want of data", i.End)
		}
	})
	t.Run("no data begins nothing", func(t *testing.T) {
		settled().know(0, Facts{}).know(9*hour, Facts{}).run(t, 12*hour).none(t)
	})
	t.Run("an origin that was away when the facts came", func(t *testing.T) {
		f := settled().know(0, good).withdraw(8*hour, span(0, 10), block).know(9*hour, bad).
			announce(10*hour, span(0, 10), block, victim)
		if i := f.run(t, 12*hour).only(t, RPKIInvalid); !i.Start.Equal(f.at(10 * hour)) {
			t.Errorf("it starts at %s", i.Start)
		}
	})
	t.Run("data that are away when the time is up", func(t *testing.T) {
		f := settled().know(0, bad).announce(2*hour, span(0, 6), part, victim).
			know(2*hour+30, Facts{}).know(3*hour, bad)
		if i := f.run(t, 5*hour).only(t, RPKIInvalid); len(i.Prefixes) != 2 {
			t.Errorf("prefixes %v", i.Prefixes)
		}
	})
}

func TestBogonPrefix(t *testing.T) {
	admin := authority.BogonPrefix{Prefix: netip.MustParsePrefix("20.9.0.0/16"), Kind: authority.BogonAdministrative, Source: "kit", Rule: "in quarantine"}
	tests := []struct {
		prefix string
		year   int
		want   bool
		admin  bool
	}{
		{"10.1.0.0/16", 2021, true, false},
		{"100.64.0.0/16", 2021, true, false},
		{"100.64.0.0/16", 2011, false, false}, // set apart by RFC 6598 in 2012
		{"100.64.0.0/16", 2008, true, false},  // until 2010 IANA had given 100/8 to no registry
		{"192.0.2.0/24", 2021, true, false},
		{"240.1.0.0/16", 2021, true, false},
		{"20.9.4.0/24", 2021, true, true},
		{"fc00:1::/32", 2021, true, false},
		{"2001:db8::/32", 2021, true, false},
		{"20.1.0.0/16", 2021, false, false},
		{"8.0.0.0/5", 2021, false, false}, // holds a bogon, is none
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s in %d", tt.prefix, tt.year), func(t *testing.T) {
			f := newFeed(10)
			f.start = time.Date(tt.year, 5, 1, 0, 0, 0, 0, time.UTC).Unix()
			f.know(0, Facts{Bogons: specialBogons(admin)}).announce(7*hour, span(0, 6), tt.prefix, attacker)
			got := f.run(t, 8*hour)
			if !tt.want {
				got.none(t)
				return
			}
			i := got.only(t, BogonPrefix)
			if i.ASN != attacker || i.Evidence.Administrative != tt.admin || i.Victim != nil || len(i.Evidence.Objects) != 1 {
				t.Errorf("AS%d, administrative %v, objects %v", i.ASN, i.Evidence.Administrative, i.Evidence.Objects)
			}
		})
	}
}

func TestBogonASN(t *testing.T) {
	tests := []struct {
		name    string
		tail    []values.ASN
		culprit values.ASN // 0: none
		bogon   values.ASN
	}{
		{"at the end", []values.ASN{carrier, attacker, 64777}, attacker, 64777},
		{"in the middle", []values.ASN{carrier, 65001, victim}, carrier, 65001},
		{"two of them: the one nearest the collector", []values.ASN{carrier, 65001, attacker, 65002}, carrier, 65001},
		{"four octets", []values.ASN{carrier, 4_200_000_001}, carrier, 4_200_000_001},
		{"AS 0 makes the path malformed (RFC 7607)", []values.ASN{carrier, 0}, 0, 0},
		{"the last number", []values.ASN{carrier, 4294967295}, carrier, 4294967295},
		{"AS_TRANS where four octets are at hand", []values.ASN{carrier, 23456}, carrier, 23456},
		{"none", []values.ASN{carrier, victim}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFeed(10).know(0, Facts{Bogons: specialBogons()}).announce(7*hour, span(0, 6), block, tt.tail...)
			got := f.run(t, 8*hour)
			if tt.culprit == 0 {
				got.none(t)
				return
			}
			i := got.only(t, BogonASN)
			if i.ASN != tt.culprit || i.Evidence.BogonASN == nil || *i.Evidence.BogonASN != tt.bogon {
				t.Errorf("AS%d let %v out", i.ASN, i.Evidence.BogonASN)
			}
		})
	}
}

// TestASTransOnOldSessions: there it stands for a number that could not be written (RFC 6793), whoever is heard first.
func TestASTransOnOldSessions(t *testing.T) {
	old := newFeed(10)
	for i := range 10 {
		old.as2[i] = true
	}
	old.know(0, Facts{Bogons: specialBogons()}).announce(7*hour, span(0, 10), block, carrier, 196_700)
	old.run(t, 8*hour).none(t)

	// The same path on an old and a new session: only the new one could have written the number.
	for _, oldFirst := range []bool{true, false} {
		f := newFeed(12)
		f.as2[10] = true
		first, second := []int{10}, []int{11}
		if !oldFirst {
			first, second = second, first
		}
		f.peers[10], f.peers[11] = 5000, 5000
		f.set.MinVisibility = 1
		f.know(0, Facts{Bogons: specialBogons()})
		for n, peers := range [][]int{first, second} {
			f.path(7*hour+int64(n), peers[0], block, carrier, 23456)
		}
		i := f.run(t, 8*hour).only(t, BogonASN)
		if len(i.Peers) != 1 || i.Peers[0].IP != ip(11) {
			t.Errorf("old first %v: seen by %v", oldFirst, i.Peers)
		}
	}
}

func TestDefaultRoute(t *testing.T) {
	newFeed(10).know(0, Facts{Bogons: specialBogons(), VRPs: vrps("0.0.0.0/0 0 0")}).
		table("0.0.0.0/0", victim).announce(7*hour, span(0, 6), "0.0.0.0/0", attacker).
		announce(7*hour, span(0, 6), "::/0", attacker).run(t, 9*hour).none(t)
}

// TestBlackholes: a request to drop traffic is no incident of any kind, whoever makes it, and nor is a host route.
func TestBlackholes(t *testing.T) {
	everything := Facts{Bogons: specialBogons(), VRPs: vrps("20.1.0.0/16 24 33010", "2a00::/16 32 33010")}
	const rfc7999, provider = 0xffff029a, 3356<<16 | 666
	tests := []struct {
		name        string
		prefix      string
		communities []uint32
		tail        []values.ASN
	}{
		{"RFC 7999 on a host", "20.1.7.9/32", []uint32{rfc7999}, []values.ASN{attacker}},
		{"x:666 on a host", "20.1.7.9/32", []uint32{provider}, []values.ASN{attacker}},
		{"a host without a community", "20.1.7.9/32", nil, []values.ASN{attacker}},
		{"a /25", long, []uint32{rfc7999}, []values.ASN{attacker}},
		{"RFC 7999 on a /24", part, []uint32{rfc7999}, []values.ASN{attacker}},
		{"x:666 on a /24", part, []uint32{provider}, []values.ASN{attacker}},
		{"by the holder, longer than its ROA", "20.1.7.9/32", []uint32{rfc7999}, []values.ASN{victim}},
		{"by the holder's customer with a private number", "20.1.7.9/32", []uint32{rfc7999}, []values.ASN{victim, 64777}},
		{"a host of private space", "10.1.2.3/32", []uint32{rfc7999}, []values.ASN{attacker}},
		{"IPv6", "2a00:1::1/128", []uint32{rfc7999}, []values.ASN{attacker}},
		{"IPv6 without a community", "2a00:1::/64", nil, []values.ASN{attacker}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFeed(10).know(0, everything).table(block, victim).table("2a00:1::/32", victim)
			f.label(tt.communities...).announce(7*hour, span(0, 6), tt.prefix, tt.tail...)
			f.run(t, 9*hour).none(t)
		})
	}
}

// TestSessionReset: a session that goes down and comes back neither ends nor opens anything.
func TestSessionReset(t *testing.T) {
	hijack := func() *feed { return settled().announce(2*hour, span(0, 6), part, attacker) }
	t.Run("of some who see it", func(t *testing.T) {
		f := hijack().down(3*hour, span(0, 4)).up(3*hour+120, span(0, 4)).
			announce(3*hour+180, span(0, 4), part, attacker).announce(3*hour+180, span(0, 4), block, victim)
		if i := f.run(t, 5*hour).only(t, Hijack); i.End != nil {
			t.Errorf("it ended at %s", i.End)
		}
	})
	t.Run("of all, for nine minutes", func(t *testing.T) {
		f := hijack().down(3*hour, span(0, 10)).up(3*hour+540, span(0, 10)).
			announce(3*hour+600, span(0, 10), block, victim).announce(3*hour+600, span(0, 6), part, attacker)
		if i := f.run(t, 5*hour).only(t, Hijack); i.End != nil {
			t.Errorf("it ended at %s", i.End)
		}
	})
	t.Run("of those who do not see it", func(t *testing.T) {
		f := settled().announce(2*hour, span(0, 4), part, attacker).
			down(3*hour, span(4, 10)).up(3*hour+300, span(4, 10)).announce(3*hour+330, span(4, 10), block, victim)
		f.run(t, 5*hour).none(t)
	})
	t.Run("of all who had the old origin", func(t *testing.T) {
		f := settled().down(3*hour, span(0, 10)).up(3*hour+120, span(0, 10)).announce(3*hour+130, span(0, 10), block, victim)
		f.run(t, 5*hour).none(t)
	})
	t.Run("and it is not repeated", func(t *testing.T) {
		f := hijack().down(3*hour, span(0, 6)).up(3*hour+120, span(0, 6)).announce(3*hour+180, span(0, 6), block, victim)
		i := f.run(t, 5*hour).only(t, Hijack)
		if want := f.at(3*hour + 120 + routes.ResyncTime); i.End == nil || !i.End.Equal(want) {
			t.Errorf("ends at %v, want %s", i.End, want)
		}
	})
	t.Run("for good", func(t *testing.T) {
		f := hijack().down(3*hour, span(0, 3)).announce(4*hour, span(8, 9), block, victim)
		i := f.run(t, 5*hour).only(t, Hijack)
		if want := f.at(3*hour + routes.ResyncTime); i.End == nil || !i.End.Equal(want) {
			t.Errorf("ends at %v, want %s", i.End, want)
		}
	})
}

func TestAnachronismIsMarked(t *testing.T) {
	facts := Facts{VRPs: vrps("20.1.0.0/16 16 33010"), Bogons: specialBogons(), Anachronism: []string{"vrp", "bogons", "spoofer"},
		Registry: registry.NewBuilder().Build()}
	f := settled().know(0, facts).announce(2*hour, span(0, 6), part, attacker).announce(2*hour, span(0, 6), "10.0.0.0/16", third)
	for _, i := range f.run(t, 3*hour).incidents {
		want := map[Kind]string{Hijack: "[vrp]", RPKIInvalid: "[vrp]", BogonPrefix: "[bogons]"}[i.Kind]
		if got := fmt.Sprint(i.Anachronism); got != want {
			t.Errorf("%s is marked %s, want %s", i.Kind, got, want)
		}
	}
	for _, i := range settled().announce(2*hour, span(0, 6), part, attacker).run(t, 3*hour).incidents {
		if i.Anachronism != nil {
			t.Errorf("%s is marked %s", i.Kind, i.Anachronism)
		}
	}
}
