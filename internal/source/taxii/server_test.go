package taxii

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const collectionID = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"

// object is one that the server has.
type object struct {
	added time.Time
	text  string
}

// server is a server made up, which can be told to behave as servers do.
type server struct {
	mu      sync.Mutex
	objects []object
	posted  map[string]int64 // by status id: how many objects
	asked   []string         // each query for objects
	digits  string           // of date_added in headers; empty: six
	answer  func(w http.ResponseWriter, r *http.Request) bool
	page    func(p map[string]any, r *http.Request) // changes a page
	pending int                                     // times that a status is pending first
	most    int64                                   // octets of a post
}

func (s *server) add(added time.Time, texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range texts {
		s.objects = append(s.objects, object{added, t})
	}
}

func numbered(n int) string {
	return fmt.Sprintf(`{"type":"identity","id":"identity--%08d-0000-4000-8000-000000000000","name":"%d <&>"}`, n, n)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answer != nil && s.answer(w, r) {
		return
	}
	w.Header().Set("Content-Type", mediaType)
	if r.Header.Get("Accept") != mediaType {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	root := "/root/"
	switch path := r.URL.Path; {
	case path == "/taxii2/":
		s.write(w, map[string]any{"title": "made up", "api_roots": []string{"https://elsewhere.example/x/", "/root/"}})
	case path == root:
		s.write(w, map[string]any{"title": "root", "versions": []string{mediaType}, "max_content_length": s.most})
	case path == root+"collections/":
		s.write(w, map[string]any{"collections": []any{map[string]any{"id": collectionID, "alias": "shared", "title": "t", "can_read": true, "can_write": true}}})
	case path == root+"collections/"+collectionID+"/objects/" && r.Method == http.MethodPost:
		s.post(w, r)
	case path == root+"collections/"+collectionID+"/objects/":
		s.asked = append(s.asked, r.URL.RawQuery)
		s.list(w, r)
	case strings.HasPrefix(path, root+"status/"):
		s.status(w, strings.Trim(strings.TrimPrefix(path, root+"status/"), "/"))
	default:
		w.WriteHeader(http.StatusNotFound)
		s.write(w, map[string]any{"title": "nothing here", "http_status": "404"})
	}
}

func (s *server) write(w http.ResponseWriter, v any) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

// list gives a page; the cursor is the place in the list.
func (s *server) list(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	after, err := time.Parse("2006-01-02T15:04:05.000000Z", r.URL.Query().Get("added_after"))
	if err != nil && r.URL.Query().Has("added_after") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	skip, err := strconv.Atoi(r.URL.Query().Get("next"))
	if err != nil && r.URL.Query().Has("next") {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var list []object
	for _, o := range s.objects {
		if o.added.After(after) {
			list = append(list, o)
		}
	}
	list = list[min(skip, len(list)):]
	page := map[string]any{}
	if len(list) > limit {
		list = list[:limit]
		page["more"], page["next"] = true, strconv.Itoa(skip+limit)
	}
	if len(list) > 0 {
		form := "2006-01-02T15:04:05.000000Z"
		if s.digits != "" {
			form = s.digits
		}
		w.Header().Set("X-TAXII-Date-Added-First", list[0].added.Format(form))
		w.Header().Set("X-TAXII-Date-Added-Last", list[len(list)-1].added.Format(form))
		var texts []json.RawMessage
		for _, o := range list {
			texts = append(texts, json.RawMessage(o.text))
		}
		page["objects"] = texts
	}
	if s.page != nil {
		s.page(page, r)
	}
	s.write(w, page)
}

func (s *server) post(w http.ResponseWriter, r *http.Request) {
	var body struct{ Objects []json.RawMessage }
	if r.Header.Get("Content-Type") != mediaType {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	if s.most > 0 && r.ContentLength > s.most {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Objects) == 0 {
		w.WriteHeader(http.StatusUnprocessableEntity)
		s.write(w, map[string]any{"title": "no objects", "description": "it says nothing"})
		return
	}
	for _, o := range body.Objects {
		s.objects = append(s.objects, object{time.Date(2030, 1, 1, 0, 0, 0, len(s.objects)*1000, time.UTC), string(o)})
	}
	id := fmt.Sprint("status-", len(s.posted))
	s.posted[id] = int64(len(body.Objects))
	w.WriteHeader(http.StatusAccepted)
	s.status(w, id)
}

func (s *server) status(w http.ResponseWriter, id string) {
	n := s.posted[id]
	if s.pending > 0 {
		s.pending--
		s.write(w, map[string]any{"id": id, "status": "pending", "pending_count": n})
		return
	}
	s.write(w, map[string]any{"id": id, "status": "complete", "success_count": n - 1, "failure_count": 1, "failures": []any{map[string]any{"id": "identity--x", "message": "not this one"}}})
}

// start starts the server, and gives a client that does not wait but notes how long it would.
func start(t *testing.T, s *server) (*Client, string, *[]time.Duration) {
	t.Helper()
	s.posted = map[string]int64{}
	web := httptest.NewServer(s)
	waits := &[]time.Duration{}
	c := &Client{HTTP: &http.Client{Transport: &http.Transport{}}, Sleep: sleeper(waits)}
	t.Cleanup(func() { c.HTTP.CloseIdleConnections(); web.Close() })
	return c, web.URL, waits
}
