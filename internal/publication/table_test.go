package publication

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/account"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// allowed is the table of docs/publication.md, spelled out: every state, action and actor that leads somewhere.
func allowed() map[[3]string]State {
	t := map[[3]string]State{}
	add := func(s State, a Action, by Actor, to State) { t[[3]string{string(s), string(a), string(by)}] = to }
	for _, s := range States() {
		add(s, Reply, Holder, s)
	}
	for _, by := range []Actor{System, Decider} {
		add(Open, Notify, by, Notified)
		add(Notified, Notify, by, Notified)
		add(Confirmed, Notify, by, Confirmed)
		add(Disputed, Notify, by, Disputed)
	}
	for _, by := range []Actor{Holder, Decider} {
		add(Open, Confirm, by, Confirmed)
		add(Notified, Confirm, by, Confirmed)
	}
	for _, s := range []State{Open, Notified, Confirmed} {
		add(s, Dispute, Holder, Disputed)
		add(s, Withdraw, Decider, Withdrawn)
	}
	add(Disputed, Retract, Holder, Notified)
	add(Disputed, Uphold, Decider, Upheld)
	add(Disputed, Reject, Decider, Confirmed)
	return t
}

// TestTable goes through every state, action and actor.
func TestTable(t *testing.T) {
	want, seen := allowed(), 0
	for _, s := range States() {
		for _, a := range Actions() {
			for _, by := range Actors() {
				to, err := Next(s, a, by)
				expected, ok := want[[3]string{string(s), string(a), string(by)}]
				switch {
				case ok && (err != nil || to != expected):
					t.Errorf("%s %s by %s gives %s, %v; want %s", s, a, by, to, err, expected)
				case !ok && err == nil:
					t.Errorf("%s %s by %s is let through, to %s", s, a, by, to)
				case !ok && (to != s || !errors.As(err, new(*Refusal)) || err.Error() == ""):
					t.Errorf("%s %s by %s is refused with %v and leads to %s", s, a, by, err, to)
				case ok:
					seen++
				}
			}
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d rows of the table were met", seen, len(want))
	}
}

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sureIncident() watch.Incident {
	return watch.Incident{ID: "00112233445566778899aabbccddeeff", Kind: watch.Hijack, ASN: 64500, Attribution: watch.Supported, Confidence: 0.95,
		Accomplices: []watch.Accomplice{{ASN: 64501, Weight: 1}, {ASN: 64502}}, Evidence: watch.Evidence{Victims: []values.ASN{64510}}}
}

// TestHistories holds random histories to what must always be true.
func TestHistories(t *testing.T) {
	policy := Default()
	rapid.Check(t, func(t *rapid.T) {
		inc := sureIncident()
		r, now := Record{Incident: inc.ID, ASN: inc.ASN}, day
		public := func(at time.Time) bool { return policy.Visible(&inc, r, account.Viewer{}, at).Visible }
		was := false // public right before it left the standing states
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour)
			before, shown := r.Standing(), public(now)
			s := Step{Action: rapid.SampledFrom(Actions()).Draw(t, "action"), By: rapid.SampledFrom(Actors()).Draw(t, "actor"), Reason: "why"}
			err := r.Do(s, now)
			if err != nil {
				if r.Standing() != before {
					t.Fatalf("what was refused changed the state")
				}
				continue
			}
			last := r.Steps[len(r.Steps)-1]
			if last.To != r.Standing() || before.TakenBack() && !r.State.TakenBack() {
				t.Fatalf("%s after %s: %+v", r.State, before, last)
			}
			if before != Disputed && (r.State == Disputed || r.State.TakenBack()) && !before.TakenBack() {
				was = shown
			}
			if last.By == Anybody {
				t.Fatalf("anybody did %s", last.Action)
			}
			for _, later := range []time.Duration{0, 71 * time.Hour, 73 * time.Hour, 1000 * time.Hour} {
				at := now.Add(later)
				got, want := public(at), false
				switch r.Standing() {
				case Open, Notified, Confirmed:
					want = r.Notified != nil && !at.Before(r.Notified.Add(72*time.Hour))
				case Upheld, Withdrawn:
					want = was
				}
				if got != want {
					t.Fatalf("%s, notified %v, at %v: public is %v, want %v (%+v)", r.State, r.Notified, at, got, want, r.Steps)
				}
			}
		}
		if r.Notified != nil {
			i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Action == Notify })
			if !r.Steps[i].At.Equal(*r.Notified) {
				t.Fatalf("notified %v, first notice %v", r.Notified, r.Steps[i].At)
			}
		}
	})
}
