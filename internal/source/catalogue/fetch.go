package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"pahra/internal/source/durable"
)

// part is a file under way. Its state is written beside it before the first byte, so that another process can go on.
type part struct {
	name     string // below the root
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"` // as the server wrote it
	Total    int64  `json:"total"`              // bytes in all; -1 where the server does not say
	kept     int64  // bytes from an earlier process or connection
}

var (
	errMissing   = errors.New("the server has no such file")
	errUnchanged = errors.New("not modified")
)

// retryable marks an error behind which another try may succeed, after a pause.
type retryable struct {
	error
	pause time.Duration
}

func (e retryable) Unwrap() error { return e.error }

// fetch gets one file into place.
func (s *session) fetch(ctx context.Context, w want) Result {
	link := w.vars.expand(w.file.URL)
	r := Result{Pulled: Pulled{Name: w.source.Name, URL: link}, Outcome: Failed}
	known, have := s.known(w, link)
	if have {
		r.Pulled, r.Outcome = known, Unchanged
		if w.immutable {
			return r
		}
	} else {
		known = Pulled{}
	}
	p, err := s.download(ctx, w, link, known)
	if err == nil {
		r.Outcome = Fetched
		r.Pulled, err = s.settle(ctx, w, p)
		r.Resumed = p.kept
	}
	switch {
	case err == nil:
	case errors.Is(err, errUnchanged):
		r.Outcome = Unchanged
	case errors.Is(err, errMissing):
		r.Outcome, r.Err = Missing, fmt.Errorf("%s: %w", link, err)
	default:
		r.Outcome, r.Err = Failed, fmt.Errorf("%s: %w", link, err)
	}
	return r
}

// known gives what the book says of a URL's latest file, if the file is still there in its size.
func (s *session) known(w want, link string) (found Pulled, ok bool) {
	for _, f := range s.pulled {
		if f.URL != link || f.Time.Before(found.Time) {
			continue
		}
		if info, err := s.root.Stat(f.Path); err == nil && info.Size() == f.Bytes {
			found, ok = f, true
		}
	}
	if w.settled && ok && found.Path != w.vars.expand(w.file.Path) {
		return Pulled{}, false
	}
	return found, ok
}

// download gets the bytes, taking up a broken connection where it broke.
func (s *session) download(ctx context.Context, w want, link string, known Pulled) (*part, error) {
	sum := sha256.Sum256([]byte(link))
	p := s.load(workDir+"/"+hex.EncodeToString(sum[:12]), link)
	for try := 0; ; try++ {
		err := s.attempt(ctx, w, p, known)
		var again retryable
		if err == nil || !errors.As(err, &again) || try >= s.Retries {
			return p, err
		}
		if err := s.Sleep(ctx, max(again.pause, time.Second<<min(try, 5))); err != nil {
			return p, err
		}
	}
}

// load gives the state of an earlier try, or a new one.
func (s *session) load(name, link string) *part {
	fresh := &part{name: name, URL: link, Total: -1}
	text, err := s.root.ReadFile(name + ".json")
	if err != nil {
		return fresh
	}
	p := &part{name: name}
	if json.Unmarshal(text, p) != nil || p.URL != link {
		return fresh
	}
	return p
}

// size is how many bytes of the part are there.
func (s *session) size(p *part) int64 {
	info, err := s.root.Stat(p.name + ".part")
	if err != nil {
		return 0
	}
	return info.Size()
}

// validator is what ties bytes to one version of the file: a strong ETag, else the date (RFC 9110 section 13.1.5).
func (p *part) validator() string {
	if p.ETag != "" && !strings.HasPrefix(p.ETag, "W/") {
		return p.ETag
	}
	return p.Modified
}

// attempt is one request: from the start, or, where the version can be told, from where the last one broke.
func (s *session) attempt(ctx context.Context, w want, p *part, known Pulled) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL, nil)
	if err != nil {
		return err
	}
	have := s.size(p)
	switch {
	case have > 0 && p.validator() != "":
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		req.Header.Set("If-Range", p.validator())
	case known.ETag != "":
		req.Header.Set("If-None-Match", known.ETag)
	case !known.Modified.IsZero():
		req.Header.Set("If-Modified-Since", known.Modified.UTC().Format(http.TimeFormat))
	}
	resp, err := s.do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	switch resp.StatusCode {
	case http.StatusOK:
		err = s.restart(w, p, resp)
	case http.StatusPartialContent:
		flags = os.O_WRONLY | os.O_APPEND
		err = s.resume(p, resp, have)
	case http.StatusNotModified:
		return errUnchanged
	case http.StatusRequestedRangeNotSatisfiable:
		return errors.Join(retryable{errors.New("the file became shorter than what is here of it"), 0}, s.discard(p))
	default:
		return statusError(resp)
	}
	if err != nil {
		return err
	}
	return s.copy(ctx, w, p, resp.Body, flags, cancel)
}

