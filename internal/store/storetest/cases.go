package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/account"
	"pahra/internal/store"
)

// Cases makes n cases of a tenant, of many parties, classes and states.
func Cases(seed uint64, n int, tenant string) []store.DeskCase {
	r := rand.New(rand.NewPCG(seed, 5))
	states := []string{"new", "new", "new", "notified", "acknowledged", "in-progress", "disputed", "recovered", "closed", "reopened"}
	classes := []string{"vulnerable/ddos-amplifier", "malicious-code/infected-system", "fraud/phishing", "information-gathering/scanner"}
	out := make([]store.DeskCase, n)
	for i := range out {
		at := noon().Add(-time.Duration(r.IntN(2000)) * time.Hour)
		out[i] = store.DeskCase{ID: int64(i + 1), Tenant: tenant, Party: fmt.Sprintf("as:%d", 64500+r.IntN(2000)), Class: classes[r.IntN(4)],
			Identifier: fmt.Sprintf("kind-%d", r.IntN(50)), State: states[r.IntN(len(states))], Opened: at, Changed: at, FirstSeen: at,
			LastSeen: at.Add(time.Hour), Received: at, Events: 1, Addresses: 1, Priority: r.IntN(101), Country: []string{"IN", "DE", "BR"}[r.IntN(3)]}
	}
	return out
}

// CommitCases stores cases as a report that was read does.
func CommitCases(ctx context.Context, s *store.Store, cases []store.DeskCase) error {
	r := store.DeskReport{ID: "national/2026-03-04/sensors/x", Tenant: store.National, Source: "sensors", Name: "x", Format: "intelmq", Day: noon(), Accepted: noon()}
	b := store.DeskBatch{Report: r.ID, State: store.ReportRead, Cases: cases, Now: noon(), Tenant: store.National,
		FeedDays: []store.FeedDay{{Source: r.Source, Feed: "list", Day: noon().Truncate(24 * time.Hour)}}}
	for _, c := range cases {
		b.Feeds = append(b.Feeds, store.CaseFeed{Case: c.ID, Source: r.Source, Feed: "list", Day: c.FirstSeen})
		b.Days = append(b.Days, store.DeskDay{Case: c.ID, Day: c.FirstSeen, Source: r.Source, Events: 1, Addresses: 1})
	}
	return errors.Join(s.AddReport(ctx, r), s.CommitDesk(ctx, b))
}

func noteOf(id int64) store.Note {
	n := store.Note{Case: id, Kind: "comment", Made: noon(), Salt: []byte{byte(id)}, Body: []byte("x")}
	n.Seal()
	return n
}

