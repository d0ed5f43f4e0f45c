package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAirGapped takes reports in, counts them, finds and erases somebody in a network namespace of its own that has no interface
// but a loopback that is down: nothing can be asked of anybody, and nothing needs to be. It is skipped where the system lets no namespace
// be made.
func TestAirGapped(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("there is no unshare here")
	}
	if text, err := exec.Command(unshare, "-r", "-n", "true").CombinedOutput(); err != nil {
		t.Skipf("no namespace can be made here: %v: %s", err, text)
	}
	self, err := exec.LookPath("pahra") // this test binary, see TestMain
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	report := `{"classification.type":"phishing","source.ip":"192.0.2.1","source.fqdn":"www.example.net","source.asn":64500,"time.source":"2026-03-04T05:06:07+00:00"}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "r.json"), []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	past := "series,period,taxonomy,class,rule,unit,count,mark,source,note\na,2014,cert-in/2014,Spam,,incident,3,R,,\n"
	if err := os.WriteFile(filepath.Join(dir, "past.csv"), []byte(past), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(want string, args ...string) {
		t.Helper()
		cmd := exec.Command(unshare, append([]string{"-r", "-n", self}, args...)...)
		cmd.Dir = dir
		text, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("pahra %s: %v\n%s", strings.Join(args, " "), err, text)
		}
	}
	run("1 events", "desk", "intake", "--state", "state", "--source", "s", "--format", "intelmq", "r.json")
	run("past: 1 figures", "desk", "statistics", "load", "--state", "state", "past.csv")
	run("Spam", "desk", "statistics", "--state", "state", "--year", "2025")
	run("1 events in 1 reports", "desk", "subject", "search", "--state", "state", "--purpose", "a drill", "domain", "example.net")
	run("1 events, 1 reports", "desk", "subject", "erase", "--state", "state", "--purpose", "a drill", "domain", "example.net")
	run("0 events", "desk", "retention", "--state", "state", "--law", "eu")
}
