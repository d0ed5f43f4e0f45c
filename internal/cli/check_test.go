package cli_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/cli"
	"pahra/internal/programme"
	"pahra/internal/service"
)

var update = flag.Bool("update", false, "write the golden screens in testdata/screens")

// pahra runs a command line and gives what it prints and its exit status.
func pahra(t *testing.T, args ...string) (stdout string, status int) {
	t.Helper()
	var out, talk bytes.Buffer
	status = cli.Main(args, strings.NewReader(""), &out, &talk)
	if status > 1 {
		t.Logf("pahra %s: %s", strings.Join(args, " "), talk.String())
	}
	return out.String(), status
}

// observed makes a world and observes it.
func observed(t *testing.T) (out string) {
	t.Helper()
	dir := t.TempDir()
	data, out := filepath.Join(dir, "data"), filepath.Join(dir, "out")
	for _, args := range [][]string{
		{"world", "-o", data, "--truth", filepath.Join(dir, "truth.json"), "--seed", "1"},
		{"observe", "--data", data, "--from", "2026-02-10T00:00:00Z", "--to", "2026-02-10T05:00:00Z", "-o", out},
	} {
		if _, status := pahra(t, args...); status != 0 {
			t.Fatalf("%v: status %d", args, status)
		}
	}
	return out
}

// TestScreens compares whole screens with golden ones; -update writes them. The run's hash and the incidents' ids, which
// change with every version, are left out.
func TestScreens(t *testing.T) {
	out := observed(t)
	hashes := regexp.MustCompile(`\b([0-9a-f]{32}|[0-9a-f]{12}, |[0-9a-f]{12}  )`)
	for name, args := range map[string][]string{
		"announcer":     {"check", "AS144547"},
		"invalid":       {"check", "AS269998"},
		"prefix":        {"check", "31.2.224.0/21"},
		"as-of":         {"check", "AS144547", "--as-of", "2026-02-10T01:30:00Z"},
		"neighbourhood": {"neighbourhood", "lantern-coast"},
		"no-data":       {"check", "AS64999"},
		"victim":        {"check", "AS204654"},
		"victim-open":   {"check", "31.2.224.1", "--as-of", "2026-02-10T01:30:00Z"},
		"explained":     {"check", "AS3"},
		"incident":      {"check", hijackOf(t, out, 144547)},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := pahra(t, append(args, "--from-run", out)...)
			got = hashes.ReplaceAllStringFunc(got, func(h string) string {
				return strings.Repeat("x", strings.IndexAny(h+",", ", ")) + h[strings.IndexAny(h+",", ", "):]
			})
			got, _, _ = strings.Cut(got, "\nRECOMPUTE IT") // behind it stand paths, which differ
			for i, line := range strings.Split(got, "\n") {
				if utf8.RuneCountInString(line) > 100 {
					t.Errorf("line %d is wider than 100 columns: %q", i+1, line)
				}
			}
			golden := filepath.Join("testdata", "screens", name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("not as %s (-want +got), see -update:\n%s", golden, diff)
			}
		})
	}
}

// hijackOf gives the first digits of the id of a network's hijack.
func hijackOf(t *testing.T, out string, asn int) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, "incidents.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(fmt.Sprintf(`(?m)^{"id":"([0-9a-f]{8})[0-9a-f]*","kind":"hijack","asn":%d,`, asn)).FindSubmatch(text)
	if id == nil {
		t.Fatalf("no hijack of AS%d", asn)
	}
	return string(id[1])
}

// TestTextAndJSONAgree asks for many networks both ways and compares every count.
func TestTextAndJSONAgree(t *testing.T) {
	out := observed(t)
	text, _ := pahra(t, "neighbourhood", "country:IN", "--from-run", out, "--json")
	var hood service.NeighbourhoodCheck
	parse(t, text, &hood)
	sameNeighbourhood(t, out, &hood)
	asked := 0
	for _, step := range hood.Steps {
		for _, n := range step.Networks {
			subject := "AS" + n.ASN.String()
			text, status := pahra(t, "check", subject, "--from-run", out)
			doc, statusJSON := pahra(t, "check", subject, "--from-run", out, "--json")
			var c service.NetworkCheck
			parse(t, doc, &c)
			if status != 1 || statusJSON != 1 {
				t.Errorf("%s: status %d and %d, want 1: it has %s to do", subject, status, statusJSON, step.Kind)
			}
			sameNetwork(t, subject, text, &c)
			asked++
		}
	}
	if asked < 20 {
		t.Errorf("only %d networks were asked for", asked)
	}
}

