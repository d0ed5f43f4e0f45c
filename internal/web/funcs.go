package web

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/registry"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// funcs are what the templates can call.
func (s *Site) funcs() template.FuncMap {
	return template.FuncMap{
		"asn": s.asn, "incident": func(f frame, id string) string { return f.Link(incidentName(id)) },
		"neighbourhood": func(f frame, name string) string { return f.Neighbourhood(name) },
		"networksPart":  func(f frame, part int) string { return f.Link(networksName(part)) },
		"incidentsPart": func(f frame, part int) string { return f.part(incidentsName(part), part) },
		"title":         neighbourhoodTitle,
		"pct":           percentOf, "pct1": percent1, "pct0": sharePercent,
		"num": number, "signed": func(x float64) string { return fmt.Sprintf("%+.2f", x) }, "two": func(x float64) string { return fmt.Sprintf("%.2f", x) },
		"px":    func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) },
		"stamp": stamp, "minute": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }, "iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"window": window, "words": service.InWords, "span": span, "count": count, "inc": func(n int) int { return n + 1 }, "dec": func(n int) int { return n - 1 },
		"bandClass": bandClass, "deskState": deskStateWord, "kind": kindWord, "kindAbout": kindAbout, "arrows": func(text string) string { return strings.ReplaceAll(text, "->", "→") },
		"bar": bar, "columns": countsOf, "total": totalOf, "most": mostOf, "grouped": grouped, "paths": drawPaths, "timeChart": drawTime, "curveChart": drawCurve,
		"exclusion": exclusionWord, "metric": metricWord, "path": pathText, "hex": hexLines, "join": strings.Join, "short": func(id string) string { return fmt.Sprintf("%.8s", id) },
		"verdict": verdictClass, "authority": authorityWord, "attribution": attributionWord, "clip": clip, "deref": func(f *float64) float64 { return *f },
		"raises":     raises,
		"confidence": func(x float64) string { return fmt.Sprintf("%.2f", x) },
		"table":      func(f frame, list []service.IncidentLine) listing { return listing{f, list} }, "fill": fillOf,
		"rows": rowsOf, "supplies": suppliesOf, "deref2": func(s *string) string { return *s },
		"fixed1": func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) },
		"lines": func(f frame, list []service.NetworkLine) networkListing {
			return networkListing{f, list, norms.Actions()}
		},
		"hundredth": func(x float64) float64 { return x / 100 }, "add3": func(a, b, c int) int { return a + b + c },
		"fixed4": func(x float64) string { return number(math.Round(x*10000) / 10000) },
		"rir":    registry.RIRName, "ends": endsOf,
		"orgWithheld": func(note string) bool {
			return strings.Contains(note, "org") || strings.Contains(note, "private person")
		},
		"informs": func(k watch.Kind) bool { return k == watch.PathAnomaly },
		"outcome": outcomeClass, "bySize": bySize, "conforms": conforms, "intOf": intOf,
		"groups":   groupsOf,
		"country":  func(name string) string { return strings.TrimPrefix(name, "country:") },
		"leakType": leakType, "rule": leakRule, "hit": HitPath,
		"choices": choicesOf, "routes": func(f frame, label string, list []service.RouteCheck) routeListing {
			return routeListing{f, label, list}
		},
		"spaced":        func(f frame, m *service.SpaceMap) spaced { return spaced{f, m} },
		"authorityName": authorityName, "matchWord": matchWord, "per100": per100, "latestMeans": latestMeans, "meanOf": meanOf, "firstLines": firstLines,
		"byRole": byRole, "gain": gainOf, "actionOf": actionOf, "stateSays": stateSays,
		"beside": func(f frame, title string, list []service.Neighbour, total int) beside {
			return beside{f, title, list, total}
		},
		"cards":       func(f frame, p *service.NetworkPage) cards { return cards{f, p} },
		"standing":    func(f frame, m *service.IncidentMore) standing { return standing{f, m} },
		"actionTitle": programme.ActionTitle, "plus": func(a, b float64) float64 { return a + b }, "toASN": func(n uint32) values.ASN { return values.ASN(n) },
		"signed1": func(x *float64) string { return fmt.Sprintf("%+.1f", *x) }, "day": func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"sideTitle": func(p *service.NeighbourhoodPage) string { return neighbourhoodTitle(p.Name, p.Title) },
		"squarify":  squarify, "trend": trendOf, "ago": ago, "addresses": addresses, "prefixPath": func(p string) string { return "/prefix/" + p },
		"bandsIn": bandsIn, "rate": rate, "networkTrend": networkTrend, "since": func(d time.Duration) string { return service.InWords(d) },
		"sourceState": sourceState, "iszero": time.Time.IsZero, "share2": shareOf,
		"figure": figure, "cellText": cellText, "breaks": breaksOf, "fixedOr": fixedOr, "recovery": recoveryText, "curveText": curveText, "epidemic": epidemic, "healthDays": healthDays,
		"pctOr": percentOr, "kindChoices": kindChoices, "metrics": norms.Actions, "upper": strings.ToUpper, "countryName": func(name string) string {
			return cmp.Or(service.CountryName(strings.TrimPrefix(name, "country:")), name)
		},
	}
}

