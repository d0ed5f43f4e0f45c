package service

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/publication"
	signed "pahra/internal/source/overrides"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world"
	"pahra/wire/values"
)

// scoresIn gives a run's scores as the store keeps them, by network.
func scoresIn(t *testing.T, dir string) map[values.ASN]store.NetworkMonth {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, scoresFile))
	if err != nil {
		t.Fatal(err)
	}
	pub := &run{profile: &norms.Profile{ID: "p"}}
	for line := range strings.Lines(string(text)) {
		var s norms.Score
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		pub.scores = append(pub.scores, s)
	}
	out := make(map[values.ASN]store.NetworkMonth)
	for _, row := range networkMonths(pub) {
		out[row.ASN] = row
	}
	return out
}

// TestPastMonthsAreCorrected: a decision on an incident of a month that is over changes the store's figures to those of
// a run made anew with it, keeps the old ones, and is looked at once.
func TestPastMonthsAreCorrected(t *testing.T) {
	ctx, state := context.Background(), t.TempDir()
	data := filepath.Join(state, dataDir)
	p := world.Defaults(4)
	p.Networks, p.Prefixes = 150, 400
	if _, err := world.Write(testdata.Folder(data), p); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	opt := Options{Data: data, Out: filepath.Join(state, runsDir, from.Add(5*time.Hour).Format(runName)), From: from, To: from.Add(5 * time.Hour),
		Settings: watch.Defaults(), Limits: authority.DefaultLimits()}
	if err := os.MkdirAll(filepath.Dir(opt.Out), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Observe(ctx, opt); err != nil {
		t.Fatal(err)
	}
	before := scoresIn(t, opt.Out)
	run, err := OpenRun(opt.Out)
	if err != nil {
		t.Fatal(err)
	}
	list, err := run.readIncidents(opt.To, false, func(i *watch.Incident) bool {
		penalties, _ := run.profile.Penalties(normsIncident(*i, opt.To))
		return len(penalties) > 0 && penalties[0].ASN == i.ASN
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%d incidents that cost something, %v", len(list), err)
	}
	s := storetest.Open(t, storetest.SQLite(t))
	seen, changed := make(map[values.ASN]bool), 0
	for n, inc := range list {
		if seen[inc.ASN] || len(seen) == 5 {
			continue
		}
		seen[inc.ASN] = true
		if correctOne(t, s, state, opt, before, inc, n) {
			changed++
		}
	}
	if changed == 0 {
		t.Error("no decision changed anything")
	}
}

// correctOne takes one incident back, and says whether that changed a figure.
func correctOne(t *testing.T, s *store.Store, state string, opt Options, before map[values.ASN]store.NetworkMonth, inc watch.Incident, n int) (changed bool) {
	t.Helper()
	ctx, now, march := context.Background(), opt.To, values.MonthOf(time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC))
	if err := s.SaveMonth(ctx, now, []store.NetworkMonth{before[inc.ASN]}, ""); err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	o, err := publication.Override{ASN: inc.ASN, Decided: now, Ground: publication.Withdrawn, Incident: inc.ID, Kind: inc.Kind, Reason: "r"}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(data, os.DirFS(opt.Data)); err != nil {
		t.Fatal(err)
	}
	dir, err := signed.Open(data, key)
	if err == nil {
		err = dir.Put(ctx, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	again := opt
	again.Data, again.Out = data, filepath.Join(t.TempDir(), "again")
	if _, err := Observe(ctx, again); err != nil {
		t.Fatal(err)
	}
	hash, err := o.Hash()
	if err != nil {
		t.Fatal(err)
	}
	taken := overrides{hash: o}
	for range 2 {
		if err := correctMonths(ctx, s, state, taken, march, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	history, err := s.NetworkHistory(ctx, inc.ASN)
	if err != nil || len(history) != 1 {
		t.Fatalf("%d months, %v", len(history), err)
	}
	want := scoresIn(t, again.Out)[inc.ASN]
	if diff := cmp.Diff(want.Measures, history[0].Measures, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("incident %d, %s: a run made anew and the correction differ:\n%s", n, inc.Kind, diff)
	}
	if cmp.Equal(before[inc.ASN].Measures, history[0].Measures) { // another incident of that time weighs as much
		return false
	}
	past, err := s.NetworkPast(ctx, inc.ASN)
	if err != nil || len(past) != 1 || past[0].Correction != hash || !cmp.Equal(before[inc.ASN].Measures, past[0].Measures) {
		t.Errorf("the old figures are %+v, %v", past, err)
	}
	return true
}
