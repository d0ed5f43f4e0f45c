package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/health"
	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// moved says that what was asked for stands under another path.
type moved struct{ to string }

// Error names the path.
func (m *moved) Error() string { return "it stands under " + m.to }

func wrong(format string, args ...any) error {
	return &service.WrongUse{Reason: fmt.Sprintf(format, args...)}
}

func homeQuestion(*http.Request) (service.Question, error) { return service.HomeQuestion{}, nil }

func neighbourhoodsQuestion(*http.Request) (service.Question, error) {
	return service.NeighbourhoodsQuestion{}, nil
}

func sourcesQuestion(*http.Request) (service.Question, error) { return service.SourcesQuestion{}, nil }

func methodQuestion(*http.Request) (service.Question, error) { return service.MethodQuestion{}, nil }

func incidentQuestion(r *http.Request) (service.Question, error) {
	return service.IncidentQuestion{ID: r.PathValue("id")}, nil
}

func statisticsQuestion(r *http.Request) (service.Question, error) {
	year, err := number(r.URL.Query(), "year", 0)
	if err == nil && year != 0 && (year < 1990 || year > 9999) {
		err = wrong("%d is no year of statistics", year)
	}
	return service.StatisticsQuestion{Year: year, Unit: health.Unit(r.URL.Query().Get("unit"))}, err
}

func networkHealthQuestion(r *http.Request) (service.Question, error) {
	asn, err := values.ParseASN(r.PathValue("asn"))
	if err != nil {
		return nil, wrong("%q is no AS number", r.PathValue("asn"))
	}
	if name := "AS" + asn.String(); r.PathValue("asn") != name {
		return nil, &moved{"/network/" + name + "/health" + extension(r) + query(r)}
	}
	return service.NetworkHealthQuestion{ASN: asn}, nil
}

func neighbourhoodHealthQuestion(r *http.Request) (service.Question, error) {
	return service.NeighbourhoodHealthQuestion{Name: r.PathValue("name")}, nil
}

// networkQuestion takes AS4755, as4755 and 4755; the first is where the page stands.
func networkQuestion(r *http.Request) (service.Question, error) {
	asn, err := values.ParseASN(r.PathValue("asn"))
	if err != nil {
		return nil, wrong("%q is no AS number", r.PathValue("asn"))
	}
	if name := "AS" + asn.String(); r.PathValue("asn") != name {
		return nil, &moved{"/network/" + name + extension(r) + query(r)}
	}
	q := r.URL.Query()
	return service.NetworkQuestion{ASN: asn, WhatIf: true, Mended: q["mended"]}, nil
}

func networksQuestion(r *http.Request) (service.Question, error) {
	part, err := number(r.URL.Query(), "part", 1)
	return service.NetworksQuestion{Part: part}, err
}

func neighbourhoodQuestion(r *http.Request) (service.Question, error) {
	by := norms.A4
	if text := r.URL.Query().Get("by"); text != "" {
		found, err := norms.ParseMetric(strings.ToUpper(text))
		if err != nil || !slices.Contains(norms.Actions(), found) {
			return nil, wrong("%q is no Action: A1, A2, A3 or A4", text)
		}
		by = found
	}
	return service.NeighbourhoodQuestion{Name: r.PathValue("name"), By: by}, nil
}

func membersQuestion(r *http.Request) (service.Question, error) {
	return service.MembersQuestion{Name: r.PathValue("name")}, nil
}

func prefixQuestion(r *http.Request) (service.Question, error) {
	text := r.PathValue("prefix")
	p, err := service.ParsePrefixOrAddress(text)
	if err != nil {
		return nil, err
	}
	if p.String() != text {
		return nil, &moved{"/prefix/" + p.String() + extension(r) + query(r)}
	}
	return service.PrefixQuestion{Prefix: p}, nil
}

func compareQuestion(r *http.Request) (service.Question, error) {
	q := r.URL.Query()
	return service.CompareQuestion{A: q.Get("a"), B: q.Get("b")}, nil
}

func incidentsQuestion(r *http.Request) (service.Question, error) {
	v := r.URL.Query()
	q := service.IncidentQuery{
		Kind: watch.Kind(v.Get("kind")), Neighbourhood: v.Get("neighbourhood"), Open: v.Get("open") != "", Named: v.Get("named") != "", After: v.Get("after"),
	}
	if text := v.Get("asn"); text != "" {
		asn, err := values.ParseASN(text)
		if err != nil {
			return nil, wrong("%q is no AS number", text)
		}
		q.ASN = asn
	}
	for name, at := range map[string]*time.Time{"since": &q.Since, "until": &q.Until} {
		text := v.Get(name)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			if t, err = time.Parse(time.RFC3339, text); err != nil {
				return nil, wrong("%s=%q is neither a day such as 2026-02-10 nor a moment", name, text)
			}
		}
		*at = t.UTC()
	}
	if text := v.Get("confidence"); text != "" {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= 0 && x <= 1) {
			return nil, wrong("a confidence lies between 0 and 1, which %q does not", text)
		}
		q.MinConfidence = x
	}
	return q, nil
}

func number(v url.Values, name string, usual int) (int, error) {
	text := v.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, wrong("%s=%q is no number from 1 on", name, text)
	}
	return n, nil
}

func query(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "?" + r.URL.RawQuery
}
