package publication

import (
	"fmt"
	"slices"
	"time"

	"pahra/internal/account"
	"pahra/internal/norms"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Clause is the part of the policy that decided.
type Clause string

// The clauses. Those from Hidden on speak against showing something.
const (
	ByRole      Clause = "role"        // analysts and administrators see everything
	ByHolding   Clause = "holder"      // holders see at once what concerns their networks
	ByMember    Clause = "members"     // the policy shows members everything
	ByRule      Clause = "public"      // every condition holds
	ByCorrected Clause = "corrections" // it was public, and is shown with its correction
	Hidden      Clause = "shown"       // the policy shows nothing of the kind to the public
	Informs     Clause = "informs"     // it accuses nobody, and so names nobody
	Anachronism Clause = "anachronism" // judged with inputs against their time
	Attribution Clause = "attribution" // the evidence does not show who did it
	Confidence  Clause = "confidence"  // it is not sure enough
	InDispute   Clause = "disputed"    // the holder disputes it
	NeverPublic Clause = "taken-back"  // it was taken back, and never was public
	Unnotified  Clause = "notified"    // the holder was not told
	Waiting     Clause = "wait"        // the holder was told too lately
	Small       Clause = "at_least"    // so few networks that a sum names them
)

// Decision is whether something is shown, and why.
type Decision struct {
	Visible bool   `json:"visible"`
	Clause  Clause `json:"clause"`
	Says    string `json:"says"` // why, as a sentence without its full stop
	// From is when it will be visible if nothing changes; nil where that is not known.
	From *time.Time `json:"from,omitempty"`
}

func yes(c Clause, says string) Decision { return Decision{Visible: true, Clause: c, Says: says} }

func no(c Clause, format string, args ...any) Decision {
	return Decision{Clause: c, Says: fmt.Sprintf(format, args...)}
}

// privileged decides what does not depend on the thing itself: who may see everything, and what is one's own.
func (p *Policy) privileged(v account.Viewer, concerned ...values.ASN) (Decision, bool) {
	if !v.Scopes.Has(account.ScopeRead) {
		return Decision{}, false
	}
	switch {
	case v.Role >= account.Analyst:
		return yes(ByRole, "analysts and administrators see everything"), true
	case v.Role >= account.Member && slices.ContainsFunc(concerned, v.Holds):
		return yes(ByHolding, "you hold a network that it concerns"), true
	case v.Role >= account.Member && p.Members == "all":
		return yes(ByMember, "members see everything"), true
	}
	return Decision{}, false
}

// Visible says whether the viewer may see the network of the record named in the incident. now is the present moment.
func (p *Policy) Visible(inc *watch.Incident, r Record, v account.Viewer, now time.Time) Decision {
	if d, ok := p.privileged(v, Concerned(inc)...); ok {
		return d
	}
	if d, ok := p.barred(inc, r.ASN); ok {
		return d
	}
	return p.due(r, now)
}

// Concerned gives the networks whose holders see an incident at once: who announced it, who let it pass, whose
// prefixes it touches.
func Concerned(inc *watch.Incident) []values.ASN {
	list := append([]values.ASN{inc.ASN}, inc.Evidence.Victims...)
	if inc.Victim != nil {
		list = append(list, *inc.Victim)
	}
	for _, a := range inc.Accomplices {
		list = append(list, a.ASN)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// barred decides by what was judged.
func (p *Policy) barred(inc *watch.Incident, asn values.ASN) (Decision, bool) {
	rule := p.Incidents
	doubtful := slices.ContainsFunc(inc.Accomplices, func(a watch.Accomplice) bool { return a.ASN == asn && a.Weight == 0 })
	switch {
	case !rule.Shown:
		return no(Hidden, "the policy shows the public no incidents"), true
	case inc.Kind == watch.PathAnomaly || inc.Evidence.Administrative:
		return no(Informs, "it informs, and names nobody"), true
	case len(inc.Anachronism) > 0:
		return no(Anachronism, "it was judged with inputs against their time"), true
	case rule.Attribution == "supported" && (inc.Attribution != watch.Supported || asn != inc.ASN && doubtful):
		return no(Attribution, "the evidence does not show that AS%d did it", asn), true
	case inc.Confidence < rule.Confidence:
		return no(Confidence, "its confidence of %.2f is below %.2f", inc.Confidence, rule.Confidence), true
	}
	return Decision{}, false
}

// due decides by what happened since.
func (p *Policy) due(r Record, now time.Time) Decision {
	rule := p.Incidents
	state := r.Standing()
	switch {
	case state == Disputed:
		return no(InDispute, "its holder disputes it")
	case state.TakenBack() && !rule.Corrections:
		return no(NeverPublic, "it was taken back")
	}
	if state.TakenBack() {
		if d := p.told(r, r.left()); !d.Visible {
			return no(NeverPublic, "it was taken back before it was public")
		}
		return yes(ByCorrected, "it was public, and is shown with its correction")
	}
	return p.told(r, now)
}

// told decides by the notice to the holder.
func (p *Policy) told(r Record, now time.Time) Decision {
	if !p.Incidents.Notified {
		return yes(ByRule, "every condition of the policy holds")
	}
	if r.Notified == nil {
		return no(Unnotified, "its holder was not told yet")
	}
	from := r.Notified.Add(time.Duration(p.Incidents.Wait))
	if now.Before(from) {
		d := no(Waiting, "its holder was told at %s; it is public %s later", r.Notified.UTC().Format("2006-01-02 15:04"), time.Duration(p.Incidents.Wait))
		d.From = &from
		return d
	}
	return yes(ByRule, "every condition of the policy holds")
}

// Measure says whether the viewer may see a single network's measure.
func (p *Policy) Measure(m norms.Metric, asn values.ASN, v account.Viewer) Decision {
	if d, ok := p.privileged(v, asn); ok {
		return d
	}
	if slices.Contains(p.Measures, Measure(m)) {
		return yes(ByRule, "the policy shows the public this measure of every network")
	}
	return no(Hidden, "the policy shows %s of a single network to its holder and to analysts", m)
}

// Neighbourhood says whether the viewer may see what a neighbourhood of so many networks comes to.
func (p *Policy) Neighbourhood(networks int, v account.Viewer) Decision {
	if d, ok := p.privileged(v); ok {
		return d
	}
	switch {
	case !p.Neighbourhoods.Shown:
		return no(Hidden, "the policy shows the public no neighbourhoods")
	case networks < p.Neighbourhoods.AtLeast:
		return no(Small, "its sums would name single networks: it has fewer than %d", p.Neighbourhoods.AtLeast)
	}
	return yes(ByRule, "the policy shows the public what neighbourhoods come to")
}

// Part is one network's part in an incident, as a viewer may see it.
type Part struct {
	Record   Record
	Decision Decision
}

// View is an incident as a viewer may see it.
type View struct {
	// Decision is that of the announcing network's part; where it is not visible the incident is not.
	Decision Decision
	// Incident is empty where it is not visible; else without the accomplices whose part is not.
	Incident watch.Incident
	Main     Record
	Parts    []Part // of the accomplices that are left in Incident, in its order
	Withheld int    // accomplices left out
}

// View gives an incident as the viewer may see it. records has those records of its networks of which something
// happened.
func (p *Policy) View(inc watch.Incident, records map[values.ASN]Record, v account.Viewer, now time.Time) View {
	of := func(asn values.ASN) Record {
		if r, ok := records[asn]; ok {
			return r
		}
		return Record{Incident: inc.ID, ASN: asn, Kind: inc.Kind, State: Open}
	}
	view := View{Decision: p.Visible(&inc, of(inc.ASN), v, now)}
	if !view.Decision.Visible {
		return view
	}
	view.Main = of(inc.ASN).SeenBy(v)
	kept := make([]watch.Accomplice, 0, len(inc.Accomplices))
	for _, a := range inc.Accomplices {
		r := of(a.ASN)
		if d := p.Visible(&inc, r, v, now); d.Visible {
			kept, view.Parts = append(kept, a), append(view.Parts, Part{r.SeenBy(v), d})
		} else {
			view.Withheld++
		}
	}
	inc.Accomplices = kept
	view.Incident = inc
	return view
}

// SeenBy gives the record without what only analysts see of who did what.
func (r Record) SeenBy(v account.Viewer) Record {
	if v.May(account.Analyst, account.ScopeRead) {
		return r
	}
	r.Steps = slices.Clone(r.Steps)
	for i := range r.Steps {
		r.Steps[i].Account = ""
		if !v.Holds(r.ASN) && (r.Steps[i].Action == Notify || r.Steps[i].Action == Dispute) {
			r.Steps[i].Evidence = "" // what a holder hands in for the decision is for those who decide
		}
	}
	return r
}
