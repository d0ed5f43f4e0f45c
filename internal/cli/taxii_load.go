package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"pahra/internal/service/exchange"
	"pahra/wire/compressed"
)

const taxiiLoadLong = `Put objects into a collection: a bundle, an envelope of TAXII, a list, or objects one behind the other, packed or not. FILE - is
standard input. It works while a server runs, holds only a batch of objects, and can be run again: what is there already is left.

An object that cannot be taken is told with its reason, and the rest goes on.

Exit status: 0 all taken, 1 some refused, 2 wrong use, 3 the file cannot be read to its end.`

// maxRefusalsTold is how many refused objects are told one by one.
const maxRefusalsTold = 100

func newTAXIILoad() *cobra.Command {
	place := taxiiPlace{makes: true}
	var collection string
	asJSON := false
	cmd := &cobra.Command{
		Use:     "load --collection ID FILE",
		Short:   "Put objects into a collection",
		Long:    taxiiLoadLong,
		Example: "  pahra taxii load --collection commons bundle.json --state /var/lib/pahra\n  zcat objects.jsonl.gz | pahra taxii load --collection commons - --state /var/lib/pahra",
		Args:    oneArg("the file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if collection == "" {
				return usageError(errors.New("--collection is missing: the id or alias of a collection"))
			}
			in, err := openObjects(cmd, args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			return place.with(cmd, func(ctx context.Context, s *exchange.Service) error {
				return loadObjects(ctx, cmd, s, collection, in, asJSON)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&collection, "collection", "", "`collection` to put them into, by id or alias (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the counts as JSON")
	return cmd
}

// openObjects opens a file, or standard input for "-".
func openObjects(cmd *cobra.Command, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(path)
}

func loadObjects(ctx context.Context, cmd *cobra.Command, s *exchange.Service, collection string, in io.Reader, asJSON bool) error {
	plain, _, err := compressed.NewReader(in, compressed.Options{})
	if err != nil {
		return err
	}
	defer plain.Close()
	talk, told := cmd.ErrOrStderr(), 0
	done, err := s.Fill(ctx, collection, plain, func(number int, id string, why error) {
		if told++; told <= maxRefusalsTold {
			fmt.Fprintf(talk, "object %d %s: %s\n", number, harmlessLines(id), harmlessLines(why.Error()))
		}
	})
	if errors.Is(err, exchange.ErrNotFound) {
		return usageError(err)
	}
	if told > maxRefusalsTold {
		fmt.Fprintf(talk, "and %d more\n", told-maxRefusalsTold)
	}
	if asJSON {
		err = errors.Join(err, printJSON(cmd.OutOrStdout(), done))
	} else {
		_, failed := fmt.Fprintf(cmd.OutOrStdout(), "%d added, %d were there, %d refused\n", done.Added, done.Same, done.Refused)
		err = errors.Join(err, failed)
	}
	if err == nil && done.Refused > 0 {
		return found()
	}
	return err
}
