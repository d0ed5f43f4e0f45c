package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/cli"
)

// run runs a command line and gives its exit code and what it wrote.
func run(args ...string) (code int, stdout, stderr string) {
	var out, talk bytes.Buffer
	code = cli.Main(args, strings.NewReader(""), &out, &talk)
	return code, out.String(), talk.String()
}

const localCatalogue = `sources:
  - name: open
    title: Open VRPs
    kind: vrp
    licence: CC0
    redistributable: "yes"
    refresh: 24h
    files: [{url: "%[1]s/vrps.json", path: "vrp/{stamp}.json", checksum: "{url}.sha256"}]
  - name: closed
    title: Relations under terms
    kind: relations
    licence: theirs
    terms: https://terms.example/aua
    statement: you do not pass it on
    accept: true
    redistributable: "no"
    refresh: 1080h
    step: month
    files: [{url: "%[1]s/{yyyy}{mm}01.as-rel2.txt", path: "relations/{yyyy}{mm}01.as-rel2.txt"}]
`

// The way of a user: pull is refused, terms are accepted, the list shows it, a bad checksum keeps the file out.
func TestDataPull(t *testing.T) {
	sum := "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c" // of "foo\n"
	mux := http.NewServeMux()
	mux.HandleFunc("/vrps.json", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "foo\n") })
	mux.HandleFunc("/vrps.json.sha256", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, sum, "vrps.json") })
	mux.HandleFunc("/20260101.as-rel2.txt", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "64500|64501|-1|bgp\n") })
	server := httptest.NewServer(mux)
	defer server.Close()
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "catalogue.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, localCatalogue, server.URL), 0o644); err != nil {
		t.Fatal(err)
	}
	pull := func(args ...string) (int, string, string) {
		return run(append([]string{"data", "pull", "--data", data, "--catalogue", file}, args...)...)
	}
	span := []string{"--from", "2026-01-01T00:00:00Z", "--to", "2026-03-01T00:00:00Z"}

	code, out, talk := pull(append(span, "open", "closed")...)
	if code != 3 || out != "" || !strings.Contains(talk, "https://terms.example/aua") {
		t.Errorf("without acceptance: exit %d, %q, %q", code, out, talk)
	}
	code, out, talk = pull(append(span, "open", "closed", "--accept", "closed")...)
	if code != 0 || out != "" || !strings.Contains(talk, "checksum matches") ||
		!strings.Contains(talk, "fetched relations/20260101.as-rel2.txt (19 bytes)") || !strings.Contains(talk, "missing "+server.URL+"/20260201") {
		t.Errorf("accepted: exit %d, %q, %q", code, out, talk)
	}

	code, out, talk = run("data", "list", "--data", data, "--catalogue", file, "--json")
	var list struct {
		Sources []struct {
			Name, State string
			Accepted    bool
			Files       int
		}
		Kinds []struct {
			Kind  string
			Files int
		}
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || talk != "" {
		t.Fatalf("list: exit %d, %v, %q", code, err, talk)
	}
	if s := list.Sources; len(s) != 2 || s[0].Name != "closed" || !s[0].Accepted || s[0].Files != 1 || s[1].State != "present" || s[1].Accepted {
		t.Errorf("sources %+v", s)
	}
	if k := list.Kinds; k[1].Kind != "vrp" || k[1].Files != 1 || k[0].Files != 0 {
		t.Errorf("kinds %+v", k)
	}

	sum = strings.Repeat("0", 64)
	if err := os.RemoveAll(filepath.Join(data, "vrp")); err != nil {
		t.Fatal(err)
	}
	code, _, talk = pull("open")
	if code != 3 || !strings.Contains(talk, "is not the published") || !strings.Contains(talk, ".pull/quarantine/") {
		t.Errorf("bad checksum: exit %d, %q", code, talk)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "vrp", "*")); len(left) > 0 {
		t.Errorf("in place in spite of its checksum: %q", left)
	}
}
