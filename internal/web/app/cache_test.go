package app

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCacheAges: an answer is kept while it is fresh, shown and made anew beside for a while, and made anew before it is
// shown after that. One of another version is not fresh.
func TestCacheAges(t *testing.T) {
	start := time.Unix(1000, 0)
	now, made := start, 0
	c := newCache(1<<20, func() time.Time { return now })
	render := func() (*answer, error) {
		made++
		return &answer{plain: fmt.Append(nil, made)}, nil
	}
	for _, step := range []struct {
		after   time.Duration
		version string
		want    string
		renewed bool
	}{
		{0, "a", "1", false}, {keptFor - 1, "a", "1", false}, {keptFor, "a", "1", true}, {keptFor + 1, "a", "2", false},
		{keptFor + 2, "b", "2", true}, {keptFor + 2, "b", "3", false}, {keptFor + 2 + shownFor, "b", "4", false},
	} {
		now = start.Add(step.after)
		for range 2 { // whoever asks next gets the same, and it is made anew once
			if got, err := c.get(t.Context(), "k", step.version, render); err != nil || string(got.plain) != step.want {
				t.Fatalf("after %s: %s (%v), want %s", step.after, got.plain, err, step.want)
			}
		}
		if got := len(c.due); got > 1 || (got == 1) != step.renewed {
			t.Fatalf("after %s: %d are due", step.after, got)
		}
		if step.renewed {
			c.renew(<-c.due)
		}
	}
	if _, err := c.get(t.Context(), "bad", "a", func() (*answer, error) { return nil, errors.New("no") }); err == nil {
		t.Error("an error is kept back")
	}
	if len(c.made) != 0 {
		t.Errorf("%d are still being made", len(c.made))
	}
}

// TestCacheRenewal: what has been made meanwhile is not made again, and what cannot be made anew stays as long as it may be
// shown.
func TestCacheRenewal(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCache(1<<20, func() time.Time { return now })
	text, failure := "old", error(nil)
	render := func() (*answer, error) { return &answer{plain: []byte(text)}, failure }
	ask := func() string {
		got, err := c.get(t.Context(), "k", "a", render)
		if err != nil {
			return err.Error()
		}
		return string(got.plain)
	}
	ask()
	now = now.Add(keptFor)
	ask()
	now = now.Add(shownFor)
	if text = "new"; ask() != "new" {
		t.Error("what is too old to be shown is shown")
	}
	text = "newer"
	if c.renew(<-c.due); ask() != "new" {
		t.Error("it was made twice")
	}
	now, failure = now.Add(keptFor), errors.New("no")
	for range 2 {
		if got := ask(); got != "new" {
			t.Errorf("it says %q", got)
		}
		c.renew(<-c.due)
	}
	if now = now.Add(shownFor); ask() != "no" {
		t.Error("what is too old to be shown is shown")
	}
}

// TestCacheSize: whatever is asked for, no more is kept than may be, what is counted is what is there, and a long queue of
// what is due keeps nobody waiting.
func TestCacheSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		c := newCache(20000, func() time.Time { return now })
		c.due = make(chan due, 2)
		for range rapid.IntRange(0, 80).Draw(t, "asks") {
			key, size := rapid.StringMatching("[a-h]").Draw(t, "key"), rapid.IntRange(0, 4000).Draw(t, "size")
			_, err := c.get(t.Context(), key, "a", func() (*answer, error) { return &answer{plain: make([]byte, size)}, nil })
			if err != nil {
				t.Fatal(err)
			}
			if len(c.due) > 0 && rapid.Bool().Draw(t, "renew") {
				c.renew(<-c.due)
			}
			now = now.Add(4 * time.Second)
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
