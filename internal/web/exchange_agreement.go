package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/wire/values"
)

// AgreementText is an agreement as a lawyer and an engineer read it: every clause in words, each way in a column of its own.
type AgreementText struct {
	ID         string            `json:"id"`
	Version    int               `json:"version"`
	Title      string            `json:"title"`
	Purpose    AgreementCell     `json:"purpose"`
	LegalBasis AgreementCell     `json:"legal_basis"`
	Parties    []agreement.Party `json:"parties"`
	Term       []AgreementCell   `json:"term"`
	Ways       []AgreementWay    `json:"ways"`
	Clauses    []AgreementRow    `json:"clauses"` // what leaves, to whom, and what the receiver owes
	Fields     []AgreementRow    `json:"fields"`  // the field matrix
}

// AgreementWay heads a column.
type AgreementWay struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// AgreementRow is one subject with what each way says of it.
type AgreementRow struct {
	What  string          `json:"what"`
	Cells []AgreementCell `json:"cells"` // one for each way
}

// AgreementCell is a clause in words.
type AgreementCell struct {
	Clause agreement.Clause `json:"clause"`
	Do     string           `json:"do,omitempty"` // of a field: the action's word
	Words  string           `json:"words"`
}

// NewAgreementText puts an agreement into words.
func NewAgreementText(a *agreement.Agreement) *AgreementText {
	t := &AgreementText{ID: a.ID, Version: a.Version, Title: a.Title, Parties: a.Parties, Term: termInWords(&a.Term),
		Purpose: inClause(a.Purpose), LegalBasis: inClause(a.LegalBasis)}
	for _, d := range a.Directions {
		t.Ways = append(t.Ways, AgreementWay{d.From, d.To})
	}
	for _, c := range clauseWords() {
		row := AgreementRow{What: c.what}
		for i := range a.Directions {
			row.Cells = append(row.Cells, c.cell(&a.Directions[i]))
		}
		t.Clauses = append(t.Clauses, row)
	}
	t.Fields = fieldRows(a.Directions)
	return t
}

func inClause(s agreement.Statement) AgreementCell {
	words := s.Text
	if s.Reference != "" {
		words += " (" + s.Reference + ")"
	}
	return AgreementCell{Clause: s.Clause, Words: words}
}

