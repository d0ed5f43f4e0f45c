package taxii

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
)

// TestMedallion pushes to the reference server and polls it, stopped after each page: it gives all of a post one date_added, and moves its
// one cursor on with each request.
func TestMedallion(t *testing.T) {
	tool := testdata.Tool(t, "medallion")
	dir := t.TempDir()
	data, config := filepath.Join(dir, "data.json"), filepath.Join(dir, "medallion.conf")
	for path, text := range map[string]string{
		data: `{"/discovery":{"title":"t","description":"d","contact":"c","default":"/root/","api_roots":["/root/"]},
			"root":{"information":{"title":"t","description":"d","versions":["application/taxii+json;version=2.1"],"max_content_length":100000},"status":[],
			"collections":[{"id":"` + collectionID + `","title":"t","description":"d","can_read":true,"can_write":true,"media_types":["application/stix+json;version=2.1"],"objects":[],"manifest":[]}]}}`,
		config: fmt.Sprintf(`{"backend":{"module":"medallion.backends.memory_backend","module_class":"MemoryBackend","filename":%q},"users":{"ann":"secret"},"taxii":{"max_page_size":20}}`, data),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().(*net.TCPAddr)
	free.Close()
	cmd := exec.CommandContext(t.Context(), tool, "--host", "127.0.0.1", "--port", fmt.Sprint(at.Port), config)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); _ = cmd.Wait() }) // it was killed
	c := &Client{HTTP: &http.Client{Transport: &http.Transport{}}, Authorization: Basic("ann", "secret")}
	t.Cleanup(c.HTTP.CloseIdleConnections)
	to := awaitCollection(t, c, "http://"+at.String()+"/taxii2/")
	var sent []string
	for n := range 75 {
		sent = append(sent, fmt.Sprintf(`{"type":"identity","spec_version":"2.1","id":"identity--00000000-0000-4000-8000-%012d","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"%d"}`, n, n))
	}
	if so, err := push(t, c, to, sent); err != nil || so.Success != 75 {
		t.Fatalf("pushing: %+v, %v", so, err)
	}
	for stop := range 5 {
		p := &Poller{Client: c, Collection: to, Limit: 20}
		first, r, err := gather(t, p, Resume{}, stop)
		if err != nil {
			t.Fatal(err)
		}
		rest, _, err := gather(t, p, r, 100)
		got := map[string]bool{}
		for _, o := range append(first, rest...) {
			got[o[strings.Index(o, "identity--"):][:46]] = true
		}
		if n := len(first) + len(rest); err != nil || n != 75 || len(got) != 75 {
			t.Errorf("stopped after %d pages: %d objects, %d distinct, %v", stop, n, len(got), err)
		}
	}
}

// awaitCollection finds the collection once the server listens.
func awaitCollection(t *testing.T, c *Client, url string) *Collection {
	t.Helper()
	for range 10 { // each asks several times, with waits between
		if to, err := c.Find(t.Context(), url, collectionID); err == nil {
			return to
		}
	}
	t.Fatal("medallion does not listen")
	return nil
}
