package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"pahra/internal/language"
	"pahra/internal/notice"
	"pahra/internal/service/notices"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

//go:embed portal/*.html
var portalFiles embed.FS

// PortalView is a page that a link of a notice leads to: the open cases of a party, one of them, or why there is nothing to see.
// It is in the reader's language, whole in itself, and needs no script.
type PortalView struct {
	language.Language
	Languages []language.Language // to choose from
	Style     string              // the address of the style sheet
	Synthetic bool
	Title     string
	Problem   string // why there is nothing to see
	Here      string // the page's own path; "" where there is nothing to come back to
	Query     string // "?lang=hi", or ""

	Party string
	Until time.Time // the link is good
	Cases []store.DeskCase

	Case    *store.DeskCase
	Back    string // path of the list; "" for none
	Lines   []*intelmq.Event
	Routing *notice.Routing
	TLP     string
	Said    []notices.Said
	Answers []notices.Answer // that can be given now
	Most    int              // characters of a remark
	Post    string
	Form    string
	Chosen  notices.Answer // as entered
	Remark  string
	Wrong   string
	Done    bool
}

// State gives a case's state in words.
func (v *PortalView) State(state string) string { return v.Say("state." + state) }

// Class gives a class in words.
func (v *PortalView) Class(class string) string { return v.Say("class." + class) }

// Act says what an answer is.
func (v *PortalView) Act(a notices.Answer) string { return v.Say("portal.act." + string(a)) }

// Advice says what helps; "" where nothing is known.
func (v *PortalView) Advice() string {
	class, _, _ := strings.Cut(v.Case.Class, "/")
	if !v.Has("advice." + class) {
		return ""
	}
	return v.Say("advice." + class)
}

// Portal renders the pages behind links. Safe for concurrent use.
type Portal struct{ templates *template.Template }

// NewPortal reads the templates.
func NewPortal() (*Portal, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"minute": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
		"day":    func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"source": notice.Source, "protocol": notice.Protocol, "destination": notice.Destination,
	}).ParseFS(portalFiles, "portal/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading the pages of links: %w", err)
	}
	return &Portal{t}, nil
}

// HTML gives a page.
func (p *Portal) HTML(v *PortalView) ([]byte, error) {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, "portal", v); err != nil {
		return nil, fmt.Errorf("rendering a page of a link: %w", err)
	}
	return out.Bytes(), nil
}
