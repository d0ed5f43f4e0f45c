package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"pahra/internal/store"
)

// sharing is a folder in which two teams share under docs/examples/agreement.yaml, with the keys of the script exchange.txt.
type sharing struct {
	t          *testing.T
	dir        string
	collection string
}

// run runs the program and gives what it says, and its exit code.
func (s *sharing) run(stdin string, args ...string) (string, int) {
	s.t.Helper()
	cmd := exec.Command(program(s.t), args...)
	cmd.Dir, cmd.Stdin = s.dir, strings.NewReader(stdin)
	var said, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &talk
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return said.String() + talk.String(), cmd.ProcessState.ExitCode()
}

// does runs the program, which must end well.
func (s *sharing) does(stdin string, args ...string) string {
	s.t.Helper()
	said, code := s.run(stdin, args...)
	if code != 0 {
		s.t.Fatalf("%v: %d: %s", args, code, said)
	}
	return said
}

func newSharing(t *testing.T, edits ...string) *sharing {
	s := &sharing{t: t, dir: t.TempDir()}
	script, err := txtar.ParseFile("testdata/script/exchange.txt")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/examples/agreement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := append(script.Files, txtar.File{Name: "a.yaml", Data: []byte(strings.NewReplacer(edits...).Replace(string(text)))})
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(s.dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for team, key := range map[string]string{"nadia": "A5AD0A9A59EAF7F4344E73ADF143814693A585F6", "atlantica": "91D1EFF672A4EEE3B336ED43A15A458FE05C30FC"} {
		s.does("", "agreement", "sign", "a.yaml", "--key", team+".key")
		args := []string{"exchange", "partner", "add", "cert-" + team, "--fingerprint", key, "--state", "state"}
		if team == "nadia" {
			args = append(args, "--own")
		}
		s.does("", args...)
	}
	s.does("", "exchange", "adopt", "a.yaml", "--state", "state")
	for line := range strings.Lines(s.does("", "exchange", "partner", "show", "cert-atlantica", "--state", "state")) {
		if words := strings.Fields(line); len(words) > 2 && words[0] == "collection" && words[2] == "exchange:" {
			s.collection = words[1]
		}
	}
	s.does("a long password", "taxii", "user", "add", "atlantica", "--read", s.collection, "--password-stdin", "--state", "state")
	s.does("", "world", "stix", "--objects", "60", "--seed", "3", "-o", "objects.json")
	s.does("", "exchange", "items", "load", "objects.json", "--state", "state")
	return s
}

// serve starts the server and gives its address; stop ends it in order.
func (s *sharing) serve() (base string, stop func()) {
	s.t.Helper()
	cmd := exec.Command(program(s.t), "taxii", "serve", "--listen", "127.0.0.1:0", "--insecure-loopback", "--state", "state")
	cmd.Dir, cmd.Stderr = s.dir, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct{ Discovery string }
	if err := json.Unmarshal(line, &ready); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	stop = func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			if err := cmd.Wait(); err != nil {
				s.t.Error(err)
			}
		}
	}
	s.t.Cleanup(stop)
	return strings.TrimSuffix(ready.Discovery, "/taxii2/"), stop
}

