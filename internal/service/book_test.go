package service

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/source/folder"
	"pahra/wire/values"
)

// booked gives a book over files, by name.
func booked(t *testing.T, opt Options, files map[string]string) *book {
	t.Helper()
	opt.Data, opt.Out = t.TempDir(), t.TempDir()
	opt.From, opt.To, opt.Limits = noon, noon.AddDate(0, 0, 1), authority.DefaultLimits()
	if opt.Relations == "" {
		opt.Relations = RelationsAll
	}
	opt.Say = func(format string, args ...any) { t.Logf(format, args...) }
	for name, text := range files {
		path := filepath.Join(opt.Data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := folder.Scan(opt.Data)
	if err != nil {
		t.Fatal(err)
	}
	return newBook(dir, opt)
}

var noon = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)

// validated is a validator's output with one ASPA.
func validated(aspa string) string {
	return `{"metadata":{},"roas":[{"asn":1,"prefix":"192.0.2.0/24","maxLength":24,"ta":"test"}],"aspas":[` + aspa + `]}`
}

// TestBookSigned: ASPAs come with the VRPs of their moment, and bear on relations from then on.
func TestBookSigned(t *testing.T) {
	files := map[string]string{
		"vrp/20260210T1200Z.json":       validated(`{"customer_asid":2,"providers":[1]}`),
		"vrp/20260210T1300Z.json":       validated(`{"customer_asid":2,"providers":[1]}`),
		"vrp/20260210T1400Z.json":       validated(`{"customer_asid":2,"providers":[3]}`),
		"relations/20260201.as-rel.txt": "1|2|-1\n1|4|-1\n",
	}
	for _, tt := range []struct {
		opt  Options
		at   time.Duration
		want registry.Relation
		from int // how many kinds say so
	}{
		{Options{}, -time.Hour, registry.ProviderOf, 1}, {Options{}, 0, registry.ProviderOf, 2},
		{Options{}, 2 * time.Hour, registry.Unknown, 0}, {Options{Relations: RelationsListed}, 2 * time.Hour, registry.ProviderOf, 1},
		{Options{Relations: RelationsInferred}, 0, registry.Unknown, 0},
		// used against its time, an ASPA would mark all relations
		{Options{Allow: []authority.Kind{authority.KindVRP}}, 100 * time.Hour, registry.ProviderOf, 1},
	} {
		facts, _, err := booked(t, tt.opt, files).at(noon.Add(tt.at))
		if err != nil {
			t.Fatal(err)
		}
		got := facts.Registry.Relationship(1, 2)
		if got.Relation != tt.want || len(got.Sources) != tt.from {
			t.Errorf("%+v at %s: %+v", tt.opt.Relations, tt.at, got)
		}
		if (facts.ASPAs == nil) != (tt.at < 0) || facts.ASPAs != nil && facts.ASPAs.Len() != 1 {
			t.Errorf("at %s: ASPAs %v", tt.at, facts.ASPAs)
		}
	}
	b := booked(t, Options{}, files)
	one, _, _ := b.at(noon)
	two, _, _ := b.at(noon.Add(time.Hour))
	three, _, _ := b.at(noon.Add(2 * time.Hour))
	if one.Registry != two.Registry || two.Registry == three.Registry || one.ASPAs == two.ASPAs {
		t.Error("the registry is built anew where the ASPAs differ, and only there")
	}
	if three.Registry.Relation(3, 2) != registry.ProviderOf || three.Registry.Relation(1, 4) != registry.ProviderOf {
		t.Error("what is signed and what is listed are not both there")
	}
}

// TestBookPolicies: what both sides state in an authenticated registry is a relation; where it is used against its time
// it is none.
func TestBookPolicies(t *testing.T) {
	files := map[string]string{"irr/RIPE.db": `aut-num: AS64500
import: from AS64501 accept ANY
export: to AS64501 announce AS64500
source: RIPE

aut-num: AS64501
import: from AS64500 accept AS64500
export: to AS64500 announce ANY
source: RIPE

route: 192.0.2.0/24
origin: AS64500
created: 2026-02-08T00:00:00Z
last-modified: 2026-02-08T00:00:00Z
source: RIPE
`}
	for at, want := range map[time.Duration]registry.Relation{0: registry.ProviderOf, 500 * time.Hour: registry.Unknown} {
		facts, _, err := booked(t, Options{Allow: []authority.Kind{authority.KindIRR}}, files).at(noon.Add(at))
		if err != nil {
			t.Fatal(err)
		}
		if got := facts.Registry.Relation(64501, 64500); got != want {
			t.Errorf("%s: %s, %v", at, got, facts.Anachronism)
		}
		if facts.Registry.HasRelations() || facts.Registry.Relation(64501, values.ASN(1)) != registry.Unknown {
			t.Error("policies are no source of relations for everybody")
		}
	}
}

// TestBookReadsTheRestOnce: a registry's new dump has what else is said of networks not read again; a new list of those does.
func TestBookReadsTheRestOnce(t *testing.T) {
	files := map[string]string{
		"relations/20260201.as-rel.txt": "1|2|-1\nnonsense\n",
		"relations/20260211.as-rel.txt": "1|3|-1\nnonsense\n",
		"irr/RIPE.db.20260210":          "aut-num: AS2\nas-name: BEFORE\nsource: RIPE\n",
		"irr/RIPE.db.20260210T1300Z":    "aut-num: AS2\nas-name: AFTER\nsource: RIPE\n",
	}
	b := booked(t, Options{}, files)
	said := 0
	b.say = func(string, ...any) { said++ }
	for _, tt := range []struct {
		at       time.Duration
		said     int
		name     string
		relation registry.Relation
	}{
		{0, 1, "BEFORE", registry.ProviderOf}, {time.Hour, 1, "AFTER", registry.ProviderOf}, {12 * time.Hour, 2, "AFTER", registry.Unknown},
	} {
		facts, _, err := b.at(noon.Add(tt.at))
		if err != nil {
			t.Fatal(err)
		}
		n, _ := facts.Registry.Network(2)
		if said != tt.said || n.ASName != tt.name || facts.Registry.Relation(1, 2) != tt.relation {
			t.Errorf("%s: %d problems said, %q, %s", tt.at, said, n.ASName, facts.Registry.Relation(1, 2))
		}
	}
}
