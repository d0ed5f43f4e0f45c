package irr

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/source/sourcetest"
	"pahra/wire/nrtm"
)

// route makes a route object.
func route(i int, origin int) string {
	return fmt.Sprintf("route: 10.%d.%d.0/24\norigin: AS%d\nsource: TEST\n", i/256, i%256, origin)
}

// registry is the far end, of both versions, without a network. objects are by class and key.
type registry struct {
	t       testing.TB
	mu      sync.Mutex
	objects map[string]string
	serial  uint64
	log     []nrtm.Change // of version 3, one for each serial from first on
	first   uint64
	answer  string // in place of a true one, where not empty
	closed  bool   // nobody answers

	session  string
	version  uint64
	snapshot nrtm.Reference
	deltas   []nrtm.Reference
	files    map[string][]byte
	key      *ecdsa.PrivateKey
	next     *ecdsa.PrivateKey
	at       time.Time // of the notification; zero is now
	edit     func(*nrtm.Notification)
	asked    []string
	farEnds  sync.WaitGroup
}

func newRegistry(t testing.TB) *registry {
	r := &registry{t: t, objects: map[string]string{}, serial: 100, first: 101, files: map[string][]byte{}, key: newKey(t)}
	r.newSession("ca128382-78d9-41d1-8927-1ecef15275be")
	return r
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(t testing.TB, key *ecdsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// do changes the registry while nobody else looks.
func (r *registry) do(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// add and del change an object, in both versions; a delta of version 4 is published with publish.
func (r *registry) add(object string) nrtm.Change {
	class, key, err := nrtm.KeyOf([]byte(object))
	if err != nil {
		r.t.Fatal(err)
	}
	r.objects[class+" "+key] = object
	return r.logged(nrtm.Change{Class: class, Key: key, Object: []byte(object)})
}

func (r *registry) del(object string) nrtm.Change {
	class, key, err := nrtm.KeyOf([]byte(object))
	if err != nil {
		r.t.Fatal(err)
	}
	delete(r.objects, class+" "+key)
	return r.logged(nrtm.Change{Delete: true, Class: class, Key: key, Object: []byte(object)})
}

func (r *registry) logged(c nrtm.Change) nrtm.Change {
	r.serial++
	c.Serial = r.serial
	r.log = append(r.log, c)
	return c
}

func (r *registry) publish(changes ...nrtm.Change) {
	r.version++
	head := nrtm.FileHeader{Source: "TEST", Session: r.session, Version: r.version}
	b := nrtm.AppendHeader(nil, "delta", head)
	for _, c := range changes {
		b = nrtm.AppendChange(b, c)
	}
	r.deltas = append(r.deltas, r.file(fmt.Sprintf("delta.%d.json", r.version), r.version, b))
}

func (r *registry) file(name string, version uint64, content []byte) nrtm.Reference {
	sum := sha256.Sum256(content)
	r.files["/nrtm/"+name] = content
	return nrtm.Reference{Version: version, URL: name, SHA256: hex.EncodeToString(sum[:])}
}

func (r *registry) newSession(id string) {
	r.session, r.version, r.deltas = id, 1, nil
	r.snap()
}

func (r *registry) snap() {
	b := nrtm.AppendHeader(nil, "snapshot", nrtm.FileHeader{Source: "TEST", Session: r.session, Version: r.version})
	for _, name := range slices.Sorted(maps.Keys(r.objects)) {
		b = nrtm.AppendObject(b, []byte(r.objects[name]))
	}
	r.snapshot = r.file(fmt.Sprintf("snapshot.%d.json.gz", r.version), r.version, pack(b))
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// dump is what the registry gives as a dump, with a person that nobody needs.
func (r *registry) dump() string {
	b := "% a dump\n\nperson: Somebody\nnic-hdl: SB1\n\n"
	for _, name := range slices.Sorted(maps.Keys(r.objects)) {
		b += r.objects[name] + "\n"
	}
	return b
}

// kept is what a copy must hold.
func (r *registry) kept() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.objects)
}

// RoundTrip serves dump, serial and the files of version 4.
func (r *registry) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, req.URL.Path)
	if r.closed {
		return nil, errors.New("nobody is there")
	}
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1}
	var content []byte
	switch name := req.URL.Path; {
	case name == "/dump.gz":
		content = pack([]byte(r.dump()))
	case name == "/serial":
		content = fmt.Appendf(nil, "%d\n", r.serial)
	case name == "/nrtm/update-notification-file.jose":
		content = r.notification()
	case r.files[name] != nil:
		content = r.files[name]
	default:
		resp.StatusCode = 404
	}
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	if !strings.HasPrefix(req.URL.Path, "/nrtm/") {
		resp.Header.Set("ETag", tag)
		if req.Header.Get("If-None-Match") == tag {
			resp.StatusCode, content = 304, nil
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(content))
	return resp, nil
}

