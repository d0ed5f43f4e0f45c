package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"pahra/internal/alert"
	"pahra/internal/notice"
)

// Letter is a mail with attachments to one receiver.
type Letter struct {
	To          string
	Return      string // where bounces go (the envelope's sender)
	MessageID   string // without brackets; the same whenever it is tried again
	References  []string
	At          time.Time
	Subject     string
	Text        string
	Language    string // a tag
	Attachments []notice.Attachment
	// Own is what the field [notice.HeaderOwn] says, by which a letter that comes back is known.
	Own string
	// Key is the receiver's OpenPGP key, armoured; with one the letter is encrypted. "" for none.
	Key string
}

// SendLetter hands over one letter, signed by the signer if it is not nil. before is called when the server has accepted
// sender and receiver and the letter itself goes next: an error of it ends the matter, and without one what follows may have
// been taken whatever SendLetter says. The error is an [*alert.Failure] where the server refused the letter for good, and an
// [*Unknown] where it did not say what became of it.
func (m *Mailer) SendLetter(ctx context.Context, l Letter, signer *Signer, before func() error) error {
	if err := CheckAddress(l.To); err != nil {
		return &alert.Failure{Err: err, Permanent: true}
	}
	text, err := m.write(l, signer)
	if err != nil {
		return &alert.Failure{Err: fmt.Errorf("writing the letter: %w", err), Permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, m.set.Timeout)
	defer cancel()
	client, err := m.client(ctx)
	if err != nil {
		return fmt.Errorf("preparing to send mail: %w", err)
	}
	wire, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return m.failure(ctx, fmt.Errorf("connecting to %s: %w", m.set.Host, err))
	}
	defer client.CloseWithSMTPClient(wire) //nolint:errcheck // once the server has answered, how it says goodbye does not matter
	return m.hand(ctx, wire, l, text, before)
}

// Unknown says that the server did not say what became of a letter: it may have taken it.
type Unknown struct{ Err error }

// Error says what went wrong.
func (u *Unknown) Error() string { return "the mail may have been taken: " + u.Err.Error() }

// Unwrap gives the cause.
func (u *Unknown) Unwrap() error { return u.Err }

// hand hands a letter over a connection.
func (m *Mailer) hand(ctx context.Context, wire *smtp.Client, l Letter, text []byte, before func() error) error {
	if err := wire.Mail(l.Return); err != nil {
		return m.failure(ctx, fmt.Errorf("sender %s: %w", l.Return, err))
	}
	if err := wire.Rcpt(l.To); err != nil {
		return m.failure(ctx, fmt.Errorf("receiver %s: %w", l.To, err))
	}
	if err := before(); err != nil {
		return err
	}
	w, err := wire.Data()
	if err != nil {
		return m.failure(ctx, fmt.Errorf("handing over: %w", err))
	}
	if _, err = w.Write(text); err == nil {
		err = w.Close()
	}
	if err == nil {
		return nil
	}
	var said *textproto.Error
	if errors.As(err, &said) {
		return m.failure(ctx, fmt.Errorf("handing over: %w", err))
	}
	return &Unknown{errors.Join(err, ctx.Err())}
}

// failure says of a server's refusal whether trying again is useless.
func (m *Mailer) failure(ctx context.Context, err error) error {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 500 {
		return &alert.Failure{Err: err, Permanent: true}
	}
	return errors.Join(err, ctx.Err())
}

// write writes a letter down as it goes over the wire.
func (m *Mailer) write(l Letter, signer *Signer) ([]byte, error) {
	msg, err := m.compose(l)
	if err != nil {
		return nil, err
	}
	if signer.smime() && l.Key == "" {
		if err := msg.SignWithTLSCertificate(signer.certificate); err != nil {
			return nil, fmt.Errorf("signing: %w", err)
		}
	}
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, err
	}
	switch {
	case l.Key != "":
		return encrypted(out.Bytes(), l.Key, signer)
	case signer.openPGP():
		return signer.signed(out.Bytes())
	}
	return out.Bytes(), nil
}

// compose puts a letter together, not signed yet.
func (m *Mailer) compose(l Letter) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	if err := msg.To(l.To); err != nil {
		return nil, err
	}
	if m.set.ReplyTo != "" {
		if err := msg.ReplyTo(m.set.ReplyTo); err != nil {
			return nil, err
		}
	}
	msg.Subject(alert.Harmless(l.Subject))
	msg.SetDateWithValue(l.At)
	msg.SetMessageIDWithValue(l.MessageID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply")
	msg.SetGenHeader(notice.HeaderOwn, l.Own)
	msg.SetGenHeader("Content-Language", l.Language)
	if n := len(l.References); n > 0 {
		ids := "<" + strings.Join(l.References, "> <") + ">"
		msg.SetGenHeader(gomail.HeaderReferences, ids)
		msg.SetGenHeader(gomail.HeaderInReplyTo, "<"+l.References[n-1]+">")
	}
	msg.SetBodyString(gomail.TypeTextPlain, l.Text)
	for _, a := range l.Attachments {
		if err := msg.AttachReader(a.Name, bytes.NewReader(a.Content), gomail.WithFileContentType(gomail.ContentType(a.Type))); err != nil {
			return nil, err
		}
	}
	return msg, nil
}

// Domain is that of the address that letters are from, which Message-IDs are of.
func (m *Mailer) Domain() string { return m.domain }
