// Package statements takes what people say over the form for everybody, and tells them what became of it.
//
// [Service.Take] makes a statement a report of the desk like any other and gives a receipt: a number, and a code that only
// who reported knows. [Service.Look] tells with both how it stands; [Service.Withdraw] forgets who they are. Nothing here
// needs an account.
package statements

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/desk/statement"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Source is the name under which statements come in.
const Source = "reporters"

// Service takes statements. Every field is needed. Safe for concurrent use.
type Service struct {
	Store   *store.Store
	Files   *spool.Spool
	Classes *class.Tables
	Tenant  string
	// Accept is that of the desk.
	Accept func(context.Context, io.Reader, reports.Meta) (store.DeskReport, error)
	Now    func() time.Time
}

// Receipt is what who reports gets. The code is shown this once.
type Receipt struct {
	Number string `json:"receipt"`
	Code   string `json:"code"`
}

// ErrNoReceipt is the error for a number and a code that do not go together.
var ErrNoReceipt = errors.New("there is no such receipt, or the code is another's")

// Take takes a statement. It gives what is wrong with it, or a receipt once it is durable.
func (s *Service) Take(ctx context.Context, said statement.Statement, who statement.Reporter) (Receipt, []statement.Wrong, error) {
	now := s.Now().UTC()
	if wrong := append(said.Check(now), who.Check()...); len(wrong) > 0 {
		return Receipt{}, wrong, nil
	}
	event, err := said.Event(s.Classes, now)
	if err != nil {
		return Receipt{}, nil, err
	}
	receipt := Receipt{fmt.Sprintf("%d-%s", now.Year(), random(5)), random(15)}
	meta := reports.Meta{Tenant: s.Tenant, Source: Source, Name: receipt.Number + ".json", Format: "intelmq"}
	// The number goes in, so that what two say alike counts twice.
	event.Set("extra.receipt", intelmq.Value{Text: receipt.Number})
	report, err := s.Accept(ctx, bytes.NewReader(append(event.AppendJSON(nil), '\n')), meta)
	if err != nil {
		return Receipt{}, nil, err
	}
	sum := sha256.Sum256([]byte(receipt.Code))
	err = s.Store.AddReporter(ctx, store.Reporter{
		Receipt: receipt.Number, CodeHash: sum[:], Report: report.ID, Tenant: s.Tenant, Mode: string(who.Mode), Name: who.Name,
		Organisation: who.Organisation, Mail: who.Mail, Phone: who.Phone, Consent: who.Consent, Given: now,
	})
	if err != nil {
		return Receipt{}, nil, err
	}
	return receipt, nil, nil
}

// random gives that many random octets in letters and digits that are not taken for one another.
func random(octets int) string {
	b := make([]byte, octets)
	_, _ = rand.Read(b) // it never fails: see its documentation
	return base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding).EncodeToString(b)
}

// Outcome is how a statement stands.
type Outcome struct {
	Number string    `json:"receipt"`
	Given  time.Time `json:"given"`
	Mode   string    `json:"mode"`
	// Read is whether the statement was read already; Cases are what became of it.
	Read  bool   `json:"read"`
	Cases []Case `json:"cases"`
}

// Case is how a case stands, as far as it is told to who reported it.
type Case struct {
	State desk.State `json:"state"`
	Since time.Time  `json:"since"`
}

// Look tells how a statement stands to who has its receipt.
func (s *Service) Look(ctx context.Context, number, code string) (Outcome, error) {
	who, err := s.of(ctx, number, code)
	if err != nil {
		return Outcome{}, err
	}
	report, err := s.Store.Report(ctx, who.Report)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Number: who.Receipt, Given: who.Given, Mode: who.Mode, Read: report.State == store.ReportRead, Cases: []Case{}}
	ids, err := reports.CasesOf(ctx, s.Files, s.Store, report)
	if err != nil {
		return Outcome{}, err
	}
	for _, id := range ids {
		c, err := s.Store.Case(ctx, store.MachineSight(s.Tenant), id)
		if err != nil {
			return Outcome{}, err
		}
		out.Cases = append(out.Cases, Case{desk.State(c.State), c.Changed})
	}
	return out, nil
}

// Withdraw forgets who has a receipt; that something was reported stays.
func (s *Service) Withdraw(ctx context.Context, number, code string) error {
	who, err := s.of(ctx, number, code)
	if err != nil {
		return err
	}
	if err := s.Store.WithdrawReporter(ctx, who.Receipt, s.Now()); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// of gives who has a receipt.
func (s *Service) of(ctx context.Context, number, code string) (store.Reporter, error) {
	who, err := s.Store.Reporter(ctx, strings.ToUpper(strings.TrimSpace(number)))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Reporter{}, err
	}
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.TrimSpace(code))))
	if subtle.ConstantTimeCompare(sum[:], who.CodeHash) != 1 {
		return store.Reporter{}, ErrNoReceipt
	}
	return who, nil
}
