package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const origin = "nadia-atlantica/cert-nadia-cert-atlantica"

// told is what a log said it mended.
type told struct {
	mu   sync.Mutex
	list []string
}

func (s *told) tell(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, what)
}

func openLog(t *testing.T, dir string) (*Log, *told) {
	t.Helper()
	s := new(told)
	l, err := Open(dir, Options{Origin: origin, Told: s.tell})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, s
}

func fill(t *testing.T, l *Log, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if at, err := l.Append(t.Context(), entry(n)); err != nil || at != int64(n) {
			t.Fatalf("entry %d is number %d, %v", n, at, err)
		}
	}
}

// entry gives entries of many lengths.
func entry(n int) []byte { return fmt.Appendf(nil, "entry %d %s", n, strings.Repeat("x", n%40)) }

// naive is the tree of RFC 6962 as its text has it.
func naive(entries [][]byte) tlog.Hash {
	switch len(entries) {
	case 0:
		h, _ := tlog.TreeHash(0, nil)
		return h
	case 1:
		return tlog.RecordHash(entries[0])
	}
	k := 1
	for k*2 < len(entries) {
		k *= 2
	}
	return tlog.NodeHash(naive(entries[:k]), naive(entries[k:]))
}

// TestRoot holds the tree against a naive one at every size.
func TestRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 9), 0, 70).Draw(t, "entries")
		var e edge
		for i := range entries {
			if got, want := e.root(), naive(entries[:i]); got != want {
				t.Fatalf("of %d entries the root is %v, want %v", i, got, want)
			}
			e.add(tlog.RecordHash(entries[i]))
		}
	})
}

