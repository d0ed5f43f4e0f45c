package norms

import (
	"fmt"
	"slices"
)

// ContactRules say which contacts meet the norm: any one that any rule accepts.
type ContactRules struct {
	Rules []ContactRule `yaml:"rules"`
}

// ContactRule accepts a contact of one of the sources in one of the roles.
type ContactRule struct {
	Sources []string `yaml:"sources"`
	Roles   []string `yaml:"roles"`
	// ReachableBy, where not empty, asks for at least one of "email" and "phone".
	ReachableBy []string `yaml:"reachable_by,omitempty"`
}

// accept says whether a contact meets the norm.
func (c ContactRules) accept(contact Contact) bool {
	return slices.ContainsFunc(c.Rules, func(r ContactRule) bool { return r.accept(contact) })
}

func (r ContactRule) accept(c Contact) bool {
	reachable := len(r.ReachableBy) == 0 ||
		c.HasEmail && slices.Contains(r.ReachableBy, "email") ||
		c.HasPhone && slices.Contains(r.ReachableBy, "phone")
	return reachable && slices.Contains(r.Sources, c.Source) && slices.Contains(r.Roles, c.Role)
}

func (c ContactRules) check() error {
	for i, r := range c.Rules {
		if len(r.Sources) == 0 || len(r.Roles) == 0 {
			return fmt.Errorf("contacts.rules: rule %d has no sources or no roles", i+1)
		}
		for _, by := range r.ReachableBy {
			if by != "email" && by != "phone" {
				return fmt.Errorf("contacts.rules: rule %d: reachable_by %q is neither email nor phone", i+1, by)
			}
		}
	}
	return nil
}
