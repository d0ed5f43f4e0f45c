package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/internal/cli"
)

// partnerServer is a TAXII server made up: one collection, cursors by place, objects by number.
type partnerServer struct {
	mu      sync.Mutex
	objects []string
	posts   int
}

func (s *partnerServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
	if user, word, _ := r.BasicAuth(); user != "atlantica" || word != "secret" {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch {
	case r.URL.Path == "/taxii2/":
		fmt.Fprint(w, `{"title":"t","api_roots":["/r/"]}`)
	case r.URL.Path == "/r/":
		fmt.Fprint(w, `{"title":"t","versions":["application/taxii+json;version=2.1"],"max_content_length":100000}`)
	case r.URL.Path == "/r/collections/":
		fmt.Fprint(w, `{"collections":[{"id":"c1","title":"t","can_read":true,"can_write":true}]}`)
	case r.Method == http.MethodPost:
		var body struct{ Objects []json.RawMessage }
		if json.NewDecoder(r.Body).Decode(&body) != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		s.posts++
		for _, o := range body.Objects {
			s.objects = append(s.objects, string(o))
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"id":"s","status":"complete","success_count":%d,"failure_count":1,"failures":[{"id":"identity--9","message":"no"}]}`, len(body.Objects)-1)
	default:
		s.list(w, r)
	}
}

func (s *partnerServer) list(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	from := 0
	if after, err := time.Parse(time.RFC3339Nano, r.URL.Query().Get("added_after")); err == nil {
		from = after.Nanosecond()/1000 + 1
	}
	skip, _ := strconv.Atoi(r.URL.Query().Get("next"))
	from = min(from+skip, len(s.objects))
	to := min(from+limit, len(s.objects))
	if from == to {
		fmt.Fprint(w, "{}")
		return
	}
	stamp := func(n int) string {
		return time.Date(2026, 1, 1, 0, 0, 0, n*1000, time.UTC).Format("2006-01-02T15:04:05.000000Z")
	}
	w.Header().Set("X-TAXII-Date-Added-First", stamp(from))
	w.Header().Set("X-TAXII-Date-Added-Last", stamp(to-1))
	fmt.Fprintf(w, `{"more":%v,"next":"%d","objects":[%s]}`, to < len(s.objects), skip+limit, strings.Join(s.objects[from:to], ","))
}

func identities(from, to int) (list []string) {
	for n := from; n < to; n++ {
		list = append(list, fmt.Sprintf(`{"type":"identity","spec_version":"2.1","id":"identity--00000000-0000-4000-8000-%012d","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"%d"}`, n, n))
	}
	return list
}

func linesOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// TestTaxiiPoll takes what is new each time, to a file and to standard output.
func TestTaxiiPoll(t *testing.T) {
	s := &partnerServer{objects: identities(0, 25)}
	server := httptest.NewServer(s)
	defer server.Close()
	dir := t.TempDir()
	resume, output := filepath.Join(dir, "r.json"), filepath.Join(dir, "out.jsonl")
	poll := func(word string, more ...string) (int, string, string) {
		var out, talk bytes.Buffer
		args := append([]string{"taxii", "poll", "--url", server.URL + "/taxii2/", "--collection", "c1", "--user", "atlantica", "--password-stdin", "--limit", "7"}, more...)
		code := cli.Main(args, strings.NewReader(word), &out, &talk)
		return code, out.String(), talk.String()
	}
	for _, n := range []int{25, 25, 31} {
		s.objects = identities(0, n)
		if code, _, talk := poll("secret\n", "--resume", resume, "-o", output); code != 0 || !slices.Equal(linesOf(t, output), s.objects) {
			t.Fatalf("of %d: %d, %s", n, code, talk)
		}
	}
	if code, out, talk := poll("secret\n"); code != 0 || strings.Count(out, "\n") != 31 || !strings.Contains(talk, "31 objects") {
		t.Errorf("%d, %s", code, talk)
	}
	if code, _, talk := poll("wrong\n"); code != 3 || !strings.Contains(talk, "401") {
		t.Errorf("%d, %s", code, talk)
	}
	if code, _, talk := poll("secret\n", "--resume", filepath.Join(dir, "other.json"), "-o", output); code != 3 || !strings.Contains(talk, "holds something else") {
		t.Errorf("onto another's output: %d, %s", code, talk)
	}
	if code, _, talk := poll("secret\n", "--collection", "c2"); code != 3 || !strings.Contains(talk, `no collection "c2"`) {
		t.Errorf("%d, %s", code, talk)
	}
}

// TestTaxiiPush puts objects there, tells what was not taken, and goes on where a push died.
func TestTaxiiPush(t *testing.T) {
	s := &partnerServer{}
	server := httptest.NewServer(s)
	defer server.Close()
	dir := t.TempDir()
	file, resume := filepath.Join(dir, "bundle.json"), filepath.Join(dir, "r.json")
	want := identities(0, 1200)
	if err := os.WriteFile(file, []byte(`{"type":"bundle","id":"bundle--1","objects":[`+strings.Join(want, ",")+"]}"), 0o600); err != nil {
		t.Fatal(err)
	}
	push := func() (int, string) {
		var out, talk bytes.Buffer
		code := cli.Main([]string{"taxii", "push", file, "--url", server.URL + "/r/", "--collection", "c1", "--user", "atlantica", "--password-stdin", "--resume", resume}, strings.NewReader("secret"), &out, &talk)
		return code, out.String() + talk.String()
	}
	code, said := push()
	if code != 1 || !slices.Equal(s.objects, want) || !strings.Contains(said, "not taken: identity--9 : no") || !strings.Contains(said, "1200 objects pushed") {
		t.Fatalf("%d: %s, %d objects", code, said, len(s.objects))
	}
	s.objects, s.posts = nil, 0
	if code, said := push(); code != 0 || s.posts != 0 {
		t.Errorf("again: %d, %s", code, said)
	}
	text, err := os.ReadFile(resume)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(resume, bytes.Replace(text, []byte(`"pushed":1200`), []byte(`"pushed":1100`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := push(); code != 1 || !slices.Equal(s.objects, want[1100:]) {
		t.Errorf("the rest: %d, %s, %d objects", code, said, len(s.objects))
	}
}

// TestTaxiiPollKilled kills "pahra taxii poll" with SIGKILL at random moments, and starts it again: nothing is lost and nothing comes
// twice.
func TestTaxiiPollKilled(t *testing.T) {
	s := &partnerServer{objects: identities(0, 2000)}
	server := httptest.NewServer(s)
	defer server.Close()
	dir, chance, killed := t.TempDir(), rand.New(rand.NewPCG(5, 6)), 0
	output := filepath.Join(dir, "out.jsonl")
	for done := false; !done; {
		cmd := exec.Command(program(t), "taxii", "poll", "--url", server.URL+"/taxii2/", "--collection", "c1", "--user", "atlantica", "--password-stdin", "--limit", "10",
			"--resume", filepath.Join(dir, "r.json"), "-o", output)
		cmd.Stdin = strings.NewReader("secret")
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < kills() {
			time.Sleep(time.Duration(20+chance.IntN(150)) * time.Millisecond) // the moment of death must not depend on what it does
			if err := cmd.Process.Kill(); err == nil {
				killed++
			}
		}
		if err := cmd.Wait(); err == nil {
			done = true
		} else if cmd.ProcessState.Exited() {
			t.Fatalf("%v: %s", err, said.String())
		}
	}
	if got := linesOf(t, output); killed == 0 || !slices.Equal(got, s.objects) {
		t.Fatalf("killed %d times; %d objects came", killed, len(got))
	}
}
