package registry

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

// at gives a source of a day in 2020.
func at(name string, day int) Source {
	return Source{Name: name, Time: time.Date(2020, 1, day, 0, 0, 0, 0, time.UTC)}
}

// add feeds text to one of a builder's Add methods.
func add(t testing.TB, method func(Source, io.Reader, func(values.Problem)) error, src Source, lines ...string) {
	t.Helper()
	err := method(src, strings.NewReader(strings.Join(lines, "\n")), func(p values.Problem) { t.Errorf("%s: %s", src.Name, p) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestRelation(t *testing.T) {
	b := NewBuilder()
	add(t, b.AddASRel, at("rel", 1), "1|2|-1", "2|3|-1", "2|4|0|bgp", "5|6|1")
	r := b.Build()
	tests := []struct {
		a, b values.ASN
		want Relation
	}{
		{1, 2, ProviderOf}, {2, 1, CustomerOf}, {2, 4, PeerOf}, {4, 2, PeerOf}, {5, 6, SiblingOf},
		{1, 3, Unknown}, {1, 1, Unknown}, {1, 99, Unknown}, {4_200_000_000, 1, Unknown},
	}
	for _, tt := range tests {
		if got := r.Relation(tt.a, tt.b); got != tt.want {
			t.Errorf("Relation(%d, %d) = %s, want %s", tt.a, tt.b, got, tt.want)
		}
	}
	if d := cmp.Diff([]values.ASN{1, 2, 3}, r.Cone(1)); d != "" {
		t.Error(d)
	}
	if !r.InCone(1, 3) || r.InCone(3, 1) || r.InCone(2, 4) || !r.InCone(7, 7) {
		t.Error("InCone is wrong")
	}
	if !r.HasRelations() || r.HasContacts() || r.HasCountries() || !r.HasOrganisations() {
		t.Error("Has… is wrong")
	}
}

func mustPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
