package cases

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pahra/internal/account"
	"pahra/internal/desk"
	"pahra/internal/store"
	"pahra/wire/values"
)

// Relate says in the logs of two cases that they belong together.
func (s *Service) Relate(ctx context.Context, v store.Sight, by By, id, other int64) error {
	if err := by.may(v); err != nil {
		return err
	}
	if id == other {
		return fmt.Errorf("%w: case %d belongs to itself anyway", ErrBad, id)
	}
	now := s.Now()
	return s.Store.ChangeCases(ctx, v, now, []int64{id, other}, func(c *store.Case) (store.CaseChange, error) {
		return s.change(c, by, "case.relate", now, func(c *store.Case, _ time.Time) (Detail, []store.Note, error) {
			return Detail{Case: id + other - c.ID}, nil, nil
		})
	})
}

// Confine puts a case into a compartment, whose members alone see it from then on, or out of all with "".
func (s *Service) Confine(ctx context.Context, v store.Sight, by By, id int64, compartment string) error {
	if compartment != "" && !PlainName(compartment) {
		return fmt.Errorf("%w: %q is no compartment's name", ErrBad, compartment)
	}
	return s.do(ctx, v, by, id, "case.confine", func(c *store.Case, _ time.Time) (Detail, []store.Note, error) {
		if by.Actor != desk.Analyst {
			return Detail{}, nil, fmt.Errorf("%w: the team says who needs to know", ErrRefused)
		}
		d := Detail{From: c.Compartment, To: compartment}
		c.Compartment = compartment
		return d, nil, nil
	})
}

// PlainName says whether something can be the name of a compartment or a tenant: lower-case letters, digits and hyphens, at
// most 40.
func PlainName(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return name != "" && len(name) <= 40
}

// Times are what clocks begin at. They are kept apart: somebody found out, the party itself found out or was told, the desk
// got the first report (which is not set by hand).
type Times struct {
	Detected, Noticed *time.Time // nil: as it was
}

// SetTimes says when something was found out about a case.
func (s *Service) SetTimes(ctx context.Context, v store.Sight, by By, id int64, t Times) error {
	if err := by.may(v); err != nil {
		return err
	}
	now := s.Now()
	return s.Store.ChangeCases(ctx, v, now, []int64{id}, func(c *store.Case) (all store.CaseChange, err error) {
		for _, set := range []struct {
			what string
			at   *time.Time
			into **time.Time
		}{{"detected", t.Detected, &c.Detected}, {"noticed", t.Noticed, &c.Noticed}} {
			if set.at == nil {
				continue
			}
			if set.at.After(now) {
				return all, fmt.Errorf("%w: %s at %s has not come yet", ErrBad, set.what, set.at.Format(time.RFC3339))
			}
			at := set.at.UTC().Truncate(time.Microsecond)
			*set.into = &at
			all.Log = append(all.Log, store.CaseEntry{Case: c.ID, Actor: by.String(), Act: "case.time", Detail: Detail{What: set.what, At: &at}})
		}
		s.wind(c, now)
		return all, nil
	})
}

// Refer hands a case to another tenant: that gets a case of its own, new, with what was counted of this one and without
// comments, attachments and log. Nothing else ever passes from one tenant to another. Party is who is responsible there; "" is the
// same as here, which a constituent, known to its own tenant alone, cannot be.
func (s *Service) Refer(ctx context.Context, v store.Sight, by By, id int64, tenant, party, reason string) (other int64, err error) {
	if err := by.may(v); err != nil {
		return 0, err
	}
	if by.Actor != desk.Analyst {
		return 0, fmt.Errorf("%w: the team refers cases", ErrRefused)
	}
	if party != "" && !isParty(party) {
		return 0, fmt.Errorf("%w: %.60q is no party such as as:64500 or c:bank", ErrBad, party)
	}
	if err := s.knownTenant(ctx, tenant); err != nil {
		return 0, err
	}
	now := s.Now().UTC().Truncate(time.Microsecond)
	return s.Store.ReferCase(ctx, v, now, id, func(c store.Case) (store.Case, store.CaseChange, error) {
		if c.Tenant == tenant {
			return c, store.CaseChange{}, fmt.Errorf("%w: the case is %s's own", ErrBad, tenant)
		}
		if c.Compartment != "" || c.TLP == "RED" {
			return c, store.CaseChange{}, fmt.Errorf("%w: what only those named may know is not referred", ErrRefused)
		}
		if party == "" && strings.HasPrefix(c.Party, "c:") {
			return c, store.CaseChange{}, fmt.Errorf("%w: %s does not know %s; say who is responsible there", ErrBad, tenant, c.Party)
		}
		n, err := s.note(c.ID, "reason", "", "", []byte(reason), now)
		own := store.Case{DeskCase: c.DeskCase, Detected: c.Detected, Noticed: c.Noticed, Referred: c.ID}
		own.Party = cmp.Or(party, own.Party)
		own.Tenant, own.State, own.Opened, own.Changed, own.Received, own.Reopened = tenant, string(desk.New), now, now, now, 0
		return own, store.CaseChange{Log: []store.CaseEntry{{Case: c.ID, Actor: by.String(), Act: "case.refer",
			Detail: Detail{Tenant: tenant, Note: n.Hash}}}, Notes: []store.Note{n}}, err
	})
}

// isParty says whether something can be who is responsible for a case.
func isParty(name string) bool {
	kind, value, _ := strings.Cut(name, ":")
	if kind == "as" {
		asn, err := values.ParseASN(value)
		return err == nil && value == asn.String()
	}
	plain := !strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsGraphic(r) }) && utf8.ValidString(value)
	return slices.Contains([]string{"c", "cert", "reg"}, kind) && value != "" && len(value) <= 200 && plain && value == strings.TrimSpace(value)
}

func (s *Service) knownTenant(ctx context.Context, name string) error {
	all, err := s.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.Name == name {
			return nil
		}
	}
	return fmt.Errorf("%w: there is no tenant %q", ErrBad, name)
}

// Whole is a case with its life.
type Whole struct {
	store.Case
	Log   []Entry
	Days  []store.DeskDay // the last first
	Notes map[string]store.Note
}

// Entry is an act of the log.
type Entry struct {
	account.Entry
	Detail Detail // read from the entry's own
}

// mostEntries bounds what is shown of a log.
const mostEntries = 10_000

// Get gives a case with its log, its notes but for attachments' content, and its last days.
func (s *Service) Get(ctx context.Context, v store.Sight, id int64, days int) (w Whole, err error) {
	if w.Case, err = s.Store.Case(ctx, v, id); err != nil {
		return w, err
	}
	log, err := s.Store.CaseLog(ctx, v, id, 0, mostEntries)
	if err != nil {
		return w, err
	}
	for _, e := range log {
		one := Entry{Entry: e}
		if err := json.Unmarshal([]byte(e.Detail), &one.Detail); err != nil {
			return w, fmt.Errorf("entry %d of case %d: %w", e.Seq, id, err)
		}
		w.Log = append(w.Log, one)
	}
	if w.Notes, err = s.Store.CaseNotes(ctx, v, id); err != nil {
		return w, err
	}
	w.Days, err = s.Store.CaseDays(ctx, v, id, days)
	return w, err
}
