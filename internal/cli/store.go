package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/store"
)

const storeLong = `Look after the store of the service: incidents with every verdict on them, months, accounts.

The store is the file pahra.db of the service's folder (--state DIR), or a database of PostgreSQL (--url). Give a
password by the environment (PGPASSWORD) or a file (PGPASSFILE): other users see a command's words.`

func newStore() *cobra.Command {
	return family(&cobra.Command{
		Use:   "store",
		Short: "Back up, restore and check the service's store",
		Long:  storeLong,
	}, newStoreBackup(), newStoreRestore(), newStoreCheck())
}

// storePlace is where the store is, as flags say it.
type storePlace struct{ state, url string }

func (p *storePlace) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.state, "state", "", "the service's folder")
	cmd.Flags().StringVar(&p.url, "url", "", "the store's URL: postgres://USER@HOST/DATABASE or sqlite:PATH")
}

func (p *storePlace) address() (string, error) {
	switch {
	case (p.url == "") == (p.state == ""):
		return "", usageError(errors.New("say where the store is: with --state or with --url"))
	case p.url != "":
		return p.url, nil
	}
	return "sqlite:" + filepath.Join(p.state, "pahra.db"), nil
}

const backupLong = `Write a backup of the store into FILE, while the service runs or not. It holds the whole store as it is at one moment,
with a manifest of checksum, schema and counts, and is for its owner's eyes alone: it has the accounts in it. A backup of
either engine can be restored into the other. FILE must not be there yet.`

func newStoreBackup() *cobra.Command {
	return backupCommand("backed up", func(ctx context.Context, url, file string) (store.Backup, error) {
		return store.MakeBackup(ctx, url, file, time.Now())
	}, &cobra.Command{
		Use:     "backup FILE",
		Short:   "Write a consistent backup of the store",
		Long:    backupLong,
		Example: "  pahra store backup /backup/pahra-2026-11-22.tar --state /var/lib/pahra",
		Args:    oneArg("the file to write"),
	})
}

const restoreLong = `Put a backup where no store is yet. The backup is unpacked beside that place, held against its manifest, brought up to
this program's schema and checked from end to end before anything appears; what is there already is never replaced.`

func newStoreRestore() *cobra.Command {
	return backupCommand("restored", func(ctx context.Context, url, file string) (store.Backup, error) {
		return store.Restore(ctx, file, url)
	}, &cobra.Command{
		Use:     "restore FILE",
		Short:   "Put a backup where no store is yet",
		Long:    restoreLong,
		Example: "  pahra store restore /backup/pahra-2026-11-22.tar --state /var/lib/pahra",
		Args:    oneArg("the backup"),
	})
}

// backupCommand has cmd do something with a store and a backup, and say what came of it.
func backupCommand(done string, do func(ctx context.Context, url, file string) (store.Backup, error), cmd *cobra.Command) *cobra.Command {
	var place storePlace
	var asJSON bool
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, stop := interruptible(cmd.Context())
		defer stop()
		url, err := place.address()
		if err != nil {
			return err
		}
		b, err := do(ctx, url, args[0])
		if err != nil {
			return err
		}
		return printBackup(cmd, asJSON, done, b)
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the manifest as JSON")
	return cmd
}

func printBackup(cmd *cobra.Command, asJSON bool, done string, b store.Backup) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), b)
	}
	rows := int64(0)
	for _, t := range b.Tables {
		rows += t.Rows
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: schema %s, %d tables, %d rows, %d bytes\nSHA-256 of the store in it: %s\n",
		done, b.Schema, len(b.Tables), rows, b.Bytes, b.SHA256)
	return err
}

const storeCheckLong = `Look whether the store is sound, while the service runs or not: the file and its foreign keys, the migrations, and of
every subject that all it holds can be read, agrees with what stands beside it, and has its whole history.

Exit status: 0 all is well, 1 something is wrong (each is printed), 2 wrong use, 3 could not finish.`

func newStoreCheck() *cobra.Command {
	var place storePlace
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Look whether the store is sound",
		Long:    storeCheckLong,
		Example: "  pahra store check --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			url, err := place.address()
			if err != nil {
				return err
			}
			s, err := store.Open(ctx, url, store.ReadOnly())
			if err != nil {
				return err
			}
			report, err := s.Check(ctx)
			if err = errors.Join(err, s.Close()); err != nil {
				return err
			}
			return printReport(cmd, asJSON, report)
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was found as JSON")
	return cmd
}

func printReport(cmd *cobra.Command, asJSON bool, r store.Report) error {
	out := cmd.OutOrStdout()
	if asJSON {
		if err := printJSON(out, r); err != nil {
			return err
		}
	} else {
		for _, t := range r.Tables {
			fmt.Fprintf(out, "%-28s %12d rows\n", t.Name, t.Rows)
		}
		for _, p := range r.Problems {
			fmt.Fprintf(out, "wrong: %s: %s\n", p.Where, harmlessLines(p.What))
		}
		fmt.Fprintf(out, "schema %s: %s\n", r.Schema, verdictWords(r.Found))
	}
	if r.Found > 0 {
		return found()
	}
	return nil
}

func verdictWords(problems int) string {
	if problems == 0 {
		return "the store is sound"
	}
	return fmt.Sprintf("%d problems", problems)
}
