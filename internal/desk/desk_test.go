package desk_test

import (
	"strings"
	"testing"
	"time"

	"pahra/internal/desk"
)

func TestMove(t *testing.T) {
	for _, c := range []struct {
		by       desk.Actor
		from, to desk.State
		ok       bool
	}{
		{desk.Desk, desk.New, desk.Notified, true},
		{desk.Desk, desk.Disputed, desk.Recovered, false}, // a person decides first
		{desk.Party, desk.Notified, desk.Acknowledged, true},
		{desk.Party, desk.Acknowledged, desk.Notified, false},
		{desk.Party, desk.InProgress, desk.Closed, false},
		{desk.Analyst, desk.Disputed, desk.Closed, true},
		{desk.Analyst, desk.Closed, desk.Reopened, true},
		{desk.Analyst, desk.Closed, desk.Notified, false},
		{"nobody", desk.New, desk.Closed, false},
	} {
		if err := desk.Move(c.by, c.from, c.to); (err == nil) != c.ok {
			t.Errorf("%s moves %s to %s: %v", c.by, c.from, c.to, err)
		}
	}
}

// TestMoveSaysWhereTo: a move that is refused names those that are not.
func TestMoveSaysWhereTo(t *testing.T) {
	for from, want := range map[desk.State]string{
		desk.New:    "a case that is new does not become fixed by the analyst, but acknowledged, closed, in-progress, notified",
		desk.Closed: "a case that is closed does not become fixed by the analyst, but reopened",
	} {
		if err := desk.Move(desk.Analyst, from, "fixed"); err == nil || err.Error() != want {
			t.Errorf("%s: %v", from, err)
		}
	}
	if err := desk.Move(desk.Party, desk.Closed, desk.New); err == nil || !strings.HasSuffix(err.Error(), "but no other") {
		t.Error(err)
	}
}

// TestRecoveredIsMeasured: nobody but the desk, which reads later reports, says that a case has recovered.
func TestRecoveredIsMeasured(t *testing.T) {
	states := []desk.State{desk.New, desk.Notified, desk.Acknowledged, desk.InProgress, desk.Disputed, desk.Recovered, desk.Closed, desk.Reopened}
	for _, from := range states {
		for _, by := range []desk.Actor{desk.Party, desk.Analyst} {
			if desk.Move(by, from, desk.Recovered) == nil {
				t.Errorf("the %s brings a case from %s to recovered", by, from)
			}
		}
	}
}

func TestSeen(t *testing.T) {
	changed := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state desk.State
		after time.Duration
		want  desk.State
		same  bool
	}{
		{desk.Notified, time.Hour, desk.Notified, true},
		{desk.Recovered, -time.Hour, desk.Recovered, true}, // reported late
		{desk.Recovered, time.Hour, desk.Reopened, true},
		{desk.Closed, desk.Relapse, desk.Reopened, true},
		{desk.Closed, desk.Relapse + time.Second, "", false},
	} {
		if got, same := desk.Seen(c.state, changed, changed.Add(c.after)); got != c.want || same != c.same {
			t.Errorf("%s, seen %s later: %q, %t; want %q, %t", c.state, c.after, got, same, c.want, c.same)
		}
	}
}
