package service_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/wire/values"
)

// TestPublishKeepsNobodyWaiting: while an answer from the run before takes its time, others get theirs, and the run before
// stays open until it is not read any more.
func TestPublishKeepsNobodyWaiting(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	synctest.Test(t, func(t *testing.T) {
		slow := make(chan struct{})
		records := func(ctx context.Context, _ []string) (map[string]map[values.ASN]publication.Record, error) {
			if ctx.Value(slow) != nil {
				<-slow
			}
			return nil, nil
		}
		s := shownOf(t, out, service.ShownOptions{Policy: publication.Default(), Records: records, Now: time.Now})
		answered, published := make(chan error, 1), make(chan error, 1)
		go func() {
			ctx := context.WithValue(t.Context(), slow, true)
			_, err := s.Answer(ctx, account.Viewer{}, service.HomeQuestion{})
			answered <- err
		}()
		synctest.Wait()
		go func() { published <- s.Publish(run) }()
		synctest.Wait()
		ask[*service.HomePage](t, s, account.Viewer{}, service.HomeQuestion{}) // of the new run
		if len(published) > 0 {
			t.Error("the run before is closed while it is read")
		}
		close(slow)
		if err := <-answered; err != nil {
			t.Error(err)
		}
		if err := <-published; err != nil {
			t.Error(err)
		}
	})
}
