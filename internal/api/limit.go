package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"pahra/internal/account"
	"pahra/internal/limit"
)

// Limits says how often may be asked in a window of time: by one address without an account, and by one account.
type Limits struct {
	Address int
	Account int
	Window  time.Duration // of whole seconds
}

// LimitsOf gives the limits of a configuration.
func LimitsOf(c limit.Config) Limits {
	return Limits{Address: c.API, Account: c.APIAccount, Window: time.Minute}
}

// allow counts a request and says in the headers what is left, as draft-ietf-httpapi-ratelimit-headers-10 writes it. A
// request too many is answered with when to come back.
func (a *API) allow(w http.ResponseWriter, r *http.Request, v account.Viewer, from netip.Addr) bool {
	l := a.config.Limits
	policy, quota := "address", l.Address
	if v.Account != "" {
		policy, quota = "account", l.Account
	}
	asked, left := a.requests.Count(limit.Client(v.Account, from))
	seconds := limit.Seconds(left)
	h := w.Header()
	h.Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, policy, quota, int(l.Window/time.Second)))
	h.Set("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, policy, max(0, quota-asked), seconds))
	if asked <= quota {
		return true
	}
	h.Set("Retry-After", fmt.Sprint(seconds))
	problem(w, r, http.StatusTooManyRequests, fmt.Sprintf("At most %d requests in %s; more after %d seconds.", quota, l.Window, seconds))
	return false
}
