package norms

import (
	"math"
	"testing"
)

// TestCurveTable checks the acceptance values of specification 2.3 (percent, two decimals) and 2.5 F.
func TestCurveTable(t *testing.T) {
	c := embedded(t, DefaultProfile).Curve
	for _, row := range [][2]float64{
		{0, 100}, {0.25, 69.68}, {0.5, 60}, {1, 48.56}, {1.5, 41.28}, {2, 36}, {2.5, 31.91}, {3, 28.61}, {3.5, 25.88},
		{4, 23.58}, {5, 19.88}, {6, 17.04}, {8, 12.96}, {10, 10.18}, {13, 7.39}, {20, 3.95}, {31, 1.79}, {32, 1.68},
	} {
		if got := math.Round(c.Percent(row[0])*100) / 100; got != row[1] {
			t.Errorf("raw %v scores %v, want %v", row[0], got, row[1])
		}
	}
	if got := c.Percent(0.5); got != 60 {
		t.Errorf("raw 0.5 scores %v, want exactly 60", got)
	}
	if got := c.Percent(2); got != 36 {
		t.Errorf("raw 2 scores %v, want exactly 36", got)
	}
	// 80 % needs raw <= 0.0954.
	if c.Percent(0.0954) < 80 || c.Percent(0.0955) >= 80 {
		t.Errorf("raw 0.0954 scores %v, 0.0955 %v", c.Percent(0.0954), c.Percent(0.0955))
	}
}

// TestCurveForms compares the curve with its other form, exp(-0.72242 sqrt(raw)), and with an exponent taken by Pow.
func TestCurveForms(t *testing.T) {
	c := embedded(t, DefaultProfile).Curve
	for raw := 0.25; raw < 40; raw += 0.25 {
		if other := 100 * math.Exp(-0.72242*math.Sqrt(raw)); math.Abs(c.Percent(raw)-other) > 0.001 {
			t.Errorf("raw %v scores %v, the other form gives %v", raw, c.Percent(raw), other)
		}
	}
	plain := c
	plain.Exponent = 1
	if got := plain.Percent(1); got != 36 {
		t.Errorf("a plain exponential gives %v at 1, want 36", got)
	}
}

func TestBands(t *testing.T) {
	b := embedded(t, DefaultProfile).Bands
	for percent, want := range map[float64]Band{
		100: Ready, 80: Ready, 79.999999: Aspiring, 60: Aspiring, 59.999999: Lagging, 0: Lagging,
	} {
		if got := b.Of(percent); got != want {
			t.Errorf("%v %% is %s, want %s", percent, got, want)
		}
	}
}