// sightQueries are all queries of cases: each gives the cases of ids that it lets the sight see.
func sightQueries(ctx context.Context, s *store.Store, v store.Sight, ids []int64) map[string]func() ([]int64, error) {
	each := func(do func(id int64) error) func() ([]int64, error) {
		return func() (seen []int64, err error) {
			for _, id := range ids {
				switch err := do(id); {
				case err == nil:
					seen = append(seen, id)
				case !errors.Is(err, store.ErrNotFound):
					return nil, err
				}
			}
			return seen, nil
		}
	}
	numbers := func(cases []store.Case, err error) ([]int64, error) {
		var seen []int64
		for _, c := range cases {
			seen = append(seen, c.ID)
		}
		slices.Sort(seen)
		return seen, err
	}
	return map[string]func() ([]int64, error){
		"Case":       each(func(id int64) error { _, err := s.Case(ctx, v, id); return err }),
		"CaseDays":   each(func(id int64) error { _, err := s.CaseDays(ctx, v, id, 10); return err }),
		"CaseLog":    each(func(id int64) error { _, err := s.CaseLog(ctx, v, id, 0, 10); return err }),
		"CaseNotes":  each(func(id int64) error { _, err := s.CaseNotes(ctx, v, id); return err }),
		"CaseNote":   each(func(id int64) error { _, err := s.CaseNote(ctx, v, id, noteOf(id).Hash); return err }),
		"SegmentsOf": each(func(id int64) error { _, err := s.SegmentsOf(ctx, v, id); return err }),
		"ChangeCases": each(func(id int64) error {
			return s.ChangeCases(ctx, v, noon(), []int64{id}, func(*store.Case) (store.CaseChange, error) { return store.CaseChange{}, nil })
		}),
		"Cases": func() ([]int64, error) {
			page, err := s.Cases(ctx, v, noon(), store.CaseFilter{})
			return numbers(page.Items, err)
		},
		"Cases by text": func() ([]int64, error) {
			page, err := s.Cases(ctx, v, noon(), store.CaseFilter{Text: "KIND"})
			return numbers(page.Items, err)
		},
		"CaseFeeds": func() (seen []int64, err error) {
			feeds, err := s.CaseFeeds(ctx, v, ids[0], ids[len(ids)-1])
			for _, f := range feeds {
				seen = append(seen, f.Case)
			}
			return seen, err
		},
		"DaysOfCases": func() (seen []int64, err error) {
			days, err := s.DaysOfCases(ctx, v, ids, noon().AddDate(-1, 0, 0))
			return slices.Sorted(maps.Keys(days)), err
		},
		"Notices": func() ([]int64, error) { return seenNotices(ctx, s, v) },
		"CaseTimes": func() (seen []int64, err error) {
			err = s.CaseTimes(ctx, v, store.CaseFilter{}, func(c store.CaseTimes) { seen = append(seen, c.ID) })
			slices.Sort(seen)
			return seen, err
		},
		"CasesBeyond": func() ([]int64, error) { return numbers(s.CasesBeyond(ctx, v, 0, store.CaseFilter{})) },
	}
}

// secrets makes six cases: in no compartment, in "banks", of TLP:RED, of TLP:RED in "banks", and two of another tenant, the last
// of them in a compartment of that name. Accounts are named in some.
func secrets(ctx context.Context, t *testing.T, s *store.Store) []int64 {
	made := Cases(1, 6, store.National)
	for i := range made {
		made[i].State, made[i].Party, made[i].TLP = "new", "as:64500", "AMBER"
	}
	made[2].TLP, made[3].TLP = "RED", "RED"
	made[4].Tenant, made[5].Tenant = "energy", "energy"
	is(t, CommitCases(ctx, s, made), nil)
	in := map[int64]string{2: "banks", 4: "banks", 6: "banks"}
	all := []int64{1, 2, 3, 4, 5, 6}
	for _, id := range all {
		change := func(c *store.Case) (store.CaseChange, error) {
			c.Compartment = in[id]
			return store.CaseChange{Log: []store.CaseEntry{{Case: id, Actor: "desk", Act: "case.comment"}}, Notes: []store.Note{noteOf(id)}}, nil
		}
		is(t, s.ChangeCases(ctx, store.MachineSight(made[id-1].Tenant), noon(), []int64{id}, change), nil)
	}
	for _, c := range made {
		n, _ := aNotice(c.ID)
		n.Tenant, n.Message = c.Tenant, []byte("text")
		_, err := s.AddNotice(ctx, noon(), n, 0, func(int64) (store.Notice, error) { return n, nil })
		is(t, err, nil)
	}
	is(t, s.NameIn(ctx, noon(), store.National, "banks", "banker"), nil)
	is(t, s.NameIn(ctx, noon(), store.National, "banks", "gone"), nil)
	is(t, s.UnnameIn(ctx, store.National, "banks", "gone"), nil)
	is(t, s.NameIn(ctx, noon(), store.National, store.RedCompartment, "red"), nil)
	is(t, s.NameIn(ctx, noon(), "energy", "banks", "power"), nil)
	return all
}

