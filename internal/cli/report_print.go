package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// browsers are the programs that can print a page, the first that is found is taken.
func browsers() []string {
	return []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell", "microsoft-edge"}
}

// printLimit is how long printing may take.
const printLimit = 2 * time.Minute

// printed prints a page as PDF by a browser without a screen. The page has no scripts and asks nobody for anything.
func printed(ctx context.Context, program string, page []byte) ([]byte, error) {
	program, err := findBrowser(program)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pahra-report-")
	if err != nil {
		return nil, fmt.Errorf("making room to print: %w", err)
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	if err := os.WriteFile(in, page, 0o600); err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, printLimit)
	defer stop()
	args := []string{
		"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--no-first-run",
		"--no-pdf-header-footer", "--user-data-dir=" + filepath.Join(dir, "profile"), "--print-to-pdf=" + out,
	}
	if os.Geteuid() == 0 { // Chromium refuses its sandbox to root
		args = append(args, "--no-sandbox")
	}
	cmd := exec.CommandContext(ctx, program, append(args, "file://"+filepath.ToSlash(in))...)
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s could not print the report: %w: %s", program, err, lastLine(talk.String()))
	}
	text, err := os.ReadFile(out)
	if err != nil || !bytes.HasPrefix(text, []byte("%PDF-")) {
		return nil, fmt.Errorf("%s printed no PDF: %s", program, lastLine(talk.String()))
	}
	return text, nil
}

func findBrowser(program string) (string, error) {
	if program != "" {
		return exec.LookPath(program)
	}
	for _, name := range browsers() {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("a PDF is printed by Chromium or Chrome, and neither is installed; -o FILE.html needs none, and --browser names another program")
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return clip(lines[len(lines)-1], 300)
}
