package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan writes the manual pages. It is hidden: packagers run it, not users. Completions are cobra's own command.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write a manual page of each command into DIR",
		Hidden: true,
		Args:   oneArg("the folder to write into"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("writing manual pages: %w", err)
			}
			built := buildTime()
			header := &doc.GenManHeader{Section: "1", Source: "pahra", Manual: "pahra", Date: &built}
			root := cmd.Root()
			root.DisableAutoGenTag = true // it holds today's date
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return fmt.Errorf("writing manual pages: %w", err)
			}
			pages, err := filepath.Glob(filepath.Join(args[0], "pahra*.1"))
			if err != nil {
				return fmt.Errorf("listing manual pages: %w", err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d pages in %s\n", len(pages), args[0])
			return nil
		},
	}
}

// buildTime is the time of the commit this program was built from, so that its pages are the same whenever they are
// written; the start of 1970 where the build does not know it.
func buildTime() time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if t, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
				return t
			}
		}
	}
	return time.Unix(0, 0).UTC()
}
