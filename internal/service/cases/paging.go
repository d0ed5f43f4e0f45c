package cases

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/rota"
	"pahra/internal/store"
)

// mostPages bounds how many cases are looked at, and pages kept open, at a time.
const mostPages = 100

// Pages calls who is on duty about cases of a tenant that are worth it and that nobody works on, once for each occasion; passes on to the
// next rota what nobody answered; and takes back what was done meanwhile: an assigned case, or one that is not new any more, is answered.
// In a surge only the most pressing cases are called for one by one, and the others by one digest an hour.
func (s *Service) Pages(ctx context.Context, tenant string) error {
	now := s.Now().UTC().Truncate(time.Microsecond)
	turns := s.Duty.On(now)
	if s.Duty.Page.Priority == 0 || len(turns) == 0 {
		return nil
	}
	opened, err := s.Store.CasesOpened(ctx, tenant, now.Add(-time.Hour))
	if err != nil {
		return err
	}
	worth, surge := s.Duty.Worth(opened)
	failed := s.raise(ctx, tenant, now)
	if surge {
		hour := now.Truncate(time.Hour).Format("2006-01-02T15")
		text := fmt.Sprintf("A surge: %d cases were opened within an hour. Until it ends only those of priority %d and above are called for one by one.", opened, worth)
		failed = errors.Join(failed, s.call(ctx, store.DutyPage{Key: "surge " + hour, Tenant: tenant, Text: text, Made: now}, turns[0].Person))
	}
	page, err := s.Store.Cases(ctx, store.MachineSight(tenant), now, store.CaseFilter{Open: true, Limit: mostPages})
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, c := range page.Items { // the highest priority first
		if c.Priority < worth {
			break
		}
		if untouched(c) {
			p := store.DutyPage{Key: fmt.Sprintf("case %d %d", c.ID, c.Changed.UnixMicro()), Tenant: tenant, Case: c.ID, Made: now,
				Text: fmt.Sprintf("Case %d is %s and has priority %d. Nobody works on it.", c.ID, c.State, c.Priority)}
			failed = errors.Join(failed, s.call(ctx, p, turns[0].Person))
		}
	}
	return failed
}

func untouched(c store.Case) bool {
	return c.Assignee == "" && (c.State == string(desk.New) || c.State == string(desk.Reopened))
}

// call keeps a page and sends it, if there is none of this occasion.
func (s *Service) call(ctx context.Context, p store.DutyPage, who rota.Person) error {
	p.Person, p.Sent = who.Name, p.Made
	added, err := s.Store.AddPage(ctx, p)
	if err != nil || !added {
		return err
	}
	return s.tell(ctx, p, who)
}

// tell sends a page. One that cannot be sent goes on to the next rota as one that is not answered.
func (s *Service) tell(ctx context.Context, p store.DutyPage, who rota.Person) error {
	s.Log.Warn("who is on duty is called", "person", who.Name, "case", p.Case, "level", p.Level, "page", p.Key)
	if s.Page == nil {
		return nil
	}
	if err := s.Page(ctx, who, p); err != nil {
		return fmt.Errorf("calling %s: %w", who.Name, err)
	}
	return nil
}

// raise passes on what nobody answered.
func (s *Service) raise(ctx context.Context, tenant string, now time.Time) error {
	open, err := s.Store.OpenPages(ctx, tenant, mostPages)
	if err != nil {
		return err
	}
	var failed error
	for _, p := range open {
		if p.Case != 0 {
			c, err := s.Store.Case(ctx, store.MachineSight(tenant), p.Case)
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			if !untouched(c) {
				failed = errors.Join(failed, s.Store.AnswerPage(ctx, tenant, p.Key, By{Actor: desk.Desk}.String(), now))
				continue
			}
		}
		if who, is := s.Duty.Escalates(p.Level, p.Sent, now); is {
			p.Level, p.Person, p.Sent = p.Level+1, who.Name, now
			failed = errors.Join(failed, s.Store.RaisePage(ctx, p), s.tell(ctx, p, who))
		}
	}
	return failed
}

// AnswerPage says that somebody looks at what they were called for.
func (s *Service) AnswerPage(ctx context.Context, v store.Sight, by By, key string) error {
	if err := by.may(v); err != nil {
		return err
	}
	if by.Actor != desk.Analyst {
		return fmt.Errorf("%w: the team answers pages", ErrRefused)
	}
	return s.Store.AnswerPage(ctx, v.Tenant, key, by.String(), s.Now())
}

// HandOver keeps a note to who has the next turn. Where the desk stands is put before the words: how much is to be done, which pages
// are not answered.
func (s *Service) HandOver(ctx context.Context, v store.Sight, by By, words string) (text string, err error) {
	if err := by.may(v); err != nil {
		return "", err
	}
	if by.Actor != desk.Analyst || len(words) > MostText {
		return "", fmt.Errorf("%w: the team hands over, with at most %d octets", ErrBad, MostText)
	}
	now := s.Now().UTC().Truncate(time.Microsecond)
	groups, err := s.Store.CaseGroups(ctx, v, now, store.CaseFilter{})
	if err != nil {
		return "", err
	}
	open, err := s.Store.OpenPages(ctx, v.Tenant, mostPages)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, todo := range store.Todos() {
		fmt.Fprintf(&b, "%s %d, ", todo, groups[todo])
	}
	fmt.Fprintf(&b, "pages not answered %d.", len(open))
	for _, p := range open {
		b.WriteString("\n- " + p.Text)
	}
	if words = strings.TrimSpace(words); words != "" {
		b.WriteString("\n\n" + words)
	}
	return b.String(), s.Store.AddHandover(ctx, v.Tenant, store.Handover{Made: now, Person: by.String(), Text: b.String()})
}
