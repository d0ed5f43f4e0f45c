package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/account"
	"pahra/internal/service/cases"
	"pahra/internal/service/notices"
	"pahra/internal/store"
)

const deskNoticesLong = `What networks are told about their cases: see it, approve it, withdraw it, send it.

The first notices of a new rule are proposed, and wait here for a person. What is decided stands in the audit log. With a
SQLite store that a running service has open, only reading is possible.`

func newDeskNotices() *cobra.Command {
	return family(&cobra.Command{
		Use:   "notices",
		Short: "Notices to networks: list, show, approve, send; answers to them",
		Long:  deskNoticesLong,
	}, newNoticesList(), newNoticesShow(), newNoticesApprove(), newNoticesWithdraw(), newNoticesAgain(), newNoticesSend(), newNoticesReplies(), newNoticesAttach(), newNoticesDrop())
}

func newNoticesList() *cobra.Command {
	var place storePlace
	var f store.NoticeFilter
	var status string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List notices, the newest first",
		Long:    "List notices, the newest first.\n\nStatus: proposed, approved, sending, sent, unclear (nobody knows whether it was sent), bounced, answered, failed, withdrawn.",
		Example: "  pahra desk notices list --state /var/lib/pahra --status proposed",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.State = store.NoticeState(status)
			return reading(cmd, place, func(ctx context.Context, db *store.Store) error {
				list, err := db.Notices(ctx, f)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), append([]store.Notice{}, list...))
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
				for _, n := range list {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", n.ID, n.State, n.Created.Format(time.DateTime), n.Party, harmless(n.Recipient), harmless(n.Rule))
				}
				return w.Flush()
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&status, "status", "", "only those of this `status`")
	cmd.Flags().StringVar(&f.Rule, "rule", "", "only those of this `rule`")
	cmd.Flags().StringVar(&f.Party, "party", "", "only those to this `party`, such as as:64500")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "how many to list")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// reading opens the store to read.
func reading(cmd *cobra.Command, place storePlace, do func(context.Context, *store.Store) error) (err error) {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	url, err := place.address()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, url, store.ReadOnly())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(ctx, db)
}

// deciding opens the store to write, as the office of notices.
func deciding(cmd *cobra.Command, place storePlace, do func(context.Context, *notices.Office) error) (err error) {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	url, err := place.address()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(ctx, &notices.Office{Store: db, Now: time.Now, Cases: &cases.Service{Store: db, Now: time.Now, Random: rand.Reader}})
}

func newNoticesShow() *cobra.Command {
	var place storePlace
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show NUMBER",
		Short:   "Show what a notice says, and what came back",
		Example: "  pahra desk notices show 7 --state /var/lib/pahra\n  pahra desk notices show 7 --file pahra-notice-7.csv --state /var/lib/pahra",
		Args:    oneArg("the notice's number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := noticeNumber(args[0])
			if err != nil {
				return err
			}
			return reading(cmd, place, func(ctx context.Context, db *store.Store) error {
				return showNotice(ctx, cmd.OutOrStdout(), db, id, file, asJSON)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&file, "file", "", "write this attached `file` alone")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func noticeNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(text, "#"), 10, 64)
	if err != nil || id <= 0 {
		return 0, usageError(fmt.Errorf("%q is no notice's number", text))
	}
	return id, nil
}

// noticeReport is "pahra desk notices show --json".
type noticeReport struct {
	store.Notice
	Text    string        `json:"text"`
	Files   []string      `json:"files"`
	Replies []store.Reply `json:"replies"`
}

func showNotice(ctx context.Context, out io.Writer, db *store.Store, id int64, file string, asJSON bool) error {
	n, err := db.Notice(ctx, id)
	if err != nil {
		return err
	}
	m, err := notices.Message(n)
	if err != nil {
		return err
	}
	r := noticeReport{Notice: n, Text: m.Text}
	for _, a := range m.Attachments {
		if a.Name == file {
			_, err := out.Write(a.Content)
			return err
		}
		r.Files = append(r.Files, a.Name)
	}
	if file != "" {
		return usageError(fmt.Errorf("notice %d has no file %q, but %s", id, file, strings.Join(r.Files, ", ")))
	}
	if r.Replies, err = db.Replies(ctx, "", id, 100); err != nil {
		return err
	}
	if asJSON {
		return printJSON(out, r)
	}
	fmt.Fprintf(out, "Notice %d: %s\nTo: %s (%s), by rule %s\nSubject: %s\n\n%s\nFiles: %s\n", n.ID, n.State, harmless(n.Recipient), n.Party, harmless(n.Rule), harmless(n.Subject), m.Text, strings.Join(r.Files, ", "))
	if n.Failure != "" {
		fmt.Fprintf(out, "Failure: %s\n", harmless(n.Failure))
	}
	printReplies(out, r.Replies)
	return nil
}

func printReplies(out io.Writer, list []store.Reply) {
	for _, r := range list {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\tnotice %d\t%s\n", r.Received.Format(time.DateTime), r.ID, r.Kind, r.State, r.Notice, harmless(r.Sender))
		if r.Body != "" {
			fmt.Fprintf(out, "\t%s\n", harmless(strings.ReplaceAll(r.Body, "\n", " / ")))
		}
	}
}

// byPerson is who decides at the command line.
func byPerson() string { return account.Operator().Account }
