package service_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/norms"
	"pahra/internal/service"
)

func viewOf(t testing.TB, out string) (*service.Run, *service.View) {
	t.Helper()
	run, err := service.OpenRun(out)
	if err != nil {
		t.Fatal(err)
	}
	v, err := service.OpenView(run, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return run, v
}

// twinOf gives what a page says, as its JSON twin does.
func twinOf(t *testing.T, view any) any {
	t.Helper()
	text, err := json.Marshal(view)
	if err != nil {
		t.Fatal(err)
	}
	var twin any
	if err := json.Unmarshal(text, &twin); err != nil {
		t.Fatal(err)
	}
	return twin
}

// TestViewIsThePages: a View, which looks one page up, gives what the reading of the whole run gives.
func TestViewIsThePages(t *testing.T) {
	_, out := worldRun(t)
	run, v := viewOf(t, out)
	pages, err := run.Pages()
	if err != nil {
		t.Fatal(err)
	}
	asns, err := pages.ASNs()
	if err != nil || !cmp.Equal(asns, v.ASNs()) {
		t.Fatalf("%d networks, %d in the view (%v)", len(asns), len(v.ASNs()), err)
	}
	survey, err := pages.Networks(asns, func(want *service.NetworkPage) error {
		got, err := v.Network(want.Network.ASN)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(twinOf(t, want), twinOf(t, got)); diff != "" {
			t.Errorf("AS%d:\n%s", want.Network.ASN, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range survey.Names() {
		want := survey.Neighbourhood(name)
		got, err := v.Neighbourhood(name, norms.A4)
		if diff := cmp.Diff(twinOf(t, &want), twinOf(t, got)); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	want := pages.Index(survey)
	if diff := cmp.Diff(twinOf(t, &want), twinOf(t, v.Index())); diff != "" {
		t.Errorf("the first page:\n%s", diff)
	}
	if err := pages.EachIncident(func(want *service.IncidentPage) error {
		got, err := v.Incident(want.Incident.ID)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(twinOf(t, want), twinOf(t, got)); diff != "" {
			t.Errorf("incident %s:\n%s", want.Incident.ID, diff)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// said gives what findings say; how to mend them names networks, which pages may not always do.
func said(list []service.Finding) (out []string) {
	for _, f := range list {
		out = append(out, string(f.Kind)+" "+f.Subject+" "+f.Says)
	}
	return out
}

// TestViewPrefixes: the look-up of a prefix finds what a search of the whole archive finds.
func TestViewPrefixes(t *testing.T) {
	_, out := worldRun(t)
	run, v := viewOf(t, out)
	asked := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"), netip.MustParsePrefix("203.0.113.7/32")}
	for _, asn := range v.ASNs()[:40] {
		page, err := v.Network(asn)
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range page.Routes[:min(3, len(page.Routes))] {
			p := netip.MustParsePrefix(route.Prefix)
			asked = append(asked, p, netip.PrefixFrom(p.Addr(), p.Bits()-2).Masked())
		}
	}
	for _, p := range asked {
		want, err := run.CheckPrefix(p, run.Snapshot.Window.To)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Prefix(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.MoreSpecific)+got.Hidden != len(want.MoreSpecific) || len(got.Incidents)+len(got.Lines) != len(want.Incidents) {
			t.Errorf("%s: %d more specific and %d hidden, want %d; %d incidents, want %d", p, len(got.MoreSpecific), got.Hidden, len(want.MoreSpecific),
				len(got.Lines), len(want.Incidents))
		}
		order := func(list []service.RouteCheck) []service.RouteCheck {
			for n := range list {
				list[n].Holder = "" // the run knows names that pages may not pass on
			}
			slices.SortFunc(list, func(a, b service.RouteCheck) int {
				return strings.Compare(a.Prefix.String()+a.Origin.String(), b.Prefix.String()+b.Origin.String())
			})
			return list
		}
		if diff := cmp.Diff(twinOf(t, order(want.Routes)), twinOf(t, order(got.Routes))) + cmp.Diff(twinOf(t, order(want.Covering)), twinOf(t, order(got.Covering))); diff != "" {
			t.Errorf("%s:\n%s", p, diff)
		}
		if diff := cmp.Diff(said(want.Findings), said(got.Findings)) + cmp.Diff(want.Explained, got.Explained); diff != "" {
			t.Errorf("%s:\n%s", p, diff)
		}
	}
}

func TestViewSearch(t *testing.T) {
	_, out := worldRun(t)
	_, v := viewOf(t, out)
	var first *service.NetworkPage
	for _, asn := range v.ASNs() {
		page, err := v.Network(asn)
		if err != nil {
			t.Fatal(err)
		}
		if page.Network.Holder != "" && len(v.Search(page.Network.Holder).Hits) == 1 {
			first = page
			break
		}
	}
	for _, q := range []string{"AS" + first.Network.ASN.String(), " as" + first.Network.ASN.String(), first.Network.ASN.String(), first.Network.Holder} {
		if page := v.Search(q); len(page.Hits) == 0 || page.Hits[0].ASN != first.Network.ASN {
			t.Errorf("%q finds %+v", q, page.Hits)
		}
	}
	for _, q := range []string{"india", "IN", "India"} {
		if page := v.Search(q); len(page.Hits) == 0 || page.Hits[0].Neighbourhood != "country:IN" {
			t.Errorf("%q finds %+v", q, page.Hits)
		}
	}
	for q, want := range map[string]string{"192.0.2.1": "192.0.2.1/32", "192.0.2.1/24": "192.0.2.0/24", "2001:db8::1/32": "2001:db8::/32", "nobody of that name": ""} {
		if page := v.Search(q); page.Prefix != want || len(page.Hits) != 0 {
			t.Errorf("%q: %+v", q, page)
		}
	}
	if _, err := v.Network(4294967294); !errors.Is(err, service.ErrNoPage) {
		t.Errorf("a network that is not there: %v", err)
	}
}

// BenchmarkView measures one page of each kind on the run in PAHRA_BENCH_RUN, such as one of 80,000 networks.
func BenchmarkView(b *testing.B) {
	dir := os.Getenv("PAHRA_BENCH_RUN")
	if dir == "" {
		b.Skip("PAHRA_BENCH_RUN names no run")
	}
	_, v := viewOf(b, dir)
	asns := v.ASNs()
	b.Run("network", func(b *testing.B) {
		n := 0
		for b.Loop() {
			if _, err := v.Network(asns[n*7919%len(asns)]); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			v.Index()
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			v.Search("telecom")
		}
	})
}

func jsonOf(t *testing.T, view any) []byte {
	t.Helper()
	text, err := json.Marshal(view)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