func termInWords(t *agreement.Term) []AgreementCell {
	const day = "2 January 2006 15:04 UTC"
	cells := []AgreementCell{{Clause: t.Clause, Words: "In force from " + t.Start.UTC().Format(day) + " until before " + t.End.UTC().Format(day) + "."}}
	how := "It does not go on by itself."
	switch t.Renewal.How {
	case "automatic":
		how = fmt.Sprintf("It goes on %s for %d months each, unless a party gives notice before.", times(t.Renewal.Times), t.Renewal.Months)
	case "new-version":
		how = "It goes on by a new version that both sign."
	}
	return append(cells, AgreementCell{Clause: t.Renewal.Clause, Words: how},
		AgreementCell{Clause: t.Termination.Clause, Words: fmt.Sprintf("Either party may leave: it ends %d days after the notice.", t.Termination.NoticeDays)})
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// clauseWord puts one part of a direction into words.
type clauseWord struct {
	what string
	cell func(d *agreement.Direction) AgreementCell
}

func clauseWords() []clauseWord {
	return []clauseWord{
		{"Labels", labelsInWords},
		{"Shared", subjectsInWords(agreement.Permit)}, {"Shared after a person looked", subjectsInWords(agreement.Ask)}, {"Never shared", subjectsInWords(agreement.Forbid)},
		{"Whom it must concern", scopeInWords}, {"What third parties told", thirdInWords}, {"Who told it", namesInWords},
		{"What the receiver may do", handlingInWords}, {"To whom it may go on", onwardInWords}, {"How much", quotasInWords},
		{"How long it may be kept", func(d *agreement.Direction) AgreementCell {
			return AgreementCell{Clause: d.Retention.Clause, Words: fmt.Sprintf("%d days", d.Retention.Days)}
		}},
		{"When it is taken back", func(d *agreement.Direction) AgreementCell {
			return AgreementCell{Clause: d.Recall.Clause, Words: fmt.Sprintf("acknowledged within %d hours, deleted within %d", d.Recall.AcknowledgeHours, d.Recall.DeleteHours)}
		}},
		{"Figures", func(d *agreement.Direction) AgreementCell {
			return AgreementCell{Clause: d.Statistics.Clause, Words: fmt.Sprintf("none below %d; counted by %s, each %s", d.Statistics.MinimumCell, d.Statistics.Taxonomy, d.Statistics.Unit)}
		}},
	}
}

func labelsInWords(d *agreement.Direction) AgreementCell {
	t := &d.TLP
	words := "at most " + t.Max.String() + "; without a label it "
	if t.Unlabelled == values.NoTLP {
		words += "stays"
	} else {
		words += "counts as " + t.Unlabelled.String()
	}
	if t.AtLeast != values.NoTLP {
		words += "; leaves as " + t.AtLeast.String() + " or stricter"
	}
	if t.AskFrom != values.NoTLP {
		words += "; a person looks from " + t.AskFrom.String() + " on"
	}
	if t.Labels == 1 {
		words += "; in labels of TLP 1"
	}
	return AgreementCell{Clause: t.Clause, Words: words}
}

// subjectsInWords gives what all clauses of one effect say; the first stands for their numbers where there are several.
func subjectsInWords(effect agreement.Effect) func(d *agreement.Direction) AgreementCell {
	return func(d *agreement.Direction) AgreementCell {
		var cell AgreementCell
		var kinds, numbers []string
		for _, s := range d.Subjects {
			if s.Effect == effect {
				kinds, numbers = append(kinds, s.Kinds...), append(numbers, string(s.Clause))
			}
		}
		cell.Clause, cell.Words = agreement.Clause(strings.Join(numbers, ", ")), strings.Join(kinds, ", ")
		if len(kinds) == 0 {
			cell.Words = "nothing"
			if effect == agreement.Forbid {
				cell.Words = "what no clause permits"
			}
		}
		return cell
	}
}

func scopeInWords(d *agreement.Direction) AgreementCell {
	s := &d.Scope
	if s.Everything {
		return AgreementCell{Clause: s.Clause, Words: "anybody"}
	}
	parts := slices.Clone(s.Countries)
	for _, n := range s.ASNs {
		parts = append(parts, n.String())
	}
	for _, p := range s.Prefixes {
		parts = append(parts, p.String())
	}
	for _, name := range s.Domains {
		parts = append(parts, "names at or below "+name)
	}
	return AgreementCell{Clause: s.Clause, Words: "as " + strings.Join(s.Sides, " or ") + ": " + strings.Join(parts, ", ")}
}

func thirdInWords(d *agreement.Direction) AgreementCell {
	words := map[agreement.Effect]string{agreement.Permit: "goes on as all else", agreement.Ask: "goes on with their permission, or after a person looked",
		agreement.Forbid: "stays without their permission"}
	return AgreementCell{Clause: d.Originator.Clause, Words: words[d.Originator.ThirdParty]}
}

func namesInWords(d *agreement.Direction) AgreementCell {
	o := &d.Originator
	words := "is left out"
	if o.WithoutConsent == agreement.Replace {
		words = "has an opaque name"
	}
	return AgreementCell{Clause: o.Clause, Words: words + " without their consent (" + strings.Join(o.Names, ", ") + ")"}
}

func handlingInWords(d *agreement.Direction) AgreementCell {
	h := &d.Handling
	return AgreementCell{Clause: h.Clause, Words: fmt.Sprintf("%s, %s; %s tell those affected, %s name the sender, %s resell it; encrypted on the way: %s",
		strings.ReplaceAll(h.PermittedActions, "-", " "), h.PAP, h.NotifyAffected, h.Attribution, h.Resale, h.EncryptInTransit)}
}

func onwardInWords(d *agreement.Direction) AgreementCell {
	words := map[string]string{"nobody": "nobody", "constituents": "their constituents", "community": "the community", "named": strings.Join(d.Onward.Named, ", ")}[d.Onward.To]
	if d.Onward.WithPermission {
		words += "; others when asked for and permitted"
	}
	return AgreementCell{Clause: d.Onward.Clause, Words: words}
}

func quotasInWords(d *agreement.Direction) AgreementCell {
	var words, numbers []string
	for _, q := range d.Quotas {
		words, numbers = append(words, fmt.Sprintf("%d objects each %s", q.Objects, q.Per)), append(numbers, string(q.Clause))
	}
	if len(words) == 0 {
		words = []string{"no bound"}
	}
	return AgreementCell{Clause: agreement.Clause(strings.Join(numbers, ", ")), Words: strings.Join(words, ", ")}
}

// fieldRows gives every field that a way names, with what each way does to it.
func fieldRows(ways []agreement.Direction) []AgreementRow {
	var rows []AgreementRow
	for i := range ways {
		for _, rule := range ways[i].Fields {
			for _, pattern := range rule.Patterns {
				if !slices.ContainsFunc(rows, func(r AgreementRow) bool { return r.What == pattern }) {
					rows = append(rows, AgreementRow{What: pattern})
				}
			}
		}
	}
	slices.SortFunc(rows, func(a, b AgreementRow) int { return strings.Compare(a.What, b.What) })
	for i := range rows {
		for j := range ways {
			rows[i].Cells = append(rows[i].Cells, fieldCell(&ways[j], rows[i].What))
		}
	}
	return rows
}

// fieldCell gives the rule of a way that names a pattern, or the longest one that covers it.
func fieldCell(d *agreement.Direction, pattern string) AgreementCell {
	best, cell := -1, AgreementCell{Do: agreement.Drop.String(), Words: "not told: no clause names it"}
	for _, rule := range d.Fields {
		for _, p := range rule.Patterns {
			stem := strings.TrimSuffix(p, "*")
			covers := p == pattern || stem != p && strings.HasPrefix(pattern, stem)
			if covers && len(p) > best {
				best, cell = len(p), AgreementCell{Clause: rule.Clause, Do: rule.Action.Do.String(), Words: actionInWords(rule.Action)}
			}
		}
	}
	return cell
}

func actionInWords(a agreement.Action) string {
	switch a.Do {
	case agreement.Release:
		return "told"
	case agreement.Mask:
		return fmt.Sprintf("the network alone: /%d, /%d of IPv6", a.V4, a.V6)
	case agreement.Pseudonymise:
		return "under a pseudonym (key " + a.Key + ")"
	case agreement.Bucket:
		return "to the " + a.To
	case agreement.Generalise:
		return "the " + a.To + " alone"
	case agreement.Replace:
		return "an opaque name"
	}
	return "not told"
}

// AgreementSignature is one party's signature as a page shows it.
type AgreementSignature struct {
	Team        string    `json:"team"`
	Fingerprint string    `json:"fingerprint"`
	Made        time.Time `json:"made"` // zero: there is none that is good
	Problem     string    `json:"problem"`
}
