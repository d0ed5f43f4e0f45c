package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/norms"
)

// TestPageWeightsAreThoseOfTheDocuments: the page's table of confidence is that of docs/formulas.md.
func TestPageWeightsAreThoseOfTheDocuments(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "formulas.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), "### Confidence")
	part, _, _ = strings.Cut(part, "Worked example")
	plain := strings.ReplaceAll(part, "`", "")
	for _, w := range weights() {
		if row := "| " + w.Part + " | " + w.Points + " |\n"; !strings.Contains(plain, row) {
			t.Errorf("docs/formulas.md does not have %s", row)
		}
	}
	if rows := strings.Count(plain, "\n| ") - 2; rows != len(weights()) {
		t.Errorf("docs/formulas.md has %d parts, the page %d", rows, len(weights()))
	}
}

func TestPageFormula(t *testing.T) {
	for want, c := range map[string]norms.Curve{
		"100 × 0.6^√(2 × penalty)":         {Base: 0.6, CalibrationRaw: 0.5, Exponent: 0.5},
		"100 × 0.5^((penalty / 1.5)^0.75)": {Base: 0.5, CalibrationRaw: 1.5, Exponent: 0.75},
	} {
		if got := formula(c); got != want {
			t.Errorf("%+v is %q, want %q", c, got, want)
		}
	}
}
