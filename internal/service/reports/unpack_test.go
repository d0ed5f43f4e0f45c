package reports

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pahra/internal/spool"
)

func zipOf(t *testing.T, encrypted bool, files ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, text := range files {
		h := &zip.FileHeader{Name: "in/" + string(rune('a'+i)) + ".json", Method: zip.Deflate}
		if encrypted {
			h.Flags |= 1
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAcceptFile: each report in a file is accepted, packed or not; what cannot be unpacked or is too large is refused.
func TestAcceptFile(t *testing.T) {
	r := newRig(t)
	r.opt.Most = 100_000
	text := made(1, 20, 0, 0)
	whole := gzipOf(t, made(9, 300, 0, 0))
	zeros := make([]byte, 60_000)
	for _, c := range []struct {
		name  string
		file  []byte
		names []string
		err   error
	}{
		{"plain.json", text, []string{"plain.json"}, nil},
		{"packed.json.gz", gzipOf(t, made(2, 20, 0, 0)), []string{"packed.json"}, nil},
		{"two.zip", zipOf(t, false, made(3, 20, 0, 0), gzipOf(t, made(4, 20, 0, 0))), []string{"a.json", "b"}, nil},
		{"empty.json", nil, []string{"empty.json"}, nil},
		{"cut.json.gz", whole[:len(whole)/2], nil, ErrPacked},
		{"cut.zip", []byte("PK\x03\x04 and no more"), nil, ErrPacked},
		{"encrypted.zip", zipOf(t, true, text), nil, ErrPacked},
		{"empty.zip", zipOf(t, false), nil, ErrPacked},
		{"bomb.json.gz", gzipOf(t, make([]byte, 200_000)), nil, spool.ErrTooLarge},
		{"bombs.zip", zipOf(t, false, zeros, append(zeros, 1), append(zeros, 2)), nil, spool.ErrTooLarge},
		{"many.zip", zipOf(t, false, make([][]byte, mostMembers+1)...), nil, ErrPacked},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.AcceptFile(context.Background(), f, Meta{Source: "sensors", Name: c.name, Format: "intelmq"})
		f.Close()
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
			continue
		}
		if c.err != nil {
			continue
		}
		if len(got) != len(c.names) {
			t.Errorf("%s: %d reports, want %v", c.name, len(got), c.names)
			continue
		}
		for i, report := range got {
			if report.Name != c.names[i] {
				t.Errorf("%s: a report is called %q, want %q", c.name, report.Name, c.names[i])
			}
		}
	}
}

// TestBusy: while too much waits nothing more is accepted, and once it was read it is again.
func TestBusy(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	r.opt.Waiting = 1000
	accept := func(seed uint64) error {
		_, err := r.Accept(ctx, bytes.NewReader(made(seed, 50, 0, 0)), Meta{Source: "sensors", Format: "intelmq"})
		return err
	}
	if err := accept(1); err != nil {
		t.Fatal(err)
	}
	if err := accept(2); !errors.Is(err, ErrBusy) {
		t.Errorf("while much waits: %v", err)
	}
	if err := r.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if err := accept(2); err != nil {
		t.Errorf("after it was read: %v", err)
	}
}