func parse(t *testing.T, text string, v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
}

// sameNetwork compares the counts of a screen with those of the JSON.
func sameNetwork(t *testing.T, subject, text string, c *service.NetworkCheck) {
	t.Helper()
	head := regexp.MustCompile(`To mend: (\d+) findings? in (\d+) steps?`).FindStringSubmatch(text)
	if head == nil || head[1] != strconv.Itoa(len(c.Findings)) || head[2] != strconv.Itoa(len(c.Steps)) {
		t.Errorf("%s: %q, JSON has %d findings in %d steps", subject, head, len(c.Findings), len(c.Steps))
	}
	listed := strings.Count(text, "\n     - ")
	for _, more := range regexp.MustCompile(`\.\.\. (\d+) more; --json`).FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(more[1])
		listed += n
	}
	if listed != len(c.Findings) {
		t.Errorf("%s: the screen lists %d findings, JSON has %d", subject, listed, len(c.Findings))
	}
	for _, a := range c.Months[0].Actions {
		want := "no data"
		if a.Percent != nil {
			want = fmt.Sprintf("%.1f %% %s", *a.Percent, a.Band)
			if programme.AtMost(a.Score) {
				want = "at most " + want
			}
		}
		if !strings.Contains(text, fmt.Sprintf("%s %s", a.Metric, want)) {
			t.Errorf("%s: the screen does not say %s %s", subject, a.Metric, want)
		}
	}
}

// sameNeighbourhood compares the counts of a neighbourhood's screen with those of its JSON.
func sameNeighbourhood(t *testing.T, out string, c *service.NeighbourhoodCheck) {
	t.Helper()
	text, _ := pahra(t, "neighbourhood", c.Name, "--from-run", out)
	wants := []string{fmt.Sprintf("%d networks, of which %d seen", c.Members, c.Seen)}
	for i, s := range c.Steps {
		wants = append(wants, fmt.Sprintf("  %d. %s: %d ", i+1, s.Step, s.Findings))
	}
	for _, k := range c.Incidents {
		wants = append(wants, fmt.Sprintf("  %-12s %29d %16d %16d %16d", k.Kind, k.Announced, k.NotNamed, k.PassedOn, k.Suffered))
	}
	squeeze := regexp.MustCompile(` +`)
	text = squeeze.ReplaceAllString(text, " ")
	for _, want := range wants {
		if !strings.Contains(text, squeeze.ReplaceAllString(want, " ")) {
			t.Errorf("the screen of %s does not say %q", c.Name, want)
		}
	}
}

// TestCheckStatus pins the exit status of each outcome.
func TestCheckStatus(t *testing.T) {
	out := observed(t)
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"check", "AS64999", "--from-run", out}, 0},
		{[]string{"check", "AS144547", "--from-run", out}, 1},
		{[]string{"check", "31.2.224.0/21", "--from-run", out, "--json"}, 1},
		{[]string{"check", "AS144547"}, 2},
		{[]string{"check", "AS4294967296", "--from-run", out}, 2},
		{[]string{"check", "10.0.0.0/33", "--from-run", out}, 2},
		{[]string{"check", "AS1", "--from-run", out, "--as-of", "2020-01-01T00:00:00Z"}, 2},
		{[]string{"check", "AS1", "--from-run", filepath.Join(out, "nowhere")}, 3},
		{[]string{"neighbourhood", "AS64999", "--from-run", out}, 0},
		{[]string{"neighbourhood", "country:IN", "--from-run", out}, 1},
		{[]string{"neighbourhood", "nonsense", "--from-run", out}, 2},
		{[]string{"neighbourhood", "country:IN", "--from-run", filepath.Join(out, "nowhere")}, 3},
	} {
		if _, got := pahra(t, c.args...); got != c.want {
			t.Errorf("pahra %s: status %d, want %d", strings.Join(c.args, " "), got, c.want)
		}
	}
}
