package programme

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "../../docs/programmes.md"

var update = flag.Bool("update", false, "write the rules of docs/programmes.md")

// TestDocRules holds the tables of docs/programmes.md against the rule sets.
func TestDocRules(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- rules -->\n", "<!-- end of rules -->\n"
	head, rest, ok := strings.Cut(string(text), begin)
	old, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s lacks the marks of its rules", page)
	}
	want := rulesPage(t)
	if *update {
		if err := os.WriteFile(page, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, old); diff != "" {
		t.Errorf("%s is not as the rule sets are, see -update (-want +got):\n%s", page, diff)
	}
}

// rulesPage writes the rules of every programme as tables.
func rulesPage(t *testing.T) string {
	var b strings.Builder
	unsure := func(word string) string {
		if word == "published" {
			return ""
		}
		return " (" + word + ")"
	}
	for _, s := range sets(t) {
		fmt.Fprintf(&b, "\n### `%s`: %s\n\nVersion %d. %s; in force from %s%s. %s\n", s.ID, s.Title, s.Version, s.Spec, s.Effective, unsure(s.EffectiveSure), s.Note)
		fmt.Fprintf(&b, "\nSource: %s\n\n", s.Source)
		for _, j := range s.Joining {
			fmt.Fprintf(&b, "- takes part by `%s`: %s (%s)\n", j.ID, j.Title, j.Clause)
		}
		fmt.Fprintf(&b, "\n| rule | Action | asks | level | decided by | clause |\n| --- | --- | --- | --- | --- | --- |\n")
		for _, r := range s.Rules {
			i := slices.IndexFunc(s.Actions, func(a Action) bool { return a.ID == r.Action })
			by := string(r.Evidence)
			if r.Measure != nil {
				by = fmt.Sprintf("measured: %s (%s)", r.Measure, r.Measure.Source)
			}
			fmt.Fprintf(&b, "| `%s` | %s %s | %s | %s | %s | %s%s |\n", r.ID, r.Action, s.Actions[i].Title, r.Requirement, r.Level, by, r.Clause, unsure(r.Sure))
		}
	}
	return b.String() + "\n"
}

// TestDocFiles reads the two example files of the page.
func TestDocFiles(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for kind, read := range map[string]func(string) (*Statements, error){
		"declarations": func(s string) (*Statements, error) { return ReadDeclarations(strings.NewReader(s)) },
		"proofs":       func(s string) (*Statements, error) { return ReadProofs(strings.NewReader(s)) },
	} {
		_, rest, ok := strings.Cut(string(text), "```yaml "+kind+"\n")
		example, _, closed := strings.Cut(rest, "```")
		if !ok || !closed {
			t.Fatalf("%s has no example of %s", page, kind)
		}
		s, err := read(example)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if x, ok, why := s.at(s.list[0].rule, testTime); !ok || !x.met {
			t.Errorf("%s: nothing is in force: %s", kind, why)
		}
	}
}
