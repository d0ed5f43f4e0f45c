package service

import (
	_ "embed"
	"strings"
)

//go:embed countries.tab
var countryNames string

// CountryName gives the usual English name of a country by its code of two letters; empty where there is none.
func CountryName(code string) string {
	at := strings.Index(countryNames, "\n"+code+"\t")
	if at < 0 || len(code) != 2 {
		return ""
	}
	name, _, _ := strings.Cut(countryNames[at+len(code)+2:], "\n")
	return name
}
