package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
)

// TestCheckFindsTampering: an audit entry that somebody changed in the file, and a decision that is not what was signed.
func TestCheckFindsTampering(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s, err := Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 3 {
		if err := s.AppendAudit(ctx, account.Entry{Actor: "a", Act: "account.add"}, now); err != nil {
			t.Fatal(err)
		}
	}
	o, err := publication.Override{ASN: 64500, Decided: now, Ground: publication.Withdrawn, Incident: strings.Repeat("ab", 16), Kind: "leak", Reason: "r"}.
		Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	r := publication.Record{Incident: o.Incident, ASN: o.ASN, Kind: "leak"}
	if err := r.Do(publication.Step{Action: publication.Withdraw, By: publication.Decider, Reason: "r"}, now); err != nil {
		t.Fatal(err)
	}
	r.Override, _ = o.Hash()
	if err := s.SavePublicationRecord(ctx, r, 0, &o); err != nil {
		t.Fatal(err)
	}
	found := func() string {
		report, err := s.Check(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, p := range report.Problems {
			all = append(all, p.Where+": "+p.What)
		}
		return strings.Join(all, "\n")
	}
	if got := found(); got != "" {
		t.Fatalf("a sound store: %s", got)
	}
	for _, c := range [][2]string{
		{`UPDATE audit_entry SET body = CAST(replace(CAST(body AS TEXT), '"actor":"a"', '"actor":"b"') AS BLOB) WHERE seq = 2`, "entry 2 was changed"},
		{`DELETE FROM audit_entry WHERE seq = 1`, "entry 2 stands where 1 should"},
		{`UPDATE publication_override SET body = CAST(replace(CAST(body AS TEXT), '"reason":"r"', '"reason":"x"') AS BLOB)`, "signature"},
	} {
		if _, err := s.write.Exec(c[0]); err != nil {
			t.Fatal(err)
		}
		if got := found(); !strings.Contains(got, c[1]) {
			t.Errorf("%s: found %q, want %q", c[0], got, c[1])
		}
	}
}
