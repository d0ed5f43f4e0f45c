package store

import (
	"archive/tar"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"pahra/internal/source/durable"
)

// Restore puts a backup into the place at url, which must hold no store yet, and gives what the backup says of itself.
// The backup is unpacked beside the place, held against its checksum, brought up to date and checked from end to end
// before anything of it appears there.
func Restore(ctx context.Context, file, url string) (Backup, error) {
	b, err := restore(ctx, file, url)
	if err != nil {
		return Backup{}, fmt.Errorf("restoring %s: %w", file, err)
	}
	return b, nil
}

func restore(ctx context.Context, file, url string) (b Backup, err error) {
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	near := os.TempDir()
	if isSQLite {
		near = filepath.Dir(path)
		if err := os.MkdirAll(near, 0o777); err != nil {
			return b, err
		}
		for _, name := range []string{path, path + "-wal"} {
			if _, err := os.Lstat(name); err == nil {
				return b, fmt.Errorf("%s is there already; a backup goes only where nothing is: move it aside first", name)
			}
		}
	}
	work, err := os.MkdirTemp(near, ".pahra-restore-")
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	unpacked := filepath.Join(work, backupStore)
	if b, err = unpack(file, unpacked); err != nil {
		return b, err
	}
	if err := verify(ctx, b, unpacked); err != nil {
		return b, err
	}
	if !isSQLite {
		return b, copyToPostgres(ctx, unpacked, url)
	}
	return b, place(unpacked, path)
}

// unpack writes the store of a backup to path, which has the checksum that its manifest names.
func unpack(file, path string) (b Backup, err error) {
	in, err := os.Open(file)
	if err != nil {
		return b, err
	}
	defer in.Close()
	r := tar.NewReader(in)
	if head, err := r.Next(); err != nil || head.Name != backupManifest || head.Size > maxManifest {
		return b, errors.Join(errors.New("it is no backup: it does not begin with a manifest"), err)
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return b, fmt.Errorf("its manifest cannot be read: %w", err)
	}
	if b.Format != backupFormat {
		return b, fmt.Errorf("its format is %q, not %q", b.Format, backupFormat)
	}
	if head, err := r.Next(); err != nil || head.Name != backupStore || head.Size != b.Bytes {
		return b, errors.Join(errors.New("the store is not in it, or not whole"), err)
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return b, err
	}
	_, err = io.Copy(out, r)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return b, fmt.Errorf("unpacking: %w", err)
	}
	size, digest, err := hashFile(path)
	if err == nil && (size != b.Bytes || digest != b.SHA256) {
		err = fmt.Errorf("its checksum is %s, the manifest says %s", digest, b.SHA256)
	}
	return b, err
}

// verify compares the counts of a store that was unpacked, migrates it, and checks it.
func verify(ctx context.Context, b Backup, path string) error {
	s, err := connect(ctx, "sqlite:"+path, options{readOnly: true})
	if err != nil {
		return err
	}
	taken, err := s.taken(ctx)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	tables, err := countFile(ctx, path, taken)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(tables, b.Tables) || schemaName(taken) != b.Schema {
		return errors.New("its tables do not hold what the manifest says")
	}
	if s, err = Open(ctx, "sqlite:"+path); err != nil { // migrates it, unless a newer program made it
		return err
	}
	report, err := s.Check(ctx)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if report.Found > 0 {
		return fmt.Errorf("the store in it is not sound: %d problems, the first: %s: %s", report.Found,
			report.Problems[0].Where, report.Problems[0].What)
	}
	return nil
}

// place gives the file its final name, unless something has come to be there.
func place(unpacked, path string) error {
	release, err := lock(path + ".lock")
	if err != nil {
		return err
	}
	if err := os.Link(unpacked, path); err != nil {
		return errors.Join(err, release())
	}
	return errors.Join(durable.SyncFolder(filepath.Dir(path)), release())
}

// copyToPostgres makes the schema in an empty database and copies all rows, in one transaction.
func copyToPostgres(ctx context.Context, path, url string) error {
	taken, err := Migrations() // the file has been migrated
	if err != nil {
		return err
	}
	tables, err := schemaOf(ctx, taken)
	if err != nil {
		return err
	}
	from, err := sql.Open("sqlite", sqliteName(path, "mode", "ro"))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := connect(ctx, url, options{})
	if err != nil {
		return err
	}
	defer to.Close()
	out, err := from.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer out.Rollback()
	return to.once(ctx, to.write, nil, func(t *tx) error {
		if err := to.engine.turn(ctx, t.tx, takeSteps); err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, strings.Replace(makeRecord, "IF NOT EXISTS ", "", 1)); err != nil {
			return fmt.Errorf("the database holds a store already: %w", err)
		}
		for _, m := range taken {
			if _, err := t.tx.ExecContext(ctx, m.Text); err != nil {
				return err
			}
		}
		return copyTables(ctx, t.tx, out, tables)
	})
}
