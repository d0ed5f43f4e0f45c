package serve

import (
	"log/slog"
	"sync"
	"time"
)

// clockStep is from when on a clock that was set back is worth a word.
const clockStep = time.Second

// steady gives a clock that follows wall and never goes back: where wall was set back it goes on from the moment it had
// reached, at half the pace, until wall has caught up. since says how long ago a moment was that wall gave, whatever was
// done to wall in between: time.Since, as long as wall is time.Now.
func steady(wall func() time.Time, since func(time.Time) time.Duration, log *slog.Logger) func() time.Time {
	var mu sync.Mutex
	read := wall() // when the clock was read last
	last, ahead := read.Round(0), false
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		least := last
		if read != read.Round(0) { // it tells of the monotonic clock
			least = last.Add(max(0, since(read)) / 2)
		}
		read = wall()
		last = read.Round(0)
		behind := least.Sub(last)
		if behind > 0 {
			last = least
		}
		switch was := ahead; {
		case !was && behind > clockStep:
			ahead = true
			log.Warn("the machine's clock was set back: the service goes on from where it was", "by", behind.Round(time.Millisecond))
		case was && behind <= 0:
			ahead = false
			log.Info("the machine's clock has caught up")
		}
		return last
	}
}
