package taxii

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/source/inbox"
)

func sleeper(waits *[]time.Duration) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return ctx.Err()
	}
}

func day(n int) time.Time { return time.Date(2026, 3, 1, 0, 0, 0, n*1000, time.UTC) }

func find(t *testing.T, c *Client, url string) *Collection {
	t.Helper()
	to, err := c.Find(t.Context(), url+"/taxii2/", "shared")
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// gather polls to the end and gives what came; it stops with an error once stop pages were noted, as one that is killed then.
func gather(t *testing.T, p *Poller, r Resume, stop int) (got []string, now Resume, err error) {
	t.Helper()
	killed := errors.New("killed")
	now = r
	err = p.Poll(t.Context(), r, func(objects []json.RawMessage, at Resume) error {
		if stop == 0 {
			return killed
		}
		stop--
		for _, o := range objects {
			got = append(got, string(o))
		}
		now = at
		return nil
	})
	if errors.Is(err, killed) {
		err = nil
	}
	return got, now, err
}

func want(n int) (list []string) {
	for i := range n {
		list = append(list, numbered(i))
	}
	return list
}

// TestFind: from discovery, from a root, by id and by alias; nothing is sent to another host.
func TestFind(t *testing.T) {
	c, url, _ := start(t, &server{})
	for _, at := range []string{"/taxii2/", "/taxii2", "/root/"} {
		for _, name := range []string{"shared", collectionID} {
			if to, err := c.Find(t.Context(), url+at, name); err != nil || to.ID != collectionID || to.Address() != url+"/root/collections/"+collectionID+"/objects/" {
				t.Errorf("%s %s: %+v, %v", at, name, to, err)
			}
		}
	}
	_, err := c.Find(t.Context(), url+"/taxii2/", "other")
	if err == nil || !strings.Contains(err.Error(), "is at another place") || !strings.Contains(err.Error(), `no collection "other"`) {
		t.Errorf("another: %v", err)
	}
	var status *StatusError
	if _, err := c.Find(t.Context(), url+"/nowhere/", "shared"); !errors.As(err, &status) || status.Code != 404 || !strings.Contains(err.Error(), "nothing here") {
		t.Errorf("nowhere: %v", err)
	}
}

// TestPoll: what is new since, in whatever way the server pages; stopped after any page and gone on with, nothing is lost or doubled.
func TestPoll(t *testing.T) {
	expires := 0
	noCursor := func(p map[string]any, _ *http.Request) { delete(p, "next") }
	for name, s := range map[string]*server{
		"cursors":           {},
		"more without next": {page: noCursor},
		"next is empty": {page: func(p map[string]any, _ *http.Request) {
			if p["more"] == true {
				p["next"] = ""
			}
		}},
		"next at the end": {page: func(p map[string]any, _ *http.Request) {
			if p["more"] == nil {
				p["next"] = "5"
			}
		}},
		"no digits":    {digits: "2006-01-02T15:04:05.999999999Z"},
		"more of them": {digits: "2006-01-02T15:04:05.000000000Z"},
		"another zone": {digits: "2006-01-02T15:04:05.000000+00:00"},
		"a cursor expires": {answer: func(w http.ResponseWriter, r *http.Request) bool {
			if expires++; r.URL.Query().Has("next") && expires%3 == 0 {
				w.WriteHeader(http.StatusNotFound)
				return true
			}
			return false
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for stop := range 6 {
				s.objects = nil
				for n := range 23 {
					s.add(day(n), numbered(n))
				}
				c, url, _ := start(t, s)
				p := &Poller{Client: c, Collection: find(t, c, url), Limit: 5}
				first, r, err := gather(t, p, Resume{}, stop)
				if err != nil {
					t.Fatal(err)
				}
				rest, r, err := gather(t, p, r, 100)
				if err != nil {
					t.Fatal(err)
				}
				if got := append(first, rest...); !slices.Equal(got, want(23)) {
					t.Fatalf("stopped after %d pages: %d objects: %v", stop, len(got), got)
				}
				if more, _, err := gather(t, p, r, 100); err != nil || len(more) != 0 {
					t.Errorf("again: %v, %v", more, err)
				}
				s.add(day(100), numbered(100))
				if more, _, err := gather(t, p, r, 100); err != nil || !slices.Equal(more, []string{numbered(100)}) {
					t.Errorf("what is new: %v, %v", more, err)
				}
			}
		})
	}
}

// TestOneDate: a server gives one date_added to many, and no cursor: pages are asked for that are long enough.
func TestOneDate(t *testing.T) {
	s := &server{page: func(p map[string]any, _ *http.Request) { delete(p, "next") }}
	for n := range 40 {
		s.add(day(n/13), numbered(n))
	}
	c, url, _ := start(t, s)
	p := &Poller{Client: c, Collection: find(t, c, url), Limit: 4}
	for stop := range 9 {
		first, r, err := gather(t, p, Resume{}, stop)
		if err != nil {
			t.Fatal(err)
		}
		rest, _, err := gather(t, p, r, 100)
		if got := append(first, rest...); err != nil || !slices.Equal(got, want(40)) {
			t.Fatalf("stopped after %d pages: %v, %v", stop, got, err)
		}
	}
	s.objects = nil
	for n := range 400 {
		s.add(day(1), numbered(n))
	}
	s.page = func(p map[string]any, _ *http.Request) { // it never gives more than 4
		delete(p, "next")
		if list, _ := p["objects"].([]json.RawMessage); len(list) > 4 {
			p["objects"], p["more"] = list[:4], true
		}
	}
	if _, _, err := gather(t, p, Resume{}, 100); !errors.Is(err, ErrPaging) {
		t.Errorf("a server that cannot be paged: %v", err)
	}
}

// TestCursorMoves: a server moves its one cursor on with each request (as medallion does), also where the answer is lost; its objects
// have one date_added.
func TestCursorMoves(t *testing.T) {
	for lose := range 9 {
		for stop := range 7 {
			asked, at := 0, 0
			s := &server{}
			for n := range 40 {
				s.add(day(n/25), numbered(n))
			}
			s.page = func(p map[string]any, _ *http.Request) {
				if p["more"] == true {
					p["next"] = "the-one"
				}
			}
			s.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/objects/") {
					return false
				}
				if !r.URL.Query().Has("next") {
					at = 0
				}
				q := r.URL.Query()
				if at > 0 {
					q.Set("next", fmt.Sprint(at))
				}
				r.URL.RawQuery = q.Encode()
				at += 6
				if asked++; asked == lose {
					panic(http.ErrAbortHandler)
				}
				return false
			}
			c, url, _ := start(t, s)
			p := &Poller{Client: c, Collection: find(t, c, url), Limit: 6}
			first, r, err := gather(t, p, Resume{}, stop)
			if err != nil {
				t.Fatal(err)
			}
			rest, _, err := gather(t, p, r, 100)
			if got := append(first, rest...); err != nil || !slices.Equal(got, want(40)) {
				t.Fatalf("answer %d lost, stopped after %d pages: %d objects, %v", lose, stop, len(got), err)
			}
		}
	}
}

