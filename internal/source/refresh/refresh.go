// Package refresh asks again and again for facts that are published as files: the VRPs of a validator by URL, and the
// public sources of package catalogue.
//
// [NewVRP] makes the source of one validator's JSON or CSV, [NewCatalogue] that of any number of catalogue sources. Both
// give the depot only what changed, or what is as before but was published anew; so what nobody publishes any more grows
// old there, and their status says so. What cannot be read is never given.
package refresh

import "time"

// set gives a setting its default.
func set(to *time.Duration, value time.Duration) {
	if *to == 0 {
		*to = value
	}
}
