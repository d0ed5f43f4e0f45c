package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

const deskReferLong = `Hand a case to another response team of the installation. That gets a case of its own, new, with what was counted of this one
and without its comments, attachments and log; nothing else passes from one team to another. What only those named may know is not
referred. The number of their case is printed.`

func newDeskRefer() *cobra.Command {
	var party, reason string
	var cmd *cobra.Command
	cmd = deskAct(&cobra.Command{
		Use:     "refer NUMBER TEAM",
		Short:   "Hand a case to another response team",
		Long:    deskReferLong,
		Example: `  pahra desk refer 17 energy --reason "a grid operator" --state /var/lib/pahra`,
	}, 1, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		if reason == "" {
			return usageError(errors.New("--reason is needed"))
		}
		other, err := s.Refer(ctx, v, byHand(), id, args[0], party, reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "case %d of %s\n", other, args[0])
		return err
	})
	cmd.Flags().StringVar(&party, "party", "", "who is responsible there, as `c:grid`; empty: who is here")
	cmd.Flags().StringVar(&reason, "reason", "", "`why`")
	return cmd
}

func newDeskLink() *cobra.Command {
	var title string
	cmd := deskAct(&cobra.Command{
		Use:     "link NUMBER ADDRESS",
		Short:   "Add an address to a case: an article, a ticket elsewhere",
		Example: `  pahra desk link 17 https://tickets.example/4711 --title "their ticket" --state /var/lib/pahra`,
	}, 1, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		return s.Link(ctx, v, byHand(), id, args[0], title)
	})
	cmd.Flags().StringVar(&title, "title", "", "`words` that it is shown by")
	return cmd
}

func newDeskAttach() *cobra.Command {
	var cmd *cobra.Command
	cmd = deskAct(&cobra.Command{
		Use:     "attach NUMBER FILE",
		Short:   "Add a file of at most 10 MB to a case",
		Long:    "Add a file of at most 10 MB to a case. The hash is printed by which the log names it.",
		Example: "  pahra desk attach 17 screenshot.png --state /var/lib/pahra",
	}, 1, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		hash, err := s.Attach(ctx, v, byHand(), id, filepath.Base(args[0]), mime.TypeByExtension(filepath.Ext(args[0])), f)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), hash)
		return err
	})
	return cmd
}

func newDeskRelate() *cobra.Command {
	return deskAct(&cobra.Command{
		Use:     "relate NUMBER NUMBER",
		Short:   "Say in the logs of two cases that they belong together",
		Example: "  pahra desk relate 17 23 --state /var/lib/pahra",
	}, 1, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		other, err := caseNumber(args[0])
		if err != nil {
			return err
		}
		return s.Relate(ctx, v, byHand(), id, other)
	})
}

func newDeskAnswered() *cobra.Command {
	return deskAct(&cobra.Command{
		Use:     "answered NUMBER",
		Short:   "Say that nothing that the party wrote waits for an answer any more",
		Example: "  pahra desk answered 17 --state /var/lib/pahra",
	}, 0, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, _ []string) error {
		return s.Answered(ctx, v, byHand(), id)
	})
}

const deskTimeLong = `Say when somebody found out about a case (detected), or when its party itself found out or was told by others (noticed): clocks
of deadlines begin there. The time is as in RFC 3339.`

func newDeskTime() *cobra.Command {
	return deskAct(&cobra.Command{
		Use:     "time NUMBER detected|noticed TIME",
		Short:   "Say when something was found out about a case",
		Long:    deskTimeLong,
		Example: "  pahra desk time 17 noticed 2026-03-04T05:06:07+05:30 --state /var/lib/pahra",
	}, 2, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		at, err := time.Parse(time.RFC3339, args[1])
		if err != nil {
			return usageError(fmt.Errorf("%q is no time such as 2026-03-04T05:06:07+05:30", args[1]))
		}
		switch args[0] {
		case "detected":
			return s.SetTimes(ctx, v, byHand(), id, cases.Times{Detected: &at})
		case "noticed":
			return s.SetTimes(ctx, v, byHand(), id, cases.Times{Noticed: &at})
		}
		return usageError(fmt.Errorf("%q: detected or noticed", args[0]))
	})
}

const deskBulkLong = `Do the same to many cases, at most 10,000: bring them to a state (--to), assign them (--assign), say something of them
(--comment). Each is for itself: of those that refuse the reason is told. What was moved and assigned can be taken back for a quarter of an
hour, with "pahra desk undo" and the word that is printed.

Exit status: 0 all was done, 1 some refused, 2 wrong use, 3 it could not be done.`

func newDeskBulk() *cobra.Command {
	var place casePlace
	var a cases.Act
	var to, assign string
	cmd := &cobra.Command{
		Use:     "bulk NUMBER...",
		Short:   "Move, assign or comment many cases at once",
		Long:    deskBulkLong,
		Example: `  pahra desk bulk 17 18 19 --to notified --assign ann --comment "told by phone" --state /var/lib/pahra`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.To = desk.State(to); cmd.Flags().Changed("assign") {
				a.Assign = &assign
			}
			if len(args) == 0 || a.To == "" && a.Assign == nil && a.Comment == "" {
				return usageError(errors.New("name cases, and what is done to them: --to, --assign or --comment"))
			}
			var ids []int64
			for _, arg := range args {
				id, err := caseNumber(arg)
				if err != nil {
					return err
				}
				ids = append(ids, id)
			}
			return place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error { return bulk(ctx, cmd, s, v, ids, a) })
		},
	}
	place.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&to, "to", "", "bring them to this `state`")
	set.StringVar(&a.Reason, "reason", "", "`why` they are moved")
	set.StringVar(&assign, "assign", "", `give them to this `+"`account`"+`; "" is nobody`)
	set.StringVar(&a.Comment, "comment", "", "say this `text` of them")
	return cmd
}

func bulk(ctx context.Context, cmd *cobra.Command, s *cases.Service, v store.Sight, ids []int64, a cases.Act) error {
	out, err := s.Bulk(ctx, v, byHand(), ids, a)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(out.Refused)) {
		fmt.Fprintf(cmd.ErrOrStderr(), "case %d: %s\n", id, out.Refused[id])
	}
	fmt.Fprintf(cmd.OutOrStdout(), "done: %d, refused: %d\n", len(out.Done), len(out.Refused))
	if out.Undo != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "undo: %s\n", out.Undo)
	}
	if len(out.Refused) > 0 {
		return found()
	}
	return nil
}

func newDeskUndo() *cobra.Command {
	var place casePlace
	cmd := &cobra.Command{
		Use:   "undo WORD",
		Short: "Take back what was done to many cases at once",
		Long: `Take back what "pahra desk bulk" did, once, within a quarter of an hour: each case that is still as it was left is as it was before.
Comments stay.`,
		Example: "  pahra desk undo 5e884898da28047151d0e56f8dc62927 --state /var/lib/pahra",
		Args:    oneArg("the word that bulk printed"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error {
				restored, err := s.Undo(ctx, v, byHand(), args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "restored: %d\n", len(restored))
				return err
			})
		},
	}
	place.flags(cmd)
	return cmd
}
