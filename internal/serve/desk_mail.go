package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"pahra/internal/service/mailroom"
	"pahra/internal/service/notices"
	"pahra/internal/service/reports"
	"pahra/internal/source/imap"
	"pahra/internal/source/inbox"
	"pahra/internal/source/maildir"
	"pahra/internal/spool"
)

// mailroom gives what opens mail to the desk: reports of sources, and what comes back to notices.
func (s *Server) mailroom() *mailroom.Room {
	set := s.Config.Desk
	opt := mailroom.Options{Rules: map[string]mailroom.Rule{}, AuthServ: set.Notices.AuthServ, Dir: filepath.Join(s.Config.State, "desk"), Accept: s.acceptOrRefuse}
	for name, source := range set.Sources {
		if source.Mail != nil {
			opt.Rules[name] = *source.Mail
		}
	}
	if s.Desk.Notices != nil {
		opt.Answers = func(ctx context.Context, mail io.Reader) error {
			_, err := s.Desk.Notices.Take(ctx, mail)
			if errors.Is(err, notices.ErrMail) {
				err = fmt.Errorf("%w: %w", inbox.ErrRefused, err)
			}
			return err
		}
	}
	return mailroom.New(opt)
}

// acceptOrRefuse accepts a file of a source, and says of one that never will be accepted that it is refused.
func (s *Server) acceptOrRefuse(ctx context.Context, source, name string, f *os.File) error {
	_, err := s.accept(ctx, source, name, f)
	if errors.Is(err, spool.ErrTooLarge) || errors.Is(err, reports.ErrPacked) {
		err = fmt.Errorf("%w: %w", inbox.ErrRefused, err)
	}
	return err
}

// runMail takes mail to the desk until ctx ends.
func (s *Server) runMail(ctx context.Context) error {
	set, room := s.Config.Desk, s.mailroom()
	var box *imap.Mailbox
	if set.IMAP != nil {
		var err error
		if box, err = imap.New(*set.IMAP, filepath.Join(s.Config.State, "desk"), room.Take, s.Desk.log); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	if box != nil {
		group.Go(func() error { return box.Run(ctx) })
	}
	if set.Maildir != nil {
		group.Go(func() error { return maildir.New(*set.Maildir, room.Take, s.Desk.log).Run(ctx) })
	}
	return group.Wait()
}
