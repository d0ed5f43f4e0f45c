package alert

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/watch"
	"pahra/wire/values"
)

func TestMatch(t *testing.T) {
	a := Alert{Kind: "hijack", Severity: High, Confidence: 0.8, Network: 64500, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/25")},
		Parties: []Party{{64500, Announcer}, {64501, Accomplice}, {64502, Victim}}}
	members := func(name string, asn values.ASN) (bool, bool) { return asn == 64501, name == "association" }
	for name, c := range map[string]struct {
		s    Subscription
		want []Role
	}{
		"everything":            {Subscription{}, []Role{Onlooker}},
		"the victim":            {Subscription{Networks: []values.ASN{64502}}, []Role{Victim}},
		"two of them":           {Subscription{Networks: []values.ASN{64502, 64500}}, []Role{Announcer, Victim}},
		"another network":       {Subscription{Networks: []values.ASN{1}}, nil},
		"a neighbourhood":       {Subscription{Neighbourhoods: []string{"association"}}, []Role{Accomplice}},
		"one not known":         {Subscription{Neighbourhoods: []string{"unknown"}}, nil},
		"not known, and ours":   {Subscription{Neighbourhoods: []string{"unknown"}, Networks: []values.ASN{64500}}, []Role{Announcer}},
		"inside":                {Subscription{Prefixes: []PrefixChoice{{netip.MustParsePrefix("192.0.2.0/24"), Inside}}}, []Role{Victim}},
		"exact, but longer":     {Subscription{Prefixes: []PrefixChoice{{netip.MustParsePrefix("192.0.2.0/24"), Exact}}}, nil},
		"covering":              {Subscription{Prefixes: []PrefixChoice{{netip.MustParsePrefix("192.0.2.0/26"), Covering}}}, []Role{Victim}},
		"covering, but inside":  {Subscription{Prefixes: []PrefixChoice{{netip.MustParsePrefix("192.0.2.0/24"), Covering}}}, nil},
		"kind":                  {Subscription{Kinds: []Kind{"hijack"}}, []Role{Onlooker}},
		"another kind":          {Subscription{Kinds: []Kind{"leak"}}, nil},
		"confident enough":      {Subscription{MinConfidence: 0.8}, []Role{Onlooker}},
		"not confident enough":  {Subscription{MinConfidence: 0.81}, nil},
		"not severe enough":     {Subscription{MinSeverity: Critical}, nil},
		"role":                  {Subscription{Networks: []values.ASN{64502}, Roles: []Role{Victim}}, []Role{Victim}},
		"another role":          {Subscription{Networks: []values.ASN{64502}, Roles: []Role{Announcer}}, nil},
		"role among more roles": {Subscription{Networks: []values.ASN{64502, 64500}, Roles: []Role{Victim}}, []Role{Announcer, Victim}},
	} {
		got, ok := c.s.Match(&a, members)
		if ok != (c.want != nil) || cmp.Diff(c.want, got) != "" && ok {
			t.Errorf("%s: got %v, %t, want %v", name, got, ok, c.want)
		}
	}
	held := Alert{Kind: SourceHeld, Severity: High, Confidence: 1}
	if _, ok := (&Subscription{}).Match(&held, members); ok {
		t.Error("what is about a source went to one who is no administrator")
	}
	if _, ok := (&Subscription{Administrator: true, Networks: []values.ASN{1}}).Match(&held, members); !ok {
		t.Error("what is about a source did not go to an administrator")
	}
}

// A comparison of prefixes is the same as one of all their addresses.
func TestPrefixChoiceProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) netip.Prefix {
			p := netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, rapid.Byte().Draw(t, label)}), rapid.IntRange(24, 32).Draw(t, label+" bits"))
			return p.Masked()
		}
		c, p := draw("chosen"), draw("told")
		in, around := true, true
		for last := range 256 {
			addr := netip.AddrFrom4([4]byte{192, 0, 2, byte(last)})
			in = in && (!p.Contains(addr) || c.Contains(addr))
			around = around && (!c.Contains(addr) || p.Contains(addr))
		}
		for m, want := range map[PrefixMatch]bool{Exact: in && around, Inside: in, Covering: around, Touching: in || around} {
			if got := (PrefixChoice{c, m}).Matches(p); got != want {
				t.Errorf("%s %s %s: got %t", c, m, p, got)
			}
		}
	})
}

