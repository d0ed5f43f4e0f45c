package health

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

//go:embed data/*.csv
var data embed.FS

// Rule says what a total takes in. Two totals of one year by different rules are different figures.
type Rule struct {
	Name    string              `json:"name"`
	Version string              `json:"version"`
	Date    string              `json:"date"` // of the version
	Title   string              `json:"title"`
	Out     map[string][]string `json:"leaves_out"` // by taxonomy: classes, or class/* for all types of one
}

// Everything is the rule that leaves nothing out.
const Everything = "all"

// Takes says whether a class of a taxonomy counts.
func (r Rule) Takes(taxonomy, class string) bool {
	return !slices.ContainsFunc(r.Out[taxonomy], func(out string) bool {
		prefix, all := strings.CutSuffix(out, "*")
		return strings.EqualFold(out, class) || all && strings.HasPrefix(class, prefix)
	})
}

// Rules gives the rules that are built in.
func Rules() ([]Rule, error) {
	f, err := data.Open("data/rules.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = 6
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading the rules of totals: %w", err)
	}
	var list []Rule
	for _, row := range rows[1:] {
		at := slices.IndexFunc(list, func(r Rule) bool { return r.Name == row[0] })
		if at < 0 {
			at, list = len(list), append(list, Rule{Name: row[0], Version: row[1], Date: row[2], Title: row[3], Out: map[string][]string{}})
		}
		if row[4] != "" {
			list[at].Out[row[4]] = append(list[at].Out[row[4]], row[5])
		}
	}
	return list, nil
}

// RuleOf finds a rule by its name.
func RuleOf(rules []Rule, name string) (Rule, bool) {
	at := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
	if at < 0 {
		return Rule{}, false
	}
	return rules[at], true
}
