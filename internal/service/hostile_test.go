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

// TestIdentityIsChecked: a snapshot whose window was changed is found out without observing again.
func TestIdentityIsChecked(t *testing.T) {
	s := Snapshot{Program: Program{"pahra", Version()}, Window: Window{time.Unix(0, 0).UTC(), time.Unix(60, 0).UTC()}}
	var err error
	if s.ID, err = s.identity(); err != nil {
		t.Fatal(err)
	}
	if err := s.checkID(); err != nil {
		t.Error(err)
	}
	s.Window.To = s.Window.To.Add(time.Second)
	var diff *Difference
	if err := s.checkID(); !errors.As(err, &diff) {
		t.Errorf("a changed window: %v", err)
	}
	s.Program.Version = "0.0.1"
	if err := s.checkID(); err != nil {
		t.Errorf("of another version: %v", err)
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