// TestLoops: pages that lead nowhere end the poll, and say so.
func TestLoops(t *testing.T) {
	turns := 0
	for name, c := range map[string]struct {
		page func(p map[string]any, _ *http.Request)
		want error
	}{
		"the same cursor": {func(p map[string]any, _ *http.Request) { p["more"], p["next"] = true, "0" }, ErrLoop},
		"two in turn":     {func(p map[string]any, _ *http.Request) { turns++; p["more"], p["next"] = true, fmt.Sprint(turns%2) }, ErrLoop},
		"empty pages": {func(p map[string]any, _ *http.Request) {
			turns++
			delete(p, "objects")
			p["more"], p["next"] = true, fmt.Sprint(turns)
		}, ErrLoop},
		"one page for all": {func(p map[string]any, r *http.Request) {
			turns++
			p["objects"], p["more"], p["next"] = []json.RawMessage{json.RawMessage(numbered(1))}, true, fmt.Sprint(turns)
		}, ErrLoop},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{page: c.page}
			for n := range 23 {
				s.add(day(n), numbered(n))
			}
			client, url, _ := start(t, s)
			p := &Poller{Client: client, Collection: find(t, client, url), Limit: 5}
			if _, _, err := gather(t, p, Resume{}, 100); !errors.Is(err, c.want) {
				t.Errorf("it says %v", err)
			}
			if len(s.asked) > 30 {
				t.Errorf("it asked %d times", len(s.asked))
			}
		})
	}
	s := &server{page: func(p map[string]any, _ *http.Request) { delete(p, "next"); p["objects"], p["more"] = nil, true }}
	s.add(day(1), numbered(1), numbered(2))
	client, url, _ := start(t, s)
	p := &Poller{Client: client, Collection: find(t, client, url), Limit: 1}
	if _, _, err := gather(t, p, Resume{}, 100); !errors.Is(err, ErrPaging) {
		t.Errorf("empty pages without a cursor: %v", err)
	}
	if _, _, err := gather(t, p, Resume{Of: "elsewhere"}, 1); !errors.Is(err, ErrOther) {
		t.Errorf("a resume of another: %v", err)
	}
}

