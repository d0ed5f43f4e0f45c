package store_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

// TestCheckFinds damages a sound store in one place each and wants the check to say where.
func TestCheckFinds(t *testing.T) {
	const some = `(SELECT id FROM incident ORDER BY id LIMIT 1)`
	const judged = `(SELECT incident FROM incident_version WHERE version = 2 ORDER BY incident LIMIT 1)`
	for _, test := range []struct{ name, damage, want string }{
		{"an incident that is gone", `UPDATE incident SET id = 'other' WHERE id = ` + some, "points at a row of incident that is not there"},
		{"a body that is not one", `UPDATE incident_version SET body = x'00' WHERE incident = ` + some, "cannot be read"},
		{"a digest", `UPDATE incident_version SET digest = 'x' WHERE version = 1 AND incident = ` + judged, "version 2 does not follow"},
		{"a version that is gone", `DELETE FROM incident_version WHERE version = 1 AND incident = ` + judged, "version 2 stands where 1 should"},
		{"an unknown encoding", `UPDATE incident_version SET encoding = 'lz4' WHERE incident = ` + some, `its encoding "lz4" is unknown`},
		{"a column", `UPDATE incident SET confidence = 0.123 WHERE id = ` + some, "its columns are not what its body says"},
		{"a party", `UPDATE incident_party SET asn = 1 WHERE part = 'announcing' AND incident = ` + some, "its parties are not what"},
		{"a prefix", `DELETE FROM incident_prefix WHERE incident = ` + some, "its prefixes are not what"},
		{"a month", `UPDATE network_month SET month = '2020-01'`, "its body is of"},
		{"a neighbourhood", `UPDATE neighbourhood_month SET neighbourhood = 'XX'`, "its body is of IN"},
		{"a gap", `UPDATE gap SET ended = began - 1`, "1 gaps end before they begin"},
		{"a source", `UPDATE source_state SET body = x'7b'`, "1 bodies cannot be read"},
		{"an alert's memory", `INSERT INTO alert_memory (name, updated, body) VALUES ('64500', 1, x'00')`, "1 bodies cannot be read"},
		{"a mark of a member", `UPDATE exchange_members SET is_last = 0`, "its versions are not marked"},
		{"a member that is not current", `UPDATE exchange_members SET is_current = 0`, "its versions are not marked"},
		{"a hidden member", `UPDATE exchange_members SET hidden = 1`, "a version that nobody sees is marked"},
		{"the exchange's counter", `UPDATE exchange_counter SET added = 0`, "later than the counter"},
		{"a migration", `UPDATE migration SET digest = 'x'`, "differs from this program's"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, url := context.Background(), storetest.SQLite(t)
			s := storetest.Open(t, url)
			fill(t, s)
			sound(t, s)
			db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(test.damage); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			report, err := s.Check(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range report.Problems {
				if strings.Contains(p.What, test.want) {
					return
				}
			}
			t.Errorf("%q is not among %+v", test.want, report.Problems)
		})
	}
}

// TestDamagedFile overwrites a part of the file.
func TestDamagedFile(t *testing.T) {
	url := storetest.SQLite(t)
	s, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(url, "sqlite:")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[len(content)/2:], strings.Repeat("\xa5", 20_000))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(context.Background(), url, store.ReadOnly())
	if err != nil {
		return // told at once
	}
	defer s.Close()
	if report, err := s.Check(context.Background()); err == nil && report.Found == 0 {
		t.Error("nothing was found")
	}
}
