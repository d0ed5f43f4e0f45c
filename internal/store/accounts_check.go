package store

import (
	"context"

	"pahra/internal/account"
	"pahra/internal/publication"
)

// checkAccounts reads every account, token and claim, and follows the chain of the audit log from its first entry.
func checkAccounts(ctx context.Context, t *tx, r *Report) error {
	if _, err := list(ctx, t, "account_list", scanAccount); err != nil {
		r.add("account", "%v", err)
	}
	if _, err := list(ctx, t, "token_list_all", scanToken); err != nil {
		r.add("api_token", "%v", err)
	}
	for _, state := range account.ClaimStates() {
		if _, err := list(ctx, t, "claim_list_in", scanJSON[account.Claim], string(state)); err != nil {
			r.add("network_claim", "%v", err)
		}
	}
	checkChain(ctx, t, r, "audit_entry", "audit_page")
	return nil
}

// checkPublication reads every record and makes sure that what was taken back has its signed decision.
func checkPublication(ctx context.Context, t *tx, r *Report) error {
	signed := make(map[string]string)
	all, err := list(ctx, t, "publication_override_list", scanJSON[publication.Override])
	if err != nil {
		r.add("publication_override", "%v", err)
	}
	for _, o := range all {
		hash, err := o.Hash()
		if err == nil {
			err = o.Verify()
		}
		if err != nil {
			r.add("publication_override", "incident %s, AS%d: %v", o.Incident, o.ASN, err)
		}
		signed[o.Name()] = hash
	}
	for _, state := range publication.States() {
		records, err := list(ctx, t, "publication_list_all_in", scanJSON[publication.Record], string(state))
		if err != nil {
			r.add("publication_record", "%v", err)
		}
		for _, p := range records {
			name := publication.Override{Incident: p.Incident, ASN: p.ASN}.Name()
			if p.Override != signed[name] || p.State != state || state.TakenBack() != (p.Override != "") {
				r.add("publication_record", "incident %s, AS%d is %s, and its signed decision does not say so", p.Incident, p.ASN, p.State)
			}
		}
	}
	return nil
}
