package folder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"
)

// Hash fills in SHA256 of every file, reading up to workers files at a time. It stops at the first error or when ctx
// ends; then some hashes are missing. A file whose size is no longer what Scan saw is an error: it changes underneath.
func (d *Folder) Hash(ctx context.Context, workers int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(workers, 1))
	for i := range d.Files {
		group.Go(func() error { return d.hashOne(ctx, &d.Files[i]) })
	}
	return group.Wait()
}

func (d *Folder) hashOne(ctx context.Context, f *File) error {
	file, err := d.Open(*f)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, contextReader{ctx, file}, make([]byte, 1<<18))
	if err != nil {
		return fmt.Errorf("hashing %s: %w", f.Path, err)
	}
	if n != f.Size {
		return fmt.Errorf("hashing %s: it has %d bytes, and had %d a moment ago", f.Path, n, f.Size)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
