package account

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is one thing that an API token lets its bearer do, within the account's role.
type Scope string

// The scopes.
const (
	ScopeRead       Scope = "read"       // see what the account sees
	ScopeSubscribe  Scope = "subscribe"  // keep the account's alerts
	ScopeReply      Scope = "reply"      // speak for the networks held: reply, dispute, confirm
	ScopeReport     Scope = "report"     // send reports of security incidents
	ScopeAnalyse    Scope = "analyse"    // decide disputes, hold facts back or let them in
	ScopeAdminister Scope = "administer" // keep accounts, claims and settings
)

// AllScopes gives every scope, the least first.
func AllScopes() Scopes {
	return Scopes{ScopeRead, ScopeSubscribe, ScopeReply, ScopeReport, ScopeAnalyse, ScopeAdminister}
}

// Scopes are what a token lets do.
type Scopes []Scope

// Has says whether s is among them.
func (list Scopes) Has(s Scope) bool { return slices.Contains(list, s) }

// String gives the scopes separated by spaces (as in RFC 6749 section 3.3).
func (list Scopes) String() string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

// ParseScopes reads scopes separated by spaces or commas, in any order, and gives them in the order of [AllScopes].
func ParseScopes(text string) (Scopes, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	for _, w := range words {
		if !AllScopes().Has(Scope(w)) {
			return nil, fmt.Errorf("%q is no scope: %s", w, AllScopes())
		}
	}
	list := slices.DeleteFunc(AllScopes(), func(s Scope) bool { return !slices.Contains(words, string(s)) })
	if len(list) == 0 {
		return nil, fmt.Errorf("a token needs a scope: %s", AllScopes())
	}
	return list, nil
}
