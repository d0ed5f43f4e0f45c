package alert

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/wire/values"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// itemAt makes a waiting alert.
func itemAt(n int, asn values.ASN, s Severity, queued time.Time) Item {
	a := Alert{ID: fmt.Sprintf("alert-%04d", n), Subject: fmt.Sprintf("incident %d", n), Kind: "hijack", Phase: Opened, Time: queued, Since: queued,
		Severity: s, Network: asn, Incident: fmt.Sprint(n), Title: fmt.Sprintf("matter %d", n)}
	return Item{Alert: a, Roles: []Role{Victim}, Queued: queued}
}

// Whatever comes and whenever one looks: never more messages in sixty minutes than the limit, none before it is due by
// the quiet hours, and in the end every item was in exactly one message, told, overtaken or counted.
func TestPlanProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Subscription{ID: "s", Name: "n", PerHour: rapid.IntRange(1, 8).Draw(t, "limit"), GatherSeconds: rapid.IntRange(-1, 90).Draw(t, "gather"),
			Digest: rapid.SampledFrom([]Digest{NoDigest, NoDigest, Hourly, Daily}).Draw(t, "digest"), DigestHour: rapid.IntRange(0, 23).Draw(t, "hour"),
			Zone: rapid.SampledFrom([]string{"", "Asia/Kolkata", "America/New_York"}).Draw(t, "zone")}
		if rapid.Bool().Draw(t, "has quiet") {
			s.Quiet = &Quiet{rapid.IntRange(0, 719).Draw(t, "from"), rapid.IntRange(720, 1439).Draw(t, "to")}
		}
		var waiting []Item
		var sent []time.Time
		told, counted, total := map[string]int{}, 0, 0
		now := noon
		look := func() time.Time {
			due, next := s.Plan(waiting, sent, now)
			for _, p := range due {
				sent = append(sent, now)
				more := 0
				for _, n := range p.Omitted {
					more += n
				}
				if len(p.Tell)+more+p.Earlier != len(p.Items) {
					t.Fatalf("message takes %d items and tells %d, counts %d and %d", len(p.Items), len(p.Tell), more, p.Earlier)
				}
				counted += more + p.Earlier
				for _, id := range p.Items {
					told[id]++
				}
				waiting = slices.DeleteFunc(waiting, func(it Item) bool { return slices.Contains(p.Items, it.ID) })
			}
			recent := 0
			for _, at := range sent {
				if at.After(now.Add(-time.Hour)) {
					recent++
				}
			}
			if recent > s.PerHour {
				t.Fatalf("%d messages in an hour, limit %d", recent, s.PerHour)
			}
			if len(waiting) > 0 && !next.After(now) {
				t.Fatalf("%d items wait and the next look is at %s, now is %s", len(waiting), next, now)
			}
			return next
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "pause")) * time.Second)
			for range rapid.IntRange(0, 12).Draw(t, "burst") {
				it := itemAt(total, values.ASN(64500+rapid.IntRange(0, 5).Draw(t, "asn")), rapid.SampledFrom([]Severity{Low, High, Critical}).Draw(t, "severity"), now)
				if rapid.Bool().Draw(t, "again") {
					it.Subject = "incident again " + it.Network.String()
				}
				total++
				waiting = append(waiting, it)
			}
			look()
		}
		for range 10_000 {
			next := look()
			if len(waiting) == 0 {
				break
			}
			now = next
		}
		if len(waiting) > 0 || len(told) != total {
			t.Fatalf("of %d items %d were told and %d still wait", total, len(told), len(waiting))
		}
		for id, n := range told {
			if n != 1 {
				t.Fatalf("%s is in %d messages", id, n)
			}
		}
	})
}

