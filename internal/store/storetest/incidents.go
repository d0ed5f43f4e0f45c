package storetest

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/internal/store"
	"pahra/internal/watch"
	vals "pahra/wire/values"
)

// same compares what holds addresses, prefixes and months.
func same() gocmp.Options {
	return gocmp.Options{cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{}, vals.Month{}), cmpopts.EquateEmpty()}
}

func save(t *testing.T, s *store.Store, at time.Time, list ...watch.Incident) store.Saved {
	t.Helper()
	saved, err := s.SaveIncidents(context.Background(), at, list)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func incidentsRoundTrip(t *testing.T, s *store.Store) {
	ctx, list := context.Background(), Incidents(1, 40)
	if got := save(t, s, noon(), list...); len(got.New) != 40 || got.Same != 0 {
		t.Errorf("saved %+v, want 40 new", got)
	}
	if got := save(t, s, noon().Add(time.Hour), list...); got.Same != 40 || len(got.New) != 0 || len(got.Judged) != 0 {
		t.Errorf("saved again: %+v, want 40 the same", got)
	}
	for _, want := range list {
		got, err := s.Incident(ctx, want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(store.StoredIncident{Incident: want, Stored: noon(), Updated: noon(), Version: 1}, got, same()); diff != "" {
			t.Fatal(diff)
		}
	}
	if _, err := s.Incident(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an incident that is not there gives %v", err)
	}
}

func verdictsStay(t *testing.T, s *store.Store) {
	ctx, i := context.Background(), Incidents(2, 1)[0]
	i.End, i.Status, i.Confidence = nil, watch.Open, 0.5
	save(t, s, noon(), i)
	i.Evidence.UpdatesTotal, i.Prefixes = 99, append(i.Prefixes, netip.MustParsePrefix("198.51.100.0/24"))
	if got := save(t, s, noon().Add(time.Minute), i); got.Grown != 1 || len(got.Judged) != 0 {
		t.Errorf("more evidence gives %+v, want one grown", got)
	}
	surer := i
	surer.Confidence = 0.8
	if got := save(t, s, noon().Add(2*time.Minute), surer); len(got.Judged) != 1 || got.Grown != 0 {
		t.Errorf("another confidence gives %+v, want one judged", got)
	}
	end := noon().Add(3 * time.Minute)
	ended := surer
	ended.End, ended.Status = &end, watch.Ended
	save(t, s, end, ended)

	versions, err := s.IncidentVersions(ctx, i.ID)
	if err != nil || len(versions) != 3 {
		t.Fatalf("%d versions, %v; want 3", len(versions), err)
	}
	for n, want := range []watch.Incident{i, surer, ended} {
		v := versions[n]
		if diff := gocmp.Diff(want, v.Incident, same()); diff != "" || v.Version != n+1 {
			t.Errorf("version %d (of %d): %s", v.Version, n+1, diff)
		}
		if n > 0 && v.Previous != versions[n-1].Digest {
			t.Errorf("version %d does not follow the one before", v.Version)
		}
	}
	if !versions[0].Reached.Equal(noon()) || !versions[0].Updated.Equal(noon().Add(time.Minute)) {
		t.Errorf("the first was reached %s and grew %s", versions[0].Reached, versions[0].Updated)
	}
	now, err := s.Incident(ctx, i.ID)
	if err != nil || now.Version != 3 || !now.Stored.Equal(noon()) || !now.Updated.Equal(end) {
		t.Errorf("it stands as %+v, %v", now, err)
	}
	page, err := s.Incidents(ctx, store.IncidentFilter{Prefix: netip.MustParsePrefix("198.51.100.7/32")})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("by the prefix that was added: %d, %v", len(page.Items), err)
	}
}

func filtersAgree(t *testing.T, s *store.Store) {
	n, rounds := 2500, 60 // so many that large sets of networks are looked for in the other way
	if testing.Short() {
		n, rounds = 300, 30
	}
	list := Incidents(3, n)
	save(t, s, noon(), list...)
	slices.SortFunc(list, func(a, b watch.Incident) int { return -cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	r := rand.New(rand.NewPCG(4, 4))
	for n := range rounds {
		f := someFilter(r)
		f.Limit = 1000
		var want []string
		for _, i := range list {
			if chosen(f, i) {
				want = append(want, i.ID)
			}
		}
		want = want[:min(len(want), f.Limit)]
		if diff := gocmp.Diff(want, ids(t, s, f), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("filter %d %+v: %s", n, f, diff)
		}
	}
}

// ids gives the ids of both lists, which must agree.
func ids(t *testing.T, s *store.Store, f store.IncidentFilter) []string {
	t.Helper()
	whole, err := s.Incidents(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	brief, err := s.IncidentSummaries(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n, i := range whole.Items {
		if diff := gocmp.Diff(summary(i), brief.Items[n], same()); diff != "" {
			t.Fatal(diff)
		}
		out = append(out, i.Incident.ID)
	}
	return out
}

func summary(s store.StoredIncident) store.IncidentSummary {
	i := s.Incident
	return store.IncidentSummary{ID: i.ID, Kind: i.Kind, ASN: i.ASN, Victim: i.Victim, Start: i.Start, End: i.End, Status: i.Status,
		Confidence: i.Confidence, Attribution: i.Attribution, Prefixes: len(i.Prefixes), Prefix: i.Prefixes[0],
		Stored: s.Stored, Updated: s.Updated, Version: s.Version}
}

func someFilter(r *rand.Rand) (f store.IncidentFilter) {
	if r.IntN(3) == 0 {
		f.ASN = asn(r)
	}
	if r.IntN(3) == 0 {
		f.ASNs = []vals.ASN{}
		for range []int{0, 30, 300, 6000}[r.IntN(4)] {
			f.ASNs = append(f.ASNs, asn(r))
		}
	}
	f.Part = []store.Part{store.AnyPart, store.Announcing, store.Accomplice, store.Victim}[r.IntN(4)]
	if r.IntN(3) == 0 {
		f.Prefix = prefix(r)
	}
	if r.IntN(3) == 0 {
		f.Kinds = []watch.Kind{watch.Hijack, watch.Leak}
	}
	if r.IntN(3) == 0 {
		f.Since = noon().Add(time.Duration(r.IntN(5*86400)) * time.Second)
	}
	if r.IntN(3) == 0 {
		f.Until = noon().Add(time.Duration(r.IntN(5*86400)) * time.Second)
	}
	f.Open = r.IntN(5) == 0
	if r.IntN(4) == 0 {
		f.MinConfidence = float64(r.IntN(100)) / 100
	}
	if r.IntN(5) == 0 {
		f.Attribution = watch.Supported
	}
	return f
}

// chosen is the filter as a plain loop.
func chosen(f store.IncidentFilter, i watch.Incident) bool {
	concerns := func(asn vals.ASN) bool {
		accomplice := slices.ContainsFunc(i.Accomplices, func(a watch.Accomplice) bool { return a.ASN == asn })
		victim := slices.Contains(i.Evidence.Victims, asn)
		return i.ASN == asn && (f.Part == store.Announcing || f.Part == store.AnyPart) ||
			accomplice && (f.Part == store.Accomplice || f.Part == store.AnyPart) ||
			victim && (f.Part == store.Victim || f.Part == store.AnyPart)
	}
	return (f.ASN == 0 || concerns(f.ASN)) &&
		(f.ASNs == nil || slices.ContainsFunc(f.ASNs, concerns)) &&
		(!f.Prefix.IsValid() || slices.ContainsFunc(i.Prefixes, f.Prefix.Overlaps)) &&
		(len(f.Kinds) == 0 || slices.Contains(f.Kinds, i.Kind)) &&
		(f.Since.IsZero() || i.End == nil || !i.End.Before(f.Since)) &&
		(f.Until.IsZero() || i.Start.Before(f.Until)) &&
		(!f.Open || i.Status == watch.Open) && i.Confidence >= f.MinConfidence &&
		(f.Attribution == "" || f.Attribution == i.Attribution)
}

func prefixesTouch(t *testing.T, s *store.Store) {
	base := Incidents(5, 1)[0]
	add := func(id string, prefixes ...string) {
		i := base
		i.ID, i.Prefixes = id, nil
		for _, p := range prefixes {
			i.Prefixes = append(i.Prefixes, netip.MustParsePrefix(p))
		}
		save(t, s, noon(), i)
	}
	add("same", "203.0.113.0/24")
	add("inside", "203.0.113.128/25", "198.51.100.0/24")
	add("around", "203.0.112.0/22")
	add("all", "0.0.0.0/0")
	add("host", "203.0.113.255/32")
	add("before", "203.0.112.0/24")
	add("after", "203.0.114.0/24")
	add("six", "2001:db8::/32", "::/0")
	add("six-inside", "2001:db8:ffff::/48")
	for _, test := range []struct{ prefix, want string }{
		{"203.0.113.0/24", "all around host inside same"},
		{"203.0.113.255/32", "all around host inside same"},
		{"203.0.113.1/32", "all around same"},
		{"203.0.112.0/23", "all around before host inside same"},
		{"0.0.0.0/0", "after all around before host inside same"},
		{"2001:db8::/48", "six"},
		{"2001:db8::/31", "six six-inside"},
		{"::/0", "six six-inside"},
		{"192.0.2.0/24", "all"},
	} {
		got := ids(t, s, store.IncidentFilter{Prefix: netip.MustParsePrefix(test.prefix)})
		slices.Sort(got)
		if joined := join(got); joined != test.want {
			t.Errorf("touching %s: %q, want %q", test.prefix, joined, test.want)
		}
	}
}

func join(list []string) (out string) {
	for n, s := range list {
		if n > 0 {
			out += " "
		}
		out += s
	}
	return out
}
