package watch

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSet(t *testing.T) {
	s := Defaults()
	for name, value := range map[string]string{"min_visibility": "3", "hold_down": "90s", "typo_max_asn": "20"} {
		if err := s.Set(name, value); err != nil {
			t.Error(err)
		}
	}
	if s.MinVisibility != 3 || s.HoldDown != 90*time.Second || s.TypoMaxASN != 20 {
		t.Errorf("%+v", s)
	}
	for name, value := range map[string]string{
		"min_visibility": "0", "hold_down": "-1s", "warm_up": "6", "max_prefix_4": "33", "typo_max_asn": "-1", "off": "x", "": "1",
		"evidence_peers": "99999999999",
	} {
		s := Defaults()
		if err := s.Set(name, value); err == nil {
			t.Errorf("%s=%s is taken", name, value)
		}
	}
}

// TestSettingsAreNamed: every threshold of the snapshot can be set by its name, and docs/formulas.md gives its reason.
func TestSettingsAreNamed(t *testing.T) {
	s := Defaults()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/formulas.md")
	if err != nil {
		t.Fatal(err)
	}
	names := s.names()
	for key := range keys {
		if key != "off" && !slices.Contains(names, key) {
			t.Errorf("%s cannot be set", key)
		}
		if key != "off" && !strings.Contains(string(doc), "`"+key+"`") {
			t.Errorf("docs/formulas.md does not give the reason of %s", key)
		}
	}
	for _, x := range exclusions() {
		if !strings.Contains(string(doc), "| `"+x.name+"` |") {
			t.Errorf("docs/formulas.md does not say what %s means", x.name)
		}
	}
}
