package language

import (
	"strings"
	"testing"
	"testing/fstest"

	"pahra/internal/desk/class"
)

func TestLoad(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if got := c.In("hi-IN").Tag(); got != "hi" {
		t.Errorf("hi-IN is answered in %s", got)
	}
	if got := c.In("xx").Tag(); got != First {
		t.Errorf("an unknown language is answered in %s", got)
	}
	if got := c.Accepted("fr-FR, hi;q=0.9, en;q=0.8").Tag(); got != "hi" {
		t.Errorf("a browser with French and Hindi gets %s", got)
	}
	if got := c.In("en").Say("notice.case", "case", 12, "class", "{case}"); !strings.Contains(got, "12") || !strings.Contains(got, "{case}") {
		t.Errorf("a value was put into a value: %q", got)
	}
}

// TestClasses: every class has its name in every language.
func TestClasses(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	classes, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range c.Tags() {
		for _, code := range classes.Codes() {
			if l := c.In(tag); !l.Has("class."+code.String()) || !l.Has("advice."+code.Class) {
				t.Errorf("%s has no name for %s, or no advice", tag, code)
			}
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for want, hindi := range map[string]string{
		"missing":      "a = {x}\n",
		"its values":   "a = {y}\nb = two\n",
		"not in en":    "a = {x}\nb = two\nc = three\n",
		"label of TLP": "a = {x} TLP:AMBER\nb = two\n",
		"line 1":       "a\n",
		"twice":        "a = {x}\na = {x}\n",
	} {
		_, err := load(fstest.MapFS{"data/en.txt": {Data: []byte("a = {x}\nb = one\n\ttwo\n")}, "data/hi.txt": {Data: []byte(hindi)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error with %q, got %v", hindi, want, err)
		}
	}
}
