package service

import (
	"context"
	"time"

	"pahra/internal/authority"
	"pahra/internal/routes/origins"
)

// ownEvery is how often, in time of the data, networks' own routes are looked at.
const ownEvery = 5 * time.Minute

// giveOwn gives what own routes are checked by, when it is time. Until whole tables are known nothing is said of routes.
func (l *Live) giveOwn(ctx context.Context) {
	if l.opt.Own == nil || l.opt.Watched == nil || !l.live || !l.clock.began || l.clock.now-l.owned < int64(ownEvery.Seconds()) {
		return
	}
	l.owned = l.clock.now
	asns, err := l.opt.Watched(ctx)
	if err != nil {
		l.fail(findingWatched, err)
		return
	}
	l.works(findingWatched)
	facts := l.run.book.facts
	f := OwnFacts{At: time.Unix(l.clock.now, 0).UTC(), VRPs: facts.VRPs, VRPsAt: l.run.book.timeOf(authority.KindVRP), IRR: facts.IRR, Registry: facts.Registry}
	if l.run.engine.Learned() {
		f.Routes, f.Up = OwnRoutes(l.run.engine, f.At, asns)
	}
	l.opt.Own(f)
}

// originsEvery is how often, in time of the data, is told who announces which prefix.
const originsEvery = time.Hour

// giveOrigins gives who announces which prefix, when it is time. Until whole tables are known nothing is said.
func (l *Live) giveOrigins() {
	if l.opt.Origins == nil || !l.live || !l.clock.began || l.clock.now-l.origins < int64(originsEvery.Seconds()) || !l.run.engine.Learned() {
		return
	}
	l.origins = l.clock.now
	var build origins.Builder
	for a := range l.run.engine.Announced(l.clock.now) {
		build.AddSeen(a.Prefix, a.Origin, a.Sessions)
	}
	l.opt.Origins(build.Build(time.Unix(l.clock.now, 0).UTC()))
}

const findingWatched = "finding the networks whose own routes are checked"

// timeOf gives the moment that the newest input of a kind in use stands for; zero where there is none.
func (b *book) timeOf(k authority.Kind) (t time.Time) {
	for _, u := range b.used {
		if u.Kind == string(k) && u.Time.After(t) {
			t = u.Time
		}
	}
	return t
}
