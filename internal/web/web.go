// Package web turns what a run says into pages: HTML and, beside each, the same facts as JSON.
//
// [New] gives a [Site], whose Page renders one view, a struct of package service such as *service.NetworkPage, under the
// name that [NameOf] gives it. [NewServed] gives one whose pages a service shows, package app. [Write] makes all pages of a run, one after another, and hands each to its caller, so
// that a run of tens of thousands of networks never lies in memory. The same templates make files and answers over
// HTTP: links are relative, and [Policy] is the Content-Security-Policy that the pages are made for. They need no
// script, no font and nothing from elsewhere.
//
// The package touches neither disk nor network, reads no clock, and makes the same bytes of the same views.
package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"unicode"

	"pahra/internal/service"
	"pahra/wire/values"
)

//go:embed templates/*.html style.css
var files embed.FS

// Policy is the Content-Security-Policy that the pages keep to: nothing but their own style sheet, and pictures in the
// page itself.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServedPolicy is that of the pages of a service: their own scripts besides, and forms and events of their own host.
const ServedPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// StyleName is the name of the style sheet.
const StyleName = "style.css"

// Style gives the style sheet.
func Style() []byte {
	text, err := files.ReadFile(StyleName)
	if err != nil {
		panic(err) // it is embedded
	}
	return text
}

// Site renders pages. Safe for concurrent use.
type Site struct {
	templates *template.Template
	has       func(values.ASN) bool
	served    bool
}

// New gives a site of files, in which the networks that has knows have a page; others are named without a link.
func New(has func(values.ASN) bool) (*Site, error) { return newSite(has, false) }

// NewServed gives a site for a service: links lead to paths without extensions, and the pages have what takes a server,
// such as a search.
func NewServed(has func(values.ASN) bool) (*Site, error) { return newSite(has, true) }

func newSite(has func(values.ASN) bool, served bool) (*Site, error) {
	s := &Site{has: has, served: served}
	var err error
	s.templates, err = template.New("").Funcs(s.funcs()).ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading the templates: %w", err)
	}
	return s, nil
}

// Around is what stands around a served page beside its view.
type Around struct {
	Path    string // of the page as asked for, such as "/network/AS64500"
	Query   string // encoded, without the question mark
	Account string // the name of who is logged in; empty for nobody
	Login   bool   // whether somebody can log in
	API     bool   // whether there is an API to lead to
	Desk    bool   // whether there is a desk, and who looks may see it
	// Cases are the open ones of the network whose page it is, for its holder and analysts; nil for others.
	Cases  *OpenCases
	Assets string // tells this build's style sheet and scripts from those of another
	// Statistics says that there is a desk whose statistics are published.
	Statistics bool
	Plots      bool // whether the library for time series is there
	Synthetic  bool // whether the Internet that pages are about is made up
}

// frame is what every template sees.
type frame struct {
	View   any
	Run    service.PageRun
	Name   string // of the page, without its extension
	Root   string // leads to the first page's folder: "" or "../"
	Title  string
	Place  string // the entry of the navigation that the page belongs to
	Served bool
	Around Around
	Style  template.CSS // of a page that stands alone; else it is a file of its own
}

// Report renders a view as one file that needs nothing else: to be sent, and printed.
func (s *Site) Report(view any) ([]byte, error) {
	return s.render(view, Around{}, template.CSS(Style()))
}

// Page renders a view as HTML and as JSON. Their names are NameOf(view) with the extensions .html and .json.
func (s *Site) Page(view any) (html, twin []byte, err error) {
	if html, err = s.HTML(view, Around{}); err != nil {
		return nil, nil, err
	}
	twin, err = json.Marshal(view)
	if err != nil {
		return nil, nil, fmt.Errorf("rendering %s: %w", NameOf(view), err)
	}
	return html, append(twin, '\n'), nil
}

// HTML renders a view.
func (s *Site) HTML(view any, around Around) ([]byte, error) { return s.render(view, around, "") }

func (s *Site) render(view any, around Around, style template.CSS) ([]byte, error) {
	name, is := NameOf(view), aboutOf(view)
	f := frame{View: view, Run: is.run, Name: name, Title: is.title, Place: is.place, Served: s.served, Around: around, Style: style}
	if !s.served {
		f.Root = strings.Repeat("../", strings.Count(name, "/"))
	}
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, is.template, f); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", name, err)
	}
	return bytes.Map(harmless, out.Bytes()), nil
}

// harmless makes visible what could turn the reading direction of what stands beside it, or is no text: names are
// foreign. The twins have them as they are.
func harmless(r rune) rune {
	if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}
