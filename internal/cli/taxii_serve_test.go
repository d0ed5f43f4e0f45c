package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startTAXII starts the test binary as a server that prints a line of JSON once it answers, and gives that.
func startTAXII(t *testing.T, state string) (p *exec.Cmd, root string) {
	t.Helper()
	p = exec.Command(program(t), "taxii", "serve", "--listen", "127.0.0.1:0", "--insecure-loopback", "--state", state)
	var talk bytes.Buffer
	p.Stderr = &talk
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // it may have ended
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct {
		Discovery   string
		APIRoot     string `json:"api_root"`
		Collections []struct{ ID, Alias string }
	}
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.APIRoot != ready.Discovery+"pahra/" || len(ready.Collections) != 1 || ready.Collections[0].Alias != "commons" {
		t.Fatalf("it begins with %s, %v\n%s", line, err, talk.String())
	}
	return p, ready.APIRoot
}

// command runs pahra and gives what it prints; the exit code must be 0.
func command(t *testing.T, in string, args ...string) string {
	t.Helper()
	p := exec.Command(program(t), args...)
	p.Stdin = strings.NewReader(in)
	var out, talk bytes.Buffer
	p.Stdout, p.Stderr = &out, &talk
	if err := p.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, talk.String())
	}
	return out.String()
}

// asked asks a TAXII server in the name of a user.
func asked(t *testing.T, url, user string) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.SetBasicAuth(user, "the password of "+user)
	a, err := (&http.Client{Timeout: 10 * time.Second}).Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(a.Body); err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, text.String()
}

func addresses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"type":"ipv4-addr","id":"ipv4-addr--00000000-0000-4000-8000-%012d","value":"192.0.2.%d"}`+"\n", i, i)
	}
	return b.String()
}

// TestTAXIIServe has a server run while users and objects are added beside it, and ends it in order.
func TestTAXIIServe(t *testing.T) {
	state := t.TempDir()
	p, root := startTAXII(t, state)
	command(t, "the password of ann\n", "taxii", "user", "add", "ann", "--password-stdin", "--read", "commons", "--state", state)
	if code, text := asked(t, root+"collections/commons/objects/", "ann"); code != 200 || text != "{}" {
		t.Errorf("an empty collection gives %d: %s", code, text)
	}
	if said := command(t, addresses(2500), "taxii", "load", "--collection", "commons", "-", "--state", state); said != "2500 added, 0 were there, 0 refused\n" {
		t.Error(said)
	}
	got := command(t, "the password of ann\n", "taxii", "poll", "--url", root, "--collection", "commons", "--user", "ann", "--password-stdin", "--limit", "700")
	if n := strings.Count(got, "\n"); n != 2500 {
		t.Errorf("polled were %d objects", n)
	}
	command(t, "", "taxii", "user", "revoke", "ann", "--state", state)
	if code, _ := asked(t, root, "ann"); code != 401 {
		t.Errorf("a revoked user gets %d", code)
	}
	endService(t, p)
	again, root := startTAXII(t, state)
	if code, _ := asked(t, root, "ann"); code != 401 {
		t.Errorf("after a restart a revoked user gets %d", code)
	}
	endService(t, again)
}

// TestServiceServesTAXII has "pahra serve" answer TAXII by its settings, from the same folder.
func TestServiceServesTAXII(t *testing.T) {
	state, at := t.TempDir(), freeAddress(t)
	command(t, "the password of ann\n", "taxii", "user", "add", "ann", "--password-stdin", "--read", "commons", "--state", state)
	command(t, addresses(3), "taxii", "load", "--collection", "commons", "-", "--state", state)
	settings := writeSettings(t, "listen: %q\nmetrics: \"\"\nroles: [web, exchange]\ntaxii: {listen: %q, insecure_loopback: true}\n", freeAddress(t), at)
	p := startService(t, filepath.Clean(settings), state)
	if code, text := asked(t, "http://"+at+"/taxii2/pahra/collections/commons/objects/", "ann"); code != 200 || strings.Count(text, "ipv4-addr--") != 3 {
		t.Errorf("it gives %d: %s", code, text)
	}
	command(t, addresses(4), "taxii", "load", "--collection", "commons", "-", "--state", state)
	if _, text := asked(t, "http://"+at+"/taxii2/pahra/collections/commons/objects/", "ann"); strings.Count(text, "ipv4-addr--") != 4 {
		t.Errorf("with one more it gives %s", text)
	}
	endService(t, p)
}
