package health

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Record is one figure of a history set.
type Record struct {
	Series   string // figures of one series stand in one table
	Period   string // 2014 or 2014-03
	Taxonomy string // whose classes these are, in the version of that period: cert-in/2014
	Class    string // or "total"
	Rule     string // of a total
	Unit     Unit
	State    CellState // counted, not-counted or elsewhere
	Count    int64
	In       string // the class in which it is counted instead
	Sourced  bool   // false: not verified
	Source   string
	Note     string
}

// Total is the class of a record that is a total.
const Total = "total"

// HistoryColumns are the columns of a history set, as its first line has to name them.
func HistoryColumns() []string {
	return []string{"series", "period", "taxonomy", "class", "rule", "unit", "count", "mark", "source", "note"}
}

// CertIn gives the history set that comes with the program: what CERT-In published of the incidents of 2004 to 2024, each figure with
// its source or marked as not verified.
func CertIn() ([]Record, error) {
	f, err := data.Open("data/cert-in.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadHistory(f)
}

// maxRecords bounds a history set.
const maxRecords = 100_000

var period = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2]))?$`)

// ReadHistory reads a history set: CSV, UTF-8, its first line naming the columns, lines that begin with # passed over.
// docs/statistics.md has what each column takes. All lines that are wrong are told at once.
func ReadHistory(in io.Reader) ([]Record, error) {
	r := csv.NewReader(in)
	r.Comment, r.FieldsPerRecord = '#', len(HistoryColumns())
	head, err := r.Read()
	if err != nil && !errors.Is(err, csv.ErrFieldCount) {
		return nil, fmt.Errorf("reading a history set: %w", err)
	}
	if !slices.Equal(head, HistoryColumns()) {
		return nil, fmt.Errorf("reading a history set: its columns are to be %s", strings.Join(HistoryColumns(), ","))
	}
	rules, err := Rules()
	if err != nil {
		return nil, err
	}
	var list []Record
	var wrong []error
	for len(wrong) < 20 {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading a history set: %w", err)
		}
		line, _ := r.FieldPos(0)
		one, err := recordOf(row, rules)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		if list = append(list, one); len(list) > maxRecords {
			return nil, fmt.Errorf("reading a history set: it has more than %d lines", maxRecords)
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("reading a history set: %w", err)
	}
	return list, nil
}

func recordOf(row []string, rules []Rule) (Record, error) {
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	r := Record{Series: row[0], Period: row[1], Taxonomy: row[2], Class: row[3], Rule: row[4], Unit: Unit(row[5]), Source: row[8], Note: row[9]}
	switch {
	case r.Series == "" || r.Class == "":
		return r, errors.New("series and class are needed")
	case !period.MatchString(r.Period):
		return r, fmt.Errorf("%q is no period such as 2014 or 2014-03", r.Period)
	case !slices.Contains([]Unit{ReportLine, AddressDay, OneCase, Incident}, r.Unit):
		return r, fmt.Errorf("%q is no unit: %s, %s, %s or %s", r.Unit, ReportLine, AddressDay, OneCase, Incident)
	case r.Class == Total && r.Rule == "", r.Class != Total && r.Rule != "":
		return r, errors.New("a total, and nothing else, has a rule")
	}
	if _, known := RuleOf(rules, r.Rule); r.Rule != "" && !known {
		return r, fmt.Errorf("there is no rule %q", r.Rule)
	}
	switch row[7] {
	case "S":
		r.Sourced = true
		if r.Source == "" {
			return r, errors.New("a figure marked S needs its source")
		}
	case "R":
	default:
		return r, fmt.Errorf("its mark is %q: S is sourced, R is not verified", row[7])
	}
	return r, r.setCount(row[6])
}

// setCount reads a count: a number, "-" for a class that was not counted, "in:CLASS" for one counted in another.
func (r *Record) setCount(text string) error {
	in, elsewhere := strings.CutPrefix(text, "in:")
	switch {
	case text == "-":
		r.State = NotCounted
		return nil
	case elsewhere:
		r.State, r.In = Elsewhere, strings.TrimSpace(in)
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%.40q is no count: a number, - or in:CLASS", text)
	}
	r.State, r.Count = Counted, n
	return nil
}
