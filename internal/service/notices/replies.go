package notices

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"pahra/internal/desk"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/wire/arf"
)

// ErrMail says that a mail cannot be read.
var ErrMail = errors.New("the mail cannot be read")

// Take takes a mail that came to the desk's address. It may be given the same mail again. A bounce is noted of its notice,
// and its cases wait for a person; what a machine wrote is noted; an answer goes to its cases if our own mail server vouches
// for the sender and it is of the domain that was told, and else waits for a person.
func (s *Service) Take(ctx context.Context, in io.Reader) (store.Reply, error) {
	text, err := io.ReadAll(io.LimitReader(in, arf.MaxSize+1))
	if err != nil {
		return store.Reply{}, err
	}
	m, err := arf.ReadMail(bytes.NewReader(text))
	if err != nil {
		return store.Reply{}, fmt.Errorf("%w: %w", ErrMail, err)
	}
	sum := sha256.Sum256(text)
	read := s.reader().Read(m)
	r := store.Reply{ID: hex.EncodeToString(sum[:]), Notice: read.Notice, Received: s.opt.Now(), Kind: string(read.Kind), Sender: read.From, Signed: read.Signed,
		Subject: read.Subject, Body: read.Text, Status: read.Status, State: store.ReplyNoted}
	n, err := s.noticeOf(ctx, read.Notice)
	if err != nil {
		return r, err
	}
	r.Notice = n.ID
	var turn store.NoticeState
	switch read.Kind {
	case notice.Bounce:
		r.Body, turn = read.Says, store.NoticeBounced
		err = s.attach(ctx, n, cases.By{Actor: desk.Desk}, r.ID, fmt.Sprintf("notice %d to %s came back: %s %s", n.ID, n.Recipient, read.Status, read.Says))
	case notice.Answer:
		r.State = store.ReplyHeld
		if n.ID != 0 && vouched(read, n.Recipient) && read.Text != "" {
			r.State, turn = store.ReplyAttached, store.NoticeAnswered
			err = s.attach(ctx, n, partyOf(n), r.ID, "From: "+read.From+"\n\n"+read.Text)
		}
	}
	if err != nil {
		return r, err
	}
	_, err = s.opt.Store.AddReply(ctx, r, turn)
	return r, err
}

func partyOf(n store.Notice) cases.By { return cases.By{Actor: desk.Party, Name: n.Party} }

func (s *Service) reader() notice.Reader {
	r := notice.Reader{Keys: s.opt.Keys, Return: s.opt.Settings.Return, AuthServ: s.opt.Settings.AuthServ}
	if s.opt.Letters != nil {
		r.Domain = s.opt.Letters.Domain()
	}
	return r
}

// noticeOf gives a notice; the zero one for 0 and for a number that is not there.
func (s *Service) noticeOf(ctx context.Context, id int64) (store.Notice, error) {
	if id == 0 {
		return store.Notice{}, nil
	}
	n, err := s.opt.Store.Notice(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Notice{}, nil
	}
	return n, err
}

// vouched says whether an answer is from the domain that was told, and our own server found its signature good.
func vouched(r notice.Reply, recipient string) bool {
	_, from, _ := strings.Cut(r.From, "@")
	_, told, _ := strings.Cut(strings.ToLower(recipient), "@")
	return r.Signed != "" && told != "" && (from == told || strings.HasSuffix(from, "."+told))
}