// TestWaits: a server that asks to wait is waited for, so long and no longer; what waiting does not mend is told at once.
func TestWaits(t *testing.T) {
	s := &server{}
	s.add(day(0), numbered(0))
	c, url, waits := start(t, s)
	to := find(t, c, url)
	p := &Poller{Client: c, Collection: to}
	n := 0
	answers := func(code, times int, header ...string) {
		n, *waits = 0, nil
		s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			if n++; n > times {
				return false
			}
			for i := 0; i < len(header); i += 2 {
				w.Header().Add(header[i], header[i+1])
			}
			w.WriteHeader(code)
			return true
		}
	}
	for _, code := range []int{429, 503} {
		answers(code, 3, "Retry-After", "7")
		if got, _, err := gather(t, p, Resume{}, 9); err != nil || len(got) != 1 || len(*waits) != 3 || slices.Min(*waits) < 7*time.Second {
			t.Errorf("%d: %v, %v, waited %v", code, got, err, *waits)
		}
	}
	answers(503, 1, "Date", "Sun, 01 Mar 2026 00:00:00 GMT", "Retry-After", "Sun, 01 Mar 2026 00:01:00 GMT")
	if _, _, err := gather(t, p, Resume{}, 9); err != nil || len(*waits) != 1 || (*waits)[0] != time.Minute {
		t.Errorf("until a time: %v, waited %v", err, *waits)
	}
	answers(429, 1, "Retry-After", "86400")
	if _, _, err := gather(t, p, Resume{}, 9); err == nil || len(*waits) != 0 || !strings.Contains(err.Error(), "it asks to wait for 24h") {
		t.Errorf("for a day: %v, waited %v", err, *waits)
	}
	answers(503, 1000)
	if _, _, err := gather(t, p, Resume{}, 9); err == nil || n != tries {
		t.Errorf("for ever: %v, asked %d times", err, n)
	}
	answers(401, 1, "WWW-Authenticate", `Basic realm="one"`, "WWW-Authenticate", `Basic realm="two"`)
	if _, _, err := gather(t, p, Resume{}, 9); err == nil || len(*waits) != 0 || !strings.Contains(err.Error(), `Basic realm="one", Basic realm="two"`) {
		t.Errorf("no log-in: %v, waited %v", err, *waits)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		fmt.Fprint(w, "<html>log in</html>")
		return true
	}
	if _, _, err := gather(t, p, Resume{}, 9); !errors.Is(err, errAnswer) {
		t.Errorf("a page for people: %v", err)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(make([]byte, mostAnswer+1))
		return true
	}
	if _, _, err := gather(t, p, Resume{}, 9); !errors.Is(err, errAnswer) || !strings.Contains(err.Error(), "more than") {
		t.Errorf("without end: %v", err)
	}
	s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("X-TAXII-Date-Added-Last", "yesterday")
		fmt.Fprint(w, `{"objects":[{}]}`)
		return true
	}
	if _, _, err := gather(t, p, Resume{}, 9); !errors.Is(err, errAnswer) {
		t.Errorf("a time that is none: %v", err)
	}
}

