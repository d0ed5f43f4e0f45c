package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"pahra/internal/account"
)

// Limits says how often may be asked in a window of time: by one address without an account, and by one account.
type Limits struct {
	Address int
	Account int
	Window  time.Duration // of whole seconds
}

// DefaultLimits lets an address ask twice a second over a minute, and an account ten times.
func DefaultLimits() Limits { return Limits{Address: 120, Account: 600, Window: time.Minute} }

// maxClients bounds the clients that are counted apart; those above it share one count.
const maxClients = 100_000

// limiter counts requests by client in windows that begin with a client's first request.
type limiter struct {
	limits Limits
	now    func() time.Time
	mu     sync.Mutex
	known  map[string]*window
	swept  time.Time
}

type window struct {
	begin time.Time
	asked int
}

func newLimiter(l Limits, now func() time.Time) *limiter {
	return &limiter{limits: l, now: now, known: make(map[string]*window)}
}

// allow counts a request and says in the headers what is left, as draft-ietf-httpapi-ratelimit-headers-10 writes it. A
// request too many is answered with when to come back.
func (l *limiter) allow(w http.ResponseWriter, r *http.Request, v account.Viewer, from netip.Addr) bool {
	key, policy, quota := "address "+network(from), "address", l.limits.Address
	if v.Account != "" {
		key, policy, quota = "account "+v.Account, "account", l.limits.Account
	}
	asked, left := l.count(key)
	seconds := int((left + time.Second - 1) / time.Second)
	h := w.Header()
	h.Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, policy, quota, int(l.limits.Window/time.Second)))
	h.Set("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, policy, max(0, quota-asked), seconds))
	if asked <= quota {
		return true
	}
	h.Set("Retry-After", fmt.Sprint(max(1, seconds)))
	problem(w, r, http.StatusTooManyRequests, fmt.Sprintf("At most %d requests in %s; more after %d seconds.", quota, l.limits.Window, seconds))
	return false
}

// network gives what counts as one client: an address, or of IPv6 the 64 bits that one subscriber has at least.
func network(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// count counts a request of a client in its window, and gives how long the window lasts.
func (l *limiter) count(key string) (asked int, left time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) >= l.limits.Window {
		for name, w := range l.known {
			if over(w, now, l.limits.Window) {
				delete(l.known, name)
			}
		}
		l.swept = now
	}
	w := l.known[key]
	if w == nil && len(l.known) >= maxClients {
		key = "others"
		w = l.known[key]
	}
	if w == nil || over(w, now, l.limits.Window) {
		w = &window{begin: now}
		l.known[key] = w
	}
	w.asked++
	return w.asked, w.begin.Add(l.limits.Window).Sub(now)
}

// over says whether a window has ended; one that begins in the future, after the clock was set back, has.
func over(w *window, now time.Time, length time.Duration) bool {
	return now.Before(w.begin) || now.Sub(w.begin) >= length
}
