package misp_test

import (
	"fmt"
	"strings"
	"testing"

	"pahra/wire/jsontree"
	"pahra/wire/misp"
)

// broken are changes to the event of testdata, each with what Check must say: where (event, attribute or object), member,
// new value ("-" takes it out), fault.
const broken = `
event | info | - | info: it is missing
event | info | "" | info: it is empty
event | info | 7 | info: it is a number, not a string
event | uuid | "5f0c3d1a" | uuid: "5f0c3d1a" is no UUID
event | uuid | "5f0c3d1a-7c1c-4f57-9a4c-2b1f6a8f1cg1" | is no UUID
event | date | "14.02.2026" | is no day
event | date | "2026-02-30" | is no day
event | threat_level_id | "5" | is no number from 1 to 4
event | threat_level_id | "high" | is no number from 1 to 4
event | analysis | "3" | is no number from 0 to 2
event | distribution | "5" | is no number from 0 to 4
event | distribution | "-1" | is no number from 0 to 4
event | timestamp | "yesterday" | timestamp: "yesterday" is no time
event | published | "maybe" | neither true nor false
event | Attribute | {} | Attribute: it is an object, not a list
event | Object | "x" | Object: it is a string, not a list
event | Tag | [{"colour":"#fff"}] | Tag.[0].name: it is missing
event | extends_uuid | "x" | extends_uuid
attribute | type | - | type: it is missing
attribute | type | "" | type: it is empty
attribute | type | "btc" | btc cannot stand in the category Network activity
attribute | category | ["x"] | category: it is a list
attribute | value | - | value: it is missing
attribute | value | " " | value: it is empty
attribute | value | ["x"] | value: it is a list, not a string
attribute | value | "198.51.100.7" | has one side
attribute | uuid | 7 | is no UUID
attribute | distribution | "6" | is no number from 0 to 5
attribute | distribution | "4" | sharing_group_id: it is missing
attribute | first_seen | "soon" | first_seen: "soon" is no time
attribute | to_ids | "perhaps" | to_ids
attribute | deleted | 7 | deleted
attribute | Tag | {} | Tag: it is an object
object | name | - | name: it is missing
object | uuid | "x" | uuid: "x" is no UUID
object | template_uuid | "x" | template_uuid
object | distribution | "x" | distribution
object | last_seen | "x" | last_seen
object | Attribute | "x" | Attribute: it is a string
object | ObjectReference | {} | ObjectReference: it is an object
`

func TestCheckFinds(t *testing.T) {
	n := 0
	for line := range strings.Lines(broken) {
		part := strings.SplitN(strings.TrimSpace(line), " | ", 4)
		if len(part) != 4 {
			continue
		}
		n++
		e := event(t, whole)
		tree, check := e.Tree, e.Check
		switch part[0] {
		case "attribute":
			tree, check = e.Attributes()[0].Tree, e.Attributes()[0].Check
		case "object":
			tree, check = e.Objects()[0].Tree, e.Objects()[0].Check
		}
		if part[2] == "-" {
			tree.Delete(part[1])
		} else {
			v, err := jsontree.Parse([]byte(part[2]), jsontree.Limits{Size: 1000, Depth: 9, Values: 99})
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			tree.Set(part[1], v)
		}
		if got := fmt.Sprint(check()); !strings.Contains(got, part[3]) {
			t.Errorf("%s gives %s", strings.TrimSpace(line), got)
		}
	}
	if n < 40 {
		t.Errorf("%d changes were tried", n)
	}
}

func TestFits(t *testing.T) {
	for _, tt := range []struct {
		typ, category string
		want          bool
	}{{"ip-dst", "Network activity", true}, {"ip-dst", "Person", false}, {"x-own", "Person", true}, {"ip-dst", "Our own", true}, {"comment", "Other", true}, {"btc", "Financial fraud", true}} {
		if got := misp.Fits(tt.typ, tt.category); got != tt.want {
			t.Errorf("%s in %s: %v", tt.typ, tt.category, got)
		}
	}
	if !misp.KnownType("hostname|port") || misp.KnownType("x-own") || misp.KnownType("") {
		t.Error("the types are not those of MISP")
	}
}
