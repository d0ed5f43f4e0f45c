package catalogue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"
)

// maxPage bounds the bytes of one page of sessions.
const maxPage = 64 << 20

// sessions fetches a paged collection (JSON-LD with Hydra) and writes its members as JSON lines. The default window is
// the 30 days before now.
func (s *session) sessions(ctx context.Context, w want, options Options) error {
	w.vars.after, w.vars.before = options.From, options.To
	if options.From.IsZero() {
		w.vars.before = s.Now().UTC().Truncate(24 * time.Hour)
		w.vars.after = w.vars.before.AddDate(0, 0, -30)
	}
	w.vars.at, w.settled = w.vars.before, true
	link := w.vars.expand(w.file.URL)
	p := &part{name: workDir + "/" + w.source.Name, URL: link, Total: -1}
	r := Result{Pulled: Pulled{Name: w.source.Name, URL: link}, Outcome: Failed}
	if err := s.pages(ctx, w, p); err != nil {
		r.Err = fmt.Errorf("%s: %w", link, err)
	} else if r.Pulled, r.Err = s.settle(ctx, w, p); r.Err == nil {
		r.Outcome = Fetched
	}
	_, err := s.done(r)
	return err
}

// pages writes all pages into the part.
func (s *session) pages(ctx context.Context, w want, p *part) (err error) {
	f, err := s.root.OpenFile(p.name+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
	seen := map[string]bool{}
	var size int64
	for link := p.URL; link != ""; {
		if seen[link] || len(seen) >= s.MaxPages {
			return fmt.Errorf("page %d (%s): the pages run in a circle, or are more than %d", len(seen)+1, link, s.MaxPages)
		}
		seen[link] = true
		text, err := s.get(ctx, link, maxPage)
		if err != nil {
			return fmt.Errorf("page %d: %w", len(seen), err)
		}
		lines, next, err := readPage(text)
		if err != nil {
			return fmt.Errorf("page %d: %w", len(seen), err)
		}
		if size += int64(len(lines)); size > w.source.MaxBytes {
			return fmt.Errorf("more than %d bytes, which is all the catalogue allows", w.source.MaxBytes)
		}
		if _, err := f.Write(lines); err != nil {
			return err
		}
		if link, err = follow(link, next); err != nil {
			return err
		}
	}
	return nil
}

// readPage gives the members of a page, one a line, and the reference of the next page.
func readPage(text []byte) (lines []byte, next string, err error) {
	var page struct {
		Members *[]json.RawMessage `json:"hydra:member"`
		View    struct {
			Next string `json:"hydra:next"`
		} `json:"hydra:view"`
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return nil, "", err
	}
	if page.Members == nil {
		return nil, "", errors.New("no hydra:member")
	}
	var out bytes.Buffer
	for _, m := range *page.Members {
		if err := json.Compact(&out, m); err != nil {
			return nil, "", err
		}
		out.WriteByte('\n')
	}
	if len(*page.Members) == 0 {
		page.View.Next = ""
	}
	return out.Bytes(), page.View.Next, nil
}

// follow resolves the reference of the next page, which must be on the same host.
func follow(link, next string) (string, error) {
	if next == "" {
		return "", nil
	}
	base, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	to, err := base.Parse(next)
	if err != nil {
		return "", err
	}
	if to.Host != base.Host || to.Scheme != base.Scheme {
		return "", fmt.Errorf("the next page is on another host: %s", to)
	}
	return to.String(), nil
}
