package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pahra/internal/ledger"
)

const ledgerFsckLong = `Check the files of ledgers: hash every entry anew, hold the tree against the stored hashes and against what was signed, and say what is
wrong, with the file, the place and the reason. DIR is the folder of a ledger, or one with several below it, such as STATE/ledger; the
service may go on meanwhile.

Hashes that are wrong or missing are written anew from the entries, and an entry that a crash cut short is cut off. Entries that are
damaged, missing or not those that were signed are left as they are: they come back from a backup alone.

Exit status: 0 nothing is wrong, 1 something is or was, 2 wrong use, 3 a file cannot be read.`

func newLedgerFsck() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "fsck DIR",
		Short:   "Check the files of ledgers and make their hashes anew",
		Long:    ledgerFsckLong,
		Example: "  pahra ledger fsck /var/lib/pahra/ledger",
		Args:    oneArg("the folder of a ledger"),
		RunE:    func(cmd *cobra.Command, args []string) error { return ledgerFsck(cmd.OutOrStdout(), args[0], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func ledgerFsck(out io.Writer, dir string, asJSON bool) error {
	dirs, err := ledger.Find(dir)
	if err == nil && len(dirs) == 0 {
		err = fmt.Errorf("%s: there is no ledger", dir)
	}
	if err != nil {
		return err
	}
	checks, bad := []*ledger.Check{}, false
	for _, dir := range dirs {
		c, err := ledger.Fsck(dir, isLeaf)
		if err != nil {
			return err
		}
		checks, bad = append(checks, c), bad || len(c.Faults) > 0
	}
	if err := printChecks(out, checks, asJSON); err != nil {
		return err
	}
	if bad {
		return found()
	}
	return nil
}

func printChecks(out io.Writer, checks []*ledger.Check, asJSON bool) error {
	if asJSON {
		return printJSON(out, checks)
	}
	for _, c := range checks {
		for _, f := range c.Faults {
			fmt.Fprintf(out, "%s/%s\n", harmless(c.Dir), harmless(f.String()))
		}
		end := ""
		if c.Mended {
			end = "; mended"
		}
		fmt.Fprintf(out, "%s: %d entries, %d signed, root %s%s\n", harmless(c.Dir), c.Entries, c.Signed, c.Root, end)
	}
	return nil
}
