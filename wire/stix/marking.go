package stix

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"pahra/wire/jsontree"
	"pahra/wire/values"
)

// Resolve gives what a selector of a granular marking selects (section 7.2.3.1): names, keys and places such as [0], joined
// by dots. A key that has dots itself may stand in single quotes, or as it is.
func (o *Object) Resolve(selector string) (*jsontree.Value, error) {
	steps, err := selectorSteps(selector)
	if err != nil {
		return nil, err
	}
	v := &o.Tree
	for i, step := range steps {
		if n, isPlace := place(step); isPlace {
			v = v.At(n)
		} else {
			v = v.Get(strings.Trim(step, "'"))
		}
		if v == nil {
			return nil, fmt.Errorf("%.80q selects nothing: there is no %.60s", selector, strings.Join(steps[:i+1], "."))
		}
	}
	return v, nil
}

func selectorSteps(selector string) ([]string, error) {
	if selector == "" || len(selector) > 5000 {
		return nil, errors.New("a selector is empty or too long")
	}
	var steps []string
	for rest := selector; ; {
		at := strings.IndexByte(rest, '.')
		if rest != "" && rest[0] == '\'' {
			if end := strings.IndexByte(rest[1:], '\''); end >= 0 {
				at = end + 2
			}
			if at == len(rest) {
				at = -1
			} else if at > 0 && rest[at] != '.' {
				return nil, fmt.Errorf("%.80q is no selector", selector)
			}
		}
		step := rest
		if at >= 0 {
			step, rest = rest[:at], rest[at+1:]
		}
		if _, isPlace := place(step); step == "" || isPlace && steps == nil || !isPlace && strings.ContainsAny(step, "[] ") {
			return nil, fmt.Errorf("%.80q is no selector", selector)
		}
		if steps = append(steps, step); at < 0 {
			return steps, nil
		}
	}
}

// place reads "[3]".
func place(step string) (int, bool) {
	if len(step) < 3 || step[0] != '[' || step[len(step)-1] != ']' {
		return 0, false
	}
	n, err := strconv.ParseUint(step[1:len(step)-1], 10, 31)
	return int(n), err == nil
}

// Marks gives the ids of the markings that hold for a property, told as a selector: those of the whole object and the
// granular ones whose selectors are the property or what it lies in. Those of "" are the whole object's alone.
func (o *Object) Marks(property string) []string {
	marks := o.List("object_marking_refs")
	if property == "" {
		return marks
	}
	for i := range o.granular() {
		g := o.Get("granular_markings").At(i)
		for _, selector := range g.Get("selectors").Strings() {
			if ref := g.Get("marking_ref").Str(); ref != "" && (property == selector || strings.HasPrefix(property, selector+".")) {
				marks = append(marks, ref)
				break
			}
		}
	}
	return marks
}

// AllMarks gives the ids of all markings, of the whole object and of its parts.
func (o *Object) AllMarks() []string {
	marks := o.List("object_marking_refs")
	for i := range o.granular() {
		if ref := o.Get("granular_markings").At(i).Get("marking_ref").Str(); ref != "" {
			marks = append(marks, ref)
		}
	}
	return marks
}

func (o *Object) granular() []jsontree.Value {
	if v := o.Get("granular_markings"); v != nil {
		return v.Items
	}
	return nil
}

// TLPExtension is the extension that holds a label of TLP 2.0 (oasis-open/cti-stix-common-objects).
const TLPExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

const marking = "marking-definition--"

// tlpIDs are the fixed ids of TLP 2.0.
var tlpIDs = [...]string{
	values.TLPClear: marking + "94868c89-83c2-464b-929b-a1a8aa3c8487", values.TLPGreen: marking + "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	values.TLPAmber: marking + "55d920b0-5e8b-4f79-9ee9-91f868d9b421", values.TLPAmberStrict: marking + "939a9414-2ddd-4d32-a0cd-375ea402b003",
	values.TLPRed: marking + "e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// tlp1IDs are the fixed ids of TLP 1 (section 7.2.1.4).
var tlp1IDs = [...]string{
	values.TLPClear: marking + "613f2e26-407d-48c7-9eca-b8e91df99dc9", values.TLPGreen: marking + "34098fce-860f-48ae-8e50-ebd3cc5e41da",
	values.TLPAmber: marking + "f88d31f6-486f-44da-b317-01333bde0b82", values.TLPAmberStrict: "",
	values.TLPRed: marking + "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}

// openCTIStrict is what OpenCTI marks AMBER+STRICT with. It is read and never written.
const openCTIStrict = marking + "826578e1-40ad-459f-bc73-ede076f81f37"

// TLPByID gives the label that an id of a marking stands for by itself: one of TLP 2.0, of TLP 1 or of OpenCTI.
func TLPByID(id string) values.TLP {
	if id == openCTIStrict {
		return values.TLPAmberStrict
	}
	for label := values.TLPClear; label <= values.TLPRed; label++ {
		if id != "" && (id == tlpIDs[label] || id == tlp1IDs[label]) {
			return label
		}
	}
	return values.NoTLP
}

// TLPID gives the id of a label's marking definition of TLP 2.0, "" for none.
func TLPID(label values.TLP) string {
	if int(label) >= len(tlpIDs) {
		return ""
	}
	return tlpIDs[label]
}

// TLPMarking gives the marking definition of a label as TLP 2.0 fixes it, nil for none.
func TLPMarking(label values.TLP) *Object {
	if label == values.NoTLP || int(label) >= len(tlpIDs) {
		return nil
	}
	text := fmt.Sprintf(`{"type":"marking-definition","spec_version":"2.1","id":%q,"created":"2022-10-01T00:00:00.000Z","name":%q,`+
		`"extensions":{%q:{"extension_type":"property-extension","tlp_2_0":%q}}}`, tlpIDs[label], label, TLPExtension, strings.ToLower(label.Label()))
	o, err := Parse([]byte(text))
	if err != nil {
		panic(err) // the text is ours
	}
	return o
}

// TLPOf gives the label that a marking definition stands for: by its id, by the extension of TLP 2.0, by its definition of
// TLP 1, or as OpenCTI writes it. Where these differ it gives the most restrictive.
func TLPOf(o *Object) values.TLP {
	label := TLPByID(o.ID())
	texts := []string{o.Get("extensions").Get(TLPExtension).Get("tlp_2_0").Str(), o.Text("x_opencti_definition")}
	if definition := o.Get("definition"); strings.EqualFold(o.Text("definition_type"), "tlp") {
		texts = append(texts, definition.Get("tlp").Str(), definition.Get("TLP").Str())
	}
	for _, s := range texts {
		if l, err := values.ParseTLP(s); err == nil {
			label = max(label, l)
		}
	}
	return label
}
