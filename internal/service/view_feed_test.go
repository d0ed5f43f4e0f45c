package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// TestOneQuestionForAllListeners: however many listen, what happened to incidents is asked once, each hears what they may
// know, and nobody asks where nobody listens.
func TestOneQuestionForAllListeners(t *testing.T) {
	_, out := worldRun(t)
	asked, broken := 0, false
	s := shownOf(t, out, service.ShownOptions{
		Policy: publication.Default(), Now: func() time.Time { return time.Date(2026, 2, 11, 0, 0, 0, 0, time.UTC) },
		Records: func(context.Context, []string) (map[string]map[values.ASN]publication.Record, error) {
			asked++
			if broken {
				return nil, errors.New("no store")
			}
			return nil, nil
		},
	})
	list := []watch.Incident{
		{ID: "a", Kind: watch.Leak, ASN: 64500, Start: time.Now()}, {ID: "b", Kind: watch.Hijack, ASN: 64501, Start: time.Now()},
	}
	if err := s.Tell(t.Context(), list); err != nil || asked != 0 {
		t.Fatalf("with nobody there %d questions were asked (%v)", asked, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	analyst := account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()}
	holder := account.Viewer{Account: "h", Role: account.Member, Networks: []values.ASN{64501}, Scopes: account.AllScopes()}
	ears := make(map[<-chan service.News]map[string]bool)
	for range 100 {
		ears[s.Listen(ctx, account.Viewer{})] = map[string]bool{}
		ears[s.Listen(ctx, analyst)] = map[string]bool{"a": true, "b": true}
		ears[s.Listen(ctx, holder)] = map[string]bool{"b": true}
	}
	if err := s.Tell(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for ear, sees := range ears {
		for _, i := range list {
			news := <-ear
			if news.Kind != i.Kind || (news.Line != nil) != sees[i.ID] || news.Line != nil && news.Line.ID != i.ID {
				t.Errorf("of %s is heard %+v", i.ID, news)
			}
		}
	}
	if asked != 1 {
		t.Errorf("%d questions for %d listeners", asked, len(ears))
	}
	if broken = true; s.Tell(t.Context(), list) == nil {
		t.Error("nobody is told that the store cannot be asked")
	}
	stop()
	for ear := range ears {
		for range ear { // until it is closed
			t.Error("there are news that nobody told")
		}
	}
}
