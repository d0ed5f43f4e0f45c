package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/alert"
	"pahra/internal/desk/rota"
	"pahra/internal/service/cases"
	"pahra/internal/service/reports"
	"pahra/internal/store"
)

const deskRotaLong = `Show who is on duty, what they were called for and nobody answered, and the last hand-over note.

--answer says that somebody looks at what a page is about, so that it goes no further. --note hands over to who has the next
turn: how much is to be done and which pages are open stands before the words.`

// deskRota are the flags as typed.
type deskRota struct {
	place        casePlace
	plan         string
	answer, note string
	json         bool
}

func newDeskRota() *cobra.Command {
	p := new(deskRota)
	cmd := &cobra.Command{
		Use:     "rota",
		Short:   "Who is on duty, open pages, hand-over notes",
		Long:    deskRotaLong,
		Example: `  pahra desk rota --plan rota.yaml --state /var/lib/pahra`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	p.place.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&p.plan, "plan", "", "`file` that says who is on duty when")
	set.StringVar(&p.answer, "answer", "", "`page` that somebody looks at")
	set.StringVar(&p.note, "note", "", "`words` to who has the next turn")
	set.BoolVar(&p.json, "json", false, "print as JSON")
	return cmd
}

func (p *deskRota) run(cmd *cobra.Command) error {
	var plan rota.Plan
	if p.plan != "" {
		text, err := reports.ReadSmall(p.plan)
		if err == nil {
			plan, err = rota.Read(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.plan, err)
		}
	}
	var opts []store.Option
	if p.answer == "" && p.note == "" {
		opts = append(opts, store.ReadOnly())
	}
	return p.place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error {
		if p.answer != "" {
			if err := s.AnswerPage(ctx, v, byHand(), p.answer); err != nil {
				return err
			}
		}
		if p.note != "" {
			if _, err := s.HandOver(ctx, v, byHand(), p.note); err != nil {
				return err
			}
		}
		pages, err := s.Store.OpenPages(ctx, v.Tenant, 100)
		notes, err2 := s.Store.Handovers(ctx, v.Tenant, 1)
		if err = errors.Join(err, err2); err != nil {
			return err
		}
		return p.print(cmd.OutOrStdout(), plan.On(time.Now()), pages, notes)
	}, opts...)
}

func (p *deskRota) print(out io.Writer, turns []rota.Turn, pages []store.DutyPage, notes []store.Handover) error {
	if p.json {
		return printJSON(out, map[string]any{"on_duty": turns, "pages": pages, "handover": notes})
	}
	for _, t := range turns {
		fmt.Fprintf(out, "%s: %s until %s\n", t.Rota, alert.Harmless(t.Person.Name), t.Until.Format("2006-01-02 15:04 UTC"))
	}
	for _, g := range pages {
		fmt.Fprintf(out, "page %q since %s, %s called: %s\n", g.Key, g.Made.Format("2006-01-02 15:04 UTC"), alert.Harmless(g.Person), alert.Harmless(g.Text))
	}
	for _, h := range notes {
		fmt.Fprintf(out, "\n%s, handed over by %s:\n%s\n", h.Made.Format("2006-01-02 15:04 UTC"), alert.Harmless(h.Person), h.Text)
	}
	return nil
}
