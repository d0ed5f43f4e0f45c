package health

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Factor is by how much an open service multiplies what is sent to it, as its source stated it on a day.
type Factor struct {
	Risk        string    `json:"risk"`
	Title       string    `json:"title"`
	Factor      float64   `json:"factor"`
	Stated      time.Time `json:"stated"`
	Identifiers []string  `json:"identifiers"` // classification.identifier of the events that show it
	Source      string    `json:"source"`
}

// Factors gives the factors that are built in.
func Factors() ([]Factor, error) {
	f, err := data.Open("data/amplification.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = 6
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading the factors of amplification: %w", err)
	}
	var list []Factor
	for _, row := range rows[1:] {
		one := Factor{Risk: row[0], Title: row[1], Identifiers: strings.Fields(row[4]), Source: row[5]}
		if one.Factor, err = strconv.ParseFloat(row[2], 64); err == nil {
			one.Stated, err = time.Parse(time.DateOnly, row[3])
		}
		if err != nil {
			return nil, fmt.Errorf("reading the factor of %s: %w", one.Risk, err)
		}
		list = append(list, one)
	}
	return list, nil
}

// factorOn gives the factor of an identifier that was stated last before the end of a day, or first where none was yet.
func factorOn(factors []Factor, identifier string, day time.Time) (found Factor, ok bool) {
	for _, f := range factors {
		if !slices.Contains(f.Identifiers, identifier) {
			continue
		}
		if later := f.Stated.After(found.Stated); !ok || later && !f.Stated.After(day) {
			found, ok = f, true
		}
	}
	return found, ok
}

// Exposure is how many distinct addresses of a network showed something on a day.
type Exposure struct {
	Day        time.Time
	Identifier string
	Network    string
	Country    string
	Addresses  int64
}

// CellThreshold is the count up to which CyberGreen leaves a cell out.
const CellThreshold = 100

// Risk is what the open services of a network or a country could send to others, relative to what is sent to them.
type Risk struct {
	Of          string             `json:"of"`
	Rank        int                `json:"rank"`
	Weighted    float64            `json:"weighted"` // address-days, each times its factor
	AddressDays int64              `json:"address_days"`
	ByRisk      map[string]float64 `json:"by_risk"`
}

// Amplification weighs exposures as CyberGreen does: distinct addresses of a cell of day, risk, network and country; cells of at
// most threshold left out; the others times the factor of that day, summed by what of gives, and ranked. What has no factor
// does not count.
func Amplification(list []Exposure, factors []Factor, threshold int64, of func(Exposure) string) []Risk {
	type key struct {
		day                    time.Time
		risk, network, country string
	}
	type cell struct {
		of        string
		addresses int64
		factor    float64
	}
	cells := map[key]cell{}
	for _, e := range list {
		f, known := factorOn(factors, e.Identifier, e.Day)
		if !known {
			continue
		}
		k := key{e.Day, f.Risk, e.Network, e.Country}
		cells[k] = cell{of(e), cells[k].addresses + e.Addresses, f.Factor}
	}
	sums := map[string]*Risk{}
	for _, k := range slices.SortedFunc(maps.Keys(cells), func(a, b key) int { // sums of fractions depend on their order
		return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.risk, b.risk), cmp.Compare(a.network, b.network), cmp.Compare(a.country, b.country))
	}) {
		c := cells[k]
		if c.addresses <= threshold {
			continue
		}
		r := sums[c.of]
		if r == nil {
			r = &Risk{Of: c.of, ByRisk: map[string]float64{}}
			sums[c.of] = r
		}
		r.AddressDays += c.addresses
		r.ByRisk[k.risk] += float64(c.addresses) * c.factor
		r.Weighted += float64(c.addresses) * c.factor
	}
	var out []Risk
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, *sums[name])
	}
	slices.SortStableFunc(out, func(a, b Risk) int { return cmp.Compare(b.Weighted, a.Weighted) })
	for i := range out {
		out[i].Rank = i + 1
		if i > 0 && out[i].Weighted == out[i-1].Weighted {
			out[i].Rank = out[i-1].Rank
		}
	}
	return out
}
