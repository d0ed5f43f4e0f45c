package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCaseLogChanged changes what was written of a case, each time in another way: the check of the store finds it. No query
// of the program changes or deletes a row of the log.
func TestCaseLogChanged(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for change, want := range map[string]string{
		`UPDATE desk_case_log SET body = REPLACE(CAST(body AS TEXT), '"actor":"a"', '"actor":"b"') WHERE seq = 2`: "entry 2 was changed",
		`DELETE FROM desk_case_log WHERE seq = 2`:            "entry 3 stands where 2 should",
		`UPDATE desk_case_log SET case_id = 2 WHERE seq = 1`: "entry 1 lies with case 2 and is of case 1",
		`UPDATE desk_case_note SET body = 'other words'`:     "was changed",
	} {
		s, err := Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "pahra.db"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := s.AddCase(ctx, now, Case{DeskCase: DeskCase{Tenant: National, Party: "as:64500"}}, func(int64) []CaseEntry { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		n := Note{Case: 1, Kind: "comment", Salt: []byte{1}, Body: []byte("words"), Made: now}
		n.Seal()
		err = s.ChangeCases(ctx, MachineSight(National), now, []int64{1}, func(*Case) (CaseChange, error) {
			e := CaseEntry{Case: 1, Actor: "a", Act: "case.comment"}
			return CaseChange{Log: []CaseEntry{e, e, e}, Notes: []Note{n}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := s.Check(ctx); err != nil || r.Found != 0 {
			t.Fatalf("%+v, %v before anything was changed", r.Problems, err)
		}
		if _, err := s.write.Exec(change); err != nil {
			t.Fatal(err)
		}
		r, err := s.Check(ctx)
		if err != nil || r.Found == 0 || !strings.Contains(r.Problems[0].What, want) {
			t.Errorf("%s: %+v, %v; want %q", change, r.Problems, err, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range mustQueries(t) {
		for _, word := range []string{"UPDATE desk_case_log", "DELETE FROM desk_case_log", "REPLACE INTO desk_case_log"} {
			if strings.Contains(text, word) {
				t.Errorf("query %s changes the log", name)
			}
		}
	}
}

func mustQueries(t *testing.T) map[string]string {
	t.Helper()
	all, err := loadQueries(postgresEngine)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
