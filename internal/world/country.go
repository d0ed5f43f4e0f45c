package world

// country is where holders are registered: real codes, so that registries and neighbourhoods work as they do.
type country struct {
	code, rir, name string
	weight          int // how many holders there are, relative to others
}

func countries() []country {
	return []country{
		{"IN", "apnic", "India", 9},
		{"JP", "apnic", "Japan", 3},
		{"AU", "apnic", "Australia", 3},
		{"NP", "apnic", "Nepal", 2},
		{"DE", "ripencc", "Germany", 5},
		{"NL", "ripencc", "Netherlands", 4},
		{"PL", "ripencc", "Poland", 3},
		{"US", "arin", "United States", 8},
		{"CA", "arin", "Canada", 3},
		{"BR", "lacnic", "Brazil", 6},
		{"CL", "lacnic", "Chile", 2},
		{"ZA", "afrinic", "South Africa", 3},
		{"KE", "afrinic", "Kenya", 2},
	}
}

// drawCountry draws by weight one of w.lands, of which list is a copy with other weights or the same.
func (w *world) drawCountry(list []country) *country {
	total := 0
	for _, c := range list {
		total += c.weight
	}
	n := w.rand.IntN(total)
	for i := range list {
		if n -= list[i].weight; n < 0 {
			return &w.lands[i]
		}
	}
	panic("unreachable: the weights add up to total")
}
