package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// CSV writes rows as CSV (RFC 4180), in UTF-8. Cells that a spreadsheet would take for a formula are tamed.
func CSV(rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	var tamed []string
	for _, row := range rows {
		tamed = tamed[:0]
		for _, cell := range row {
			tamed = append(tamed, tame(cell))
		}
		if err := w.Write(tamed); err != nil {
			return nil, fmt.Errorf("writing CSV: %w", err)
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// tame keeps a spreadsheet from taking foreign text for a formula.
func tame(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}
