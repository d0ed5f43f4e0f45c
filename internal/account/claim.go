package account

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"pahra/wire/values"
)

// ClaimState is where a claim of a network stands.
type ClaimState string

// The states of a claim.
const (
	Pending ClaimState = "pending" // fewer than two proofs stand
	Held    ClaimState = "held"
	Stale   ClaimState = "stale" // it was held; the registry's contacts changed, and it is to be proved again
	Revoked ClaimState = "revoked"
	Lapsed  ClaimState = "lapsed" // it was not proved in time
)

// ClaimStates gives every state of a claim.
func ClaimStates() []ClaimState { return []ClaimState{Pending, Held, Stale, Revoked, Lapsed} }

// Ended says whether a claim is over.
func (s ClaimState) Ended() bool { return s == Revoked || s == Lapsed }

// ProofKind is a way to prove that one speaks for a network.
type ProofKind string

// The ways. Two different ones are needed. A signed checklist (RFC 9323) is none of them: see ADR 11.
const (
	ByContact ProofKind = "contact"       // a code mailed to a contact that the registry names
	ByAutNum  ProofKind = "aut-num"       // a word in the free text of the network's aut-num object
	ByOffice  ProofKind = "administrator" // an administrator who knows them
)

// Proof is one proof that was given.
type Proof struct {
	Kind ProofKind `json:"kind"`
	At   time.Time `json:"at"`
	By   string    `json:"by"` // whose word it is: a contact's role, a registry, an account's id; never a person's name
}

// NeededProofs is how many different kinds of proof make a claim held.
const NeededProofs = 2

// Claim is an account's claim to speak for a network.
type Claim struct {
	ID      string
	Account string
	ASN     values.ASN
	State   ClaimState
	Opened  time.Time // or, of a stale one, when it became stale
	Proofs  []Proof   // those that stand
	// Contacts is a commitment to the registry's contacts when the first proof was given: when they change, all is proved again.
	Contacts string
	// Word is to stand in the aut-num. It is no secret.
	Word string
	// Challenge is the hash of the code that was mailed; empty where none is out.
	Challenge     string
	ChallengeRole string // to which contact's role it went
	ChallengeEnds time.Time
	Ended         *time.Time
	Why           string // why it ended or became stale
}

// prove adds a proof. Another of the same kind takes its place.
func (c *Claim) prove(p Proof) error {
	if c.State.Ended() {
		return wrong("the claim has ended")
	}
	c.Proofs = slices.DeleteFunc(slices.Clone(c.Proofs), func(q Proof) bool { return q.Kind == p.Kind })
	c.Proofs = append(c.Proofs, p)
	if len(c.Proofs) >= NeededProofs {
		c.State, c.Why = Held, ""
	}
	return nil
}

// doubt takes every proof back.
func (c *Claim) doubt(why string, now time.Time) {
	c.Proofs, c.Challenge, c.Contacts = nil, "", ""
	if c.State == Held {
		c.State = Stale
	}
	c.Opened, c.Why = now, why
}

// end ends the claim.
func (c *Claim) end(s ClaimState, why string, now time.Time) {
	c.State, c.Why, c.Ended, c.Proofs, c.Challenge = s, why, &now, nil, ""
}

// fingerprint commits to contacts, in whatever order they come. It is kept in the store alone: addresses can be guessed.
func fingerprint(list []Contact) string {
	lines := make([]string, 0, len(list))
	for _, c := range list {
		lines = append(lines, strings.ToLower(c.Source+"\t"+c.Role+"\t"+c.Address))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
	return hex.EncodeToString(sum[:])
}

// masked shows of a mail address only so much that its owner knows it: "n•••@example.net".
func masked(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return "•••"
	}
	first := []rune(local)[0]
	return string(first) + "•••@" + domain
}

// sortedContacts gives contacts in the order of every list, each address once for a role.
func sortedContacts(list []Contact) []Contact {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Contact) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Source, b.Source))
	})
	return slices.Compact(list)
}
