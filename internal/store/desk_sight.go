package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/account"
)

// Sight is whose eyes look at cases. Every query of cases takes one and gives, counts and changes nothing that it does not
// see; what it does not see is not there ([ErrNotFound]). The zero value sees nothing.
//
// Analysts and administrators of a tenant see its cases, but those of a compartment only if they are named in it. A case
// with an event of TLP:RED that is in no compartment is in the one called [RedCompartment]. Others see the cases of the
// parties that they are, outside of compartments. Nobody sees what is another tenant's.
type Sight struct {
	Tenant  string
	Account string
	Role    account.Role
	Parties []string // for those who are no analysts: the parties that they speak for
	Machine bool     // the desk itself at work, or whoever runs the program on the machine: all cases of the tenant
}

// National is the tenant that there is when none is named.
const National = "national"

// RedCompartment is the compartment of cases of TLP:RED that are in no other.
const RedCompartment = "red"

// MachineSight is the sight of the desk itself on a tenant's cases.
func MachineSight(tenant string) Sight { return Sight{Tenant: tenant, Machine: true} }

// where keeps a query on desk_case, called c, to what the sight sees.
func (v Sight) where(b *builder) {
	switch {
	case v.Machine:
		b.add("case_seen_by_machine", v.Tenant)
	case v.Role >= account.Analyst && v.Account != "":
		b.add("case_seen_by", v.Tenant, v.Account)
	case len(v.Parties) > 0:
		b.add("case_seen_by_party", v.Tenant)
		among(b, v.Parties)
	default:
		b.raw("AND 1 = 0")
	}
}

// whereNotice keeps a query on desk_notice, called n, to those of whose cases the sight sees all; nil sees all.
func (v *Sight) whereNotice(b *builder) {
	if v == nil {
		return
	}
	b.add("notice_seen", v.Tenant)
	v.where(b)
	b.raw("))")
}

// among appends a list of values for IN.
func among[T any](b *builder, values []T) {
	b.raw("(")
	for n, v := range values {
		if n > 0 {
			b.raw(",")
		}
		b.raw("$1", v)
	}
	b.raw(")")
}

// Tenant is a response team that shares the installation.
type Tenant struct{ Name, Title string }

// PutTenant names a tenant, or gives it another title.
func (s *Store) PutTenant(ctx context.Context, now time.Time, t Tenant) error {
	err := s.update(ctx, func(x *tx) error {
		_, err := x.exec(ctx, "tenant_put", t.Name, t.Title, micros(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("naming tenant %s: %w", t.Name, err)
	}
	return nil
}

// Tenants gives the tenants that were named, by name. While there is none, [National] is the only one.
func (s *Store) Tenants(ctx context.Context) (all []Tenant, err error) {
	err = s.view(ctx, func(x *tx) error {
		all, err = list(ctx, x, "tenant_list", scanTenant)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing tenants: %w", err)
	}
	return all, nil
}

func scanTenant(row scanner) (t Tenant, err error) {
	err = row.Scan(&t.Name, &t.Title)
	return t, err
}

// AssignTenant says at whose desk an account works; it leaves the one where it worked before.
func (s *Store) AssignTenant(ctx context.Context, account, tenant string) error {
	err := s.update(ctx, func(x *tx) error {
		_, err := x.exec(ctx, "tenant_account_put", account, tenant)
		return err
	})
	if err != nil {
		return fmt.Errorf("assigning account %s to tenant %s: %w", account, tenant, err)
	}
	return nil
}

// SightOf gives the sight of who looks: at the desk of the tenant where their account works. One that was assigned to none
// works at [National] as long as no tenant is named, and from then on at no desk.
func (s *Store) SightOf(ctx context.Context, v account.Viewer, parties ...string) (Sight, error) {
	sight := Sight{Account: v.Account, Role: v.Role, Parties: parties}
	err := s.view(ctx, func(x *tx) (err error) {
		sight.Tenant, err = one(ctx, x, "tenant_of", scanned[string], v.Account)
		if !errors.Is(translate(err), ErrNotFound) {
			return err
		}
		named, err := list(ctx, x, "tenant_list", scanTenant)
		if err == nil && len(named) == 0 {
			sight.Tenant = National
		}
		return err
	})
	if err != nil {
		return Sight{}, fmt.Errorf("finding the desk of account %s: %w", v.Account, err)
	}
	return sight, nil
}

// NameIn names an account in a compartment: from then on it sees the compartment's cases.
func (s *Store) NameIn(ctx context.Context, now time.Time, tenant, compartment, account string) error {
	return s.writeCompartment(ctx, "compartment_name", tenant, compartment, account, micros(now))
}

// UnnameIn takes an account out of a compartment.
func (s *Store) UnnameIn(ctx context.Context, tenant, compartment, account string) error {
	return s.writeCompartment(ctx, "compartment_unname", tenant, compartment, account)
}

func (s *Store) writeCompartment(ctx context.Context, query string, args ...any) error {
	err := s.update(ctx, func(x *tx) error {
		_, err := x.exec(ctx, query, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("changing compartment %v of %v: %w", args[1], args[0], err)
	}
	return nil
}

// Compartments gives the accounts that are named in each compartment of a tenant.
func (s *Store) Compartments(ctx context.Context, tenant string) (map[string][]string, error) {
	members := map[string][]string{}
	err := s.view(ctx, func(x *tx) error {
		_, err := list(ctx, x, "compartment_members", func(row scanner) (none struct{}, err error) {
			var name, who string
			err = row.Scan(&name, &who)
			members[name] = append(members[name], who)
			return none, err
		}, tenant)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing compartments of %s: %w", tenant, err)
	}
	return members, nil
}
