package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/store"
	"pahra/internal/watch"
)

func pages(t *testing.T, s *store.Store) {
	ctx, list := context.Background(), Incidents(6, 50)
	for n := range list {
		list[n].Start = noon().Add(time.Duration(n/5) * time.Second) // several at once
	}
	save(t, s, noon(), list...)
	var seen []string
	f := store.IncidentFilter{Limit: 7}
	for {
		page, err := s.IncidentSummaries(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			seen = append(seen, i.ID)
		}
		if f.Cursor = page.Next; page.Next == "" {
			break
		}
		newer := Incidents(uint64(100+len(seen)), 1)[0] // one that comes between two pages
		newer.Start = noon().Add(time.Hour)
		save(t, s, noon(), newer)
	}
	slices.Sort(seen)
	if len(seen) != 50 || len(slices.Compact(seen)) != 50 {
		t.Errorf("%d rows over all pages, want the 50 that were there", len(seen))
	}
	for _, bad := range []string{"x", "bm9uZQ", "eyJ0IjoxfQ"} {
		if _, err := s.Incidents(ctx, store.IncidentFilter{Cursor: bad}); !errors.Is(err, store.ErrCursor) {
			t.Errorf("cursor %q gives %v", bad, err)
		}
	}
}

func batchIsWhole(t *testing.T, s *store.Store) {
	ctx, list := context.Background(), Incidents(7, 3)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.SaveIncidents(ended, noon(), list); err == nil {
		t.Error("a batch whose context has ended was stored")
	}
	list[2].Confidence = 0.7
	saved := save(t, s, noon(), append(list, list[2])...)
	if len(saved.New) != 3 || saved.Same != 1 {
		t.Errorf("one of three twice: %+v", saved)
	}
	if saved := save(t, s, noon(), watch.Incident{}); saved.Ignored != 1 {
		t.Errorf("an incident without id: %+v", saved)
	}
}

func counts(t *testing.T, s *store.Store) {
	list := Incidents(8, 200)
	save(t, s, noon(), list...)
	since := noon().Add(48 * time.Hour)
	want := map[watch.Kind]store.KindCount{}
	for _, i := range list {
		if i.Start.Before(since) {
			continue
		}
		c := want[i.Kind]
		c.Kind, c.All = i.Kind, c.All+1
		if i.Status == watch.Open {
			c.Open++
		}
		want[i.Kind] = c
	}
	got, err := s.IncidentCounts(context.Background(), since)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v; want %v", got, err, want)
	}
	for _, c := range got {
		if want[c.Kind] != c {
			t.Errorf("%+v, want %+v", c, want[c.Kind])
		}
	}
}

// manyAtOnce has readers beside writers that each change their own incident and one that all share.
func manyAtOnce(t *testing.T, s *store.Store) {
	ctx, shared := context.Background(), Incidents(9, 1)[0]
	const writers, rounds = 4, 10
	failed := make(chan error, 2*writers)
	for w := range writers {
		go func() {
			own := Incidents(uint64(200+w), rounds)
			for n := range rounds {
				mine := shared
				mine.Confidence = float64(w*rounds+n) / 100
				if _, err := s.SaveIncidents(ctx, noon(), []watch.Incident{own[n], mine}); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
		go func() {
			for range rounds {
				if _, err := s.IncidentSummaries(ctx, store.IncidentFilter{}); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	for range 2 * writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	page, err := s.IncidentSummaries(ctx, store.IncidentFilter{Limit: 1000})
	if err != nil || len(page.Items) != writers*rounds+1 {
		t.Errorf("%d incidents, %v; want %d", len(page.Items), err, writers*rounds+1)
	}
	versions, err := s.IncidentVersions(ctx, shared.ID)
	if err != nil || len(versions) != writers*rounds {
		t.Errorf("%d versions, %v; want %d", len(versions), err, writers*rounds)
	}
}

func reopened(t *testing.T, url string) {
	ctx, i := context.Background(), Incidents(10, 1)[0]
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, noon(), i)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Open(t, url).Incident(ctx, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(i, got.Incident, same()); diff != "" {
		t.Error(diff)
	}
}

func readOnly(t *testing.T, url string) {
	ctx := context.Background()
	if s, err := store.Open(ctx, url, store.ReadOnly()); err == nil {
		s.Close()
		t.Error("a store that is not there was opened to read")
	}
	writer := Open(t, url)
	save(t, writer, noon(), Incidents(11, 5)...)
	reader := Open(t, url, store.ReadOnly())
	if err := reader.Ping(ctx); err != nil {
		t.Error(err)
	}
	page, err := reader.Incidents(ctx, store.IncidentFilter{})
	if err != nil || len(page.Items) != 5 {
		t.Errorf("%d incidents, %v; want 5", len(page.Items), err)
	}
	if _, err := reader.SaveIncidents(ctx, noon(), Incidents(12, 1)); err == nil {
		t.Error("a store opened to read was written")
	}
	save(t, writer, noon(), Incidents(13, 1)...)
	if page, err = reader.Incidents(ctx, store.IncidentFilter{}); err != nil || len(page.Items) != 6 {
		t.Errorf("%d incidents after one more, %v; want 6", len(page.Items), err)
	}
}

func values(t *testing.T, s *store.Store) {
	ctx := context.Background()
	if _, err := s.Get(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a value that is not there gives %v", err)
	}
	for n, want := range []string{"one", "", "\x00three"} {
		if err := s.Put(ctx, noon(), "a", []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, "a"); err != nil || string(got) != want {
			t.Errorf("%d: %q, %v; want %q", n, got, err, want)
		}
	}
	if err := errors.Join(s.Put(ctx, noon(), "b", nil), s.Delete(ctx, "a"), s.Delete(ctx, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a value that was dropped gives %v", err)
	}
	if got, err := s.Get(ctx, "b"); err != nil || len(got) != 0 {
		t.Error(fmt.Sprint(got, err))
	}
}
