package storetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/publication"
	"pahra/internal/store"
	"pahra/internal/watch"
)

func publications(t *testing.T, s *store.Store) {
	ctx, now := context.Background(), noon()
	r := publication.Record{Incident: "00112233445566778899aabbccddeeff", ASN: 64500, Kind: watch.Leak}
	step := func(a publication.Action, by publication.Actor, was int, made *publication.Override) error {
		now = now.Add(time.Hour)
		if err := r.Do(publication.Step{Action: a, By: by, Reason: "r"}, now); err != nil {
			t.Fatal(err)
		}
		if made != nil {
			hash, err := made.Hash()
			is(t, err, nil)
			r.Override = hash
		}
		return s.SavePublicationRecord(ctx, r, was, made)
	}
	got, revision, err := s.PublicationRecord(ctx, r.Incident, r.ASN)
	if err != nil || revision != 0 || got.Steps != nil {
		t.Errorf("%+v, %d, %v before anything happened", got, revision, err)
	}
	is(t, step(publication.Notify, publication.System, 0, nil), nil)
	is(t, step(publication.Dispute, publication.Holder, 1, nil), nil)
	is(t, s.SavePublicationRecord(ctx, r, 1, nil), publication.ErrConflict)
	is(t, s.SavePublicationRecord(ctx, r, 0, nil), publication.ErrConflict)
	o, err := publication.Override{ASN: r.ASN, Decided: now, Ground: publication.Upheld, Incident: r.Incident, Kind: r.Kind, Reason: "r"}.
		Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	is(t, err, nil)
	is(t, step(publication.Uphold, publication.Decider, 2, &o), nil)
	got, revision, err = s.PublicationRecord(ctx, r.Incident, r.ASN)
	if diff := gocmp.Diff(r, got); diff != "" || revision != 3 || err != nil {
		t.Error(diff, revision, err)
	}
	overrides, err := s.PublicationOverrides(ctx)
	if err != nil || len(overrides) != 1 || overrides[0] != o {
		t.Errorf("%+v, %v", overrides, err)
	}
	counts, err := s.PublicationCounts(ctx)
	want := []publication.Tally{{Kind: watch.Leak, Disputed: 1, Upheld: 1}}
	if diff := gocmp.Diff(want, publication.Tallies(counts)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	in, err := s.PublicationRecordsIn(ctx, publication.Upheld, 10)
	is(t, err, nil)
	on, err := s.PublicationRecordsOn(ctx, 64500, 10)
	is(t, err, nil)
	of, err := s.PublicationRecordsOf(ctx, []string{"none", r.Incident})
	is(t, err, nil)
	one, err := s.PublicationRecords(ctx, r.Incident)
	is(t, err, nil)
	if len(in) != 1 || len(on) != 1 || len(of) != 1 || of[r.Incident][64500].State != publication.Upheld || len(one) != 1 {
		t.Errorf("in %d, on %d, of %v", len(in), len(on), of)
	}
}
