package party

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pahra/wire/rows"
)

// columns are those of the table of constituents. Each row is one record: a constituent, or one of its selectors, contacts,
// keys and consents.
func columns() []string {
	return []string{"id", "record", "kind", "value", "name", "sector", "criticality", "languages", "hours", "channel", "source", "from", "to", "confirmed"}
}

// records are what a row can be.
func records() []string { return []string{"constituent", "selector", "contact", "key", "consent"} }

// Fault is what is wrong with a table or a file of rules, and where.
type Fault struct {
	Line   int    // from 1
	Column string // its name, or "" for the row as a whole
	Reason string
}

// Error gives "line 12, column value: reason".
func (f *Fault) Error() string {
	if f.Column == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Reason)
	}
	return fmt.Sprintf("line %d, column %s: %s", f.Line, f.Column, f.Reason)
}

// Bounds on a table.
const (
	mostFaults  = 50
	mostRecords = 2_000_000
	mostSame    = 100 // selectors that are the same, at different times
)

// table reads a CSV with named columns.
type table struct {
	in     *rows.Reader
	names  []string
	at     map[string]int
	row    rows.Row
	faults []error
}

// openTable reads the header: the columns that are known may stand in any order, those that are needed must be there.
func openTable(r io.Reader, known, needed []string) (*table, error) {
	t := &table{in: rows.NewReader(r, rows.Options{MaxRow: 256 << 10, Columns: 100}), at: map[string]int{}}
	row, err := t.in.Next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty: a header with the names of the columns is needed")
	}
	if err != nil {
		return nil, err
	}
	for i, name := range row.Fields {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if !slices.Contains(known, name) {
			return nil, &Fault{row.Line, name, "there is no such column; there are " + strings.Join(known, ", ")}
		}
		if _, twice := t.at[name]; twice {
			return nil, &Fault{row.Line, name, "the column is there twice"}
		}
		t.at[name], t.names = i, append(t.names, name)
	}
	for _, name := range needed {
		if _, there := t.at[name]; !there {
			return nil, &Fault{row.Line, name, "the column is missing"}
		}
	}
	return t, nil
}

// next gives false behind the last row, and where there are too many faults.
func (t *table) next() (more bool, err error) {
	for len(t.faults) < mostFaults {
		t.row, err = t.in.Next()
		var bad *rows.BadRow
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case errors.As(err, &bad):
			t.faults = append(t.faults, &Fault{bad.Line, "", bad.Reason.Error()})
			continue
		case err != nil:
			return false, err
		case slices.ContainsFunc(t.row.Fields, func(s string) bool { return strings.ContainsRune(s, utf8.RuneError) }):
			t.fault("", "it is not in UTF-8")
			continue
		case len(t.row.Fields) != len(t.names):
			t.fault("", fmt.Sprintf("%d fields, the header has %d", len(t.row.Fields), len(t.names)))
			continue
		}
		return true, nil
	}
	return false, nil
}

// mostReason bounds what is said of a fault, in octets: it says again what stands there.
const mostReason = 500

func (t *table) fault(column, reason string) {
	if len(reason) > mostReason {
		reason = strings.ToValidUTF8(reason[:mostReason], "") + " …"
	}
	t.faults = append(t.faults, &Fault{t.row.Line, column, reason})
}

// get gives a field without surrounding space; "" where there is no such column.
func (t *table) get(column string) string {
	if i, there := t.at[column]; there {
		return uncell(strings.TrimSpace(t.row.Fields[i]))
	}
	return ""
}

// day reads a date, or a time as in RFC 3339.
func (t *table) day(column string) time.Time {
	text := t.get(column)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	t.fault(column, fmt.Sprintf("%q is no date as 2026-03-24 and no time as 2026-03-24T12:00:00Z", text))
	return time.Time{}
}

func (t *table) validity() Validity {
	v := Validity{Source: t.get("source"), From: t.day("from"), To: t.day("to"), Confirmed: t.day("confirmed")}
	if !v.To.IsZero() && !v.From.Before(v.To) {
		t.fault("to", "it ends before it begins")
	}
	return v
}