// listing is a table of incidents on a page.
type listing struct {
	F    frame
	List []service.IncidentLine
}

// fillOf gives the paint of a band: a colour, or a pattern of the page's own.
func fillOf(b norms.Band) string {
	switch b {
	case norms.Ready:
		return "#1b7f79"
	case norms.Aspiring:
		return "url(#dots)"
	case norms.Lagging:
		return "url(#lines)"
	}
	return "url(#hatch)"
}

// grouped writes a whole number with its thousands apart.
func grouped(n any) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// asLink is a network to be named.
type asLink struct {
	Href string // empty where it has no page
	ASN  values.ASN
}

func (s *Site) asn(f frame, asn values.ASN) asLink {
	if !s.has(asn) {
		return asLink{ASN: asn}
	}
	return asLink{f.Link(networkName(asn)), asn}
}

// number writes a number with the fewest digits that read back as the same.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// percent1 writes a percentage with one decimal.
func percent1(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) + "\u00a0%" }

// sharePercent writes a share from 0 to 1 in whole percent: what is not nothing is never shown as 0, nor what is not all
// as 100.
func sharePercent(share float64) string {
	text := strconv.FormatFloat(100*share, 'f', 0, 64)
	switch {
	case share > 0 && text == "0":
		text = "<1"
	case share < 1 && text == "100":
		text = ">99"
	}
	return text + "\u00a0%"
}

func percentOf(p *float64) string {
	if p == nil {
		return "no data"
	}
	return percent1(*p)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// window writes a time span: the second day only where it is another.
func window(from, to time.Time) string {
	from, to = from.UTC(), to.UTC()
	if from.Format(time.DateOnly) == to.Format(time.DateOnly) {
		return from.Format("2006-01-02 15:04") + " – " + to.Format("15:04") + " UTC"
	}
	return from.Format("2006-01-02 15:04") + " – " + to.Format("2006-01-02 15:04") + " UTC"
}

// span writes a duration exactly and without empty parts: "45m11s", "13h".
func span(d time.Duration) string {
	text := d.Round(time.Second).String()
	for _, empty := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, empty) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func bandClass(b norms.Band) string {
	switch b {
	case norms.Ready, norms.Aspiring, norms.Lagging:
		return string(b)
	}
	return "nodata"
}

func watchKind(kind string) watch.Kind { return watch.Kind(kind) }

// verdictClass says how a verdict on a route is drawn.
func verdictClass(state string) string {
	switch {
	case state == "valid" || state == "none":
		return "ready"
	case strings.HasPrefix(state, "invalid"), state == "full", strings.HasSuffix(state, "not provider+"):
		return "lagging"
	case state == "no data" || state == "":
		return "nodata"
	}
	return "aspiring"
}

func pathText(path []values.ASN) string {
	words := make([]string, 0, len(path))
	for _, asn := range path {
		words = append(words, asn.String())
	}
	return strings.Join(words, " ")
}

// maxHex bounds the raw bytes of one record that a page shows, in hexadecimal digits.
const maxHex = 4096

// hexLines writes a record in hexadecimal, 32 bytes a line.
func hexLines(raw string) string {
	tail := ""
	if len(raw) > maxHex {
		raw, tail = raw[:maxHex], fmt.Sprintf("\n… %d more bytes: in the JSON and in the archive", (len(raw)-maxHex)/2)
	}
	var b strings.Builder
	for i := 0; i < len(raw); i += 2 {
		switch {
		case i == 0:
		case i%64 == 0:
			b.WriteByte('\n')
		case i%4 == 0:
			b.WriteByte(' ')
		}
		b.WriteString(raw[i:min(i+2, len(raw))])
	}
	return b.String() + tail
}

// clip shortens foreign text to so many characters.
func clip(most int, text string) string { return service.Clip(text, most, "…") }

// raises says what mending would do to the scores.
func raises(r *service.Raise) string {
	if r == nil {
		return ""
	}
	text := fmt.Sprintf("%s %s → %s", r.Metric, percent1(r.From), percent1(r.To))
	if r.Action != nil && r.ActionFrom != nil && r.ActionTo != nil {
		text += fmt.Sprintf(", %s %s → %s", r.Action, percent1(*r.ActionFrom), percent1(*r.ActionTo))
	}
	return text + ", " + r.When
}
