package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/api"
	"pahra/internal/limit"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
)

// intake remembers what it took.
type intake struct {
	took map[string]string
	err  error
}

func (i *intake) Upload(_ context.Context, v account.Viewer, source, name string, f *os.File) ([]store.DeskReport, error) {
	text, err := io.ReadAll(f)
	if err = errors.Join(err, i.err); err != nil {
		return nil, err
	}
	i.took[v.Name+" "+source+" "+name] = string(text)
	return []store.DeskReport{{ID: "national/2026-03-04/" + source + "/1", Name: name, State: store.ReportWaiting, Size: int64(len(text))}}, nil
}

func (i *intake) Sent(_ context.Context, _ account.Viewer, id string) (store.DeskReport, error) {
	if !strings.HasPrefix(id, "national/") {
		return store.DeskReport{}, store.ErrNotFound
	}
	return store.DeskReport{ID: id, State: store.ReportRead, DeskCounts: store.DeskCounts{Lines: 3, Events: 1, Duplicates: 1, Bad: 1}}, nil
}

func newUploads(t *testing.T, i *intake) (*httptest.Server, string) {
	t.Helper()
	dir := t.TempDir()
	s := httptest.NewServer(api.NewUploads(api.UploadsConfig{
		Intake: i, Log: slog.New(slog.DiscardHandler), Most: 1000, Dir: dir, Limits: api.LimitsOf(limit.Defaults()), Now: time.Now,
		Who: func(r *http.Request) (account.Viewer, error) {
			if r.Header.Get("Authorization") != "Bearer pahra_ann" {
				return account.Viewer{}, account.ErrRefused
			}
			return account.Viewer{Account: "1", Name: "ann"}, nil
		},
	}))
	t.Cleanup(s.Close)
	return s, dir
}

func send(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// TestUpload: what is sent with a token is handed over as it came, under its source and name; the answer names it.
func TestUpload(t *testing.T) {
	i := &intake{took: map[string]string{}}
	s, dir := newUploads(t, i)
	status, body := send(t, "POST", s.URL+api.UploadsRoot+"?source=bank&name=a.csv", "pahra_ann", "a,b\n1,2\n")
	var answer struct{ Reports []api.SentReport }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusCreated || len(answer.Reports) != 1 || answer.Reports[0].Size != 8 {
		t.Errorf("%d %s %v", status, body, err)
	}
	if i.took["ann bank a.csv"] != "a,b\n1,2\n" {
		t.Errorf("taken: %q", i.took)
	}
	status, body = send(t, "GET", s.URL+api.UploadsRoot+"/"+answer.Reports[0].ID, "pahra_ann", "")
	if status != http.StatusOK || !strings.Contains(body, `"state":"read"`) || !strings.Contains(body, `"quarantine":1`) {
		t.Errorf("%d %s", status, body)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

// TestUploadRefused: every refusal says why, with its status.
func TestUploadRefused(t *testing.T) {
	const good = "?source=bank&name=a.csv"
	for _, c := range []struct {
		method, path, token, body string
		err                       error
		want                      int
	}{
		{"POST", good, "", "x", nil, 401},
		{"POST", good, "pahra_bob", "x", nil, 401},
		{"POST", "?source=bank", "pahra_ann", "x", nil, 422},
		{"POST", "?source=bank&name=..%2Fa", "pahra_ann", "x", nil, 422},
		{"POST", good, "pahra_ann", strings.Repeat("x", 1001), nil, 413},
		{"POST", good, "pahra_ann", "x", spool.ErrTooLarge, 413},
		{"POST", good, "pahra_ann", "x", reports.ErrPacked, 422},
		{"POST", good, "pahra_ann", "x", reports.ErrBusy, 503},
		{"POST", good, "pahra_ann", "x", reports.ErrNoSource, 404},
		{"POST", good, "pahra_ann", "x", account.ErrForbidden, 403},
		{"POST", good, "pahra_ann", "x", errors.New("a secret of the disk"), 500},
		{"PUT", good, "pahra_ann", "x", nil, 405},
		{"GET", good, "pahra_ann", "", nil, 405},
		{"GET", "/elsewhere", "pahra_ann", "", nil, 404},
	} {
		s, _ := newUploads(t, &intake{took: map[string]string{}, err: c.err})
		status, body := send(t, c.method, s.URL+api.UploadsRoot+c.path, c.token, c.body)
		if status != c.want || !strings.Contains(body, `"detail"`) || strings.Contains(body, "secret") {
			t.Errorf("%s %s, %v: %d %s, want %d", c.method, c.path, c.err, status, body, c.want)
		}
	}
}
