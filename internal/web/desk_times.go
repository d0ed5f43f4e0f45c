package web

import (
	"time"

	"pahra/internal/health"
	"pahra/internal/service"
	"pahra/internal/service/cases"
)

// DeskTimes is the page of how long cases take.
type DeskTimes struct {
	Now     time.Time  `json:"now"`
	From    time.Time  `json:"opened_since"`
	Span    int        `json:"days"`
	Party   string     `json:"party,omitempty"`
	Country string     `json:"country,omitempty"`
	Rows    []DeskTime `json:"rows"` // all cases, then each class
}

// DeskTime is how long the cases of a class take.
type DeskTime struct {
	cases.ClassDurations
	Name string `json:"class_name"`
	To   string `json:"-"` // leads to its cases
}

// TimesSpans are how many days the page of times can show.
func TimesSpans() []int { return []int{91, 28, 365} }

// waitedText says how long half of the cases took, with its interval.
func waitedText(w cases.Waited) string { return MedianText(w.Median) }

// MedianText writes a median and its interval in words.
func MedianText(m health.Median) string {
	if m.At == nil {
		return notReached
	}
	text := service.InWords(*m.At)
	switch {
	case m.Low != nil && m.High != nil && *m.Low != *m.High:
		text += " (" + service.InWords(*m.Low) + " to " + service.InWords(*m.High) + ")"
	case m.Low != nil && m.High == nil:
		text += " (at least " + service.InWords(*m.Low) + ")"
	}
	return text
}

// RecoveryText writes the median time to recovery, which lies between two.
func RecoveryText(r health.Recovery) string { return recoveryText(r) }
