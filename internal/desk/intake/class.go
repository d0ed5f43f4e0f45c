package intake

import (
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
)

// hint is a value of a scheme of internal/desk/class that may tell an event's class.
type hint struct{ scheme, value string }

// setClass sets an event's class by the first hint that means one; if none does it is undetermined. What follows the first
// slash of a hint may be a machine tag of the RSIT.
func setClass(e *intelmq.Event, classes *class.Tables, hints []hint) {
	code := class.Code{Class: "other", Type: "undetermined"}
	for _, h := range hints {
		_, tag, _ := strings.Cut(h.value, "/")
		found, ok := classes.ParseTag(tag)
		if list := classes.Lookup(h.scheme, h.value, time.Time{}); !ok && len(list) > 0 {
			found, ok = list[0].Code, true
		}
		if ok && found.Type != "undetermined" {
			code = found
			break
		}
	}
	_ = e.Add("classification.taxonomy", code.Class) // the tables have valid codes alone
	_ = e.Add("classification.type", code.Type)
}