// ReadConstituents reads the table of constituents. Everything that is wrong with it is in the error, each with its line and
// column, up to fifty.
func ReadConstituents(r io.Reader) ([]Constituent, error) {
	t, err := openTable(r, columns(), []string{"id", "record", "kind", "value", "name"})
	if err != nil {
		return nil, err
	}
	g := gathering{table: t, byID: map[string]*Constituent{}, first: map[string]rows.Row{}, same: map[Selector]int{}}
	n := 0
	for {
		more, err := t.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if n++; n > mostRecords {
			return nil, fmt.Errorf("more than %d rows", mostRecords)
		}
		g.add()
	}
	return g.end()
}

// gathering puts rows together to constituents.
type gathering struct {
	*table
	byID  map[string]*Constituent
	first map[string]rows.Row // where an id stood first
	same  map[Selector]int    // how many selectors there are of a kind and value
	named map[string]bool     // has a row of its own
}

func (g *gathering) add() {
	id := g.get("id")
	c := g.byID[id]
	if c == nil {
		c = &Constituent{ID: id}
		g.byID[id], g.first[id] = c, g.row
	}
	v := g.validity()
	kind, value := g.get("kind"), g.get("value")
	switch record := strings.ToLower(g.get("record")); record {
	case "constituent":
		g.name(c, v)
	case "selector":
		s, err := ParseSelector(Kind(strings.ToLower(kind)), value)
		if err != nil {
			column := "value"
			if !slices.Contains(Kinds(), Kind(strings.ToLower(kind))) {
				column = "kind"
			}
			g.fault(column, err.Error())
			return
		}
		if g.same[s]++; g.same[s] > mostSame {
			g.fault("value", fmt.Sprintf("more than %d selectors are the same", mostSame))
			return
		}
		s.Validity = v
		c.Selectors = append(c.Selectors, s)
	case "contact":
		g.contact(c, strings.ToLower(kind), value, v)
	case "key":
		if kind != "openpgp" && kind != "smime" || value == "" {
			g.fault("kind", "a key is openpgp or smime, with its fingerprint or itself as value")
			return
		}
		c.Keys = append(c.Keys, Key{kind, value, v})
	case "consent":
		if kind == "" || value != "yes" && value != "no" {
			g.fault("value", "a consent has a kind, and yes or no as value")
			return
		}
		c.Consents = append(c.Consents, Consent{kind, value, v})
	default:
		g.fault("record", fmt.Sprintf("%q is none of %s", record, strings.Join(records(), ", ")))
	}
}

// name takes the row of a constituent itself.
func (g *gathering) name(c *Constituent, v Validity) {
	if g.named == nil {
		g.named = map[string]bool{}
	}
	if g.named[c.ID] {
		g.fault("id", fmt.Sprintf("constituent %s is there twice", c.ID))
		return
	}
	g.named[c.ID] = true
	c.Name, c.Sector, c.Criticality = g.get("name"), strings.ToLower(g.get("sector")), strings.ToLower(g.get("criticality"))
	c.Languages, c.Hours, c.Channel, c.Validity = split(g.get("languages")), g.get("hours"), strings.ToLower(g.get("channel")), v
	if err := c.Check(); err != nil {
		g.fault("", err.Error())
	}
}

func (g *gathering) contact(c *Constituent, role, value string, v Validity) {
	address, err := parseAddress(value)
	switch {
	case !slices.Contains(Roles(), role):
		g.fault("kind", fmt.Sprintf("role %q is none of %s", role, strings.Join(Roles(), ", ")))
	case err != nil:
		g.fault("value", err.Error())
	default:
		c.Contacts = append(c.Contacts, Contact{role, g.get("name"), address, split(g.get("languages")), v})
	}
}

// parseAddress reads mailto:, tel: and https: addresses; a mail address alone counts as the first.
func parseAddress(text string) (string, error) {
	scheme, rest, found := strings.Cut(text, ":")
	switch {
	case !found && strings.Contains(text, "@"):
		scheme, rest = "mailto", text
	case !found:
		return "", fmt.Errorf("%q is no mailto:, tel: or https: address", text)
	}
	switch scheme = strings.ToLower(scheme); {
	case scheme == "mailto" && validMailbox(rest):
		return "mailto:" + strings.ToLower(rest), nil
	case scheme == "tel" && len(rest) > 2 && strings.Trim(rest, "+0123456789-.() ") == "":
		return "tel:" + rest, nil
	case scheme == "https" && len(rest) > 3 && strings.HasPrefix(rest, "//") && !strings.ContainsAny(rest, " \t\r\n"):
		return "https:" + rest, nil
	}
	return "", fmt.Errorf("%q is no mailto:, tel: or https: address", text)
}

