package depot

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"

	"pahra/internal/source"
)

// Put stores a fact, or holds it and gives a *source.HeldError. It implements source.Depot.
func (d *Depot) Put(ctx context.Context, f source.Fact) error {
	if err := d.put(ctx, f); err != nil {
		return fmt.Errorf("storing %s of %s: %w", f.Kind, f.Source, err)
	}
	return nil
}

func (d *Depot) put(ctx context.Context, f source.Fact) error {
	if _, err := place(f, f.Time); err != nil {
		return err
	}
	if !word.MatchString(f.Source) {
		return fmt.Errorf("the source's name %q cannot be part of a file name", f.Source)
	}
	w, err := d.write(ctx, f.Write)
	if err != nil {
		return err
	}
	defer d.root.Remove(w.name) // nothing, once it has its place
	d.mu.Lock()
	defer d.mu.Unlock()
	if before, ok := d.last(f); ok {
		if s := shrunk(before.Counts, f.Counts, d.config.MaxShrink); len(s) > 0 {
			return d.hold(f, w, s)
		}
	}
	if err := d.accept(f, w, false); err != nil {
		return err
	}
	return d.drop(func(h Held) bool { return h.of(f) }, "a later one is back within bounds")
}

// written is a fact's file that has no place yet.
type written struct {
	name   string // below the state folder
	bytes  int64
	sha256 string
}

var workNumber atomic.Int64

// write writes a fact compressed to a temporary name and syncs it.
func (d *Depot) write(ctx context.Context, content func(io.Writer) error) (w written, err error) {
	w.name = workDir + "/" + strconv.FormatInt(workNumber.Add(1), 10) + ".tmp"
	file, err := d.root.OpenFile(w.name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return w, err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			d.root.Remove(w.name)
		}
	}()
	sum := sha256.New()
	count := &counter{}
	buffer := bufio.NewWriterSize(io.MultiWriter(file, sum, count), 1<<16)
	packed, err := gzip.NewWriterLevel(buffer, gzip.BestSpeed)
	if err != nil {
		return w, err
	}
	if err := content(&until{ctx, packed}); err != nil {
		return w, err
	}
	if err := errors.Join(packed.Close(), buffer.Flush(), ctx.Err()); err != nil {
		return w, err
	}
	w.bytes, w.sha256 = count.n, hex.EncodeToString(sum.Sum(nil))
	return w, file.Sync()
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// until writes until its context ends.
type until struct {
	ctx context.Context
	w   io.Writer
}

func (u *until) Write(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(b)
}