// TestLogIn: a server with two challenges of Basic lets in who sends the log-in; a token goes the same way.
func TestLogIn(t *testing.T) {
	s := &server{}
	var auth []string
	s.answer = func(w http.ResponseWriter, r *http.Request) bool {
		user, word, _ := r.BasicAuth()
		auth = append(auth, r.Header.Get("Authorization"))
		if user == "ann" && word == "se:cret" || r.Header.Get("Authorization") == "Bearer t" {
			return false
		}
		w.Header().Add("WWW-Authenticate", `Basic realm="one"`)
		w.Header().Add("WWW-Authenticate", `Basic realm="two"`)
		w.WriteHeader(401)
		return true
	}
	c, url, _ := start(t, s)
	for _, a := range []string{Basic("ann", "se:cret"), Bearer("t")} {
		c.Authorization = a
		find(t, c, url)
	}
	c.Authorization = ""
	var status *StatusError
	if _, err := c.Find(t.Context(), url, "shared"); !errors.As(err, &status) || status.Code != 401 || auth[len(auth)-1] != "" {
		t.Errorf("nobody: %v", err)
	}
}

// push pushes objects and gives what became of them.
func push(t *testing.T, c *Client, to *Collection, objects []string) (so Outcome, err error) {
	t.Helper()
	err = Push(t.Context(), c, to, func() (json.RawMessage, error) {
		if len(objects) == 0 {
			return nil, io.EOF
		}
		o := objects[0]
		objects = objects[1:]
		return json.RawMessage(o), nil
	}, func(o Outcome) error { so = o; return nil })
	return so, err
}

// TestPush: all is posted, in as many posts as it takes, and followed until the server has dealt with it.
func TestPush(t *testing.T) {
	for name, s := range map[string]*server{"plain": {}, "pending": {pending: 5}, "small posts": {most: 2000}} {
		t.Run(name, func(t *testing.T) {
			c, url, waits := start(t, s)
			so, err := push(t, c, find(t, c, url), want(1203))
			if err != nil || so.Pushed != 1203 || so.Failed != int64(len(s.posted)) || so.Success+so.Failed != 1203 || so.Failures[0].Message != "not this one" || len(so.Failures) != min(len(s.posted), mostFailures) {
				t.Fatalf("%+v, %v", so, err)
			}
			var got []string
			for _, o := range s.objects {
				got = append(got, o.text)
			}
			if !slices.Equal(got, want(1203)) {
				t.Errorf("%d objects came", len(got))
			}
			if name == "pending" && len(*waits) != 5 {
				t.Errorf("it asked %d times again", len(*waits))
			}
		})
	}
	s := &server{}
	c, url, _ := start(t, s)
	to := find(t, c, url)
	s.most = 900 // and the server did not say so
	if so, err := push(t, c, to, want(50)); err != nil || so.Pushed != 50 || len(s.objects) != 50 {
		t.Errorf("halves: %+v, %v", so, err)
	}
	s.most = 10
	if _, err := push(t, c, to, want(2)); err == nil || !strings.Contains(err.Error(), "413") || !strings.Contains(err.Error(), "objects 1 to 1") {
		t.Errorf("one is too long: %v", err)
	}
	s.most, s.pending = 0, 1<<30
	if _, err := push(t, c, to, want(2)); !errors.Is(err, ErrLoop) {
		t.Errorf("pending for ever: %v", err)
	}
	s.pending = 0
	s.answer = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(202)
		fmt.Fprint(w, `{"id":"x","status":"odd"}`)
		return true
	}
	if _, err := push(t, c, to, want(2)); !errors.Is(err, errAnswer) {
		t.Errorf("a status that is none: %v", err)
	}
}

