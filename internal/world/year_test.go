package world_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pahra/internal/world"
	"pahra/wire/mrt"
)

// small is a year that is quickly made.
func small(seed uint64, until time.Time) world.YearParams {
	p := world.YearDefaults(seed, until)
	p.Start = time.Date(until.Year(), until.Month(), 1, 0, 0, 0, 0, time.UTC)
	p.Networks, p.Prefixes, p.Peers, p.Members, p.Chapterly, p.Chapter = 300, 600, 12, 12, 1, 12*time.Hour
	return p
}

func year(t *testing.T, p world.YearParams) *world.Year {
	t.Helper()
	y, err := world.NewYear(p)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func past(t *testing.T, p world.YearParams) folder {
	t.Helper()
	f := folder{}
	if err := year(t, p).WritePast(f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSamePastSameBytes(t *testing.T) {
	until := time.Date(2026, 3, 3, 7, 20, 0, 0, time.UTC)
	a, b := past(t, small(3, until)), past(t, small(3, until))
	if len(a) != len(b) {
		t.Fatalf("%d files and %d", len(a), len(b))
	}
	for path := range a {
		if !bytes.Equal(a[path], b[path]) {
			t.Errorf("%s differs", path)
		}
	}
	for _, name := range []string{"mrt/lantern/bview.20260301.0000.gz", "mrt/lantern/updates.20260303.0000.gz",
		"vrp/20260302T0000Z.json.gz", "irr/apnic/apnic.db.20260301T0000Z.gz", "neighbourhoods/lantern-coast.yaml"} {
		if a[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

// overheard gives what is heard until a moment, as text.
func overheard(t *testing.T, p *world.Present, until time.Time) (list []string, at []time.Time) {
	t.Helper()
	for {
		h, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !h.At.Before(until) {
			return list, at
		}
		if n := len(at); n > 0 && h.At.Before(at[n-1]) {
			t.Fatalf("%s after %s", h.At, at[n-1])
		}
		if _, err := mrt.NewReader(bytes.NewReader(h.Record), nil).Next(); err != nil {
			t.Fatalf("a record of %s: %v", h.Collector, err)
		}
		list, at = append(list, fmt.Sprintf("%s %s %x", h.Collector, h.At, h.Record)), append(at, h.At)
	}
}

// The present is a function of seed and time, never silent for long, and goes on from one chapter to the next.
func TestPresent(t *testing.T) {
	until := time.Date(2026, 3, 3, 7, 20, 0, 0, time.UTC)
	from := until.Add(17 * time.Second)
	present := func() *world.Present {
		params := small(3, until)
		params.Chapter = time.Hour
		p, err := year(t, params).Present(from, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, at := overheard(t, present(), from.Add(3*time.Hour))
	b, _ := overheard(t, present(), from.Add(3*time.Hour))
	if len(a) == 0 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Fatalf("the same present is heard in two ways, of %d and %d messages", len(a), len(b))
	}
	last := from
	for _, now := range append(at, from.Add(3*time.Hour)) {
		if now.Before(from) || now.Sub(last) > 55*time.Minute {
			t.Errorf("silence from %s to %s", last, now)
		}
		last = now
	}
}

// Who comes back hears first that what had happened when they left is over.
func TestPresentAfterAGap(t *testing.T) {
	until := time.Date(2026, 3, 3, 7, 0, 0, 0, time.UTC)
	y := year(t, small(3, until))
	left, from := until.Add(50*time.Minute), until.Add(30*time.Hour)
	p, err := y.Present(from, left)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := overheard(t, p, from.Add(30*time.Second))
	if len(list) < 12 {
		t.Errorf("%d messages at once after a gap", len(list))
	}
}

// Month by month more is signed, most of all by the members of the association.
func TestYearImproves(t *testing.T) {
	p := small(3, time.Date(2026, 3, 3, 7, 20, 0, 0, time.UTC))
	y := year(t, p)
	vrps := func(at time.Time) int {
		var out bytes.Buffer
		if err := y.VRPs(&out, at); err != nil {
			t.Fatal(err)
		}
		return bytes.Count(out.Bytes(), []byte(`"prefix"`))
	}
	if early, late := vrps(p.Start), vrps(p.Start.AddDate(0, 10, 0)); late < early*11/10 {
		t.Errorf("%d VRPs at first and %d later", early, late)
	}
}

func TestYearRefusesNonsense(t *testing.T) {
	until := time.Date(2026, 3, 3, 7, 20, 0, 0, time.UTC)
	for name, spoil := range map[string]func(*world.YearParams){
		"start":    func(p *world.YearParams) { p.Start = p.Start.AddDate(0, 0, 1) },
		"end":      func(p *world.YearParams) { p.Until = p.Start },
		"chapter":  func(p *world.YearParams) { p.Chapter = 7 * time.Hour },
		"members":  func(p *world.YearParams) { p.Members = p.Networks },
		"networks": func(p *world.YearParams) { p.Networks = 1 },
	} {
		p := small(1, until)
		if spoil(&p); p.Networks > 0 {
			if _, err := world.NewYear(p); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
}
