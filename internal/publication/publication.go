// Package publication stands between a judgement and the public: what is shown to whom, what the network that is named
// may say to it, and how a judgement is taken back.
//
// [Policy] is read from YAML by [Read], or is the safe one of [Default]; [Policy.Visible] says of one network's part in
// one incident whether a viewer sees it, and by which clause. [Record] is what happened to that part since it was found:
// notices, the holder's reply, a dispute and its decision; [Record.Do] is the only way to change one, by the table in
// [Next]. [Desk] does it with a store behind, and signs an [Override] for what is taken back, which every later run of
// the scores reads as an input.
//
// A record is about one network in one incident: the announcing network's dispute says nothing of those that let the
// announcement pass, and each is told, waited for and heard on its own.
//
// Invariants: a total table (each state, action and actor has an outcome); nobody decides on a network that they hold;
// an override is signed and its bytes are canonical. The package reads no clock and touches no disk.
package publication

import "slices"

// State is where a record stands.
type State string

// The states of a record.
const (
	Open      State = "open"      // found; the holder was not told yet
	Notified  State = "notified"  // the holder was told
	Confirmed State = "confirmed" // by the holder, or by an analyst against a dispute or without one
	Disputed  State = "disputed"  // the holder says that it is wrong; an analyst is to decide
	Upheld    State = "upheld"    // the dispute was: the judgement is taken back
	Withdrawn State = "withdrawn" // an analyst took the judgement back without a dispute
)

// States gives every state.
func States() []State { return []State{Open, Notified, Confirmed, Disputed, Upheld, Withdrawn} }

// TakenBack says whether the network is no longer accused.
func (s State) TakenBack() bool { return s == Upheld || s == Withdrawn }

// Action is what somebody does to a record.
type Action string

// The actions.
const (
	Notify   Action = "notify"   // the holder was told
	Reply    Action = "reply"    // the holder says something, which stands beside the claim
	Confirm  Action = "confirm"  // it is as claimed
	Dispute  Action = "dispute"  // it is not as claimed
	Retract  Action = "retract"  // the holder takes the dispute back
	Uphold   Action = "uphold"   // the dispute is right
	Reject   Action = "reject"   // the dispute is not right
	Withdraw Action = "withdraw" // the judgement was wrong, as we found ourselves
)

// Actions gives every action.
func Actions() []Action {
	return []Action{Notify, Reply, Confirm, Dispute, Retract, Uphold, Reject, Withdraw}
}

// Actor is who somebody is to a record.
type Actor string

// The actors.
const (
	System  Actor = "system"  // the service itself, which sends notices
	Holder  Actor = "holder"  // of the network that the record is about, whatever role they have besides
	Decider Actor = "analyst" // an analyst or administrator who does not hold the network
	Anybody Actor = "anybody" // everyone else
)

// Actors gives every actor.
func Actors() []Actor { return []Actor{System, Holder, Decider, Anybody} }

// rule lets some actors do an action in some states.
type rule struct {
	action Action
	in     []State
	by     []Actor
	to     State // empty: it stays as it is
}

// rules are all that is allowed; [Next] refuses the rest.
func rules() []rule {
	standing := []State{Open, Notified, Confirmed}
	return []rule{
		{Notify, []State{Open}, []Actor{System, Decider}, Notified},
		{Notify, []State{Notified, Confirmed, Disputed}, []Actor{System, Decider}, ""},
		{Reply, States(), []Actor{Holder}, ""},
		{Confirm, []State{Open, Notified}, []Actor{Holder, Decider}, Confirmed},
		{Dispute, standing, []Actor{Holder}, Disputed},
		{Retract, []State{Disputed}, []Actor{Holder}, Notified},
		{Uphold, []State{Disputed}, []Actor{Decider}, Upheld},
		{Reject, []State{Disputed}, []Actor{Decider}, Confirmed},
		{Withdraw, standing, []Actor{Decider}, Withdrawn},
	}
}

// Next gives the state that an action of an actor leads to, or a [*Refusal].
func Next(s State, a Action, by Actor) (State, error) {
	possible := false
	for _, r := range rules() {
		if r.action != a || !slices.Contains(r.in, s) {
			continue
		}
		if !slices.Contains(r.by, by) {
			possible = true
			continue
		}
		if r.to == "" {
			return s, nil
		}
		return r.to, nil
	}
	return s, &Refusal{s, a, by, possible}
}

// Refusal says that an action is not allowed.
type Refusal struct {
	State  State
	Action Action
	Actor  Actor
	// Others may do it in this state.
	Others bool
}

// Error says what is refused, and why.
func (r *Refusal) Error() string {
	if r.Others {
		return string(r.Action) + " is not for the " + string(r.Actor) + " to do"
	}
	return string(r.Action) + " cannot be done while it is " + string(r.State)
}
