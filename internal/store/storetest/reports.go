package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pahra/internal/account"
	"pahra/internal/store"
)

// someReports stores reports, each with one line that was read and one that is held: with the label that they have in their
// name, of TLP:RED only in an event, and of another tenant.
func someReports(ctx context.Context, t *testing.T, s *store.Store) (ids map[string]string) {
	ids = map[string]string{}
	for name, tlp := range map[string]string{"none": "", "amber": "TLP:AMBER+STRICT", "red": "RED", "tlp:red": "tlp:red", "unreadable": "TLP:MAROON", "inside": "AMBER", "energy": ""} {
		tenant := store.National
		if name == "energy" {
			tenant = "energy"
		}
		r := store.DeskReport{ID: tenant + "/2026-03-04/sensors/" + name, Tenant: tenant, Source: "sensors", Name: name, Format: "intelmq", TLP: tlp, Day: noon(), Accepted: noon()}
		is(t, s.AddReport(ctx, r), nil)
		b := store.DeskBatch{Report: r.ID, State: store.ReportRead, Counts: store.DeskCounts{Lines: 2, Events: 1, Bad: 1}, Red: name == "inside",
			Bad: []store.Quarantined{{Place: "line 2", Reason: "x", Raw: []byte("x")}}, Now: noon(), Tenant: tenant}
		is(t, s.CommitDesk(ctx, b), nil)
		b.Red, b.Bad = false, nil // a later piece makes nothing less red
		is(t, s.CommitDesk(ctx, b), nil)
		ids[name] = r.ID
	}
	is(t, s.NameIn(ctx, noon(), store.National, store.RedCompartment, "red"), nil)
	is(t, s.NameIn(ctx, noon(), store.National, "banks", "banker"), nil)
	return ids
}

// reportQueries are all queries of reports as they came and of what is held of them: each gives the reports that it lets the sight see.
func reportQueries(ctx context.Context, s *store.Store, v store.Sight, ids map[string]string) map[string]func() ([]string, error) {
	each := func(do func(id string) error) func() ([]string, error) {
		return func() (seen []string, err error) {
			for name, id := range ids {
				switch err := do(id); {
				case err == nil:
					seen = append(seen, name)
				case !errors.Is(err, store.ErrNotFound):
					return nil, err
				}
			}
			return seen, nil
		}
	}
	last := func(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
	return map[string]func() ([]string, error){
		"SeenReport": each(func(id string) error { _, err := s.SeenReport(ctx, v, id); return err }),
		"ChangeQuarantined": each(func(id string) error {
			return s.ChangeQuarantined(ctx, v, id, 0, func(*store.Quarantined) error { return nil })
		}),
		"LatestReports": func() (seen []string, err error) {
			page, err := s.LatestReports(ctx, v, "", "", "", 100)
			for _, r := range page.Items {
				seen = append(seen, r.Name)
			}
			return seen, err
		},
		"LatestQuarantine": func() (seen []string, err error) {
			page, err := s.LatestQuarantine(ctx, v, "", "", "", 100)
			for _, h := range page.Items {
				seen = append(seen, h.Name)
			}
			return seen, err
		},
		"Quarantine": func() (seen []string, err error) {
			page, err := s.Quarantine(ctx, v, store.QuarantineFilter{})
			for _, q := range page.Items {
				seen = append(seen, last(q.Report))
			}
			return seen, err
		},
	}
}

// redReports holds each query of reports against a table of who sees which.
func redReports(t *testing.T, s *store.Store) {
	ctx := context.Background()
	ids := someReports(ctx, t, s)
	person := func(tenant, id string, role account.Role, parties ...string) store.Sight {
		return store.Sight{Tenant: tenant, Account: id, Role: role, Parties: parties}
	}
	open, all := []string{"amber", "none"}, []string{"amber", "inside", "none", "red", "tlp:red", "unreadable"}
	for _, test := range []struct {
		name string
		v    store.Sight
		want []string
	}{
		{"nobody", store.Sight{}, nil},
		{"the public", person(store.National, "", account.Public), nil},
		{"an analyst without account", person(store.National, "", account.Analyst), nil},
		{"a member", person(store.National, "m", account.Member), nil},
		{"a member who is named", person(store.National, "red", account.Member), nil},
		{"a party", person(store.National, "m", account.Member, "as:64500"), nil},
		{"an analyst", person(store.National, "a", account.Analyst), open},
		{"an administrator", person(store.National, "admin", account.Administrator), open},
		{"an analyst of another compartment", person(store.National, "banker", account.Analyst), open},
		{"an analyst named for red", person(store.National, "red", account.Analyst), all},
		{"an analyst of another tenant", person("energy", "a", account.Analyst), []string{"energy"}},
		{"named for red by another tenant", person("energy", "red", account.Analyst), []string{"energy"}},
		{"the machine", store.MachineSight(store.National), all},
	} {
		for name, query := range reportQueries(ctx, s, test.v, ids) {
			got, err := query()
			if slices.Sort(got); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%s, %s: %v, %v; want %v", test.name, name, got, err, test.want)
			}
		}
		lines, err := s.ReportLines(ctx, test.v, noon())
		counts, err2 := s.QuarantineCounts(ctx, test.v)
		if err = errors.Join(err, err2); err != nil || lines != 2*int64(len(test.want)) || counts[store.QuarantineHeld] != int64(len(test.want)) {
			t.Errorf("%s counts %d lines, %v, %v; want %d reports", test.name, lines, counts, err, len(test.want))
		}
	}
	for name := range ids {
		sees := slices.Contains(open, name)
		if _, err := s.ReplayReport(ctx, person(store.National, "a", account.Analyst), ids[name]); errors.Is(err, store.ErrNotFound) == sees {
			t.Errorf("an analyst has %s read again: %v", name, err)
		}
	}
}

// seenNotices gives the cases of the notices that the sight sees, each of which tells of one case; as many must be counted.
func seenNotices(ctx context.Context, s *store.Store, v store.Sight) (seen []int64, err error) {
	list, err := s.Notices(ctx, store.NoticeFilter{Sight: &v})
	if err != nil {
		return nil, err
	}
	for _, n := range slices.Backward(list) {
		seen = append(seen, n.ID)
	}
	counts, err := s.NoticeCounts(ctx, &v)
	if n := counts[store.NoticeApproved]; err == nil && n != int64(len(seen)) {
		err = fmt.Errorf("%d notices are counted, %d listed", n, len(seen))
	}
	return seen, err
}
