package cli

import "time"

// The limits of HTTP servers.
const (
	readLimit  = 10 * time.Second
	idleLimit  = 2 * time.Minute
	drainLimit = 10 * time.Second
	maxHeader  = 16 << 10
)
