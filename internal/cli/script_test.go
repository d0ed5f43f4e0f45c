package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"pahra/internal/cli"
)

// TestMain makes the test binary answer as pahra when a script calls it by that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"pahra":      func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"fillfacts":  func() { os.Exit(fillFacts(os.Args[1])) },
		"fillstore":  func() { os.Exit(fillStore(os.Args[1])) },
		"fillledger": func() { os.Exit(fillLedger(os.Args[1], os.Args[2])) },
	})
}

// TestScripts runs testdata/script/*.txt: each is a session a user could have typed.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "example": exampleAgreement}})
}

// status is the script command "status N program [arg...]", which demands that the program ends with that exit code.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [arg...]")
	}
	code := 0
	var ended *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &ended):
		code = ended.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// exampleAgreement is the script command "example FILE [OLD NEW]...", which writes docs/examples/agreement.yaml with each OLD replaced by
// its NEW.
func exampleAgreement(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args)%2 == 0 {
		ts.Fatalf("usage: example FILE [OLD NEW]...")
	}
	text, err := os.ReadFile("../../docs/examples/agreement.yaml")
	ts.Check(err)
	for i := 1; i < len(args); i += 2 {
		if !strings.Contains(string(text), args[i]) {
			ts.Fatalf("%q does not stand in the example", args[i])
		}
		text = []byte(strings.ReplaceAll(string(text), args[i], args[i+1]))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}