// sights holds each query of cases against a table of who sees which.
func sights(t *testing.T, s *store.Store) {
	ctx := context.Background()
	all := secrets(ctx, t, s)
	person := func(tenant, id string, role account.Role, parties ...string) store.Sight {
		return store.Sight{Tenant: tenant, Account: id, Role: role, Parties: parties}
	}
	for _, test := range []struct {
		name string
		v    store.Sight
		want []int64
	}{
		{"nobody", store.Sight{}, nil},
		{"the public", person(store.National, "", account.Public), nil},
		{"an analyst without account", person(store.National, "", account.Analyst), nil},
		{"a member", person(store.National, "m", account.Member), nil},
		{"a member who is named", person(store.National, "banker", account.Member), nil},
		{"the party", person(store.National, "m", account.Member, "as:64500"), []int64{1}},
		{"the party, from another desk", person("energy", "m", account.Member, "as:64500"), []int64{5}},
		{"another party", person(store.National, "m", account.Member, "as:1", "as:645"), nil},
		{"an analyst", person(store.National, "a", account.Analyst), []int64{1}},
		{"an analyst who was named once", person(store.National, "gone", account.Analyst), []int64{1}},
		{"an analyst of banks", person(store.National, "banker", account.Analyst), []int64{1, 2, 4}},
		{"an analyst named for red", person(store.National, "red", account.Analyst), []int64{1, 3}},
		{"an administrator", person(store.National, "admin", account.Administrator), []int64{1}},
		{"an administrator of another tenant", person("energy", "admin", account.Administrator), []int64{5}},
		{"named by another tenant", person(store.National, "power", account.Analyst), []int64{1}},
		{"an analyst of another tenant, named there", person("energy", "power", account.Analyst), []int64{5, 6}},
		{"an analyst of no tenant", person("", "a", account.Analyst), nil},
		{"the machine", store.MachineSight(store.National), []int64{1, 2, 3, 4}},
		{"the machine of another tenant", store.MachineSight("energy"), []int64{5, 6}},
	} {
		for name, query := range sightQueries(ctx, s, test.v, all) {
			if got, err := query(); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%s, %s: cases %v, %v; want %v", test.name, name, got, err, test.want)
			}
		}
		groups, err := s.CaseGroups(ctx, test.v, noon(), store.CaseFilter{})
		if err != nil || groups[store.TodoNew] != int64(len(test.want)) {
			t.Errorf("%s: counts %v, %v; want %d", test.name, groups, err, len(test.want))
		}
		if n, err := outbreakCases(ctx, s, test.v); err != nil || n != len(test.want) {
			t.Errorf("%s: an outbreak of %d cases, %v; want %d", test.name, n, err, len(test.want))
		}
	}
}

// lived gives some of the cases deadlines, replies, assignees, and gives all as they are then.
func lived(ctx context.Context, t *testing.T, s *store.Store, v store.Sight, made []store.DeskCase) []store.Case {
	var whole []store.Case
	for _, c := range made {
		one := store.Case{DeskCase: c}
		due, replied := noon().Add(time.Duration(c.ID%7-3)*time.Hour), noon()
		change := func(c *store.Case) (store.CaseChange, error) {
			if c.ID%3 == 0 {
				c.Due = &due
			}
			if c.ID%5 == 0 {
				c.Replied = &replied
			}
			c.Assignee = []string{"", "a", "b"}[c.ID%3]
			one = *c
			return store.CaseChange{Log: []store.CaseEntry{{Case: c.ID, Actor: "a", Act: "case.assign"}}}, nil
		}
		is(t, s.ChangeCases(ctx, v, noon(), []int64{c.ID}, change), nil)
		whole = append(whole, one)
	}
	return whole
}

