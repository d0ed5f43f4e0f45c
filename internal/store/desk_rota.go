package store

import (
	"context"
	"fmt"
	"time"
)

// DutyPage is a call of somebody on duty. Its text names no party: who is called may not be one who sees the case.
type DutyPage struct {
	Key      string     `json:"page"`
	Tenant   string     `json:"tenant"`
	Case     int64      `json:"case,omitempty"` // 0: of none
	Text     string     `json:"text"`
	Level    int        `json:"level"`  // whose turn it was at: 0 is the first rota
	Person   string     `json:"person"` // an account
	Made     time.Time  `json:"made_at"`
	Sent     time.Time  `json:"sent_at"`
	Answered *time.Time `json:"answered_at,omitempty"`
	By       string     `json:"answered_by,omitempty"`
}

// CasesOpened counts the new and reopened cases of a tenant that became so since a time.
func (s *Store) CasesOpened(ctx context.Context, tenant string, since time.Time) (n int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		n, err = one(ctx, t, "rota_opened", scanned[int64], tenant, micros(since))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("counting opened cases: %w", err)
	}
	return n, nil
}

// AddPage keeps a page, and says whether it is new: of each occasion there is one.
func (s *Store) AddPage(ctx context.Context, p DutyPage) (added bool, err error) {
	n, err := s.changePage(ctx, "rota_page_add", p.Key, p.Tenant, p.Case, p.Text, p.Person, micros(p.Made))
	return n > 0, err
}

// RaisePage notes that a page went on to the next who is on duty.
func (s *Store) RaisePage(ctx context.Context, p DutyPage) error {
	_, err := s.changePage(ctx, "rota_page_level", p.Tenant, p.Key, p.Level, p.Person, micros(p.Sent))
	return err
}

// AnswerPage notes that somebody answered a page; the error is [ErrNotFound] where none waits for that.
func (s *Store) AnswerPage(ctx context.Context, tenant, key, by string, now time.Time) error {
	n, err := s.changePage(ctx, "rota_page_answer", tenant, key, micros(now), by)
	if err == nil && n == 0 {
		err = fmt.Errorf("page %s: %w", key, ErrNotFound)
	}
	return err
}

func (s *Store) changePage(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		n, err = t.exec(ctx, query, args...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("keeping a page: %w", err)
	}
	return n, nil
}

// OpenPages gives the pages of a tenant that nobody answered, the oldest first, at most limit.
func (s *Store) OpenPages(ctx context.Context, tenant string, limit int) (pages []DutyPage, err error) {
	err = s.view(ctx, func(t *tx) error {
		pages, err = list(ctx, t, "rota_pages", func(row scanner) (p DutyPage, err error) {
			var made, sent int64
			var answered *int64
			err = row.Scan(&p.Key, &p.Tenant, &p.Case, &p.Text, &p.Level, &p.Person, &made, &sent, &answered, &p.By)
			p.Made, p.Sent, p.Answered = fromMicros(made), fromMicros(sent), fromOptional(answered)
			return p, err
		}, tenant, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing pages: %w", err)
	}
	return pages, nil
}

// Handover is a note from one turn to the next.
type Handover struct {
	Made   time.Time `json:"made_at"`
	Person string    `json:"person"`
	Text   string    `json:"text"`
}

// AddHandover keeps a note.
func (s *Store) AddHandover(ctx context.Context, tenant string, h Handover) error {
	_, err := s.changePage(ctx, "rota_handover_add", tenant, micros(h.Made), h.Person, h.Text)
	return err
}

// Handovers gives a tenant's last notes, the newest first.
func (s *Store) Handovers(ctx context.Context, tenant string, limit int) (notes []Handover, err error) {
	err = s.view(ctx, func(t *tx) error {
		notes, err = list(ctx, t, "rota_handovers", func(row scanner) (h Handover, err error) {
			var made int64
			err = row.Scan(&made, &h.Person, &h.Text)
			h.Made = fromMicros(made)
			return h, err
		}, tenant, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing hand-over notes: %w", err)
	}
	return notes, nil
}
