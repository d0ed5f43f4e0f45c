package publication

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pahra/internal/account"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Record is what happened to one network's part in one incident since it was found. The zero value, with Incident and
// ASN set, is one of which nothing happened yet.
type Record struct {
	Incident string     `json:"incident"`
	ASN      values.ASN `json:"asn"`
	Kind     watch.Kind `json:"kind"`
	State    State      `json:"state"`
	// Notified is when the holder was first told; nil while they were not.
	Notified *time.Time `json:"notified"`
	// Override is the SHA-256 of the signed record that took it back; empty where there is none.
	Override string `json:"override,omitempty"`
	Steps    []Step `json:"steps"` // all that happened, in order
}

// Step is one thing that happened.
type Step struct {
	At     time.Time `json:"at"`
	Action Action    `json:"action"`
	By     Actor     `json:"by"`
	// Account is the id of whoever did it, empty for the service itself. It is for analysts, not for the public.
	Account string `json:"account,omitempty"`
	// Reason is why, or the reply; for a notice, how the holder was told.
	Reason string `json:"reason"`
	// Evidence is what shows it: text, and addresses of pages.
	Evidence string `json:"evidence,omitempty"`
	To       State  `json:"to"` // the state it led to
}

// The limits of a step's texts, in bytes, and of a record's steps.
const (
	MaxReason   = 4000
	MaxEvidence = 16000
	MaxSteps    = 200
)

// Standing gives the record's state: that of a record of which nothing happened is open.
func (r *Record) Standing() State {
	if r.State == "" {
		return Open
	}
	return r.State
}

// ActorOf says who a viewer is to a record of a network. Whoever holds it is its holder, even an analyst.
func ActorOf(v account.Viewer, asn values.ASN) Actor {
	switch {
	case v.Holds(asn) && v.May(account.Member, account.ScopeReply):
		return Holder
	case v.Holds(asn):
		return Anybody
	case v.May(account.Analyst, account.ScopeAnalyse):
		return Decider
	}
	return Anybody
}

// Do adds a step: By, Action, Account, Reason and Evidence are the caller's, At is now. What is refused leaves the record as it was.
func (r *Record) Do(s Step, now time.Time) error {
	to, err := Next(r.Standing(), s.Action, s.By)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if len(r.Steps) >= MaxSteps {
		return fmt.Errorf("the record has %d steps, and takes no more", MaxSteps)
	}
	s.At, s.To = now.UTC(), to
	switch {
	case s.Action == Notify && r.Notified == nil:
		at := s.At
		r.Notified = &at
	case s.Action == Retract && r.Notified == nil: // it was disputed before anybody was told
		s.To = Open
	}
	r.State, r.Steps = s.To, append(r.Steps[:len(r.Steps):len(r.Steps)], s)
	return nil
}

// check bounds a step's texts. What is decided, disputed or answered needs a reason.
func (s *Step) check() error {
	if strings.TrimSpace(s.Reason) == "" && s.Action != Notify && s.Action != Confirm && s.Action != Retract {
		return &TextError{"a reason is needed"}
	}
	return errors.Join(plain("the reason", s.Reason, MaxReason), plain("the evidence", s.Evidence, MaxEvidence))
}

// TextError says what is wrong with a text that somebody wrote, in words for them.
type TextError struct{ Says string }

// Error says what is wrong.
func (e *TextError) Error() string { return e.Says }

// plain refuses text that is too long or more than text.
func plain(what, text string, most int) error {
	if len(text) > most {
		return &TextError{fmt.Sprintf("%s is longer than %d bytes", what, most)}
	}
	bad := func(r rune) bool {
		return r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, bad) {
		return &TextError{what + " holds what is no plain text"}
	}
	return nil
}

// Reply gives the holder's last word; nil where there is none.
func (r *Record) Reply() *Step { return r.last(Reply) }

// Dispute gives the last dispute; nil where there is none.
func (r *Record) Dispute() *Step { return r.last(Dispute) }

// Decision gives what was decided on the last dispute, or why it was withdrawn; nil where nothing was.
func (r *Record) Decision() *Step {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		switch r.Steps[i].Action {
		case Uphold, Reject, Withdraw:
			return &r.Steps[i]
		case Dispute:
			return nil
		}
	}
	return nil
}

func (r *Record) last(a Action) *Step {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if r.Steps[i].Action == a {
			return &r.Steps[i]
		}
	}
	return nil
}

// left gives when the record last became disputed or taken back; zero if it is neither.
func (r *Record) left() (at time.Time) {
	for _, s := range r.Steps {
		switch s.To {
		case Disputed, Upheld, Withdrawn:
			if at.IsZero() {
				at = s.At
			}
		default:
			at = time.Time{}
		}
	}
	return at
}
