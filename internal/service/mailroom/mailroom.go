// Package mailroom opens the mail that comes to the desk: what a source sends goes to where reports are taken in, as its
// rule says; everything else is an answer to a notice, or waits for a person.
//
// [New] makes a [Room], whose [Room.Take] takes one mail. The same mail may be taken twice, as after a crash: a report of a day is
// there once, and an answer too.
package mailroom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"pahra/internal/notice"
	"pahra/internal/source/inbox"
	"pahra/wire/arf"
)

// Rule says which mails bring a source's reports, and where in them these are. Patterns are those of path.Match, in any case of
// letters; an empty one matches all.
type Rule struct {
	From    string `yaml:"from"`    // address of the sender
	To      string `yaml:"to"`      // one of the addresses it came to
	Subject string `yaml:"subject"` // * stands for anything but a slash
	// Files are the names of attachments that are reports; "" for the mail as a whole, as of the formats arf and xarf.
	Files string `yaml:"files"`
	// Signed is the domain that must have signed the mail (DKIM), as our own mail server found; "" for none. Without it whoever
	// writes that they are the sender is believed.
	Signed string `yaml:"signed"`
}

// Check says what is wrong with a rule.
func (r *Rule) Check() error {
	for name, pattern := range map[string]string{"from": r.From, "to": r.To, "subject": r.Subject, "files": r.Files} {
		if _, err := path.Match(pattern, "x"); err != nil {
			return fmt.Errorf("%s %q: %w", name, pattern, err)
		}
	}
	if r.From == "" && r.To == "" {
		return errors.New("from or to: one of them says whose mail it is")
	}
	return nil
}

// Options are what a room works with.
type Options struct {
	Rules    map[string]Rule // by source
	AuthServ string          // the name by which our own mail server signs what it found of a sender
	Dir      string          // where attachments lie until they are taken
	// Accept takes a report of a source. It is durable once it returns.
	Accept func(ctx context.Context, source, name string, f *os.File) error
	// Answers takes what is no report; nil where there are no notices.
	Answers func(ctx context.Context, mail io.Reader) error
}

// Room opens mail. Safe for concurrent use.
type Room struct{ opt Options }

// New gives a room.
func New(opt Options) *Room { return &Room{opt} }

// Take takes a mail, as [inbox.Take] does.
func (r *Room) Take(ctx context.Context, _ string, f *os.File) error {
	m, err := arf.ReadMail(f)
	if err != nil {
		return fmt.Errorf("%w: %w", inbox.ErrRefused, err)
	}
	for _, source := range slices.Sorted(maps.Keys(r.opt.Rules)) {
		rule := r.opt.Rules[source]
		if !rule.meets(m.Header, r.opt.AuthServ) {
			continue
		}
		if n, err := r.reports(ctx, source, rule, m, f); n > 0 || err != nil {
			return err
		}
	}
	if r.opt.Answers == nil {
		return fmt.Errorf("%w: no source has a rule for it", inbox.ErrRefused)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return r.opt.Answers(ctx, f)
}

// meets says whether a mail is one that the rule is for.
func (r *Rule) meets(h arf.Header, authServ string) bool {
	if !matches(r.From, notice.Sent(h)) || !matches(r.Subject, h.Get("Subject")) {
		return false
	}
	if r.Signed != "" && !strings.EqualFold(notice.Signed(h, authServ), r.Signed) {
		return false
	}
	return r.To == "" || slices.ContainsFunc(receivers(h), func(to string) bool { return matches(r.To, to) })
}

func matches(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(text))
	return ok && err == nil
}

// receivers gives the addresses that a mail came to.
func receivers(h arf.Header) (list []string) {
	for _, name := range []string{"Envelope-To", "X-Original-To", "Delivered-To", "To", "Cc"} {
		for _, value := range h.All(name) {
			for one := range strings.SplitSeq(value, ",") {
				if _, in, ok := strings.Cut(one, "<"); ok {
					one, _, _ = strings.Cut(in, ">")
				}
				list = append(list, strings.TrimSpace(one))
			}
		}
	}
	return list
}

// reports has the reports of a mail accepted, and says how many there are.
func (r *Room) reports(ctx context.Context, source string, rule Rule, m *arf.Mail, whole *os.File) (n int, err error) {
	if rule.Files == "" {
		if _, err := whole.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
		return 1, r.opt.Accept(ctx, source, "mail.eml", whole)
	}
	for i := range m.Parts {
		name := filepath.Base(filepath.Clean("/" + m.Parts[i].Filename()))
		if name == "/" || !matches(rule.Files, name) {
			continue
		}
		if err := r.accept(ctx, source, name, m.Parts[i].Body); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// accept has an attachment accepted.
func (r *Room) accept(ctx context.Context, source, name string, body []byte) (err error) {
	f, err := os.CreateTemp(r.opt.Dir, "upload-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(body); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return r.opt.Accept(ctx, source, name, f)
}
