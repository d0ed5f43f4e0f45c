// Package account decides who somebody is to Pahra and what that lets them do: roles, passwords, sessions, API tokens,
// claims of networks, and the record of administrative acts.
//
// [Viewer] is what everything else asks: who looks, with which role, holding which networks. [Service] does all that
// changes accounts; the store, the mail and the registry it needs are interfaces of this package.
//
// Invariants: nothing secret is kept as it is (a password as argon2id, a session, a token or a mailed code as SHA-256);
// a network is held only while two different proofs stand; every administrative act leaves an entry in a chain that
// shows when one is missing or changed.
//
// The package reads no clock and draws no chance of its own, and knows nothing of HTTP: cookies and forms are the
// doors' business.
package account

import (
	"fmt"
	"slices"
	"strings"

	"pahra/wire/values"
)

// Role is what somebody may do in general. A higher role includes the lower ones.
type Role uint8

// The roles, lowest first.
const (
	Public        Role = iota // whoever reads without an account
	Member                    // of the association: sees the private detail of the networks that it holds
	Analyst                   // sees everything, decides disputes
	Administrator             // also keeps the accounts
)

func roleNames() []string { return []string{"public", "member", "analyst", "administrator"} }

// String gives the role's name in lower case.
func (r Role) String() string {
	if int(r) >= len(roleNames()) {
		return fmt.Sprintf("role(%d)", uint8(r))
	}
	return roleNames()[r]
}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if i := slices.Index(roleNames(), strings.ToLower(s)); i >= 0 {
		return Role(i), nil
	}
	return Public, fmt.Errorf("%q is no role: %s", s, strings.Join(roleNames(), ", "))
}

// MarshalText gives the role's name.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a role's name.
func (r *Role) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRole(string(text))
	return err
}

// Viewer is who looks. The zero value is the public.
type Viewer struct {
	Account  string       // the account's id; empty for the public
	Name     string       // as they log in
	Role     Role         // with a token, that of its account
	Networks []values.ASN // held by proven claims, ascending
	Scopes   Scopes       // what a token lets do; a log-in by session has all
}

// Holds says whether the viewer holds a network.
func (v Viewer) Holds(asn values.ASN) bool {
	_, ok := slices.BinarySearch(v.Networks, asn)
	return ok
}

// May says whether the viewer has at least the role, and came by a way that lets them do what the scope names.
func (v Viewer) May(r Role, s Scope) bool { return v.Role >= r && v.Scopes.Has(s) }
