package exchange

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pahra/internal/desk/class"
	sharing "pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/store"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// outcome is what an agreement says of an item at a time.
type outcome struct {
	verdict agreement.Verdict
	clause  agreement.Clause
	reason  string
	until   time.Time // zero: time alone does not change it
	spent   bool      // a quota kept it
	copies  []*stix.Object
	homes   map[string][]string
	stories []sharing.Story
	texts   map[string]string // see clauses
}

// readItem reads the objects of an item.
func readItem(i *store.ExchangeItem) ([]*stix.Object, error) {
	tree, err := jsontree.Parse(i.Body, jsontree.Limits{Size: 1 << 30, Depth: 128, Values: 1 << 28}) // it was bounded when it was offered
	if err != nil {
		return nil, fmt.Errorf("item %s, version %d: %w", i.ID, i.Version, err)
	}
	list := make([]*stix.Object, len(tree.Items))
	for n := range tree.Items {
		list[n] = &stix.Object{Tree: tree.Items[n]}
	}
	return list, nil
}

// request is under what an item is decided on.
type request struct {
	edition  *edition
	next     time.Time // when the next version of the agreement begins; zero: never
	at       time.Time
	reviewed bool
	charge   agreement.Charge
}

// evaluate decides on an item, its objects, and makes the copies. Whether sharing is stopped or suspended is not looked at.
func evaluate(r request, item *store.ExchangeItem, objects []*stix.Object, kinds *class.Tables) outcome {
	if r.edition.problem != "" {
		return outcome{clause: agreement.FloorSuspended, reason: r.edition.problem, until: r.next}
	}
	c := r.edition.redactor.Item(objects, facts(item), kinds, agreement.Request{At: r.at, Standing: r.edition.standing, Reviewed: r.reviewed, Charge: r.charge})
	out := outcome{clause: agreement.FloorDefault, reason: "it tells nothing", until: r.next, copies: c.Objects, homes: c.Homes, stories: c.Stories}
	quotas := r.edition.table.Direction().Quotas
	for i := range c.Stories {
		d := &c.Stories[i].Decision
		if d.Verdict > out.verdict || i == 0 {
			out.verdict, out.clause, out.reason = d.Verdict, d.Clause, d.Reason
		}
		if !d.Until.IsZero() && (out.until.IsZero() || d.Until.Before(out.until)) {
			out.until = d.Until
		}
		out.spent = out.spent || d.Verdict == agreement.Refuse && slices.ContainsFunc(quotas, func(q agreement.Quota) bool { return q.Clause == d.Clause })
	}
	return out
}

// canonical gives a copy in the form of RFC 8785, with a time of modification where it has one.
func canonical(o *stix.Object, version string) []byte {
	if version != "" && o.Get("modified") != nil {
		o.Tree.Set("modified", jsontree.Str(version))
	}
	b, err := o.Tree.AppendCanonical(nil)
	if err != nil {
		return nil // a number that has no such form is not shared
	}
	return b
}

// digest is what a copy is known by.
func digest(o *stix.Object, version string) []byte {
	sum := sha256.Sum256(canonical(o, version))
	return sum[:]
}

// copyVersion gives the version that a copy has by itself, "" if it has none.
func copyVersion(o *stix.Object) string {
	if v := o.Text("modified"); v != "" {
		return v
	}
	return o.Text("created")
}

// members makes members of the copies of an outcome.
func (out *outcome) members(e *edition) (copies, frame []store.ExchangeCopy) {
	if out.verdict != agreement.Released {
		return nil, nil
	}
	clauses := out.clauses()
	for _, o := range out.copies {
		if canonical(o, copyVersion(o)) == nil {
			continue
		}
		c := store.ExchangeCopy{Object: o.ID(), Type: o.Type(), Version: copyVersion(o), Fixed: len(out.homes[o.ID()]) == 0, Body: func(v string) []byte { return canonical(o, v) }}
		if c.Fixed {
			frame = append(frame, c)
			continue
		}
		c.Clauses = clauses[out.homes[o.ID()][0]]
		copies = append(copies, c)
	}
	return copies, frame
}

// clauses tells what was done to each object, by its id at home.
func (out *outcome) clauses() map[string]string {
	if out.texts == nil {
		out.texts = map[string]string{}
		for i := range out.stories {
			maps.Copy(out.texts, tell(out.stories[i].Lines))
		}
	}
	return out.texts
}

// told tells what was done to a copy.
func (out *outcome) told(copied string) string {
	if home := out.homes[copied]; len(home) > 0 {
		return out.clauses()[home[0]]
	}
	return ""
}

// Clauses is what was done to an object: the fields that leave changed or do not leave, and the clause of each.
type Clauses struct {
	Removed map[string]agreement.Clause `json:"removed,omitempty"`
	Changed map[string]agreement.Clause `json:"changed,omitempty"`
}

// tell writes down what was done to each object of a story, by its id at home.
func tell(lines []sharing.Line) map[string]string {
	all := map[string]*Clauses{}
	for i := range lines {
		l := &lines[i]
		c := all[l.Object]
		if c == nil {
			c = &Clauses{Removed: map[string]agreement.Clause{}, Changed: map[string]agreement.Clause{}}
			all[l.Object] = c
		}
		_, field, _ := strings.Cut(l.Field, ".")
		switch {
		case l.After == nil:
			c.Removed[field] = l.Clause
		case l.Action != agreement.Release.String():
			c.Changed[field] = l.Clause
		}
	}
	texts := map[string]string{}
	for id, c := range all {
		text, err := json.Marshal(c)
		if err != nil {
			panic(err) // maps of strings
		}
		texts[id] = string(text)
	}
	return texts
}
