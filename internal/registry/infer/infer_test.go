package infer_test

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/registry/infer"
	"pahra/wire/asrel"
	"pahra/wire/values"
)

// path reads "10 20 30".
func path(t testing.TB, text string) (out []values.ASN) {
	t.Helper()
	for _, f := range strings.Fields(text) {
		n, err := strconv.ParseUint(f, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, values.ASN(n))
	}
	return out
}

func gather(t testing.TB, ixps string, lines ...string) *infer.Paths {
	t.Helper()
	p := infer.NewPaths(path(t, ixps), 0)
	for _, l := range lines {
		p.Add(path(t, l))
	}
	return p
}

// told gives the edges as lines: "10>20" for provider and customer, "10-20" for peers.
func told(r *infer.Result) map[string]infer.Step {
	out := make(map[string]infer.Step)
	for _, e := range r.Edges {
		sign := ">"
		if e.Code == asrel.Peer {
			sign = "-"
		}
		out[e.A.String()+sign+e.B.String()] = e.Step
	}
	return out
}

// valleyFree gives the paths that every vantage point has to every network, where customers come before peers before
// providers, then the shorter, then the lesser number. relations are "10>20" and "10-20".
func valleyFree(t testing.TB, relations string, vps string) (out [][]values.ASN) {
	t.Helper()
	down, side, up := map[values.ASN][]values.ASN{}, map[values.ASN][]values.ASN{}, map[values.ASN][]values.ASN{}
	all := map[values.ASN]bool{}
	for _, r := range strings.Fields(relations) {
		pair := path(t, strings.NewReplacer(">", " ", "-", " ").Replace(r))
		a, b := pair[0], pair[1]
		all[a], all[b] = true, true
		if strings.Contains(r, ">") {
			down[a], up[b] = append(down[a], b), append(up[b], a)
		} else {
			side[a], side[b] = append(side[a], b), append(side[b], a)
		}
	}
	type route struct {
		path []values.ASN
		kind int // 0 own, 1 of a customer, 2 of a peer, 3 of a provider
	}
	for origin := range all {
		best := map[values.ASN]route{origin: {[]values.ASN{origin}, 0}}
		for changed := true; changed; {
			changed = false
			offer := func(from, to values.ASN, kind int) {
				r, ok := best[from]
				if !ok || kind != 3 && r.kind > 1 {
					return
				}
				old, has := best[to]
				n := route{append([]values.ASN{to}, r.path...), kind}
				better := !has || n.kind < old.kind || n.kind == old.kind && (len(n.path) < len(old.path) ||
					len(n.path) == len(old.path) && n.path[1] < old.path[min(1, len(old.path)-1)])
				if old.kind == 0 && has || !better {
					return
				}
				best[to], changed = n, true
			}
			for a := range all {
				for _, p := range up[a] {
					offer(a, p, 1)
				}
				for _, p := range side[a] {
					offer(a, p, 2)
				}
				for _, c := range down[a] {
					offer(a, c, 3)
				}
			}
		}
		for _, vp := range path(t, vps) {
			if r, ok := best[vp]; ok {
				out = append(out, r.path)
			}
		}
	}
	return out
}

// small is a net of four on top, three below, and stubs; 21 and 22 are peers.
const small = `1-2 1-3 2-3 1-4 2-4 3-4 1>21 2>22 3>23 21-22
	21>101 21>102 21>103 22>104 22>105 22>106 23>107 23>108 23>109 1>110 2>111 3>112 4>113 101>201 104>202`

// vantage are the networks of the small net whose routes are known.
const vantage = "1 2 3 101 104 107 110"

func TestSmallNet(t *testing.T) {
	p := infer.NewPaths(nil, 0)
	for _, x := range valleyFree(t, small, vantage) {
		p.Add(x)
	}
	r := infer.Infer(p, infer.Options{Repeats: 2})
	got := told(r)
	for _, want := range strings.Fields(small) {
		if _, ok := got[want]; !ok {
			t.Errorf("%s is missing", want)
		}
	}
	if len(got) != len(strings.Fields(small)) {
		t.Errorf("%d relations: %v", len(got), got)
	}
	if diff := cmp.Diff([]values.ASN{1, 2, 3, 4}, r.Clique); diff != "" {
		t.Error("clique (-want +got):", diff)
	}
	for _, e := range r.Edges {
		if e.Confidence <= 0 || e.Confidence >= 1 || e.VPs < 1 || e.VPs > 7 || e.Stable < 0 || e.Stable > 1 {
			t.Errorf("%+v", e)
		}
	}
}

// TestIntake: what is no path of distinct networks is refused, and counted.
func TestIntake(t *testing.T) {
	p := gather(t, "9000", "1 2 2 2 3", "1 2 3", "1 9000 2 3", "1 2 1 3", "1 23456 3", "1 64512 3", "1 0", "7", "", "5 5 5", "9000 4")
	long := make([]values.ASN, infer.MaxHops+1)
	for i := range long {
		long[i] = values.ASN(i + 1)
	}
	p.Add(long)
	s := infer.Infer(p, infer.Options{}).Stats
	want := infer.Stats{Paths: 1, VPs: 1, FullVPs: 1, Networks: 3,
		Intake: infer.Intake{Taken: 3, Short: 4, Loops: 1, Reserved: 3, Long: 1}}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error("(-want +got):", diff)
	}
}

// TestCapacity: what does not fit is refused; what is there already always fits.
func TestCapacity(t *testing.T) {
	p := infer.NewPaths(nil, 7)
	for _, l := range []string{"1 2 3", "1 2 4", "1 2 3", "1 2 4", "1 2 3", "1 2 5", "1 2 5"} {
		p.Add(path(t, l))
	}
	s := infer.Infer(p, infer.Options{}).Stats
	if s.Paths != 2 || s.Full == 0 {
		t.Errorf("%+v", s)
	}
}