func validMailbox(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	return found && local != "" && len(s) <= 254 && strings.Contains(domain, ".") && validName(strings.ToLower(domain)) && !strings.ContainsAny(local, " \t\r\n<>,;:\"\\()[]")
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ';' || r == ',' })
}

// end gives the constituents in the order of their ids, all in the order in which they are written.
func (g *gathering) end() ([]Constituent, error) {
	list := make([]Constituent, 0, len(g.byID))
	for id, c := range g.byID {
		if !g.named[id] && len(g.faults) < mostFaults {
			g.faults = append(g.faults, &Fault{g.first[id].Line, "id", fmt.Sprintf("there is no row with record constituent for %q", id)})
		}
		list = append(list, *c)
	}
	if len(g.faults) > 0 {
		slices.SortStableFunc(g.faults, func(a, b error) int { return cmp.Compare(lineOf(a), lineOf(b)) })
		if len(g.faults) == mostFaults {
			g.faults = append(g.faults, errors.New("there may be more"))
		}
		return nil, errors.Join(g.faults...)
	}
	Sort(list)
	return list, nil
}

func lineOf(err error) int {
	var f *Fault
	if errors.As(err, &f) {
		return f.Line
	}
	return 0
}

// Sort puts constituents, and all that they have, in the order in which they are written.
func Sort(list []Constituent) {
	slices.SortFunc(list, func(a, b Constituent) int { return strings.Compare(a.ID, b.ID) })
	for i := range list {
		c := &list[i]
		slices.SortStableFunc(c.Selectors, func(a, b Selector) int {
			return cmp.Or(cmp.Compare(slices.Index(Kinds(), a.Kind), slices.Index(Kinds(), b.Kind)), strings.Compare(a.Value, b.Value), a.From.Compare(b.From))
		})
		slices.SortStableFunc(c.Contacts, func(a, b Contact) int {
			return cmp.Or(cmp.Compare(slices.Index(Roles(), a.Role), slices.Index(Roles(), b.Role)), strings.Compare(a.Address, b.Address), a.From.Compare(b.From))
		})
		slices.SortStableFunc(c.Keys, func(a, b Key) int {
			return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value), a.From.Compare(b.From))
		})
		slices.SortStableFunc(c.Consents, func(a, b Consent) int { return cmp.Or(strings.Compare(a.Kind, b.Kind), a.From.Compare(b.From)) })
	}
}

// WriteConstituents writes the table, such that reading it gives the same again and no spreadsheet finds a formula in it.
func WriteConstituents(w io.Writer, list []Constituent) error {
	out := csv.NewWriter(w)
	list = slices.Clone(list)
	Sort(list)
	put := func(c *Constituent, record, kind, value, name string, languages []string, own bool, v Validity) {
		row := []string{c.ID, record, kind, value, name, "", "", strings.Join(languages, " "), "", "", v.Source, day(v.From), day(v.To), day(v.Confirmed)}
		if own {
			row[5], row[6], row[8], row[9] = c.Sector, c.Criticality, c.Hours, c.Channel
		}
		for i := range row {
			row[i] = cell(row[i])
		}
		_ = out.Write(row) // Flush and Error tell
	}
	_ = out.Write(columns())
	for i := range list {
		c := &list[i]
		put(c, "constituent", "", "", c.Name, c.Languages, true, c.Validity)
		for _, s := range c.Selectors {
			put(c, "selector", string(s.Kind), s.Value, "", nil, false, s.Validity)
		}
		for _, k := range c.Contacts {
			put(c, "contact", k.Role, k.Address, k.Name, k.Languages, false, k.Validity)
		}
		for _, k := range c.Keys {
			put(c, "key", k.Kind, k.Value, "", nil, false, k.Validity)
		}
		for _, k := range c.Consents {
			put(c, "consent", k.Kind, k.Value, "", nil, false, k.Validity)
		}
	}
	out.Flush()
	return out.Error()
}

// day writes a time as a date where it is one.
func day(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Equal(t.UTC().Truncate(24 * time.Hour)):
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}
