package notice

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
)

// table writes the lines of cases as CSV: the case's number, then IntelMQ's names of fields.
func table(cases []Case) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	columns := Columns()
	_ = w.Write(append([]string{"case"}, columns...)) // a buffer takes everything
	row := make([]string, 1+len(columns))
	for _, c := range cases {
		for _, e := range c.Lines {
			row[0] = strconv.FormatInt(c.ID, 10)
			for i, key := range columns {
				row[1+i] = cell(e.Text(key))
			}
			_ = w.Write(row)
		}
	}
	w.Flush()
	return b.Bytes()
}

// cell keeps a spreadsheet from taking what others wrote for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
