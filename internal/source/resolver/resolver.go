// Package resolver asks which addresses names have, for events that give a name and no address.
//
// [New] gives a [Resolver], which package party asks. Answers are kept for a while, also that there is none; more is not
// asked than a rate allows: what is beyond that has no address for now. Names that cannot be in the public DNS are not
// asked for. The package decides nothing, and speaks no DNS itself: the lookup is given to it.
package resolver

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config bounds what is asked. Zero fields have defaults.
type Config struct {
	Rate    int           // questions a second; 20
	Timeout time.Duration // of a question; 3 s
	Keep    time.Duration // how long an answer is kept; an hour
	Miss    time.Duration // and that there is none; five minutes
	Most    int           // answers kept; 100,000
}

// Lookup asks for the addresses of a name, as net.Resolver.LookupNetIP does.
type Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// Resolver resolves names. Safe for concurrent use.
type Resolver struct {
	config Config
	lookup Lookup
	now    func() time.Time

	mu     sync.Mutex
	kept   map[string]answer
	left   int // questions of this second
	second int64
}

type answer struct {
	list  []netip.Addr
	asked time.Time
	until time.Time
}

// New gives a resolver.
func New(c Config, lookup Lookup, now func() time.Time) *Resolver {
	c.Rate, c.Timeout = cmp.Or(c.Rate, 20), cmp.Or(c.Timeout, 3*time.Second)
	c.Keep, c.Miss, c.Most = cmp.Or(c.Keep, time.Hour), cmp.Or(c.Miss, 5*time.Minute), cmp.Or(c.Most, 100_000)
	return &Resolver{config: c, lookup: lookup, now: now, kept: map[string]answer{}}
}

// Resolve gives the addresses of a name, IPv4 first, and when they were asked for; none where there are none, or where
// there is no room for the question.
func (r *Resolver) Resolve(ctx context.Context, name string) ([]netip.Addr, time.Time) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if !public(name) {
		return nil, time.Time{}
	}
	now := r.now()
	a, known, may := r.look(name, now)
	if known || !may {
		return a.list, a.asked
	}
	ctx, stop := context.WithTimeout(ctx, r.config.Timeout)
	defer stop()
	list, err := r.lookup(ctx, "ip", name+".")
	a = answer{asked: now, until: now.Add(r.config.Miss)}
	var gone *net.DNSError
	switch {
	case err == nil && len(list) > 0:
		slices.SortFunc(list, netip.Addr.Compare) // IPv4 is less than IPv6
		a.list, a.until = slices.Clip(list), now.Add(r.config.Keep)
	case err != nil && (!errors.As(err, &gone) || !gone.IsNotFound) && ctx.Err() == nil:
		a.until = now.Add(r.config.Miss / 5) // it may answer soon
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, there := r.kept[name]; !there && len(r.kept) >= r.config.Most {
		clear(r.kept)
	}
	r.kept[name] = a
	return a.list, a.asked
}

// look gives what is kept of a name, and whether it may be asked for.
func (r *Resolver) look(name string, now time.Time) (a answer, known, may bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, known = r.kept[name]; known && now.Before(a.until) {
		return a, true, false
	}
	if s := now.Unix(); s != r.second {
		r.second, r.left = s, r.config.Rate
	}
	if r.left == 0 {
		return answer{}, false, false
	}
	r.left--
	return answer{}, false, true
}

// public says whether a name can be in the public DNS: it has a dot, and ends in none of the names set apart (RFC 6761,
// RFC 6762, RFC 7686, RFC 8375, RFC 9476).
func public(name string) bool {
	if len(name) > 253 || !strings.Contains(name, ".") {
		return false
	}
	for _, end := range []string{"localhost", "local", "onion", "test", "invalid", "home.arpa", "alt", "internal"} {
		if strings.HasSuffix(name, "."+end) {
			return false
		}
	}
	return true
}
