// Package inbox watches a folder into which others put files: each is handed over once it is whole, then moved aside.
//
// [Inbox.Run] looks again and again. A file counts as whole when two looks, one after the other, find it of the same
// length and age; whoever wants it taken at once gives it its name by renaming it. Names that begin with a dot or end in
// .tmp or .part, folders and links are passed over. What was taken lies in taken/ below the folder, what was refused in
// refused/, with the reason beside it.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/durable"
)

// Config says what is watched.
type Config struct {
	// Path is the folder; it is not made.
	Path string `yaml:"path"`
	// Files is a pattern that names must match, as of filepath.Match; empty: all.
	Files string `yaml:"files"`
	// Every is how long between two looks; 0: 5 s.
	Every time.Duration `yaml:"every"`
}

// Check says what is wrong.
func (c *Config) Check() error {
	if !filepath.IsAbs(c.Path) {
		return fmt.Errorf("path %q is not absolute", c.Path)
	}
	if _, err := filepath.Match(c.Files, "x"); err != nil {
		return fmt.Errorf("files %q: %w", c.Files, err)
	}
	if c.Every < 0 {
		return fmt.Errorf("every %s is below 0", c.Every)
	}
	return nil
}

// ErrRefused is wrapped by the error of whoever takes files for one that never will be taken.
var ErrRefused = errors.New("refused")

// Take takes a file. It is moved aside when Take returned; an error that is not [ErrRefused] leaves it there for later.
type Take func(ctx context.Context, name string, f *os.File) error

// Inbox is one folder. Run is called once at a time.
type Inbox struct {
	config Config
	take   Take
	log    *slog.Logger
	before map[string]fs.FileInfo // as the look before found them
}

// New gives the folder's watcher.
func New(c Config, take Take, log *slog.Logger) *Inbox {
	if c.Every == 0 {
		c.Every = 5 * time.Second
	}
	return &Inbox{config: c, take: take, log: log}
}

// Run looks until the context ends. A look that fails is told and tried again.
func (b *Inbox) Run(ctx context.Context) error {
	source.Repeat(ctx, b.config.Every, b.Look, func(err error) {
		b.log.Error("a folder of reports cannot be worked off", "folder", b.config.Path, "err", err)
	})
	return nil
}

// Look hands over the files that are whole, in the order of their names. The first that cannot be taken now ends it.
func (b *Inbox) Look(ctx context.Context) error {
	list, err := os.ReadDir(b.config.Path)
	if err != nil {
		return err
	}
	now := make(map[string]fs.FileInfo)
	for _, entry := range list {
		if !b.wanted(entry) {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		was := b.before[entry.Name()]
		if was == nil || was.Size() != info.Size() || !was.ModTime().Equal(info.ModTime()) {
			now[entry.Name()] = info
			continue
		}
		if err := b.hand(ctx, entry.Name()); err != nil {
			return err
		}
	}
	b.before = now
	return nil
}

func (b *Inbox) wanted(entry fs.DirEntry) bool {
	name := entry.Name()
	if !entry.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".part") {
		return false
	}
	match, _ := filepath.Match(b.config.Files, name)
	return match || b.config.Files == ""
}

// hand has a file taken and moves it aside.
func (b *Inbox) hand(ctx context.Context, name string) error {
	path := filepath.Join(b.config.Path, name)
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	err = b.take(ctx, name, f)
	f.Close()
	switch {
	case errors.Is(err, ErrRefused):
		b.log.Warn("a report was refused", "folder", b.config.Path, "file", name, "err", err)
		if err := b.moveTo("refused", path, name); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(b.config.Path, "refused", name+".reason"), []byte(err.Error()+"\n"), 0o644)
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	}
	return b.moveTo("taken", path, name)
}

// moveTo moves a file into a folder below; one of the same name there stays.
func (b *Inbox) moveTo(folder, path, name string) error {
	to := filepath.Join(b.config.Path, folder, name)
	for n := 1; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			return durable.Move(path, to)
		} else if err != nil {
			return err
		}
		to = filepath.Join(b.config.Path, folder, fmt.Sprintf("%s.%d", name, n))
	}
}
