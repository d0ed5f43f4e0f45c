package alert

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

var update = flag.Bool("update", false, "write the golden files")

func hijack() watch.Incident {
	victim, yes := values.ASN(64502), true
	start := noon.Add(-2 * time.Minute)
	peer := watch.PeerSeen{Collector: "rrc00", ASN: 64600, IP: netip.MustParseAddr("192.0.2.254")}
	return watch.Incident{
		ID: "0123456789abcdef", Kind: watch.Hijack, ASN: 64500, Victim: &victim, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Accomplices: []watch.Accomplice{{ASN: 64501, CustomerEdge: &yes, Weight: 1}}, Start: start, Status: watch.Open,
		Peers:       []watch.PeerSeen{peer, {Collector: "rrc00", ASN: 64601}, {Collector: "route-views2", ASN: 64600}, {Collector: "route-views2", ASN: 64602}},
		Attribution: watch.Supported, Confidence: 0.86,
		Evidence: watch.Evidence{
			UpdatesTotal: 12, Updates: []watch.Update{{Time: start, Collector: "rrc00", PeerASN: 64600, Prefix: netip.MustParsePrefix("192.0.2.0/24"), Path: []values.ASN{64600, 64501, 64500}}},
			Baseline:   []watch.BaselineOrigin{{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Origin: victim, Since: noon.AddDate(0, -1, 0), Peers: 40}},
			Objects:    []watch.Object{{Kind: "irr", ID: "route 192.0.2.0/24 AS64502 APNIC", Says: "names AS64502"}},
			Exclusions: []watch.Tried{{Name: "same-organisation", Result: watch.Fails}, {Name: "roa-valid", Result: watch.NoData}},
			Victims:    []values.ASN{victim},
		},
	}
}

func known() map[values.ASN]programme.Network {
	noc := []programme.ContactPresent{{Role: "noc", Source: "peeringdb", Mail: true}}
	return map[values.ASN]programme.Network{
		64500: {ASN: 64500, Holder: "Careless\u202e Networks\r\nBcc: all@example.net", Contacts: noc},
		64501: {ASN: 64501, Holder: "Transit One", Contacts: noc},
		64502: {ASN: 64502, Holder: "Careful Networks"},
	}
}

// The words of a message, from each side; go test ./internal/alert -run Words -update writes them anew.
func TestWords(t *testing.T) {
	over := hijack()
	end := noon.Add(5 * time.Minute)
	over.End, over.Status = &end, watch.Ended
	doubtful := hijack()
	doubtful.Attribution, doubtful.Confidence = watch.PossiblyForged, 0.4
	var leaks []Item
	for i := range 24 {
		it := itemAt(i, 64500, Medium, noon)
		it.What, it.How = "It leaked.", []string{"seen"}
		leaks = append(leaks, it)
	}
	one := func(i watch.Incident, r Role) Planned {
		a := OfIncident(i, noon, known(), "https://pahra.example.net/incident/"+i.ID)
		return planned(group{items: []Item{{Alert: a, Roles: []Role{r}, Queued: noon}}})
	}
	_, lost := Check(firstOf(Check(Memory{}, facts{vrps: nil, objects: nil, peers: map[netip.Prefix]int{p24: 90, six: 90}, up: 100}.at(noon))), facts{peers: map[netip.Prefix]int{p24: 4, six: 30}, up: 100}.at(noon.Add(time.Hour)))
	for name, p := range map[string]Planned{
		"hijack-victim":     one(hijack(), Victim),
		"hijack-announcer":  one(hijack(), Announcer),
		"hijack-accomplice": one(hijack(), Accomplice),
		"hijack-onlooker":   one(hijack(), Onlooker),
		"hijack-ended":      one(over, Victim),
		"hijack-doubtful":   one(doubtful, Announcer),
		"many":              planned(group{items: leaks}),
		"visibility":        planned(group{items: []Item{{Alert: lost[0], Roles: []Role{Owner}, Queued: noon}}}),
	} {
		s := Subscription{ID: "s1", Name: "our networks"}
		m := s.Write(p, noon, "https://pahra.example.net/alerts/s1")
		checkHarmless(t, m)
		got := "Subject: " + m.Subject + "\n\n" + m.Text
		path := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s:\n%s", name, path, got)
		}
	}
}

func firstOf(m Memory, _ []Alert) Memory { return m }

// checkHarmless holds that a message is lines of plain text and its subject one line.
func checkHarmless(t *testing.T, m Message) {
	t.Helper()
	bad := func(r rune) bool { return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
	if strings.ContainsFunc(m.Text, bad) || strings.ContainsFunc(m.Subject, bad) || strings.Contains(m.Subject, "\n") || !utf8.ValidString(m.Text) {
		t.Errorf("foreign text got through: %q %q", m.Subject, m.Text)
	}
}

func FuzzHarmless(f *testing.F) {
	f.Add("plain")
	f.Add("a\x00b\r\nBcc: x\u202eevil\u2028\xff")
	f.Add(strings.Repeat("é", 500))
	f.Fuzz(func(t *testing.T, text string) {
		got := Harmless(text)
		if utf8.RuneCountInString(got) > maxForeign || !utf8.ValidString(got) || Harmless(got) != got {
			t.Errorf("%q became %q", text, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}

func TestSeverity(t *testing.T) {
	i := hijack()
	if got := SeverityOf(i); got != Critical {
		t.Errorf("a hijack that is sure: %s", got)
	}
	i.Attribution = watch.SinglePath
	if got := SeverityOf(i); got != High {
		t.Errorf("a hijack by one path: %s", got)
	}
	i.Kind, i.Evidence.Administrative = watch.BogonPrefix, true
	if got := SeverityOf(i); got != Info {
		t.Errorf("an administrative bogon: %s", got)
	}
	a, b := OfIncident(hijack(), noon, known(), ""), OfIncident(hijack(), noon, known(), "")
	if a.ID != b.ID || a.ID == OfIncident(hijack(), noon.Add(time.Second), known(), "").ID {
		t.Error("the id is not that of the cause")
	}
}
