package norms

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

func month(t testing.TB, s string) values.Month {
	t.Helper()
	m, err := values.ParseMonth(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// span is a penalty of weight 1 from s to e seconds after the start of m.
func span(m values.Month, s, e int64) Penalty {
	at := func(sec int64) time.Time { return m.Start().Add(time.Duration(sec) * time.Second) }
	return Penalty{ASN: 64500, Metric: M2, Start: at(s), End: at(e), Weight: 1}
}

// apart lays incidents of the given durations (seconds) into the month so that none touch, at equal distances.
func apart(t testing.TB, m values.Month, seconds []int64) (penalties []Penalty) {
	t.Helper()
	length := int64(m.End().Sub(m.Start()) / time.Second)
	free := length
	for _, d := range seconds {
		free -= d
	}
	gap := free / int64(len(seconds)+1)
	if free < 0 || gap < 1 && len(seconds) > 1 {
		t.Fatalf("%v do not fit into %s", seconds, m)
	}
	at := gap
	for _, d := range seconds {
		penalties = append(penalties, span(m, at, at+d))
		at += d + gap
	}
	return penalties
}

// TestSeverity2018 recomputes the values of the benchmarking database of 2018 (specification 2.5 B; published figures,
// re-typed as numbers), and the worked example of the measurement framework (2.5 A).
func TestSeverity2018(t *testing.T) {
	tests := []struct {
		name    string
		month   string
		seconds []int64
		want    float64
	}{
		{"framework example", "2018-04", []int64{29 * 60, 13 * 3600, 25 * 3600}, 3.5},

		{"20115 m1", "2018-04", []int64{813}, 0.5},
		{"16735 m1", "2018-04", []int64{339397}, 4},
		{"4323 m1c", "2018-04", []int64{663226}, 8},
		{"7922 m1c", "2018-04", []int64{329, 101246}, 2.5},
		{"3549 m1c", "2018-04", []int64{663226, 386654}, 13},
		{"2914 m1c", "2018-04", []int64{1105300}, 13},
		{"174 m1c", "2018-04", []int64{364245, 227087, 822409, 649948}, 26},
		{"3356 m1c", "2018-04", []int64{1386106, 685, 1083745, 0, 0}, 30.5},
		{"5511 m1c", "2018-04", []int64{575561, 1963, 279353, 177166, 999600, 0}, 27},
		{"6461 m1c", "2018-04", []int64{2592000}, 31},
		{"174 m1c", "2018-05", []int64{600918, 4036, 846521, 24, 482456}, 24.5},
		{"3549 m1c", "2018-05", []int64{32067}, 1},
		{"7922 m1c", "2018-05", []int64{259308}, 4},
		{"5511 m1c", "2018-05", []int64{110857, 2497, 22, 1130072, 916660, 0}, 28.5},
		{"6461 m1c", "2018-05", []int64{1406151, 968674, 151197}, 31},
		{"4323 m1c", "2018-06", []int64{42}, 0.5},
		{"42861 m1c", "2018-06", []int64{83714}, 1},
		{"3549 m1c", "2018-06", []int64{817020, 0}, 10},
		{"5511 m1c", "2018-06", []int64{248444, 87041, 580642, 564360, 0}, 19},
		{"3356 m1c", "2018-06", []int64{2482888, 0, 0}, 29},
		{"174 m1c", "2018-07", []int64{1792896, 257, 11887, 15350, 0, 0}, 23.5},
		{"3356 m1c", "2018-07", []int64{3062, 747405, 1165001, 0, 0, 0, 0, 0}, 24},
		{"286 m2", "2018-04", []int64{17}, 0.5},
		{"3356 m2", "2018-04", []int64{473003}, 6},
		{"3549 m2", "2018-04", []int64{1569}, 0.5},
		{"28000 m2", "2018-05", []int64{87963}, 2},
		{"3292 m2", "2018-06", []int64{225092}, 3},
		{"3356 m2", "2018-06", []int64{167057, 1057605}, 15},
		{"3549 m2", "2018-05", []int64{301, 73805, 957, 50965, 628584, 127052}, 13},
		{"3356 m2", "2018-07", []int64{86626, 2913, 913, 0}, 3.5},
		{"3549 m2", "2018-07", []int64{1051447, 2058, 876, 67736, 0}, 15.5},
		{"2914 m2c", "2018-04", []int64{115, 17929}, 1.5},
		{"3356 m2c", "2018-05", []int64{1472852, 65881, 23670}, 20},
		{"5511 m2c", "2018-05", []int64{60, 1152461, 1}, 15},
		{"3303 m2c", "2018-07", []int64{2344, 1143046}, 15},
		{"5511 m2c", "2018-07", []int64{3953, 16675}, 2},
		{"174 m3", "2018-04", []int64{86400}, 2},
		{"3549 m3", "2018-04", []int64{518400}, 7},
		{"174 and 3549 m3", "2018-05", []int64{345600, 86400, 1987200}, 31},
		{"3549 m3", "2018-06", []int64{1641600}, 20},
		{"3549 m3", "2018-07", []int64{2678400}, 32},
	}
	p := embedded(t, "manrs-2018")
	for _, test := range tests {
		t.Run(test.name+" "+test.month, func(t *testing.T) {
			m := month(t, test.month)
			raw, intervals := p.Severity.Raw(apart(t, m, test.seconds), m)
			if raw != test.want {
				t.Errorf("raw %v, want %v", raw, test.want)
			}
			var seconds []int64
			for _, in := range intervals {
				seconds = append(seconds, int64(in.End.Sub(in.Start)/time.Second))
			}
			if diff := cmp.Diff(test.seconds, seconds); diff != "" {
				t.Errorf("merged durations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCostBoundaries(t *testing.T) {
	s := embedded(t, DefaultProfile).Severity
	tests := map[time.Duration]float64{
		-time.Second:            0,
		0:                       0,
		1:                       0.5,
		time.Second:             0.5,
		1800*time.Second - 1:    0.5,
		1800 * time.Second:      1,
		86400*time.Second - 1:   1,
		86400 * time.Second:     2,
		2*24*time.Hour - 1:      2,
		2 * 24 * time.Hour:      3,
		31 * 24 * time.Hour:     32,
		31*24*time.Hour - 1:     31,
		29*time.Minute + 59*1e9: 0.5,
	}
	for d, want := range tests {
		if got := s.Cost(d); got != want {
			t.Errorf("cost of %v is %v, want %v", d, got, want)
		}
	}
	s.Growth = Exponential
	for d, want := range map[time.Duration]float64{0: 0, time.Minute: 0.5, time.Hour: 1, 24 * time.Hour: 2, 72 * time.Hour: 8} {
		if got := s.Cost(d); got != want {
			t.Errorf("exponential cost of %v is %v, want %v", d, got, want)
		}
	}
}

// TestOverlaps checks the overlap cases of 2.5 B, and the corners of clipping and merging.
func TestOverlaps(t *testing.T) {
	april, may, june := month(t, "2018-04"), month(t, "2018-05"), month(t, "2018-06")
	at := func(s string) time.Time {
		v, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	p := func(start, end string) Penalty {
		return Penalty{ASN: 64500, Metric: M2, Start: at(start), End: at(end), Weight: 1}
	}
	weighing := func(w float64, p Penalty) Penalty { p.Weight = w; return p }
	long := p("2018-05-30 23:33:57", "2018-06-13 15:34:09") // 87,963 s in May, 1,092,849 s in June
	tests := []struct {
		name  string
		month values.Month
		in    []Penalty
		raw   float64
		spans string // seconds of each merged interval
	}{
		{"AS286: same start", april, []Penalty{p("2018-04-10 23:14:43", "2018-04-10 23:14:51"),
			p("2018-04-10 23:14:43", "2018-04-10 23:15:00")}, 0.5, "[17]"},
		{"AS174: two inside a longer one", april, []Penalty{p("2018-04-27 10:00:13", "2018-05-01 00:00:00"),
			p("2018-04-27 10:00:13", "2018-05-01 00:00:00"), p("2018-04-25 12:36:37", "2018-05-01 00:00:00")}, 6, "[473003]"},
		{"AS28000: first month", may, []Penalty{long}, 2, "[87963]"},
		{"AS28000: second month", june, []Penalty{long}, 13, "[1092849]"},
		{"AS28000: neither month", april, []Penalty{long}, 0, "[]"},
		{"touching", april, []Penalty{span(april, 0, 1000), span(april, 1000, 2000)}, 1, "[2000]"},
		{"a second apart", april, []Penalty{span(april, 0, 1000), span(april, 1001, 2000)}, 1, "[1000 999]"},
		{"inside", april, []Penalty{span(april, 0, 5000), span(april, 100, 200)}, 1, "[5000]"},
		{"overlapping, other weights", april, []Penalty{span(april, 0, 5000), weighing(0.5, span(april, 0, 5000))}, 1.5, "[5000 5000]"},
		{"merged across a third of other weight", april, []Penalty{span(april, 0, 1000), weighing(0.5, span(april, 500, 700)),
			span(april, 900, 1900)}, 1.25, "[1900 200]"},
		{"no duration", april, []Penalty{span(april, 60, 60)}, 0, "[0]"},
		{"no duration, at another's end", april, []Penalty{span(april, 0, 60), span(april, 60, 60)}, 0.5, "[60]"},
		{"end before start", april, []Penalty{span(april, 90, 60)}, 0, "[0]"},
		{"up to the month's start", april, []Penalty{span(april, -90, 0)}, 0, "[]"},
		{"from the month's end", april, []Penalty{span(april, 30*86400, 31*86400)}, 0, "[]"},
		{"more than the month", april, []Penalty{span(april, -5, 99*86400)}, 31, "[2592000]"},
		{"weight 0", april, []Penalty{weighing(0, span(april, 0, 86400))}, 0, "[86400]"},
		{"none", april, nil, 0, "[]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			raw, intervals := embedded(t, DefaultProfile).Severity.Raw(test.in, test.month)
			seconds := []int{}
			for _, in := range intervals {
				seconds = append(seconds, int(in.End.Sub(in.Start).Seconds()))
			}
			if got := fmt.Sprint(seconds); raw != test.raw || got != test.spans {
				t.Errorf("raw %v of spans %s, want %v of %s", raw, got, test.raw, test.spans)
			}
		})
	}
}

// TestShownSum is the sum that a page shows: 0.5 + 1 + 2 = 3.5.
func TestShownSum(t *testing.T) {
	m := month(t, "2018-04")
	_, intervals := embedded(t, DefaultProfile).Severity.Raw(apart(t, m, []int64{1740, 46800, 90000}), m)
	var parts []float64
	for _, in := range intervals {
		parts = append(parts, in.Contribution)
	}
	if diff := cmp.Diff([]float64{0.5, 1, 2}, parts); diff != "" {
		t.Error(diff)
	}
}

func TestRawLeavesItsInput(t *testing.T) {
	m := month(t, "2018-04")
	in := []Penalty{span(m, 50, 70), span(m, 10, 60)}
	before := append([]Penalty(nil), in...)
	embedded(t, DefaultProfile).Severity.Raw(in, m)
	if diff := cmp.Diff(before, in); diff != "" {
		t.Error(diff)
	}
}
