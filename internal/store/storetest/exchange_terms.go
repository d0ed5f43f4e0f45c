package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/store"
)

// must ends a test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func exchangeTerms(t *testing.T, s *store.Store) {
	ctx := context.Background()
	state, err := s.ExchangeState(ctx)
	if diff := gocmp.Diff(store.ExchangeState{}, state); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	nadia := store.ExchangePartner{Team: "cert-nadia", Own: true, Name: "CERT-Nadia", Country: "XN", Fingerprints: []string{"A5"}, Onboarded: noon(), Actor: "ann"}
	atlantica := store.ExchangePartner{Team: "cert-atlantica", Name: "CERT-Atlantica", Country: "XU", Profile: "https://a.example", Fingerprints: []string{"91", "92"}, Onboarded: noon(), Actor: "ann"}
	first := store.ExchangeAgreement{ID: "n-a", Version: 3, Partner: "cert-atlantica", Document: []byte("text"), Signatures: map[string]string{"cert-nadia": "x"}, Adopted: noon(), Actor: "ann"}
	second := first
	second.Version = 4
	must(t, s.PutExchangePartner(ctx, atlantica), s.PutExchangePartner(ctx, nadia), s.AdoptAgreement(ctx, first, []byte("sealed"), nil), s.AdoptAgreement(ctx, second, []byte("unused"), nil))
	other := nadia
	other.Team = "cert-other"
	if err := s.PutExchangePartner(ctx, other); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second own team: %v", err)
	}
	if err := s.AdoptAgreement(ctx, first, nil, nil); !errors.Is(err, store.ErrSuperseded) {
		t.Errorf("an old version: %v", err)
	}
	stranger := second
	stranger.Version, stranger.Partner = 9, "cert-nadia"
	if err := s.AdoptAgreement(ctx, stranger, nil, nil); !errors.Is(err, store.ErrSuperseded) {
		t.Errorf("another's agreement under the same id: %v", err)
	}
	want := store.ExchangeTerms{
		State: store.ExchangeState{Counter: 4}, Partners: []store.ExchangePartner{nadia, atlantica}, Agreements: []store.ExchangeAgreement{first, second},
		Bonds: []store.ExchangeBond{{Agreement: "n-a", Epoch: 4}}, Secrets: []store.ExchangeSecret{{Agreement: "n-a", Number: 1, Sealed: []byte("sealed"), Made: noon()}},
	}
	got, err := s.ExchangeTerms(ctx)
	if diff := gocmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	exchangeChanges(t, s, want)
}

// exchangeChanges stops, suspends, gives notice: each is counted, and only what decisions hang on is a new epoch.
func exchangeChanges(t *testing.T, s *store.Store, want store.ExchangeTerms) {
	ctx, later := context.Background(), noon().Add(time.Hour)
	must(t, s.StopExchange(ctx, &later, "a drill", "ann"), s.SuspendExchangePartner(ctx, "cert-atlantica", &later, "stolen token"))
	want.State = store.ExchangeState{Counter: 6, Stopped: &later, Reason: "a drill", Actor: "ann"}
	want.Partners[1].Suspended, want.Partners[1].Reason = &later, "stolen token"
	got, err := s.ExchangeTerms(ctx)
	if diff := gocmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	for _, team := range []string{"cert-nadia", "nobody"} {
		if err := s.SuspendExchangePartner(ctx, team, &later, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("suspending %s: %v", team, err)
		}
	}
	changed := want.Partners[1]
	changed.Fingerprints = []string{"93"}
	must(t, s.StopExchange(ctx, nil, "", ""), s.PutExchangePartner(ctx, changed), s.SuspendExchangePartner(ctx, "cert-atlantica", nil, ""),
		s.NoteExchangeNotice(ctx, "n-a", later, "cert-atlantica", "ann"))
	if _, err := s.RotateExchangeSecret(ctx, "n-a", []byte("new"), later, nil); err != nil {
		t.Fatal(err)
	}
	want.State = store.ExchangeState{Counter: 11}
	changed.Suspended, changed.Reason = nil, ""
	want.Partners[1] = changed
	want.Bonds = []store.ExchangeBond{{Agreement: "n-a", Epoch: 11, Notice: &later, Noticed: 4, Giver: "cert-atlantica", Actor: "ann"}}
	want.Secrets = append([]store.ExchangeSecret{{Agreement: "n-a", Number: 2, Sealed: []byte("new"), Made: later}}, want.Secrets...)
	got, err = s.ExchangeTerms(ctx)
	if diff := gocmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if err := s.NoteExchangeNotice(ctx, "none", later, "x", "ann"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("notice of no agreement: %v", err)
	}
	if _, err := s.RotateExchangeSecret(ctx, "none", []byte("new"), later, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a secret of no agreement: %v", err)
	}
}
