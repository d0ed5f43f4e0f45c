package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/config"
	"pahra/internal/serve"
	"pahra/internal/service/notices"
	"pahra/internal/store"
)

func newNoticesApprove() *cobra.Command {
	var place storePlace
	var rule string
	var all bool
	cmd := &cobra.Command{
		Use:     "approve [NUMBER...]",
		Short:   "Approve notices that were proposed: those named, those of a rule, or all",
		Long:    "Approve notices that were proposed: those named, those of a rule (--rule), or all (--all); at most 1,000 at once.\n\nExit status: 0 done, 2 wrong use, 3 it could not be done.",
		Example: "  pahra desk notices approve 7 8 --state /var/lib/pahra\n  pahra desk notices approve --rule network --state /var/lib/pahra",
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := noticeNumbers(args)
			if err != nil {
				return err
			}
			if ways := len(ids) > 0; ways == (all || rule != "") || all && rule != "" {
				return usageError(errors.New("name notices, or a --rule, or --all"))
			}
			return deciding(cmd, place, func(ctx context.Context, o *notices.Office) error {
				approved, err := o.Approve(ctx, byPerson(), rule, ids...)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "approved: %d\n", len(approved))
				}
				return err
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&rule, "rule", "", "approve those of this `rule`")
	cmd.Flags().BoolVar(&all, "all", false, "approve all")
	return cmd
}

func noticeNumbers(args []string) (ids []int64, err error) {
	for _, a := range args {
		id, err := noticeNumber(a)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func newNoticesWithdraw() *cobra.Command {
	return decideCommand("withdraw NUMBER...", "Take back notices that were not sent", "withdrawn", (*notices.Office).Withdraw)
}

func newNoticesAgain() *cobra.Command {
	return decideCommand("again NUMBER...", "Have notices sent again that failed, bounced, or of which nobody knows whether they were sent", "to be sent", (*notices.Office).SendAgain)
}

// decideCommand makes a command that decides the same of each notice.
func decideCommand(use, short, done string, decide func(*notices.Office, context.Context, string, int64) error) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:     use,
		Short:   short,
		Example: "  pahra desk notices " + use[:len(use)-len("NUMBER...")] + "7 8 --state /var/lib/pahra",
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := noticeNumbers(args)
			if err == nil && len(ids) == 0 {
				err = usageError(errors.New("name at least one notice"))
			}
			if err != nil {
				return err
			}
			return deciding(cmd, place, func(ctx context.Context, o *notices.Office) error {
				for _, id := range ids {
					if err := decide(o, ctx, byPerson(), id); err != nil {
						return err
					}
					fmt.Fprintf(cmd.OutOrStdout(), "notice %d: %s\n", id, done)
				}
				return nil
			})
		},
	}
	place.flags(cmd)
	return cmd
}

const noticesSendLong = `Plan the notices that are due, and send those that may be sent, once: for an installation that runs no service, or whose
service has no notices set. The settings are those of the service's file, desk.notices. It goes at the rates that are set,
and ends when nothing is left that may go now.

Exit status: 0 done, 2 wrong use, 3 it could not be done.`

func newNoticesSend() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "send --config FILE",
		Short:   "Plan and send what is due, once",
		Long:    noticesSendLong,
		Example: "  pahra desk notices send --config /etc/pahra/pahra.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usageError(errors.New("--config FILE is needed"))
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			c, err := config.Load(file, os.Environ())
			if err != nil {
				return usageError(err)
			}
			if !c.Desk.Tells() {
				return usageError(fmt.Errorf("%s: desk.notices.from is not set", file))
			}
			return sendNotices(ctx, cmd, c)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the service's `file` of settings")
	return cmd
}

// sendNotices plans and sends once.
func sendNotices(ctx context.Context, cmd *cobra.Command, c *config.Config) (err error) {
	c.Roles = []string{"desk"}
	s, err := serve.Open(ctx, c, serve.Options{Now: time.Now, Log: slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	tried, err := s.Desk.Notices.Once(ctx)
	if err != nil {
		return err
	}
	counts, err := s.Store.NoticeCounts(ctx, nil)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "tried %d; proposed %d, sent %d, failed %d, unclear %d; %d cases cannot be told of\n", tried,
		counts[store.NoticeProposed], counts[store.NoticeSent], counts[store.NoticeFailed], counts[store.NoticeUnclear], len(s.Desk.Notices.Skipped()))
	return err
}

func newNoticesReplies() *cobra.Command {
	var place storePlace
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:     "replies",
		Short:   "List answers that wait for a person, or all that came back",
		Example: "  pahra desk notices replies --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return reading(cmd, place, func(ctx context.Context, db *store.Store) error {
				state := store.ReplyHeld
				if all {
					state = ""
				}
				list, err := db.Replies(ctx, state, 0, 1000)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), append([]store.Reply{}, list...))
				}
				printReplies(cmd.OutOrStdout(), list)
				return nil
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "list all that came back")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func newNoticesAttach() *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:     "attach REPLY NUMBER",
		Short:   "Put an answer that was held into the cases of a notice",
		Example: "  pahra desk notices attach 5e884898da28... 7 --state /var/lib/pahra",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError(errors.New("name a reply and a notice"))
			}
			id, err := noticeNumber(args[1])
			if err != nil {
				return err
			}
			return deciding(cmd, place, func(ctx context.Context, o *notices.Office) error { return o.AttachReply(ctx, byPerson(), args[0], id) })
		},
	}
	place.flags(cmd)
	return cmd
}

func newNoticesDrop() *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:     "drop REPLY",
		Short:   "Say of an answer that was held that nothing is to be done",
		Example: "  pahra desk notices drop 5e884898da28... --state /var/lib/pahra",
		Args:    oneArg("the reply"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return deciding(cmd, place, func(ctx context.Context, o *notices.Office) error { return o.DropReply(ctx, byPerson(), args[0]) })
		},
	}
	place.flags(cmd)
	return cmd
}
