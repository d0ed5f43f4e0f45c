package service

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pahra/internal/watch"
)

// TestWindowIsBounded: a window of thousands of years is wrong use, and not a run without end.
func TestWindowIsBounded(t *testing.T) {
	from := time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, to := range []time.Time{from.AddDate(11, 0, 0), from.AddDate(7000, 0, 0)} {
		opt := Options{From: from, To: to, Settings: watch.Defaults()}
		var wrong *WrongUse
		if err := opt.check(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "longer than") {
			t.Errorf("to %s: %v", to, err)
		}
	}
	opt := Options{From: from, To: from.AddDate(10, 0, 0), Settings: watch.Defaults()}
	if err := opt.check(); err != nil {
		t.Error(err)
	}
}

// TestDoubtedAccomplice: whose part in an incident too few speak for is not penalised, whatever the profile.
func TestDoubtedAccomplice(t *testing.T) {
	inc := watch.Incident{Kind: watch.Hijack, ASN: 64500, Attribution: watch.Supported, Confidence: 0.9,
		Start:       time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC),
		Accomplices: []watch.Accomplice{{ASN: 64501, Weight: 1}, {ASN: 64502, Weight: 0}}}
	n := normsIncident(inc, inc.Start.Add(time.Hour))
	if len(n.Accomplices) != 1 || n.Accomplices[0].ASN != 64501 {
		t.Errorf("%+v", n.Accomplices)
	}
}
