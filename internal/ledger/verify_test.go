package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fine([]byte) error { return nil }

// TestVerify follows a log as it grows, over HTTP and in its folder.
func TestVerify(t *testing.T) {
	dir := t.TempDir()
	l, _ := openLog(t, dir)
	server := httptest.NewServer(http.StripPrefix("/ledger", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, word, _ := r.BasicAuth(); user != "atlantica" || word != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		l.ServeHTTP(w, r)
	})))
	defer server.Close()
	client := server.Client()
	defer client.CloseIdleConnections()
	remote := &Remote{client, server.URL + "/ledger/", "Basic YXRsYW50aWNhOnNlY3JldA=="} // atlantica:secret
	var seen Seen
	for at, size := range []int{0, 1, 255, 256, 257, 256 * 3, 70_000} {
		var list []int
		for n := int(seen.Size); n < size; n++ {
			list = append(list, n)
		}
		appendAll(t, l, list)
		v, now, err := Verify(t.Context(), remote, seen, fine)
		if err != nil || len(v.Faults) != 0 || v.Size != int64(size) || v.Entries != int64(size)-seen.Size || v.Origin != origin || now.Size != v.Size {
			t.Fatalf("of %d: %+v, %v", size, v, err)
		}
		if seen = now; at == 3 {
			read, err := OpenToRead(dir)
			if err != nil {
				t.Fatal(err)
			}
			v, _, err := Verify(t.Context(), read, Seen{}, fine)
			if err != nil || len(v.Faults) != 0 || v.Entries != int64(size) {
				t.Fatalf("in the folder: %+v, %v", v, err)
			}
			if err := read.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	remote.Authorization = ""
	if _, _, err := Verify(t.Context(), remote, seen, fine); !errors.Is(err, ErrUnread) || !strings.Contains(err.Error(), "401") {
		t.Errorf("one who may not read: %v", err)
	}
}

// appendAll appends entries in their order, many with one sync.
func appendAll(t *testing.T, l *Log, list []int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &batch{done: make(chan struct{})}
	for _, n := range list {
		e := entry(n)
		b.frames = appendFrame(b.frames, e)
		b.leaves, b.lengths = append(b.leaves, tlog.RecordHash(e)), append(b.lengths, int64(frameHead+len(e)))
	}
	if err := l.commit(b); err != nil {
		t.Fatal(err)
	}
}

// lying changes what a log says.
type lying struct {
	Source
	how func(path string, body []byte) []byte
}

func (l lying) Read(ctx context.Context, path string) ([]byte, error) {
	body, err := l.Source.Read(ctx, path)
	if err != nil {
		return nil, err
	}
	return l.how(path, body), nil
}

// TestLies: whatever a log says that is not so is found, and what was seen is kept.
func TestLies(t *testing.T) {
	l, _ := openLog(t, t.TempDir())
	fill(t, l, 0, 300)
	_, seen, err := Verify(t.Context(), l, Seen{}, fine)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l, 300, 600)
	other, _ := openLog(t, t.TempDir()) // the same entries but one, another key
	for n := range 600 {
		if n == 17 {
			n = 1017
		}
		if _, err := other.Append(t.Context(), entry(n)); err != nil {
			t.Fatal(err)
		}
	}
	resign := func(l *Log, text string) []byte {
		signed, err := note.Sign(&note.Note{Text: text}, l.signer)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	on := func(part string, do func([]byte) []byte) func(string, []byte) []byte {
		return func(path string, body []byte) []byte {
			if strings.HasPrefix(path, part) {
				return do(append([]byte(nil), body...))
			}
			return body
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	root := naive([][]byte{entry(0), entry(1)}).String()
	for name, c := range map[string]struct {
		from Source
		how  func(string, []byte) []byte
		seen Seen
		want string
	}{
		"another's key":     {other, nil, seen, "the checkpoint: "},
		"a fork":            {other, nil, Seen{other.PublicKey(), seen.Size, seen.Root}, "its first 300 entries are not those that were seen before"},
		"it shrank":         {l, on("checkpoint", func([]byte) []byte { return resign(l, origin+"\n2\n"+root+"\n") }), seen, "it has 2 entries, it had 300"},
		"another log's":     {l, on("checkpoint", func([]byte) []byte { return resign(l, "other\n2\n"+root+"\n") }), seen, `it is of the log "other"`},
		"no checkpoint":     {l, on("checkpoint", func([]byte) []byte { return resign(l, origin+"\n-2\n"+root+"\n") }), seen, "it is no checkpoint"},
		"no root":           {l, on("checkpoint", func([]byte) []byte { return resign(l, origin+"\n2\nabcd\n") }), seen, "it is no checkpoint"},
		"one line":          {l, on("checkpoint", func([]byte) []byte { return resign(l, origin+"\n") }), seen, "it is no checkpoint"},
		"a changed one":     {l, on("checkpoint", flip), seen, "the checkpoint: "},
		"empty with a root": {l, on("checkpoint", func([]byte) []byte { return resign(l, origin+"\n0\n"+root+"\n") }), Seen{Key: seen.Key}, "it is empty, its root is not"},
		"a changed tile":    {l, on("tile/0/", flip), seen, "inconsistent"},
		"a changed tile up": {l, on("tile/1/", flip), seen, "inconsistent"},
		"a short tile":      {l, on("tile/0/", func(b []byte) []byte { return b[:40] }), seen, "has 40 octets"},
		"a changed entry":   {l, on("tile/entries/001", func(b []byte) []byte { b[len(b)-1]++; return b }), seen, "entry 511: it is not the one that the tree holds"},
		"a short bundle":    {l, on("tile/entries/002", func(b []byte) []byte { return b[:9] }), seen, "entry 512: its bundle ends before it"},
		"no key":            {l, on("key", flip), Seen{}, "the key: "},
	} {
		t.Run(name, func(t *testing.T) {
			from := c.from
			if c.how != nil {
				from = lying{from, c.how}
			}
			v, kept, err := Verify(t.Context(), from, c.seen, fine)
			if err != nil || len(v.Faults) == 0 || kept != c.seen {
				t.Fatalf("%+v, %v, %v", v, kept, err)
			}
			if got := v.Faults[0].String(); !strings.Contains(got, c.want) {
				t.Errorf("it says %s", got)
			}
		})
	}
	v, _, err := Verify(t.Context(), l, seen, func(e []byte) error {
		if string(e) == string(entry(444)) {
			return errors.New("it is no leaf")
		}
		return nil
	})
	if err != nil || len(v.Faults) != 1 || v.Faults[0].Entry != 444 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestRead: only paths of the format are there, and only as far as it is signed.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	l, _ := openLog(t, dir)
	if _, err := OpenToRead(dir); err != nil {
		t.Errorf("a new one: %v", err)
	}
	fill(t, l, 0, 300)
	if _, err := l.Read(t.Context(), "tile/0/000"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before it is signed: %v", err)
	}
	if _, err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	fill(t, l, 300, 301)
	for path, want := range map[string]int{"tile/0/000": 8192, "tile/0/001.p/44": 44 * 32, "tile/0/001.p/7": 7 * 32, "tile/1/000.p/1": 32, "tile/entries/001.p/1": 2 + len(entry(256))} {
		if got, err := l.Read(t.Context(), path); err != nil || len(got) != want {
			t.Errorf("%s: %d octets, %v", path, len(got), err)
		}
	}
	for _, path := range []string{"", "tile", "tile/0/001.p/45", "tile/0/001", "tile/0/002", "tile/1/000.p/2", "tile/1/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/00/000", "tile/0/0", "tile/0/x000/000",
		"tile/-1/000", "tile/data/000", "tile/entries/-01", "tile/entries/999", "tile/64/000", "tile/8/000", "tile/0/x999/x999/x999/x999/x999/x999/999", "../key", "entries", "hashes", "key.pub", "tile/entries/entries/000"} {
		if body, err := l.Read(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %d octets, %v", path, len(body), err)
		}
	}
	read := httptest.NewRecorder()
	l.ServeHTTP(read, httptest.NewRequest("GET", "/tile/0/000", nil))
	if read.Code != 200 || !strings.Contains(read.Header().Get("Cache-Control"), "immutable") || read.Body.Len() != 8192 {
		t.Errorf("%d, %v", read.Code, read.Header())
	}
	for target, want := range map[string]int{"GET /key.pub": 404, "POST /checkpoint": 405, "GET /checkpoint": 200, "GET /key": 200} {
		method, path, _ := strings.Cut(target, " ")
		read := httptest.NewRecorder()
		l.ServeHTTP(read, httptest.NewRequest(method, path, nil))
		if read.Code != want {
			t.Errorf("%s: %d", target, read.Code)
		}
	}
	l.Close()
	if err := os.Truncate(filepath.Join(dir, entriesFile), 50); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenToRead(dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("entries that are lost: %v", err)
	}
}

// TestBounded: an answer without end is not read to it.
func TestBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	client := server.Client()
	defer client.CloseIdleConnections()
	for _, path := range []string{"checkpoint", "tile/entries/000"} {
		if _, err := (&Remote{Client: client, URL: server.URL}).Read(t.Context(), path); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestLeaf: a leaf is read as it was written, tells the same of the same, and nothing that is no leaf is one.
func TestLeaf(t *testing.T) {
	list := []Release{{"indicator--1", "2026-01-01T00:00:00.000Z", "5.1", []string{"name"}}, {"ipv4-addr--2", "", "5.2", nil}}
	key := Key("a key of the agreement, of 32 octets")
	root := key.Root(list)
	if root != key.Root(list) || root == Key("another key of it, of 32 octets....").Root(list) {
		t.Error("the root does not follow from the key")
	}
	for _, change := range []func(r *Release){
		func(r *Release) { r.Object = "x" }, func(r *Release) { r.Version = "x" }, func(r *Release) { r.Clause = "x" }, func(r *Release) { r.Removed = nil },
		func(r *Release) { r.Clause, r.Removed = "5.1n", []string{"ame"} },
	} {
		other := append([]Release(nil), list...)
		change(&other[0])
		if key.Root(other) == root {
			t.Errorf("%+v has the same root", other[0])
		}
	}
	leaf := Leaf{Kind: KindResponse, Time: leafTime(), Partner: "cert-atlantica", Agreement: "nadia-atlantica", Version: 3, Collection: "c", Request: "r", Root: root, Objects: 2, Counts: map[string]int{"5.1": 1, "5.2": 1}}
	text, err := leaf.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseLeaf(text); err != nil || got.Root != root || got.Counts["5.2"] != 1 || !got.Time.Equal(leaf.Time) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"kind":"other","time":"2026-01-01T00:00:00Z","partner":"p"}`, `{"kind":"response","partner":"p"}`, string(text) + "{}", `{"kind":"response","time":"2026-01-01T00:00:00Z","partner":"p","more":1}`} {
		if _, err := ParseLeaf([]byte(bad)); err == nil {
			t.Errorf("%s is a leaf", bad)
		}
	}
}

// FuzzBundle: no bundle that a server makes up stops one who verifies.
func FuzzBundle(f *testing.F) {
	f.Add([]byte{0, 1, 'a'}, []byte("x\n1\n\n"))
	f.Add(binary.BigEndian.AppendUint16(nil, 65535), []byte{})
	l, err := Open(f.TempDir(), Options{Origin: origin})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	if _, err := l.Append(context.Background(), []byte("a")); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, bundle, checkpoint []byte) {
		v, _, err := Verify(t.Context(), lying{l, func(path string, body []byte) []byte {
			if strings.HasPrefix(path, "tile/entries/") {
				return bundle
			}
			return body
		}}, Seen{}, fine)
		if err != nil || len(v.Faults) == 0 != strings.HasPrefix(string(bundle), "\x00\x01a") {
			t.Errorf("%+v, %v", v, err)
		}
		if _, err := parseCheckpoint(checkpoint, l.verifier); err == nil {
			t.Error("nobody signed this")
		}
	})
}