func TestPlanGroups(t *testing.T) {
	s := Subscription{ID: "s", Name: "n", PerHour: 4}
	var burst []Item
	for i := range 30 {
		burst = append(burst, itemAt(i, 64500, High, noon))
	}
	if due, next := s.Plan(burst, nil, noon); len(due) != 0 || !next.Equal(noon.Add(DefaultGather)) {
		t.Errorf("before the burst was gathered: %d messages, next %s", len(due), next)
	}
	due, _ := s.Plan(burst, nil, noon.Add(DefaultGather))
	if len(due) != 1 || len(due[0].Tell) != MaxTold || due[0].Omitted["hijack"] != 10 || len(due[0].Items) != 30 {
		t.Fatalf("a burst of one network came as %d messages: %+v", len(due), due)
	}
	if again, _ := s.Plan(burst, nil, noon.Add(time.Minute)); again[0].ID("s") != due[0].ID("s") {
		t.Error("the same items made another message")
	}

	// Six networks, room for four of which one is kept for what is critical: two messages and one of all the rest.
	var many []Item
	for i := range 6 {
		many = append(many, itemAt(i, values.ASN(64500+i), High, noon))
	}
	due, next := s.Plan(many, nil, noon.Add(time.Minute))
	if len(due) != 3 || !due[2].Combined || len(due[2].Tell) != 4 {
		t.Errorf("got %d messages, next %s: %+v", len(due), next, due)
	}
	used := []time.Time{noon, noon, noon}
	if due, next := s.Plan(many, used, noon.Add(time.Minute)); len(due) != 0 || !next.Equal(noon.Add(time.Hour)) {
		t.Errorf("without room: %d messages, next %s", len(due), next)
	}
	many[5].Severity = Critical
	if due, _ := s.Plan(many, used, noon.Add(time.Minute)); len(due) != 1 || due[0].Tell[0].ID != many[5].ID {
		t.Errorf("the room kept for what is critical was not used: %+v", due)
	}
}

func TestPlanTimes(t *testing.T) {
	night := Subscription{ID: "s", Name: "n", Zone: "Asia/Kolkata", Quiet: &Quiet{22 * 60, 6 * 60}, GatherSeconds: -1}
	late := time.Date(2026, 3, 4, 18, 0, 0, 0, time.UTC)    // 23:30 in Kolkata
	morning := time.Date(2026, 3, 5, 0, 30, 0, 0, time.UTC) // 06:00 there
	if due, next := night.Plan([]Item{itemAt(1, 1, High, late)}, nil, late); len(due) != 0 || !next.Equal(morning) {
		t.Errorf("in quiet hours: %d messages, next %s, want %s", len(due), next, morning)
	}
	if due, _ := night.Plan([]Item{itemAt(1, 1, Critical, late)}, nil, late); len(due) != 1 {
		t.Error("a critical alert waited for the end of the quiet hours")
	}
	daily := Subscription{ID: "s", Name: "n", Zone: "Asia/Kolkata", Digest: Daily, DigestHour: 9}
	if _, next := daily.Plan([]Item{itemAt(1, 1, Critical, late)}, nil, late); !next.Equal(time.Date(2026, 3, 5, 3, 30, 0, 0, time.UTC)) {
		t.Errorf("the daily digest is due at %s", next)
	}
	hourly := Subscription{ID: "s", Name: "n", Digest: Hourly}
	if _, next := hourly.Plan([]Item{itemAt(1, 1, Low, late.Add(time.Minute))}, nil, late.Add(time.Minute)); !next.Equal(late.Add(time.Hour)) {
		t.Errorf("the hourly digest is due at %s", next)
	}
}

// Of a matter that opened, changed and ended before anything was sent, one stand is told.
func TestPlanOvertakes(t *testing.T) {
	s := Subscription{ID: "s", Name: "n", GatherSeconds: -1}
	a, b, c := itemAt(1, 1, High, noon), itemAt(2, 1, High, noon), itemAt(3, 1, High, noon)
	b.Subject, c.Subject = a.Subject, a.Subject
	b.Phase, b.Time = Changed, noon.Add(time.Second)
	c.Phase, c.Time = Ended, noon.Add(time.Second)
	due, _ := s.Plan([]Item{b, a}, nil, noon)
	if len(due) != 1 || len(due[0].Tell) != 1 || due[0].Tell[0].ID != b.ID || due[0].Tell[0].Phase != Opened || due[0].Earlier != 1 {
		t.Errorf("opened and changed: %+v", due)
	}
	due, _ = s.Plan([]Item{c, b, a}, nil, noon)
	if due[0].Tell[0].ID != c.ID || due[0].Tell[0].Phase != Ended || due[0].Earlier != 2 {
		t.Errorf("opened, changed and ended: %+v", due)
	}
}
