package agreement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/wire/values"
)

// Verdict is what becomes of an object. The zero value refuses.
type Verdict uint8

// The verdicts, the strictest first.
const (
	Refuse   Verdict = iota // nothing of it leaves
	Review                  // nothing leaves until a person has let it pass
	Released                // what the fields' rulings leave
)

var verdictWords = [...]string{"refuse", "review", "release"}

// String gives "refuse", "review" or "release".
func (v Verdict) String() string { return verdictWords[v] }

// MarshalText gives what String gives.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Decision is what a table says of an object at a time.
type Decision struct {
	Agreement string
	Version   int
	From, To  string
	Verdict   Verdict
	Clause    Clause // which refused, or asks for a person; "" where it is released
	Reason    string
	At        time.Time
	// Until is the next instant at which time alone may change the decision; zero: there is none. Before it the same facts and
	// standing give the same, but for quotas.
	Until time.Time
	TLP   values.TLP // the label that it leaves with

	table   *Table
	named   bool
	expires time.Time
}

// Ruling is what is done to a field, and by which clause.
type Ruling struct {
	Action Action
	Clause Clause
}

// Decide decides on an object. Quotas are charged before all else, so that what is decided changes no count.
func (t *Table) Decide(f *Facts, ask Request) Decision {
	d := Decision{Agreement: t.agreement.ID, Version: t.agreement.Version, From: t.direction.From, To: t.direction.To,
		At: ask.At, table: t, expires: f.Expires, named: f.Consent < consents && t.named[f.Consent]}
	over, opens := t.charge(ask)
	c, label := t.judge(f, &ask, over)
	d.Verdict, d.Clause, d.Reason, d.TLP = c.verdict, c.clause, c.reason, label
	if d.Verdict == Review && ask.Reviewed {
		d.Verdict, d.Clause, d.Reason = Released, "", ""
	}
	d.Until = t.agreement.Term.next(ask.At, ask.Standing.Notice)
	for _, at := range [...]time.Time{f.Embargo, f.Expires, opens} {
		d.Until = sooner(d.Until, at, ask.At)
	}
	return d
}

// sooner gives the earlier of until and at, if at is to come.
func sooner(until, at, now time.Time) time.Time {
	if at.After(now) && (until.IsZero() || at.Before(until)) {
		return at
	}
	return until
}

// charge counts the object against all quotas, and gives the first that is used up and when its next window opens.
func (t *Table) charge(ask Request) (over *Quota, opens time.Time) {
	if ask.Charge == nil {
		return nil, time.Time{}
	}
	for i := range t.direction.Quotas {
		q := &t.direction.Quotas[i]
		start, end := q.Per.Window(ask.At)
		if ask.Charge(q.Clause, start) <= q.Objects {
			continue
		}
		if over == nil {
			over = q
		}
		opens = sooner(opens, end, ask.At)
	}
	return over, opens
}

// judge goes through what speaks against an object: the floor first, then the clauses. The first refusal counts.
func (t *Table) judge(f *Facts, ask *Request, over *Quota) (cell, values.TLP) {
	if c, stays := t.floor(f, ask); stays {
		return c, values.NoTLP
	}
	if over != nil {
		return cell{Refuse, over.Clause, fmt.Sprintf("%d objects a %s are used up", over.Objects, over.Per)}, values.NoTLP
	}
	version := 0
	if f.Version1 {
		version = 1
	}
	label := t.labels[min(f.TLP, values.TLPRed)][version]
	kind, spoken := t.kinds[f.Kind]
	if !spoken {
		kind = cell{Refuse, FloorDefault, "no clause permits " + f.Kind.String()}
	}
	origin := t.origin(f)
	strictest := cell{verdict: Released}
	for _, c := range [...]cell{label.cell, kind, origin, t.about(f)} {
		if c.verdict < strictest.verdict {
			strictest = c
		}
	}
	return strictest, label.out
}

// out says why an agreement is not in force.
func (a *Agreement) out(at time.Time, s *Standing) (cell, bool) {
	if s.Suspended != "" {
		return cell{Refuse, FloorSuspended, s.Suspended}, true
	}
	for _, p := range a.Parties {
		if !slices.Contains(s.Signed, p.Team) {
			return cell{Refuse, FloorSignatures, p.Team + " has not signed this version"}, true
		}
	}
	switch start, end := a.Term.Bounds(s.Notice); {
	case at.Before(start):
		return cell{Refuse, FloorTerm, "the agreement begins on " + start.UTC().Format(time.RFC3339)}, true
	case !at.Before(end):
		return cell{Refuse, FloorTerm, "the agreement ended on " + end.UTC().Format(time.RFC3339)}, true
	}
	return cell{}, false
}

// floor is what no document can switch off.
func (t *Table) floor(f *Facts, ask *Request) (cell, bool) {
	if c, stays := t.agreement.out(ask.At, &ask.Standing); stays {
		return c, true
	}
	switch {
	case f.Unsound != "":
		return cell{Refuse, FloorUnsound, f.Unsound}, true
	case f.Recalled:
		return cell{Refuse, FloorRecall, "it was taken back"}, true
	case ask.At.Before(f.Embargo):
		return cell{Refuse, FloorEmbargo, "it must not leave before " + f.Embargo.UTC().Format(time.RFC3339)}, true
	case !f.Expires.IsZero() && !ask.At.Before(f.Expires):
		return cell{Refuse, FloorExpiry, "it expired on " + f.Expires.UTC().Format(time.RFC3339)}, true
	}
	return cell{}, false
}

