package intelmq

import (
	"crypto/sha256"
	"strings"
)

// Hash is what tells two events apart: SHA-256 of the event in canonical JSON (RFC 8785: keys in order, no space) without
// what differs when the same thing is reported twice: time.observation, raw, feed.* and the report's own id,
// extra.report_id.
func (e *Event) Hash() [sha256.Size]byte {
	kept := Event{fields: make([]Field, 0, len(e.fields))}
	for _, f := range e.fields {
		if f.Key != "time.observation" && f.Key != "raw" && f.Key != ReportID && !strings.HasPrefix(f.Key, "feed.") {
			kept.fields = append(kept.fields, f)
		}
	}
	return sha256.Sum256(kept.AppendJSON(nil))
}

// ReportID is the field with a report's own id.
const ReportID = "extra.report_id"
