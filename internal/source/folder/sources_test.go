package folder

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
)

func TestSourcesOverride(t *testing.T) {
	d := scan(t, tree(t, map[string]string{
		"sources.yaml": `
- path: odd/*.gz
  kind: mrt
  collector: rrc06
  time: 2021-01-02T05:05Z
- {path: mrt/rrc00/**, collector: renamed}
- {path: dump.json, kind: vrp, time: 2022-05-01}
- {path: some.db, kind: irr, source: altdb}
- {path: mrt/rrc01/bview.20210102.0000, kind: ignore}
- {path: "**/notes.txt", kind: ignore}
- {path: registry/people.tsv, kind: registry, format: asnames}
`,
		"odd/ris.rrc06.updates.1609563900.300.gz": "",
		"mrt/rrc00/a/b/updates.20210102.0505":     "",
		"mrt/rrc01/bview.20210102.0000":           "",
		"mrt/rrc01/bview.20210102.0800":           "",
		"dump.json":                               "",
		"some.db":                                 "",
		"registry/people.tsv":                     "",
		"notes.txt":                               "",
		"a/b/notes.txt":                           "",
	}))
	want := []File{
		{Path: "dump.json", Kind: VRP, Format: "json", Time: at("2022-05-01 00:00")},
		{Path: "mrt/rrc00/a/b/updates.20210102.0505", Kind: MRT, Format: "updates", Collector: "renamed", Time: at("2021-01-02 05:05")},
		{Path: "mrt/rrc01/bview.20210102.0800", Kind: MRT, Format: "rib", Collector: "rrc01", Time: at("2021-01-02 08:00")},
		{Path: "odd/ris.rrc06.updates.1609563900.300.gz", Kind: MRT, Format: "updates", Collector: "rrc06", Time: at("2021-01-02 05:05")},
		{Path: "registry/people.tsv", Kind: Registry, Format: "asnames"},
		{Path: "some.db", Kind: IRR, Format: "db", Source: "ALTDB"},
		{Path: "sources.yaml", Kind: Sources},
	}
	if diff := cmp.Diff(want, d.Files, bare); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if len(d.Unrecognised) != 0 {
		t.Errorf("unrecognised: %v", d.Unrecognised)
	}
}

// The root may lie anywhere, by an absolute path, a relative one or the environment; only what is listed is read there.
func TestRoot(t *testing.T) {
	archive := tree(t, map[string]string{
		"deep/updates.1.gz": "u", "deep/more/updates.2.gz": "u", "other/bview.3": "b", "unlisted/x": "x",
		"bogons/a.txt": "outer",
	})
	t.Setenv("FOLDER_TEST_ROOT", archive)
	for _, root := range []string{archive, "${FOLDER_TEST_ROOT}", "relative"} {
		dir := tree(t, map[string]string{"bogons/a.txt": "own", "neighbourhoods/n.yaml": ""})
		if root == "relative" {
			rel, err := filepath.Rel(dir, archive)
			if err != nil {
				t.Fatal(err)
			}
			root = rel
		}
		text := "root: " + root + "\nfiles:\n- {path: deep/**, kind: mrt, collector: c}\n" +
			"- {path: other/bview.3, kind: mrt, collector: d}\n- {path: 'bogons/*.txt'}\n"
		if err := os.WriteFile(filepath.Join(dir, "sources.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		d := scan(t, dir)
		want := []string{"bogons/a.txt", "deep/more/updates.2.gz", "deep/updates.1.gz", "neighbourhoods/n.yaml", "other/bview.3", "sources.yaml"}
		if diff := cmp.Diff(want, paths(d.Files)); diff != "" {
			t.Fatalf("root %s (-want +got):\n%s", root, diff)
		}
		if len(d.Refused) != 1 || d.Refused[0].Path != "bogons/a.txt" {
			t.Errorf("the path that both hold is not reported: %v", d.Refused)
		}
		if err := d.Hash(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if d.Files[0].Size != int64(len("own")) {
			t.Error("the folder's own file gives way to the root's")
		}
	}
}

func TestSourcesRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":        {"- {path: a, knd: mrt}", "knd"},
		"unknown key on top": {"root: .\nfile: []", "file"},
		"unknown kind":       {"\n\n- {path: a, kind: mtr}", "line 3"},
		"no path":            {"- {kind: mrt}", "path is missing"},
		"leaves the folder":  {"- {path: ../a, kind: mrt}", "leaves the folder"},
		"absolute":           {"- {path: /etc/passwd, kind: irr}", "leaves the folder"},
		"bad pattern":        {"- {path: 'a[', kind: mrt}", "syntax error"},
		"bad time":           {"- {path: a, kind: mrt, time: yesterday}", "yesterday"},
		"empty item":         {"- \n- {path: a}", "item 1 is empty"},
		"matches nothing":    {"- {path: a, kind: vrp}\n- {path: b, kind: mrt}\n", "line 1: a matches no file"},
		"no such variable":   {"root: ${FOLDER_TEST_NOT_SET}", "FOLDER_TEST_NOT_SET"},
		"no such root":       {"root: nowhere\nfiles: [{path: a, kind: mrt}]", "nowhere"},
		"not yaml":           {"\t", "sources.yaml"},
		"a number":           {"7", "sources.yaml"},
		"too large":          {"#" + strings.Repeat("x", maxSources), "larger"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Scan(tree(t, map[string]string{"sources.yaml": c.text, "b": ""}))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "sources.yaml") {
				t.Errorf("got %v, want it to name sources.yaml and %q", err, c.want)
			}
		})
	}
}