// origin says what holds of what a third party told.
func (t *Table) origin(f *Facts) cell {
	o := &t.direction.Originator
	if f.Origin == "" || f.Origin == t.direction.From || slices.Contains(f.Permits, t.direction.To) {
		return cell{verdict: Released}
	}
	return cell{verdictOf(o.ThirdParty), o.Clause, f.Origin + " told it and did not permit to pass it on"}
}

// about says whether an object concerns what is in scope.
func (t *Table) about(f *Facts) cell {
	if t.direction.Scope.Everything {
		return cell{verdict: Released}
	}
	for i := range f.Concerns {
		if t.scope.holds(&f.Concerns[i]) {
			return cell{verdict: Released}
		}
	}
	return cell{Refuse, t.direction.Scope.Clause, "it concerns nothing in scope"}
}

// Field decides on a field of the object, whatever its path: one that nothing names is dropped. Other names of the same thing
// (that of an event's field for a property of STIX, say) may be given; the strictest ruling among the names that have one counts.
// Where the object is not released every field is dropped, by the clause that keeps the object.
func (d *Decision) Field(kind Kind, path string, others ...string) Ruling {
	if d.Verdict != Released || d.table == nil {
		return Ruling{Clause: d.Clause}
	}
	r, named := d.ruling(path)
	naming := d.table.isName(path)
	for _, other := range others {
		naming = naming || d.table.isName(other)
		next, has := d.ruling(other)
		switch {
		case has && !named:
			r, named = next, true
		case has && !r.Action.Within(next.Action):
			r = Ruling{r.Action.Meet(next.Action), next.Clause}
		}
	}
	if !named {
		return Ruling{Clause: FloorDefault}
	}
	if o := &d.table.direction.Originator; naming && !d.named {
		if least := r.Action.Meet(Action{Do: o.WithoutConsent}); least != r.Action {
			r = Ruling{least, o.Clause}
		}
	}
	if !r.Action.Fits(kind) {
		return Ruling{Clause: FloorUnfit}
	}
	return r
}

func (d *Decision) ruling(path string) (Ruling, bool) {
	if strings.HasPrefix(path, Internal) {
		return Ruling{Clause: FloorInternal}, true
	}
	return d.table.matrix.find(path)
}

func (t *Table) isName(path string) bool {
	_, found := t.names.find(path)
	return found
}

// DeleteBy is until when the receiver may keep the object; zero where it is not released.
func (d *Decision) DeleteBy() time.Time {
	if d.Verdict != Released || d.table == nil {
		return time.Time{}
	}
	by := d.At.AddDate(0, 0, d.table.direction.Retention.Days)
	return sooner(by, d.expires, d.At)
}

// Label gives the label that the object leaves with, in the version that the receiver reads: "TLP:AMBER", or of version 1 without
// "TLP:" in front.
func (d *Decision) Label() string {
	if d.table == nil || d.table.direction.TLP.Labels == 2 {
		return d.TLP.String()
	}
	if d.TLP == values.TLPAmberStrict {
		return values.TLPRed.Label() // where it must not, the object stays
	}
	label, _ := d.TLP.V1()
	return label
}

// Direction gives the clauses that hold beside: what the receiver owes.
func (t *Table) Direction() *Direction { return t.direction }

// Cited gives the ruling on a field in words: "source.ip masked to /24 by clause 4.2, version 3". Of a mask it names the bits of the
// value's family.
func (d *Decision) Cited(path string, r Ruling, ipv6 bool) string {
	return fmt.Sprintf("%s %s by %s", path, r.Action.past(ipv6), d.Cite(r.Clause))
}

// String gives the decision on the object in words.
func (d *Decision) String() string {
	switch d.Verdict {
	case Released:
		return fmt.Sprintf("released to %s by agreement %s, version %d", d.To, d.Agreement, d.Version)
	case Review:
		return fmt.Sprintf("held for a person to decide by %s: %s", d.Cite(d.Clause), d.Reason)
	}
	return fmt.Sprintf("not released by %s: %s", d.Cite(d.Clause), d.Reason)
}

// Cite gives a clause as sentences name it: "clause 4.2, version 3", "the floor: term".
func (d *Decision) Cite(c Clause) string {
	if strings.HasPrefix(string(c), "floor") {
		return "the " + string(c)
	}
	return fmt.Sprintf("clause %s, version %d", c, d.Version)
}

func (a Action) past(ipv6 bool) string {
	switch a.Do {
	case Mask:
		if ipv6 {
			return fmt.Sprintf("masked to /%d", a.V6)
		}
		return fmt.Sprintf("masked to /%d", a.V4)
	case Pseudonymise:
		return "pseudonymised with key " + a.Key
	case Bucket:
		return "coarsened to the " + a.To
	case Generalise:
		return "generalised to the " + a.To
	case Replace:
		return "replaced"
	case Release:
		return "released"
	}
	return "dropped"
}

// Party gives what the agreement says of one of its teams.
func (t *Table) Party(team string) Party {
	p, _ := t.agreement.Party(team)
	return p
}

// Start gives from when on the agreement is meant to be in force.
func (t *Table) Start() time.Time { return t.agreement.Term.Start }
