package health

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const day = 24 * time.Hour

// TestKaplanMeier is the remission of leukaemia under 6-MP (Freireich and others, Blood 21, 1963), in weeks, which text books
// work out: the median is 23 weeks.
func TestKaplanMeier(t *testing.T) {
	var spans []Span
	for _, w := range []int{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		at := time.Duration(w) * 7 * day
		spans = append(spans, Span{at, at, true})
	}
	for _, w := range []int{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		at := time.Duration(w) * 7 * day
		spans = append(spans, Span{at, at, false})
	}
	curve := KaplanMeier(spans, func(s Span) time.Duration { return s.High })
	var got []float64
	for _, s := range curve {
		got = append(got, s.Survival)
	}
	want := []float64{0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 0.0006)); diff != "" {
		t.Error(diff)
	}
	if s := curve[0]; s.AtRisk != 21 || s.Came != 3 {
		t.Errorf("at first %d of %d", s.Came, s.AtRisk)
	}
	m := curve.Median()
	if m.At == nil || *m.At != 23*7*day {
		t.Errorf("the median is %v", m.At)
	}
	if m.Low == nil || *m.Low != 13*7*day || m.High != nil { // as R's survfit has it with conf.type = "log-log"
		t.Errorf("its interval is %v to %v", m.Low, m.High)
	}
}

// TestNobodyRecovers: without one who recovered there is no median, and none is made up.
func TestNobodyRecovers(t *testing.T) {
	r := RecoveryOf([]Span{{Low: 3 * day}, {Low: 9 * day}})
	if diff := cmp.Diff(Recovery{Cases: 2}, r); diff != "" {
		t.Error(diff)
	}
}

// TestRecoveryBetweenReports: a weekly source knows the week only, and the interval says so.
func TestRecoveryBetweenReports(t *testing.T) {
	var spans []Span
	for range 50 {
		spans = append(spans, Span{2 * day, 9 * day, true})
	}
	r := RecoveryOf(spans)
	if *r.Earliest.At != 2*day || *r.Latest.At != 9*day {
		t.Errorf("between %v and %v", *r.Earliest.At, *r.Latest.At)
	}
}

// TestPoissonInterval holds Byar's approximation against exact intervals (Garwood, Biometrika 28, 1936).
func TestPoissonInterval(t *testing.T) {
	for count, want := range map[int64][2]float64{0: {0, 3.689}, 1: {0.0253, 5.572}, 10: {4.795, 18.39}, 100: {81.36, 121.63}} {
		low, high := PoissonInterval(count)
		if math.Abs(low-want[0]) > 0.03 || math.Abs(high-want[1]) > 0.06 {
			t.Errorf("%d: %.3f to %.3f; want %v", count, low, high, want)
		}
	}
}

func TestRate(t *testing.T) {
	if got, ok := Rate(44, 1_000_000); !ok || math.Abs(got-4.4) > 1e-12 {
		t.Errorf("%v, %v", got, ok)
	}
	if _, ok := Rate(44, 0); ok {
		t.Error("a rate of nothing announced")
	}
	if _, ok := Prevalence(3, 0); ok {
		t.Error("a mean over no day")
	}
}
