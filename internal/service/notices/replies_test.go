package notices

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pahra/internal/deliver/mail"
	"pahra/internal/desk"
	"pahra/internal/store"
	"pahra/internal/testdata"
	"pahra/wire/intelmq"
)

// take gives the service a mail, twice, as after a crash.
func (r *rig) take(text string) store.Reply {
	r.t.Helper()
	first, err := r.Take(r.t.Context(), strings.NewReader(text))
	r.ok(err)
	_, err = r.Take(r.t.Context(), strings.NewReader(text))
	r.ok(err)
	return first
}

// replied says how many words a case's party has said.
func (r *rig) replied(id int64) (n int) {
	r.t.Helper()
	w, err := r.opt.Cases.Get(r.t.Context(), store.MachineSight(store.National), id, 1)
	r.ok(err)
	for _, e := range w.Log {
		if e.Act == "case.reply" {
			n++
		}
	}
	return n
}

// TestAnswersByMail: an answer that our own server vouches for goes to its cases; any other waits for a person, who decides.
func TestAnswersByMail(t *testing.T) {
	r := newRig(t, 2, nil)
	r.told(1)
	about := "In-Reply-To: <" + r.letters[0].MessageID + ">\r\n"
	const good = "Authentication-Results: mx.example.net; dkim=pass header.d=example.org\r\n"
	if got := r.take(good + about + "From: noc@example.org\r\n\r\nWe look into it.\r\n"); got.State != store.ReplyAttached || r.replied(1) != 1 || r.replied(2) != 1 {
		t.Errorf("one that is vouched for: %+v, said %d times", got, r.replied(1))
	}
	if r.state(1) != store.NoticeAnswered || r.caseState(1) != desk.Notified {
		t.Errorf("the notice is %s, the case %s", r.state(1), r.caseState(1))
	}
	held := []string{
		about + "From: noc@example.org\r\n\r\nNot vouched for.\r\n",
		strings.ReplaceAll(good, "example.org", "example.com") + about + "From: noc@example.com\r\n\r\nSomebody else.\r\n",
		good + "From: noc@example.org\r\n\r\nAbout nothing.\r\n",
	}
	var last store.Reply
	for _, text := range held {
		if last = r.take(text); last.State != store.ReplyHeld || r.replied(1) != 1 {
			t.Errorf("%q: %+v", text, last)
		}
	}
	r.ok(r.AttachReply(t.Context(), "ann", last.ID, 1))
	if r.replied(1) != 2 {
		t.Errorf("a person attached it, and the case has %d words", r.replied(1))
	}
	if err := r.AttachReply(t.Context(), "ann", last.ID, 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("attached twice: %v", err)
	}
	waiting, err := r.db.Replies(t.Context(), store.ReplyHeld, 0, 10)
	r.ok(err)
	if len(waiting) != 2 {
		t.Fatalf("%d wait", len(waiting))
	}
	r.ok(r.DropReply(t.Context(), "ann", waiting[0].ID))
}

// TestMachines: what a machine answers, and what comes back in a loop, is noted and moves nothing.
func TestMachines(t *testing.T) {
	r := newRig(t, 1, nil)
	r.told(1)
	about := "References: <" + r.letters[0].MessageID + ">\r\nFrom: noc@example.org\r\n"
	for _, text := range []string{"Auto-Submitted: auto-replied\r\n" + about + "\r\nOut of office.\r\n", "X-Pahra-Notice: 1\r\n" + about + "\r\nx\r\n"} {
		if got := r.take(text); got.State != store.ReplyNoted || got.Notice != 1 {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if r.replied(1) != 0 || r.state(1) != store.NoticeSent {
		t.Errorf("the case has %d words, the notice is %s", r.replied(1), r.state(1))
	}
	if _, err := r.Take(t.Context(), strings.NewReader("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"+strings.Repeat("--b\r\n\r\n", 200))); !errors.Is(err, ErrMail) {
		t.Errorf("a mail that cannot be read: %v", err)
	}
}

// TestRealMail: notices go through a real mail server; one arrives, the other comes back, and the bounce is known for what it is.
func TestRealMail(t *testing.T) {
	server := testdata.StartMailServer(t, "noc", "bounces")
	r := newRig(t, 2, nil)
	mailer, err := mail.New(mail.Config{Host: "127.0.0.1", Port: server.Port, TLS: "none", From: "Desk <desk@example.net>", Timeout: 10 * time.Second})
	r.ok(err)
	r.opt.Letters = mailer
	write := func(id int64, to string) {
		n := store.Notice{Tenant: store.National, Party: "as:64500", Recipient: to, Domain: "example.org", Language: "hi", Rule: "x", Cases: []int64{id}, Expires: r.now.Add(time.Hour)}
		_, err := r.db.AddNotice(t.Context(), r.now, n, 0, func(number int64) (store.Notice, error) {
			c, err := r.db.Case(t.Context(), store.MachineSight(store.National), id)
			r.ok(err)
			p := &parcel{to: Recipient{Address: to}, cases: []store.DeskCase{c.DeskCase}}
			lines, err := r.events(t.Context(), "", id, 10)
			r.ok(err)
			p.lines = map[int64][]*intelmq.Event{id: lines}
			return r.write(n, number, p)
		})
		r.ok(err)
	}
	write(1, "noc@example.org")
	write(2, "nobody@example.org")
	r.sendAll()
	if r.state(1) != store.NoticeSent || r.state(2) != store.NoticeSent {
		t.Fatalf("the notices are %s and %s", r.state(1), r.state(2))
	}
	arrived, err := os.ReadFile(server.Mails(t, "noc", 1)[0])
	r.ok(err)
	for _, want := range []string{"Auto-Submitted: auto-generated", "pahra-notice-1.csv", "X-Pahra-Notice: 1"} {
		if !strings.Contains(string(arrived), want) {
			t.Errorf("what arrived does not say %q", want)
		}
	}
	bounce, err := os.ReadFile(server.Mails(t, "bounces", 1)[0])
	r.ok(err)
	got := r.take(string(bounce))
	if got.Kind != "bounce" || got.Notice != 2 || !strings.HasPrefix(got.Status, "5.") || r.state(2) != store.NoticeBounced || r.replied(2) != 1 {
		t.Errorf("the bounce is %+v; its notice is %s, its case has %d words", got, r.state(2), r.replied(2))
	}
	if r.state(1) != store.NoticeSent {
		t.Errorf("the other is %s", r.state(1))
	}
}
