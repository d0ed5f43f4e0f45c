package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"pahra/internal/health"
)

// The sizes of a picture of a table: a row of columns for each line, each to its own scale.
const (
	figureLeft, figureRow, figureBar, figureTop = 260.0, 40.0, 30.0, 26.0
	figureWide                                  = 760.0
)

// svgStyle is what a picture needs that stands alone; on a page the style sheet has it.
const svgStyle = `<style>.figure{font:12px system-ui,sans-serif}.figure text{fill:#1b2226}.figure .quiet{fill:#566067}.figure .col{fill:#0f5c8c}` +
	`.figure .axis{stroke:#b9c1c4;fill:none}.figure .hatch-bg{fill:#eef0f0}.figure .hatch-line{stroke:#8a949a}.figure .break{stroke:#c8431f;stroke-dasharray:3 3}` +
	`@media(prefers-color-scheme:dark){svg{background:#14181a}.figure text{fill:#e6eaec}.figure .quiet{fill:#a3adb3}.figure .col{fill:#7db8e0}.figure .hatch-bg{fill:#23292c}}</style>`

// TableSVG draws a table: suppressed figures hatched to half of the height, what is not verified hatched to its height, what
// was not counted as a dash, what no data is there for empty, and a broken line where years cannot be compared. Alone says that it
// is a file of its own. It draws what the table has, which is all that is published.
func TableSVG(t *health.Table, alone bool) []byte {
	var b strings.Builder
	lines := drawn(t)
	height := figureTop + figureRow*float64(len(lines)) + 34
	space := ""
	if alone {
		space = ` xmlns="http://www.w3.org/2000/svg"`
	}
	fmt.Fprintf(&b, `<svg%s class="figure" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s">`, space, figureLeft+figureWide, height,
		figureLeft+figureWide, height, html.EscapeString(t.Title+". The table has the same."))
	id := "h-" + slug(t.Name)
	if alone {
		b.WriteString(svgStyle)
	}
	fmt.Fprintf(&b, `<defs><pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-bg"/>`+
		`<path d="M0 0V6" class="hatch-line" stroke-width="2.5"/></pattern></defs>`, id)
	step := figureWide / float64(max(1, len(t.Columns)))
	for i, c := range t.Columns {
		x := figureLeft + step*(float64(i)+0.5)
		fmt.Fprintf(&b, `<text class="quiet" x="%.1f" y="14" text-anchor="middle">%s</text>`, x, html.EscapeString(short(c.Key)))
		if c.Break != "" {
			fmt.Fprintf(&b, `<path class="break" d="M%.1f 18V%.1f"><title>%s</title></path>`, x-step/2, height-30, html.EscapeString(c.Key+": "+c.Break))
		}
	}
	for n, l := range lines {
		drawLine(&b, t, l, figureTop+figureRow*float64(n), step, id)
	}
	fmt.Fprintf(&b, `<text class="quiet" x="0" y="%.1f">Each row to its own scale. Hatched: suppressed, or not verified. –: not counted. Broken line: not comparable across it.</text>`, height-8)
	b.WriteString(`</svg>`)
	return []byte(b.String())
}

// figure draws a table within a page.
func figure(t *health.Table) template.HTML {
	return template.HTML(TableSVG(t, false)) //nolint:gosec // every word in it is escaped
}

// drawn gives the lines that have a figure.
func drawn(t *health.Table) (list []health.Line) {
	for _, l := range t.All() {
		for _, c := range l.Cells {
			if c.Count != nil {
				list = append(list, l)
				break
			}
		}
	}
	return list
}

// drawLine draws one line of a table.
func drawLine(b *strings.Builder, t *health.Table, l health.Line, y, step float64, hatch string) {
	most := int64(1)
	for i, c := range l.Cells {
		if c.Count != nil && !t.Columns[i].Sum {
			most = max(most, *c.Count)
		}
	}
	base := y + figureBar + 4
	fmt.Fprintf(b, `<text x="0" y="%.1f">%s</text><text class="quiet" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, base-12,
		html.EscapeString(clip(34, l.Title)), figureLeft-6, base-12, grouped(most))
	fmt.Fprintf(b, `<path class="axis" d="M%.1f %.1fH%.1f"/>`, figureLeft, base+0.5, figureLeft+figureWide)
	for i, c := range l.Cells {
		x, w := figureLeft+step*float64(i)+3, max(2, step-6)
		says := html.EscapeString(l.Title + ", " + t.Columns[i].Key + ": " + cellSays(c))
		switch {
		case t.Columns[i].Sum:
			// Sums would dwarf their parts; the table has them.
		case c.Count != nil:
			h := max(1, figureBar*float64(*c.Count)/float64(most))
			paint := `class="col"`
			if c.Unverified {
				paint = `fill="url(#` + hatch + `)" stroke="currentColor" stroke-width="0.7"`
			}
			fmt.Fprintf(b, `<rect %s x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`, paint, x, base-h, w, h, says)
		case c.State == health.Suppressed:
			fmt.Fprintf(b, `<rect fill="url(#%s)" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`, hatch, x, base-figureBar/2, w, figureBar/2, says)
		case c.State != health.NoData:
			fmt.Fprintf(b, `<text class="quiet" x="%.1f" y="%.1f" text-anchor="middle">–<title>%s</title></text>`, x+w/2, base-4, says)
		}
	}
}

// short writes a period under a column: of 2026-03 the month.
func short(key string) string {
	if len(key) == 7 {
		return key[5:]
	}
	return key
}

// cellSays writes a cell with what is to be known of it.
func cellSays(c health.Cell) string {
	text := c.Text()
	if c.Unverified {
		text += ", not verified"
	}
	if c.Says != "" {
		text += "; " + c.Says
	}
	return text
}

// cellText writes a cell in a table for people.
func cellText(c health.Cell) string {
	if c.State != health.Counted {
		return c.Text()
	}
	text := grouped(*c.Count)
	for _, other := range c.Others {
		text += " or " + grouped(other)
	}
	return text
}
