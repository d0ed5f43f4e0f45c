package intelmq

import (
	"crypto/sha256"
	"strings"
)

// Hash is what tells two events apart: SHA-256 of the event in canonical JSON (RFC 8785: keys in order, no space) without
// what differs when the same thing is reported twice: time.observation, raw, feed.* and the report's own id,
// extra.report_id.
func (e *Event) Hash() [sha256.Size]byte { return sha256.Sum256(e.AppendHashed(nil)) }

// AppendHashed appends what [Event.Hash] is the hash of.
func (e *Event) AppendHashed(b []byte) []byte {
	b = append(b, '{')
	for i := range e.fields {
		f := &e.fields[i]
		if f.Key == "time.observation" || f.Key == "raw" || f.Key == ReportID || strings.HasPrefix(f.Key, "feed.") {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = f.appendJSON(b)
	}
	return append(b, '}')
}

// ReportID is the field with a report's own id.
const ReportID = "extra.report_id"
