package catalogue

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"pahra/internal/source/durable"
)

// settle checks a complete part and puts it in place; what fails its checks goes to quarantine.
func (s *session) settle(ctx context.Context, w want, p *part) (Pulled, error) {
	f := Pulled{Name: w.source.Name, URL: p.URL, ETag: p.ETag, Time: s.Now().UTC().Truncate(time.Second)}
	if t, err := http.ParseTime(p.Modified); err == nil {
		f.Modified = t.UTC()
	}
	if !w.settled {
		w.vars.at = moment(f)
	}
	f.Path = w.vars.expand(w.file.Path)
	sums, err := s.digest(p.name + ".part")
	if err != nil {
		return f, err
	}
	f.SHA256, f.Bytes = sums.sha256, sums.bytes
	f.Checked, err = s.verify(ctx, w, p.URL, f.Path, sums)
	if err != nil && !s.books {
		return f, errors.Join(err, s.discard(p))
	}
	if err != nil {
		return f, s.quarantine(p, f, err)
	}
	if err := durable.Rename(s.root, p.name+".part", f.Path); err != nil {
		return f, err
	}
	return f, errors.Join(s.remove(p.name+".json"), s.record(f))
}

// digests are what is checked of a file's bytes.
type digests struct {
	sha256, md5 string
	bytes       int64
	head        []byte
}

func (s *session) digest(name string) (d digests, err error) {
	f, err := s.root.Open(name)
	if err != nil {
		return d, err
	}
	defer f.Close()
	long, short := sha256.New(), md5.New()
	d.head = make([]byte, 16)
	n, err := io.ReadFull(f, d.head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return d, err
	}
	d.head = d.head[:n]
	both := io.MultiWriter(long, short)
	both.Write(d.head)
	rest, err := io.Copy(both, f)
	d.sha256, d.md5, d.bytes = hex.EncodeToString(long.Sum(nil)), hex.EncodeToString(short.Sum(nil)), int64(n)+rest
	return d, err
}

// magic are the first bytes of compressed files, by extension.
func magic() map[string]string {
	return map[string]string{".gz": "\x1f\x8b", ".bz2": "BZh", ".zst": "\x28\xb5\x2f\xfd", ".xz": "\xfd7zXZ\x00"}
}

// verify holds the bytes against all that is known of them, and says which published checksum they match.
func (s *session) verify(ctx context.Context, w want, link, place string, d digests) (checked string, err error) {
	switch {
	case d.bytes == 0:
		return "", errors.New("the file is empty")
	case !strings.HasPrefix(string(d.head), magic()[path.Ext(place)]):
		return "", fmt.Errorf("it does not begin as a %s file does", path.Ext(place))
	case looksLikePage(d.head):
		return "", errors.New("a web page came in place of the data")
	case w.file.SHA256 != "" && w.file.SHA256 != d.sha256:
		return "", fmt.Errorf("its SHA-256 is %s, the catalogue says %s", d.sha256, w.file.SHA256)
	case w.file.Checksum == "":
		return "", nil
	}
	published, err := s.checksum(ctx, w.vars.expand(strings.ReplaceAll(w.file.Checksum, "{url}", link)))
	if err != nil {
		return "", err
	}
	switch published {
	case d.sha256:
		return "sha256 " + published, nil
	case d.md5:
		return "md5 " + published, nil
	}
	return "", fmt.Errorf("its checksum is not the published %s (SHA-256 %s, MD5 %s)", published, d.sha256, d.md5)
}

// looksLikePage tells a log-in or error page, which some servers send as if it were the file.
func looksLikePage(head []byte) bool {
	head = bytes.ToLower(bytes.TrimSpace(head))
	return bytes.HasPrefix(head, []byte("<!doctype")) || bytes.HasPrefix(head, []byte("<html"))
}

var digestWord = regexp.MustCompile(`\b(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{32})\b`)

// checksum gets the first SHA-256 or MD5 that a page has.
func (s *session) checksum(ctx context.Context, link string) (string, error) {
	text, err := s.get(ctx, link, 64<<10)
	if err != nil {
		return "", fmt.Errorf("getting the checksum %s: %w", link, err)
	}
	if word := digestWord.Find(text); word != nil {
		return strings.ToLower(string(word)), nil
	}
	return "", fmt.Errorf("%s holds neither a SHA-256 nor an MD5", link)
}

// get gets a small page whole, trying again where the connection breaks.
func (s *session) get(ctx context.Context, link string, limit int64) ([]byte, error) {
	for try := 0; ; try++ {
		text, err := s.getOnce(ctx, link, limit)
		var again retryable
		if err == nil || !errors.As(err, &again) || try >= s.Retries {
			return text, err
		}
		if err := s.Sleep(ctx, max(again.pause, time.Second<<min(try, 5))); err != nil {
			return nil, err
		}
	}
}

func (s *session) getOnce(ctx context.Context, link string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/ld+json, application/json, text/plain, */*")
	resp, err := s.do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, statusError(resp)
	}
	watched := &idleReader{resp.Body, time.AfterFunc(s.Idle, func() { cancel(fmt.Errorf("silent for %v", s.Idle)) }), s.Idle}
	defer watched.timer.Stop()
	text, err := io.ReadAll(io.LimitReader(watched, limit+1))
	if err != nil {
		return nil, retryable{err, 0}
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return text, nil
}

// quarantine puts a bad part aside, with the reason beside it, and gives the reason.
func (s *session) quarantine(p *part, f Pulled, reason error) error {
	aside := workDir + "/quarantine/" + f.Time.Format("20060102T150405Z") + "-" + strings.ReplaceAll(f.Path, "/", "_")
	note := fmt.Sprintf("from: %s\nfor: %s\nsha256: %s\nbytes: %d\nreason: %v\n", f.URL, f.Path, f.SHA256, f.Bytes, reason)
	err := errors.Join(durable.Rename(s.root, p.name+".part", aside), s.remove(p.name+".json"), durable.WriteFile(s.root, aside+".reason.txt", []byte(note)))
	if err != nil {
		return errors.Join(reason, err)
	}
	return fmt.Errorf("%w; the file is in %s", reason, aside)
}
