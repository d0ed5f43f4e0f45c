package mailroom_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pahra/internal/service/mailroom"
	"pahra/internal/source/inbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const signed = "Authentication-Results: mx.example.net; dkim=pass header.d=sensors.example\n"

// take has a room take a mail and gives what came of it.
func take(t *testing.T, mail string, answers bool) (got []string, err error) {
	t.Helper()
	dir := t.TempDir()
	opt := mailroom.Options{Dir: dir, AuthServ: "mx.example.net",
		Rules: map[string]mailroom.Rule{
			"sensors": {From: "reports@sensors.example", Files: "*.csv*", Signed: "sensors.example"},
			"abuse":   {To: "arf@example.net", Subject: "*abuse*"},
		},
		Accept: func(_ context.Context, source, name string, f *os.File) error {
			text, err := io.ReadAll(f)
			got = append(got, source+" "+name+" "+strings.TrimSpace(string(text)))
			return err
		}}
	if answers {
		opt.Answers = func(_ context.Context, mail io.Reader) error {
			text, err := io.ReadAll(mail)
			got = append(got, "answer "+string(text[:5]))
			return err
		}
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "mail"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(mail); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	err = mailroom.New(opt).Take(t.Context(), "1", f)
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d files were left", len(left))
	}
	return got, err
}

func report(header string) string {
	return header + `From: Sensors <Reports@sensors.example>
Subject: today
Content-Type: multipart/mixed; boundary=b

--b

Two reports.
--b
Content-Type: text/csv; name="../../2026-03-24-scan.csv"

a,b
--b
Content-Disposition: attachment; filename=more.CSV

c,d
--b
Content-Disposition: attachment; filename=logo.png

x
--b--
`
}

// TestTake: attachments go where the rule says; whose signature is not good is no source; what no rule knows is an answer.
func TestTake(t *testing.T) {
	for name, c := range map[string]struct {
		mail string
		want []string
	}{
		"reports":     {report(signed), []string{"sensors 2026-03-24-scan.csv a,b", "sensors more.CSV c,d"}},
		"not signed":  {report(""), []string{"answer From:"}},
		"whole":       {"To: x@example.net, ARF <arf@example.net>\nFrom: a@b.example\nSubject: Abuse report\n\nx\n", []string{"abuse mail.eml To: x@example.net, ARF <arf@example.net>\nFrom: a@b.example\nSubject: Abuse report\n\nx"}},
		"without any": {signed + "From: reports@sensors.example\n\nno attachment\n", []string{"answer Authe"}},
	} {
		got, err := take(t, c.mail, true)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := take(t, "From: a@b.example\n\nx\n", false); !errors.Is(err, inbox.ErrRefused) {
		t.Errorf("what nobody takes: %v", err)
	}
	if _, err := take(t, "Content-Type: multipart/mixed; boundary=b\n\n"+strings.Repeat("--b\n\n", 200), true); !errors.Is(err, inbox.ErrRefused) {
		t.Errorf("a mail of 200 parts: %v", err)
	}
}

func TestRuleCheck(t *testing.T) {
	for _, bad := range []mailroom.Rule{{}, {Subject: "x"}, {From: "["}} {
		if err := bad.Check(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