func (r *registry) notification() []byte {
	n := &nrtm.Notification{Timestamp: r.at, Source: "TEST", Session: r.session, Version: r.version, Snapshot: r.snapshot, Deltas: r.deltas}
	if n.Timestamp.IsZero() {
		n.Timestamp = time.Now()
	}
	if r.next != nil {
		n.NextKey = public(r.t, r.next)
	}
	if r.edit != nil {
		r.edit(n)
	}
	payload, err := n.Marshal()
	if err != nil {
		r.t.Error(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"ES256"}`)) + "." + encode(payload)
	sum := sha256.Sum256([]byte(text))
	a, b, err := ecdsa.Sign(rand.Reader, r.key, sum[:])
	if err != nil {
		r.t.Error(err)
	}
	signature := make([]byte, 64)
	a.FillBytes(signature[:32])
	b.FillBytes(signature[32:])
	return []byte(text + "." + encode(signature))
}

// serve answers one connection of version 3.
func (r *registry) serve(conn net.Conn) {
	defer conn.Close()
	var line []byte
	for one := make([]byte, 1); !bytes.HasSuffix(line, []byte("\n")); {
		if _, err := conn.Read(one); err != nil {
			return
		}
		line = append(line, one...)
	}
	r.mu.Lock()
	answer := r.answer
	var from uint64
	if _, err := fmt.Sscanf(string(line), "-g TEST:3:%d-LAST\n", &from); err != nil {
		r.t.Errorf("asked %q", line)
	}
	switch {
	case answer != "":
	case from < r.first || from > r.serial:
		answer = fmt.Sprintf("%%ERROR:401: invalid range: Not within %d-%d\n", r.first, r.serial)
	default:
		answer = string(nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: from, Last: r.serial}, r.log[from-r.first:]))
	}
	r.mu.Unlock()
	io.WriteString(conn, answer)
}

// bench runs a source against a registry.
type bench struct {
	*Source
	t     *testing.T
	shelf *sourcetest.Shelf
	dir   string
	reg   *registry
	stop  func()
}

func (b *bench) start() {
	b.t.Helper()
	var err error
	config := b.config
	if b.Source, err = New("irr", config, b.dir, b.shelf, slog.New(slog.DiscardHandler)); err != nil {
		b.t.Fatal(err)
	}
	b.getter.Client = &http.Client{Transport: b.reg}
	b.backoff.Rand, b.reload.Rand = func() float64 { return 1 }, func() float64 { return 1 }
	b.dial = func(context.Context) (net.Conn, error) {
		b.reg.mu.Lock()
		defer b.reg.mu.Unlock()
		if b.reg.closed {
			return nil, errors.New("nobody is there")
		}
		near, far := net.Pipe()
		b.reg.farEnds.Go(func() { b.reg.serve(far) })
		return near, nil
	}
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	s := b.Source
	go func() { done <- s.Run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Errorf("Run: %v", err)
		}
		b.reg.farEnds.Wait()
	}
}

// restart ends the source and begins it anew on the same folder.
func (b *bench) restart() {
	b.stop()
	b.start()
}

// play runs body in a time that passes as fast as everybody waits. mode is 3, 4 or 0 for dumps alone.
func play(t *testing.T, mode int, config Config, body func(*bench, *registry)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		reg := newRegistry(t)
		config.Registry = "test"
		switch mode {
		case 4:
			config.NRTM4, config.Key = "https://registry.invalid/nrtm/update-notification-file.jose", public(t, reg.key)
		case 3:
			config.NRTM3, config.Serial = "registry.invalid:43", "https://registry.invalid/serial"
			fallthrough
		default:
			config.Dump = []string{"https://registry.invalid/dump.gz"}
		}
		for i := range 50 {
			reg.objects[fmt.Sprintf("route 10.0.%d.0/24AS%d", i, 64496)] = route(i, 64496)
		}
		reg.snap()
		b := &bench{t: t, shelf: &sourcetest.Shelf{}, dir: t.TempDir(), reg: reg, Source: &Source{config: config}}
		b.start()
		sourcetest.Pass(time.Second)
		body(b, reg)
		b.stop()
	})
}

// same makes sure that the latest snapshot holds what the registry holds.
func (b *bench) same(what string) {
	b.t.Helper()
	fact, text := b.shelf.Last(b.t)
	got := map[string]string{}
	for _, object := range strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		class, key, err := nrtm.KeyOf([]byte(object))
		if err != nil {
			b.t.Fatalf("%s: %q: %v", what, object, err)
		}
		got[class+" "+key] = strings.TrimSuffix(object, "\n") + "\n"
	}
	want := b.reg.kept()
	if !maps.Equal(got, want) {
		b.t.Errorf("%s: the snapshot has %d objects, the registry %d, and they differ", what, len(got), len(want))
	}
	if n := fact.Counts["objects"]; n != len(want) {
		b.t.Errorf("%s: %d objects are counted of %d", what, n, len(want))
	}
}