// TestOutput: what a poll wrote and did not note is cut off, and nothing of another is touched.
func TestOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	open := func(octets int64, begun bool) (*Output, error) { return OpenOutput(path, octets, begun) }
	o, err := open(0, false)
	if err != nil {
		t.Fatal(err)
	}
	list := []json.RawMessage{json.RawMessage(numbered(1)), json.RawMessage("{ \"a\": 1 }")}
	n, err := o.Append(list[:1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Append(list[1:]); err != nil {
		t.Fatal(err)
	}
	o.Close()
	if _, err := open(0, false); !errors.Is(err, ErrOutput) {
		t.Errorf("something is there: %v", err)
	}
	if _, err := open(1000, true); !errors.Is(err, ErrOutput) {
		t.Errorf("something is missing: %v", err)
	}
	if o, err = open(n, true); err != nil {
		t.Fatal(err)
	}
	o.Close()
	if text, _ := os.ReadFile(path); string(text) != numbered(1)+"\n" {
		t.Errorf("it holds %s", text)
	}
}

// TestFeed: the desk gets each page once, and what it refuses is passed over.
func TestFeed(t *testing.T) {
	s := &server{}
	for n := range 12 {
		s.add(day(n), numbered(n))
	}
	_, url, _ := start(t, s)
	dir := t.TempDir()
	var got []string
	fail := errors.New("full")
	take := func(_ context.Context, name string, f *os.File) error {
		text, err := io.ReadAll(f)
		if err != nil || !strings.HasPrefix(name, "taxii-") {
			t.Errorf("%s: %v", name, err)
		}
		if fail != nil {
			return fail
		}
		got = append(got, strings.Split(strings.TrimSpace(string(text)), "\n")...)
		return nil
	}
	word := filepath.Join(dir, "word")
	if err := os.WriteFile(word, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := NewFeed(Config{URL: url + "/root/", Collection: collectionID, Limit: 5, User: "u", PasswordFile: word}, dir, filepath.Join(dir, "state", "feed.json"), take, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer f.client.HTTP.CloseIdleConnections()
	if err := f.Poll(t.Context()); !errors.Is(err, fail) {
		t.Errorf("when the desk cannot: %v", err)
	}
	fail = nil
	if err := f.Poll(t.Context()); err != nil || !slices.Equal(got, want(12)) {
		t.Errorf("%v, %v", got, err)
	}
	s.add(day(50), numbered(50))
	fail = inbox.ErrRefused
	if err := f.Poll(t.Context()); err != nil {
		t.Errorf("refused: %v", err)
	}
	fail = nil
	if err := f.Poll(t.Context()); err != nil || len(got) != 12 {
		t.Errorf("after what was refused: %d, %v", len(got), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "upload-*")); len(left) != 0 {
		t.Errorf("%v are left", left)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Run(gone); err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	good := Config{URL: "https://taxii.example/taxii2/", Collection: "c"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"is not https":          func(c *Config) { c.URL = "http://taxii.example/" },
		"an id or an alias":     func(c *Config) { c.Collection = "" },
		"user goes with":        func(c *Config) { c.User = "x" },
		"cert_file and":         func(c *Config) { c.KeyFile = "x" },
		"every and limit":       func(c *Config) { c.Limit = 1 << 20 },
		"with neither":          func(c *Config) { c.User, c.PasswordFile, c.TokenFile = "a", "b", "c" },
		"no less than 0, limit": func(c *Config) { c.Every = -1 },
	} {
		c := good
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	for _, c := range []Config{{URL: good.URL, Collection: "c", TokenFile: "nowhere"}, {URL: good.URL, Collection: "c", CAFile: "nowhere"}} {
		if _, err := NewFeed(c, "", "", nil, slog.Default()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// FuzzPage: no answer makes the client fail.
func FuzzPage(f *testing.F) {
	f.Add(`{"more":true,"next":"a","objects":[{"id":"x"}]}`, "2026-01-01T00:00:00.000000Z")
	f.Add(`{"objects":[1,"a",null,[]]}`, "")
	s := &server{}
	f.Fuzz(func(t *testing.T, body, last string) {
		if strings.ContainsAny(last, "\r\n\x00") {
			return
		}
		s.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/objects/") {
				return false
			}
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("X-TAXII-Date-Added-Last", last)
			_, _ = io.WriteString(w, body)
			return true
		}
		c, url, _ := start(t, s)
		p := &Poller{Client: c, Collection: find(t, c, url), Limit: 5}
		_, _, _ = gather(t, p, Resume{}, 20) // it must end
	})
}
