package taxii

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/durable"
	"pahra/internal/source/inbox"
)

// Feed polls a collection again and again, and hands over what is new: one file for each page, an object a line. Run is called once at a
// time.
type Feed struct {
	config Config
	client *Client
	dir    string // where a page lies while it is taken
	state  string // the file that keeps how far it came
	take   inbox.Take
	log    *slog.Logger
}

// NewFeed gives a feed. state is the file that keeps how far it came, dir a folder for what is on its way. What wraps
// [inbox.ErrRefused] is told and passed over. NewFeed reads the files that the settings name and connects to nothing.
func NewFeed(c Config, dir, state string, take inbox.Take, log *slog.Logger) (*Feed, error) {
	err := c.Check()
	f := &Feed{config: c, dir: dir, state: state, take: take, log: log}
	if err == nil {
		f.client, err = c.client()
	}
	if err != nil {
		return nil, fmt.Errorf("taxii: %w", err)
	}
	f.client.Told = func(what string) { log.Warn("a partner's server makes us wait", "url", c.URL, "what", what) }
	if f.config.Every == 0 {
		f.config.Every = 5 * time.Minute
	}
	return f, nil
}

// Run polls until the context ends. What fails is told and tried again.
func (f *Feed) Run(ctx context.Context) error {
	defer f.client.HTTP.CloseIdleConnections()
	source.Repeat(ctx, f.config.Every, f.Poll, func(err error) {
		f.log.Error("a partner's collection cannot be polled", "url", f.config.URL, "collection", f.config.Collection, "err", err)
	})
	return nil
}

// Poll takes what is new, once. A page that was taken just before the program died is taken again: the desk knows events it has.
func (f *Feed) Poll(ctx context.Context) error {
	r, _, err := ReadResume(f.state)
	if err != nil {
		return err
	}
	to, err := f.client.Find(ctx, f.config.URL, f.config.Collection)
	if err != nil {
		return err
	}
	p := &Poller{Client: f.client, Collection: to, Limit: f.config.Limit}
	return p.Poll(ctx, r, func(objects []json.RawMessage, now Resume) error {
		if len(objects) > 0 {
			if err := f.hand(ctx, objects); err != nil {
				return err
			}
		}
		return WriteResume(f.state, now)
	})
}

// hand hands over a page.
func (f *Feed) hand(ctx context.Context, objects []json.RawMessage) (err error) {
	file, err := os.CreateTemp(f.dir, "upload-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	if err := WriteLines(file, objects); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	err = f.take(ctx, "taxii-"+digest(objects[0]), file)
	if errors.Is(err, inbox.ErrRefused) {
		f.log.Warn("a page of a partner's collection was refused", "collection", f.config.Collection, "err", err)
		return nil
	}
	return err
}

// WriteLines writes objects, each on a line.
func WriteLines(w io.Writer, objects []json.RawMessage) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, o := range objects {
		if err := enc.Encode(o); err != nil {
			return fmt.Errorf("writing an object: %w", err)
		}
	}
	return out.Flush()
}

// ReadResume reads how far a poll or a push came. Of a file that is not there it is the beginning, and begun is false.
func ReadResume(path string) (r Resume, begun bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Resume{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return r, false, fmt.Errorf("reading %s: %w", path, err)
	}
	return r, true, nil
}

// WriteResume keeps how far a poll or a push came; it survives a power cut.
func WriteResume(path string, r Resume) error {
	if err := durable.MakeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := durable.Create(path)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(f).Encode(r); err != nil {
		f.Abandon()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Commit()
}
