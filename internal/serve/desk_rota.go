package serve

import (
	"context"
	"errors"
	"fmt"

	"pahra/internal/alert"
	"pahra/internal/deliver/mail"
	"pahra/internal/desk/rota"
	"pahra/internal/service/cases"
	"pahra/internal/service/reports"
	"pahra/internal/store"
)

// openRota reads who is on duty, and has them called by mail.
func (s *Server) openRota(c *cases.Service) error {
	path := s.Config.Desk.Rota
	if path == "" {
		return nil
	}
	text, err := reports.ReadSmall(path)
	if err == nil {
		c.Duty, err = rota.Read(text)
	}
	if err != nil {
		return fmt.Errorf("desk.rota: %s: %w", path, err)
	}
	if s.Config.Alerts.Mail == nil {
		return errors.New("desk.rota: who is on duty is called by mail, and alerts.mail is not set")
	}
	mailer, err := mail.New(*s.Config.Alerts.Mail)
	if err != nil {
		return err
	}
	c.Page = func(ctx context.Context, who rota.Person, p store.DutyPage) error {
		id := alert.DeliveryID(p.Key, fmt.Sprint(p.Tenant, p.Level))
		m := alert.Message{ID: id, Name: "duty", At: p.Sent, Severity: alert.Critical, Subject: "Desk: " + p.Text,
			Text: fmt.Sprintf("%s\n\nIf nobody answers, the next is called. To answer, take the case, or:\n  pahra desk rota --answer %q\n", p.Text, p.Key), Alerts: []alert.Alert{}}
		return mailer.Send(ctx, who.Mail, id, m)
	}
	return nil
}