// restart begins a file anew.
func (s *session) restart(w want, p *part, resp *http.Response) error {
	p.ETag, p.Modified, p.Total, p.kept = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified"), resp.ContentLength, 0
	if p.Total > w.source.MaxBytes {
		return fmt.Errorf("%d bytes; the catalogue allows %d", p.Total, w.source.MaxBytes)
	}
	if kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) == "text/html" {
		return errors.New("a web page came in place of the data")
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := s.remove(p.name + ".part"); err != nil { // first, so that the state never speaks of another version's bytes
		return err
	}
	return durable.WriteFile(s.root, p.name+".json", text)
}

// resume checks that the answer goes on where the part ends.
func (s *session) resume(p *part, resp *http.Response, have int64) error {
	from, total, err := parseContentRange(resp.Header.Get("Content-Range"))
	tag := resp.Header.Get("ETag")
	if err != nil || from != have || total >= 0 && p.Total >= 0 && total != p.Total || tag != "" && tag != p.ETag {
		return errors.Join(retryable{fmt.Errorf("asked for byte %d on, got %q", have, resp.Header.Get("Content-Range")), 0}, s.discard(p))
	}
	if p.Total < 0 {
		p.Total = total
	}
	p.kept = have
	return nil
}

// parseContentRange reads "bytes 10-19/20"; a total of "*" is -1.
func parseContentRange(text string) (from, total int64, err error) {
	span, all, ok := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	first, _, ok2 := strings.Cut(span, "-")
	from, err = strconv.ParseInt(first, 10, 64)
	if !ok || !ok2 || err != nil {
		return 0, 0, fmt.Errorf("Content-Range %q", text)
	}
	if all == "*" {
		return from, -1, nil
	}
	total, err = strconv.ParseInt(all, 10, 64)
	return from, total, err
}

// copy writes the body behind what is there, and tells a complete file from a broken one.
func (s *session) copy(ctx context.Context, w want, p *part, body io.Reader, flags int, cancel context.CancelCauseFunc) (err error) {
	f, err := s.root.OpenFile(p.name+".part", flags, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	watched := &idleReader{body, time.AfterFunc(s.Idle, func() { cancel(fmt.Errorf("silent for %v", s.Idle)) }), s.Idle}
	defer watched.timer.Stop()
	n, failed := io.Copy(f, io.LimitReader(watched, w.source.MaxBytes-have+1))
	if failed != nil && ctx.Err() != nil {
		failed = context.Cause(ctx) // "silent for 1m0s" says more than "context canceled"
	}
	size := have + n
	switch {
	case size > w.source.MaxBytes:
		return errors.Join(fmt.Errorf("more than %d bytes, which is all the catalogue allows", w.source.MaxBytes), s.discard(p))
	case failed != nil:
		return retryable{fmt.Errorf("the connection broke after %d bytes: %w", size, failed), 0}
	case p.Total >= 0 && size < p.Total:
		return retryable{fmt.Errorf("the connection ended after %d of %d bytes", size, p.Total), 0}
	case p.Total >= 0 && size > p.Total:
		return errors.Join(retryable{fmt.Errorf("%d bytes where %d were announced", size, p.Total), 0}, s.discard(p))
	}
	return f.Sync()
}

// idleReader puts off the alarm at each read that brings something.
type idleReader struct {
	r     io.Reader
	timer *time.Timer
	idle  time.Duration
}

func (i *idleReader) Read(b []byte) (int, error) {
	n, err := i.r.Read(b)
	if n > 0 {
		i.timer.Reset(i.idle)
	}
	return n, err
}

// do sends a request politely: named, and not too soon after the last one to the same host.
func (s *session) do(req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", s.UserAgent)
	req.Header.Set("Accept-Encoding", "identity") // else a resumed file might not be the same bytes
	if err := s.wait(req.Context(), req.URL); err != nil {
		return nil, err
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return nil, retryable{err, 0}
	}
	return resp, nil
}

func (s *session) wait(ctx context.Context, link *url.URL) error {
	last, ok := s.last[link.Host]
	if pause := s.Gap - s.Now().Sub(last); ok && pause > 0 {
		if err := s.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	s.last[link.Host] = s.Now()
	return nil
}

// statusError turns a refusal into an error, retryable where the server is only busy.
func statusError(resp *http.Response) error {
	err := fmt.Errorf("the server answers %s", resp.Status)
	switch {
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return errMissing
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode >= 500:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return retryable{err, time.Duration(min(max(seconds, 0), 120)) * time.Second}
	}
	return err
}

// discard forgets a part.
func (s *session) discard(p *part) error {
	p.ETag, p.Modified, p.Total, p.kept = "", "", -1, 0
	return errors.Join(s.remove(p.name+".json"), s.remove(p.name+".part"))
}

func (s *session) remove(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
