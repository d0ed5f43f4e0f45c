package stix_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/stix"
	"pahra/wire/values"
)

const indicatorMarked = `{"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","name":"n","labels":["a","b"],
"extensions":{"extension-definition--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55":{"x.y":{"z":1}}},"kill_chain_phases":[{"phase_name":"p"}],
"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
"granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["labels.[1]","kill_chain_phases"]},
{"lang":"en","selectors":["name"]},{"marking_ref":"marking-definition--826578e1-40ad-459f-bc73-ede076f81f37","selectors":["name"]}]}`

func TestMarks(t *testing.T) {
	o, err := stix.Parse([]byte(indicatorMarked))
	if err != nil {
		t.Fatal(err)
	}
	const green, red, strict = "bab4a63c", "e828b379", "826578e1"
	for property, want := range map[string]string{
		"": green, "name": green + " " + strict, "labels": green, "labels.[0]": green, "labels.[1]": green + " " + red, "kill_chain_phases.[0].phase_name": green + " " + red,
		"names": green, "labels.[10]": green,
	} {
		var got []string
		for _, id := range o.Marks(property) {
			got = append(got, id[len("marking-definition--"):][:8])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q has the marks %v, want %s", property, got, want)
		}
	}
	if n := len(o.AllMarks()); n != 3 {
		t.Errorf("%d marks", n)
	}
}

func TestResolve(t *testing.T) {
	o, err := stix.Parse([]byte(indicatorMarked))
	if err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]string{
		"name": `"n"`, "labels": `["a","b"]`, "labels.[1]": `"b"`, "kill_chain_phases.[0].phase_name": `"p"`,
		"extensions.extension-definition--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55.'x.y'.z": `1`,
		"extensions.'extension-definition--0d4f7ec1-6ac7-4e0c-9c1c-6a7e0a3f4e55'.'x.y'": `{"z":1}`,
	} {
		v, err := o.Resolve(selector)
		if err != nil || string(v.Append(nil)) != want {
			t.Errorf("%s selects %v, %v", selector, v, err)
		}
	}
	for _, selector := range []string{"", ".", "nope", "labels.[2]", "labels.[-1]", "labels.1", "labels.[x]", "[0]", "name.", "name..x", "labels[0]", "name.x", "'a'b", "kill_chain_phases.[0].nope",
		"labels.[99999999999]", strings.Repeat("a.", 5000)} {
		if v, err := o.Resolve(selector); err == nil {
			t.Errorf("%q selects %s", selector, v.Append(nil))
		}
	}
}

func TestTLP(t *testing.T) {
	for label := values.TLPClear; label <= values.TLPRed; label++ {
		o := stix.TLPMarking(label)
		if f := o.Check(); len(f) > 0 {
			t.Errorf("%s: %v", label, f)
		}
		if got := stix.TLPOf(o); got != label || stix.TLPByID(o.ID()) != label || o.Text("name") != label.String() {
			t.Errorf("%s is read as %s", o.Append(nil), got)
		}
	}
	if stix.TLPMarking(values.NoTLP) != nil || stix.TLPByID("") != values.NoTLP || stix.TLPByID("marking-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f") != values.NoTLP {
		t.Error("no label is one")
	}
	const head = `{"type":"marking-definition","spec_version":"2.1","created":"2017-01-20T00:00:00.000Z","id":"marking-definition--`
	for in, want := range map[string]values.TLP{
		head + `613f2e26-407d-48c7-9eca-b8e91df99dc9","definition_type":"tlp","definition":{"tlp":"white"}}`:                                         values.TLPClear,
		head + `5e57c739-391a-4eb3-b6be-7d15ca92d5ed","definition_type":"tlp","definition":{"tlp":"red"}}`:                                           values.TLPRed,
		head + `613f2e26-407d-48c7-9eca-b8e91df99dc9","definition_type":"tlp","definition":{"tlp":"clear"}}`:                                         values.TLPClear,
		head + `826578e1-40ad-459f-bc73-ede076f81f37","definition_type":"statement","definition":{"statement":"custom"}}`:                            values.TLPAmberStrict,
		head + `8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","definition_type":"statement","x_opencti_definition":"TLP:AMBER+STRICT","definition":{}}`:      values.TLPAmberStrict,
		head + `8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","definition_type":"TLP","definition":{"TLP":"TLP:AMBER"}}`:                                     values.TLPAmber,
		head + `613f2e26-407d-48c7-9eca-b8e91df99dc9","definition_type":"tlp","definition":{"tlp":"amber"}}`:                                         values.TLPAmber,
		head + `8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","definition_type":"statement","definition":{"statement":"TLP:RED is not what this is about"}}`: values.NoTLP,
	} {
		o, err := stix.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if got := stix.TLPOf(o); got != want {
			t.Errorf("%s is %v", in, got)
		}
	}
}

func TestTypes(t *testing.T) {
	i, known := stix.TypeOf("indicator")
	if !known || i.Class != stix.Domain || !i.Property("pattern").Required || i.Property("value") != nil || !i.Property("labels").List {
		t.Errorf("the type is %+v", i)
	}
	if _, known := stix.TypeOf("x-own"); known || len(stix.TypeNames()) != 42 {
		t.Errorf("%d types", len(stix.TypeNames()))
	}
	kinds := map[string]string{}
	for _, name := range []string{"created", "valid_from", "object_marking_refs", "kill_chain_phases", "confidence", "extensions", "name"} {
		kinds[name] = i.Property(name).Kind
	}
	want := map[string]string{"created": "stamp", "valid_from": "time", "object_marking_refs": "ref", "kill_chain_phases": "kill-chain-phase", "confidence": "number", "extensions": "extensions", "name": "text"}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Error(d)
	}
}
