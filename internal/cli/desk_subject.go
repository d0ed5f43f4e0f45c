package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"pahra/internal/service/duties"
)

const deskSubjectLong = `Do what somebody whose data the desk holds may ask for: find it, give it out, correct it, erase it. They are known by an address, a
mail address or a domain, in events, reports as they came, quarantine, reporters, mails, notices, what was said of cases, and contacts.

Each is recorded with its --purpose; the record names them by a keyed hash alone. What a legal hold names is not erased, and said.

With SQLite the service must be stopped. Otherwise events of the last two days are counted as "later": run it again then.`

func newDeskSubject() *cobra.Command {
	p := new(duty)
	cmd := family(&cobra.Command{Use: "subject", Short: "Find, give out, correct or erase what is held of somebody", Long: deskSubjectLong},
		p.newSearch(), p.newExport(), p.newCorrect(), p.newErase())
	p.place(cmd)
	cmd.PersistentFlags().StringVar(&p.purpose, "purpose", "", "what it is done `for`: needed, and recorded")
	return cmd
}

// about makes a command on a subject.
func (p *duty) about(name, short, long string, more int, do func(*cobra.Command, *duties.Service, duties.Subject, []string) error) *cobra.Command {
	use, example := name+" --state DIR --purpose TEXT address|mail|domain VALUE", ""
	if more > 0 {
		use, example = use+" FIELD NEW", " source.account alice"
	}
	return &cobra.Command{
		Use: use, Short: short, Long: long, DisableFlagsInUseLine: true, Args: cobra.ArbitraryArgs,
		Example: "  pahra desk subject " + name + " --state /var/lib/pahra --purpose 'request 17 of 2026' address 192.0.2.1" + example,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2+more {
				return usageError(errors.New("use: " + use))
			}
			if strings.TrimSpace(p.purpose) == "" {
				return usageError(errors.New("--purpose is needed: it is recorded"))
			}
			of, err := duties.ParseSubject(args[0], args[1])
			if err != nil {
				return usageError(err)
			}
			return p.with(cmd.Context(), func(s *duties.Service) error { return do(cmd, s, of, args[2:]) })
		},
	}
}

func (p *duty) newSearch() *cobra.Command {
	return p.about("search", "Say how much is held of somebody", "Say how much the desk holds of a subject, and where.\n\nExit status: 0 something, 1 nothing, 2 wrong use, 3 it could not be looked for.", 0,
		func(cmd *cobra.Command, s *duties.Service, of duties.Subject, _ []string) error {
			h, err := s.Search(cmd.Context(), commandLine, "subject.search", p.purpose, of)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d events in %d reports, %d places in quarantine, %d receipts, %d mails, %d notices, %d notes, %d contacts\n", len(h.Events), len(h.Reports), len(h.Quarantine), len(h.Receipts), len(h.Replies), len(h.Notices), len(h.Notes), len(h.Contacts))
			if len(h.Events)+len(h.Quarantine)+len(h.Receipts)+len(h.Replies)+len(h.Notices)+len(h.Notes)+len(h.Contacts) == 0 {
				return found()
			}
			return nil
		})
}

func (p *duty) newExport() *cobra.Command {
	return p.about("export", "Give out what is held of somebody", "Give out what the desk holds of a subject, as one JSON document: events as they are stored, and where else it is named.\n\nExit status: 0 done, 2 wrong use, 3 it could not be read.", 0,
		func(cmd *cobra.Command, s *duties.Service, of duties.Subject, _ []string) error {
			h, err := s.Search(cmd.Context(), commandLine, "subject.export", p.purpose, of)
			if err != nil {
				return err
			}
			return printJSON(cmd.OutOrStdout(), h)
		})
}

func (p *duty) newCorrect() *cobra.Command {
	return p.about("correct", "Correct a field of what is held of somebody", "Set a field of every event that names a subject.\n\nExit status: 0 done, 1 nothing was changed, 2 wrong use, 3 it could not be finished.", 2,
		func(cmd *cobra.Command, s *duties.Service, of duties.Subject, args []string) error {
			done, err := s.Correct(cmd.Context(), commandLine, p.purpose, of, args[0], args[1])
			return told(cmd, done, err)
		})
}

func (p *duty) newErase() *cobra.Command {
	return p.about("erase", "Erase what is held of somebody", "Erase what the desk holds of a subject: events, the reports as they came that name it, places in quarantine, who it is as a reporter,\nmails, notices, what was said of cases, contacts of constituents. Counts of days and cases stay; they name nobody.\n\nExit status: 0 done, 1 nothing was erased, 2 wrong use, 3 it could not be finished.", 0,
		func(cmd *cobra.Command, s *duties.Service, of duties.Subject, _ []string) error {
			done, err := s.Erase(cmd.Context(), commandLine, p.purpose, of)
			return told(cmd, done, err)
		})
}

// told says what was done; nothing is exit status 1.
func told(cmd *cobra.Command, done duties.Done, err error) error {
	if err == nil {
		err = printDone(cmd.OutOrStdout(), done)
	}
	if err == nil && done.Events+done.Reports+done.Quarantine+done.Others == 0 {
		return found()
	}
	return err
}

// printLines prints each of a list as JSON on a line of its own.
func printLines[T any](w io.Writer, list []T) error {
	out := json.NewEncoder(w)
	for _, one := range list {
		if err := out.Encode(one); err != nil {
			return err
		}
	}
	return nil
}
