package service

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"pahra/internal/routes"
	"pahra/internal/source"
)

// TestKilledWithRouters: sessions of a router that were up when the watch was killed are down once it runs again, though
// the router never comes back; those of other collectors stay as they were; and with any number of kills, at any moment,
// the watch comes to what observing the folder gives.
func TestKilledWithRouters(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 5, state)
	router := list[0].collector
	r := rand.New(rand.NewPCG(7, 7))
	list = shuffled(list, 50*time.Second, r)
	now := time.UnixMicro(list[0].at)
	clock := func() time.Time { return now }
	l, db := openLiveAt(t, state, clock)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.renew()
	tookDown := 0
	for at, n := 0, 0; at < len(list); n++ {
		select {
		case <-l.Renewed():
		default:
			t.Fatalf("start %d: routers may not begin", n)
		}
		end := min(len(list), at+len(list)/7+r.IntN(99))
		for i, s := range list[at:end] {
			now = time.UnixMicro(max(s.at, now.UnixMicro()))
			sink := l.Journal()
			if s.collector == router {
				sink = l.Renewing()
			}
			if err := sink.Record(s.collector, s.raw); err != nil {
				t.Fatal(err)
			}
			if i%101 == 100 {
				stepLive(t, l)
			}
		}
		at = end
		if n%3 == 0 {
			if err := l.checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		closeLive(t, l, db) // as it stands: a kill
		now = now.Add(time.Second)
		l, db = openLiveAt(t, state, clock)
		if err := l.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		stepLive(t, l)
		l.renew()
		for _, s := range list {
			l.Journal().Reached(s.collector, now)
		}
		stepLive(t, l)
		up, others := sessionsUp(l, router)
		l.renew()
		now = now.Add(time.Second)
		for _, s := range list {
			l.Journal().Reached(s.collector, now)
		}
		stepLive(t, l)
		tookDown += up
		if still, same := sessionsUp(l, router); still != 0 || same != others {
			t.Errorf("start %d: %d of %d sessions of the router are still up, %d of %d others", n+1, still, up, same, others)
		}
	}
	if tookDown < 3 {
		t.Errorf("%d sessions were taken down: nothing was tried", tookDown)
	}
	now = truth.End.Add(time.Hour)
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	closeLive(t, l, db)
}

func stepLive(t testing.TB, l *Live) {
	t.Helper()
	if err := l.step(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.writing.Wait()
}

// sessionsUp counts the sessions that are up, of a collector and of all others.
func sessionsUp(l *Live, collector string) (own, others int) {
	peers := &l.run.engine.Table().Peers
	for id := range peers.Len() {
		switch p := peers.Get(routes.PeerID(id)); {
		case p.Down:
		case p.Collector == collector:
			own++
		default:
			others++
		}
	}
	return own, others
}

// begun is a source that says when it was let begin.
type begun struct{ source.Source }

func (begun) Run(context.Context) error { return errors.New("it has begun") }

func TestLater(t *testing.T) {
	ready := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Later(begun{}, ready).Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a source that never began ended with %v", err)
	}
	close(ready)
	if err := Later(begun{}, ready).Run(t.Context()); err == nil || err.Error() != "it has begun" {
		t.Errorf("a source that may begin: %v", err)
	}
}
