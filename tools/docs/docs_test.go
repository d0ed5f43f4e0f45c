package docs

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// root is the repository, seen from this package.
const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// README's commands do what a reader would do with them, one block after another. It takes the whole program, so
// "make check" asks for it by PAHRA_README=1 and the plain test does not.
func TestReadmeCommands(t *testing.T) {
	blocks := shellBlock.FindAllStringSubmatch(read(t, "README.md"), -1)
	if len(blocks) == 0 {
		t.Fatal("README.md has no sh block")
	}
	if os.Getenv("PAHRA_README") != "1" {
		t.Skip("PAHRA_README=1 runs README's commands; make check does")
	}
	for _, b := range blocks {
		t.Logf("%s\n%s", b[1], asReader(t, b[1]))
	}
}

var address = regexp.MustCompile(`http://[^ ]+/`)

// asReader runs a block of commands. Where it begins to serve, that address is opened and the commands are interrupted,
// as by Ctrl-C.
func asReader(t *testing.T, block string) string {
	t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", block)
	cmd.Dir = root
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	served := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&text, lines.Text())
		if at := address.FindString(lines.Text()); at != "" && strings.Contains(lines.Text(), "until interrupted") {
			served = true
			open(t, at)
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil && !served {
		t.Fatalf("%s\n%s%v", block, &text, err)
	}
	if served && !strings.Contains(text.String(), "stopped") {
		t.Errorf("%s\n%sthe server did not shut down in order", block, &text)
	}
	return text.String()
}

// open wants the first page there.
func open(t *testing.T, at string) {
	t.Helper()
	answer, err := http.Get(at)
	if err != nil {
		t.Error(err)
		return
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), "<h1>") {
		t.Errorf("%s: %s, %v\n%.200s", at, answer.Status, err, page)
	}
}

var mapRow = regexp.MustCompile("(?m)^\\| `([a-z][a-z0-9/]*)` \\| \\S")

// The map of docs/architecture.md has one row for each package of the tree.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	// The go command leaves packages called testdata out of ./..., so ours is named.
	cmd := exec.Command("go", "list", "./...", "./internal/testdata")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(strings.ReplaceAll(string(out), "pahra/", ""))
	var rows []string
	for _, m := range mapRow.FindAllStringSubmatch(read(t, "docs/architecture.md"), -1) {
		rows = append(rows, m[1])
	}
	for _, p := range packages {
		if !slices.Contains(rows, p) {
			t.Errorf("docs/architecture.md has no row for %s", p)
		}
	}
	for _, r := range rows {
		if !slices.Contains(packages, r) {
			t.Errorf("docs/architecture.md has a row for %s, which is no package", r)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// A link from one document to another leads to a file.
func TestLinks(t *testing.T) {
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	adrs, err := filepath.Glob(filepath.Join(root, "docs", "adr", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	tops, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range slices.Concat(tops, documents, adrs) {
		text, err := os.ReadFile(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(d), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", strings.TrimPrefix(d, root+"/"), m[1])
			}
		}
	}
}
