package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pahra/internal/testdata"
)

// full is a device without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestFullOutput: what could not be printed is not done, whatever the command.
func TestFullOutput(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"data", "list"}, {"data", "list", "--json"}, {"--version"}} {
		var errs bytes.Buffer
		code := Main(args, strings.NewReader(""), full{}, &errs)
		if code != exitFail || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%v: exit %d, %q", args, code, errs.String())
		}
	}
}

// TestOutputFile: a file appears when it is whole, an abandoned one leaves what was there, and a link is followed.
func TestOutputFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "out"), filepath.Join(dir, "link")
	read := func() string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	write := func(text string) *outputFile {
		o, err := createOutput(link)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.WriteString(text); err != nil {
			t.Fatal(err)
		}
		return o
	}
	o := write("half")
	if read() != "before" {
		t.Errorf("while it is written: %q", read())
	}
	o.abandon()
	if read() != "before" {
		t.Errorf("abandoned: %q", read())
	}
	if err := write("whole").commit(); err != nil || read() != "whole" {
		t.Errorf("%v, %q", err, read())
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := createOutput(dir); err == nil {
		t.Error("a folder was taken for a file")
	}
}

// TestOutputPipe: what is no file is written into, not replaced.
func TestOutputPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		testdata.Lacking(t, "no pipe can be made: "+err.Error())
	}
	heard := make(chan string, 1)
	go func() {
		text, err := os.ReadFile(pipe)
		heard <- fmt.Sprint(string(text), err)
	}()
	err := writeOutput(pipe, func(w io.Writer) error { _, err := io.WriteString(w, "said"); return err })
	if got := <-heard; err != nil || got != "said<nil>" {
		t.Errorf("%v, heard %q", err, got)
	}
	if info, err := os.Stat(pipe); err != nil || info.Mode().IsRegular() {
		t.Errorf("the pipe is gone: %v, %v", info, err)
	}
}
