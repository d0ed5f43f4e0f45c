//go:build unix

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestSecondSignal: a program that does not finish after the first signal is ended by the second.
func TestSecondSignal(t *testing.T) {
	if os.Getenv("PAHRA_TEST_STUCK") != "" {
		ctx, stop := interruptible(context.Background())
		defer stop()
		fmt.Println("ready")
		<-ctx.Done()
		for range time.Tick(10 * time.Millisecond) { // the program is stuck; the handler goes shortly after the context ends
			fmt.Println("stuck")
		}
	}
	child := exec.Command(os.Args[0], "-test.run=^TestSecondSignal$")
	child.Env = append(os.Environ(), "PAHRA_TEST_STUCK=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" || lines.Text() == "stuck" {
			_ = child.Process.Signal(syscall.SIGTERM) // it may have gone
		}
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("the child ended with %v", err)
	}
}
