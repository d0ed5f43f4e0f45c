package notices

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

// links gives the tokens of a letter's links: those of its cases, then that of the party.
func (r *rig) links() (tokens []string) {
	r.t.Helper()
	for part := range strings.SplitSeq(r.letters[len(r.letters)-1].Text, "https://pahra.example/n/") {
		token, _, _ := strings.Cut(part, "\n")
		tokens = append(tokens, token)
	}
	return tokens[1:]
}

func (r *rig) told(n int) {
	r.t.Helper()
	r.plan(time.Hour, 1)
	r.sendAll()
	if len(r.letters) != n {
		r.t.Fatalf("%d letters", len(r.letters))
	}
}

// TestAnswer: what a party says by its link moves the case as far as a party can, and never to recovered.
func TestAnswer(t *testing.T) {
	for a, want := range map[Answer]desk.State{Acknowledge: desk.Acknowledged, Progress: desk.InProgress, Fixed: desk.InProgress, NotOurs: desk.Disputed, Remark: desk.Notified} {
		r := newRig(t, 1, nil)
		r.told(1)
		v, err := r.Visit(t.Context(), r.links()[0])
		r.ok(err)
		r.ok(r.Answer(t.Context(), v, 1, a, "we looked\r\nat it"))
		if got := r.caseState(1); got != want {
			t.Errorf("%s: the case is %s, want %s", a, got, want)
		}
		p, err := r.Page(t.Context(), v, 1)
		r.ok(err)
		if words := said2text(p.Said); !strings.Contains(words, "we looked\nat it") && a != Acknowledge && a != Progress {
			t.Errorf("%s: what was said is %q", a, words)
		}
		if r.state(1) != store.NoticeAnswered {
			t.Errorf("%s: the notice is %s", a, r.state(1))
		}
		c, err := r.db.Case(t.Context(), store.MachineSight(store.National), 1)
		r.ok(err)
		if c.Replied == nil {
			t.Errorf("%s: no person is shown that the party wrote", a)
		}
	}
}

func said2text(list []Said) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s.State + " " + s.Text + "\n")
	}
	return b.String()
}

func TestAnswerRefused(t *testing.T) {
	r := newRig(t, 2, nil)
	r.told(1)
	v, err := r.Visit(t.Context(), r.links()[0])
	r.ok(err)
	for name, c := range map[string]struct {
		id     int64
		a      Answer
		remark string
		want   error
	}{
		"another case":       {2, Acknowledge, "", notice.ErrLink},
		"no answer":          {1, "recovered", "x", ErrAnswer},
		"not ours, no words": {1, NotOurs, " ", ErrAnswer},
		"too long":           {1, Remark, strings.Repeat("x", MostRemark+1), ErrAnswer},
	} {
		if err := r.Answer(t.Context(), v, c.id, c.a, c.remark); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.ok(r.Answer(t.Context(), v, 1, Progress, ""))
	if err := r.Answer(t.Context(), v, 1, Acknowledge, ""); !errors.Is(err, cases.ErrRefused) {
		t.Errorf("a case in work becomes acknowledged: %v", err)
	}
	r.ok(r.Answer(t.Context(), v, 1, Fixed, "")) // it says so again, and the case stays in work
	if got := r.caseState(1); got != desk.InProgress {
		t.Errorf("the case is %s", got)
	}
}

// TestVisit: a link shows its case, the party's link all of its open cases; neither those of others, nor what the team says
// among itself, nor after it has ended.
func TestVisit(t *testing.T) {
	r := newRig(t, 3, nil)
	made, err := r.db.Case(t.Context(), store.MachineSight(store.National), 3)
	r.ok(err)
	r.ok(r.opt.Cases.Confine(t.Context(), store.MachineSight(store.National), cases.By{Actor: desk.Analyst, Name: "command line"}, made.ID, "secret"))
	r.told(1)
	tokens := r.links()
	if len(tokens) != 3 {
		t.Fatalf("%d links", len(tokens))
	}
	machine := store.MachineSight(store.National)
	r.ok(r.opt.Cases.Comment(t.Context(), machine, cases.By{Actor: desk.Analyst, Name: "ann"}, 1, "they never answer"))
	one, err := r.Visit(t.Context(), tokens[0])
	r.ok(err)
	all, err := r.Visit(t.Context(), tokens[2])
	r.ok(err)
	for want, v := range map[int]Visit{1: one, 2: all} {
		if list, err := r.List(t.Context(), v); err != nil || len(list) != want {
			t.Errorf("a link shows %d cases, want %d: %v", len(list), want, err)
		}
	}
	p, err := r.Page(t.Context(), one, 1)
	r.ok(err)
	if text := said2text(p.Said); strings.Contains(text, "never answer") || !strings.Contains(text, "notified") || len(p.Lines) != 3 || p.Lines[0].Text("destination.ip") != "" {
		t.Errorf("the page shows %q, %v", text, p.Lines)
	}
	for id, v := range map[int64]Visit{2: one, 3: all, 9: all} {
		if _, err := r.Page(t.Context(), v, id); !errors.Is(err, notice.ErrLink) {
			t.Errorf("case %d is shown: %v", id, err)
		}
	}
	r.now = r.now.Add(r.opt.Settings.LinkFor)
	if _, err := r.Visit(t.Context(), tokens[0]); !errors.Is(err, notice.ErrLink) {
		t.Errorf("a link is good after it expired: %v", err)
	}
	r.now = r.now.Add(-time.Hour * 24)
	r.ok(r.db.RevokeLinks(t.Context(), r.now, 1))
	if _, err := r.Visit(t.Context(), tokens[0]); !errors.Is(err, notice.ErrLink) {
		t.Errorf("a link is good after it was withdrawn: %v", err)
	}
}

// TestAnswersBounded: whoever has a link cannot fill the store with it.
func TestAnswersBounded(t *testing.T) {
	r := newRig(t, 1, nil)
	r.told(1)
	v, err := r.Visit(t.Context(), r.links()[0])
	r.ok(err)
	for range mostAnswers {
		r.now = r.now.Add(time.Second)
		r.ok(r.Answer(t.Context(), v, 1, Remark, "we look into it"))
	}
	if err := r.Answer(t.Context(), v, 1, Remark, "still"); !errors.Is(err, cases.ErrRefused) {
		t.Errorf("one more: %v", err)
	}
	if n := r.replied(1); n != mostAnswers {
		t.Errorf("%d are in the log", n)
	}
}
