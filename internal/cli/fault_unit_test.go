package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
)

// TestSystemdUnit has systemd look at the unit, and holds it to what the service relies on and what confines it.
func TestSystemdUnit(t *testing.T) {
	text, err := os.ReadFile("../../packaging/systemd/pahra.service")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, want := range []string{
		"Type=notify", "WatchdogSec=2min", "Restart=on-failure", "RestartPreventExitStatus=2", "DynamicUser=yes", "StateDirectory=pahra",
		"ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateTmp=yes", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "SystemCallFilter=@system-service",
	} {
		found := false
		for _, line := range lines {
			found = found || line == want
		}
		if !found {
			t.Errorf("the unit does not say %s", want)
		}
	}
	analyze := testdata.Tool(t, "systemd-analyze")
	unit := filepath.Join(t.TempDir(), "pahra.service")
	here, err := os.Executable() // a program that is there
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unit, bytes.ReplaceAll(text, []byte("/usr/local/bin/pahra serve"), []byte(here+" serve")), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || strings.Contains(string(out), "pahra.service") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
