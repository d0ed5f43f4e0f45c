package authority

import (
	"fmt"

	"pahra/wire/values"
)

// ASPAState is the outcome of path verification (draft-ietf-sidrops-aspa-verification-28 sections 5.5 and 5.6).
type ASPAState uint8

// The states.
const (
	// ASPAUnknown : no ASPA contradicts the path, but too few networks have one to prove it.
	ASPAUnknown ASPAState = iota
	// ASPAValid : ASPAs bear the path out.
	ASPAValid
	// ASPAInvalid : ASPAs contradict the path, a leak or a forgery; or it is empty.
	ASPAInvalid
)

// String gives "unknown", "valid" or "invalid".
func (s ASPAState) String() string {
	switch s {
	case ASPAUnknown:
		return "unknown"
	case ASPAValid:
		return "valid"
	case ASPAInvalid:
		return "invalid"
	}
	return fmt.Sprintf("ASPAState(%d)", uint8(s))
}

// Upstream judges a path as one who has it from a customer, a lateral peer or a route server does (section 5.5): each
// network on it must have it from a customer. The path runs from the neighbour to the origin; repeats in a row count
// once.
//
// The caller looks after what a list of numbers does not show: a path with an AS_SET is Invalid (step 3), and so is one
// whose first number is not the neighbour's, unless the neighbour is a route server (step 2). It allocates nothing.
func (t *ASPATable) Upstream(path []values.ASN) ASPAState {
	if len(path) == 0 {
		return ASPAInvalid
	}
	refuted, unproved := t.rampUp(path)
	switch {
	case refuted > 0:
		return ASPAInvalid
	case unproved > 0:
		return ASPAUnknown
	}
	return ASPAValid
}

// Downstream judges a path as one who has it from a provider does (section 5.6): up from the origin over providers, at
// most one step across, then down over customers to the neighbour. Path and preconditions are those of
// [ASPATable.Upstream].
//
// The draft adds the lengths of the two ramps and asks whether they reach over all N networks. That is the same as to ask
// whether the first step that cannot go up, seen from the origin, lies farther from the neighbour than the last step that
// cannot go down: then two steps are neither. So no length is needed, and prepending need not be taken out first.
func (t *ASPATable) Downstream(path []values.ASN) ASPAState {
	if len(path) == 0 {
		return ASPAInvalid
	}
	upRefuted, upUnproved := t.rampUp(path)
	downRefuted, downUnproved := t.rampDown(path)
	switch {
	case downRefuted > 0 && downRefuted < upRefuted:
		return ASPAInvalid
	case downUnproved > 0 && downUnproved < upUnproved:
		return ASPAUnknown
	}
	return ASPAValid
}

// rampUp climbs from the origin. It gives where the first step lies that the customer's ASPA refutes, and the first that
// no ASPA proves; 0 where there is none. Step i lies between path[i-1] and path[i].
func (t *ASPATable) rampUp(path []values.ASN) (refuted, unproved int) {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == path[i-1] {
			continue
		}
		hop := t.Hop(path[i], path[i-1])
		if hop != ProviderPlus && unproved == 0 {
			unproved = i
		}
		if hop == NotProviderPlus {
			return i, unproved
		}
	}
	return 0, unproved
}

// rampDown does as rampUp does, from the neighbour towards the origin.
func (t *ASPATable) rampDown(path []values.ASN) (refuted, unproved int) {
	for i := 1; i < len(path); i++ {
		if path[i] == path[i-1] {
			continue
		}
		hop := t.Hop(path[i-1], path[i])
		if hop != ProviderPlus && unproved == 0 {
			unproved = i
		}
		if hop == NotProviderPlus {
			return i, unproved
		}
	}
	return 0, unproved
}
