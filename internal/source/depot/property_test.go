package depot

import (
	"errors"
	"log/slog"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/source"
)

// model is the guard in the obvious way: one series, what was last accepted, and what is held.
type model struct {
	last map[string]int // nil before the first
	held map[string]int // nil where nothing is
	id   string
}

// suspicious tells in fractions whether any part lost more than 5 %.
func suspicious(before, now map[string]int) bool {
	for part, had := range before {
		if had == 0 {
			continue
		}
		left := big.NewRat(int64(now[part]), int64(had))
		if left.Cmp(big.NewRat(95, 100)) < 0 {
			return true
		}
	}
	return false
}

// Whatever is put, released and discarded, over whatever restarts, the guard does as the model does.
func TestGuardProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "depot")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		clk := &clock{start}
		open := func() *Depot {
			d, err := Open(dir, Config{KeepAll: 3 * time.Minute, KeepDaily: time.Second}, clk.now, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := open()
		defer func() { d.Close() }()
		models := map[string]*model{"one": {}, "two": {}}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				clk.at = clk.at.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "seconds")) * time.Second)
				name := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "source")
				putModelled(t, d, models[name], name, clk.at)
			},
			"release": func(t *rapid.T) {
				name := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "source")
				m := models[name]
				if m.held == nil {
					t.Skip("nothing is held")
				}
				if err := d.Release(m.id); err != nil {
					t.Fatal(err)
				}
				m.last, m.held = m.held, nil
			},
			"discard": func(t *rapid.T) {
				name := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "source")
				m := models[name]
				if m.held == nil {
					t.Skip("nothing is held")
				}
				if err := d.Discard(m.id); err != nil {
					t.Fatal(err)
				}
				m.held = nil
			},
			"restart": func(*rapid.T) {
				d.Close()
				d = open()
			},
			"": func(t *rapid.T) { compareWithModel(t, d, models) },
		})
	})
}

func putModelled(t *rapid.T, d *Depot, m *model, name string, at time.Time) {
	counts := map[string]int{}
	for _, part := range []string{"a", "b"} {
		n := rapid.SampledFrom([]int{0, 1, 19, 20, 94, 95, 99, 100, 101, 1900, 2000}).Draw(t, part)
		if had, ok := m.last[part]; ok && rapid.Bool().Draw(t, "near") {
			n = had - had/20 + rapid.IntRange(-1, 1).Draw(t, "off")
		}
		counts[part] = max(n, 0)
	}
	f := source.Fact{Source: name, Kind: "vrp", Format: "json", Time: at, Counts: counts, Write: content("x")}
	err := d.Put(t.Context(), f)
	var held *source.HeldError
	switch want := m.last != nil && suspicious(m.last, counts); {
	case want != errors.As(err, &held) || !want && err != nil:
		t.Fatalf("%v after %v: %v", counts, m.last, err)
	case want:
		m.held = counts
		for _, h := range d.Held() {
			if h.Source == name {
				m.id = h.ID
			}
		}
	default:
		m.last, m.held = counts, nil
	}
}

func compareWithModel(t *rapid.T, d *Depot, models map[string]*model) {
	for name, m := range models {
		var held map[string]int
		for _, h := range d.Held() {
			if h.Source == name {
				held = h.Counts
			}
		}
		k, _ := d.last(source.Fact{Source: name, Kind: "vrp"})
		if diff := cmp.Diff(m.held, held); diff != "" {
			t.Fatalf("held of %s: %s", name, diff)
		}
		if diff := cmp.Diff(m.last, k.Counts); diff != "" {
			t.Fatalf("last of %s: %s", name, diff)
		}
		if (d.Alarm(name) != "") != (m.held != nil) {
			t.Fatalf("alarm of %s: %q", name, d.Alarm(name))
		}
	}
}
