package authority

import "pahra/wire/values"

// NoOrigin is the origin of a route whose AS_PATH ends in an AS_SET or is empty: RFC 6811 section 2 calls it NONE, and
// no VRP matches it (RFC 6907 section 7.1.8). AS 0 is never a route's origin (RFC 7607), so the two share one value.
const NoOrigin values.ASN = 0

// maxDeciding bounds the objects that a verdict carries; how many more there were is counted.
const maxDeciding = 8
