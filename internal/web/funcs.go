package web

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/registry"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// funcs are what the templates can call.
func (s *Site) funcs() template.FuncMap {
	return template.FuncMap{
		"asn": s.asn, "incident": func(f frame, id string) string { return f.Root + incidentName(id) + ".html" },
		"neighbourhood": func(f frame, name string) string { return f.Root + neighbourhoodName(name) + ".html" },
		"networksPart":  func(f frame, part int) string { return f.Root + networksName(part) + ".html" },
		"incidentsPart": func(f frame, part int) string { return f.Root + incidentsName(part) + ".html" },
		"title":         neighbourhoodTitle,
		"pct":           percentOf, "pct1": percent1, "pct0": sharePercent,
		"num": number, "signed": func(x float64) string { return fmt.Sprintf("%+.2f", x) }, "two": func(x float64) string { return fmt.Sprintf("%.2f", x) },
		"px":    func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) },
		"stamp": stamp, "minute": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }, "iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"window": window, "words": service.InWords, "span": span, "count": count, "inc": func(n int) int { return n + 1 }, "dec": func(n int) int { return n - 1 },
		"bandClass": bandClass, "kind": kindWord, "kindAbout": kindAbout, "arrows": func(text string) string { return strings.ReplaceAll(text, "->", "→") },
		"bar": bar, "columns": countsOf, "most": mostOf, "grouped": grouped, "paths": drawPaths, "timeChart": drawTime, "curveChart": drawCurve,
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
		"outcome": outcomeClass, "bySize": bySize, "conforms": conforms, "intOf": intOf,
		"groups":   groupsOf,
		"country":  func(name string) string { return strings.TrimPrefix(name, "country:") },
		"leakType": leakType, "rule": leakRule,
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
	return asLink{f.Root + networkName(asn) + ".html", asn}
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

// kindWord names a kind of incident.
func kindWord(k watch.Kind) string {
	switch k {
	case watch.Hijack:
		return "Mis-origination"
	case watch.RPKIInvalid:
		return "RPKI-invalid"
	case watch.BogonPrefix:
		return "Bogon prefix"
	case watch.BogonASN:
		return "Bogon ASN"
	case watch.Leak:
		return "Route leak"
	case watch.PathAnomaly:
		return "Path anomaly"
	}
	return string(k)
}

// kindAbout says in a few words what a kind of incident is.
func kindAbout(k watch.Kind) string {
	switch k {
	case watch.Hijack:
		return "a network announces what another holds"
	case watch.RPKIInvalid:
		return "an announcement that signed authorisations contradict"
	case watch.BogonPrefix:
		return "a prefix that nobody may announce"
	case watch.BogonASN:
		return "a path with a number that must not appear in it"
	case watch.Leak:
		return "routes passed on to where they must not go (RFC 7908)"
	case watch.PathAnomaly:
		return "a new neighbour next to the rightful origin: informs, never scores"
	}
	return ""
}

// attributionWord says how far the announcing network is known to have done it.
func attributionWord(a watch.Attribution) string {
	switch a {
	case watch.Supported:
		return "named: independent paths show it"
	case watch.SinglePath:
		return "not named: all evidence comes by one way"
	case watch.PossiblyForged:
		return "not named: the path may be forged"
	}
	return "not named: " + string(a)
}

func metricWord(m norms.Metric) string {
	switch m {
	case norms.M1:
		return "leaked routes"
	case norms.M1C:
		return "accepted leaks"
	case norms.M2:
		return "announced what others hold"
	case norms.M2C:
		return "accepted mis-originations"
	case norms.M3:
		return "announced bogons"
	case norms.M3C:
		return "accepted bogons"
	case norms.M4:
		return "let bogon ASNs out"
	case norms.M4C:
		return "accepted bogon ASNs"
	case norms.M5:
		return "spoofed packets let out"
	case norms.M5C:
		return "spoofed packets of customers"
	case norms.M6:
		return "routing policy registered"
	case norms.M7IRR:
		return "routes with route objects"
	case norms.M7RPKI:
		return "routes with valid ROAs"
	case norms.M7RPKIN:
		return "routes that are not RPKI-invalid"
	case norms.M8:
		return "contacts registered"
	case norms.M9:
		return "RPKI deployment"
	}
	return ""
}

// exclusionWord is the question that an exclusion asks.
func exclusionWord(name string) string {
	words := map[string]string{
		"roa-valid":            "Does a ROA authorise it?",
		"route-object":         "Does a route object name it?",
		"same-organisation":    "Do both belong to one organisation?",
		"customer-or-provider": "Is one the other's customer or provider?",
		"covering-origin":      "Does it originate the covering prefix?",
		"victim-on-path":       "Does the holder itself pass it on?",
		"neighbours":           "Did they stand next to each other before?",
		"prepend-typo":         "Is it a mistyped number of prepends?",
		"asn-typo":             "Is it a mistyped AS number?",
		"blackhole":            "Is it a blackhole request?",
		"too-specific":         "Is it longer than networks exchange?",
		"anycast":              "Is it an anycast service?",
		"ddos-protection":      "Is it a known protection service?",
		"transfer":             "Had the holder given it up before?",
		"moved":                "Did the holder stop everywhere at once?",
		"carried-before":       "Did they pass such routes on all along?",
		"customer-cone":        "Is a neighbour a customer of a customer?",
		"customer-prefix":      "Are all prefixes of its own customers?",
		"relation-change":      "Did a peer become a customer that day?",
		"one-origin":           "Is it one network that may have bought transit?",
		"aspa-provider":        "Does a signed ASPA name it as a provider?",
		"known-relation":       "Did sources know them as neighbours before?",
		"standing":             "Did it stand before judging began?",
		"unsure-relation":      "Are the relations too unsure to tell?",
		"new-provider":         "Does it sell transit, and gain customers every day?",
	}
	if w, ok := words[name]; ok {
		return w
	}
	return name
}

// verdictClass says how a verdict on a route is drawn.
func verdictClass(state string) string {
	switch {
	case state == "valid" || state == "none":
		return "ready"
	case strings.HasPrefix(state, "invalid"), state == "full":
		return "lagging"
	case state == "no data" || state == "":
		return "nodata"
	}
	return "aspiring"
}

func authorityWord(kind string) string {
	switch kind {
	case "vrp":
		return "RPKI (ROAs)"
	case "irr":
		return "Routing registries (route objects)"
	case "bogons":
		return "Bogon lists"
	case "relations":
		return "AS relations"
	case "organisations":
		return "Organisations"
	case "aspa":
		return "RPKI (ASPA)"
	}
	return kind
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
func clip(most int, text string) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}

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

// leakType says what a type of RFC 7908, section 3, is.
func leakType(n int) string {
	switch n {
	case 1:
		return "type 1: a hairpin turn, from a provider to a provider"
	case 2:
		return "type 2: from a peer to a peer"
	case 3:
		return "type 3: from a provider to a peer"
	case 4:
		return "type 4: from a peer to a provider"
	}
	return "of a type that is not known"
}

// leakRule says by which rule it is a leak.
func leakRule(name string) string {
	switch name {
	case "aspa":
		return "signed ASPA objects: neither neighbour has the leaker as a provider"
	case "otc":
		return "the Only to Customer mark (RFC 9234)"
	case "tier-1":
		return "two networks without providers stand on both sides of one that has some"
	case "valley-free":
		return "the relations: a route of a provider or peer goes to customers only"
	}
	return name
}
