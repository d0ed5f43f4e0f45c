package grade

import (
	"strings"
	"testing"
	"time"

	"pahra/internal/world"
	"pahra/wire/values"
)

func TestFits(t *testing.T) {
	start := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	truth := world.Truth{Start: start, End: start.Add(4 * time.Hour), Networks: 100, Events: []world.Event{{ASN: 64500}, {ASN: 64501}, {ASN: 64500}}}
	for name, c := range map[string]struct {
		from, to time.Duration
		scores   string
		refused  string
	}{
		"the same":       {0, 4 * time.Hour, "{\"asn\":64500}\n{\"asn\":64501}\n", ""},
		"half of it":     {time.Hour, 2 * time.Hour, "{\"asn\":64500}\n{\"asn\":3}\n", ""},
		"another time":   {4 * time.Hour, 5 * time.Hour, "{\"asn\":64500}\n{\"asn\":64501}\n", "of another time"},
		"another world":  {0, 4 * time.Hour, "{\"asn\":3}\n", "of another world"},
		"nothing scored": {0, 4 * time.Hour, "", "of another world"},
	} {
		scored, err := ReadNetworks(strings.NewReader(c.scores))
		if err != nil {
			t.Fatal(err)
		}
		err = Fits(truth, Window{start.Add(c.from), start.Add(c.to)}, scored)
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v, want %q", name, err, c.refused)
		}
	}
	if err := Fits(world.Truth{Start: truth.Start, End: truth.End}, Window{truth.Start, truth.End}, map[values.ASN]bool{}); err != nil {
		t.Errorf("a world without events: %v", err)
	}
	for _, bad := range []string{"", "{}", `{"window":{"from":"2026-02-10T04:00:00Z","to":"2026-02-10T00:00:00Z"}}`} {
		if _, err := ReadWindow(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is a window", bad)
		}
	}
	if w, err := ReadWindow(strings.NewReader(`{"id":"x","window":{"from":"2026-02-10T00:00:00Z","to":"2026-02-10T04:00:00Z"}}`)); err != nil || !w.From.Equal(start) {
		t.Errorf("%v, %v", w, err)
	}
	if _, err := ReadNetworks(strings.NewReader("nonsense\n")); err == nil {
		t.Error("nonsense is a score")
	}
}
