package exchange

import (
	"slices"
	"strings"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// What Pahra's extension, [StixExtension], holds beside "observed". All but "observed" is for home alone and never leaves.
const (
	// Handling holds what agreements ask, as texts: consent, origin, permits (teams, between spaces), embargo, expires, recalled; and
	// tlp_1, true where the labels were those of TLP version 1.
	Handling = "handling"
	// Fields lists the fields of the event that an observation was made of: name, and value or the ref of an observable that has it.
	Fields = "fields"
)

// Definition gives the definition of Pahra's extension, the same everywhere. It goes with what has the extension.
func Definition() *stix.Object {
	const made = "2026-03-01T00:00:00.000Z"
	text := func(name, value string) jsontree.Member {
		return jsontree.Member{Name: name, Value: jsontree.Str(value)}
	}
	return &stix.Object{Tree: jsontree.Dict(text("type", "extension-definition"), text("spec_version", "2.1"), text("id", StixExtension),
		text("created_by_ref", "identity--8a1f0d5e-7c7b-4a55-9d53-0f3f1f6a2b90"), text("created", made), text("modified", made), text("name", "Pahra"),
		text("description", "What stands in for withheld values of observables, and the fields of events and routing incidents that objects have no place for."),
		text("schema", "docs/stix.md"), text("version", "1.0.0"), jsontree.Member{Name: "extension_types", Value: jsontree.List(jsontree.Str("property-extension"))})}
}

// own gives Pahra's extension of an object, nil if it has none.
func own(o *stix.Object) *jsontree.Value { return o.Get("extensions").Get(StixExtension) }

// StripHandling takes out of an object of somebody else what only Pahra may say of it.
func StripHandling(o *stix.Object) {
	extensions := o.Get("extensions")
	if extensions.Get(StixExtension) == nil {
		return
	}
	extensions.Delete(StixExtension)
	if len(extensions.Members) == 0 {
		o.Tree.Delete("extensions")
	}
}

// handle reads the handling of all objects of a story into its facts: the strictest of each counts. It tells whether labels are those of
// TLP version 1.
func handle(story []*thing, f *agreement.Facts) (version1 bool) {
	first := true
	for _, t := range story {
		h := own(t.object).Get(Handling)
		if h == nil {
			continue
		}
		one := agreement.Facts{Origin: h.Get("origin").Str(), Permits: strings.Fields(h.Get("permits").Str()), Recalled: is(h, "recalled", f)}
		if c := h.Get("consent").Str(); c != "" {
			var known bool
			if one.Consent, known = agreement.ParseConsent(c); !known {
				f.Unsound = "its consent is none that is known"
			}
		}
		one.Embargo, one.Expires = instant(h, "embargo", f), instant(h, "expires", f)
		version1 = is(h, "tlp_1", f) || version1
		stricterFacts(f, &one, first)
		first = false
	}
	return version1
}

// stricterFacts puts the handling of one more object to that of a story.
func stricterFacts(f, one *agreement.Facts, first bool) {
	if first {
		f.Consent, f.Permits = one.Consent, one.Permits
	} else {
		f.Consent = min(f.Consent, one.Consent)
		f.Permits = slices.DeleteFunc(f.Permits, func(team string) bool { return !slices.Contains(one.Permits, team) })
		if one.Origin != "" && f.Origin != "" && one.Origin != f.Origin {
			f.Unsound = "two third parties told it"
		}
	}
	if one.Origin != "" {
		f.Origin = one.Origin
	}
	if one.Embargo.After(f.Embargo) {
		f.Embargo = one.Embargo
	}
	if !one.Expires.IsZero() && (f.Expires.IsZero() || one.Expires.Before(f.Expires)) {
		f.Expires = one.Expires
	}
	f.Recalled = f.Recalled || one.Recalled
}

func is(h *jsontree.Value, name string, f *agreement.Facts) bool {
	v := h.Get(name)
	switch {
	case v == nil || v.Is(jsontree.Bool) && v.Text == "false" || v.Str() == "false":
		return false
	case v.True() || v.Str() == "true":
		return true
	}
	f.Unsound = name + " is neither true nor false"
	return true
}

func instant(h *jsontree.Value, name string, f *agreement.Facts) time.Time {
	v := h.Get(name)
	if v == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v.Str())
	if err != nil {
		f.Unsound = name + " is no time"
	}
	return t
}

// foreign gives the extensions of an object but Pahra's.
func foreign(extensions *jsontree.Value) *jsontree.Value {
	rest := jsontree.Dict()
	for _, m := range extensions.Members {
		if m.Name != StixExtension {
			rest.Members = append(rest.Members, m)
		}
	}
	return &rest
}

// seekFields puts those fields of an event on the list of what is withheld that the agreement would not let through whole.
func (w *work) seekFields(o *stix.Object) {
	fields := own(o).Get(Fields)
	if fields == nil {
		return
	}
	for i := range fields.Items {
		name, v := fields.Items[i].Get("name").Str(), fields.Items[i].Get("value")
		if v == nil || name == "" || strings.HasPrefix(name, agreement.Internal) {
			continue
		}
		kind := eventKind(name, intelmq.Value{Text: v.Text})
		if ruling := w.d.Field(kind, name); ruling.Action.Do != agreement.Release {
			w.search.add(kind, name, v.Text)
		}
	}
}