// ask asks the server as the partner.
func (s *sharing) ask(method, url string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth("atlantica", "a long password")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestExchangeLedgerAndRecall: a partner polls, verifies the ledger of what it got, reads of a recall, finds tombstones and acknowledges; the
// desk follows it; an auditor verifies all.
func TestExchangeLedgerAndRecall(t *testing.T) {
	s := newSharing(t)
	base, stop := s.serve()
	login := []string{"--user", "atlantica", "--password-stdin"}
	poll := func() string {
		return s.does("a long password", append([]string{"taxii", "poll", "--url", base + "/taxii2/", "--collection", s.collection, "--resume", "r.json", "--limit", "20"}, login...)...)
	}
	verify := append([]string{"ledger", "verify", "--url", base + "/ledger/" + s.collection, "--state", "seen.json"}, login...)
	got := poll()
	if strings.Count(got, `"id":`) < 10 {
		t.Fatalf("too little came: %s", got)
	}
	if said := s.does("a long password", verify...); !strings.Contains(said, "nadia-atlantica/cert-nadia-cert-atlantica has ") {
		t.Errorf("it says %s", said)
	}
	item := ""
	for line := range strings.Lines(s.does("", "exchange", "items", "list", "--state", "state", "--limit", "1000")) {
		if words := strings.Fields(line); strings.HasPrefix(line, "indicator--") && item == "" {
			item = strings.TrimSuffix(words[0], ",")
		}
	}
	if item == "" {
		t.Fatal("there is no item that begins with an indicator")
	}
	if said, code := s.run("", "exchange", "recall", item, "--state", "state"); code != 2 || !strings.Contains(said, "--why") {
		t.Errorf("without a reason: %d: %s", code, said)
	}
	var rows []store.ExchangeRecall
	if err := json.Unmarshal([]byte(s.does("", "exchange", "recall", item, "--why", "a mistake", "--state", "state", "--json")), &rows); err != nil || len(rows) != 1 || len(rows[0].Objects) == 0 {
		t.Fatalf("%+v, %v", rows, err)
	}
	if said, code := s.run("", "exchange", "recall", item, "--why", "again", "--state", "state"); code != 3 {
		t.Errorf("again: %d: %s", code, said)
	}
	if more := poll(); !strings.Contains(more, `"revoked":true`) || strings.Contains(more, `"revoked":false`) {
		t.Errorf("what is new says %s", more)
	}
	if said := s.does("", "exchange", "recall", "list", "--state", "state"); !strings.Contains(said, "not read yet") || !strings.Contains(said, "a mistake") {
		t.Errorf("it says %s", said)
	}
	if code, body := s.ask("GET", base+"/recalls/"+s.collection+"/"); code != 200 || !strings.Contains(body, `"reason":"a mistake"`) || strings.Contains(body, item) {
		t.Errorf("%d: %s", code, body)
	}
	if said := s.does("", "exchange", "recall", "list", "--state", "state"); !strings.Contains(said, "read on ") {
		t.Errorf("it says %s", said)
	}
	for path, want := range map[string]int{"/recalls/" + s.collection + "/1/": 200, "/recalls/" + s.collection + "/9/": 404, "/recalls/" + s.collection + "/x/": 404, "/recalls/" + s.collection + "/": 405, "/recalls/": 404, "/ledger/refused/checkpoint": 404} {
		if code, body := s.ask("POST", base+path); code != want {
			t.Errorf("%s: %d: %s", path, code, body)
		}
	}
	if said := s.does("", "exchange", "recall", "list", "--late", "--json", "--state", "state"); strings.TrimSpace(said) != "[]" {
		t.Errorf("it says %s", said)
	}
	if said := s.does("", "exchange", "recall", "list", "--state", "state"); !strings.Contains(said, "acknowledged on ") {
		t.Errorf("it says %s", said)
	}
	if said := s.does("a long password", verify...); strings.Contains(said, " 0 of them new") {
		t.Errorf("it says %s", said)
	}
	if said, code := s.run("another password", verify...); code != 3 || !strings.Contains(said, "401") {
		t.Errorf("a stranger: %d: %s", code, said)
	}
	stop()
	s.does("", "ledger", "verify", "state/ledger")
	s.does("", "ledger", "fsck", "state/ledger")
}

// TestExchangeReview: what an agreement says to ask about waits for a person of the desk.
func TestExchangeReview(t *testing.T) {
	s := newSharing(t, "permit: [malicious-code, fraud/phishing,", "ask: [malicious-code, fraud/phishing,")
	var queue []struct{ Item string }
	list := func() int {
		t.Helper()
		if err := json.Unmarshal([]byte(s.does("", "exchange", "review", "list", "--state", "state", "--json")), &queue); err != nil {
			t.Fatal(err)
		}
		return len(queue)
	}
	n := list()
	if n < 2 {
		t.Fatalf("%d wait", n)
	}
	one, two := queue[0].Item, queue[1].Item
	if said := s.does("", "exchange", "review", "list", "--collection", s.collection, "--state", "state"); !strings.Contains(said, one) || !strings.Contains(said, "clause 4.2") {
		t.Errorf("it says %s", said)
	}
	if said := s.does("", "exchange", "review", "show", one, "--state", "state"); !strings.Contains(said, "would leave:") || !strings.Contains(said, "by clause ") {
		t.Errorf("it says %s", said)
	}
	if said := s.does("", "exchange", "review", "show", one, "--state", "state", "--json"); !strings.Contains(said, `"leaves": [`) {
		t.Errorf("it says %s", said)
	}
	if said, code := s.run("", "exchange", "review", "release", one, "--state", "state"); code != 2 || !strings.Contains(said, "--why") {
		t.Errorf("without a reason: %d: %s", code, said)
	}
	if said := s.does("", "exchange", "review", "release", one, "--why", "they need it", "--state", "state"); !strings.Contains(said, "let out for "+s.collection) {
		t.Errorf("it says %s", said)
	}
	s.does("", "exchange", "review", "refuse", two, "--why", "ours alone", "--state", "state")
	if left := list(); left != n-2 {
		t.Errorf("%d wait of %d", left, n)
	}
	for _, item := range []string{one, two, "nothing"} {
		if said, code := s.run("", "exchange", "review", "release", item, "--why", "again", "--state", "state"); code != 3 {
			t.Errorf("%s: %d: %s", item, code, said)
		}
	}
}
