package app

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCacheAges: an answer is kept while it is fresh, shown once more and then refreshed for a while, and made anew
// after that.
func TestCacheAges(t *testing.T) {
	c, made := newCache(1<<20), 0
	render := func() (*answer, error) {
		made++
		return &answer{plain: fmt.Append(nil, made)}, nil
	}
	start := time.Unix(1000, 0)
	for _, step := range []struct {
		after   time.Duration
		want    string
		refresh bool
	}{{0, "1", false}, {keptFor - 1, "1", false}, {keptFor, "1", true}, {keptFor + 1, "2", false}, {keptFor + 2*shownFor, "3", false}} {
		got, refresh, err := c.get(t.Context(), "k", start.Add(step.after), render)
		if err != nil || string(got.plain) != step.want || (refresh != nil) != step.refresh {
			t.Fatalf("after %s: %s, refresh %v (%v), want %+v", step.after, got.plain, refresh != nil, err, step)
		}
		if refresh != nil {
			if again, second, _ := c.get(t.Context(), "k", start.Add(step.after), render); second != nil || string(again.plain) != step.want {
				t.Fatal("two are told to refresh the same")
			}
			refresh()
		}
	}
	if _, _, err := c.get(t.Context(), "bad", start, func() (*answer, error) { return nil, errors.New("no") }); err == nil {
		t.Error("an error is kept back")
	}
	if len(c.made) != 0 {
		t.Errorf("%d are still being made", len(c.made))
	}
}

// TestCacheSize: whatever is asked for, no more is kept than may be, and what is counted is what is there.
func TestCacheSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCache(20000)
		for n := range rapid.IntRange(0, 80).Draw(t, "asks") {
			key, size := rapid.StringMatching("[a-h]").Draw(t, "key"), rapid.IntRange(0, 4000).Draw(t, "size")
			_, refresh, err := c.get(t.Context(), key, time.Unix(int64(n)*20, 0), func() (*answer, error) { return &answer{plain: make([]byte, size)}, nil })
			if err != nil {
				t.Fatal(err)
			}
			if refresh != nil {
				refresh()
			}
			sum := int64(0)
			for _, e := range c.known {
				sum += e.Value.(*entry).answer.size()
			}
			if sum != c.size || c.size > c.most || len(c.known) != c.order.Len() {
				t.Fatalf("%d bytes are counted, %d are there, in %d and %d", c.size, sum, len(c.known), c.order.Len())
			}
		}
	})
}

// TestTame: no cell begins a formula, and numbers stay numbers.
func TestTame(t *testing.T) {
	for cell, want := range map[string]string{"": "", "plain": "plain", "=1+1": "'=1+1", "-1.5": "-1.5", "+3": "+3", "-x": "'-x", "@a": "'@a", "\tx": "'\tx"} {
		if got := tame(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}