func TestSubscriptionCheck(t *testing.T) {
	good := Subscription{Name: "ours", Channels: []string{"c"}, Networks: []values.ASN{64500}, Prefixes: []PrefixChoice{{netip.MustParsePrefix("192.0.2.0/24"), Inside}},
		Kinds: Kinds(), Roles: []Role{Victim}, MinConfidence: 0.5, MinSeverity: Low, Digest: Daily, Quiet: &Quiet{1320, 360}, Zone: "Asia/Kolkata"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*Subscription){
		"a name":       func(s *Subscription) { s.Name = "" },
		"plain text":   func(s *Subscription) { s.Name = "a\nb" },
		"channels":     func(s *Subscription) { s.Channels = nil },
		"confidence":   func(s *Subscription) { s.MinConfidence = 1.1 },
		"severity":     func(s *Subscription) { s.MinSeverity = "dire" },
		"per_hour":     func(s *Subscription) { s.PerHour = -1 },
		"gather":       func(s *Subscription) { s.GatherSeconds = 4000 },
		"digest":       func(s *Subscription) { s.Digest = "weekly" },
		"digest_hour":  func(s *Subscription) { s.DigestHour = 24 },
		"quiet":        func(s *Subscription) { s.Quiet = &Quiet{5, 5} },
		"zone":         func(s *Subscription) { s.Zone = "Mars/Olympus" },
		"kind":         func(s *Subscription) { s.Kinds = []Kind{"x"} },
		"role":         func(s *Subscription) { s.Roles = []Role{"x"} },
		"host bits":    func(s *Subscription) { s.Prefixes = []PrefixChoice{{netip.MustParsePrefix("192.0.2.1/24"), Inside}} },
		"is not exact": func(s *Subscription) { s.Prefixes = []PrefixChoice{{netip.MustParsePrefix("192.0.2.0/24"), "near"}} },
	} {
		s := good
		spoil(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// Telling a history again from any point on brings no news until it goes beyond where it was.
func TestToldReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var history []Alert
		at := noon
		for range rapid.IntRange(1, 20).Draw(t, "length") {
			at = at.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "pause")) * time.Second)
			a := Alert{Subject: "x", Phase: Opened, Time: at, Confidence: rapid.Float64Range(0, 1).Draw(t, "confidence"), PrefixesTotal: rapid.IntRange(1, 300).Draw(t, "size")}
			if rapid.Bool().Draw(t, "ended") {
				a.Phase, a.Until = Ended, at
			}
			history = append(history, a)
		}
		var told Told
		n := 0
		for i := range history {
			if next, _, news := told.Next(&history[i], nil); news {
				told = next
				n++
			}
		}
		if n == 0 {
			t.Fatal("nothing was told")
		}
		for i := range history {
			if _, phase, news := told.Next(&history[i], nil); news && !history[i].Time.After(told.Time) {
				t.Fatalf("replaying brought %s news of %s, told up to %s", phase, history[i].Time, told.Time)
			}
		}
	})
}

// What was told is taken back once; who never heard of it is not told.
func TestToldTakenBack(t *testing.T) {
	i := hijack()
	end := noon.Add(time.Hour)
	i.End, i.Status = &end, watch.Ended
	ended := OfIncident(i, end, nil, "")
	i.Status = watch.Superseded
	back := OfIncident(i, end.Add(time.Hour), nil, "")
	if _, _, news := (Told{}).Next(&back, nil); news || !strings.HasPrefix(back.Title, "Taken back: ") {
		t.Errorf("news to one who never heard of it: %s", back.Title)
	}
	told, _, _ := Told{}.Next(&ended, nil)
	told, phase, news := told.Next(&back, nil)
	if !news || phase != Ended {
		t.Errorf("taken back after the end: %s, %t", phase, news)
	}
	if _, _, news := told.Next(&back, nil); news {
		t.Error("taken back twice")
	}
}

func TestToldPhases(t *testing.T) {
	var told Told
	step := func(a Alert, want Phase) {
		t.Helper()
		next, phase, news := told.Next(&a, []Role{Victim})
		if news {
			told = next
		}
		if phase != want || news != (want != "") {
			t.Errorf("%s at %s with confidence %.1f: got %q, want %q", a.Phase, a.Time.Format(time.TimeOnly), a.Confidence, phase, want)
		}
	}
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	step(Alert{Phase: Opened, Time: at(0), Confidence: 0.6, PrefixesTotal: 1}, Opened)
	step(Alert{Phase: Opened, Time: at(1), Confidence: 0.6, PrefixesTotal: 1}, "")
	step(Alert{Phase: Opened, Time: at(2), Confidence: 0.75, PrefixesTotal: 1}, Changed)
	step(Alert{Phase: Opened, Time: at(3), Confidence: 0.6, PrefixesTotal: 1}, "") // falls back
	step(Alert{Phase: Opened, Time: at(4), Confidence: 0.75, PrefixesTotal: 1}, "")
	step(Alert{Phase: Opened, Time: at(5), Confidence: 0.7, PrefixesTotal: 40}, Changed)
	step(Alert{Phase: Ended, Time: at(6), Until: at(6), Confidence: 0.7, PrefixesTotal: 40}, Ended)
	step(Alert{Phase: Ended, Time: at(7), Until: at(6), Confidence: 0.7, PrefixesTotal: 40}, "")
	step(Alert{Phase: Opened, Time: at(5), Confidence: 0.7, PrefixesTotal: 40}, "") // replayed
	step(Alert{Phase: Opened, Time: at(9), Confidence: 0.7, PrefixesTotal: 40}, Opened)
	step(Alert{Phase: Ended, Time: at(10), Until: at(10), Confidence: 0.7, PrefixesTotal: 40}, Ended)
}