// TestPoisoned: a path in which another stands between two on top is set aside.
func TestPoisoned(t *testing.T) {
	p := infer.NewPaths(nil, 0)
	for _, x := range valleyFree(t, small, vantage) {
		p.Add(x)
	}
	p.Add(path(t, "101 21 1 107 2 104"))
	r := infer.Infer(p, infer.Options{Clique: []values.ASN{1, 2, 3, 4}})
	if _, ok := told(r)["1>107"]; ok || r.Stats.Poisoned != 1 {
		t.Errorf("%d paths were set aside", r.Stats.Poisoned)
	}
}

// TestNoCycle: however contradictory the paths, nobody buys of itself by way of others, and every pair has one relation.
func TestNoCycle(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		p := infer.NewPaths(nil, 0)
		for range 300 {
			x := make([]values.ASN, 2+random.IntN(5))
			for i := range x {
				x[i] = values.ASN(1 + random.IntN(12))
			}
			p.Add(x)
		}
		r := infer.Infer(p, infer.Options{Repeats: 3})
		sells, seen := map[values.ASN][]values.ASN{}, map[[2]values.ASN]bool{}
		for _, e := range r.Edges {
			pair := [2]values.ASN{min(e.A, e.B), max(e.A, e.B)}
			if seen[pair] {
				t.Fatalf("seed %d: %v twice", seed, pair)
			}
			seen[pair] = true
			if e.Code == asrel.ProviderCustomer {
				sells[e.A] = append(sells[e.A], e.B)
			}
		}
		var visit func(a values.ASN, from map[values.ASN]bool)
		visit = func(a values.ASN, from map[values.ASN]bool) {
			if from[a] {
				t.Fatalf("seed %d: AS%d buys of itself", seed, a)
			}
			from[a] = true
			for _, b := range sells[a] {
				visit(b, from)
			}
			delete(from, a)
		}
		for a := range sells {
			visit(a, map[values.ASN]bool{})
		}
	}
}

// TestOrderDoesNotMatter: the same paths in any order, some of them twice, give the same result.
func TestOrderDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	list := valleyFree(t, small, vantage)
	for range 200 { // and some that make no sense
		x := make([]values.ASN, 3)
		for i := range x {
			x[i] = values.ASN(1 + random.IntN(120))
		}
		list = append(list, x)
	}
	var want *infer.Result
	for range 20 {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		p := infer.NewPaths(nil, 0)
		for _, x := range list {
			p.Add(x)
		}
		got := infer.Infer(p, infer.Options{Repeats: 3})
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal("(-first +another):", diff)
		}
	}
}

func TestNothing(t *testing.T) {
	if r := infer.Infer(infer.NewPaths(nil, 0), infer.Options{Repeats: 4}); len(r.Edges) > 0 || len(r.Clique) > 0 {
		t.Errorf("%+v", r)
	}
}

// TestCompare holds a small net against relations that differ in each way.
func TestCompare(t *testing.T) {
	p := infer.NewPaths(nil, 0)
	for _, x := range valleyFree(t, small, vantage) {
		p.Add(x)
	}
	r := infer.Infer(p, infer.Options{})
	k, err := infer.ReadKnown(strings.NewReader("# inferred clique: 1 2 9\n1|2|0\n1|3|-1\n1|21|-1\n22|2|-1\n21|22|-1\n"+
		"3|23|0\n7|8|-1\n1|110|-1\n110|1|-1\n2|111|1\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	a := infer.Compare(r, k, 0)
	got := []int{a.Ours, a.Theirs, a.Common, a.LeftOut, a.Same, a.Reversed, a.SoldPeer, a.PeerSold, a.Peers}
	if diff := cmp.Diff([]int{len(strings.Fields(small)), 7, 6, 2, 1, 1, 1, 2, 1}, got); diff != "" {
		t.Error("(-want +got):", diff)
	}
	if diff := cmp.Diff([][]values.ASN{{1, 2}, {3, 4}, {9}}, [][]values.ASN{a.CliqueBoth, a.CliqueOurs, a.CliqueTheirs}); diff != "" {
		t.Error("cliques (-want +got):", diff)
	}
	if a.SoldTheirs() != 0.25 || a.PeersTheirs() != 0.5 || infer.Share(1, 0) != 0 {
		t.Errorf("shares %v, %v", a.SoldTheirs(), a.PeersTheirs())
	}
	if none := infer.Compare(r, k, 1); none.Ours != 0 || none.Common != 0 {
		t.Errorf("past all confidence: %+v", none)
	}
}

// TestWriteASRel: what is written is read again as it was.
func TestWriteASRel(t *testing.T) {
	p := infer.NewPaths(nil, 0)
	for _, x := range valleyFree(t, small, vantage) {
		p.Add(x)
	}
	r := infer.Infer(p, infer.Options{})
	for _, form := range []infer.Serial{infer.Serial1, infer.Serial2} {
		var out bytes.Buffer
		if err := infer.WriteASRel(&out, r, form, []string{"a note"}, 0); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := asrel.ReadWithHeader(&out, noProblem(t), func(h asrel.Header) error {
			if diff := cmp.Diff(r.Clique, h.Clique); diff != "" {
				t.Error(diff)
			}
			return nil
		}, func(e asrel.Edge) error {
			n++
			if (e.Source == infer.SourceName) != (form == infer.Serial2) {
				t.Errorf("source %q in serial-%d", e.Source, form)
			}
			return nil
		})
		if err != nil || n != len(r.Edges) {
			t.Errorf("%d edges of %d, %v", n, len(r.Edges), err)
		}
	}
}
