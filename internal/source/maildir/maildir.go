// Package maildir takes mail from a maildir, into which a mail server delivers it: each mail is handed over once, and again
// only after a crash.
//
// [Maildir.Run] looks again and again. A mail goes from new/ to processing/ before it is handed over, and from there to cur/ as
// one that was read, or to refused/. What lies in processing/ at a start was being handed over when the process died: it is
// handed over again, so whoever takes mail has to know one that it took before.
package maildir

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
	"pahra/internal/source/inbox"
)

// Config says what is watched.
type Config struct {
	// Path is the maildir, with new/ and cur/ in it; it is not made.
	Path string `yaml:"path"`
	// Every is how long between two looks; 0: 10 s.
	Every time.Duration `yaml:"every"`
}

// Check says what is wrong.
func (c *Config) Check() error {
	if !filepath.IsAbs(c.Path) {
		return fmt.Errorf("path %q is not absolute", c.Path)
	}
	if c.Every < 0 {
		return fmt.Errorf("every %s is below 0", c.Every)
	}
	return nil
}

// Maildir is one maildir. Run is called once at a time.
type Maildir struct {
	config Config
	take   inbox.Take
	log    *slog.Logger
}

// New gives a maildir's watcher. An error of take that wraps [inbox.ErrRefused] is for a mail that never will be taken.
func New(c Config, take inbox.Take, log *slog.Logger) *Maildir {
	if c.Every == 0 {
		c.Every = 10 * time.Second
	}
	return &Maildir{config: c, take: take, log: log}
}

// Run looks until the context ends. A look that fails is told and tried again.
func (m *Maildir) Run(ctx context.Context) error {
	source.Repeat(ctx, m.config.Every, m.Look, func(err error) { m.log.Error("a maildir cannot be worked off", "folder", m.config.Path, "err", err) })
	return nil
}

// Look hands over what was left, then what is new, in the order of the names. The first mail that cannot be taken now ends it.
func (m *Maildir) Look(ctx context.Context) error {
	for _, folder := range []string{"processing", "refused"} {
		if err := durable.MakeFolder(m.at(folder, "")); err != nil {
			return err
		}
	}
	for _, folder := range []string{"processing", "new"} {
		list, err := os.ReadDir(m.at(folder, ""))
		if err != nil {
			return err
		}
		for _, entry := range list { // by name, which begins with the time of delivery
			if !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), ".") {
				continue
			}
			if err := m.hand(ctx, folder, entry.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Maildir) at(folder, name string) string { return filepath.Join(m.config.Path, folder, name) }

// hand has a mail taken and moves it on.
func (m *Maildir) hand(ctx context.Context, folder, name string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	path := m.at("processing", name)
	if folder == "new" {
		if err := m.move(m.at(folder, name), path); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	err = m.take(ctx, name, f)
	f.Close()
	switch {
	case errors.Is(err, inbox.ErrRefused):
		m.log.Warn("a mail was refused", "folder", m.config.Path, "mail", name, "err", err)
		return m.move(path, m.at("refused", name))
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	}
	base, _, _ := strings.Cut(name, ":")
	return m.move(path, m.at("cur", base+":2,S"))
}

// move moves a mail; names are unique in a maildir, and one that is there already is not written over.
func (m *Maildir) move(from, to string) error {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already", to)
	}
	return durable.Move(from, to)
}
