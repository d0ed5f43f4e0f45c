package serve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/config"
	"pahra/internal/deliver/mail"
	"pahra/internal/service/cases"
)

// TestRota: a plan is read and calls go by mail; without mail, or with a plan that is none, the service does not start.
func TestRota(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rota.yaml")
	plan := `{version: "1", zone: UTC, people: {ann: {mail: ann@cert.example}}, rotas: [{name: first, start: "2026-03-02 09:00", days: 7, people: [ann]}], page: {priority: 80, escalate: 15m}}`
	open := func(text string, by *mail.Config) (*cases.Service, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, c := &Server{Config: &config.Config{}}, &cases.Service{}
		s.Config.Desk.Rota, s.Config.Alerts.Mail = path, by
		return c, s.openRota(c)
	}
	by := &mail.Config{Host: "mail.cert.example", From: "desk@cert.example"}
	if c, err := open(plan, by); err != nil || c.Page == nil || c.Duty.Page.Priority != 80 {
		t.Errorf("%+v, %v", c, err)
	}
	for want, test := range map[string]struct {
		text string
		by   *mail.Config
	}{"alerts.mail is not set": {plan, nil}, "reading a duty plan": {"{}", by}} {
		if _, err := open(test.text, test.by); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
