package web

import (
	"slices"

	"pahra/internal/service"
	"pahra/wire/values"
)

// Write makes every page of a run and gives put each file, with its name as a relative path with slashes. It stops at
// the first error. The first page comes last: where it is, all are.
func Write(pages *service.Pages, put func(name string, text []byte) error) error {
	asns, err := pages.ASNs()
	if err != nil {
		return err
	}
	site, err := New(func(asn values.ASN) bool {
		_, ok := slices.BinarySearch(asns, asn)
		return ok
	})
	if err != nil {
		return err
	}
	one := func(view any) error {
		html, twin, err := site.Page(view)
		if err != nil {
			return err
		}
		if err := put(NameOf(view)+".json", twin); err != nil {
			return err
		}
		return put(NameOf(view)+".html", html)
	}
	if err := put(StyleName, Style()); err != nil {
		return err
	}
	survey, err := pages.Networks(asns, func(v *service.NetworkPage) error { return one(v) })
	if err != nil {
		return err
	}
	if err := pages.EachIncident(func(v *service.IncidentPage) error { return one(v) }); err != nil {
		return err
	}
	return lists(pages, survey, one)
}

// lists makes the pages that lead to the others.
func lists(pages *service.Pages, survey *service.Survey, one func(any) error) error {
	for part := 1; ; part++ {
		v := pages.Incidents(part)
		if err := one(&v); err != nil {
			return err
		}
		if part >= v.Parts {
			break
		}
	}
	for part := 1; ; part++ {
		v := survey.NetworksPage(part)
		if err := one(&v); err != nil {
			return err
		}
		if part >= len(v.Parts) {
			break
		}
	}
	for _, name := range survey.Names() {
		v := survey.Neighbourhood(name)
		if err := one(&v); err != nil {
			return err
		}
	}
	method := pages.Method()
	if err := one(&method); err != nil {
		return err
	}
	index := pages.Index(survey)
	return one(&index)
}
