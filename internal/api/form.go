package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// form is what an answer is written as.
type form int

const (
	asJSON form = iota
	asCSV
	asStream
)

// formOf gives the form that a request asks for: by its parameter "format", or by what it accepts (RFC 9110, section
// 12.5.1). why is set where it cannot be had.
func formOf(r *http.Request, path string, table bool) (_ form, why string) {
	accepted := ranges(r.Header.Values("Accept"))
	if path == streamPath {
		if accepted["text/event-stream"] > 0 || accepted["text/*"] > 0 || accepted["*/*"] > 0 || len(accepted) == 0 {
			return asStream, ""
		}
		return 0, "This is a stream of text/event-stream."
	}
	noCSV := "This is no table: it can be had as application/json alone."
	switch r.URL.Query().Get("format") {
	case "json":
		return asJSON, ""
	case "csv":
		if !table {
			return 0, noCSV
		}
		return asCSV, ""
	}
	if len(accepted) == 0 {
		return asJSON, ""
	}
	best := func(names ...string) float64 {
		for _, name := range names { // the most specific range counts
			if q, ok := accepted[name]; ok {
				return q
			}
		}
		return 0
	}
	json := max(best("application/json", "application/*", "*/*"), accepted["application/problem+json"], accepted["application/openapi+json"])
	text := best("text/csv", "text/*", "*/*")
	switch {
	case table && text > json:
		return asCSV, ""
	case json > 0:
		return asJSON, ""
	case text > 0 && accepted["text/csv"] > 0:
		return 0, noCSV
	}
	return 0, "An answer can be had as application/json, and where it is a table as text/csv."
}

// ranges reads what is accepted: media ranges with their weights.
func ranges(values []string) map[string]float64 {
	list := make(map[string]float64)
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.ToLower(strings.TrimSpace(name)); name == "" {
			continue
		}
		weight := 1.0
		for param := range strings.SplitSeq(rest, ";") {
			if text, ok := strings.CutPrefix(strings.TrimSpace(param), "q="); ok {
				q, err := strconv.ParseFloat(text, 64)
				if err != nil || !(q >= 0 && q <= 1) {
					q = 0
				}
				weight = q
			}
		}
		list[name] = weight
	}
	return list
}

// figure writes a number; nothing for no data.
func figure(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', -1, 64)
}

func count(n int) string { return strconv.Itoa(n) }

func number(n int64) string { return strconv.FormatInt(n, 10) }

func share4(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
