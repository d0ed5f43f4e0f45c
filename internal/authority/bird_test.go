package authority_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/testdata"
	"pahra/wire/vrp"
)

// TestRealROVAgainstBIRD feeds the real VRPs through StayRTR to BIRD and asks BIRD, for some thousand routes drawn by
// seed, what it makes of each.
func TestRealROVAgainstBIRD(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some ten seconds")
	}
	stayrtr, bird := testdata.Tool(t, "stayrtr"), testdata.Tool(t, "bird")
	vrps := realVRPs(t)
	table, slow := authority.NewVRPTable(vrps), newOracle(vrps)
	prefixes, _ := realPrefixes(t, "bart-prefixes.txt.gz")
	console := startBIRD(t, bird, startStayRTR(t, stayrtr, vrps))
	console.awaitROAs(t, vrps)

	rng := rand.New(rand.NewPCG(8210, 2))
	asked, states := 0, map[string]int{}
	for asked < 8000 {
		p := prefixes[rng.IntN(len(prefixes))]
		covering := slow.covering(p)
		if len(covering) == 0 && rng.IntN(10) > 0 {
			continue // most answers would be that nothing is known
		}
		kind := draws[asked%len(draws)]
		r := draw(kind, p, covering, vrps, rng)
		got, want := console.roaCheck(t, r), table.State(r.prefix, r.origin)
		if got != rfcState(want) {
			t.Errorf("%s AS%d: BIRD says %s, we say %v", r.prefix, r.origin, got, want)
		}
		asked++
		states[kind+" "+want.String()]++
	}
	t.Logf("%d routes: %v", asked, states)
}

// rfcState gives BIRD's number of a state.
func rfcState(s authority.ROV) string {
	switch {
	case s == authority.ROVValid:
		return "(enum 35)1"
	case s.Invalid():
		return "(enum 35)2"
	}
	return "(enum 35)0"
}

// startStayRTR serves the VRPs by RTR until the test ends and gives the port.
func startStayRTR(t *testing.T, program string, vrps []vrp.VRP) int {
	t.Helper()
	type roa struct {
		Prefix    string `json:"prefix"`
		MaxLength uint8  `json:"maxLength"`
		ASN       string `json:"asn"`
		TA        string `json:"ta"`
	}
	file := struct {
		Metadata struct{} `json:"metadata"`
		ROAs     []roa    `json:"roas"`
	}{}
	for _, v := range vrps {
		file.ROAs = append(file.ROAs, roa{v.Prefix.String(), v.MaxLength, fmt.Sprintf("AS%d", v.ASN), v.TA})
	}
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "vrps.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	start(t, program, "-bind", fmt.Sprintf("127.0.0.1:%d", port), "-cache", path, "-checktime=false",
		"-metrics.addr", fmt.Sprintf("127.0.0.1:%d", freePort(t)), "-refresh", "600")
	return port
}

// freePort gives a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs a program until the test ends.
func start(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", filepath.Base(program), out.String())
		}
	})
}

// birdConsole is a connection to BIRD's control socket.
type birdConsole struct {
	conn  net.Conn
	lines *bufio.Scanner
}

// startBIRD runs BIRD, without any route of its own, as an RTR client of the port until the test ends.
func startBIRD(t *testing.T, program string, port int) *birdConsole {
	t.Helper()
	dir, err := os.MkdirTemp("", "bird") // t.TempDir is too long a path for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := fmt.Sprintf("router id 192.0.2.1;\nroa4 table r4;\nroa6 table r6;\nprotocol device {}\nprotocol rpki {\n"+
		"  roa4 { table r4; };\n  roa6 { table r6; };\n  remote 127.0.0.1 port %d;\n  retry keep 1;\n}\n", port)
	file, socket := filepath.Join(dir, "conf"), filepath.Join(dir, "ctl")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, program, "-f", "-c", file, "-s", socket)
	for range 100 {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			t.Cleanup(func() { conn.Close() })
			c := &birdConsole{conn, bufio.NewScanner(conn)}
			c.answer(t) // the greeting
			return c
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("BIRD does not open its control socket")
	return nil
}

// ask sends a command and gives the answer's lines.
func (c *birdConsole) ask(t *testing.T, command string) []string {
	t.Helper()
	c.conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := fmt.Fprintln(c.conn, command); err != nil {
		t.Fatal(err)
	}
	return c.answer(t)
}

// answer reads up to the line whose code is followed by a space: "0023 text" or "0000 ".
func (c *birdConsole) answer(t *testing.T) (lines []string) {
	t.Helper()
	for c.lines.Scan() {
		line := c.lines.Text()
		lines = append(lines, line)
		if len(line) >= 5 && line[0] != ' ' && line[4] == ' ' {
			return lines
		}
	}
	t.Fatalf("BIRD hung up: %v", c.lines.Err())
	return nil
}

// awaitROAs waits until BIRD holds every VRP.
func (c *birdConsole) awaitROAs(t *testing.T, vrps []vrp.VRP) {
	t.Helper()
	type roa struct {
		prefix    string
		maxLength uint8
		asn       uint32
	}
	want := map[roa]bool{}
	for _, v := range vrps {
		want[roa{v.Prefix.String(), v.MaxLength, uint32(v.ASN)}] = true
	}
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		lines := c.ask(t, "show route count")
		held := 0
		_, total, _ := strings.Cut(lines[len(lines)-1], "Total: ")
		fmt.Sscanf(total, "%d", &held)
		if held == len(want) {
			t.Logf("BIRD holds %d ROAs", held)
			return
		}
	}
	t.Fatalf("BIRD does not come to hold %d ROAs: %v", len(want), c.ask(t, "show route count"))
}

// roaCheck asks BIRD for the state of one route.
func (c *birdConsole) roaCheck(t *testing.T, r route) string {
	t.Helper()
	name := "r4"
	if r.prefix.Addr().Is6() {
		name = "r6"
	}
	lines := c.ask(t, fmt.Sprintf("eval roa_check(%s, %s, %d)", name, r.prefix, r.origin))
	_, text, _ := strings.Cut(lines[0], " ")
	return strings.TrimSpace(text)
}
