package service_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/service"
)

// TestRelationsChoices: a run rests on the relations that it was asked to rest on, says so, and comes out again.
func TestRelationsChoices(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(11))
	snapshots := make(map[string]bool)
	for _, choice := range []service.Relations{service.RelationsAll, service.RelationsListed, service.RelationsInferred} {
		r := newRig(t, data, truth.Start, truth.End)
		r.Relations = choice
		r.observe(t)
		s := r.snapshot(t)
		listed, inferred := false, false
		for _, u := range s.Used {
			if u.Kind == "relations" {
				listed, inferred = listed || !u.Inferred, inferred || u.Inferred
			}
			if u.Inferred && (!strings.HasPrefix(u.Path, "inferred from ") || u.From.Before(truth.Start.AddDate(0, 0, -1)) || !u.Time.Equal(u.From)) {
				t.Errorf("%s: %+v", choice, u)
			}
		}
		if s.Relations != choice || listed == (choice == service.RelationsInferred) || inferred == (choice == service.RelationsListed) {
			t.Errorf("%s: the snapshot says %s, with files %v, inferred %v", choice, s.Relations, listed, inferred)
		}
		if why := s.NoData["relations"]; why != "" {
			t.Errorf("%s: no relations: %s", choice, why)
		}
		if err := r.verify(t); err != nil {
			t.Errorf("%s: %v", choice, err)
		}
		done, err := service.OpenRun(r.Out)
		if err != nil {
			t.Fatal(err)
		}
		cone, err := done.Neighbourhood("cone:" + topOf(t, data))
		if err != nil {
			t.Fatal(err)
		}
		if cone.Members < 10 { // the world's true cone has some 20; not every link is on a path
			t.Errorf("%s: the cone of one on top has %d members", choice, cone.Members)
		}
		snapshots[s.ID] = true
	}
	if len(snapshots) != 3 {
		t.Error("the choice takes no part in the snapshot's identity")
	}
}

// topOf gives the network that the world's file of relations has the most customers of.
func topOf(t *testing.T, data string) (top string) {
	t.Helper()
	customers := make(map[string]int)
	for name, text := range tree(t, data) {
		if !strings.HasSuffix(name, ".as-rel.txt") {
			continue
		}
		for line := range strings.Lines(text) {
			if provider, _, _ := strings.Cut(line, "|"); strings.HasSuffix(line, "|-1\n") {
				customers[provider]++
			}
		}
	}
	for asn, n := range customers {
		if n > customers[top] || n == customers[top] && asn < top {
			top = asn
		}
	}
	return top
}

// TestRelationsBeforeLearning: where nothing was learned yet, there are none, and the reason says what they wait for.
func TestRelationsBeforeLearning(t *testing.T) {
	made, truth := madeWorld(t, smallWorld(11))
	files := tree(t, made)
	for name := range files { // without a table there are hours of warm-up
		if strings.Contains(name, "rib.") || strings.Contains(name, "bview.") || strings.HasPrefix(name, "relations/") {
			delete(files, name)
		}
	}
	r := newRig(t, copyTree(t, files, namesOf(files)), truth.Start, truth.End)
	r.Settings.WarmUp = truth.End.Sub(truth.Start) * 100
	r.observe(t)
	s := r.snapshot(t)
	if why := s.NoData["relations"]; !strings.Contains(why, "none are inferred until") || slices.ContainsFunc(s.Used, func(u service.Used) bool { return u.Inferred }) {
		t.Errorf("no data: %q, used %v", why, s.Used)
	}
}

// TestRelationsAgain: a run of more than a day infers a second time, and the second stands.
func TestRelationsAgain(t *testing.T) {
	p := smallWorld(12)
	p.Window, p.Churn, p.Quiet = 26*time.Hour, 40, true
	data, truth := madeWorld(t, p)
	r := newRig(t, data, truth.Start, truth.End)
	r.Relations = service.RelationsInferred
	r.observe(t)
	var from []time.Time
	for _, u := range r.snapshot(t).Used {
		if u.Inferred {
			from = append(from, u.From)
		}
	}
	if len(from) != 2 || from[1].Sub(from[0]) < 24*time.Hour || from[1].Sub(from[0]) > 25*time.Hour {
		t.Errorf("inferred at %v", from)
	}
	if err := r.verify(t); err != nil {
		t.Error(err)
	}
}

func TestRelationsWrongUse(t *testing.T) {
	r := newRig(t, t.TempDir(), time.Unix(0, 0), time.Unix(60, 0))
	r.Relations = "guessed"
	_, err := service.Observe(t.Context(), r.Options)
	if wrong := (*service.WrongUse)(nil); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "guessed") {
		t.Error(err)
	}
}
