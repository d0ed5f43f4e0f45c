package health

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

func certIn(t *testing.T) []Record {
	t.Helper()
	records, err := CertIn()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func yearsOf(t *testing.T, records []Record, series string) *Table {
	t.Helper()
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	table, err := Years(records, series, rules)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// cells gives a line's cells as text, unverified ones with a tilde before them.
func cells(t *testing.T, table *Table, key string, periods ...string) (list []string) {
	t.Helper()
	for _, l := range table.All() {
		if l.Key != key {
			continue
		}
		for i, c := range l.Cells {
			if !slices.Contains(periods, table.Columns[i].Key) {
				continue
			}
			text := c.Text()
			if c.Unverified {
				text = "~" + text
			}
			list = append(list, text)
		}
	}
	return list
}

// TestIndia reproduces what CERT-In published of 2008 to 2022: sourced figures as they are, the others as not verified,
// and a class that was not counted is not 0.
func TestIndia(t *testing.T) {
	table := yearsOf(t, certIn(t), "cert-in")
	years := []string{"2008", "2009", "2014", "2015", "2016", "2017", "2022"}
	for key, want := range map[string]string{
		"Phishing":                                "604 374 1122 ~534 ~757 ~552 1714",
		"Network Scanning / Probing":              "265 303 3317 ~3673 ~416 ~9383 324620",
		"Vulnerable Services":                     "not counted|not counted|not counted|not counted|not counted|~in Network Scanning / Probing|875892",
		"Virus / Malicious Code":                  "408 596 4307 ~9830 ~13371 ~9750 161757",
		"Website Defacement":                      "not counted|not counted|25037|~26244|~31664|~29518|19793",
		"Website Intrusion & Malware Propagation": "835 6548 7286 ~961 ~1483 ~563 2164",
		"Denial of Service (DoS)":                 "54|15|not counted|not counted|not counted|not counted|in Others",
		"Others":                                  "94 145 3610 ~8213 ~2671 ~3351 5517",
		"Spam":                                    "305|285|85659|61628|~57262|53692|not counted",
		"total:without-spam":                      "2260|7981|44679|49455|50362|53117 or 53081|1391457",
		"total:with-spam":                         "2565 8266 130338 ~111083 ~107624 ~106809 1391457",
	} {
		sep := " "
		if strings.Contains(want, "|") {
			sep = "|"
		}
		if got := strings.Join(cells(t, table, key, years...), sep); got != want {
			t.Errorf("%s: %s; want %s", key, got, want)
		}
	}
	if got := cells(t, table, "total:as-published", "2004", "2007", "2018", "2019", "2020", "2021", "2023", "2024"); strings.Join(got, " ") !=
		"23 1237 208456 313649 or 394499 ~1158208 1402809 1592917 ~2041360" {
		t.Errorf("totals: %v", got)
	}
	if got := cells(t, table, "Spam", "2018"); got[0] != "no data" {
		t.Errorf("of 2018 only a total is known, and spam is %v", got)
	}
	if got := yearsOf(t, certIn(t), "websites-hacked").Totals[0].Cells; *got[1].Count != 32323 {
		t.Errorf("websites in 2014: %s", got[1].Text())
	}
}

// TestBothCountings: 2014 is 130,338 or 44,679, and the table says why.
func TestBothCountings(t *testing.T) {
	notes := yearsOf(t, certIn(t), "cert-in").Notes
	if !slices.Contains(notes, "2014 is 130338 or 44679, depending on whether its 85659 incidents of spam count") {
		t.Errorf("%q", notes)
	}
}

// TestChecks: every total of the set is what its parts come to, but for the one that is quoted differently.
func TestChecks(t *testing.T) {
	records := certIn(t)
	bad := map[string]int64{}
	table := yearsOf(t, records, "cert-in")
	for _, c := range table.Checks {
		if !c.Agrees {
			bad[c.Period] = c.Total
		}
	}
	if len(table.Checks) != 19 || len(bad) != 1 || bad["2017"] != 53081 {
		t.Errorf("of %d totals these do not agree: %v", len(table.Checks), bad)
	}
	for i := range records {
		if records[i].Period == "2022" && records[i].Class == "Others" {
			records[i].Count++
		}
	}
	checks := yearsOf(t, records, "cert-in").Checks
	if c := checks[len(checks)-1]; c.Agrees || c.Says != "2022, without-spam: the classes come to 1391458, the total is given as 1391457, -1" {
		t.Errorf("a total that is wrong: %+v", c)
	}
}

// TestBreaks: where a class comes or goes, the years on its sides are kept apart.
func TestBreaks(t *testing.T) {
	breaks := map[string]string{}
	for _, c := range yearsOf(t, certIn(t), "cert-in").Columns {
		breaks[c.Key] = c.Break
	}
	for year, want := range map[string]string{
		"2005": "", "2009": "", "2016": "",
		"2008": "counted from here on: Website Intrusion & Malware Propagation, Denial of Service (DoS), Spam",
		"2014": "counted from here on: Website Defacement; no longer counted: Denial of Service (DoS); no figures of 2010 to 2013",
		"2018": "the classes of 2018 are not known",
	} {
		if breaks[year] != want {
			t.Errorf("%s: %q; want %q", year, breaks[year], want)
		}
	}
}

// TestHistoryRefused: what is wrong is told with its line.
func TestHistoryRefused(t *testing.T) {
	head := strings.Join(HistoryColumns(), ",") + "\n"
	for line, want := range map[string]string{
		"a,14,,Spam,,incident,3,S,x,":            "no period",
		"a,2014,,Spam,,incident,3,S,,":           "needs its source",
		"a,2014,,Spam,,incident,3,Q,x,":          "its mark",
		"a,2014,,Spam,,incident,-3,S,x,":         "no count",
		"a,2014,,Spam,,pieces,3,S,x,":            "no unit",
		"a,2014,,total,,incident,3,S,x,":         "has a rule",
		"a,2014,,total,my rule,incident,3,S,x,":  "no rule",
		"a,2014,,Spam,,incident,3,S":             "wrong number of fields",
		",2014,,Spam,,incident,3,S,x,":           "series and class",
		"a,2014,,Spam,with-spam,incident,3,S,x,": "has a rule",
	} {
		if _, err := ReadHistory(strings.NewReader(head + "# a remark\n" + line + "\n")); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := ReadHistory(strings.NewReader("year,count\n")); err == nil || !strings.Contains(err.Error(), "its columns are to be series,period") {
		t.Error("other columns:", err)
	}
}

// TestRows: each figure stands in CSV with all that it was counted by.
func TestRows(t *testing.T) {
	rows := yearsOf(t, certIn(t), "cert-in").Rows()
	found := false
	for _, row := range rows[1:] {
		if len(row) != len(rows[0]) || row[5] == "" || row[9] == "" || row[12] == "" {
			t.Fatalf("%v", row)
		}
		if row[1] == "2017" && row[2] == "total" && row[3] == "without-spam" {
			found = row[6] == "53117" && row[7] == "53081" && row[8] == "true"
		}
		if row[5] != "counted" && row[6] != "" {
			t.Errorf("%v has a count", row)
		}
		if row[6] != "" {
			if _, err := strconv.Atoi(row[6]); err != nil {
				t.Errorf("%v", row)
			}
		}
	}
	if !found {
		t.Error("the two totals of 2017 do not stand side by side")
	}
}
