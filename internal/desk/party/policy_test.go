package party

import (
	"strings"
	"testing"
)

func TestDefaultPolicy(t *testing.T) {
	p, err := DefaultPolicy()
	if err != nil || len(p.Tell) == 0 || p.Version == "" {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestBadPolicy: every fault is told with its line and column.
func TestBadPolicy(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "it is empty"},
		{"- a", "line 1, column 1: keys with values are wanted here"},
		{"rules: []", "version is missing"},
		{"version: 1\nhome: [India]", `"India" is no country's code`},
		{"version: 1\ncolour: red", `line 2, column 1: there is no key "colour" here; there are abroad, home, rules, tell, version`},
		{"version: 1\nversion: 2", `line 2, column 1: the key "version" is there twice`},
		{"version: 1\n---\nversion: 2", "something follows it"},
		{"version: 1\nabroad: nowhere", `line 2, column 9: "nowhere" is none of cert, network`},
		{"version: 1\nrules: {}", "line 2, column 8: a list is wanted here"},
		{"version: 1\nrules:\n  - name: a\n    then: {}", "line 4, column 11: it does nothing"},
		{"version: 1\nrules:\n  - name: a", "line 3, column 5: a rule needs name and then"},
		{"version: 1\nrules:\n  - name: a\n    then: {notify: never}", `rule "a" holds notices back: it needs a reason`},
		{"version: 1\nrules:\n  - name: a\n    then: {notify: later}", `line 4, column 20: "later" is none of digest, never`},
		{"version: 1\nrules:\n  - name: a\n    then: {priority: high}", `line 4, column 22: "high" is not what is wanted here`},
		{"version: 1\nrules:\n  - name: a\n    then: {priority: 101}", "between -100 and 100"},
		{"version: 1\nrules:\n  - name: a\n    from: 2026-02-01\n    to: 2026-01-01\n    then: {tag: x}", "ends before it begins"},
		{"version: 1\nrules:\n  - name: a\n    when: {fields: {source.adress: x}}\n    then: {tag: x}", `line 4, column 21: there is no field "source.adress"`},
		{"version: 1\nrules:\n  - name: a\n    when: {fields: {source.ip: {in: x}}}\n    then: {tag: x}", `"x" is no prefix`},
		{"version: 1\nrules:\n  - name: a\n    when: {found: luck}\n    then: {tag: x}", `found: "luck" is none of`},
		{"version: 1\nrules:\n  - name: a\n    when: &x {class: [*x]}\n    then: {tag: x}", "line 4, column 23: a text is wanted here"},
		{"version: 1\nrules:\n  - {name: a, then: {tag: x}}\n  - {name: a, then: {tag: y}}", `two rules are called "a"`},
		{"version: 1\ntell:\n  - {name: a, tell: boss}", `"boss" is neither network`},
		{"version: 1\ntell:\n  - {name: a}", "a row needs name and tell"},
		{"version: [", "yaml: line 1"},
	} {
		_, err := ReadPolicy([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

func TestAnyOf(t *testing.T) {
	for _, test := range []struct {
		list, text string
		want       bool
	}{
		{"a", "A", true}, {"a b", "b", true}, {"a", "b", false}, {"vulnerable/*", "vulnerable/x", true}, {"vulnerable/*", "vuln", false},
		{"!a", "b", true}, {"!a", "a", false}, {"!a !b", "b", false}, {"* !a", "b", true}, {"* !a", "a", false}, {"b !a", "c", false},
	} {
		if got := anyOf(strings.Fields(test.list), test.text); got != test.want {
			t.Errorf("%q in %q: %v", test.text, test.list, got)
		}
	}
}

func FuzzReadPolicy(f *testing.F) {
	f.Add([]byte(policyText))
	f.Add([]byte("version: 1\nrules: [{name: a, then: {tag: [x, y]}}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := ReadPolicy(text); err == nil && p.Version == "" {
			t.Error("a policy without a version")
		}
	})
}