// TestLog: what was appended is read again, by this one and by the next that opens the log.
func TestLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	l, said := openLog(t, dir)
	fill(t, l, 0, 600)
	first, err := l.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	key := l.PublicKey()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), entry(0)); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed log says %v", err)
	}
	l, again := openLog(t, dir)
	if second, err := l.Checkpoint(); err != nil || !bytes.Equal(first, second) || l.Size() != 600 || l.PublicKey() != key {
		t.Errorf("of %d entries the checkpoint is %s, %v", l.Size(), second, err)
	}
	fill(t, l, 600, 700)
	if n := len(said.list) + len(again.list); n != 0 {
		t.Errorf("%d things were mended", n)
	}
	for _, bad := range [][]byte{nil, make([]byte, maxEntry+1)} {
		if _, err := l.Append(t.Context(), bad); !errors.Is(err, ErrEntry) {
			t.Errorf("an entry of %d octets: %v", len(bad), err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(gone, entry(0)); !errors.Is(err, context.Canceled) || l.Size() != 700 {
		t.Errorf("one who is gone: %v, and %d entries", err, l.Size())
	}
	if _, err := Open(dir, Options{Origin: "another"}); err == nil || !strings.Contains(err.Error(), "not of \"another\"") {
		t.Errorf("under another name: %v", err)
	}
	if _, err := Open(t.TempDir(), Options{Origin: "no good+name"}); err == nil {
		t.Error("a name with a plus is one")
	}
}

// TestWriters: entries of many writers, through two logs of one folder as two processes have them, each come once.
func TestWriters(t *testing.T) {
	dir := t.TempDir()
	a, _ := openLog(t, dir)
	b, _ := openLog(t, dir)
	const writers, each = 16, 40
	numbers := make([][]int64, writers)
	var group sync.WaitGroup
	for w := range writers {
		l := a
		if w%2 == 1 {
			l = b
		}
		group.Go(func() {
			for i := range each {
				n, err := l.Append(t.Context(), fmt.Appendf(nil, "%d/%d", w, i))
				if err != nil {
					t.Error(err)
				}
				numbers[w] = append(numbers[w], n)
			}
		})
	}
	group.Wait()
	if _, err := a.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if n := a.Size(); n != writers*each {
		t.Fatalf("there are %d entries", n)
	}
	for w, list := range numbers {
		for i, n := range list {
			bundle, err := a.bundle(n/tileWidth, int(n%tileWidth)+1)
			if want := fmt.Sprintf("%d/%d", w, i); err != nil || !bytes.HasSuffix(bundle, append([]byte{0, byte(len(want))}, want...)) {
				t.Fatalf("entry %d is not %s, %v", n, want, err)
			}
		}
	}
}

// TestTorn: what a crash cut short is cut off and told of, wherever the cut is; whole entries stay.
func TestTorn(t *testing.T) {
	dir := t.TempDir()
	l, _ := openLog(t, dir)
	fill(t, l, 0, 5)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, entriesFile)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	frame := appendFrame(nil, entry(5))
	for cut := range frame {
		for _, behind := range []string{"", strings.Repeat("\x00", 40)} { // a disk may have room for what it has not written
			if cut+len(behind) == 0 {
				continue
			}
			torn := append(append(append([]byte(nil), whole...), frame[:cut]...), behind...)
			if err := os.WriteFile(file, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			l, said := openLog(t, dir)
			if l.Size() != 5 || len(said.list) != 1 || !strings.Contains(said.list[0], "a crash cut it short") {
				t.Fatalf("cut at %d: %d entries, %q", cut, l.Size(), said.list)
			}
			if got, _ := os.ReadFile(file); !bytes.Equal(got, whole) {
				t.Fatalf("cut at %d: the file has %d octets", cut, len(got))
			}
			l.Close()
		}
	}
	l, _ = openLog(t, dir)
	if err := os.WriteFile(file, append(whole, frame...), 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, l, 6, 7) // another process wrote the sixth
}

// TestTornBesideUs: an entry that another process left half written is cut off by the next that writes.
func TestTornBesideUs(t *testing.T) {
	dir := t.TempDir()
	l, said := openLog(t, dir)
	fill(t, l, 0, 3)
	f, err := os.OpenFile(filepath.Join(dir, entriesFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(appendFrame(nil, entry(3))[:9]); err != nil {
		t.Fatal(err)
	}
	f.Close()
	fill(t, l, 3, 4)
	if len(said.list) != 1 || !strings.Contains(said.list[0], "of 9 octets") {
		t.Errorf("it says %q", said.list)
	}
	if c, err := Fsck(dir, func([]byte) error { return nil }); err != nil || len(c.Faults) != 0 || c.Entries != 4 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestFsck: what was done to the files is told with its place; what can be made good is, and nothing else is touched.
func TestFsck(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	place := func(n int) (at int) { // of an entry in the file
		for i := range n {
			at += frameHead + len(entry(i))
		}
		return at
	}
	rewritten := func(b []byte) []byte { // an entry that is another, and whole
		at := place(100)
		copy(b[at:], appendFrame(nil, append([]byte("Entry"), entry(100)[5:]...)))
		return b
	}
	for name, c := range map[string]struct {
		file   string
		do     func([]byte) []byte
		mended bool
		want   string
	}{
		"nothing":              {entriesFile, flip(0), false, ""},
		"damaged entry":        {entriesFile, flip(place(100) + 9), false, fmt.Sprintf("entries: entry 100 at octet %d: no whole entry; 299 were signed", place(100))},
		"damaged behind":       {entriesFile, flip(place(299) + 9), false, fmt.Sprintf("entries: entry 299 at octet %d: the entry is damaged: there is a hash of it", place(299))},
		"lost entry":           {entriesFile, func(b []byte) []byte { return b[:place(299)] }, false, fmt.Sprintf("entries: entry 299 at octet %d: the entry is missing: there is a hash of it", place(299))},
		"other entry":          {entriesFile, rewritten, false, fmt.Sprintf("hashes: entry 100 at octet %d: the hash is not that of the entry", tlog.StoredHashIndex(0, 100)*32)},
		"damaged hash":         {hashesFile, flip(5000), true, "hashes: entry 79 at octet 4992: the hash of level 3"},
		"no hashes":            {hashesFile, func([]byte) []byte { return nil }, true, "hashes at octet 0: hashes are missing"},
		"half a hash":          {hashesFile, func(b []byte) []byte { return b[:len(b)-9] }, true, "hashes are missing"},
		"another's checkpoint": {checkpointFile, flip(60), false, "checkpoint: the log is damaged: checkpoint: "},
		"another key":          {publicFile, func([]byte) []byte { return []byte("x") }, false, "checkpoint: key.pub: malformed verifier id"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l, _ := openLog(t, dir)
			fill(t, l, 0, 299)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			signed, _ := os.ReadFile(filepath.Join(dir, checkpointFile))
			l, _ = openLog(t, dir)
			fill(t, l, 299, 300)
			l.Close()
			if err := os.WriteFile(filepath.Join(dir, checkpointFile), signed, 0o600); err != nil { // the last is not signed
				t.Fatal(err)
			}
			file := filepath.Join(dir, c.file)
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if name != "nothing" {
				if err := os.WriteFile(file, c.do(bytes.Clone(before)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			check, err := Fsck(dir, func([]byte) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if len(check.Faults) != 0 || check.Entries != 300 || check.Signed != 299 {
					t.Errorf("%+v", check)
				}
				return
			}
			if len(check.Faults) == 0 || check.Mended != c.mended {
				t.Fatalf("%+v", check)
			}
			if !strings.Contains(check.Faults[0].String(), c.want) {
				t.Errorf("it says %s", check.Faults[0])
			}
			after, _ := os.ReadFile(file)
			if same := bytes.Equal(before, after); same != c.mended {
				t.Errorf("the file is as it was: %v", same)
			}
			if l, err := Open(dir, Options{Origin: origin}); (err == nil) != c.mended {
				t.Errorf("it opens: %v", err)
			} else if err == nil {
				l.Close()
			}
		})
	}
}

// TestFsckLooks: an entry that says nothing is a fault with its place.
func TestFsckLooks(t *testing.T) {
	dir := t.TempDir()
	l, _ := openLog(t, dir)
	fill(t, l, 0, 3)
	l.Close()
	c, err := Fsck(dir, func(e []byte) error {
		if bytes.Equal(e, entry(1)) {
			return errors.New("it is no leaf")
		}
		return nil
	})
	if err != nil || len(c.Faults) != 1 || c.Faults[0].Entry != 1 || c.Faults[0].Octet != int64(frameHead+len(entry(0))) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := Fsck(t.TempDir(), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
}

// FuzzFrames: no octets make the reader fail, or read past what is there.
func FuzzFrames(f *testing.F) {
	f.Add(appendFrame(appendFrame(nil, []byte("a")), []byte("bc")))
	f.Add([]byte{0, 0, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 1, 2, 3, 4, 5})
	f.Fuzz(func(t *testing.T, octets []byte) {
		from := newFrames(bytes.NewReader(octets))
		var again []byte
		for {
			e, err := from.next()
			if err != nil {
				break
			}
			again = appendFrame(again, e)
		}
		if int64(len(again)) != from.at || !bytes.HasPrefix(octets, again) {
			t.Errorf("%d octets were read, they are %q", from.at, again)
		}
	})
}

// TestLast: the newest entries come first, across a bundle's edge, and no more than there are.
func TestLast(t *testing.T) {
	dir := t.TempDir()
	l, _ := openLog(t, dir)
	for _, size := range []int{0, 3, tileWidth + 2} {
		fill(t, l, int(l.Size()), size)
		if _, err := l.Checkpoint(); err != nil {
			t.Fatal(err)
		}
		got, err := l.Last(5)
		if err != nil || len(got) != min(5, size) {
			t.Fatalf("of %d entries %d came, %v", size, len(got), err)
		}
		for i, e := range got {
			if string(e) != string(entry(size-1-i)) {
				t.Errorf("of %d entries, number %d from the end is %s", size, i, e)
			}
		}
	}
}
