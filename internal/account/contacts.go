package account

import (
	"context"

	"pahra/wire/values"
)

// ContactsOf gives who answers for a network, with addresses, to its holder and to analysts alone; who asked is in the audit log.
// The error is [ErrForbidden] for others.
func (s *Service) ContactsOf(ctx context.Context, v Viewer, asn values.ASN) ([]Contact, error) {
	if !v.Scopes.Has(ScopeRead) || v.Role < Analyst && !v.Holds(asn) {
		return nil, ErrForbidden
	}
	if err := s.Audit(ctx, Entry{Actor: v.Account, Act: "contacts.read", Subject: "AS" + asn.String()}); err != nil {
		return nil, err
	}
	return s.contacts(ctx, asn)
}
