package app

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"pahra/internal/store"
	"pahra/internal/web"
)

// How many reports and places a page has.
const (
	reportsPage    = 50
	quarantinePage = 50
	mostRaw        = 2000     // octets of a place that are shown
	mostMend       = 16 << 10 // octets of a place that a form holds
)

// reports is what came in.
func (p *deskPage) reports(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &web.DeskReports{Now: p.desk.Now().UTC(), State: q.Get("state"), Source: strings.TrimSpace(q.Get("source")), Reports: []web.DeskReportRow{}}
	found, err := p.desk.Service.Store.LatestReports(ctx, p.sight, store.ReportState(v.State), v.Source, q.Get("cursor"), reportsPage)
	if err != nil {
		return err
	}
	for _, one := range found.Items {
		v.Reports = append(v.Reports, reportRow(one))
	}
	if found.Next != "" {
		q.Set("cursor", found.Next)
		v.Next = "/desk/reports?" + q.Encode()
	}
	counts, err := p.desk.Service.Store.QuarantineCounts(ctx, p.sight)
	if err != nil {
		return err
	}
	v.Held = counts["held"]
	if err := p.looked(ctx, "report.view", "reports "+p.sight.Tenant); err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "What came in?", "desk_reports", v)
}

func reportRow(d store.DeskReport) web.DeskReportRow {
	return web.DeskReportRow{ID: d.ID, Source: d.Source, Name: d.Name, Format: d.Format, Accepted: d.Accepted, Size: d.Size, TLP: d.TLP, State: string(d.State),
		Reason: d.Reason, Lines: d.Lines, Events: d.Events, Duplicates: d.Duplicates, Bad: d.Bad}
}

// quarantine is what could not be read.
func (p *deskPage) quarantine(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &web.DeskQuarantine{Now: p.desk.Now().UTC(), State: q.Get("state"), Places: []web.DeskPlace{}, Here: r.URL.RequestURI(), Mends: p.desk.Intake != nil}
	v.Done = quarantineDone(q.Get("did"))
	if v.State == "" && !q.Has("state") {
		v.State = "held"
	}
	id := q.Get("report")
	if id != "" {
		one, err := p.desk.Service.Store.SeenReport(ctx, p.sight, id)
		if err != nil {
			return err
		}
		row := reportRow(one)
		v.Report = &row
	}
	found, err := p.desk.Service.Store.LatestQuarantine(ctx, p.sight, id, v.State, q.Get("cursor"), quarantinePage)
	if err != nil {
		return err
	}
	for _, h := range found.Items {
		v.Places = append(v.Places, web.DeskPlace{Report: h.Report, Seq: h.Seq, File: h.Name, Source: h.Source, Accepted: h.Accepted, Place: h.Place,
			Reason: h.Reason, Raw: printable(h.Raw), Text: mendable(h.Raw), State: h.State})
	}
	if found.Next != "" {
		q.Set("cursor", found.Next)
		v.Next = "/desk/quarantine?" + q.Encode()
	}
	if v.Counts, err = p.desk.Service.Store.QuarantineCounts(ctx, p.sight); err != nil {
		return err
	}
	if err := p.looked(ctx, "quarantine.view", "quarantine "+p.sight.Tenant); err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "What could not be read?", "desk_quarantine", v)
}

// mendable gives what stands at a place where a form can hold it as it is; "" where it cannot.
func mendable(raw []byte) string {
	control := func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' || c == utf8.RuneError }
	if len(raw) > mostMend || bytes.ContainsFunc(raw, control) {
		return ""
	}
	return string(raw)
}

// printable shows foreign bytes as text: the first of them, what is no text in hexadecimal.
func printable(raw []byte) string {
	more := ""
	if len(raw) > mostRaw {
		more = fmt.Sprintf(" … %d more octets", len(raw)-mostRaw)
		raw = raw[:mostRaw]
	}
	var out strings.Builder
	for len(raw) > 0 {
		c, n := utf8.DecodeRune(raw)
		if c == utf8.RuneError && n == 1 || c < ' ' && c != '\n' && c != '\t' {
			fmt.Fprintf(&out, `\x%02x`, raw[0])
		} else {
			out.WriteRune(c)
		}
		raw = raw[n:]
	}
	return out.String() + more
}
