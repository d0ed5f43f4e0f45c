package store

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"pahra/internal/source/durable"
)

// A backup is a tar archive of two files: the manifest, and the store as a SQLite file, whichever engine it comes from.
const (
	backupFormat   = "pahra-backup/1"
	backupManifest = "manifest.json"
	backupStore    = "pahra.db"
	// maxManifest bounds what Restore takes into memory.
	maxManifest = 1 << 20
)

// Backup says what a backup holds.
type Backup struct {
	Format string    `json:"format"`
	Made   time.Time `json:"made"`
	Engine string    `json:"engine"` // that it was taken from: sqlite or postgres
	Schema string    `json:"schema"` // the newest migration
	Tables []Table   `json:"tables"`
	Bytes  int64     `json:"bytes"`  // of the store's file
	SHA256 string    `json:"sha256"` // of the store's file
}

// MakeBackup writes a backup of the store at url into file, which must not be there yet and which its owner alone may
// read. It is consistent while others read and write the store, and takes stores of older schemas too: one backs up
// before an upgrade. With PostgreSQL every table is copied under one snapshot.
func MakeBackup(ctx context.Context, url, file string, now time.Time) (Backup, error) {
	if _, err := os.Lstat(file); err == nil {
		return Backup{}, fmt.Errorf("making a backup: %s is there already", file)
	}
	work, err := os.MkdirTemp(filepath.Dir(file), ".pahra-backup-")
	if err != nil {
		return Backup{}, fmt.Errorf("making a backup: %w", err)
	}
	made, err := makeBackup(ctx, url, work, file, now)
	if err = errors.Join(err, os.RemoveAll(work)); err != nil {
		return Backup{}, fmt.Errorf("making a backup: %w", err)
	}
	return made, nil
}

func makeBackup(ctx context.Context, url, work, file string, now time.Time) (Backup, error) {
	s, err := connect(ctx, url, options{readOnly: true})
	if err != nil {
		return Backup{}, err
	}
	defer s.Close()
	taken, err := s.taken(ctx)
	if err != nil {
		return Backup{}, err
	}
	copied := filepath.Join(work, backupStore)
	if s.engine == sqliteEngine {
		_, err = s.read.ExecContext(ctx, "VACUUM INTO $1", copied)
	} else {
		err = s.copyInto(ctx, copied, taken)
	}
	if err != nil {
		return Backup{}, err
	}
	b := Backup{Format: backupFormat, Made: now.UTC().Truncate(time.Second), Engine: string(s.engine), Schema: schemaName(taken)}
	if b.Tables, err = countFile(ctx, copied, taken); err != nil {
		return Backup{}, err
	}
	if b.Bytes, b.SHA256, err = hashFile(copied); err != nil {
		return Backup{}, err
	}
	return b, b.pack(copied, filepath.Join(work, "tar"), file)
}

// taken gives the migrations that a store has taken, all of which this program must know.
func (s *Store) taken(ctx context.Context) ([]Migration, error) {
	known, err := Migrations()
	if err != nil {
		return nil, err
	}
	var left []Migration
	err = s.once(ctx, s.read, nil, func(t *tx) error {
		left, err = missing(ctx, t.tx, known)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading its migrations: %w", err)
	}
	return known[:len(known)-len(left)], nil
}

func schemaName(taken []Migration) string {
	if len(taken) == 0 {
		return ""
	}
	m := taken[len(taken)-1]
	return fmt.Sprintf("%04d_%s", m.Number, m.Name)
}

// copyInto makes a SQLite file with the same schema and copies all rows, as they are at one moment.
func (s *Store) copyInto(ctx context.Context, path string, taken []Migration) error {
	to, err := sql.Open("sqlite", sqliteName(path))
	if err != nil {
		return err
	}
	defer to.Close()
	return s.once(ctx, s.read, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}, func(from *tx) error {
		into, err := to.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer into.Rollback() // does nothing after a commit
		if _, err := into.ExecContext(ctx, makeRecord); err != nil {
			return err
		}
		for _, m := range taken {
			if _, err := into.ExecContext(ctx, m.Text); err != nil {
				return err
			}
		}
		tables, err := schemaOf(ctx, taken)
		if err != nil {
			return err
		}
		if err := copyTables(ctx, into, from.tx, tables); err != nil {
			return err
		}
		return into.Commit()
	})
}

// countFile counts the rows of a SQLite file.
func countFile(ctx context.Context, path string, taken []Migration) ([]Table, error) {
	db, err := sql.Open("sqlite", sqliteName(path, "mode", "ro"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.Rollback()
	return countAll(ctx, t, taken)
}

// countAll counts the rows of each table that these migrations make.
func countAll(ctx context.Context, t *sql.Tx, taken []Migration) ([]Table, error) {
	shapes, err := schemaOf(ctx, taken)
	if err != nil {
		return nil, err
	}
	var tables []Table
	for _, shape := range shapes {
		rows, err := count(ctx, t, shape.name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, Table{shape.name, rows})
	}
	return tables, nil
}

func hashFile(path string) (size int64, digest string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	sum := sha256.New()
	size, err = io.Copy(sum, f)
	return size, hex.EncodeToString(sum.Sum(nil)), err
}

// pack writes manifest and store into a tar at temporary, which becomes file when it is on disk.
func (b Backup) pack(stored, temporary, file string) error {
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	in, err := os.Open(stored)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := tar.NewWriter(out)
	head := func(name string, size int64) error {
		return w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: b.Made, Format: tar.FormatPAX})
	}
	err = head(backupManifest, int64(len(text)))
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = head(backupStore, b.Bytes)
	}
	if err == nil {
		_, err = io.Copy(w, in)
	}
	if err = errors.Join(err, w.Close(), out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary, file); err != nil { // unlike a rename, it replaces nothing
		return err
	}
	return durable.SyncFolder(filepath.Dir(file))
}
