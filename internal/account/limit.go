package account

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is how often something may be tried: so many times at once, and once more each time Every has passed.
type Rate struct {
	Burst int
	Every time.Duration
}

// maxBuckets bounds what a limiter remembers: some 20 MB.
const maxBuckets = 200_000

// Limiter counts tries by key and lets only so many through. It is of one process. Safe for concurrent use; the zero
// value is ready.
type Limiter struct {
	mu      sync.Mutex
	full    map[string]time.Time // when the key's bucket is full again; absent: it is
	cleaned time.Time
}

// Take takes one try of a key. If there is none left it says how long to wait for the next.
func (l *Limiter) Take(key string, r Rate, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := now
	if t := l.full[key]; t.After(now) {
		full = t
	}
	full = full.Add(r.Every)
	if over := full.Sub(now) - time.Duration(r.Burst)*r.Every; over > 0 {
		return over, false
	}
	l.clean(now)
	if l.full == nil {
		l.full = make(map[string]time.Time)
	}
	l.full[key] = full
	return 0, true
}

// Give gives a try back, for one that did no harm.
func (l *Limiter) Give(key string, r Rate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, ok := l.full[key]; ok {
		l.full[key] = t.Add(-r.Every)
	}
}

// clean forgets full buckets, and where there are too many others some of those: a flood of names from many addresses
// is then let through a little, and the rest of the machine goes on.
func (l *Limiter) clean(now time.Time) {
	if len(l.full) < maxBuckets && now.Sub(l.cleaned) < time.Minute {
		return
	}
	l.cleaned = now
	for key, t := range l.full {
		if !t.After(now) || len(l.full) >= maxBuckets {
			delete(l.full, key)
		}
	}
}

// addressKey gives the key of an address: IPv6 by its /64, which is one site's at the least.
func addressKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if p, err := a.Prefix(64); err == nil && a.Is6() {
		return "address " + p.String()
	}
	return "address " + a.String()
}
