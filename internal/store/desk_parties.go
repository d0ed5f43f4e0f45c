package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pahra/internal/desk/party"
)

// PartyChange is what somebody changed about who is responsible.
type PartyChange struct {
	Version int64 // from 1
	Made    time.Time
	By      string
	What    string
}

// PartyVersions gives the version of each tenant's directory that has something in it: it changes with everything that is put
// into it.
func (s *Store) PartyVersions(ctx context.Context) (map[string]int64, error) {
	versions := map[string]int64{}
	err := s.view(ctx, func(t *tx) error {
		_, err := list(ctx, t, "desk_party_versions", func(row scanner) (tenant string, err error) {
			var version int64
			err = row.Scan(&tenant, &version)
			versions[tenant] = version
			return tenant, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the directories' versions: %w", err)
	}
	return versions, nil
}

// PartyChanges gives what was changed last in a tenant's directory, the latest first.
func (s *Store) PartyChanges(ctx context.Context, tenant string, limit int) (out []PartyChange, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "desk_party_changes", func(row scanner) (c PartyChange, err error) {
			var made int64
			err = row.Scan(&c.Version, &made, &c.By, &c.What)
			c.Made = fromMicros(made)
			return c, err
		}, tenant, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing changes of the directory: %w", err)
	}
	return out, nil
}

// Constituents gives those whom a tenant serves, in the order in which they are written.
func (s *Store) Constituents(ctx context.Context, tenant string) (out []party.Constituent, err error) {
	err = s.view(ctx, func(t *tx) error {
		if out, err = list(ctx, t, "desk_constituents", scanConstituent, tenant); err != nil {
			return err
		}
		facts, err := list(ctx, t, "desk_constituent_facts", scanFact, tenant)
		i := 0
		for _, f := range facts { // both are in the order of ids
			for i < len(out) && out[i].ID != f.constituent {
				i++
			}
			if i == len(out) {
				return fmt.Errorf("%s of %s belongs to nobody", f.record, f.constituent)
			}
			f.addTo(&out[i])
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing constituents: %w", err)
	}
	party.Sort(out)
	return out, nil
}

// ConstituentChange is what is to become of a tenant's constituents. It happens all at once.
type ConstituentChange struct {
	Tenant string
	Put    []party.Constituent // in place of those with the same ids
	Drop   []string
	By     string
	What   string // in words
	Now    time.Time
	Base   *int64 // the version of the directory that it is a change of; nil: of any
}

// ChangeConstituents changes a tenant's constituents. The error is [ErrConflict] where the directory has another version than that
// which is to be changed.
func (s *Store) ChangeConstituents(ctx context.Context, c ConstituentChange) error {
	err := s.update(ctx, func(t *tx) error {
		if c.Base != nil {
			if is, err := one(ctx, t, "desk_party_version", scanned[int64], c.Tenant); err != nil || is != *c.Base {
				return errors.Join(err, ErrConflict)
			}
		}
		for _, id := range c.Drop {
			if _, err := t.exec(ctx, "desk_constituent_facts_drop", c.Tenant, id); err != nil {
				return err
			}
			if _, err := t.exec(ctx, "desk_constituent_drop", c.Tenant, id); err != nil {
				return err
			}
		}
		for i := range c.Put {
			if err := putConstituent(ctx, t, c.Tenant, &c.Put[i]); err != nil {
				return fmt.Errorf("%s: %w", c.Put[i].ID, err)
			}
		}
		return changedParties(ctx, t, c.Tenant, c.Now, c.By, c.What)
	})
	if err != nil {
		return fmt.Errorf("changing constituents: %w", err)
	}
	return nil
}

// changedParties notes a change of a tenant's directory.
func changedParties(ctx context.Context, t *tx, tenant string, now time.Time, by, what string) error {
	last, err := one(ctx, t, "desk_party_version", scanned[int64], tenant)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "desk_party_change_add", tenant, last+1, micros(now), by, what)
	return err
}

func putConstituent(ctx context.Context, t *tx, tenant string, c *party.Constituent) error {
	args := append([]any{tenant, c.ID, c.Name, c.Sector, c.Criticality, strings.Join(c.Languages, " "), c.Hours, c.Channel}, validityRow(c.Validity)...)
	if _, err := t.exec(ctx, "desk_constituent_put", args...); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "desk_constituent_facts_drop", tenant, c.ID); err != nil {
		return err
	}
	for seq, f := range factsOf(c) {
		args := append([]any{tenant, c.ID, seq, f.record, f.kind, f.value, f.name, f.languages}, validityRow(f.Validity)...)
		if _, err := t.exec(ctx, "desk_constituent_fact_add", args...); err != nil {
			return err
		}
	}
	return nil
}

// partyFact is a selector, contact, key or consent of a constituent.
type partyFact struct {
	constituent, record, kind, value, name, languages string
	party.Validity
}

func factsOf(c *party.Constituent) (all []partyFact) {
	for _, s := range c.Selectors {
		all = append(all, partyFact{record: "selector", kind: string(s.Kind), value: s.Value, Validity: s.Validity})
	}
	for _, k := range c.Contacts {
		all = append(all, partyFact{record: "contact", kind: k.Role, value: k.Address, name: k.Name, languages: strings.Join(k.Languages, " "), Validity: k.Validity})
	}
	for _, k := range c.Keys {
		all = append(all, partyFact{record: "key", kind: k.Kind, value: k.Value, Validity: k.Validity})
	}
	for _, k := range c.Consents {
		all = append(all, partyFact{record: "consent", kind: k.Kind, value: k.Value, Validity: k.Validity})
	}
	return all
}

func (f *partyFact) addTo(c *party.Constituent) {
	switch f.record {
	case "selector":
		c.Selectors = append(c.Selectors, party.Selector{Kind: party.Kind(f.kind), Value: f.value, Validity: f.Validity})
	case "contact":
		c.Contacts = append(c.Contacts, party.Contact{Role: f.kind, Name: f.name, Address: f.value, Languages: fields(f.languages), Validity: f.Validity})
	case "key":
		c.Keys = append(c.Keys, party.Key{Kind: f.kind, Value: f.value, Validity: f.Validity})
	case "consent":
		c.Consents = append(c.Consents, party.Consent{Kind: f.kind, Value: f.value, Validity: f.Validity})
	}
}

func fields(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

func validityRow(v party.Validity) []any {
	return []any{v.Source, orNull(v.From), orNull(v.To), orNull(v.Confirmed)}
}

// orNull gives null for the zero time.
func orNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return optional(&t)
}

func fromNull(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return fromMicros(*us)
}

func scanConstituent(row scanner) (c party.Constituent, err error) {
	var languages string
	var at [3]*int64
	err = row.Scan(&c.ID, &c.Name, &c.Sector, &c.Criticality, &languages, &c.Hours, &c.Channel, &c.Source, &at[0], &at[1], &at[2])
	c.Languages = fields(languages)
	c.From, c.To, c.Confirmed = fromNull(at[0]), fromNull(at[1]), fromNull(at[2])
	return c, err
}

func scanFact(row scanner) (f partyFact, err error) {
	var at [3]*int64
	err = row.Scan(&f.constituent, &f.record, &f.kind, &f.value, &f.name, &f.languages, &f.Source, &at[0], &at[1], &at[2])
	f.From, f.To, f.Confirmed = fromNull(at[0]), fromNull(at[1]), fromNull(at[2])
	return f, err
}

// DeskDocument is a version of the policy or of a table that the desk keeps.
type DeskDocument struct {
	Tenant  string
	Kind    string // policy, contacts, certs
	Version int64  // from 1; given by the store
	Made    time.Time
	By      string
	Body    []byte
	Base    *int64 // the version that it takes the place of, 0 for none; nil: any
}

// AddDocument makes a document the one that counts of its kind. The error is [ErrConflict] where another counts than that whose place
// it is to take.
func (s *Store) AddDocument(ctx context.Context, d DeskDocument) error {
	err := s.update(ctx, func(t *tx) error {
		last, err := one(ctx, t, "desk_document_version", scanned[int64], d.Tenant, d.Kind)
		if err == nil && d.Base != nil && *d.Base != last {
			err = ErrConflict
		}
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "desk_document_add", d.Tenant, d.Kind, last+1, micros(d.Made), d.By, d.Body); err != nil {
			return err
		}
		return changedParties(ctx, t, d.Tenant, d.Made, d.By, fmt.Sprintf("%s, version %d", d.Kind, last+1))
	})
	if err != nil {
		return fmt.Errorf("keeping the desk's %s: %w", d.Kind, err)
	}
	return nil
}

// Documents gives the documents that count of the kinds that begin so, by kind.
func (s *Store) Documents(ctx context.Context, tenant, kinds string) (all []DeskDocument, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "desk_documents_of", func(row scanner) (d DeskDocument, err error) {
			var made int64
			err = row.Scan(&d.Kind, &d.Version, &made, &d.By, &d.Body)
			d.Tenant, d.Made = tenant, fromMicros(made)
			return d, err
		}, tenant, kinds+"%")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the desk's documents: %w", err)
	}
	return all, nil
}

// Document gives the document of a kind that counts; the error is [ErrNotFound] where there is none.
func (s *Store) Document(ctx context.Context, tenant, kind string) (d DeskDocument, err error) {
	err = s.view(ctx, func(t *tx) error {
		d, err = one(ctx, t, "desk_document_last", func(row scanner) (d DeskDocument, err error) {
			var made int64
			err = row.Scan(&d.Version, &made, &d.By, &d.Body)
			d.Made = fromMicros(made)
			return d, err
		}, tenant, kind)
		return err
	})
	if err != nil {
		return DeskDocument{}, fmt.Errorf("reading the desk's %s: %w", kind, err)
	}
	d.Tenant, d.Kind = tenant, kind
	return d, nil
}
