package ledger

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func leafTime() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

// TestKilled kills a process that appends with SIGKILL at random moments, and starts it again. Every entry that it was told is on disk
// is there under its number, and the log is whole.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("PAHRA_TEST_LEDGER"); dir != "" {
		appendForever(dir)
		return
	}
	dir, chance, told := t.TempDir(), rand.New(rand.NewPCG(3, 4)), map[int64]string{}
	for range 12 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "PAHRA_TEST_LEDGER="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		death := time.AfterFunc(time.Duration(20+chance.IntN(300))*time.Millisecond, func() { cmd.Process.Kill() }) // it must not depend on what it does
		for lines := bufio.NewScanner(out); lines.Scan(); {
			number, what, _ := strings.Cut(lines.Text(), " ")
			if n, err := strconv.ParseInt(number, 10, 64); err == nil && strings.HasSuffix(what, ".") { // the last line may be cut
				told[n] = what
			}
		}
		_ = cmd.Wait() // it was killed
		death.Stop()
	}
	if len(told) < 50 {
		t.Fatalf("only %d entries were told of", len(told))
	}
	l, said := openLog(t, dir)
	if _, err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	v, _, err := Verify(t.Context(), l, Seen{}, func(e []byte) error {
		if want, was := told[n]; was && want != string(e) {
			t.Errorf("entry %d is %s, it was told of as %s", n, e, want)
		}
		delete(told, n)
		n++
		return nil
	})
	if err != nil || len(v.Faults) > 0 || len(told) > 0 {
		t.Errorf("%+v, %v, %d are lost", v, err, len(told))
	}
	t.Logf("%d entries; it says %q", n, said.list)
}

// appendForever appends from many writers and says what is on disk, until it is killed.
func appendForever(dir string) {
	l, err := Open(dir, Options{Origin: origin})
	if err != nil {
		fmt.Println(err)
		return
	}
	var out sync.Mutex
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for i := 0; ; i++ {
				text := fmt.Appendf(nil, "%d/%d/%s.", w, i, strings.Repeat("y", i%700))
				n, err := l.Append(context.Background(), text)
				if err != nil {
					return
				}
				line := append(strconv.AppendInt(nil, n, 10), ' ')
				out.Lock()
				_, err = os.Stdout.Write(append(append(line, bytes.Clone(text)...), '\n'))
				out.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	group.Wait()
}
