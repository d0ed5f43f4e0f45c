package cli

import "time"

// The limits of HTTP servers.
const (
	readLimit  = 10 * time.Second
	writeLimit = 2 * time.Minute // whoever takes longer to read an answer is let go; streams set their own
	idleLimit  = 2 * time.Minute
	drainLimit = 10 * time.Second
	maxHeader  = 16 << 10
)
