package mrtpoll

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pahra/internal/source/catalogue"
	"pahra/internal/source/durable"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
)

var (
	errMissing = errors.New("not published")
	errBad     = errors.New("not whole, or no MRT")
)

// file gets one file, unless it is there: its moment is at.
func (p *Poller) file(ctx context.Context, collector string, at time.Time, table bool) (File, error) {
	s := p.plan.updates
	if table {
		s = p.plan.tables
	}
	f := File{Collector: collector, Path: s.PathAt(collector, at), From: at, To: at.Add(s.Every()), Table: table}
	if table {
		f.To = at
	}
	archive, err := p.open()
	if err != nil {
		return f, err
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return f, err
	}
	defer root.Close()
	if _, err := root.Stat(f.Path); err == nil {
		return f, nil
	}
	r := archive.Fetch(ctx, s, collector, at)
	if err := p.outcome(ctx, r); err != nil {
		return f, err
	}
	staged := filepath.Base(p.stage()) + "/" + r.Path
	if err := prove(ctx, root, staged, table); err != nil {
		err = fmt.Errorf("%s: %w: %w", r.URL, errBad, err)
		p.meter.Failed(err)
		return f, errors.Join(err, root.Remove(staged))
	}
	return f, durable.Rename(root, staged, f.Path)
}

// outcome tells the meter of a fetch and gives its error.
func (p *Poller) outcome(ctx context.Context, r catalogue.Result) error {
	switch {
	case r.Outcome == catalogue.Missing:
		p.meter.Up() // it answers
		return fmt.Errorf("%s: %w", r.URL, errMissing)
	case r.Err != nil && ctx.Err() != nil:
		return ctx.Err()
	case r.Err != nil:
		p.meter.Down(r.Err)
		return r.Err
	}
	p.meter.Up()
	p.meter.Message(int(r.Bytes), r.Modified)
	return nil
}

// prove reads a file to its end: it must decompress, and be MRT. A collector that heard nothing publishes empty updates;
// an empty table is none.
func prove(ctx context.Context, root *os.Root, name string, table bool) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, _, err := compressed.NewReader(f, compressed.Options{})
	if err != nil {
		return err
	}
	defer plain.Close()
	r := mrt.NewReader(ended{ctx, plain}, nil)
	for {
		switch _, err := r.Next(); {
		case err == io.EOF && table && r.Stats().Records == 0:
			return errors.New("the table is empty")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// ended is a reader that ends with its context.
type ended struct {
	ctx context.Context
	io.Reader
}

func (e ended) Read(b []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.Reader.Read(b)
}

// have tells whether the file of a moment is there already.
func (p *Poller) have(collector string, at time.Time) bool {
	_, err := os.Stat(filepath.Join(p.dir, filepath.FromSlash(p.plan.updates.PathAt(collector, at))))
	return !errors.Is(err, fs.ErrNotExist)
}