func TestEmptySources(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "[]", "files: []"} {
		if d := scan(t, tree(t, map[string]string{"sources.yaml": text})); len(d.Files) != 1 || d.Files[0].Kind != Sources {
			t.Errorf("%q gives %+v", text, d.Files)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"a/**", "a/b/c", true},
		{"a/**", "a", true},
		{"**", "a/b/c", true},
		{"**/c", "c", true},
		{"**/c", "a/b/c", true},
		{"a/**/c", "a/c", true},
		{"a/**/c", "a/b/d", false},
		{"**/**/**/x", strings.Repeat("a/", 200) + "y", false},
		{"u[0-9].?z", "u4.gz", true},
	} {
		if got := match(c.pattern, c.name); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

func FuzzParseSources(f *testing.F) {
	f.Add([]byte("- {path: a/**, kind: mrt, collector: rrc00, time: 2021-01-02}\n"))
	f.Add([]byte("root: ${HOME}\nfiles:\n  - path: x\n    kind: ignore\n"))
	f.Add([]byte("files: &a [*a]\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := parseSources(text, func(string) (string, bool) { return "v", true })
		if err != nil {
			return
		}
		for _, e := range rules.entries {
			if e.Path == "" || e.line < 1 {
				t.Fatalf("an entry without path or line passed: %+v", e)
			}
		}
	})
}

// No name, however odd, stops the classification, and what it calls known has a kind that it knows.
func FuzzClassify(f *testing.F) {
	for _, name := range []string{"peeringdb/___", "irr/.db", "mrt/c/updates.20210102.0505.gz", "registry/delegated-", "vrp/.gz", "a", "/", "irr//x.db"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		file, known := classify(File{Path: name}, nil)
		if known && (file.Kind == ignored || !slices.Contains(kinds, file.Kind)) {
			t.Fatalf("%q is known as %q", name, file.Kind)
		}
	})
}

// A folder that holds nothing but sources.yaml reads real data that lies elsewhere.
func TestRealFolder(t *testing.T) {
	t.Setenv("FOLDER_TEST_ROOT", filepath.Join(testdata.Real(t), "routing"))
	d := scan(t, tree(t, map[string]string{"sources.yaml": `
root: ${FOLDER_TEST_ROOT}
files:
  - {path: mrt/rv-oregon-20080222/*.bz2, kind: mrt, collector: route-views.oregon}
  - {path: mrt/ris-rrc06-20210102/*.gz, kind: mrt, collector: rrc06}
  - {path: relations/*.as-rel.*}
  - {path: relations/*.as-org2info.*}
  - {path: "rpki/rpkiclient_summary_*.json.bz2", kind: vrp}
  - {path: bogons/*}
  - {path: "registry/*delegated*"}
`}))
	counts := map[Kind]int{}
	for _, f := range d.Files {
		counts[f.Kind]++
	}
	want := map[Kind]int{MRT: 145, Relations: 3, Organisations: 2, VRP: 1, Bogons: 2, Registry: 5, Sources: 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if vrp := d.Of(VRP)[0]; !vrp.Time.Equal(at("2025-07-20 09:31").Add(35e9)) {
		t.Errorf("the VRP file's time is %v", vrp.Time)
	}
	if len(d.Unrecognised)+len(d.Refused) != 0 {
		t.Errorf("left over: %v %v", d.Unrecognised, d.Refused)
	}
}
