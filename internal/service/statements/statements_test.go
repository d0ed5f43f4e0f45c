package statements_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/desk/statement"
	"pahra/internal/service/reports"
	"pahra/internal/service/statements"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// rig is a desk with its form.
type rig struct {
	*statements.Service
	desk *reports.Desk
	dir  string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(context.Background(), "sqlite:"+filepath.Join(dir, "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	files, err := spool.Open(filepath.Join(dir, "desk"))
	if err != nil {
		t.Fatal(err)
	}
	classes, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	own := func(context.Context, string, class.Code, *intelmq.Event) string { return "as:64500" }
	d, err := reports.Open(context.Background(), reports.Options{Spool: files, Store: db, Own: own, Classes: classes, Now: clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &rig{&statements.Service{Store: db, Files: files, Classes: classes, Tenant: store.National, Accept: d.Accept, Now: clock}, d, dir}
}

func said() statement.Statement {
	return statement.Statement{Type: 7, Noticed: now.Add(-time.Hour), Address: "192.0.2.7", Description: "It asks for passwords."}
}

// TestTake: two who say the same make two events of one case; each sees with their own receipt, and no other, how it stands.
func TestTake(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	ann := statement.Reporter{Mode: statement.Named, Name: "Ann", Mail: "ann@example.net", Consent: true}
	a, wrong, err := r.Take(ctx, said(), ann)
	if err != nil || wrong != nil {
		t.Fatal(wrong, err)
	}
	b, wrong, err := r.Take(ctx, said(), statement.Reporter{Mode: statement.Anonymous})
	if err != nil || wrong != nil {
		t.Fatal(wrong, err)
	}
	before, err := r.Look(ctx, a.Number, a.Code)
	if err != nil || before.Read || len(before.Cases) != 0 {
		t.Errorf("before it was read: %+v, %v", before, err)
	}
	if err := r.desk.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	for _, receipt := range []statements.Receipt{a, b} {
		after, err := r.Look(ctx, receipt.Number, receipt.Code)
		if err != nil || !after.Read || len(after.Cases) != 1 || after.Cases[0].State != desk.New {
			t.Errorf("after: %+v, %v", after, err)
		}
	}
	for _, c := range [][2]string{{a.Number, b.Code}, {a.Number, ""}, {"2026-NOTTHERE", a.Code}, {"", ""}} {
		if _, err := r.Look(ctx, c[0], c[1]); !errors.Is(err, statements.ErrNoReceipt) {
			t.Errorf("%q: %v", c, err)
		}
	}
}

// TestWithdraw: who reported is forgotten when they ask for it, and by nobody else's asking; what they reported stays. Nor do
// the files of the desk ever hold who it was.
func TestWithdraw(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	a, _, err := r.Take(ctx, said(), statement.Reporter{Mode: statement.Named, Name: "Ann Example", Mail: "ann@example.net"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.desk.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(r.dir, "desk"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		var in io.Reader = f
		if filepath.Ext(path) == ".zst" {
			zr, err := zstd.NewReader(f)
			if err != nil {
				return err
			}
			defer zr.Close()
			in = zr
		}
		text, err := io.ReadAll(in)
		if bytes.Contains(text, []byte("Ann")) || bytes.Contains(text, []byte(a.Code)) {
			t.Errorf("%s holds who reported", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Withdraw(ctx, a.Number, "wrong"); !errors.Is(err, statements.ErrNoReceipt) {
		t.Errorf("withdrawn by who has no code: %v", err)
	}
	for range 2 {
		if err := r.Withdraw(ctx, a.Number, a.Code); err != nil {
			t.Fatal(err)
		}
	}
	who, err := r.Store.Reporter(ctx, a.Number)
	if err != nil || who.Name != "" || who.Mail != "" || who.Mode != "anonymous" || who.Withdrawn.IsZero() {
		t.Errorf("%+v, %v", who, err)
	}
	if out, err := r.Look(ctx, a.Number, a.Code); err != nil || len(out.Cases) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestTakeRefused: what is wrong is told, and nothing is kept of it.
func TestTakeRefused(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	_, wrong, err := r.Take(ctx, statement.Statement{}, statement.Reporter{})
	if err != nil || len(wrong) != 5 {
		t.Errorf("%v, %v", wrong, err)
	}
	if waiting, err := r.Store.WaitingReports(ctx); err != nil || waiting != 0 {
		t.Errorf("%d octets wait, %v", waiting, err)
	}
}
