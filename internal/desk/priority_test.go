package desk

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestPriority has the example of docs/formulas.md, and the ends of the scale.
func TestPriority(t *testing.T) {
	s, err := LoadSeverities()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		w    Weight
		want int
	}{
		{"the example: 35 × 1 × 1.5 × 1.25 × 1.2", Weight{"malicious-code/infected-system", "", 100, 7 * day, 1}, 79},
		{"of a hospital: 110", Weight{"malicious-code/infected-system", "high", 100, 7 * day, 1}, 100},
		{"the same, new and small", Weight{"malicious-code/infected-system", "high", 1, 0, 0}, 49},
		{"and of a party of which nothing is known", Weight{"malicious-code/infected-system", "", 1, 0, 0}, 35},
		{"an amplifier for a week: 20 × 1 × 1.25 × 1.25 × 1", Weight{"vulnerable/ddos-amplifier", "", 10, 7 * day, 0}, 31},
		{"a test", Weight{"test/test", "critical", 10_000, 100 * day, 9}, 0},
		{"a class that is not known", Weight{Class: "new/new"}, 15},
		{"nothing seen, in the future", Weight{Class: "fraud/phishing", Addresses: 0, Age: -day}, 40},
	} {
		if got := s.Priority(test.w); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // more of anything is never less
		a := Weight{"fraud/phishing", "", rapid.Int64Range(0, 1e6).Draw(t, "addresses"), time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours")) * time.Hour, rapid.IntRange(0, 5).Draw(t, "reopened")}
		b := a
		b.Addresses, b.Age, b.Reopened = a.Addresses*2, a.Age+time.Hour, a.Reopened+1
		if s.Priority(b) < s.Priority(a) || s.Priority(b) > 100 {
			t.Fatalf("%+v: %d; %+v: %d", a, s.Priority(a), b, s.Priority(b))
		}
	})
}
