package health

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/internal/desk/class"
)

// aYear is what a desk counted in a year: lines, addresses and cases by type.
func aYear(t *testing.T, seed uint64, months int) Publication {
	t.Helper()
	tables, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	p := Publication{Name: "desk", Title: "2026", Units: []Unit{ReportLine, AddressDay, OneCase}, Basis: Basis{Taxonomy: "rsit", Version: "1003", Window: "2 days", Smallest: k}}
	for _, name := range []string{Everything, "without-spam", "without-scans"} {
		rule, _ := RuleOf(rules, name)
		p.Rules = append(p.Rules, rule)
	}
	for _, c := range tables.Codes() {
		p.Classes = append(p.Classes, c.String())
	}
	cells := heavy(seed, len(p.Classes), months)
	r := rand.New(rand.NewPCG(seed, 2))
	for m := range months {
		month := fmt.Sprintf("2026-%02d", m+1)
		p.Months = append(p.Months, month)
		for i, name := range p.Classes {
			lines := cells[i][m]
			addresses := lines - r.Int64N(lines/4+1)
			p.Rows = append(p.Rows, Observed{month, name, ReportLine, lines}, Observed{month, name, AddressDay, addresses}, Observed{month, name, OneCase, addresses / 7})
		}
	}
	return p
}

// published gives the figures, sums and what is hidden of tables, read back from the tables: the solver sees what a reader sees.
func published(t *testing.T, p Publication, tables []*Table) ([]Figure, []Sum, map[string]bool) {
	t.Helper()
	g := &grid{Publication: p, value: map[string]int64{}, periods: periodsOf(p.Months)}
	for _, row := range p.Rows {
		g.value[key(row.Unit, row.Class, row.Month)] += row.Count
	}
	for _, unit := range p.Units {
		g.unit(unit, p.Rules)
	}
	g.link()
	hidden := map[string]bool{}
	for _, table := range tables {
		for _, l := range table.All() {
			for i, c := range l.Cells {
				at := key(table.Basis.Unit, l.Key, table.Columns[i].Key)
				switch {
				case c.State == Suppressed && c.Count == nil:
					hidden[at] = true
				case c.State != Counted || *c.Count != g.value[at]:
					t.Fatalf("%s is %+v", at, c)
				}
			}
		}
	}
	return g.figures, g.sums, hidden
}

// TestPublished: a solver that sees all tables of a year, of all units together, and knows that there are no fewer lines than
// addresses, bounds no suppressed cell tighter than 0 to 9; nor did one that read the tables of the months before.
func TestPublished(t *testing.T) {
	for _, seed := range []uint64{4, 5} {
		p := aYear(t, seed, 12)
		began := time.Now()
		tables, err := p.Tables()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d figures in %v", 3*42*17, time.Since(began))
		figures, sums, hidden := published(t, p, tables)
		solve(t, figures, sums, hidden)
		shown, could := 0, 0
		for _, f := range figures {
			if !f.Slack && f.Value >= k {
				could++
				if !hidden[f.Key] {
					shown++
				}
			}
		}
		if t.Logf("of %d figures that are not small %d are shown", could, shown); shown*10 < could*6 {
			t.Error("too little is shown")
		}
		early := aYear(t, seed, 12)
		early.Months = early.Months[:7]
		before, err := early.Tables()
		if err != nil {
			t.Fatal(err)
		}
		for i, table := range before {
			for _, l := range table.All() {
				now := tables[i].All()[slices.IndexFunc(tables[i].All(), func(o Line) bool { return o.Key == l.Key })]
				for n, c := range table.Columns {
					if diff := cmp.Diff(l.Cells[n], now.Cells[n]); diff != "" {
						t.Errorf("%s %s was shown otherwise in August: %s", l.Key, c.Key, diff)
					}
				}
			}
		}
	}
}

// TestPublishedNowhere: no form of a table has a figure that is suppressed.
func TestPublishedNowhere(t *testing.T) {
	p := aYear(t, 4, 3)
	for i := range p.Rows { // numbers that stand nowhere else
		if p.Rows[i].Count > 0 && p.Rows[i].Count < k {
			p.Rows[i].Count = 7
		}
	}
	tables, err := p.Tables()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		text, err := json.Marshal(table)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"count":7,`) || strings.Contains(string(text), `"count":7}`) {
			t.Error("JSON tells a suppressed figure")
		}
		for _, row := range table.Rows() {
			if row[6] == "7" || row[5] == "suppressed" && row[6] != "" {
				t.Errorf("CSV tells a suppressed figure: %v", row)
			}
		}
		if c := table.Columns; len(c) != 4 || c[3].Key != "2026-Q1" || !c[3].Sum {
			t.Errorf("columns: %v", c)
		}
	}
}

// TestRestate: years of different classes on one footing, and what cannot be told apart is said.
func TestRestate(t *testing.T) {
	tables, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	table, err := Restate(certIn(t), "cert-in", rules, tables)
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"vulnerable":                   "not counted|not counted|875892",
		"information-content-security": "not counted|25037|19793",
		"intrusions":                   "6548|7286|2164",
		"availability":                 "15|not counted|not counted",
	} {
		if got := strings.Join(cells(t, table, line, "2009", "2014", "2022"), "|"); got != want {
			t.Errorf("%s: %s; want %s", line, got, want)
		}
	}
	if want := "1003, by the mapping cert-in 2026-11 of 2026-11-01"; table.Basis.Version != want {
		t.Errorf("the basis is %q; want %q", table.Basis.Version, want)
	}
	said := ""
	for _, l := range table.Lines {
		if l.Key == "intrusions" {
			said = l.Cells[len(l.Cells)-4].Says + l.Cells[6].Says
		}
	}
	if !strings.Contains(said, "stands for malicious-code as well") {
		t.Errorf("what counts as one of two: %q", said)
	}
}

// TestAmplification is the worked example of docs/formulas.md.
func TestAmplification(t *testing.T) {
	factors, err := Factors()
	if err != nil {
		t.Fatal(err)
	}
	on := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	list := []Exposure{
		{on(1), "dns-open-resolver", "64500", "IN", 200},
		{on(1), "ntp-monitor", "64500", "IN", 150},
		{on(1), "ntp-monitor", "64501", "IN", 100}, // not more than the threshold
		{on(1), "ntp-version", "64501", "IN", 900}, // no factor
		{on(22), "ntp-monitor", "64501", "LK", 101},
	}
	got := Amplification(list, factors, CellThreshold, func(e Exposure) string { return e.Country })
	want := []Risk{
		{Of: "IN", Rank: 1, Weighted: 200*41 + 150*557.4, AddressDays: 350, ByRisk: map[string]float64{"open-dns": 8200, "open-ntp": 150 * 557.4}},
		{Of: "LK", Rank: 2, Weighted: 101 * 556.9, AddressDays: 101, ByRisk: map[string]float64{"open-ntp": 101 * 556.9}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Error(diff)
	}
}
