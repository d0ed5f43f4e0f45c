package asrel

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/values"
)

func read(text string) (edges []Edge, problems []string, err error) {
	err = Read(strings.NewReader(text), func(p values.Problem) { problems = append(problems, p.String()) },
		func(e Edge) error { edges = append(edges, e); return nil })
	return edges, problems, err
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Edge
		problems   []string
		err        error
	}{
		{name: "nothing"},
		{name: "comments alone", text: "# a\n#b|c|d\n"},
		{name: "serial-1", text: "# x\n1|2|-1\r\n3|4|0\n5|6|1", want: []Edge{{1, 2, ProviderCustomer, ""}, {3, 4, Peer, ""}, {5, 6, Sibling, ""}}},
		{name: "serial-2", text: "1|2|-1|bgp\n3|4|0|mlp,ark\n", want: []Edge{{1, 2, ProviderCustomer, "bgp"}, {3, 4, Peer, "mlp,ark"}}},
		{name: "duplicates stay", text: "1|2|0\n1|2|0", want: []Edge{{1, 2, Peer, ""}, {1, 2, Peer, ""}}},
		{name: "largest", text: "4294967295|1|0", want: []Edge{{4294967295, 1, Peer, ""}}},
		{
			name: "bad lines",
			text: "1|2|0\n1|2\nx|2|0\n1|0|0\n1|4294967296|0\n1|2|2\n7|7|-1\n1|2|0|a|b\n1|+2|0\n3|4|0",
			want: []Edge{{1, 2, Peer, ""}, {3, 4, Peer, ""}},
			problems: []string{
				`line 2: "1|2" has fewer than 3 fields`, `line 3: "x" is not an AS number`, `line 4: "0" is not an AS number`,
				`line 5: "4294967296" is not an AS number`, `line 6: "2" is not a relation (-1 provider-customer, 0 peer, 1 sibling)`,
				`line 7: AS7 relates to itself`, `line 8: "1|2|0|a|b" has more than 4 fields or a source of more than 64 bytes`,
				`line 9: "+2" is not an AS number`,
			},
		},
		{name: "another format", text: "hello\n", problems: []string{`line 1: "hello" has fewer than 3 fields`}, err: ErrFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems, err := read(tt.text)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.problems, problems); d != "" {
				t.Error(d)
			}
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
		})
	}
}

func TestReadGivesUp(t *testing.T) {
	_, problems, err := read(strings.Repeat("not|this\n", 1_000_000))
	if !errors.Is(err, ErrFormat) || len(problems) != 100 {
		t.Errorf("%d problems, %v; want 100 and ErrFormat", len(problems), err)
	}
}

func TestReadWithHeader(t *testing.T) {
	text := "# input clique: 174 209 x 3356\n# IXP ASes: 1200\n# source:topology|BGP|20220501|ripe|rrc00\n1|2|0\n# inferred clique: 9\n3|4|0\n"
	var heads []Header
	err := ReadWithHeader(strings.NewReader(text), nil, func(h Header) error { heads = append(heads, h); return nil }, func(Edge) error { return nil })
	want := []Header{{Clique: []values.ASN{174, 209, 3356}, IXPs: []values.ASN{1200}}}
	if d := cmp.Diff(want, heads); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestReadStops(t *testing.T) {
	stop := errors.New("stop")
	err := Read(strings.NewReader("1|2|0\n3|4|0"), nil, func(Edge) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("%v, want %v", err, stop)
	}
	err = Read(io.MultiReader(strings.NewReader("1|2|0\n"), broken{stop}), nil, func(Edge) error { return nil })
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v, want %v at line 2", err, stop)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// TestReadWritten reads back what a plain writer writes.
func TestReadWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Edge {
			a := rapid.Uint32Min(1).Draw(t, "a")
			b := rapid.Uint32Min(1).Filter(func(b uint32) bool { return a != b }).Draw(t, "b")
			code := Code(rapid.IntRange(-1, 1).Draw(t, "code"))
			return Edge{values.ASN(a), values.ASN(b), code, rapid.StringMatching(`[a-z]{0,10}`).Draw(t, "source")}
		})).Draw(t, "edges")
		var text strings.Builder
		for _, e := range want {
			fmt.Fprintf(&text, "%d|%d|%d|%s\n", e.A, e.B, e.Code, e.Source)
		}
		got, problems, err := read(text.String())
		if err != nil || len(problems) > 0 || len(got) != len(want) {
			t.Fatal(got, problems, err)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%v, want %v", got[i], want[i])
			}
		}
	})
}

func TestReadCones(t *testing.T) {
	var got []string
	var problems []string
	err := ReadCones(strings.NewReader("# total\n1 1 2 3\n4 4\n5 x\n"), func(p values.Problem) { problems = append(problems, p.String()) },
		func(c Cone) error { got = append(got, fmt.Sprint(c.AS, c.Members)); return nil })
	if d := cmp.Diff([]string{"1 [1 2 3]", "4 [4]"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if d := cmp.Diff([]string{`line 4: reading the cone of "5 x": "x" is not an AS number`}, problems); d != "" {
		t.Error(d)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("# input clique: 1 2\n1|2|-1\n3|4|0|bgp\n5|6|1\n")
	f.Add("1|2|2\n||\n# IXP ASes:\n\xff|1|0")
	f.Fuzz(func(t *testing.T, text string) {
		edges, problems, _ := read(text)
		if n := strings.Count(text, "\n") + 1; len(edges)+len(problems) > n {
			t.Fatalf("%d edges and %d problems on %d lines", len(edges), len(problems), n)
		}
		for _, e := range edges {
			if e.A == 0 || e.B == 0 || e.A == e.B || e.Code < -1 || e.Code > 1 {
				t.Fatalf("impossible edge %+v", e)
			}
		}
		ReadCones(strings.NewReader(text), func(values.Problem) {}, func(Cone) error { return nil })
	})
}
