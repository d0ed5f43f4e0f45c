package bgpdump_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/bgpdump"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
)

// exception is a file of testdata/exceptions.txt: one where bgpdump is wrong or gives up.
type exception struct {
	lines  map[int]bool // of bgpdump's output, from 1, that are not to be
	cannot bool         // bgpdump does not read the file at all
}

// exceptions reads testdata/exceptions.txt.
func exceptions(t *testing.T) map[string]exception {
	t.Helper()
	text, err := os.ReadFile("testdata/exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]exception{}
	wrong := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(fields) < 3 || strings.HasPrefix(line, "#") {
			continue
		}
		e := exception{lines: map[int]bool{}, cannot: fields[1] == "unreadable"}
		if !e.cannot {
			wrong++
			for span := range strings.SplitSeq(fields[1], ",") {
				var from, to int
				if _, err := fmt.Sscanf(span, "%d-%d", &from, &to); err != nil {
					t.Fatalf("exceptions.txt: %q: %v", line, err)
				}
				for n := from; n <= to; n++ {
					e.lines[n] = true
				}
			}
		}
		out[fields[0]] = e
	}
	if wrong > 3 {
		t.Fatalf("%d files where bgpdump is wrong; 3 are allowed", wrong)
	}
	return out
}

// wanted tells whether a file is compared now: all with PAHRA_SOAK=1; else all but the long series, of which one in
// forty is, and the table of five million routes; with -short none of the series.
func wanted(name string, i int) bool {
	switch {
	case os.Getenv("PAHRA_SOAK") == "1":
		return true
	case strings.HasPrefix(name, "generated"):
		return false
	case strings.HasPrefix(name, "rv-oregon"), strings.HasPrefix(name, "ris-"):
		return !testing.Short() && i%40 == 0
	}
	return !testing.Short() || i%3 == 0
}

// TestRealFilesGiveBgpdumpsLines holds the text of every MRT file at hand against bgpdump's, byte for byte.
func TestRealFilesGiveBgpdumpsLines(t *testing.T) {
	root := filepath.Join(testdata.Real(t), "routing", "mrt")
	tool := testdata.Tool(t, "bgpdump")
	excepted := exceptions(t)
	i := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".rst" {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		i++
		if !wanted(name, i) {
			return nil
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, tool, path, excepted[name])
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// compare runs bgpdump and follows its lines with ours, without keeping either.
func compare(t *testing.T, tool, path string, except exception) {
	ours, writer := io.Pipe()
	defer ours.Close()
	go func() { writer.CloseWithError(print(writer, path)) }()
	got := bufio.NewReaderSize(ours, 1<<20)
	if except.cannot {
		if n := lines(got); n < 2 {
			t.Errorf("%d lines of a file that only we can read", n)
		}
		return
	}
	cmd := exec.Command(tool, "-q", "-m", path)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	follow(t, bufio.NewReaderSize(stdout, 1<<20), got, except)
}

// follow compares line by line and stops at the first difference.
func follow(t *testing.T, theirs, ours *bufio.Reader, except exception) {
	total := 0
	for n := 1; ; n++ {
		want, errTheirs := theirs.ReadSlice('\n')
		if errTheirs == nil && except.lines[n] {
			continue
		}
		got, errOurs := ours.ReadSlice('\n')
		if errTheirs != nil && errOurs != nil {
			break
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("line %d (want is bgpdump's):\n got %q\nwant %q", n, got, want)
		}
		total++
	}
	t.Logf("%d lines are equal", total)
}

// print writes the text of one file. A file that is cut gives what is there.
func print(w io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, _, err := compressed.NewReader(file, compressed.Options{})
	if err != nil {
		return err
	}
	defer plain.Close()
	reader, decoder, printer := mrt.NewReader(plain, nil), mrt.NewDecoder(nil), bgpdump.NewPrinter()
	decoder.Lenient = true
	var text []byte
	for {
		rec, err := reader.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		} else if err != nil {
			return err
		}
		text = text[:0]
		_ = decoder.Decode(rec, func(e *mrt.Elem) error { text = printer.Append(text, e); return nil })
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
}

func lines(r *bufio.Reader) (n int) {
	for ; ; n++ {
		if _, err := r.ReadSlice('\n'); err != nil {
			return n
		}
	}
}