// inbox holds the filters, groups and pages of cases against plain loops.
func inbox(t *testing.T, s *store.Store) {
	ctx, v := context.Background(), store.Sight{Tenant: store.National, Account: "a", Role: account.Analyst}
	made := Cases(2, 400, store.National)
	is(t, CommitCases(ctx, s, made), nil)
	whole := lived(ctx, t, s, v, made)
	soon := noon().Add(time.Hour)
	tests := []store.CaseFilter{{}, {Due: &soon}, {State: "new"}, {Open: true}, {Class: "fraud/phishing"}, {Class: "vulnerable"}, {Party: made[0].Party}, {Country: "IN"},
		{Assignee: "b"}, {Text: "Kind-4"}, {Text: "#17"}, {Text: "100%"}, {Text: "645_"}, {Text: "a\x00s"}, {Country: "DE", State: "recovered", Assignee: "a"}}
	for _, todo := range store.Todos() {
		tests = append(tests, store.CaseFilter{Todo: todo}, store.CaseFilter{Todo: todo, Country: "BR"})
	}
	for _, f := range tests {
		var want, got []store.Case
		for _, c := range whole {
			if wanted(c, f) {
				want = append(want, c)
			}
		}
		slices.SortFunc(want, func(a, b store.Case) int {
			if a.Priority != b.Priority {
				return b.Priority - a.Priority
			}
			return int(b.ID - a.ID)
		})
		for f.Limit = 13; ; {
			page, err := s.Cases(ctx, v, noon(), f)
			is(t, err, nil)
			got = append(got, page.Items...)
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: %s", f, diff)
		}
		groups, err := s.CaseGroups(ctx, v, noon(), f)
		is(t, err, nil)
		if f.Todo != "" && f.Country == "BR" && groups[f.Todo] != int64(len(want)) {
			t.Errorf("%+v: %d are counted, %d listed", f, groups[f.Todo], len(want))
		}
	}
	for _, bad := range []string{"x", "eyJ0IjoxLCJpIjoieCJ9"} {
		_, err := s.Cases(ctx, v, noon(), store.CaseFilter{Cursor: bad})
		is(t, err, store.ErrCursor)
	}
}

// todoOf says slowly what is to be done about a case.
func todoOf(c store.Case) store.Todo {
	switch {
	case c.State == "closed":
		return ""
	case c.Due != nil && !c.Due.After(noon()):
		return store.TodoOverdue
	case c.Replied != nil:
		return store.TodoReply
	case c.State == "recovered":
		return store.TodoClose
	case c.State == "new" || c.State == "reopened" || c.State == "disputed":
		return store.Todo(c.State)
	}
	return store.TodoWaiting
}

func wanted(c store.Case, f store.CaseFilter) bool {
	text := strings.ToLower(f.Text)
	in := strings.Contains(c.Party, text) || strings.Contains(c.Class, text) || strings.Contains(c.Identifier, text) || text == fmt.Sprint("#", c.ID)
	if f.Text == "a\x00s" {
		in = true // PostgreSQL knows no such text: it is left out
	}
	if f.Due != nil && (c.Due == nil || c.Due.After(*f.Due)) {
		return false
	}
	return (f.Todo == "" || f.Todo == todoOf(c)) && (f.State == "" || f.State == c.State) && (!f.Open || c.State != "recovered" && c.State != "closed") && strings.HasPrefix(c.Class, f.Class) &&
		(f.Party == "" || f.Party == c.Party) && (f.Country == "" || f.Country == c.Country) && (f.Assignee == "" || f.Assignee == c.Assignee) && in
}

