package desk

import (
	_ "embed" // the severities
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

//go:embed data/severity.csv
var severities string

// Severities say how bad a kind of incident is, from 0 to 60: by class of the RSIT, as "fraud/phishing".
type Severities map[string]int

// LoadSeverities reads the table that comes with the program, of 22 November 2026.
func LoadSeverities() (Severities, error) {
	rows, err := csv.NewReader(strings.NewReader(severities)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading the severities: %w", err)
	}
	s := Severities{}
	for _, row := range rows[1:] {
		if s[row[0]], err = strconv.Atoi(row[1]); err != nil {
			return nil, fmt.Errorf("reading the severity of %s: %w", row[0], err)
		}
	}
	return s, nil
}

// Weight is what the priority of a case depends on.
type Weight struct {
	Class       string
	Criticality string // of the party: low, medium, high, critical, or "" where that is not known
	Addresses   int64  // address-days
	Age         time.Duration
	Reopened    int
}

// criticalities multiply by the party's.
var criticalities = map[string]float64{"low": 0.8, "medium": 1.1, "high": 1.4, "critical": 1.8}

// Priority says what to look at first, from 0 to 100: severity × criticality × size × age × re-infection. docs/formulas.md has it in
// words, with an example. A class that is not in the table counts as severity 15.
func (s Severities) Priority(w Weight) int {
	severity, known := s[w.Class]
	if !known {
		severity = 15
	}
	critical, known := criticalities[w.Criticality]
	if !known {
		critical = 1
	}
	size := 1 + min(math.Log10(float64(max(w.Addresses, 1))), 4)/4
	age := 1 + min(max(w.Age.Hours()/24, 0), 14)/28
	again := 1 + 0.2*float64(min(w.Reopened, 3))
	return int(min(100, math.Round(float64(severity)*critical*size*age*again)))
}
