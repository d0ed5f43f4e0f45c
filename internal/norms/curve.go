package norms

import (
	"fmt"
	"math"
)

// Curve turns a raw penalty into a fraction: Base ^ ((raw / CalibrationRaw) ^ Exponent).
type Curve struct {
	Base           float64 `yaml:"base"`            // the fraction at CalibrationRaw
	CalibrationRaw float64 `yaml:"calibration_raw"` // the raw penalty that scores Base
	Exponent       float64 `yaml:"exponent"`
	// PercentDecimals is the number of decimals that every percentage is rounded to, half away from zero.
	PercentDecimals int `yaml:"percent_decimals"`
}

// Percent gives the percentage for a raw penalty of 0 or more, rounded.
func (c Curve) Percent(raw float64) float64 {
	if raw <= 0 {
		return 100
	}
	x := raw / c.CalibrationRaw
	if c.Exponent == 0.5 {
		x = math.Sqrt(x) // exact to the last bit on every machine, which Pow need not be
	} else {
		x = math.Pow(x, c.Exponent)
	}
	return c.round(100 * math.Pow(c.Base, x))
}

// OfFraction gives the percentage for a fraction, clamped to 0 and 100 and rounded.
func (c Curve) OfFraction(fraction float64) float64 {
	return c.round(100 * min(max(fraction, 0), 1))
}

// round rounds a percentage. Six decimals hide the last bits, in which two machines' Pow may differ.
func (c Curve) round(percent float64) float64 {
	scale := math.Pow10(c.PercentDecimals)
	return math.Round(percent*scale) / scale
}

func (c Curve) check() error {
	switch {
	case !(c.Base > 0 && c.Base < 1):
		return fmt.Errorf("curve.base %v is not between 0 and 1", c.Base)
	case !(c.CalibrationRaw > 0 && c.CalibrationRaw <= maxWeight):
		return fmt.Errorf("curve.calibration_raw %v is not above 0", c.CalibrationRaw)
	case !(c.Exponent > 0 && c.Exponent <= 10):
		return fmt.Errorf("curve.exponent %v is not above 0 and at most 10", c.Exponent)
	case c.PercentDecimals < 0 || c.PercentDecimals > 12:
		return fmt.Errorf("curve.percent_decimals %d is not within 0 and 12", c.PercentDecimals)
	}
	return nil
}

// Band is the class that a percentage falls into.
type Band string

// The bands.
const (
	Ready    Band = "ready"
	Aspiring Band = "aspiring"
	Lagging  Band = "lagging"
	NoBand   Band = "no data"
)

// Bands are the lower edges of the upper two bands, in percent; an edge belongs to the band above it.
type Bands struct {
	Ready    float64 `yaml:"ready"`
	Aspiring float64 `yaml:"aspiring"`
}

// Of gives the band of a percentage.
func (b Bands) Of(percent float64) Band {
	switch {
	case percent >= b.Ready:
		return Ready
	case percent >= b.Aspiring:
		return Aspiring
	default:
		return Lagging
	}
}

func (b Bands) check() error {
	if !within(b.Aspiring, 0, 100) || !within(b.Ready, b.Aspiring, 100) {
		return fmt.Errorf("bands must have 0 <= aspiring <= ready <= 100")
	}
	return nil
}
