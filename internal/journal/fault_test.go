package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/source"
)

// A second process must not mend, or write, what the first one is writing.
func TestSecondIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, nil)
	if _, err := Open(j.opt); !errors.Is(err, ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir, nil).Close(); err != nil {
		t.Error(err)
	}
}

// What a crash of the machine can leave at a file's end is taken off: zeros, octets of another file, a record of a time
// that the journal cannot have written there.
func TestRubbishIsTakenOff(t *testing.T) {
	whole := append(record(base, "one"), record(base+1e6, "two")...)
	for name, rubbish := range map[string][]byte{
		"zeros":       make([]byte, 4096),
		"few zeros":   make([]byte, 12),
		"text":        bytes.Repeat([]byte("rubbish "), 500),
		"an old time": record(base-3600e6, "old"),
		"ones":        bytes.Repeat([]byte{0xff}, 100),
		"half a head": record(base+2e6, "three")[:7],
		"half a body": record(base+2e6, "three")[:14],
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "rrc00", LiveDir, fileName(base/3.6e9))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, append(bytes.Clone(whole), rubbish...), 0o644); err != nil {
				t.Fatal(err)
			}
			j := open(t, dir, nil)
			put(t, j, "rrc00", record(base+20e6, "next"))
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(path)
			want := append(bytes.Clone(whole), record(base+20e6, "next")...)
			if err != nil || !bytes.Equal(raw, want) {
				t.Errorf("the file is %q, error %v; want %q", raw, err, want)
			}
		})
	}
}

// A file that cannot be begun is begun with the next try: nothing of the first stays.
func TestFolderThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "rrc00")
	j := open(t, dir, nil)
	defer j.Close()
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := j.Record("rrc00", record(base, "one")); err == nil {
		t.Fatal("recorded where no folder can be")
	}
	if got := j.Stats(); got.Failed != 1 || got.Records != 0 {
		t.Errorf("stats %+v", got)
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	put(t, j, "rrc00", record(base, "one"))
}

// The clock of the machine may be set wrong: what the collectors say of time counts, as far as it can be true.
func TestClockThatWasWrong(t *testing.T) {
	now := time.UnixMicro(base)
	dir := t.TempDir()
	j, err := Open(Options{Dir: dir, Mark: filepath.Join(t.TempDir(), "mark"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	put(t, j, "a", record(base, "true"))
	now = now.Add(24 * time.Hour)
	put(t, j, "a", record(base+1e6, "after a jump forward"))
	mark, _, err := j.Advance()
	if err != nil || mark.UnixMicro() != base+1e6 {
		t.Errorf("the watermark is %s, error %v: the clock moved it", mark, err)
	}
	put(t, j, "a", record(base+365*24*3600e6, "a liar"))
	if got := j.Stats(); got.Ahead != 1 {
		t.Errorf("stats %+v", got)
	}
}

// Names that a source makes up take neither folders nor open files without end, and those known before go on.
func TestCollectorsAreBounded(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, nil)
	defer j.Close()
	for i := range MaxCollectors {
		put(t, j, fmt.Sprint("c", i), record(base, "x"))
	}
	if err := j.Record("one-more", record(base, "x")); !errors.Is(err, source.ErrRefused) {
		t.Errorf("one more: error %v", err)
	}
	j.Reached("one-more", time.UnixMicro(base))
	put(t, j, "c0", record(base+1, "y"))
	if list, err := os.ReadDir(dir); err != nil || len(list) != MaxCollectors {
		t.Errorf("%d folders, error %v", len(list), err)
	}
}
