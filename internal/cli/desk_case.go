package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/alert"
	"pahra/internal/desk/deadline"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

const deskCaseLong = `Show a case: what it is, its times, its deadlines, what was seen of it on which day, and its log, in which
every act stands with who did it and when. The log cannot be edited; "pahra store check" follows its chain of hashes.`

func newDeskCase() *cobra.Command {
	var place casePlace
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "case NUMBER",
		Short:   "Show a case with its log and its deadlines",
		Long:    deskCaseLong,
		Example: "  pahra desk case 17 --state /var/lib/pahra",
		Args:    oneArg("the case's number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := caseNumber(args[0])
			if err != nil {
				return err
			}
			return place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error {
				w, err := s.Get(ctx, v, id, 14)
				if err != nil {
					return err
				}
				clocks := s.Clocks(w.Case, time.Now())
				if asJSON {
					return printJSON(cmd.OutOrStdout(), wholeView(w, clocks))
				}
				return printCase(cmd.OutOrStdout(), w, clocks)
			}, store.ReadOnly())
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func caseNumber(arg string) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(arg, "#"), 10, 64)
	if err != nil || id < 1 {
		return 0, usageError(fmt.Errorf("%q is no case's number", arg))
	}
	return id, nil
}

// wholeCase is a case with its life as JSON.
type wholeCase struct {
	caseView
	Clocks []clockView `json:"deadlines"`
	Days   []dayView   `json:"days"`
	Log    []logView   `json:"log"`
}

type clockView struct {
	ID    string         `json:"id"`
	Title string         `json:"title"`
	To    string         `json:"to"`
	Law   string         `json:"law"`
	Text  string         `json:"text_version"`
	State deadline.State `json:"state"`
	Start time.Time      `json:"start,omitzero"`
	By    deadline.Start `json:"started_by,omitempty"`
	Due   time.Time      `json:"due,omitzero"`
	Met   time.Time      `json:"met,omitzero"`
}

type dayView struct {
	Day       string `json:"day"`
	Source    string `json:"source"`
	Events    int64  `json:"events"`
	Addresses int64  `json:"addresses"`
}

type logView struct {
	Seq   int64        `json:"seq"`
	At    time.Time    `json:"at"`
	Actor string       `json:"actor"`
	Act   string       `json:"act"`
	Is    cases.Detail `json:"detail"`
	Words string       `json:"words,omitempty"`
	Hash  string       `json:"hash"`
}

func wholeView(w cases.Whole, clocks []deadline.Clock) wholeCase {
	out := wholeCase{caseView: viewOf(w.Case), Clocks: []clockView{}, Days: []dayView{}, Log: []logView{}}
	for _, k := range clocks {
		out.Clocks = append(out.Clocks, clockView{k.ID, k.Title, k.To, k.Law, k.TextVersion, k.State, k.Start, k.By, k.Due, k.MetAt})
	}
	for _, d := range w.Days {
		out.Days = append(out.Days, dayView{d.Day.Format(time.DateOnly), d.Source, d.Events, d.Addresses})
	}
	for _, e := range w.Log {
		out.Log = append(out.Log, logView{e.Seq, e.At, e.Actor, e.Act, e.Detail, string(w.Notes[e.Detail.Note].Body), e.Hash})
	}
	return out
}

func printCase(out io.Writer, w cases.Whole, clocks []deadline.Clock) error {
	c := w.Case
	at := func(t *time.Time) string {
		if t == nil {
			return "–"
		}
		return t.Format("2006-01-02 15:04 UTC")
	}
	fmt.Fprintf(out, "case %d: %s of %s, %s\n", c.ID, c.Class, alert.Harmless(c.Party), dash(alert.Harmless(c.Identifier)))
	fmt.Fprintf(out, "%s since %s, priority %d, assigned to %s, reopened %d times\n", c.State, at(&c.Changed), c.Priority, dash(alert.Harmless(c.Assignee)), c.Reopened)
	fmt.Fprintf(out, "%d events, %d address-days, seen %s to %s\n", c.Events, c.Addresses, at(&c.FirstSeen), at(&c.LastSeen))
	fmt.Fprintf(out, "detected %s, noticed %s, notified %s, acknowledged %s, first day without %s\n", at(c.Detected), at(c.Noticed), at(c.Notified), at(c.Acknowledged), at(c.Gone))
	for _, k := range clocks {
		fmt.Fprintf(out, "deadline %s: %s, to %s: %s%s\n", k.ID, k.Title, k.To, k.State, clockText(k))
	}
	for _, d := range w.Days {
		fmt.Fprintf(out, "day %s: %s, %d events, %d addresses\n", d.Day.Format(time.DateOnly), d.Source, d.Events, d.Addresses)
	}
	for _, e := range w.Log {
		fmt.Fprintf(out, "%s  %s  %s%s\n", at(&e.At), alert.Harmless(e.Actor), strings.TrimPrefix(e.Act, "case."), entryText(e, w.Notes[e.Detail.Note]))
	}
	return nil
}

func clockText(k deadline.Clock) string {
	switch k.State {
	case deadline.Running:
		return fmt.Sprintf(", %s left, until %s", k.Left.Truncate(time.Minute), k.Due.Format("2006-01-02 15:04 UTC"))
	case deadline.Passed, deadline.Late:
		return fmt.Sprintf(", by %s", k.Over.Truncate(time.Minute))
	}
	return ""
}

func entryText(e cases.Entry, n store.Note) string {
	d, text := e.Detail, ""
	if d.From != "" || d.To != "" {
		text += fmt.Sprintf(" %s → %s", dash(alert.Harmless(d.From)), dash(alert.Harmless(d.To)))
	}
	for _, word := range []string{d.What, d.Tenant, n.Name, string(n.Body)} {
		if word != "" {
			text += " " + alert.Harmless(word)
		}
	}
	if d.Case != 0 {
		text += fmt.Sprintf(" case %d", d.Case)
	}
	return text
}

// deskAct makes a command that acts on one case: do gets the rest of the arguments.
func deskAct(cmd *cobra.Command, words int, do func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error) *cobra.Command {
	var place casePlace
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != 1+words {
			return usageError(fmt.Errorf("%s is needed; %s --help shows its use", strings.TrimPrefix(cmd.Use, cmd.Name()+" "), cmd.CommandPath()))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := caseNumber(args[0])
		if err != nil {
			return err
		}
		return place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error {
			err := do(ctx, s, v, id, args[1:])
			if errors.Is(err, cases.ErrBad) {
				err = usageError(err)
			}
			return err
		})
	}
	place.flags(cmd)
	return cmd
}