// caseLog: what was done stands in the log in its order, with its notes; one that fails is not there at all.
func caseLog(t *testing.T, s *store.Store) {
	ctx, v := context.Background(), store.MachineSight(store.National)
	is(t, CommitCases(ctx, s, Cases(3, 3, store.National)), nil)
	note := store.Note{Case: 2, Kind: "comment", Salt: []byte("salt"), Body: []byte("looked at it"), Made: noon()}
	note.Seal()
	act := func(id int64, act string, notes ...store.Note) store.CaseChange {
		return store.CaseChange{Log: []store.CaseEntry{{Case: id, Actor: "a", Act: act, Detail: map[string]string{"note": note.Hash}}}, Notes: notes}
	}
	refused := errors.New("no")
	is(t, s.ChangeCases(ctx, v, noon(), []int64{1, 2}, func(c *store.Case) (store.CaseChange, error) {
		if c.ID == 2 {
			return act(2, "case.comment", note), refused
		}
		return act(1, "case.move"), nil
	}), refused)
	is(t, s.ChangeCases(ctx, v, noon(), []int64{2, 1, 2}, func(c *store.Case) (store.CaseChange, error) {
		if c.ID == 1 {
			return act(1, "case.move"), nil
		}
		if c.Assignee != "" {
			return act(2, "case.assign"), nil
		}
		c.Assignee = "a"
		return act(2, "case.comment", note), nil
	}), nil)
	log, err := s.CaseLog(ctx, v, 2, 0, 10)
	is(t, err, nil)
	if len(log) != 2 || log[0].Act != "case.comment" || log[0].Seq != 1 || log[1].Act != "case.assign" || log[1].Seq != 3 || log[1].Subject != "case 2" {
		t.Errorf("%+v", log)
	}
	notes, err := s.CaseNotes(ctx, v, 2)
	is(t, err, nil)
	got, err := s.CaseNote(ctx, v, 2, note.Hash)
	is(t, err, nil)
	if diff := gocmp.Diff(note, got) + gocmp.Diff(map[string]store.Note{note.Hash: note}, notes); diff != "" {
		t.Error(diff)
	}
	_, err = s.CaseNote(ctx, v, 1, note.Hash)
	is(t, err, store.ErrNotFound)
	days, err := s.FeedDays(ctx, store.National, noon().Add(-time.Hour))
	if err != nil || len(days) != 1 || days[0].Feed != "list" {
		t.Errorf("%+v, %v", days, err)
	}
}

// caseNumbers: those who open cases never take the same number, and none is lost while nobody else opens any.
func caseNumbers(t *testing.T, s *store.Store) {
	ctx := context.Background()
	take := func(next int64, wantLow, wantHigh int64) {
		t.Helper()
		low, high, err := s.CaseNumbers(ctx, "intake", next, 2, 10)
		if err != nil || low != wantLow || high != wantHigh {
			t.Errorf("numbers %d to %d, %v; want %d to %d", low, high, err, wantLow, wantHigh)
		}
	}
	take(1, 1, 10)
	take(1, 1, 10)
	is(t, CommitCases(ctx, s, Cases(4, 9, store.National)), nil)
	take(1, 10, 20)
	c := store.Case{DeskCase: Cases(5, 1, store.National)[0]}
	id, err := s.AddCase(ctx, noon(), c, func(id int64) []store.CaseEntry { return []store.CaseEntry{{Case: id, Actor: "a", Act: "case.open"}} })
	if err != nil || id != 21 {
		t.Errorf("case %d, %v; want 21", id, err)
	}
	take(20, 22, 31)
}

// tenants: who works where.
func tenants(t *testing.T, s *store.Store) {
	ctx := context.Background()
	at := func(id, want string) {
		t.Helper()
		v, err := s.SightOf(ctx, account.Viewer{Account: id, Role: account.Analyst}, "as:1")
		if err != nil || v.Tenant != want || v.Account != id || v.Role != account.Analyst || len(v.Parties) != 1 {
			t.Errorf("%s: %+v, %v; want %q", id, v, err, want)
		}
	}
	at("a", store.National)
	is(t, s.PutTenant(ctx, noon(), store.Tenant{Name: "energy", Title: "x"}), nil)
	is(t, s.PutTenant(ctx, noon(), store.Tenant{Name: "energy", Title: "CERT of the energy sector"}), nil)
	at("a", "")
	is(t, s.AssignTenant(ctx, "a", "energy"), nil)
	at("a", "energy")
	is(t, s.AssignTenant(ctx, "a", store.National), nil)
	at("a", store.National)
	is(t, s.NameIn(ctx, noon(), "energy", "x", "a"), nil)
	is(t, s.NameIn(ctx, noon(), "energy", "x", "a"), nil)
	all, err := s.Tenants(ctx)
	is(t, err, nil)
	named, err := s.Compartments(ctx, "energy")
	is(t, err, nil)
	if diff := gocmp.Diff([]store.Tenant{{Name: "energy", Title: "CERT of the energy sector"}}, all) +
		gocmp.Diff(map[string][]string{"x": {"a"}}, named); diff != "" {
		t.Error(diff)
	}
}
